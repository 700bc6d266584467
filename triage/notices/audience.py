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


class Standing:
    """Who stands where, as one transaction finds it: each thing is read once, however many clocks ask.

    What the transaction itself changes about people or the roster afterwards is not seen.
    """

    def __init__(self, tx: Transaction, rules: Rules) -> None:
        """Nothing is read yet."""
        self._tx = tx
        self._rules = rules
        self._person = finder(tx)
        self._found: dict[tuple[Audience, PersonId | None, datetime, frozenset[PersonId]], Found] = {}
        self._rosters: dict[datetime, Roster] = {}
        self._roles: dict[Role, Sequence[Person]] = {}

    def find(
        self,
        audience: Audience,
        *,
        assignee: PersonId | None,
        at: datetime | None = None,
        kept_out: frozenset[PersonId] = frozenset(),
    ) -> Found:
        """The people of this audience; if there are none, those of the next rung up, and at the top those below.

        With `at` it is who stands there at that later instant: what waits for the morning is for whoever has the
        duty then. Somebody who is away is stood in for by their first deputy who is there. An escalation that finds
        nobody above must not end there: somebody further down is better than nobody. Those `kept_out` stand nowhere.
        """
        then = self._tx.now if at is None else max(at, self._tx.now)
        asked = (audience, assignee, then, kept_out)
        if asked not in self._found:
            self._found[asked] = self._find(*asked)
        return self._found[asked]

    def above(
        self,
        rung: Audience,
        *,
        assignee: PersonId | None,
        told: Collection[PersonId],
        kept_out: Collection[PersonId],
    ) -> Audience | None:
        """The first rung above this one where somebody stands now who was not told yet; None if there is none.

        Those `kept_out` stand nowhere.
        """
        climbed = _climbed(self._rules.organisation.ladder)
        above = climbed[climbed.index(rung) + 1 :] if rung in climbed else climbed[_beside(climbed) :]
        for each in above:
            people = self._behind(each, assignee, self._tx.now)
            if any(person.id not in told and person.id not in kept_out for person in people):
                return each
        return None

    def _find(
        self, audience: Audience, assignee: PersonId | None, then: datetime, kept_out: frozenset[PersonId]
    ) -> Found:
        for rung in rungs(self._rules.organisation.ladder, audience):
            behind = self._behind(rung, assignee, then)
            found = {person: instead for person, instead in behind.items() if person.id not in kept_out}
            if found:
                deputies = frozenset(person.id for person, instead in found.items() if instead)
                return Found(meant_for=audience, rung=rung, people=tuple(found), deputies=deputies)
        return Found(meant_for=audience, rung=None)

    def _behind(self, rung: Audience, assignee: PersonId | None, at: datetime) -> Mapping[Person, bool]:
        """Who stands on this rung, and for each whether as somebody's deputy."""
        roster = self._roster(at)
        match rung:
            case Audience.DUTY_OFFICER:
                found = on_duty_at(roster, at, self._person)
                return {} if found is None else {found.person: found.how is How.DEPUTY}
            case Audience.COORDINATOR:
                people = _active(None if assignee is None else self._person(assignee))
            case Audience.HEAD:
                people = self._with_role(Role.HEAD)
            case Audience.CHAIR:
                people = self._with_role(Role.CHAIR)
            case Audience.STEERING:
                people = self._with_role(Role.STEERING)
            case Audience.DPO:
                people = self._with_role(Role.DPO)
            case _:
                assert_never(rung)
        return self._there(roster, people, at)

    def _there(self, roster: Roster, people: Sequence[Person], at: datetime) -> Mapping[Person, bool]:
        """Those of them who are there, and the deputies of those who are not."""
        found: dict[Person, bool] = {}
        for person in people:
            if not roster.is_absent(person.id, at):
                found[person] = False
                continue
            deputies = (self._person(each) for each in roster.deputies_of(person.id, at))
            deputy = next((each for each in deputies if _active(each)), None)
            if deputy is not None:
                found.setdefault(deputy, True)
        return found

    def _roster(self, then: datetime) -> Roster:
        if then not in self._rosters:
            self._rosters[then] = self._tx.duty.roster(self._tx.now, then)
        return self._rosters[then]

    def _with_role(self, role: Role) -> Sequence[Person]:
        if role not in self._roles:
            self._roles[role] = self._tx.people.with_role(role)
        return self._roles[role]


def counts_only(rules: Rules, rung: Audience) -> bool:
    """Whether this rung of the ladder is told numbers and case codes only."""
    return any(step.counts_only for step in rules.organisation.ladder if step.role == rung.value)


def rungs(ladder: Sequence[LadderStep], audience: Audience) -> Sequence[Audience]:
    """In which order the rungs are asked when this audience is to be told: itself, those above, those below.

    Whoever stands beside the ladder, as the data protection officer does, is stood in for from its head on: what they
    are told of is for whoever answers for the house.
    """
    climbed = _climbed(ladder)
    place = climbed.index(audience) if audience in climbed else _beside(climbed)
    return list(dict.fromkeys([audience, *climbed[place:], *reversed(climbed[:place])]))


def _beside(climbed: Sequence[Audience]) -> int:
    """Where the rungs begin that stand in for somebody beside the ladder."""
    return climbed.index(Audience.HEAD) if Audience.HEAD in climbed else 0


def _climbed(ladder: Sequence[LadderStep]) -> Sequence[Audience]:
    """The rungs from the lowest to the highest."""
    known = {each.value: each for each in Audience}
    steps = sorted(ladder, key=lambda step: step.level)
    return [known[step.role] for step in steps if step.role in known]


def _active(person: Person | None) -> Sequence[Person]:
    if person is None or person.state is not PersonState.ACTIVE:
        return ()
    return (person,)
