"""Classifying: a named person says that a contact is of another kind, and its clock is the one it always had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from triage.access.table import Right
from triage.audit import Act
from triage.cases.case import UNDECIDED, Case, CaseState, EventKind, KindAsked
from triage.cases.second_person import ask_second_person, second_person_came
from triage.cases.steps import lock_for, main_clock, record
from triage.cases.words import Done, cleaned
from triage.clocks.clock import Clock
from triage.clocks.keep import resume_clock, start_clock, stop_clocks
from triage.ids import CaseId, PersonId
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules


def reclassify(
    tx: Transaction,
    rules: Rules,
    *,
    case_id: CaseId,
    by: PersonId,
    kind: str,
    reason: str,
    told: bool = False,
    because: str = "",
) -> Done | Refused:
    """Make the contact one of another kind, with a reason.

    The clock of the new kind runs from when the contact came, so it is born with its true time left; the old one
    stops and stays visible, and runs on as if it never had stopped when the contact goes back to its kind. What an
    answered contact becomes by added words counts from them, and no clock that the answer stopped runs again. Where
    whoever wrote must be told first (`must_tell`), `told` says that they were; otherwise `because` names an
    exception of the profile's, and a second person must confirm. The new kind's clock runs while they are awaited.
    """
    case = lock_for(tx, case_id, by, Right.RECLASSIFY)
    if isinstance(case, Refused):
        return case
    if case.kind_asked is not None:
        return Refused(Reason.KIND_ASKED)
    if not can_change(rules, case):
        return Refused(Reason.ALREADY_DECIDED)
    if kind == case.kind or kind not in {each.code for each in rules.organisation.reporter_kind}:
        return Refused(Reason.UNKNOWN_KIND)
    first = must_tell(rules, case.kind, kind)
    if first and told and tx.messages.held_of_case(case_id):
        # Nobody was told by what can still be undone.
        return Refused(Reason.REPLY_GOES_OUT)
    exception = first and not told
    if exception and because not in rules.organisation.kind(case.kind).untold_because:
        return Refused(Reason.ASKER_NOT_TOLD)
    said = cleaned(rules, reason, empty=Reason.REASON_NEEDED)
    if isinstance(said, Refused):
        return said
    if exception:
        return Done(_ask(tx, rules, case, kind, by=by, because=because, words=said.words), said.removed)
    facts = {"told": "yes"} if first else {}
    return Done(_change(tx, rules, case, kind, by=by, facts=facts, words=said.words), said.removed)


def confirm_kind(
    tx: Transaction, rules: Rules, *, case_id: CaseId, by: PersonId, read: datetime | None = None
) -> Done | Refused:
    """Let a second person confirm that the contact is of another kind though whoever wrote was not told.

    `read` is when it was asked for what the second person read; what was asked for since is refused.
    """
    case = lock_for(tx, case_id, by, Right.CONFIRM)
    if isinstance(case, Refused):
        return case
    asked = case.kind_asked
    if asked is None:
        return Refused(Reason.NOT_WAITING)
    if read not in {None, asked.at}:
        return Refused(Reason.CHANGED_SINCE)
    if asked.by == by:
        return Refused(Reason.SAME_PERSON)
    facts = {"told": "no", "because": asked.because, "asked_by": str(asked.by)}
    second_person_came(tx, case_id)
    return Done(_change(tx, rules, case, asked.kind, by=by, facts=facts, words=None))


def decline_kind(
    tx: Transaction,
    rules: Rules,
    *,
    case_id: CaseId,
    by: PersonId,
    reason: str,
    read: datetime | None = None,
) -> Done | Refused:
    """Leave the contact what it was; whoever asked for another kind may take that back themselves.

    `read` as in `confirm_kind`.
    """
    case = lock_for(tx, case_id, by, Right.CONFIRM)
    if isinstance(case, Refused):
        return case
    asked = case.kind_asked
    if asked is None:
        return Refused(Reason.NOT_WAITING)
    if read not in {None, asked.at}:
        return Refused(Reason.CHANGED_SINCE)
    said = cleaned(rules, reason, empty=Reason.REASON_NEEDED)
    if isinstance(said, Refused):
        return said
    declined = tx.cases.save(replace(case, kind_asked=None))
    facts = {"from": case.kind, "to": asked.kind}
    record(
        tx, declined, EventKind.KIND_DECLINED, Act.CASE_KIND_DECLINED, by=by, facts=facts, words=said.words
    )
    policy = rules.main_clock(asked.kind)
    if policy != rules.main_clock(case.kind) or case.state not in UNDECIDED:
        stop_clocks(tx, rules, case_id, policies=(policy,))
    second_person_came(tx, case_id)
    return Done(declined, said.removed)


def can_change(rules: Rules, case: Case) -> bool:
    """Whether the contact can become one of another kind: before the decision, and an answered one after it too."""
    about_a_person = rules.organisation.kind(case.kind).about_a_person
    return case.state in UNDECIDED or (case.state is CaseState.TRIAGED and not about_a_person)


def must_tell(rules: Rules, kind: str, to: str) -> bool:
    """Whether whoever wrote is to be told before a contact of this kind becomes one of that."""
    of = rules.organisation
    return of.kind(kind).tell_first and of.kind(to).about_a_person


def _ask(
    tx: Transaction, rules: Rules, case: Case, kind: str, *, by: PersonId, because: str, words: str
) -> Case:
    asked = tx.cases.save(replace(case, kind_asked=KindAsked(kind=kind, because=because, by=by, at=tx.now)))
    facts = {"from": case.kind, "to": kind, "because": because}
    record(tx, asked, EventKind.KIND_ASKED, Act.CASE_KIND_ASKED, by=by, facts=facts, words=words)
    clock = _run_main_clock(tx, rules, asked, kind)
    ask_second_person(tx, rules, asked, decided_by=by, due_at=clock.due_at)
    return asked


def _change(
    tx: Transaction,
    rules: Rules,
    case: Case,
    kind: str,
    *,
    by: PersonId,
    facts: Mapping[str, str],
    words: str | None,
) -> Case:
    _run_main_clock(tx, rules, case, kind)
    old = rules.main_clock(case.kind)
    # The clock of the new kind holds whatever was added, too.
    over = {rules.addition_clock, old} - {rules.main_clock(kind)}
    stops = frozenset(policy for policy in over if policy is not None)
    stop_clocks(tx, rules, case.id, policies=stops)
    moved = case if case.state in UNDECIDED else case.moved(CaseState.IN_TRIAGE)
    changed = tx.cases.save(replace(moved, kind=kind, kind_asked=None, decision=None, addition_at=None))
    known = {"from": case.kind, "to": kind, **facts}
    record(tx, changed, EventKind.KIND_CHANGED, Act.CASE_KIND_CHANGED, by=by, facts=known, words=words)
    return changed


def _run_main_clock(tx: Transaction, rules: Rules, case: Case, kind: str) -> Clock:
    """The main clock of this kind, running on the case since the words came that make it one."""
    policy, held = rules.main_clock(kind), case.assignee is not None
    kept = case.state not in UNDECIDED and policy == rules.main_clock(case.kind)
    since = _since(tx, rules, case, kept=kept)
    found = next(
        (
            each
            for each in tx.clocks.of_case(case.id)
            if each.policy_id == policy
            and (each.stopped_at is None or (each.started_at == since and not kept))
        ),
        None,
    )
    if found is not None:
        return resume_clock(tx, rules, found, claimed=held)
    return start_clock(tx, rules, policy, wakes=False, case_id=case.id, claimed=held, since=since)


def _since(tx: Transaction, rules: Rules, case: Case, *, kept: bool) -> datetime:
    """When the words came that make the contact what it is to become.

    After an answer these are the oldest that nobody had opened when it came in force, and the open addition is no
    measure of them: the reply that tells the asker ends it before the kind is changed. Where nothing came since,
    the contact was what it becomes all along; a promise that the answer kept is a new one from now on.
    """
    clock = main_clock(tx, rules, case)
    all_along = case.received_at if clock is None else clock.started_at
    if case.state in UNDECIDED or case.decision is None:
        return all_along
    came = tx.messages.unread_since(case.id, at=case.decision.in_force_at)
    return came or (tx.now if kept else all_along)
