"""What the answers of reporters say about reaching them: when, by a call, and by a notice that there is a reply."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import field_validator

from triage.clocks.calendar import Period
from triage.parts import Code, Part


class SafeHours(Part):
    """What the codes answered to `question` mean in hours of the organisation's zone; `always` set no limit.

    Hours may go over midnight: `"22:00-02:00"` is the end of one day and the beginning of each next.
    """

    question: Code
    always: tuple[Code, ...] = ()
    hours: Mapping[str, tuple[Period, ...]]

    @field_validator("hours", mode="before")
    @classmethod
    def _parted_at_midnight(cls, given: object) -> object:
        if not isinstance(given, Mapping):
            return given
        return {code: _parted(hours) for code, hours in given.items()}


class Calls(Part):
    """What a reporter's answers say about being called.

    `wanted` names the questions that ask, and of each the codes that want a call. `message` is the question whether a
    message may be left, `message_yes` and `message_no` its codes; `name` the one about what we may call ourselves.
    """

    wanted: Mapping[str, tuple[str, ...]]
    message: Code
    message_yes: Code
    message_no: Code
    name: Code


class NoticeChoice(Part):
    """What an answer says about writing to the reporter that there is a reply: codes that forbid it, or allow it.

    The choices stand in the order in which their questions are asked; within one answer what allows it counts more.
    """

    question: Code
    forbids: tuple[Code, ...] = ()
    allows: tuple[Code, ...] = ()


def _parted(hours: object) -> object:
    if not isinstance(hours, str):
        return hours
    start, _, end = (part.strip() for part in hours.partition("-"))
    over_midnight = start > end not in {"00:00", "24:00"}
    return (f"{start}-24:00", f"00:00-{end}") if over_midnight else (hours,)
