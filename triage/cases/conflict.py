"""Conflicts of interest: whoever knows the people of a case is kept out of it, and it is hidden from them altogether.

The Danish Public Administration Act, sections 3 to 6: who has a personal stake in a case, or is near to somebody in
it, takes no part in it, and says so as soon as they know. Nothing is read off anybody's data: a person says it.
"""

from __future__ import annotations

from dataclasses import replace

from triage.access.table import Right, allowed_on
from triage.audit import Act
from triage.cases.case import Case, EventKind
from triage.cases.release import leave, nobody_holds
from triage.cases.steps import record, tell_overseers
from triage.cases.words import Done, cleaned, remark
from triage.ids import CaseId, PersonId
from triage.notices.notice import Subject
from triage.people.person import PersonState
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules


def keep_out(
    tx: Transaction, rules: Rules, *, case_id: CaseId, by: PersonId, person_id: PersonId, words: str = ""
) -> Done | Refused:
    """Keep somebody out of a case: oneself, or a colleague for a reason that is written down.

    From then on they see nothing of it and are told nothing. What waits for them is taken back; a case that they held
    is nobody's, of which the officer on duty is told. Who may name a colleague is the table's to say; head and data
    protection officer are told of it, for it takes a case from somebody unseen. Refused where it would leave nobody
    who may read the case, and of a colleague where nobody would be left who may let them back in.
    """
    case = tx.cases.lock(case_id)
    oneself = person_id == by
    if not allowed_on(tx.people.get(by), Right.DECLARE_CONFLICT if oneself else Right.KEEP_OUT, case):
        return Refused(Reason.NOT_ALLOWED)
    try:
        person = tx.people.get(person_id)
    except LookupError:
        return Refused(Reason.NOBODY_CHOSEN)
    if person.state is PersonState.DISABLED:
        return Refused(Reason.NOBODY_CHOSEN)
    if person_id in case.conflicts:
        return Refused(Reason.SOMEONE_ELSE_WAS_FIRST)
    said = remark(rules, words) if oneself else cleaned(rules, words, empty=Reason.REASON_NEEDED)
    if isinstance(said, Refused):
        return said
    after = _without(case, person_id)
    if not any(allowed_on(each, Right.READ_CASE, after) for each in tx.people.all()):
        return Refused(Reason.LAST_READER)
    if not oneself and _can_let_in(tx, case) and not _can_let_in(tx, after):
        return Refused(Reason.LAST_WHO_LETS_IN)
    saved = hide_from(tx, rules, case, person_id=person_id, by=by, words=said.words)
    if not oneself:
        tell_overseers(tx, rules, saved, Subject.KEPT_OUT, by=by)
    return Done(saved, said.removed)


def hide_from(
    tx: Transaction, rules: Rules, case: Case, *, person_id: PersonId, by: PersonId, words: str | None
) -> Case:
    """The case, saved, of which this person sees nothing from now on; whether they may be kept out was looked at."""
    held = case.assignee == person_id
    saved = tx.cases.save(_without(case, person_id))
    leave(tx, rules, saved, person_id=person_id)
    tx.presences.forget(case.id, person_id)
    facts = {"person": str(person_id), "held": "yes" if held else "no"}
    record(tx, saved, EventKind.KEPT_OUT, Act.CASE_KEPT_OUT, by=by, facts=facts, words=words)
    if held:
        nobody_holds(tx, rules, saved)
    return saved


def let_back_in(
    tx: Transaction, rules: Rules, *, case_id: CaseId, by: PersonId, person_id: PersonId, words: str
) -> Done | Refused:
    """Say that somebody has no conflict of interest in a case after all, for a reason. Never of oneself."""
    case = tx.cases.lock(case_id)
    if not allowed_on(tx.people.get(by), Right.LET_BACK_IN, case):
        return Refused(Reason.NOT_ALLOWED)
    if person_id not in case.conflicts:
        return Refused(Reason.NOT_WAITING)
    said = cleaned(rules, words, empty=Reason.REASON_NEEDED)
    if isinstance(said, Refused):
        return said
    saved = tx.cases.save(replace(case, conflicts=case.conflicts - {person_id}))
    facts = {"person": str(person_id)}
    record(tx, saved, EventKind.LET_BACK_IN, Act.CASE_LET_BACK_IN, by=by, facts=facts, words=said.words)
    return Done(saved, said.removed)


def _can_let_in(tx: Transaction, case: Case) -> bool:
    return any(allowed_on(each, Right.LET_BACK_IN, case) for each in tx.people.all())


def _without(case: Case, person_id: PersonId) -> Case:
    held = case.assignee == person_id
    return replace(case, conflicts=case.conflicts | {person_id}, assignee=None if held else case.assignee)
