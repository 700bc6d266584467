"""Somebody at the reporter's pages without a browser: fast, and every answer is looked at."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

import aiohttp

from handlers.web.forms import URLENCODED
from handlers.web.headers import ALWAYS
from tests.support.people.web import HtmlForm, Page

Words = Callable[[str], str]
"""The name of a field → what is typed into it."""

CHOICES = {"danger": "no", "kind": "relative", "anonymity": "known", "afraid": "yes", "interpreter": "yes"}
"""What is chosen where a question must be answered in one way for all others to be asked."""
PLAIN = {
    "home": "Aalborg",
    "area": "Aalborg",
    "people": "12",
    "notified_on": "3.3.2026",
    "part.phone": "20 20 20 20",
    "part.email": "a@example.org",
}
"""What is typed where not everything can be."""


def look_at(response: aiohttp.ClientResponse) -> None:
    """What holds for every answer that anybody ever gets."""
    said = {name: response.headers.get(name) for name in ALWAYS if name != "Cache-Control"}
    assert said == {name: value for name, value in ALWAYS.items() if name != "Cache-Control"}
    assert "Server" not in response.headers
    for cookie in response.headers.getall("Set-Cookie", []):
        assert "HttpOnly" in cookie
        assert "Path=/" in cookie
        assert "SameSite=Lax" in cookie or "SameSite=Strict" in cookie
        assert "Domain=" not in cookie
        assert len(cookie) < 300


@dataclass(kw_only=True)
class Visitor:
    """One browser. `page` is what it shows, `seen` every page it was shown, `sent` all that it got beside them."""

    site: str
    session: aiohttp.ClientSession
    choices: Mapping[str, str] = field(default_factory=lambda: CHOICES)
    status: int = 0
    html: str = ""
    url: str = ""
    page: Page = field(default_factory=lambda: Page(""))
    seen: list[str] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)

    async def get(self, path: str = "/", *, here: bool = True) -> None:
        """Look at a page, by a link of our own unless `here` is false."""
        site = "same-origin" if here else "none"
        async with self.session.get(self.site + path, headers={"Sec-Fetch-Site": site}) as response:
            await self._take(response)

    async def post(
        self, path: str, fields: list[tuple[str, str]] | Mapping[str, str], *, more: bytes = b""
    ) -> None:
        """Send a form, with broken text as a broken client would send it; `more` is put behind its bytes."""
        pairs = list(fields.items()) if isinstance(fields, Mapping) else fields
        body = urlencode(pairs, errors="surrogatepass").encode("ascii") + more
        headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": URLENCODED}
        async with self.session.post(self.site + path, data=body, headers=headers) as response:
            await self._take(response)

    async def _take(self, response: aiohttp.ClientResponse) -> None:
        for each in (*response.history, response):
            look_at(each)
            self.headers += [f"{name}: {value}" for name, value in each.headers.items()]
            self.headers.append(str(each.url))
        self.html = await response.text()
        self.status, self.url = response.status, str(response.url)
        self.page = Page(self.html)
        self.seen.append(self.html)

    @property
    def words(self) -> str:
        """What can be read."""
        return self.page.words

    def has(self, name: str, value: str) -> bool:
        """Whether the page has this button."""
        return any((name, value) in form.buttons for form in self.page.forms)

    def form_with(self, name: str, value: str) -> HtmlForm:
        """The form that holds this button."""
        return next(form for form in self.page.forms if (name, value) in form.buttons)

    async def press(self, name: str, value: str) -> None:
        """Press a button of the page."""
        form = self.form_with(name, value)
        await self.post(form.action, [*form.hidden, *form.texts.items(), (name, value)])

    async def fill(self, texts: Mapping[str, str]) -> None:
        """Fill in the form that has these fields and send it by its plain button."""
        form = next(form for form in self.page.forms if set(texts) <= set(form.texts))
        await self.post(form.action, [*form.hidden, *{**form.texts, **texts}.items()])

    @property
    def question(self) -> str | None:
        """The question that is open."""
        found = [value for form in self.page.forms for name, value in form.hidden if name == "question"]
        return found[0] if found else None

    async def begin(self, language: str = "da") -> None:
        """The first page and its first button."""
        await self.get()
        await self.press("language", language)

    async def tell(self, words: Words, *, until: str | None = None) -> None:
        """Answer everything that is asked, up to the review or to this question."""
        for _ in range(60):
            question = self.question
            if self.has("act", "send") or (question is not None and question == until):
                return
            await self._answer(question or "", words)
        raise AssertionError(self.words)

    async def _answer(self, question: str, words: Words) -> None:
        forms = [form for form in self.page.forms if ("question", question) in form.hidden]
        card = next((each for form in self.page.forms for each in form.buttons if each[0] == "button"), None)
        if card is not None:
            await self.press(*card)
            return
        form = forms[-1]
        if self.has("act", "go_on"):
            await self.press("act", "go_on")
        elif form.ticks:
            # The last but one: neither "none of it" nor what raises an urgent text.
            await self.post(form.action, [*form.hidden, (form.tick_name, [*form.ticks][-2])])
        elif form.texts:
            typed = {name: words(question) if name == "answer" else words(name) for name in form.texts}
            await self.post(form.action, [*form.hidden, *typed.items()])
            if self.question == question and self.status != 200:
                plain = {name: PLAIN.get(name, PLAIN.get(question, "Testperson A")) for name in form.texts}
                await self.fill(plain)
        else:
            options = [value for name, value in form.buttons if name == "answer"]
            await self.press("answer", self.choices.get(question, options[0]))


@asynccontextmanager
async def visiting(site: str) -> AsyncIterator[Visitor]:
    """A fresh browser."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield Visitor(site=site, session=session)


def plainly(_field: str) -> str:
    """Words that fit nearly everywhere."""
    return "Testperson A"


def code_of(visitor: Visitor) -> str:
    """The receipt code that the page shows."""
    words = re.sub(r"<[^>]*>", "", visitor.html.partition('class="code big"')[2].partition(">")[2])
    found = re.match(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", words)
    assert found is not None
    return found.group(0)


async def enter(visitor: Visitor, code: str) -> None:
    """Come back with a code."""
    await visitor.get("/kode")
    hidden = visitor.form_with("act", "code").hidden
    await visitor.post("/kode", [*hidden, ("code", code), ("act", "code")])
