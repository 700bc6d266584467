"""What the watchdog judges: facts in, and for each check whether the house is well.

A check says how long a trouble may last before people are told of it, whether that may wake them, and whether the
outside monitor's ping is held back. Nothing here looks at anything: `bot/watching.py` gathers what is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from storage.rows import Failing, LaneHealth
from triage.house.alarm import raise_house_alarm
from triage.house.records import HouseAlarm, Trouble
from triage.house.report import Address, SeenWebhook, State
from triage.notices.outbox import Lane, Via
from triage.ports import Transaction
from triage.rules import Rules

GRACE = timedelta(minutes=2)
"""For so long after a start or a gap, what an outage leaves behind is being worked off and alarms nobody."""

ESCALATION_WAITS = timedelta(minutes=1)
REPLY_WAITS = timedelta(minutes=3)
"""So long a message may lie untouched; what was tried in vain counts at once, and both must last (see `CHECKS`)."""
CLOCK_LATE = timedelta(minutes=2)
HOOK_FAILED_LATELY = timedelta(minutes=3)
"""For so long a delivery that Telegram could not make counts as one of now; each failing one renews it."""
UPDATES_FLOW = timedelta(minutes=2)
"""While updates came so lately, some that wait are only on their way."""
CONFLICT_OVER = timedelta(minutes=10)
"""So long without a conflict, and no other asks with our token any more."""
DUTY_AHEAD = timedelta(hours=1)
"""So long before staffed hours begin somebody must be known to be on duty."""
PARKED_FOR = timedelta(hours=1)
"""So long an update that could not be read may wait; the desk was told when it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramFacts:
    """What Telegram answered last. `webhook` is None when it did not; `refused`: it does not know our token."""

    polling: bool
    asked_at: datetime
    introduced: bool = True
    webhook: SeenWebhook | None = None
    refused: bool = False
    taken_at: datetime | None = None
    """When an update was last taken, by whichever process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was gathered in one round, at the store's `now`; `began` is since when this process has watched unbroken.

    `resting` are channels that fail, as this process or another saw when it last tried.
    """

    now: datetime
    began: datetime
    lanes: Sequence[LaneHealth] = ()
    failing: Sequence[Failing] = ()
    clocks_due_since: datetime | None = None
    clocks_unknown: int = 0
    round_late: bool = False
    on_duty: bool = True
    staffed_from: datetime | None = None
    """When somebody is at work next, which is `now` in staffed hours."""
    undelivered: int = 0
    """Messages to staff that were given up and that nobody has seen to."""
    parked_since: datetime | None = None
    refused: bool = False
    channels: frozenset[Via] = frozenset(Via)
    """The ways out that this house has."""
    resting: frozenset[Via] = frozenset()
    telegram: TelegramFacts | None = None
    backup_at: datetime | None = None
    backup_within: timedelta | None = None
    alarms: Mapping[Trouble, HouseAlarm] = field(default_factory=dict)

    def older(self, at: datetime | None, than: timedelta) -> bool:
        """Whether this instant is there and longer ago than that."""
        return at is not None and self.now - at > than

    def waits(self, lane: Lane, allowed: timedelta) -> frozenset[Via]:
        """The channels of this lane on which something that may go has lain for too long."""
        late = {
            each.via for each in self.lanes if each.lane is lane and self.older(each.oldest_due_at, allowed)
        }
        return frozenset(late)

    def down(self) -> frozenset[Via]:
        """The channels over which nobody can be told anything now."""
        away = self.telegram is not None and self.telegram.webhook is None
        silent = {Via.TELEGRAM} if away else set()
        return self.resting | silent | self.waits(Lane.ESCALATION, ESCALATION_WAITS)


def _when(trouble: bool) -> State:  # noqa: FBT001 - a predicate's own answer
    return State.TROUBLE if trouble else State.WELL


def _lane(facts: Facts, lane: Lane, allowed: timedelta) -> State:
    tried = any(each.lane is lane for each in facts.failing)
    return _when(tried or bool(facts.waits(lane, allowed)))


def _clocks_late(facts: Facts) -> State:
    return _when(facts.round_late or facts.older(facts.clocks_due_since, CLOCK_LATE))


def _mail_failing(facts: Facts) -> State:
    return _when(Via.MAIL in facts.resting)


def _channel_failing(facts: Facts) -> State:
    others = facts.channels - {Via.MAIL, Via.TELEGRAM}
    return _when(bool(facts.resting & others)) if others else State.OFF


def _telegram_away(facts: Facts) -> State:
    telegram = facts.telegram
    if telegram is None:
        return State.OFF
    silent = telegram.webhook is None and not telegram.refused
    return _when(silent or Via.TELEGRAM in facts.resting)


def _token_refused(facts: Facts) -> State:
    if facts.telegram is None:
        return State.OFF
    if facts.telegram.webhook is None and not facts.telegram.refused:
        return State.UNKNOWN
    return _when(facts.telegram.refused)


def _foreign(facts: Facts) -> State:
    telegram = facts.telegram
    if telegram is None:
        return State.OFF
    if telegram.webhook is None:
        return State.UNKNOWN
    return _when(telegram.webhook.address is Address.FOREIGN)


def _emptied(facts: Facts) -> State:
    telegram = facts.telegram
    if telegram is None or telegram.polling:
        return State.OFF
    if telegram.webhook is None or not telegram.introduced:
        return State.UNKNOWN
    return _when(telegram.webhook.address is Address.NONE)


