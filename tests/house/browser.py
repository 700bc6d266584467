"""A browser without a window: keeps cookies as one does, fills in the forms of a page, and writes down its way."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from http.cookies import SimpleCookie

import aiohttp

from tests.support.patience import PATIENCE
from tests.support.people.web import HtmlForm, Page

Fields = Sequence[tuple[str, str]]


@dataclass
class Trail:
    """Every address that was asked for or redirected to, and every cookie that was set, by any browser."""

    addresses: list[str] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class Answer:
    """What a site answered, redirects not followed."""

    status: int
    text: str
    headers: Mapping[str, str]

    @cached_property
    def page(self) -> Page:
        """Its forms and its words; of many an answer only the status is asked for."""
        return Page(self.text)

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def words(self) -> str:
        """The page as a person reads it."""
        body = re.sub(r"<(script|style).*?</\1>", " ", self.text, flags=re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())

    def form(self, action: str, *, holding: str = "") -> HtmlForm:
        """The form that posts to this address and, if asked for, has a field or a button of that name or value."""
        for form in self.page.forms:
            names = {*form.texts, form.tick_name, *(part for button in form.buttons for part in button)}
            names |= {name for name, _ in form.hidden}
            if form.action == action and (not holding or holding in names):
                return form
        raise AssertionError(f"no form posts {holding} to {action}: {self.words[:400]}")

    def has_form(self, action: str) -> bool:
        return any(form.action == action for form in self.page.forms)


@dataclass(kw_only=True)
class Browser:
    """One browser."""

    session: aiohttp.ClientSession
    address: str
    trail: Trail
    cookies: dict[str, str] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def open(cls, address: str, trail: Trail) -> AsyncIterator[Browser]:
        """A browser until the block ends."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            yield cls(session=session, address=address, trail=trail)

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return await self._ask("GET", path, None, headers or {})

    async def post(self, path: str, fields: Fields, headers: Mapping[str, str] | None = None) -> Answer:
        form = aiohttp.FormData(fields, charset="utf-8") if fields else aiohttp.FormData([("none", "")])
        return await self._ask("POST", path, form, headers or {})

    async def follow(self, answer: Answer) -> Answer:
        """The page that a redirect leads to; any other answer as it is."""
        while answer.status == 303:
            answer = await self.get(answer.location)
        return answer

    async def send(self, form: HtmlForm, *fields: tuple[str, str]) -> Answer:
        """Send a form as it stands, with these fields typed, ticked or pressed."""
        return await self.post(form.action, filled(form, *fields))

    async def fill(self, page: str, action: str, *fields: tuple[str, str]) -> Answer:
        """Open a page, fill in its form for this address, send it."""
        return await self.send((await self.get(page)).form(action), *fields)

    async def _ask(
        self, method: str, path: str, body: aiohttp.FormData | None, headers: Mapping[str, str]
    ) -> Answer:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {**({"Cookie": cookie} if cookie else {}), **headers}
        self.trail.addresses.append(path)
        async with (
            asyncio.timeout(PATIENCE),
            self.session.request(
                method, self.address + path, data=body, headers=sent, allow_redirects=False
            ) as response,
        ):
            for line in response.headers.getall("Set-Cookie", []):
                self._keep(line)
            text = await response.text()
            answer = Answer(status=response.status, text=text, headers=response.headers.copy())
        if answer.location:
            self.trail.addresses.append(answer.location)
        return answer

    def _keep(self, line: str) -> None:
        self.trail.cookies.append(line)
        for name, morsel in SimpleCookie(line).items():
            if morsel["max-age"] == "0":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value


def filled(form: HtmlForm, *fields: tuple[str, str]) -> list[tuple[str, str]]:
    """The fields of a form as a browser sends them."""
    given = {name for name, _ in fields}
    return [
        *((name, value) for name, value in form.hidden if name not in given),
        *((name, value) for name, value in form.texts.items() if name not in given),
        *((form.tick_name, code) for code, ticked in form.ticks.items() if ticked),
        *fields,
    ]
