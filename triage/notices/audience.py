"""Who stands behind an audience right now, and who is told instead when nobody does."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from triage.clocks.policy import Audience
from triage.ids import PersonId
from triage.people.duty_now import finder
from triage.people.person import Person, PersonState, Role
from triage.people.roster import How, Roster, on_duty_at
from triage.ports import Transaction
from triage.profile import LadderStep
from triage.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The people to tell, and as which rung of the ladder; `rung` is None when the whole house is empty."""

    meant_for: Audience
    rung: Audience | None
    people: tuple[Person, ...] = ()
    deputies: frozenset[PersonId] = frozenset()
    """Those of them who are told because somebody else is away."""

    @property
    def climbed(self) -> bool:
        """Whether others are told than were meant."""
        return self.rung is not self.meant_for


def find_audience(
    tx: Transaction,
    rules: Rules,
    audience: Audience,
    *,
    assignee: PersonId | None,
    at: datetime | None = None,
) -> Found:
    """The people of this audience; if there are none, those of the next rung up, and at the top those below.

    With `at` it is who stands there at that later instant: what waits for the morning is for whoever has the duty
    then. Somebody who is away is stood in for by their first deputy who is there. An escalation that finds nobody above
    must not end there: somebody further down is better than nobody.
    """
    then = tx.now if at is None else max(at, tx.now)
    roster = tx.duty.roster(tx.now, then)
    for rung in rungs(rules.organisation.ladder, audience):
        found = _standing(tx, roster, rung, assignee, then)
        if found:
            deputies = frozenset(person.id for person, instead in found.items() if instead)
            return Found(meant_for=audience, rung=rung, people=tuple(found), deputies=deputies)
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


def next_above(
    tx: Transaction, rules: Rules, rung: Audience, *, assignee: PersonId | None, told: Collection[PersonId]
) -> Audience | None:
    """The first rung above this one behind which somebody stands now who was not told yet; None if there is none."""
    roster = tx.duty.roster(tx.now, tx.now)
    known = {each.value: each for each in Audience}
    steps = sorted(rules.organisation.ladder, key=lambda step: step.level)
    climbed = [known[step.role] for step in steps if step.role in known]
    above = climbed[climbed.index(rung) + 1 :] if rung in climbed else []
    for each in above:
        if any(person.id not in told for person in _standing(tx, roster, each, assignee, tx.now)):
            return each
    return None


def _standing(
    tx: Transaction, roster: Roster, rung: Audience, assignee: PersonId | None, at: datetime
) -> Mapping[Person, bool]:
    """Who stands on this rung, and for each whether as somebody's deputy."""
    match rung:
        case Audience.DUTY_OFFICER:
            found = on_duty_at(roster, at, finder(tx))
            return {} if found is None else {found.person: found.how is How.DEPUTY}
        case Audience.COORDINATOR:
            people = _active(None if assignee is None else tx.people.get(assignee))
        case Audience.HEAD:
            people = tx.people.with_role(Role.HEAD)
        case Audience.CHAIR:
            people = tx.people.with_role(Role.CHAIR)
        case Audience.STEERING:
            people = tx.people.with_role(Role.STEERING)
        case Audience.DPO:
            people = tx.people.with_role(Role.DPO)
        case _:
            assert_never(rung)
    return _there(tx, roster, people, at)


def _there(tx: Transaction, roster: Roster, people: Sequence[Person], at: datetime) -> Mapping[Person, bool]:
    """Those of them who are there, and the deputies of those who are not."""
    found: dict[Person, bool] = {}
    for person in people:
        if not roster.is_absent(person.id, at):
            found[person] = False
            continue
        deputies = (tx.people.get(each) for each in roster.deputies_of(person.id, at))
        deputy = next((each for each in deputies if each.state is PersonState.ACTIVE), None)
        if deputy is not None:
            found.setdefault(deputy, True)
    return found


def _active(person: Person | None) -> Sequence[Person]:
    if person is None or person.state is not PersonState.ACTIVE:
        return ()
    return (person,)
