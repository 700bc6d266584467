"""One line under a clock: who was told, and who has it until when, or who is told next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from handlers.dialog.ports import IntakeTransaction
from triage.access.table import Right, allowed
from triage.cases.case import Case
from triage.clocks.clock import Clock, telling_ahead
from triage.clocks.policy import Audience, UnknownPolicyError
from triage.ids import ClockId, PersonId
from triage.notices.acknowledge import link_token
from triage.notices.audience import Standing
from triage.notices.ladder import Ladder, height
from triage.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderLine:
    """The rung that was told last, and when. `by` is the name of who has it, `until` None where they hold the case.

    `next_at` is when `next`, who stands above, is told if nobody answers: by a step of the clock, or because the time
    to answer is over. None while somebody has it, or where nobody is above. `token` is of the reader's own link, as
    long as they were told and nobody has it.
    """

    rung: Audience
    told_at: datetime
    by: str | None = None
    until: datetime | None = None
    next: Audience | None = None
    next_at: datetime | None = None
    token: str | None = field(default=None, repr=False)


def ladder_lines(
    tx: IntakeTransaction, rules: Rules, clocks: Sequence[Clock], *, by: PersonId
) -> Mapping[ClockId, LadderLine]:
    """The lines of these clocks for this reader, as far as they run and have told anybody."""
    running = {clock.id: clock for clock in clocks if clock.stopped_at is None}
    lines = _Lines(tx=tx, rules=rules, standing=Standing(tx, rules), reader=by)
    return {
        ladder.clock_id: lines.of(running[ladder.clock_id], ladder)
        for ladder in tx.ladders.of_clocks(list(running))
        if ladder.ended_at is None
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lines:
    """What is the same for all lines of a page."""

    tx: IntakeTransaction
    rules: Rules
    standing: Standing
    reader: PersonId

    def of(self, clock: Clock, ladder: Ladder) -> LadderLine:
        """The line under a running clock."""
        people, by = self.tx.people, ladder.acknowledged_by
        if by is not None and (ladder.is_held or ladder.is_quiet(self.tx.now)):
            return LadderLine(
                rung=ladder.rung, told_at=ladder.told_at, by=people.get(by).name, until=ladder.quiet_until
            )
        case = None if clock.case_id is None else self.tx.cases.get(clock.case_id)
        ways = (self._by_step(clock, ladder, case), self._by_silence(clock, ladder, case))
        next_at, rung = min((way for way in ways if way is not None), default=(None, None))
        may = self.reader in ladder.told_people and allowed(people.get(self.reader), Right.ACKNOWLEDGE)
        return LadderLine(
            rung=ladder.rung,
            told_at=ladder.told_at,
            next=rung,
            next_at=next_at,
            token=link_token(self.tx.digest, clock.id, self.reader) if may else None,
        )

    def _by_silence(
        self, clock: Clock, ladder: Ladder, case: Case | None
    ) -> tuple[datetime, Audience] | None:
        """When the time to answer is over, and who is told then."""
        above = self.standing.above(
            ladder.rung,
            assignee=None if case is None else case.assignee,
            told=ladder.told_people,
            kept_out=frozenset() if case is None else case.conflicts,
        )
        if above is None or ladder.climbs_at is None or clock.paused_since is not None:
            return None
        return ladder.climbs_at, above

    def _by_step(self, clock: Clock, ladder: Ladder, case: Case | None) -> tuple[datetime, Audience] | None:
        """When a step of the clock tells somebody above, and as which rung."""
        try:
            policy = self.rules.policies.get(clock.policy_id, clock.policy_version)
        except UnknownPolicyError:
            return None
        reached = height(self.rules, ladder.rung)
        for at, audiences in telling_ahead(policy, self.rules.calendar, clock, self.tx.now):
            for audience in audiences:
                found = self.standing.find(
                    audience,
                    assignee=None if case is None else case.assignee,
                    at=at,
                    kept_out=frozenset() if case is None else case.conflicts,
                )
                if found.rung is None or height(self.rules, found.rung) <= reached:
                    continue
                if any(person.id not in ladder.told_people for person in found.people):
                    return at, found.rung
        return None
