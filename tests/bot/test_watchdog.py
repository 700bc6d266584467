"""What the watchdog makes of what it sees: facts in, and how each check stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from bot.watchdog import CHECKS, Facts, TelegramFacts, holds_ping, judge
from storage.rows import Failing, LaneHealth
from triage.house.records import HouseAlarm, Trouble
from triage.house.report import Address, SeenWebhook, State
from triage.notices.outbox import Lane, Via

NOW = datetime(2026, 5, 4, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HOOK = SeenWebhook(address=Address.OURS, pending=0)
WEBHOOK = TelegramFacts(polling=False, asked_at=NOW, webhook=HOOK)
POLLING = TelegramFacts(polling=True, asked_at=NOW, webhook=HOOK)
WELL = Facts(now=NOW, began=NOW - HOUR, telegram=WEBHOOK, backup_at=NOW - DAY, backup_within=8 * DAY)


def lane(lane: Lane, waited: timedelta, via: Via = Via.MAIL) -> LaneHealth:
    return LaneHealth(lane=lane, via=via, waiting=1, oldest_due_at=NOW - waited, dead=0)


def hook(**said: Any) -> TelegramFacts:
    return replace(WEBHOOK, webhook=HOOK.model_copy(update=said))


def alarm(trouble: Trouble, *, since: timedelta, seen: timedelta = timedelta()) -> HouseAlarm:
    return HouseAlarm(
        id=UUID(int=1), trouble=trouble, since=NOW - since, last_seen=NOW - seen, tell_at=NOW, told=1
    )


def test_in_a_house_that_is_well_nothing_is_wrong_and_everything_is_looked_at() -> None:
    assert set(judge(WELL).values()) == {State.WELL}
    assert set(CHECKS) == set(Trouble)


@pytest.mark.parametrize(
    ("facts", "wrong"),
    [
        ({"clocks_due_since": NOW - 3 * MINUTE}, Trouble.CLOCKS_LATE),
        ({"clocks_due_since": NOW - MINUTE}, None),
        ({"round_late": True}, Trouble.CLOCKS_LATE),
        ({"clocks_unknown": 1}, Trouble.CLOCKS_UNKNOWN),
        ({"lanes": [lane(Lane.ESCALATION, 61 * MINUTE)]}, Trouble.ESCALATIONS_WAIT),
        ({"lanes": [lane(Lane.ESCALATION, MINUTE / 2)]}, None),
        ({"failing": [Failing(Lane.ESCALATION, Via.MAIL, 1)]}, Trouble.ESCALATIONS_WAIT),
        ({"lanes": [lane(Lane.CONVERSATION, 4 * MINUTE, Via.TELEGRAM)]}, Trouble.REPLIES_WAIT),
        ({"lanes": [lane(Lane.CONVERSATION, 2 * MINUTE, Via.TELEGRAM)]}, None),
        ({"undelivered": 1}, Trouble.UNDELIVERED),
        ({"resting": frozenset({Via.MAIL})}, Trouble.MAIL_FAILING),
        ({"resting": frozenset({Via.TELEGRAM})}, Trouble.TELEGRAM_AWAY),
        ({"resting": frozenset({Via.SMS})}, Trouble.CHANNEL_FAILING),
        ({"telegram": hook(address=Address.FOREIGN)}, Trouble.WEBHOOK_FOREIGN),
        ({"telegram": hook(address=Address.NONE)}, Trouble.WEBHOOK_EMPTIED),
        ({"telegram": hook(pending=3)}, Trouble.WEBHOOK_SILENT),
        ({"telegram": replace(hook(pending=3), taken_at=NOW - MINUTE)}, None),
        ({"telegram": replace(hook(pending=3), taken_at=NOW - 3 * MINUTE)}, Trouble.WEBHOOK_SILENT),
        ({"telegram": hook(error_at=NOW - MINUTE)}, Trouble.WEBHOOK_SILENT),
        ({"telegram": hook(error_at=NOW - HOUR)}, None),
        (
            {"telegram": replace(POLLING, webhook=HOOK.model_copy(update={"address": Address.FOREIGN}))},
            Trouble.WEBHOOK_FOREIGN,
        ),
        ({"refused": True}, Trouble.STORE_REFUSED),
        ({"on_duty": False, "staffed_from": NOW}, Trouble.NOBODY_ON_DUTY),
        ({"on_duty": False, "staffed_from": NOW + HOUR}, Trouble.NOBODY_ON_DUTY),
        ({"on_duty": False, "staffed_from": NOW + 2 * HOUR}, None),
        ({"on_duty": False, "staffed_from": None}, None),
        ({"on_duty": True, "staffed_from": NOW}, None),
        ({"parked_since": NOW - 2 * HOUR}, Trouble.UPDATES_PARKED),
        ({"parked_since": NOW - MINUTE}, None),
        ({"backup_at": NOW - 9 * DAY}, Trouble.BACKUP_OLD),
    ],
)
def test_each_fact_leads_to_its_trouble_and_to_no_other(facts: dict[str, Any], wrong: Trouble | None) -> None:
    states = judge(replace(WELL, **facts))

    assert [trouble for trouble, state in states.items() if state is State.TROUBLE] == [wrong] * bool(wrong)


def test_a_telegram_that_is_silent_leaves_open_what_only_it_can_say() -> None:
    silent = judge(replace(WELL, telegram=replace(WEBHOOK, webhook=None)))
    refused = judge(replace(WELL, telegram=replace(WEBHOOK, webhook=None, refused=True)))

    hooks = (Trouble.WEBHOOK_FOREIGN, Trouble.WEBHOOK_EMPTIED, Trouble.WEBHOOK_SILENT)
    assert [silent[each] for each in hooks] == [State.UNKNOWN] * 3
    assert (silent[Trouble.TELEGRAM_AWAY], silent[Trouble.TOKEN_REFUSED]) == (State.TROUBLE, State.UNKNOWN)
    assert (refused[Trouble.TELEGRAM_AWAY], refused[Trouble.TOKEN_REFUSED]) == (State.WELL, State.TROUBLE)


def test_what_a_house_does_not_have_is_not_looked_at() -> None:
    ways = frozenset({Via.MAIL, Via.TELEGRAM})
    none = judge(replace(WELL, telegram=None, backup_within=None, channels=ways))
    polls = judge(replace(WELL, telegram=POLLING, backup_at=None))

    off = {trouble for trouble, state in none.items() if state is State.OFF}
    assert off == {
        Trouble.TELEGRAM_AWAY,
        Trouble.TOKEN_REFUSED,
        Trouble.WEBHOOK_FOREIGN,
        Trouble.WEBHOOK_EMPTIED,
        Trouble.WEBHOOK_SILENT,
        Trouble.SECOND_POLLER,
        Trouble.CHANNEL_FAILING,
        Trouble.BACKUP_OLD,
    }
    assert {each for each, state in polls.items() if state is State.OFF} == {
        Trouble.WEBHOOK_EMPTIED,
        Trouble.WEBHOOK_SILENT,
    }
    assert polls[Trouble.BACKUP_OLD] is State.UNKNOWN


def test_an_address_is_not_missed_before_telegram_has_heard_of_it() -> None:
    early = replace(hook(address=Address.NONE), introduced=False)

    assert judge(replace(WELL, telegram=early))[Trouble.WEBHOOK_EMPTIED] is State.UNKNOWN


def test_a_conflict_is_over_when_none_was_seen_for_ten_minutes() -> None:
    states = [
        judge(
            replace(WELL, alarms={Trouble.SECOND_POLLER: alarm(Trouble.SECOND_POLLER, since=HOUR, seen=ago)})
        )
        for ago in (9 * MINUTE, 11 * MINUTE)
    ]

    assert [each[Trouble.SECOND_POLLER] for each in states] == [State.UNKNOWN, State.WELL]


def test_within_two_minutes_of_a_start_nothing_is_said_of_what_the_outage_left_behind() -> None:
    left = replace(
        WELL,
        clocks_due_since=NOW - HOUR,
        lanes=[lane(Lane.ESCALATION, HOUR), lane(Lane.CONVERSATION, HOUR)],
        clocks_unknown=1,
    )
    explained = {Trouble.CLOCKS_LATE, Trouble.ESCALATIONS_WAIT, Trouble.REPLIES_WAIT}

    early = judge(replace(left, began=NOW - MINUTE))
    later = judge(replace(left, began=NOW - 2 * MINUTE))

    assert {early[each] for each in explained} == {State.UNKNOWN}
    assert {later[each] for each in explained} == {State.TROUBLE}
    assert early[Trouble.CLOCKS_UNKNOWN] is State.TROUBLE


def test_the_channels_that_nobody_can_be_told_over_are_those_that_fail() -> None:
    assert WELL.down() == frozenset()
    assert replace(WELL, resting=frozenset({Via.MAIL})).down() == {Via.MAIL}
    assert replace(WELL, telegram=replace(WEBHOOK, webhook=None)).down() == {Via.TELEGRAM}
    assert replace(WELL, lanes=[lane(Lane.ESCALATION, 5 * MINUTE)]).down() == {Via.MAIL}


def test_the_ping_is_held_back_by_what_counts_once_it_has_lasted() -> None:
    told = {
        trouble: holds_ping([alarm(trouble, since=HOUR)], now=NOW)
        for trouble in (Trouble.CLOCKS_LATE, Trouble.MAIL_FAILING, Trouble.NOBODY_ON_DUTY, Trouble.BACKUP_OLD)
    }

    assert list(told.values()) == [True, True, False, False]
    assert not holds_ping([alarm(Trouble.MAIL_FAILING, since=MINUTE)], now=NOW)
    assert not holds_ping([], now=NOW)