def _silent(facts: Facts) -> State:
    telegram = facts.telegram
    if telegram is None or telegram.polling:
        return State.OFF
    hook = telegram.webhook
    if hook is None or hook.address is not Address.OURS:
        return State.UNKNOWN
    flows = telegram.taken_at is not None and not facts.older(telegram.taken_at, UPDATES_FLOW)
    fails = hook.error_at is not None and not facts.older(hook.error_at, HOOK_FAILED_LATELY)
    return _when(fails or (hook.pending > 0 and not flows))


def _second_poller(facts: Facts) -> State:
    """Whoever polls sees the conflict, and raises the alarm itself; here it is only seen to be over."""
    if facts.telegram is None:
        return State.OFF
    alarm = facts.alarms.get(Trouble.SECOND_POLLER)
    if alarm is None or facts.older(alarm.last_seen, CONFLICT_OVER):
        return State.WELL
    return State.UNKNOWN


def _nobody_on_duty(facts: Facts) -> State:
    needed = facts.staffed_from is not None and facts.staffed_from - facts.now <= DUTY_AHEAD
    return _when(needed and not facts.on_duty)


def _backup_old(facts: Facts) -> State:
    if facts.backup_within is None:
        return State.OFF
    # A house that is backed up in another way never made one by our command; whether it is at all, we cannot know.
    return (
        State.UNKNOWN if facts.backup_at is None else _when(facts.older(facts.backup_at, facts.backup_within))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that is watched in each round.

    A trouble is told once it has lasted for `after`, at night too if it `wakes`. While it `holds_ping` and has lasted
    so long, the outside monitor hears nothing. What `an_outage_explains` is not judged within `GRACE` of one.
    """

    trouble: Trouble
    judge: Callable[[Facts], State]
    after: timedelta = timedelta()
    wakes: bool = True
    holds_ping: bool = True
    an_outage_explains: bool = False


CHECKS: Mapping[Trouble, Check] = MappingProxyType(
    {
        check.trouble: check
        for check in (
            Check(trouble=Trouble.CLOCKS_LATE, judge=_clocks_late, an_outage_explains=True),
            Check(trouble=Trouble.CLOCKS_UNKNOWN, judge=lambda facts: _when(facts.clocks_unknown > 0)),
            Check(
                trouble=Trouble.ESCALATIONS_WAIT,
                judge=lambda facts: _lane(facts, Lane.ESCALATION, ESCALATION_WAITS),
                after=timedelta(minutes=1),
                an_outage_explains=True,
            ),
            Check(
                trouble=Trouble.REPLIES_WAIT,
                judge=lambda facts: _lane(facts, Lane.CONVERSATION, REPLY_WAITS),
                after=timedelta(minutes=2),
                wakes=False,
                an_outage_explains=True,
            ),
            Check(
                trouble=Trouble.UNDELIVERED,
                judge=lambda facts: _when(facts.undelivered > 0),
                after=timedelta(minutes=15),
                wakes=False,
                holds_ping=False,
            ),
            Check(trouble=Trouble.MAIL_FAILING, judge=_mail_failing, after=timedelta(minutes=5)),
            Check(trouble=Trouble.CHANNEL_FAILING, judge=_channel_failing, after=timedelta(minutes=5)),
            # Asked once a minute: so it is told five minutes after the line went at the latest.
            Check(
                trouble=Trouble.TELEGRAM_AWAY, judge=_telegram_away, after=timedelta(minutes=3, seconds=30)
            ),
            Check(trouble=Trouble.TOKEN_REFUSED, judge=_token_refused),
            Check(trouble=Trouble.WEBHOOK_FOREIGN, judge=_foreign),
            Check(trouble=Trouble.WEBHOOK_EMPTIED, judge=_emptied, holds_ping=False),
            Check(trouble=Trouble.WEBHOOK_SILENT, judge=_silent, after=timedelta(minutes=5)),
            Check(trouble=Trouble.SECOND_POLLER, judge=_second_poller),
            # It can only be told once something can be stored again, so that it needs to wake nobody.
            Check(trouble=Trouble.STORE_REFUSED, judge=lambda facts: _when(facts.refused), wakes=False),
            Check(
                trouble=Trouble.NOBODY_ON_DUTY,
                judge=_nobody_on_duty,
                after=timedelta(minutes=5),
                holds_ping=False,
            ),
            Check(
                trouble=Trouble.UPDATES_PARKED,
                judge=lambda facts: _when(facts.older(facts.parked_since, PARKED_FOR)),
                wakes=False,
                holds_ping=False,
            ),
            Check(trouble=Trouble.BACKUP_OLD, judge=_backup_old, wakes=False, holds_ping=False),
        )
    }
)


def judge(facts: Facts) -> dict[Trouble, State]:
    """How each check stands."""
    fresh = facts.now - facts.began < GRACE
    return {
        trouble: State.UNKNOWN if fresh and check.an_outage_explains else check.judge(facts)
        for trouble, check in CHECKS.items()
    }


def holds_ping(alarms: Collection[HouseAlarm], *, now: datetime) -> bool:
    """Whether the outside monitor must not hear that all is well: a trouble of those that count has lasted too long."""
    return any(
        CHECKS[alarm.trouble].holds_ping and now - alarm.since >= CHECKS[alarm.trouble].after
        for alarm in alarms
    )


def note_trouble(
    tx: Transaction, rules: Rules, trouble: Trouble, *, down: Collection[Via] = ()
) -> HouseAlarm:
    """Raise the alarm about a trouble, as its check says."""
    check = CHECKS[trouble]
    return raise_house_alarm(tx, rules, trouble, after=check.after, wakes=check.wakes, down=down)
