"""What the organisation's rules propose for a case, with what was said to it; and the form that says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from admin.act import Act, Filled, Outcome
from handlers.dialog.places import Places
from handlers.dialog.ports import IntakeTransaction
from triage.access.table import Right
from triage.cases.reading import CaseView
from triage.cases.records import Alarm, Submission
from triage.coordination.proposals import (
    Proposal,
    ProposalAnswer,
    answer_proposal,
    proposals,
    to_pull,
)
from triage.rules import Rules

YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRow:
    """A proposal and the latest answer to it."""

    proposal: Proposal
    answer: ProposalAnswer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalsView:
    """What fits the case by its answers, and what a person may pull after reading."""

    fitting: tuple[ProposalRow, ...]
    others: tuple[ProposalRow, ...]


def proposals_view(
    view: CaseView, said: Sequence[ProposalAnswer], rules: Rules, places: Places
) -> ProposalsView:
    """What to draw. What was pulled stands with what fits."""
    latest = {(each.rule, each.target, each.code): each for each in said}

    def row(proposal: Proposal) -> ProposalRow:
        key = (proposal.rule, proposal.target, proposal.code)
        return ProposalRow(proposal=proposal, answer=latest.get(key))

    fitting = [row(each) for each in proposals(rules, _answers(view.alarms, view.submissions, places))]
    pulled = [row(each) for each in to_pull(rules)]
    return ProposalsView(
        fitting=(*fitting, *(each for each in pulled if each.answer is not None)),
        others=tuple(each for each in pulled if each.answer is None),
    )


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
