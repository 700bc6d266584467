"""Proposals: what the organisation's own rules say about a case, each with its rule. A person answers each.

Every rule that fits is shown, in the order in which it is written; none weighs more than another. A yes does nothing by
itself: whoever said it does it, where it is done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from triage.access.table import Right
from triage.audit import Act
from triage.cases.case import EventKind
from triage.cases.steps import lock_for, record
from triage.cases.words import Done
from triage.ids import CaseId, PersonId
from triage.ports import Transaction
from triage.profile import RoutingRule
from triage.refusals import Reason, Refused
from triage.rules import Rules


class Target(StrEnum):
    """What is proposed."""

    OUTCOME = "outcome"
    AUTHORITY = "authority"
    CLOCK = "clock"
    NOTE = "note"
    """Nothing but the rule's own sentence: somebody says that they have seen to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One thing that one rule proposes; `code` is empty for a note."""

    rule: str
    text: str
    target: Target
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalAnswer:
    """What somebody said to a proposal."""

    case_id: CaseId
    rule: str
    target: Target
    code: str
    taken: bool
    by: PersonId
    at: datetime


class ProposalAnswers(Protocol):
    """What was said to the proposals of cases."""

    def add(self, answer: ProposalAnswer) -> None:
        """Note an answer; the latest to the same proposal counts."""

    def of_case(self, case_id: CaseId) -> Sequence[ProposalAnswer]:
        """All answers about a case, in the order in which they were given."""


def proposals(rules: Rules, answers: Mapping[str, Collection[str]]) -> tuple[Proposal, ...]:
    """What is proposed for a case about which these answers were given, each question with its codes.

    `acute` stands for the alarms that were raised; a place answers with its code and with the groups it is in, as
    `@elsewhere`. Only rules that have a condition: all others are for a person to pull, see `to_pull`.
    """
    fitting = [rule for rule in rules.routing if rule.when and _holds(rule, answers)]
    return tuple(each for rule in fitting for each in of_rule(rule))


def to_pull(rules: Rules) -> tuple[Proposal, ...]:
    """What the rules propose that have no condition: their reason stands in words that only a person reads."""
    return tuple(each for rule in rules.routing if not rule.when for each in of_rule(rule))


def of_rule(rule: RoutingRule) -> Iterator[Proposal]:
    """What one rule proposes, each thing by itself."""
    targets = [
        *([(Target.OUTCOME, rule.outcome)] if rule.outcome is not None else ()),
        *((Target.AUTHORITY, code) for code in rule.authorities),
        *((Target.CLOCK, code) for code in rule.clocks),
    ]
    for target, code in targets or [(Target.NOTE, "")]:
        yield Proposal(rule=rule.id, text=rule.note, target=target, code=code)


def answer_proposal(
    tx: Transaction,
    rules: Rules,
    *,
    case_id: CaseId,
    by: PersonId,
    rule: str,
    target: str,
    code: str,
    taken: bool,
    answers: Mapping[str, Collection[str]],
) -> Done | Refused:
    """Say yes or no to one proposal; refused for one that no rule makes for a case with these answers.

    Answering anew is allowed, and stands too.
    """
    case = lock_for(tx, case_id, by, Right.ANSWER_PROPOSAL)
    if isinstance(case, Refused):
        return case
    made = (*proposals(rules, answers), *to_pull(rules))
    proposal = next(
        (each for each in made if (each.rule, each.target, each.code) == (rule, target, code)), None
    )
    if proposal is None:
        return Refused(Reason.CHANGED_SINCE)
    tx.proposal_answers.add(
        ProposalAnswer(
            case_id=case_id,
            rule=proposal.rule,
            target=proposal.target,
            code=proposal.code,
            taken=taken,
            by=by,
            at=tx.now,
        )
    )
    facts = {"rule": proposal.rule, proposal.target.value: proposal.code}
    kind = EventKind.PROPOSAL_TAKEN if taken else EventKind.PROPOSAL_DECLINED
    record(tx, case, kind, Act.PROPOSAL_TAKEN if taken else Act.PROPOSAL_DECLINED, by=by, facts=facts)
    return Done(case)


def _holds(rule: RoutingRule, answers: Mapping[str, Collection[str]]) -> bool:
    return all(set(answers.get(question, ())) & set(codes) for question, codes in rule.when.items())
