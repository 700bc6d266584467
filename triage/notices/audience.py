"""Who stands behind an audience right now, and who is told instead when nobody does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from triage.clocks.policy import Audience
from triage.ids import PersonId
from triage.people.person import Person, PersonState, Role
from triage.ports import Transaction
from triage.profile import LadderStep
from triage.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The people to tell, and as which rung of the ladder; `rung` is None when the whole house is empty."""

    meant_for: Audience
    rung: Audience | None
    people: tuple[Person, ...] = ()

    @property
    def climbed(self) -> bool:
        """Whether others are told than were meant."""
        return self.rung is not self.meant_for


def find_audience(tx: Transaction, rules: Rules, audience: Audience, *, assignee: PersonId | None) -> Found:
    """The people of this audience; if there are none, those of the next rung up, and at the top those below.

    An escalation that finds nobody above must not end there: somebody further down is better than nobody.
    """
    for rung in rungs(rules.organisation.ladder, audience):
        people = tuple(_people(tx, rung, assignee))
        if people:
            return Found(meant_for=audience, rung=rung, people=people)
    return Found(meant_for=audience, rung=None)


def counts_only(rules: Rules, rung: Audience) -> bool:
    """Whether this rung of the ladder is told numbers and case codes only."""
    return any(step.counts_only for step in rules.organisation.ladder if step.role == rung.value)


def rungs(ladder: Sequence[LadderStep], audience: Audience) -> Sequence[Audience]:
    """In which order the rungs are asked when this audience is to be told: itself, those above, those below."""
    known = {each.value: each for each in Audience}
    steps = sorted(ladder, key=lambda step: step.level)
    climbed = [known[step.role] for step in steps if step.role in known]
    place = climbed.index(audience) if audience in climbed else -1
    below = reversed(climbed[: max(place, 0)])
    return list(dict.fromkeys([audience, *climbed[place + 1 :], *below]))


def _people(tx: Transaction, rung: Audience, assignee: PersonId | None) -> Sequence[Person]:
    match rung:
        case Audience.DUTY_OFFICER:
            return _active(tx.people.on_duty())
        case Audience.COORDINATOR:
            return _active(None if assignee is None else tx.people.get(assignee))
        case Audience.HEAD:
            return tx.people.with_role(Role.HEAD)
        case Audience.CHAIR:
            return tx.people.with_role(Role.CHAIR)
        case Audience.STEERING:
            return tx.people.with_role(Role.STEERING)
        case _:
            assert_never(rung)


def _active(person: Person | None) -> Sequence[Person]:
    if person is None or person.state is not PersonState.ACTIVE:
        return ()
    return (person,)
