"""What a member of an authority does with what it is asked: they see what was passed to them, and answer.

Their own working notes have no place here: there is no field for them. That an authority shares nothing is an answer
like any other (Administration of Justice Act, section 115(4): there is no duty to pass on).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from triage.access.table import Relation, Right, allowed
from triage.audit import Act
from triage.cases.case import Case, EventKind
from triage.cases.conflict import hide_from
from triage.cases.records import Submission
from triage.cases.steps import record, tell_holder
from triage.cases.words import remark
from triage.clocks.clock import Clock
from triage.coordination.asking import end_enquiry, members_of, tell_members
from triage.coordination.enquiry import ANSWERS, ENDS, Enquiry, EnquiryState, EnquiryWord, Says
from triage.ids import CaseCode, EnquiryId, EnquiryWordId, PersonId
from triage.notices.notice import Subject
from triage.people.person import Person
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules

LISTED = 200

_NEED_WORDS = frozenset({Says.SHARED, Says.WHY_ASKED, Says.WRONG_RECEIVER})
"""Answers that say nothing without words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An enquiry in the authority's own queue: its case's code, and by when an answer is expected."""

    enquiry: Enquiry
    code: CaseCode
    clock: Clock | None
    holder: Person | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedView:
    """An enquiry as a member of the authority reads it: `told` are the reports with nothing but what was passed on."""

    asked: Asked
    case: Case
    told: tuple[Submission, ...] = field(repr=False)
    words: tuple[EnquiryWord, ...] = field(repr=False)
    colleagues: tuple[Person, ...]
    people: dict[PersonId, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """The enquiry as it now stands; `removed` identity numbers were taken out of the words, and the writer is told."""

    enquiry: Enquiry
    removed: int = 0


def relation_to(person: Person, enquiry: Enquiry, case: Case) -> Relation:
    """How a person stands to what an authority is asked; a conflict of interest comes before all else."""
    if person.id in case.conflicts:
        return Relation.CONFLICTED
    heard = enquiry.state in {EnquiryState.WAITS, EnquiryState.ANSWERED}
    return Relation.ASKED if heard and person.authority == enquiry.authority else Relation.NONE


def read_asked(tx: Transaction, *, by: PersonId) -> tuple[Asked, ...] | Refused:
    """What the reader's authority is asked, what waits first. It holds codes and times, and no word of anybody."""
    reader = tx.people.get(by)
    if not allowed(reader, Right.READ_ENQUIRIES):
        return Refused(Reason.NOT_ALLOWED)
    if reader.authority is None:
        return ()
    found = tx.enquiries.of_authority(reader.authority, reader=by, limit=LISTED)
    return _rows(tx, found)


def read_enquiry(tx: Transaction, *, enquiry_id: EnquiryId, by: PersonId) -> AskedView | Refused:
    """Read what one is asked and what was passed on with it; the reading is one of the case, and an audit entry."""
    found = _for_member(tx, enquiry_id, by)
    if isinstance(found, Refused):
        return found
    enquiry, case, reader = found
    passed = {(each.submission_id, each.question) for each in enquiry.passed}
    told = tuple(
        replace(
            each,
            clear={name: value for name, value in each.clear.items() if (each.id, name) in passed},
            body={name: value for name, value in each.body.items() if (each.id, name) in passed},
            identity={},
        )
        for each in tx.cases.submissions(case.id, identity=False)
        if any(submission_id == each.id for submission_id, _ in passed)
    )
    words = tx.enquiries.words_of(case.id, [enquiry.id]).get(enquiry.id, ())
    facts = {"enquiry": str(enquiry.id), "authority": enquiry.authority}
    tx.audit.record(Act.CASE_READ, actor=by, object_id=case.id, facts=facts)
    return AskedView(
        asked=_rows(tx, [enquiry])[0],
        case=case,
        told=told,
        words=tuple(words),
        colleagues=tuple(each for each in members_of(tx, enquiry.authority, case) if each.id != reader.id),
        people={each.id: each.name for each in tx.people.all()},
    )


