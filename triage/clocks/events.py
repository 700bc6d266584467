"""What happens to a case starts and stops clocks: which ones is data of their policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from triage.cases.case import Case
from triage.clocks.keep import start_clock, stop_clock
from triage.clocks.policy import ClockPolicy
from triage.ports import Transaction
from triage.profile import OrganisationProfile
from triage.rules import Rules

RECEIVED = "received"
REACHABLE = "received.reachable"
"""Whoever wrote can be written to, or called."""
CONTACTED = "contacted"
"""A person wrote to whoever wrote to us, or tried to call."""
PARTED = "parted"
"""Contact about the case has ended."""
RECEIPT = "receipt"
"""The receiver of a forwarded case has it."""
DECIDED = "decided"
"""A decision is in force, whatever its outcome."""
CLOSED = "closed"
REOPENED = "reopened"
"""A closed case was opened again, and must be decided anew."""
_PLAIN = (RECEIVED, REACHABLE, CONTACTED, PARTED, RECEIPT, DECIDED, CLOSED, REOPENED)


def outcome(code: str) -> str:
    """The event of an outcome in force."""
    return f"outcome.{code}"


def known_events(organisation: OrganisationProfile) -> Iterator[str]:
    """Every event that a policy of this organisation may name."""
    yield from _PLAIN
    yield from (outcome(each.code) for each in organisation.outcome)


def happened(
    tx: Transaction,
    rules: Rules,
    case: Case,
    *events: str,
    clear: Mapping[str, object] | None = None,
    since: datetime | None = None,
) -> None:
    """Stop and start what these events stop and start on the case; a clock that runs is not started again.

    `clear` are the answers by which a policy may ask whether it is started at all; what starts counts from `since`,
    or from now.
    """
    policies = rules.policies.all_newest()
    stopping = {policy.id for policy in policies if set(events) & set(policy.stops_on)}
    starting = [policy for policy in policies if _starts(policy, events, clear or {})]
    if not stopping and not starting:
        return
    clocks = tx.clocks.of_case(case.id)
    for clock in clocks:
        if clock.policy_id in stopping and clock.stopped_at is None:
            stop_clock(tx, rules, clock)
    run = {clock.policy_id for clock in clocks if clock.stopped_at is None} - stopping
    for policy in starting:
        if policy.id not in run:
            claimed = case.assignee is not None
            start_clock(tx, rules, policy.id, wakes=False, case_id=case.id, claimed=claimed, since=since)


def outlives_closing(policy: ClockPolicy) -> bool:
    """Whether a clock runs once its case is closed: one that closing starts, or a person, such as a follow-up."""
    return CLOSED in policy.starts_on or (policy.by_hand and CLOSED not in policy.stops_on)


def _starts(policy: ClockPolicy, events: tuple[str, ...], clear: Mapping[str, object]) -> bool:
    if policy.off or not set(events) & set(policy.starts_on):
        return False
    return all(clear.get(question) in codes for question, codes in policy.starts_if.items())
