"""Staff at the console's doors and at the desk, by what stands on the page."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.async_api import expect

from tests.e2e.house import House, a_password
from tests.e2e.telling import Seen
from tests.support.browsing import View
from tests.web.talking import press

GO_ON = "main form .row button >> nth=0"


@dataclass(kw_only=True)
class Worker:
    """Somebody with a browser, a password and an authenticator app."""

    view: View
    house: House
    email: str
    password: str = ""
    secret: str = ""

    async def join(self, link: str, seen: Seen, *, name: str = "") -> None:
        """Open the one-time link, choose a password, set up the app."""
        page = self.view.page
        await page.goto(link)
        await seen(self.view, "the first link" if name else "an invitation")
        if name:
            await page.fill("[name=name]", name)
            await page.fill("[name=email]", self.email)
        self.password = a_password()
        self.secret = (await page.locator("main .secret code").inner_text()).replace(" ", "").strip()
        await page.fill("[name=password]", self.password)
        await page.fill("[name=again]", self.password)
        await page.fill("[name=code]", self.house.next_code(self.secret))
        await press(self.view, GO_ON)

    async def sign_in(self, seen: Seen) -> None:
        """Sign in with password and code; the page must be the one that asks for them."""
        page = self.view.page
        await seen(self.view, "sign in")
        await page.fill("[name=email]", self.email)
        await page.fill("[name=password]", self.password)
        await press(self.view, GO_ON)
        await seen(self.view, "the second factor")
        await page.fill("[name=code]", self.house.next_code(self.secret))
        await press(self.view, GO_ON)

    async def invite(self, *, name: str, email: str, role: str, seen: Seen) -> str:
        """Invite somebody; the one-time link, as the administrator copies it."""
        page = self.view.page
        await page.goto(f"{self.house.desk}/people")
        await press(self.view, "main .heading a")
        await seen(self.view, "inviting")
        await page.fill("[name=name]", name)
        await page.fill("[name=email]", email)
        await page.check(f"[name=roles][value={role}]")
        await page.check("[name=language][value=da]")
        if await page.locator("[name=factor]").count():
            await page.fill("[name=factor]", self.house.next_code(self.secret))
        await press(self.view, GO_ON)
        await seen(self.view, "the link to hand over")
        return (await page.locator("main .secret code").inner_text()).strip()

    async def act(self, act: str, *fields: tuple[str, str]) -> None:
        """Fill in one of the forms of the open case, and send it."""
        form = f"main form[action$='/{act}']"
        for name, value in fields:
            field = self.view.page.locator(f"{form} [name='{name}']")
            if await field.first.get_attribute("type") == "radio":
                await self.view.page.check(f"{form} [name='{name}'][value='{value}']")
            else:
                await field.fill(value)
        await press(self.view, f"{form} .row button, {form} > button")

    async def reads(self, text: str) -> None:
        """The text stands on the page, or comes to stand there."""
        await expect(self.view.page.locator("main")).to_contain_text(text)
