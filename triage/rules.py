"""The rules of one organisation, as every use case of the case side is handed them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from triage.clocks.calendar import Calendar
from triage.clocks.policy import ClockPolicies
from triage.ids import ClockPolicyId
from triage.notices.outbox import Via
from triage.profile import OrganisationProfile, RoutingRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the organisation decided beforehand: its profile, its clock policies and its calendar.

    `clean` takes identity numbers out of a text and says how many went; every word of a person goes through it
    before storage. `channels` are the ways out that this house has; nothing is written for another.
    """

    organisation: OrganisationProfile
    policies: ClockPolicies
    calendar: Calendar
    clean: Callable[[str], tuple[str, int]]
    routing: tuple[RoutingRule, ...] = ()
    """What is proposed to people who read a case, in the order in which it is written."""
    channels: frozenset[Via] = frozenset({Via.MAIL, Via.TELEGRAM})

    def main_clock(self, kind: str) -> ClockPolicyId:
        """The clock that holds the promise to a contact of this kind: never paused, never set back."""
        return ClockPolicyId(self.organisation.kind(kind).clock)

    @property
    def addition_clock(self) -> ClockPolicyId | None:
        """The clock on words that came to a contact which is decided already, where the organisation has one."""
        additions = self.organisation.additions
        return None if additions is None else ClockPolicyId(additions.clock)
