"""What the organisation's rules propose for a case, with what was said to it; and the form that says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import assert_never

from admin.act import Act, Filled, Outcome
from admin.case_view import Opened
from handlers.dialog.places import Places
from handlers.dialog.ports import IntakeTransaction
from triage.access.table import Right
from triage.cases.case import UNDECIDED
from triage.cases.records import Alarm, Submission
from triage.coordination.enquiry import EnquiryState
from triage.coordination.proposals import (
    Proposal,
    ProposalAnswer,
    Target,
    answer_proposal,
    proposals,
    to_pull,
)
from triage.rules import Rules

YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRow:
    """A proposal and the latest answer to it.

    `leads_to` is the part of the page where it is done, empty where nothing there does it: `hint` says why, if there is
    a reason, as the end of its text key.
    """

    proposal: Proposal
    answer: ProposalAnswer | None
    is_done: bool
    leads_to: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalsView:
    """What fits the case by its answers, and what a person may pull after reading."""

    fitting: tuple[ProposalRow, ...]
    others: tuple[ProposalRow, ...]


def proposals_view(opened: Opened, rules: Rules, places: Places) -> ProposalsView:
    """What to draw. What was pulled stands with what fits."""
    view = opened.view
    latest = {(each.rule, each.target, each.code): each for each in opened.proposal_answers}

    def row(proposal: Proposal) -> ProposalRow:
        answer = latest.get((proposal.rule, proposal.target, proposal.code))
        if _is_done(proposal, opened):
            return ProposalRow(proposal=proposal, answer=answer, is_done=True)
        leads_to, hint = _where(proposal, opened)
        return ProposalRow(proposal=proposal, answer=answer, is_done=False, leads_to=leads_to, hint=hint)

    fitting = [row(each) for each in proposals(rules, _answers(view.alarms, view.submissions, places))]
    pulled = [row(each) for each in to_pull(rules)]
    return ProposalsView(
        fitting=(*fitting, *(each for each in pulled if each.answer is not None)),
        others=tuple(each for each in pulled if each.answer is None),
    )


def _is_done(proposal: Proposal, opened: Opened) -> bool:
    case, code = opened.view.case, proposal.code
    match proposal.target:
        case Target.OUTCOME:
            return case.decision is not None and case.decision.outcome == code
        case Target.AUTHORITY:
            asked = (each for each in opened.unit.enquiries if each.state is not EnquiryState.WITHDRAWN)
            return any(each.authority == code for each in asked)
        case Target.CLOCK:
            return any(clock.policy_id == code for clock in opened.view.clocks)
        case Target.NOTE:
            return False
        case _:
            assert_never(proposal.target)


def _where(proposal: Proposal, opened: Opened) -> tuple[str, str]:
    """Where on the page it is done, or why it cannot be done now."""
    rights, unit = opened.view.rights, opened.unit
    match proposal.target:
        case Target.OUTCOME:
            may = Right.DECIDE in rights and opened.view.case.state in UNDECIDED
            return ("decide" if may else "", "")
        case Target.AUTHORITY if not unit.for_the_unit:
            return "", "unit_first"
        case Target.AUTHORITY if proposal.code not in unit.reachable:
            return "", "nobody_there"
        case Target.AUTHORITY:
            return ("unit" if Right.ASK_AUTHORITY in rights else "", "")
        case Target.CLOCK:
            return ("clock-acts" if Right.KEEP_CLOCK in rights else "", "")
        case Target.NOTE:
            return "", ""
        case _:
            assert_never(proposal.target)


def _answers(
    alarms: Sequence[Alarm], submissions: Sequence[Submission], places: Places
) -> Mapping[str, set[str]]:
    """Every answer that is stored in clear, of all reports of the case; a place with the groups that it is in."""
    found: dict[str, set[str]] = {"acute": {alarm.trigger for alarm in alarms}}
    for submission in submissions:
        for question, value in submission.clear.items():
            codes = set(value) if isinstance(value, tuple | list) else {str(value)}
            place = places.find(str(value)) if isinstance(value, str) else None
            groups = set() if place is None else {f"@{group}" for group in place.groups}
            found.setdefault(question, set()).update(map(str, codes), groups)
    return found


def _answer(tx: IntakeTransaction, given: Filled) -> Outcome:
    return answer_proposal(
        tx,
        given.rules,
        case_id=given.case_id,
        by=given.by,
        rule=given.words("rule"),
        target=given.words("target"),
        code=given.words("code"),
        taken=given.words("taken") == YES,
        answers=_answers(
            tx.alarms.of_case(given.case_id),
            tx.cases.submissions(given.case_id, identity=False),
            given.places,
        ),
    )


PROPOSAL_ACTS: Mapping[str, Act] = MappingProxyType(
    {"proposal": Act(right=Right.ANSWER_PROPOSAL, run=_answer, chosen="proposal")}
)
"""By the last part of their address, `/desk/case/<code>/<act>`."""
