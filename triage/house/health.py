"""How the house is, for whoever looks after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.access.table import Right, allowed
from triage.house.records import HouseAlarm, Trouble
from triage.house.report import HouseReport, State
from triage.ids import PersonId
from triage.ports import Transaction
from triage.refusals import Reason, Refused

STALE_AFTER = timedelta(minutes=2)
"""A report older than this says nothing of now: nobody watches."""
ENDED_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One check: how it stands and, if not well, since when."""

    trouble: Trouble
    state: State
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthView:
    """How the house is. `seen_at` is when the watchdog last looked; unless `watched` that is too long ago.

    `whole` is False for whoever needs only the short form, which then holds nothing else.

    `open` are alarms that were told and last; `ended` the latest that are over.
    """

    seen_at: datetime | None
    whole: bool
    watched: bool
    unsure: bool
    """Whether the last round could not see something that it watches, as in the first minutes after a stand-still."""
    open: tuple[HouseAlarm, ...]
    checks: tuple[Looked, ...] = ()
    ended: tuple[HouseAlarm, ...] = ()
    report: HouseReport | None = None


def read_health(tx: Transaction, *, by: PersonId) -> HealthView | Refused:
    """What the last round of the watchdog saw, and the alarms that last. It holds no word and no code of a case."""
    person = tx.people.get(by)
    if not allowed(person, Right.READ_HEALTH):
        return Refused(Reason.NOT_ALLOWED)
    report, alarms = tx.house_alarms.report(), tx.house_alarms.open()
    watched = report is not None and tx.now - report.at <= STALE_AFTER
    seen_at = None if report is None else report.at
    told = tuple(alarm for alarm in alarms if alarm.told)
    checks = _checks(report, alarms)
    # Whether a house is backed up that never made a backup by our command can never be seen.
    unsure = any(each.state is State.UNKNOWN and each.trouble is not Trouble.BACKUP_OLD for each in checks)
    if not allowed(person, Right.READ_WORKINGS):
        return HealthView(seen_at=seen_at, whole=False, watched=watched, unsure=unsure, open=told)
    return HealthView(
        seen_at=seen_at,
        whole=True,
        watched=watched,
        unsure=unsure,
        open=told,
        checks=checks,
        ended=tuple(tx.house_alarms.ended(limit=ENDED_SHOWN)),
        report=report,
    )


def _checks(report: HouseReport | None, alarms: Sequence[HouseAlarm]) -> tuple[Looked, ...]:
    since = {alarm.trouble: alarm.since for alarm in alarms}
    states = {} if report is None else report.states
    return tuple(
        Looked(trouble=each, state=states.get(each, State.UNKNOWN), since=since.get(each)) for each in Trouble
    )
