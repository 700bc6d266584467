"""Asking an authority about a case: by decision, each one by itself, with a reason, a legal basis and chosen answers.

Asking is itself a passing-on (Administration of Justice Act, section 115; Public Administration Act, section 28): the
authority learns that there is a worry. So nothing is preselected, there is no "all", and what is passed on is fixed
when it is passed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from triage.access.table import Right, allowed
from triage.audit import Act
from triage.cases.case import DECIDED, Case, EventKind
from triage.cases.reach import how_to_reach
from triage.cases.records import Submission
from triage.cases.second_person import tell_who_can_be_second
from triage.cases.steps import lock_for, record
from triage.cases.words import Done, cleaned
from triage.clocks.keep import start_clock, stop_clock
from triage.coordination.enquiry import Enquiry, EnquiryState, EnquiryWord, Passed, Says
from triage.ids import CaseCode, CaseId, ClockPolicyId, EnquiryId, EnquiryWordId, PersonId
from triage.notices.notice import NOTICE_KEYS, Notice, Subject, about_case
from triage.notices.telling import tell_person
from triage.people.person import Person
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules


def ask(
    tx: Transaction,
    rules: Rules,
    *,
    case_id: CaseId,
    by: PersonId,
    authority: str,
    basis: str,
    necessity: str,
    passed: Collection[Passed],
) -> Done | Refused:
    """Ask one authority, which by that is told the chosen answers of the reports, and nothing else.

    Refused before somebody has decided that the unit is asked, while an enquiry to the authority is open, and where
    nobody of it could read it. An answer that is not in a report, or that says who the reporter is, cannot be passed
    on. Where nobody who reported gave a name, a second person of the secretariat must agree first.
    """
    case = lock_for(tx, case_id, by, Right.ASK_AUTHORITY)
    if isinstance(case, Refused):
        return case
    if not is_for_the_unit(case):
        return Refused(Reason.NOT_FOR_THE_UNIT)
    organisation = rules.organisation
    if authority not in {each.code for each in organisation.authority}:
        return Refused(Reason.NOTHING_CHOSEN)
    if basis not in {each.id for each in organisation.legal_basis}:
        return Refused(Reason.BASIS_NEEDED)
    if any(each.is_open and each.authority == authority for each in tx.enquiries.of_case(case_id)):
        return Refused(Reason.ASKED_ALREADY)
    submissions = tx.cases.submissions(case_id, identity=True)
    offered = can_be_passed(rules, submissions)
    if not passed or not set(passed) <= set(offered):
        return Refused(Reason.NOTHING_PASSED)
    said = cleaned(rules, necessity, empty=Reason.NECESSITY_NEEDED)
    if isinstance(said, Refused):
        return said
    if not members_of(tx, authority, case):
        return Refused(Reason.NOBODY_THERE)
    enquiry = Enquiry(
        id=EnquiryId(tx.new_id()),
        case_id=case_id,
        authority=authority,
        asked_by=by,
        asked_at=tx.now,
        basis=basis,
        passed=tuple(each for each in offered if each in passed),
        state=EnquiryState.AWAITS_SECOND_PERSON,
        necessity=said.words,
    )
    alone = are_anonymous(submissions)
    asked = enquiry if alone else _send(tx, rules, case, enquiry)
    tx.enquiries.add(asked)
    facts = {**_facts(asked), "passed": str(len(asked.passed)), "second_person": "yes" if alone else "no"}
    record(tx, case, EventKind.ASKED, Act.ENQUIRY_MADE, by=by, facts=facts, words=said.words)
    if alone:
        topic = topic_of(asked.id)
        notice = about_case(case, Subject.ENQUIRY_SECOND, occasion=asked.id, topic=topic)
        tell_who_can_be_second(tx, rules, notice, but=by)
    return Done(case, said.removed)


def waiting_for_a_second(tx: Transaction, *, by: PersonId, limit: int) -> Sequence[CaseCode]:
    """The cases in which a colleague's enquiry waits for this person, or another one, to agree."""
    if not allowed(tx.people.get(by), Right.READ_QUEUE):
        return ()
    return tx.enquiries.waiting_for_a_second(by, limit=limit)


