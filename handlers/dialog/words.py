"""What a channel needs of the texts, and the sentences that are computed from calendar and roster."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from triage.cases.dialogue import ReporterState, Standing
from triage.clocks.calendar import Calendar
from triage.people.duty_now import DutyNow
from triage.profile import OrganisationProfile

_SOON = timedelta(hours=16)
_EVENING, _MORNING = 18, 9
_NEXT = "closing.what_next"
_CLOSING = (_NEXT, "closing.for_relatives")


_FIRST_SENTENCE = re.compile(r".+?[.?!؟](?=\s|$)", re.DOTALL)


def first_sentence(text: str) -> str:
    """Enough of a question to know it by."""
    first = _FIRST_SENTENCE.match(text)
    return first[0] if first else text


class Words(Protocol):
    """Texts by key and language; times as people say them, in the organisation's zone."""

    def text(self, key: str, lang: str, /, **params: object) -> str:
        """The text of a key, its placeholders filled."""

    def has(self, key: str, lang: str) -> bool:
        """Whether the language itself has this text."""

    def name_of(self, lang: str) -> str:
        """A language's own name for itself."""

    def direction(self, lang: str) -> str:
        """`ltr` or `rtl`."""

    def date_time(self, at: datetime, lang: str) -> str:
        """Date with year, and time."""

    def day(self, day: date, lang: str) -> str:
        """Weekday and date."""

    def day_time(self, at: datetime, lang: str, *, near: datetime | None = None) -> str:
        """Weekday and time."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text key and the instants that fill its placeholders."""

    key: str
    times: dict[str, datetime] = field(default_factory=dict)

    def say(self, words: Words, lang: str, *, now: datetime) -> str:
        """The sentence in a language."""
        said = {name: words.day_time(at, lang, near=now) for name, at in self.times.items()}
        return words.text(self.key, lang, **said)


def who_sees_it(calendar: Calendar, duty: DutyNow, *, now: datetime, wakes: bool) -> Sentence:
    """Who sees an alarm that was just raised. It must be true: somebody may be waiting for it.

    Told to the one on duty only when that person is really woken or at work; else when the next one is.
    """
    if duty.on_duty is not None and (wakes or duty.is_staffed):
        return Sentence("acute.who.told")
    opens = duty.reads_from
    if opens is None:
        return Sentence("acute.who.no_one_on_duty")
    hour = calendar.local(now).hour
    if opens - now <= _SOON and not _MORNING <= hour < _EVENING:
        return Sentence("acute.who.nobody_tonight")
    return Sentence("acute.who.later", {"earliest": opens})


def when_read(duty: DutyNow, *, now: datetime) -> Sentence:
    """When a report that was just sent is read at the earliest: once somebody who has the duty is at work."""
    opens = duty.reads_from
    if opens is None:
        return Sentence("closing.read.no_one_on_duty")
    if opens <= now:
        return Sentence("closing.read.staffed")
    return Sentence("closing.read.earliest", {"earliest": opens})


def closing_keys(
    organisation: OrganisationProfile, answers: Mapping[str, object], *, kind: str, awaited: bool = True
) -> tuple[str, ...]:
    """The texts that stand below a receipt, on every channel: the organisation's rules pick or drop each.

    What happens next is told only as long as it is `awaited`.
    """
    told = (organisation.text_for(key, answers, kind=kind) for key in _CLOSING if awaited or key is not _NEXT)
    return tuple(key for key in told if key)


def where_it_stands(standing: Standing, words: Words, lang: str, *, now: datetime) -> str:
    """What a reporter is told of where it stands and since when: the same words on every channel."""
    said = words.text(f"state.{standing.state}", lang, at=words.day_time(standing.at, lang, near=now))
    if standing.state is ReporterState.SENT:
        return f"{said} {words.text('state.not_read', lang)}"
    return said
