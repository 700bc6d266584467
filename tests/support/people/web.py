"""A person at the reporter's pages: presses what a page offers, without JavaScript."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from html.parser import HTMLParser

import aiohttp

from tests.support.transcripts import (
    BACK,
    GO_ON,
    KEEP,
    OLD_BUTTON,
    RESTART,
    SKIP,
    SUBMIT,
    UNKNOWN,
    VOICE,
    Act,
    Choose,
    Decide,
    EditQuestion,
    GivePart,
    Leave,
    Offer,
    Plain,
    Press,
    Say,
    Tap,
    Tick,
)

Site = Callable[[], AbstractAsyncContextManager[str]]
"""Starts the site anew and gives its address."""

_ACTS = {GO_ON.name: "go_on", BACK.name: "back", KEEP.name: "keep", SUBMIT.name: "send", SKIP.name: "skip"}


@dataclass(kw_only=True)
class HtmlForm:
    """A form of a page, as a browser would send it."""

    action: str
    id: str = ""
    hidden: list[tuple[str, str]] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    ticks: dict[str, bool] = field(default_factory=dict)
    tick_name: str = ""
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """A page: its forms, and its words without the questions that were passed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[HtmlForm] = []
        self._words: list[str] = []
        self._said = 0
        self._mute = 0
        self._area: str | None = None
        self.feed(html)
        self.close()

    @property
    def words(self) -> str:
        """What can be read on the page."""
        return " ".join(" ".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "ol" and (self._said or given.get("class") == "said"):
            self._said += 1
        if tag in {"script", "style"}:
            self._mute += 1
        if tag == "form":
            self.forms.append(HtmlForm(action=given.get("action", "/"), id=given.get("id", "")))
        if not self.forms:
            return
        form = self._form_of(given)
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "button":
            form.buttons.append((name, value))
        elif tag == "textarea":
            form.texts[name] = ""
            self._area = name
        elif tag == "input":
            kind = given.get("type", "text")
            if kind == "hidden":
                form.hidden.append((name, value))
            elif kind == "checkbox":
                form.tick_name = name
                form.ticks[value] = "checked" in given
            else:
                form.texts[name] = value

    def _form_of(self, given: dict[str, str]) -> HtmlForm:
        """The form around it; a button may also stand elsewhere on the page and name its form."""
        named = given.get("form")
        return self.forms[-1] if named is None else next(each for each in self.forms if each.id == named)

    def handle_endtag(self, tag: str) -> None:
        if tag == "ol" and self._said:
            self._said -= 1
        if tag in {"script", "style"}:
            self._mute -= 1
        if tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.forms[-1].texts[self._area] += data
        elif not self._said and not self._mute:
            self._words.append(data)


class WebPerson:
    """Plays a transcript on the pages."""

    def __init__(self, site: Site) -> None:
        self.lacking = False
        self._site = site
        self._running = contextlib.AsyncExitStack()
        self._address = ""
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self._page = Page("")
        self._sent: tuple[str, list[tuple[str, str]]] | None = None
        self._parts: dict[str, str] = {}

    async def open(self) -> None:
        """Come to the first page."""
        self._address = await self._running.enter_async_context(self._site())
        await self._see()

    async def open_link(self, path: str) -> None:
        """Come in by a one-time link, whose page has a button of its own."""
        self._address = await self._running.enter_async_context(self._site())
        async with self._session.get(f"{self._address}{path}") as answer:
            self._page = Page(await answer.text())
        form = next(form for form in self._page.forms if form.action == path)
        await self._post(path, form.hidden)

    async def close(self) -> None:
        """Close the browser and the site."""
        await self._session.close()
        await self._running.aclose()

    def sees(self) -> str:
        """The words of the page."""
        return self._page.words

    async def do(self, act: Act) -> None:  # noqa: C901 - one case per act, and none may be missing
        """Press what the page offers for it."""
        self.lacking = False
        match act:
            case Choose(code=code):
                await self._press("language", code)
            case Tap(code=code):
                await self._press_one_of(("answer", code), ("act", code))
            case Tick(codes=codes):
                await self._tick(codes)
            case Say(text=text):
                await self._say(text)
            case Press(code=code):
                await self._press("button", code)
            case GivePart(part=part, text=text):
                await self._part(part, text)
            case EditQuestion(question=question):
                await self._press("edit", question)
            case Offer(section=section):
                await self._press("offer", section)
            case Leave():
                await self._press("act", "leave_offer")
            case Decide(finding="all"):
                await self._press("stand_all", "yes")
            case Decide(how=how, finding=finding):
                await self._press(how, finding)
            case Plain():
                await self._plain(act)

    async def _plain(self, act: Plain) -> None:
        if act == VOICE:
            self.lacking = True
        elif act == OLD_BUTTON:
            await self._press_again()
        elif act == RESTART:
            await self._restart()
        elif act == UNKNOWN:
            if any("unknown" in form.ticks for form in self._page.forms):
                await self._tick(("unknown",))
            else:
                await self._press_one_of(("answer", "unknown"), ("act", "unknown"))
        else:
            await self._press("act", _ACTS[act.name])

    async def _tick(self, codes: tuple[str, ...]) -> None:
        form = next(form for form in self._page.forms if form.ticks)
        missing = set(codes) - set(form.ticks)
        if missing == {"unknown"}:
            await self._press("act", "unknown")
            return
        assert not missing, f"the page has nothing to tick for {missing}"
        form.ticks = {code: code in codes for code in form.ticks}
        await self._send(form, ("", ""))

    async def _say(self, text: str) -> None:
        form = next((form for form in self._page.forms if "answer" in form.texts), None)
        if form is None:
            self.lacking = True  # nothing can be typed where a page only has buttons
            return
        form.texts["answer"] = text
        await self._send(form, ("", ""))

    async def _part(self, part: str, text: str) -> None:
        """Fill in a field; the form is sent with its last one."""
        self._parts[f"part.{part}"] = text
        form = next(form for form in self._page.forms if any(name.startswith("part.") for name in form.texts))
        names = [name for name in form.texts if name.startswith("part.")]
        if names[-1] == f"part.{part}":
            form.texts.update(self._parts)
            self._parts.clear()
            await self._send(form, ("", ""))

    async def _press_one_of(self, *buttons: tuple[str, str]) -> None:
        offered = {button for form in self._page.forms for button in form.buttons}
        found = next((button for button in buttons if button in offered), buttons[0])
        await self._press(*found)

    async def _press(self, name: str, value: str) -> None:
        form = next((form for form in self._page.forms if (name, value) in form.buttons), None)
        assert form is not None, f"the page has no button {name}={value}: {self.sees()}"
        await self._send(form, (name, value))

    async def _send(self, form: HtmlForm, button: tuple[str, str]) -> None:
        fields = [*form.hidden, *form.texts.items()]
        fields += [(form.tick_name, code) for code, ticked in form.ticks.items() if ticked]
        if button[0]:
            fields.append(button)
        else:
            assert button in form.buttons, f"the form has no plain button: {form.buttons}"
        if form.action == "/":
            self._sent = (form.action, fields)
        await self._post(form.action, fields)

    async def _post(self, action: str, fields: list[tuple[str, str]]) -> None:
        async with self._session.post(f"{self._address}{action}", data=aiohttp.FormData(fields)) as answer:
            self._page = Page(await answer.text())

    async def _press_again(self) -> None:
        """Go back in the browser and press there once more."""
        assert self._sent is not None
        action, fields = self._sent
        again = [(name, f"{value}-again" if name == "input" else value) for name, value in fields]
        await self._post(action, again)

    async def _restart(self) -> None:
        await self._running.aclose()
        self._address = await self._running.enter_async_context(self._site())
        await self._see()

    async def _see(self) -> None:
        async with self._session.get(f"{self._address}/") as answer:
            self._page = Page(await answer.text())
        if any(("act", "go_on_yes") in form.buttons for form in self._page.forms):
            await self._press("act", "go_on_yes")
