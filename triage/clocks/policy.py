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

import re
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from triage.ids import ClockPolicyId

BREACHED = "breached"
"""The milestone at the limit; every policy has it."""

BEFORE_CLOSING = "before_closing"
"""Derived: a deadline in closed time is also warned of in the last staffed hour before it."""

UNANSWERED = "unanswered"
"""Derived: the limit has gone by at night, and the clock may run on until staffed hours begin."""

DERIVED_MILESTONES = (BEFORE_CLOSING, UNANSWERED)
"""Milestones that no policy lists because they follow from the calendar; they need texts as the others do."""

_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_WRITTEN = re.compile(r"(\d{1,5})(min|h|d)", re.ASCII)


def parse_duration(given: object) -> timedelta:
    """A duration written as `30min`, `12h` or `14d`; a day is 24 hours. Anything else raises `ValueError`."""
    if isinstance(given, timedelta):
        return given
    written = _WRITTEN.fullmatch(given) if isinstance(given, str) else None
    if written is None:
        raise ValueError(f'{given!r} is not a duration such as "30min", "12h" or "14d"')
    return int(written[1]) * _UNITS[written[2]]


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]


class Audience(StrEnum):
    """Who is told, as a part somebody plays and never as a person. `COORDINATOR` is who holds the case."""

    DUTY_OFFICER = "duty_officer"
    COORDINATOR = "coordinator"
    HEAD = "head"
    CHAIR = "chair"
    STEERING = "steering"


class Basis(StrEnum):
    """How a clock counts from its start to its limit."""

    ELAPSED = "elapsed"
    """Seconds that pass, day and night."""

    ELAPSED_FROM_STAFFED = "elapsed_from_staffed"
    """Seconds that pass once somebody is at work; a clock that wakes people counts at once."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)


_Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
_PolicyId = Annotated[ClockPolicyId, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]


class Milestone(_Data):
    """A moment on a clock at which somebody is told. `at` counts from where the clock begins to count."""

    id: _Code
    at: Duration = Field(ge=timedelta(0))
    only_if: Literal["unclaimed"] | None = None
    notify: tuple[Audience, ...] = Field(min_length=1)


class ClockPolicy(_Data):
    """One version of one clock's rules. A running clock keeps the version that it was started with.

    Milestones stand in order of time. The one named `breached` stands at the limit; steps after it climb on.
    `before_closing` says who is warned in the last staffed hour when the deadline falls in closed time.
    A limit that is a promise to those outside (`limit_is_promise`) can never be paused.
    """

    id: _PolicyId
    version: int = Field(ge=1)
    limit: Duration = Field(gt=timedelta(0))
    basis: Basis = Basis.ELAPSED
    pausable: bool = False
    limit_is_promise: bool = False
    before_closing: tuple[Audience, ...] = (Audience.DUTY_OFFICER, Audience.HEAD)
    milestones: tuple[Milestone, ...] = Field(validation_alias="milestone")

    @property
    def breach(self) -> Milestone:
        """The milestone at the limit."""
        return next(milestone for milestone in self.milestones if milestone.id == BREACHED)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        problem = self._problem()
        if problem is not None:
            raise ValueError(f'[[clock]] "{self.id}" version {self.version}, {problem}')
        return self

    def _problem(self) -> str | None:
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
        for earlier, later in pairwise(self.milestones):
            if later.at < earlier.at:
                return (
                    f'[[clock.milestone]] "{later.id}", at: it comes before "{earlier.id}" but stands after'
                )
        if self.pausable and self.limit_is_promise:
            return "pausable: a limit that is a promise is never paused"
        return None


class UnknownPolicyError(LookupError):
    """No policy of this id and version is known."""


class ClockPolicies(_Data):
    """All of `clocks.toml`: every version that a clock may still run under, and the newest to start with."""

    clocks: tuple[ClockPolicy, ...] = Field(validation_alias="clock")

    @model_validator(mode="after")
    def _unique(self) -> Self:
        seen: set[tuple[str, int]] = set()
        for policy in self.clocks:
            key = (policy.id, policy.version)
            if key in seen:
                raise ValueError(f'[[clock]] "{policy.id}", version: {policy.version} stands more than once')
            seen.add(key)
        return self

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
