"""A member of staff who writes down what somebody says on the phone: presses what the console's pages offer."""

from __future__ import annotations

from contextlib import nullcontext

from tests.admin.house import Answer, Browser
from tests.support.people.web import HtmlForm, Page, WebPerson
from tests.support.transcripts import Act, Choose

CONTACT = "/desk/contact"


class ConsolePerson(WebPerson):
    """Plays a transcript at the phone desk; the first line that chooses a language opens the contact in it."""

    def __init__(self, browser: Browser, *, hotline: str) -> None:
        super().__init__(lambda: nullcontext(""))
        self._browser = browser
        self._hotline = hotline
        self._here = ""

    async def open(self) -> None:
        """Come to the small form."""
        self._take(await self._browser.get(CONTACT))

    async def do(self, act: Act) -> None:
        """Fill in the small form first, then press what the page offers."""
        if self._here or not isinstance(act, Choose):
            await super().do(act)
            return
        form = next(form for form in self._page.forms if form.action == CONTACT)
        kept = {name: form.texts[name] for name in ("date", "time")}
        chosen = {"hotline": self._hotline, "source": "phone", "language": act.code}
        answer = await self._browser.post(CONTACT, {**dict(form.hidden), **kept, **chosen})
        assert answer.status == 303, answer.words
        self._here = answer.location
        await self._see()

    async def _send(self, form: HtmlForm, button: tuple[str, str]) -> None:
        before = self._page
        await super()._send(form, button)
        if before is not self._page and form.action == self._here:
            self._sent = (form.action, self._last)

    async def _post(self, action: str, fields: list[tuple[str, str]]) -> None:
        self._last = fields
        several: dict[str, list[str]] = {}
        for name, value in fields:
            several.setdefault(name, []).append(value)
        answer = await self._browser.post(action, several)
        if answer.status == 303:
            answer = await self._browser.get(answer.location)
        self._take(answer)

    async def _restart(self) -> None:
        await self._see()

    async def _see(self) -> None:
        self._take(await self._browser.get(self._here))

    def _take(self, answer: Answer) -> None:
        self._page = Page(answer.text)
