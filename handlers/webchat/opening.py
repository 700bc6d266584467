"""Whether a hotline is open now, by telephone and for reading: computed, for telephone and reader keep other hours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from handlers.dialog.ports import IntakeTransaction
from handlers.dialog.say import Phone
from handlers.dialog.words import when_read
from handlers.webchat.parts import WebchatParts
from triage.people.duty_now import DutyNow, who_is_on_duty

CLOSED_DAYS = 3
"""How many of the next closed days are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What is true of one hotline at one moment, or of several alike, as sentences in one language."""

    names: tuple[str, ...]
    number: Phone | None
    telephone: tuple[str, ...]
    reading: str


@dataclass(frozen=True, slots=True)
class Desk:
    """What must be asked of the store: the time, and for each hotline, which has its own hours, who is on duty."""

    now: datetime
    duty: Mapping[str, DutyNow]


def desk(tx: IntakeTransaction, hotlines: Mapping[str, WebchatParts]) -> Desk:
    """The desk as it stands. Reads only."""
    duty = {each.intake.hotline: who_is_on_duty(tx, each.intake.rules) for each in hotlines.values()}
    return Desk(tx.now, duty)


def opening(parts: WebchatParts, at: Desk, lang: str) -> Opening:
    """One hotline at this moment."""
    words = parts.words
    hotline = parts.intake.rules.organisation.get_hotline(parts.intake.hotline)
    sentence = when_read(at.duty[parts.intake.hotline], now=at.now)
    read = sentence.key.removeprefix("closing.read.")
    said = {name: words.day_time(time, lang, near=at.now) for name, time in sentence.times.items()}
    return Opening(
        names=(words.text(f"hotline.{hotline.id}.name", lang),),
        number=next((each for each in parts.numbers if each.id == hotline.number), None),
        telephone=tuple(_telephone(parts, at.now, lang)),
        reading=words.text(f"page.open.read.{read}", lang, **said),
    )


def told_once(openings: Iterable[Opening]) -> list[Opening]:
    """The hotlines in their order, those of one number and the same hours as one, under all their names."""
    told: dict[Opening, tuple[str, ...]] = {}
    for each in openings:
        alike = replace(each, names=())
        told[alike] = (*told.get(alike, ()), *each.names)
    return [replace(alike, names=names) for alike, names in told.items()]


def closed_days(parts: WebchatParts, at: Desk) -> tuple[date, ...]:
    """The next days on which nobody reads although it is a working day of the week."""
    return parts.intake.rules.calendar.next_closed_days(at.now, most=CLOSED_DAYS)


def _telephone(parts: WebchatParts, now: datetime, lang: str) -> list[str]:
    words, hours = parts.words, parts.telephone
    said = [words.text("page.open.telephone.hours", lang)]
    if hours is None:
        return said
    until, opens = hours.staffed_until(now), hours.next_staffed(now)
    if until is not None:
        at = words.day_time(until, lang, near=now)
        return [*said, words.text("page.open.telephone.now", lang, until=at)]
    if opens is None:
        return [*said, words.text("page.open.telephone.closed", lang)]
    at = words.day_time(opens, lang, near=now)
    return [*said, words.text("page.open.telephone.opens", lang, opens=at)]
