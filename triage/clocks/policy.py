"""Clock policies: which deadline, which warnings, and who is told. Data of the profile, never code.

Written in `clocks.toml`:

    [[clock]]
    id = "triage48"
    version = 1
    limit = "48h"
    limit_is_promise = true

    [[clock.milestone]]
    id = "unclaimed"
    at = "12h"
    only_if = "unclaimed"
    notify = ["duty_officer"]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from triage.clocks.span import Span, Written
from triage.ids import ClockPolicyId

BREACHED = "breached"
"""The milestone at the limit; every policy has it."""

BEFORE_CLOSING = "before_closing"
"""Derived: a deadline in closed time is also warned of in the last staffed hour before it."""

UNSTAFFED = "unstaffed"
"""Derived: nobody is at work between the start and the deadline, so it is told at once, by day."""

UNANSWERED = "unanswered"
"""Derived: the limit has gone by at night, and the clock may run on until staffed hours begin."""

DERIVED_MILESTONES = (BEFORE_CLOSING, UNSTAFFED, UNANSWERED)
"""Milestones that no policy lists because they follow from the calendar; they need texts as the others do."""


class Audience(StrEnum):
    """Who is told, as a part somebody plays and never as a person. `COORDINATOR` is who holds the case."""

    DUTY_OFFICER = "duty_officer"
    COORDINATOR = "coordinator"
    HEAD = "head"
    CHAIR = "chair"
    STEERING = "steering"
    DPO = "dpo"


class Basis(StrEnum):
    """From where a clock counts."""

    ELAPSED = "elapsed"
    """From its start. Its spans say what counts: seconds, working days, staffed hours."""

    ELAPSED_FROM_STAFFED = "elapsed_from_staffed"
    """From when somebody is at work; a clock that wakes people counts at once."""

    DATE = "date"
    """From a date that somebody names when it starts, ahead or past: a release, the end of a course."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)


_Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
_PolicyId = Annotated[ClockPolicyId, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
_Event = Annotated[str, Field(pattern=r"^[a-z_]+(\.[A-Za-z0-9_-]+)?$", max_length=80)]


class Milestone(_Data):
    """A moment on a clock at which somebody is told.

    `at` counts from where the clock begins to count, `before` backwards from the deadline. With `repeat_every` it
    comes again, `repeat_limit` times more, while the clock runs.
    """

    id: _Code
    at: Written | None = None
    before: Written | None = None
    only_if: Literal["unclaimed"] | None = None
    notify: tuple[Audience, ...] = Field(min_length=1)
    repeat_every: Written | None = None
    repeat_limit: int = Field(default=0, ge=0, le=50)

    @property
    def occurrences(self) -> int:
        """How many times it comes at most."""
        return 1 + self.repeat_limit

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if (self.at is None) is (self.before is None):
            raise ValueError("a milestone stands either `at` a span from the start or `before` the deadline")
        if self.before is not None and self.before.count < 0:
            raise ValueError("`before` counts backwards by itself: write it without a minus")
        every = self.repeat_every
        if (every is None) is not (self.repeat_limit == 0):
            raise ValueError("`repeat_every` and `repeat_limit` go together")
        if every is not None and every.count <= 0:
            raise ValueError("`repeat_every` is longer than nothing")
        return self


class ClockPolicy(_Data):
    """One version of one clock's rules. A running clock keeps the version that it was started with.

    Milestones stand in order of time. The one named `breached` stands at the limit; steps after it climb on.
    `before_closing` says who is warned in the last staffed hour when the deadline falls in closed time, or at once
    when nobody is at work before it. A limit that is a promise to those outside (`limit_is_promise`) can never be
    paused, nor held by another clock, and no later version may set it back on a clock that runs.
    """

    id: _PolicyId
    version: int = Field(ge=1)
    limit: Written
    basis: Basis = Basis.ELAPSED
    pausable: bool = False
    limit_is_promise: bool = False
    starts_on: tuple[_Event, ...] = ()
    """What starts it by itself (see `triage.clocks.events`); several of one case do not start it twice."""
    starts_if: Mapping[str, tuple[str, ...]] = {}
    """Answers, stored in clear, that it is started by only: one of these codes to each of these questions."""
    stops_on: tuple[_Event, ...] = ()
    held_by: tuple[_PolicyId, ...] = ()
    """While a clock of one of these runs on the same case, this one is held: its time does not go on."""
    by_hand: bool = False
    """Whether a person may start it on a case."""
    results: tuple[_Code, ...] = ()
    """What a person may stop it with; shown as `clock.result.<code>`."""
    settled_first: bool = False
    """Whether a case is not closed while it runs: a person says first what became of it."""
    own_texts: bool = False
    """Whether its notices have words of their own, `notice.<id>.<step>`; else they are those of any clock."""
    off: bool = False
    """A version that switches the clock off: none starts under it, and one that is moved to it stops."""
    climbs: bool = True
    """Whether silence climbs the ladder. A clock of weeks climbs by its own milestones only."""
    before_closing: tuple[Audience, ...] = (Audience.DUTY_OFFICER, Audience.HEAD)
    milestones: tuple[Milestone, ...] = Field(validation_alias="milestone")

    @property
    def breach(self) -> Milestone:
        """The milestone at the limit."""
        return next(milestone for milestone in self.milestones if milestone.id == BREACHED)

    def audiences(self, milestone: str) -> tuple[Audience, ...]:
        """Whom a step of this id tells, the derived ones included; nobody for one that is not known."""
        if milestone in {BEFORE_CLOSING, UNSTAFFED}:
            return self.before_closing
        name = BREACHED if milestone == UNANSWERED else milestone
        return next((each.notify for each in self.milestones if each.id == name), ())

    def meaning(self, milestone: str) -> str:
        """What a step says, whatever the clock: that nobody holds the case, what lies ahead, is late or still is."""
        if milestone in {*DERIVED_MILESTONES, BREACHED}:
            return milestone
        ids = [each.id for each in self.milestones]
        if self.milestones[ids.index(milestone)].only_if is not None:
            return "unclaimed"
        return "ahead" if ids.index(milestone) < ids.index(BREACHED) else "after"

    def lies_ahead(self, milestone: str) -> bool:
        """Whether a step tells of a deadline that is still to come."""
        return self.meaning(milestone) in {"ahead", "unclaimed", BEFORE_CLOSING, UNSTAFFED}

    def step_ids(self) -> Iterator[str]:
        """Every step that this policy can fire."""
        yield from (milestone.id for milestone in self.milestones)
        if self.before_closing:
            yield BEFORE_CLOSING
        if self.before_closing and self.basis is Basis.ELAPSED:
            yield UNSTAFFED
        if self.basis is Basis.ELAPSED_FROM_STAFFED:
            yield UNANSWERED

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        problem = self._problem()
        if problem is not None:
            raise ValueError(f'[[clock]] "{self.id}" version {self.version}, {problem}')
        return self

    def _problem(self) -> str | None:
        return self._problem_of_steps() or self._problem_of_order() or self._problem_of_rules()

    def _problem_of_steps(self) -> str | None:
        ids = [milestone.id for milestone in self.milestones]
        for milestone_id in ids:
            if ids.count(milestone_id) > 1:
                return f'[[clock.milestone]] id: "{milestone_id}" stands more than once'
            if milestone_id in DERIVED_MILESTONES:
                return f'[[clock.milestone]] id: "{milestone_id}" is derived and cannot be listed'
        if BREACHED not in ids:
            return f'[[clock.milestone]] id: none is "{BREACHED}"'
        if self.breach.at != self.limit:
            return f'[[clock.milestone]] "{BREACHED}", at: it stands at the limit and nowhere else'
        if self.breach.only_if is not None:
            return f'[[clock.milestone]] "{BREACHED}", only_if: a breach is a breach whoever holds the case'
        return None

    def _problem_of_order(self) -> str | None:
        """Spans of different kinds are put in order by the calendar only; `tovholder check` runs them through it."""
        for earlier, later in pairwise(self.milestones):
            if _comes_before(later, earlier):
                return (
                    f'[[clock.milestone]] "{later.id}", at: it comes before "{earlier.id}" but stands after'
                )
        return None

    def _problem_of_rules(self) -> str | None:
        if self.pausable and self.limit_is_promise:
            return "pausable: a limit that is a promise is never paused"
        if self.held_by and not self.pausable:
            return "held_by: only a clock that may be paused can be held by another"
        if self.id in self.held_by:
            return "held_by: a clock cannot be held by itself"
        if self.basis is Basis.DATE:
            if self.starts_on:
                return "starts_on: a clock that counts from a date is started by whoever knows the date"
            return None
        if self.limit.count <= 0:
            return "limit: it is longer than nothing"
        if any(each.at is not None and each.at.count < 0 for each in self.milestones):
            return '[[clock.milestone]] at: only with basis = "date" may a step lie before where the clock counts from'
        if self.basis is Basis.ELAPSED_FROM_STAFFED and self.limit.elapsed is None:
            return "limit: a clock that counts from staffed hours counts minutes, hours or days"
        return None


def _comes_before(one: Milestone, other: Milestone) -> bool:
    """Whether it surely does; spans that only a calendar can compare do not."""
    if one.at is not None and other.at is not None:
        return _shorter(one.at, other.at)
    if one.before is not None and other.before is not None:
        return _shorter(other.before, one.before)
    return False


def _shorter(one: Span, other: Span) -> bool:
    first, second = one.elapsed, other.elapsed
    if first is not None and second is not None:
        return first < second
    return one.unit is other.unit and one.count < other.count


class UnknownPolicyError(LookupError):
    """No policy of this id and version is known."""


class ClockPolicies(_Data):
    """All of `clocks.toml`: every version that a clock may still run under, and the newest to start with."""

    clocks: tuple[ClockPolicy, ...] = Field(validation_alias="clock")
    pause_reasons: tuple[_Code, ...] = ()
    """Why a person may let a clock stand still; shown as `clock.pause.<code>`."""

    @model_validator(mode="after")
    def _unique(self) -> Self:
        seen: set[tuple[str, int]] = set()
        for policy in self.clocks:
            key = (policy.id, policy.version)
            if key in seen:
                raise ValueError(f'[[clock]] "{policy.id}", version: {policy.version} stands more than once')
            seen.add(key)
        for policy in self.clocks:
            unknown = set(policy.held_by) - {each.id for each in self.clocks}
            if unknown:
                raise ValueError(f'[[clock]] "{policy.id}", held_by: there is no clock "{min(unknown)}"')
        return self

    def all_newest(self) -> tuple[ClockPolicy, ...]:
        """The newest version of every policy, in the order in which they stand."""
        ids = dict.fromkeys(policy.id for policy in self.clocks)
        return tuple(self.newest(policy_id) for policy_id in ids)

    def get(self, policy_id: ClockPolicyId, version: int) -> ClockPolicy:
        """This version of the policy; raises `UnknownPolicyError`."""
        for policy in self.clocks:
            if (policy.id, policy.version) == (policy_id, version):
                return policy
        raise UnknownPolicyError(f'clock policy "{policy_id}" version {version}')

    def newest(self, policy_id: ClockPolicyId) -> ClockPolicy:
        """The highest version of the policy, which new clocks start with; raises `UnknownPolicyError`."""
        versions = [policy for policy in self.clocks if policy.id == policy_id]
        if not versions:
            raise UnknownPolicyError(f'clock policy "{policy_id}"')
        return max(versions, key=lambda policy: policy.version)
