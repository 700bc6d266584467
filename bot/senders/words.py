"""Notices in words: rendered when they go out, so that "time left" is true when it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import cast
from uuid import UUID

from bot.i18n import Translator
from handlers.telegram.callback import OPEN_HELP, OPEN_MENU, pack_acknowledge
from triage.ids import ClockId, PersonId
from triage.notices.notice import NOTICE_KEYS, READINGS_PAGE, START_PAGE, Subject

_INSTANTS = ("due", "fell_due")
_NAMED = {"clock": "clock.", "silent": "role.", "trouble": "console.health.trouble."}
"""Codes that a text says in words."""
COUNTS_KEYS = frozenset({NOTICE_KEYS[Subject.COUNTS], NOTICE_KEYS[Subject.COUNTS_UNANSWERED]})
"""Notices to those who are told numbers only."""
_DASH = "\N{EN DASH}"
_MOST_BUTTONS = 20
"""Under one message; whoever has more to answer does so where the lines lead."""
_WORTH_SAYING = 5
"""Minutes; a notice that comes later than this after its moment says so."""

_A_MINUTE = timedelta(minutes=1)
"""Nothing is told to be over for no minutes at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeWords:
    """Finds the sentences of a notice.

    A notice payload names its text key root (`notice`), the reader's `language` and its `params` (see
    `triage.notices.notice`). The instant `due` fills {due}, {left} and {late}. {link} is the console's page of the
    case, or of the house's health: a notice leads there and says nothing else. Where the payload names a `clock` and a
    `person`, the chat offers a button and a mail a link to say that one has it; `link_token` makes what stands in the
    link. {trouble} is what fails in the house.
    """

    translator: Translator
    console_url: str
    now: Callable[[], datetime]
    link_token: Callable[[ClockId, PersonId], str] | None = None

    def subject(self, payload: Mapping[str, object]) -> str:
        """The subject line of a mail."""
        return self._text(payload, "subject")

    def body(self, payload: Mapping[str, object]) -> str:
        """The plain text of a mail or a chat message."""
        return self._text(payload, "body")

    def mail(self, payload: Mapping[str, object]) -> str:
        """The plain text of a mail: the body, and where one can say that one has it without signing in."""
        return "\n\n".join([self.body(payload), *self.offers([payload])])

    def offers(self, payloads: Iterable[Mapping[str, object]]) -> Sequence[str]:
        """For each clock that these notices of one person tell of: where to say that one has it."""
        clocks = _clocks_of(payloads)
        if self.link_token is None:
            return []
        return [
            self._offer("mail", payload, of_many=len(clocks) > 1, link=f"{self.console_url}/ack/{token}")
            for clock, payload in clocks.items()
            for token in [self.link_token(clock, _clock_and_person(payload)[1])]
        ]

    def buttons(self, payloads: Iterable[Mapping[str, object]]) -> Mapping[str, object]:
        """The same as buttons under a chat message: its `reply_markup`, or nothing."""
        clocks = _clocks_of(payloads)
        rows = [
            [
                {
                    "text": self._offer("button", payload, of_many=len(clocks) > 1),
                    "callback_data": pack_acknowledge(clock),
                }
            ]
            for clock, payload in clocks.items()
        ]
        return {"reply_markup": {"inline_keyboard": rows}} if rows else {}

    def line(self, payload: Mapping[str, object]) -> str:
        """A notice as one line of several: what it says, by when, how late it comes, whom it waits for, and where."""
        language = self.language(payload)
        given = cast("Mapping[str, str]", payload.get("params") or {})
        filled = self._filled(given, language)
        said = [self._text(payload, "subject")]
        if given.get("due"):
            said.append(self.translator.text("notice.digest.due", language, **filled))
        if (late := _late(given)) is not None:
            span = self.translator.span(late, language)
            said.append(self.translator.text("notice.late", language, span=span))
        if payload.get("whom"):
            said.append(self.translator.text(f"notice.digest.whom.{payload['whom']}", language))
        if given.get("deputy"):
            said.append(self.translator.text("notice.deputy", language))
        # The sentences of a line end alike; a subject has no full stop of its own.
        sentences = " ".join(each.rstrip(".") + "." for each in said)
        return f"{_DASH} {sentences}\n  {filled['link']}"

    def short(self, payload: Mapping[str, object], *, most: int) -> str:
        """A notice in one line of at most so many signs, where that is possible: what it says, and where."""
        if payload["notice"] in COUNTS_KEYS:
            return self.body(payload)
        given = cast("Mapping[str, str]", payload.get("params") or {})
        said = f"{self.subject(payload)}. {self.link(given)}"
        return said if len(said) <= most else f"{given.get('code', '')} {self.link(given)}".strip()

    def telegram(self, payload: Mapping[str, object], *, chat: int) -> Mapping[str, object]:
        """The `sendMessage` parameters of a notice; without formatting, previews or forwarding."""
        params: dict[str, object] = {
            "chat_id": chat,
            "text": self.body(payload),
            "link_preview_options": {"is_disabled": True},
            "protect_content": True,
        }
        if payload["notice"] == NOTICE_KEYS[Subject.REPORTER_REPLY]:
            # Without the first one the person would not know what to press; help is under every message.
            ways = {"chat.button.continue": OPEN_MENU, "chat.button.help_now": OPEN_HELP}
            language = self.language(payload)
            rows = [
                [{"text": self.translator.text(key, language), "callback_data": data}]
                for key, data in ways.items()
            ]
            params["reply_markup"] = {"inline_keyboard": rows}
        return {**params, **self.buttons([payload])}

    def _offer(self, how: str, payload: Mapping[str, object], *, of_many: bool, link: str = "") -> str:
        """The words of a button or a line; of several each names its case."""
        given = cast("Mapping[str, str]", payload.get("params") or {})
        said = self.translator.text(f"notice.acknowledge.{how}", self.language(payload), link=link)
        return f"{given['code']}: {said}" if of_many and given.get("code") else said

    def _text(self, payload: Mapping[str, object], part: str) -> str:
        language = self.language(payload)
        given = cast("Mapping[str, str]", payload.get("params") or {})
        root = NOTICE_KEYS[Subject.OVERDUE] if self._came_too_late(given) else payload["notice"]
        said = self.translator.text(f"{root}.{part}", language, **self._filled(given, language))
        if part == "body" and (late := _late(given)) is not None:
            span = self.translator.span(late, language)
            said = f"{said}\n\n{self.translator.text('notice.late', language, span=span)}"
        if part == "body" and given.get("deputy"):
            said = f"{said}\n\n{self.translator.text('notice.deputy', language)}"
        return said

    def _came_too_late(self, given: Mapping[str, str]) -> bool:
        """Whether it would tell of a deadline ahead that has passed while it waited for staffed hours."""
        return bool(given.get("ahead")) and datetime.fromisoformat(given["due"]) <= self.now()

    def language(self, payload: Mapping[str, object]) -> str:
        """The language that the reader of a notice chose."""
        return str(payload.get("language") or self.translator.languages()[0])

    def _filled(self, given: Mapping[str, str], language: str) -> dict[str, str]:
        now = self.now()
        filled = {"link": self.link(given), **given}
        for name, prefix in _NAMED.items():
            if given.get(name):
                filled[name] = self.translator.text(f"{prefix}{given[name]}", language)
        for name in _INSTANTS:
            if not given.get(name):
                continue
            at = datetime.fromisoformat(given[name])
            filled[name] = self.translator.day_time(at, language, near=now)
            if name == "due":
                filled["left"] = self.translator.span(max(at - now, timedelta()), language)
                filled["late"] = self.translator.span(max(now - at, _A_MINUTE), language)
        return filled

    def link(self, given: Mapping[str, str]) -> str:
        """The console's page of the case, that of the house, or its first one; for some the page of who read it."""
        if given.get("trouble"):
            return f"{self.console_url}/health"
        code = given.get("code", "")
        if given.get("page") == READINGS_PAGE:
            return f"{self.console_url}/readings?case={code}"
        if given.get("page") == START_PAGE:
            return self.console_url
        return f"{self.console_url}/case/{code}" if code else self.console_url


def _clocks_of(payloads: Iterable[Mapping[str, object]]) -> Mapping[ClockId, Mapping[str, object]]:
    """Each clock once, the first of so many, with a notice that tells of it."""
    found = {_clock_and_person(payload)[0]: payload for payload in payloads if "clock" in payload}
    return dict(islice(found.items(), _MOST_BUTTONS))


def _clock_and_person(payload: Mapping[str, object]) -> tuple[ClockId, PersonId]:
    return ClockId(UUID(str(payload["clock"]))), PersonId(UUID(str(payload["person"])))


def _late(given: Mapping[str, str]) -> timedelta | None:
    """How late a notice is itself, where that is worth saying."""
    late = int(given.get("late_minutes") or 0)
    return timedelta(minutes=late) if late >= _WORTH_SAYING else None
