"""Who has the duty now, and when somebody who has it is next at work: what is told inside and outside follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.ids import PersonId
from triage.people.person import Person, PersonState
from triage.people.roster import Find, OnDuty, on_duty_at, stretches
from triage.ports import Transaction
from triage.rules import Rules

LOOK_AHEAD = timedelta(days=60)
"""How far ahead a shift is looked for when somebody asks who reads next; no shift by then is no promise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyNow:
    """Who has the duty at the transaction's time, whether it is staffed time, and when somebody with it is at work.

    `reads_from` is now when that is so now. None promises nothing: nobody is known who will be there.
    """

    on_duty: OnDuty | None
    is_staffed: bool
    reads_from: datetime | None

    @property
    def person(self) -> Person | None:
        """Who has it."""
        return None if self.on_duty is None else self.on_duty.person

    @property
    def is_missing(self) -> bool:
        """Whether somebody should be there now and nobody is."""
        return self.is_staffed and self.on_duty is None


def who_is_on_duty(tx: Transaction, rules: Rules) -> DutyNow:
    """The duty as it stands now, by the hours of these rules. Reads only."""
    now, calendar = tx.now, rules.calendar
    roster, find = tx.duty.roster(now, now + LOOK_AHEAD), finder(tx)
    ahead = stretches(roster, calendar, start=now, end=now + LOOK_AHEAD, find=find)
    return DutyNow(
        on_duty=on_duty_at(roster, now, find),
        is_staffed=calendar.is_staffed(now),
        reads_from=next((each.start for each in ahead if each.on_duty is not None), None),
    )


def finder(tx: Transaction) -> Find:
    """Finds people for the roster, each once."""
    known: dict[PersonId, Person] = {}

    def find(person_id: PersonId) -> Person:
        if person_id not in known:
            known[person_id] = tx.people.get(person_id)
        return known[person_id]

    return find


def find_active(tx: Transaction, person_id: PersonId) -> Person | None:
    """The person, unless there is none or they are not active."""
    try:
        person = tx.people.get(person_id)
    except LookupError:
        return None
    return person if person.state is PersonState.ACTIVE else None
