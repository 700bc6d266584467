"""Linking two cases that somebody takes to be about the same person: a human's decision, which can be undone.

Whoever must not know of one of the two sees nothing of the link on the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from triage.access.table import Right, allowed_on
from triage.audit import Act
from triage.cases.case import Case, CaseEvent, EventKind
from triage.cases.person_ports import CaseLink
from triage.cases.steps import record
from triage.cases.words import Done, cleaned
from triage.ids import CaseCode, CaseId, LinkId, PersonId
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules

_LINKINGS = frozenset({EventKind.LINKED, EventKind.UNLINKED})
_LINK = "link"
"""What a line of the timeline says of a link: its id, and never which case is at the other end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenLink:
    """A link as somebody sees it who may know of both cases."""

    link: CaseLink
    other: Case

    @property
    def in_force(self) -> bool:
        """Whether nobody has undone it."""
        return self.link.undone_at is None


def link_cases(
    tx: Transaction, rules: Rules, *, case_id: CaseId, by: PersonId, other: CaseCode, reason: str
) -> Done | Refused:
    """Say that two cases are about the same person, for a reason that stands in the timeline of both.

    Closed ones too. A code of no case, and that of a case that one must not know of, are refused alike.
    """
    found = tx.cases.find(other)
    if found is None or not _may(tx, by, found):
        return Refused(Reason.NO_SUCH_CASE)
    if found.id == case_id:
        return Refused(Reason.SAME_CASE)
    both = _locked(tx, case_id, found.id)
    if not all(_may(tx, by, each) for each in both):
        return Refused(Reason.NOT_ALLOWED)
    if any(each.in_force and each.other.id == found.id for each in links_seen(tx, both[0], by=by)):
        return Refused(Reason.LINKED_ALREADY)
    said = cleaned(rules, reason, empty=Reason.REASON_NEEDED)
    if isinstance(said, Refused):
        return said
    link = CaseLink(
        id=LinkId(tx.new_id()), first=case_id, second=found.id, by=by, at=tx.now, reason=said.words
    )
    tx.persons.add_link(link)
    for each in both:
        record(tx, each, EventKind.LINKED, Act.CASE_LINKED, by=by, facts={_LINK: str(link.id)})
    return Done(both[0], said.removed)


def unlink_cases(tx: Transaction, *, case_id: CaseId, by: PersonId, link_id: LinkId) -> Case | Refused:
    """Say that two linked cases are not about the same person after all; that they were linked stays to be read."""
    case = tx.cases.get(case_id)
    if not _may(tx, by, case):
        return Refused(Reason.NOT_ALLOWED)
    seen = next((each for each in links_seen(tx, case, by=by) if each.link.id == link_id), None)
    if seen is None or not _may(tx, by, seen.other):
        return Refused(Reason.NOT_WAITING)
    both = _locked(tx, case_id, seen.other.id)
    again = next((each for each in links_seen(tx, case, by=by) if each.link.id == link_id), None)
    if again is None or not again.in_force:
        return Refused(Reason.NOT_WAITING)
    tx.persons.undo_link(replace(again.link, undone_by=by, undone_at=tx.now))
    for each in both:
        record(tx, each, EventKind.UNLINKED, Act.CASE_UNLINKED, by=by, facts={_LINK: str(link_id)})
    return both[0]


def links_seen(tx: Transaction, case: Case, *, by: PersonId) -> tuple[SeenLink, ...]:
    """The links of a case whose other case this reader may know of, undone ones too. Part of reading the case."""
    links = tx.persons.links_of(case.id, reader=by)
    others = tx.cases.get_all({link.other(case.id) for link in links})
    return tuple(SeenLink(link=link, other=others[link.other(case.id)]) for link in links)


def with_links(timeline: Sequence[CaseEvent], links: Sequence[SeenLink]) -> tuple[CaseEvent, ...]:
    """The timeline without the lines of links that are not among these; each link with its reason."""
    known = {str(each.link.id): each.link for each in links}
    return tuple(
        replace(event, words=known[event.facts[_LINK]].reason) if event.kind is EventKind.LINKED else event
        for event in timeline
        if event.kind not in _LINKINGS or event.facts[_LINK] in known
    )


def _locked(tx: Transaction, case_id: CaseId, other: CaseId) -> tuple[Case, Case]:
    """Both cases as they now stand, the first one first; locked in the one order in which cases are."""
    tx.cases.lock_all({case_id, other})
    return tx.cases.get(case_id), tx.cases.get(other)


def _may(tx: Transaction, by: PersonId, case: Case) -> bool:
    return allowed_on(tx.people.get(by), Right.LINK_CASES, case)