def agree(
    tx: Transaction, rules: Rules, *, case_id: CaseId, by: PersonId, enquiry_id: EnquiryId
) -> Done | Refused:
    """Agree, as a second person, that the authority is asked about somebody whom nobody with a name has reported."""
    found = _found(tx, case_id, by, Right.AGREE_TO_ASK, enquiry_id)
    if isinstance(found, Refused):
        return found
    case, enquiry = found
    if enquiry.state is not EnquiryState.AWAITS_SECOND_PERSON:
        return Refused(Reason.NOT_WAITING)
    if enquiry.asked_by == by:
        return Refused(Reason.SAME_PERSON)
    if not members_of(tx, enquiry.authority, case):
        return Refused(Reason.NOBODY_THERE)
    tx.outbox.supersede(topic=topic_of(enquiry.id))
    tx.enquiries.save(_send(tx, rules, case, replace(enquiry, confirmed_by=by)))
    record(tx, case, EventKind.ASKING_AGREED, Act.ENQUIRY_AGREED, by=by, facts=_facts(enquiry))
    return Done(case)


def withdraw(
    tx: Transaction, rules: Rules, *, case_id: CaseId, by: PersonId, enquiry_id: EnquiryId, words: str
) -> Done | Refused:
    """Take an enquiry back, for a reason: the authority sees nothing of it any more. What was read stays known."""
    found = _found(tx, case_id, by, Right.ASK_AUTHORITY, enquiry_id)
    if isinstance(found, Refused):
        return found
    case, enquiry = found
    if not enquiry.is_open:
        return Refused(Reason.NOT_WAITING)
    said = cleaned(rules, words, empty=Reason.REASON_NEEDED)
    if isinstance(said, Refused):
        return said
    end_enquiry(tx, rules, enquiry, EnquiryState.WITHDRAWN)
    record(
        tx,
        case,
        EventKind.ASKING_WITHDRAWN,
        Act.ENQUIRY_WITHDRAWN,
        by=by,
        facts=_facts(enquiry),
        words=said.words,
    )
    return Done(case, said.removed)


def explain(
    tx: Transaction, rules: Rules, *, case_id: CaseId, by: PersonId, enquiry_id: EnquiryId, words: str
) -> Done | Refused:
    """Answer an authority that asks why it is asked, or tell it more; it hears that there is more to read."""
    found = _found(tx, case_id, by, Right.ASK_AUTHORITY, enquiry_id)
    if isinstance(found, Refused):
        return found
    case, enquiry = found
    if enquiry.state is not EnquiryState.WAITS:
        return Refused(Reason.NOT_WAITING)
    said = cleaned(rules, words, empty=Reason.EMPTY)
    if isinstance(said, Refused):
        return said
    word = EnquiryWord(id=EnquiryWordId(tx.new_id()), at=tx.now, by=by, says=Says.EXPLAINED, words=said.words)
    tx.enquiries.say(enquiry, word)
    tell_members(tx, rules, case, enquiry, occasion=str(word.id))
    facts = {**_facts(enquiry), "says": Says.EXPLAINED.value}
    record(tx, case, EventKind.ASKING_SAID, Act.ENQUIRY_SAID, by=by, facts=facts, words=said.words)
    return Done(case, said.removed)


def withdraw_all(tx: Transaction, rules: Rules, case: Case) -> None:
    """End what is still asked about a case that is closed."""
    for enquiry in tx.enquiries.of_case(case.id):
        if enquiry.is_open:
            end_enquiry(tx, rules, enquiry, EnquiryState.WITHDRAWN)