def answer(
    tx: Transaction,
    rules: Rules,
    *,
    enquiry_id: EnquiryId,
    by: PersonId,
    says: str,
    basis: str = "",
    to: PersonId | None = None,
    words: str = "",
) -> Answered | Refused:
    """Say what the authority answers. The secretariat is told; its clock stops with an answer that ends the matter.

    Sharing needs a legal basis of the authority's own, and words. Handing on needs a colleague of the same authority.
    Whoever says that they know somebody in the case is kept out of it (Public Administration Act, sections 3 to 6), and
    what was handed to them is for all of their colleagues again.
    Somebody who has answered may not answer anew; the secretariat asks again.
    """
    found = _for_member(tx, enquiry_id, by, locked=True)
    if isinstance(found, Refused):
        return found
    enquiry, case, _ = found
    if enquiry.state is not EnquiryState.WAITS:
        return Refused(Reason.SOMEONE_ELSE_WAS_FIRST)
    colleagues = {each.id for each in members_of(tx, enquiry.authority, case)} - {by}
    kind = _kind(rules, says, basis=basis, to=to, colleagues=colleagues)
    if isinstance(kind, Refused):
        return kind
    said = remark(rules, words, needed=kind in _NEED_WORDS)
    if isinstance(said, Refused):
        return said
    word = EnquiryWord(
        id=EnquiryWordId(tx.new_id()),
        at=tx.now,
        by=by,
        says=kind,
        basis=basis if kind is Says.SHARED else None,
        to=to if kind is Says.HANDED_ON else None,
        words=said.words,
    )
    tx.enquiries.say(enquiry, word)
    facts = {"authority": enquiry.authority, "enquiry": str(enquiry.id), "says": kind.value}
    if word.basis is not None:
        facts["basis"] = word.basis
    record(tx, case, EventKind.ASKING_SAID, Act.ENQUIRY_SAID, by=by, facts=facts, words=said.words)
    return Answered(_what_follows(tx, rules, enquiry, case, word), said.removed)


def _kind(
    rules: Rules, says: str, *, basis: str, to: PersonId | None, colleagues: Collection[PersonId]
) -> Says | Refused:
    if says not in set(ANSWERS):
        return Refused(Reason.NOTHING_CHOSEN)
    kind = Says(says)
    if kind is Says.SHARED and basis not in {each.id for each in rules.organisation.legal_basis}:
        return Refused(Reason.BASIS_NEEDED)
    if kind is Says.HANDED_ON and to not in colleagues:
        return Refused(Reason.NOBODY_CHOSEN)
    return kind


def _what_follows(tx: Transaction, rules: Rules, enquiry: Enquiry, case: Case, word: EnquiryWord) -> Enquiry:
    """The enquiry, saved, after this answer; whoever must know of it is told."""
    if word.says is Says.HANDED_ON:
        after = replace(enquiry, holder=word.to)
        tx.enquiries.save(after)
        tell_members(tx, rules, case, after, occasion=str(word.id))
        return after
    if word.says is Says.CONFLICT:
        _step_aside(tx, rules, enquiry, case, word)
    if word.says in ENDS:
        end_enquiry(tx, rules, enquiry, EnquiryState.ANSWERED)
    tell_holder(tx, rules, case, Subject.ENQUIRY_ANSWERED, occasion=word.id)
    return tx.enquiries.find(enquiry.id) or enquiry


def _step_aside(tx: Transaction, rules: Rules, enquiry: Enquiry, case: Case, word: EnquiryWord) -> None:
    after = replace(enquiry, holder=None)
    tx.enquiries.save(after)
    hidden = hide_from(tx, rules, case, person_id=word.by, by=word.by, words=None)
    if enquiry.holder == word.by:
        tell_members(tx, rules, hidden, after, occasion=str(word.id))


def _for_member(
    tx: Transaction, enquiry_id: EnquiryId, by: PersonId, *, locked: bool = False
) -> tuple[Enquiry, Case, Person] | Refused:
    """The enquiry for somebody who may read it; for everybody else there is none."""
    seen, reader = tx.enquiries.find(enquiry_id), tx.people.get(by)
    case = None if seen is None else tx.cases.look(seen.case_id)
    if seen is None or case is None:
        return Refused(Reason.NOT_FOUND)
    if locked:
        # The case before what hangs on it, as everybody else.
        case = tx.cases.lock(seen.case_id)
        seen = tx.enquiries.lock(enquiry_id) or seen
    if not allowed(reader, Right.ANSWER_ENQUIRY, relation_to(reader, seen, case)):
        return Refused(Reason.NOT_FOUND)
    return seen, case, reader


def _rows(tx: Transaction, enquiries: Sequence[Enquiry]) -> tuple[Asked, ...]:
    cases = tx.cases.get_all({each.case_id for each in enquiries})
    clocks = tx.clocks.get_all([each.clock_id for each in enquiries if each.clock_id is not None])
    people = {each.id: each for each in tx.people.all()} if enquiries else {}
    return tuple(
        Asked(
            enquiry=each,
            code=cases[each.case_id].code,
            clock=None if each.clock_id is None else clocks[each.clock_id],
            holder=None if each.holder is None else people.get(each.holder),
        )
        for each in enquiries
    )
