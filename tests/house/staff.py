"""Staff who come in by the doors: a one-time link, a password and an app, and whatever they type on a case."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.house.browser import Answer, Browser
from tests.house.whole import CODE_LIVES, House, code_at
from tests.support.joining import secret_on
from triage.people.invite import create_first_administrator_ticket

HOME = "/desk"
_CODE = re.compile(r"<code[^>]*>([^<]+)</code>")
_GROUPED = re.compile(r'<span class="code[^>]*>(.*?)</span><wbr></span>')


@dataclass(kw_only=True)
class Worker:
    """A member of staff with a browser, a password and an authenticator app."""

    house: House
    browser: Browser
    email: str
    password: str
    secret: str = ""

    def next_code(self) -> str:
        """What the app shows after the present code: each is taken once."""
        return code_at(self.secret, self.house.clock.advance(CODE_LIVES))

    async def join(self, path: str, **who: str) -> Answer:
        """Use a one-time link up."""
        page = await self.browser.get(path)
        form = page.form(path)
        self.secret = secret_on(page.text)
        self.house.secrets += [self.password, self.secret, path.rpartition("/")[2]]
        fields = {**who, "password": self.password, "again": self.password, "code": self.next_code()}
        return await self.browser.send(form, *fields.items())

    async def sign_in(self) -> Answer:
        """Password, then the second factor."""
        path = f"{HOME}/sign-in"
        await self.browser.fill(path, path, ("email", self.email), ("password", self.password))
        self.keep_cookies()
        answer = await self.browser.fill(f"{path}/code", f"{path}/code", ("code", self.next_code()))
        self.keep_cookies()
        return answer

    async def act(self, case: str, act: str, *fields: tuple[str, str]) -> Answer:
        """Send one of the forms on a case's page."""
        here = f"{HOME}/case/{case}"
        return await self.browser.fill(here, f"{here}/{act}", *fields)

    async def invite(self, *, name: str, email: str, role: str) -> str:
        """Invite somebody; the path of the link that is to be handed over."""
        answer = await self.browser.fill(
            f"{HOME}/people/invite",
            f"{HOME}/people/invite",
            ("name", name),
            ("email", email),
            ("roles", role),
            ("language", "da"),
            ("factor", self.next_code()),
        )
        assert answer.status == 200, answer.words
        return HOME + codes_on(answer)[0].strip().partition(HOME)[2]

    def keep_cookies(self) -> None:
        """Note the secrets that this browser holds."""
        self.house.secrets += [value for value in self.browser.cookies.values() if len(value) > 16]


async def first_administrator(house: House) -> Worker:
    """The administrator, come in by the operator's link and signed in."""
    token = await house.store.write(create_first_administrator_ticket)
    worker = Worker(
        house=house,
        browser=await house.browser(),
        email="admin@example.org",
        password="seks blanke spader i skuret",
    )
    joined = await worker.join(f"{HOME}/first/{token}", name="Testperson A", email=worker.email)
    assert joined.status == 303, joined.words
    assert (await worker.sign_in()).status == 303
    return worker


async def invited(administrator: Worker, *, name: str, email: str, role: str, password: str) -> Worker:
    """Somebody whom the administrator invited, joined and signed in from a browser of their own."""
    path = await administrator.invite(name=name, email=email, role=role)
    house = administrator.house
    worker = Worker(house=house, browser=await house.browser(), email=email, password=password)
    joined = await worker.join(path)
    assert joined.status == 303, joined.words
    assert (await worker.sign_in()).status == 303
    return worker


def codes_on(answer: Answer) -> list[str]:
    """What stands as code on a page: a link, a receipt code, a link code."""
    grouped = (re.sub(r"<[^>]+>", "", each) for each in _GROUPED.findall(answer.text))
    return [*grouped, *(each.strip() for each in _CODE.findall(answer.text))]
