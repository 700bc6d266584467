"""Searching for cases about a person: for a purpose, by an exact name or number, and never unnoticed.

What was searched is kept as a keyed hash alone; the data protection officer reads who searched when and what for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from triage.access.table import Right, allowed, allowed_on
from triage.audit import Act
from triage.cases.case import Case
from triage.cases.person_marks import Mark, MarkKind, Offered, name_marks, offered_by, phone_marks
from triage.cases.person_ports import Searched
from triage.cases.reading import QueueRow, queue_rows
from triage.cases.trail import SHOWN, Week, week_of
from triage.cases.words import Cleaned, cleaned
from triage.ids import PersonId
from triage.limits import Limit
from triage.people.person import Person
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules

OFFERED_AT_MOST = 50
SEARCHES = Limit(burst=30, refill=timedelta(minutes=2))
"""How often one person may search: whoever works on a case needs a few, whoever goes through a list needs more."""
_LONGEST = 200
"""Characters of a name or a number."""
_MARK_SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A case that may be about the person who was searched for, and why it is offered."""

    row: QueueRow
    because: tuple[Offered, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What is offered, in the order in which it came. How many there are is not said, only whether `more` are."""

    offered: tuple[Candidate, ...]
    more: bool
    removed: int
    """How many identity numbers were taken out of the purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchLine:
    """A search as the data protection officer reads it. `mark` is the same for the same name, and tells none."""

    searched: Searched
    person: str

    @property
    def mark(self) -> str:
        """The beginning of the keyed hash."""
        return self.searched.digest[:_MARK_SHOWN].hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTrail:
    """Searches of a week, newest first; `further` is the place behind which there are more."""

    lines: tuple[SearchLine, ...]
    further: int | None
    week: Week


def search_person(
    tx: Transaction,
    rules: Rules,
    *,
    by: PersonId,
    purpose: str,
    name: str = "",
    phone: str = "",
    case: Case | None = None,
) -> Candidates | Refused:
    """The cases about somebody of exactly this name, or with exactly this number, that the reader may read.

    `case` is the one because of which somebody searches; it is not offered itself. Refused without a purpose, and for
    anything that holds an identity number. Every search is recorded: in the audit by its keyed hash, and for the data
    protection officer with its purpose. More of them than `SEARCHES` are refused for a while.
    """
    reader = tx.people.get(by)
    if not allowed(reader, Right.SEARCH_PERSON):
        return Refused(Reason.NOT_ALLOWED)
    if not rules.organisation.person_search.allowed:
        return Refused(Reason.SEARCH_IS_OFF)
    searched = _marks(tx, rules, name, phone)
    if isinstance(searched, Refused):
        return searched
    said = cleaned(rules, purpose, empty=Reason.PURPOSE_NEEDED)
    if isinstance(said, Refused):
        return said
    if not SEARCHES.allows(tx, f"person_search:{by}"):
        return Refused(Reason.TOO_MANY_TRIES)
    found = _candidates(tx, rules, reader, searched, but=case)
    _record(tx, by, searched, said, case=case, found=bool(found))
    return Candidates(
        offered=found[:OFFERED_AT_MOST], more=len(found) > OFFERED_AT_MOST, removed=said.removed
    )


def read_searches(
    tx: Transaction, rules: Rules, *, by: PersonId, before: int | None = None, day: date | None = None
) -> SearchTrail | Refused:
    """Who searched for a person in the week of this day, and what for. Looking is an audit entry itself.

    No day, and a day that is still to come, is the week that runs.
    """
    if not allowed(tx.people.get(by), Right.READ_AUDIT):
        return Refused(Reason.NOT_ALLOWED)
    week = week_of(rules.calendar, day, now=tx.now)
    facts = {"of": "person_searches", "week": week.monday.isoformat()}
    tx.audit.record(Act.AUDIT_READ, actor=by, facts=facts)
    found = tx.persons.searches(since=week.start, until=week.end, before=before, limit=SHOWN + 1)
    names = {person.id: person.name for person in tx.people.all()}
    shown = found[:SHOWN]
    return SearchTrail(
        lines=tuple(SearchLine(searched=each, person=names.get(each.by, "")) for each in shown),
        further=shown[-1].place if len(found) > SHOWN else None,
        week=week,
    )


def _marks(tx: Transaction, rules: Rules, name: str, phone: str) -> tuple[Mark, ...] | Refused:
    """The marks of what is searched for, the whole name before its first and last word."""
    marks: list[Mark] = []
    search = rules.organisation.person_search
    for kind, typed in ((MarkKind.NAME, name), (MarkKind.PHONE, phone)):
        if not typed.strip():
            continue
        if len(typed) > _LONGEST:
            return Refused(Reason.TOO_LONG)
        text, removed = rules.clean(typed)
        if removed:
            return Refused(Reason.NO_IDENTITY_NUMBER)
        is_name = kind is MarkKind.NAME
        made = name_marks(tx.digest, text) if is_name else phone_marks(tx.digest, search, text)
        if not made:
            return Refused(Reason.NAME_NEEDED if is_name else Reason.NO_PHONE_NUMBER)
        marks += made
    return tuple(marks) if marks else Refused(Reason.NAME_NEEDED)


def _candidates(
    tx: Transaction, rules: Rules, reader: Person, searched: tuple[Mark, ...], *, but: Case | None
) -> tuple[Candidate, ...]:
    """At most two more than are offered, for the page to know whether there are more."""
    digests = {each.digest for each in searched}
    found = tx.persons.find(digests, reader=reader.id, limit=OFFERED_AT_MOST + 2)
    cases = tx.cases.get_all(found)
    seen = [
        cases[each]
        for each in found
        if allowed_on(reader, Right.READ_CASE, cases[each]) and (but is None or each != but.id)
    ]
    return tuple(
        Candidate(row=row, because=_because(searched, tuple(found[row.case.id])))
        for row in queue_rows(tx, rules, seen)
    )


def _because(searched: tuple[Mark, ...], found: tuple[Mark, ...]) -> tuple[Offered, ...]:
    reasons = {offered_by(one, other) for one in searched for other in found}
    if Offered.SAME_NAME in reasons:
        reasons.discard(Offered.SAME_FIRST_AND_LAST)
    return tuple(each for each in Offered if each in reasons)


def _record(
    tx: Transaction,
    by: PersonId,
    searched: tuple[Mark, ...],
    said: Cleaned,
    *,
    case: Case | None,
    found: bool,
) -> None:
    for mark in searched:
        if mark.kind is MarkKind.FIRST_AND_LAST:
            continue
        tx.persons.record_search(
            Searched(
                by=by,
                at=tx.now,
                kind=mark.kind,
                digest=mark.digest,
                purpose=said.words,
                found=found,
            )
        )
        tx.audit.record(
            Act.PERSON_SEARCHED,
            actor=by,
            object_id=None if case is None else case.id,
            facts={"by": mark.kind.value, "searched": mark.digest.hex()},
        )
