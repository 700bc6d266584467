"""The ping to the outside monitor, against a real one that fails in every way: noted, never raised, nothing told."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot import ping as module
from bot.ping import Ping
from tests.support.monitor import Monitor, open_monitor
from tests.support.ports import held_port
from triage.house.report import SeenPing

NOW = datetime(2026, 5, 4, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECRET = "1234-the-monitors-secret"


@pytest.fixture
async def monitor() -> AsyncIterator[Monitor]:
    async with open_monitor() as opened:
        yield opened


def to(monitor: Monitor, *, says_failure: bool = False) -> Ping:
    return Ping(url=f"{monitor.address}/ping/{SECRET}", seconds=60, says_failure=says_failure)


async def test_while_all_is_well_it_is_asked_once_in_each_span_with_nothing_in_it(monitor: Monitor) -> None:
    ping = to(monitor)
    for at in (0, 15, 30, 45, 60, 75):
        await ping.tell(well=True, at=at, now=NOW + timedelta(seconds=at))

    assert monitor.asked == [f"GET /ping/{SECRET}"] * 2
    assert monitor.bodies == [b""] * 2
    assert {name.lower() for name in monitor.heads[0]} == {"host"}
    assert ping.seen == SeenPing(taken_at=NOW + MINUTE)


async def test_while_something_is_wrong_the_monitor_hears_nothing_and_at_once_when_it_is_well_again(
    monitor: Monitor,
) -> None:
    ping = to(monitor)
    for at, well in ((0, True), (60, False), (120, False), (121, True)):
        await ping.tell(well=well, at=at, now=NOW)

    assert len(monitor.asked) == 2


async def test_a_monitor_that_wants_to_hear_of_failure_is_told_at_its_own_address(monitor: Monitor) -> None:
    ping = to(monitor, says_failure=True)
    for at, well in ((0, True), (60, False), (120, True)):
        await ping.tell(well=well, at=at, now=NOW)

    assert monitor.asked == [f"GET /ping/{SECRET}{end}" for end in ("", "/fail", "")]


@pytest.mark.parametrize("answers", ["500", "404", "elsewhere", "hang up", "never"])
async def test_one_that_does_not_take_it_is_noted_and_nothing_of_its_address_is_told(
    monitor: Monitor, answers: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PING_SECONDS", 0.2)
    ping = to(monitor)
    await ping.tell(well=True, at=0, now=NOW)
    monitor.answers = answers
    with caplog.at_level(logging.DEBUG):
        await ping.tell(well=True, at=60, now=NOW + MINUTE)
        await ping.tell(well=True, at=120, now=NOW + 2 * MINUTE)

    assert ping.seen == SeenPing(taken_at=NOW, failing_since=NOW + MINUTE)
    assert "watchdog.ping_failed" in caplog.messages
    assert SECRET not in repr(ping) + caplog.text + str([vars(each) for each in caplog.records])
    monitor.answers = "200"
    await ping.tell(well=True, at=180, now=NOW + 3 * MINUTE)
    assert ping.seen == SeenPing(taken_at=NOW + 3 * MINUTE)
    assert not [each for each in monitor.asked if "elsewhere" in each]


async def test_one_where_nobody_listens_is_noted() -> None:
    with held_port() as port:
        ping = Ping(url=f"http://127.0.0.1:{port}/", seconds=60)
        await ping.tell(well=True, at=0, now=NOW)

    assert ping.seen == SeenPing(failing_since=NOW)


async def test_it_goes_through_the_proxy_that_the_environment_names(
    monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", monitor.address)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    ping = Ping(url="http://monitor.example.org/1", seconds=60)
    await ping.tell(well=True, at=0, now=NOW)

    assert monitor.asked == ["GET http://monitor.example.org/1"]
    assert ping.seen == SeenPing(taken_at=NOW)
