"""Who is at a case now: so that two people do not write to the same reporter at the same time.

Somebody is here for a minute after what they did themselves: opened the page, did something on the case, or moved on
the page. A page that only stands open says nothing of them. What they do is not noted, and none of it is a reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from triage.access.table import Right, allowed_on
from triage.cases.case import Case
from triage.ids import CaseCode, PersonId
from triage.people.person import Person
from triage.ports import Transaction
from triage.refusals import Reason, Refused

HERE = timedelta(seconds=60)
"""How long somebody is here after what they did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """Who is here beside the reader, by name."""

    people: tuple[Person, ...] = ()
    holds_for: timedelta | None = None
    """How long this is true if none of them does anything more; None where nobody else is here."""


def be_here(tx: Transaction, *, code: CaseCode, by: PersonId) -> Others | Refused:
    """Note that this person is at the case now, and see who else is.

    Where they may not read it, it is refused and leaves no trace.
    """
    case = _readable(tx, code, by)
    return case if isinstance(case, Refused) else note_here(tx, case, by=by)


def see_others(tx: Transaction, *, code: CaseCode, by: PersonId) -> Others | Refused:
    """Who is here beside this person, of whom nothing is noted; refused where they may not read the case."""
    case = _readable(tx, code, by)
    return case if isinstance(case, Refused) else _others(tx, case, by)


def note_here(tx: Transaction, case: Case, *, by: PersonId) -> Others:
    """As `be_here`, of whoever was seen to be allowed to read the case.

    Lock the case before, if at all: two pages of one person would otherwise wait for each other.
    """
    tx.presences.note(case.id, by)
    return _others(tx, case, by)


def _readable(tx: Transaction, code: CaseCode, by: PersonId) -> Case | Refused:
    case = tx.cases.find(code)
    if case is None or not allowed_on(tx.people.get(by), Right.READ_CASE, case):
        return Refused(Reason.NOT_FOUND)
    return case


def _others(tx: Transaction, case: Case, by: PersonId) -> Others:
    seen = tx.presences.of_case(case.id, after=tx.now - HERE)
    there = {
        person: seen[person.id]
        for person in (tx.people.get(each) for each in seen if each != by)
        # Who was here a moment ago may be kept out by now.
        if allowed_on(person, Right.READ_CASE, case)
    }
    if not there:
        return Others()
    return Others(
        people=tuple(sorted(there, key=lambda person: (person.name, person.id))),
        holds_for=min(there.values()) + HERE - tx.now,
    )
