"""The forms by which staff keep a case's clocks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from admin.act import Act, Filled, Outcome
from admin.times import instant
from handlers.dialog.ports import IntakeTransaction
from triage.access.table import Right
from triage.cases.clock_acts import go_on_by_hand, pause_by_hand, start_by_hand, stop_by_hand
from triage.ids import ClockId
from triage.refusals import Reason, Refused

_NOON = "12:00"
"""A clock that counts from a date counts from its noon: no change of the clocks skips it."""


def _start(tx: IntakeTransaction, given: Filled) -> Outcome:
    date = None
    if given.words("date").strip():
        found = instant(given.rules.calendar, date=given.words("date"), time=_NOON)
        if not isinstance(found, datetime):
            return Refused(Reason.DATE_NEEDED)
        date = found
    return start_by_hand(
        tx,
        given.rules,
        case_id=given.case_id,
        by=given.by,
        policy=given.words("policy"),
        date=date,
        words=given.words("words"),
        anyway=given.words("anyway") == "yes",
    )


def _stop(tx: IntakeTransaction, given: Filled) -> Outcome:
    return stop_by_hand(
        tx,
        given.rules,
        case_id=given.case_id,
        by=given.by,
        clock_id=_clock(given),
        result=given.words("result"),
        words=given.words("words"),
    )


def _pause(tx: IntakeTransaction, given: Filled) -> Outcome:
    return pause_by_hand(
        tx,
        given.rules,
        case_id=given.case_id,
        by=given.by,
        clock_id=_clock(given),
        reason=given.words("reason"),
        words=given.words("words"),
    )


def _go_on(tx: IntakeTransaction, given: Filled) -> Outcome:
    return go_on_by_hand(tx, given.rules, case_id=given.case_id, by=given.by, clock_id=_clock(given))


def _clock(given: Filled) -> ClockId:
    try:
        return ClockId(UUID(given.words("clock")))
    except ValueError:
        return ClockId(UUID(int=0))


CLOCK_ACTS: Mapping[str, Act] = MappingProxyType(
    {
        "clock-start": Act(right=Right.KEEP_CLOCK, run=_start, chosen="policy"),
        "clock-stop": Act(right=Right.KEEP_CLOCK, run=_stop, chosen="result"),
        "clock-pause": Act(right=Right.KEEP_CLOCK, run=_pause, chosen="reason"),
        "clock-on": Act(right=Right.KEEP_CLOCK, run=_go_on),
    }
)
"""The acts on clocks, by the last part of their address."""