def end_enquiry(tx: Transaction, rules: Rules, enquiry: Enquiry, state: EnquiryState) -> None:
    """Let nothing more be waited for: its clock stops, and what was to be said of it is taken back."""
    tx.enquiries.save(replace(enquiry, state=state, ended_at=tx.now))
    tx.outbox.supersede(topic=topic_of(enquiry.id))
    if enquiry.clock_id is not None:
        stop_clock(tx, rules, tx.clocks.get(enquiry.clock_id), result=state.value)


def can_be_passed(rules: Rules, submissions: Sequence[Submission]) -> list[Passed]:
    """Every answer that can be passed on: all but those that say who the reporter is, or how to reach them."""
    kept = how_to_reach(rules)
    return [
        Passed(submission_id=each.id, question=question)
        for each in submissions
        for question in (*each.clear, *each.body)
        if question not in kept
    ]


def are_anonymous(submissions: Sequence[Submission]) -> bool:
    """Whether nobody who sent these left anything by which they can be named or reached."""
    return not any(value for each in submissions for value in each.identity.values())


def is_for_the_unit(case: Case) -> bool:
    """Whether it was decided that the unit is asked, and the case is not closed."""
    return case.state in DECIDED and case.decision is not None and case.decision.to_unit


def members_of(tx: Transaction, authority: str, case: Case) -> list[Person]:
    """Who of an authority may read what it is asked about this case."""
    return [person for person in can_read(tx, case) if person.authority == authority]


def can_read(tx: Transaction, case: Case) -> list[Person]:
    """Everybody, of whichever authority, who may read what theirs is asked about this case."""
    return [
        person
        for person in tx.people.all()
        if person.id not in case.conflicts and allowed(person, Right.READ_ENQUIRIES)
    ]


def tell_members(tx: Transaction, rules: Rules, case: Case, enquiry: Enquiry, *, occasion: str) -> None:
    """Tell whoever has it, or all of the authority, that something waits: in one mail when the next day begins."""
    people = members_of(tx, enquiry.authority, case)
    to = [person for person in people if enquiry.holder in {None, person.id}] or people
    notice = Notice(
        key=NOTICE_KEYS[Subject.ENQUIRY_WAITS],
        occasion=f"enquiry:{enquiry.id}|{occasion}",
        topic=topic_of(enquiry.id),
        about=enquiry.id,
        case_id=case.id,
        kept_out=case.conflicts,
    )
    for person in to:
        tell_person(tx, rules, notice, person, not_before=_next_day(rules, tx.now), wakes=False)


def topic_of(enquiry_id: EnquiryId) -> str:
    """What notices about an enquiry are about."""
    return f"enquiry:{enquiry_id}"


def _next_day(rules: Rules, now: datetime) -> datetime:
    """When people are at work next who are not now: what a day brings to one person is one mail of the next morning."""
    over = rules.calendar.staffed_until(now) or now
    return rules.calendar.next_staffed(over) or now


def _send(tx: Transaction, rules: Rules, case: Case, enquiry: Enquiry) -> Enquiry:
    """Let the authority hear of it, and its clock run."""
    coordination = rules.organisation.coordination
    clock_id = None
    if coordination is not None:
        policy = ClockPolicyId(coordination.clock)
        held = case.assignee is not None
        clock_id = start_clock(tx, rules, policy, wakes=False, case_id=case.id, claimed=held).id
    sent = replace(enquiry, state=EnquiryState.WAITS, clock_id=clock_id)
    tell_members(tx, rules, case, sent, occasion="waits")
    return sent


def _found(
    tx: Transaction, case_id: CaseId, by: PersonId, right: Right, enquiry_id: EnquiryId
) -> tuple[Case, Enquiry] | Refused:
    case = lock_for(tx, case_id, by, right)
    if isinstance(case, Refused):
        return case
    enquiry = tx.enquiries.lock(enquiry_id)
    if enquiry is None or enquiry.case_id != case_id:
        return Refused(Reason.NOT_WAITING)
    return case, enquiry


def _facts(enquiry: Enquiry) -> dict[str, str]:
    return {"authority": enquiry.authority, "basis": enquiry.basis, "enquiry": str(enquiry.id)}
