"""The numbers for a scraper: where they may be read, by whom, and that no label names anybody."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from bot.metrics import Metrics, add_metrics
from handlers.web.server import serve
from storage.keyring import Keyring
from storage.store import Store
from storage.transaction import Transaction
from tests.bot.watch_house import watch_house
from tests.support.builders import a_case, a_person
from tests.support.command import serving
from tests.support.stores import SettableClock
from triage.ids import ClockPolicyId
from triage.people.person import Role


def values(text: str) -> dict[str, float]:
    """Each sample that is not a time of making, by its name with its labels."""
    return {
        f"{sample.name}{sorted(sample.labels.values()) or ''}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.endswith(("_created", "_bucket", "_sum"))
    }


def people_and_a_case(tx: Transaction) -> None:
    a_person(tx, roles=[Role.HEAD])
    a_case(tx)


async def test_they_say_what_waits_what_fired_and_which_alarm_lasts(
    store: Store, keyring: Keyring, tmp_path: Path, clock: SettableClock
) -> None:
    metrics = Metrics()
    async with watch_house(store, keyring, tmp_path, clock, vias=()) as house:
        await store.write(people_and_a_case)
        await house.past_the_start()
        await house.rounds(5)
        metrics.note_fired({ClockPolicyId("triage48"): 2})
        metrics.note_update("taken")
        clock.advance(timedelta(seconds=7))

        seen = values((await metrics.read(store)).decode())

    assert seen["tovholder_outbox_waiting['escalation', 'mail']"] >= 1
    assert seen["tovholder_outbox_oldest_seconds['escalation', 'mail']"] >= 300
    assert seen["tovholder_milestones_fired_total['triage48']"] == 2
    assert seen["tovholder_updates_total['taken']"] == 1
    assert seen["tovholder_house_alarm['escalations_wait']"] == 1
    assert seen["tovholder_house_alarm['mail_failing']"] == 0
    assert seen["tovholder_replicas"] == 1
    assert seen["tovholder_watchdog_age_seconds"] == 7


async def test_no_label_and_no_number_names_anybody(
    store: Store, keyring: Keyring, tmp_path: Path, clock: SettableClock
) -> None:
    metrics = Metrics()
    async with watch_house(store, keyring, tmp_path, clock, vias=()) as house:
        await store.write(people_and_a_case)
        await house.past_the_start()
    text = (await metrics.read(store)).decode()

    labels = set(re.findall(r'(\w+)="', text))
    assert labels <= {"lane", "via", "trouble", "policy", "fate", "area", "le"}
    assert not re.search(r"K-\w+|example\.org|Testperson|process-", text)


@pytest.mark.parametrize(
    ("token", "sent", "status"),
    [
        (None, None, 200),
        ("a-scrapers-token", "Bearer a-scrapers-token", 200),
        ("a-scrapers-token", None, 404),
        ("a-scrapers-token", "Bearer another", 404),
        ("a-scrapers-token", "a-scrapers-token", 404),
    ],
)
async def test_with_a_token_they_are_there_for_whoever_sends_it_only(
    store: Store, token: str | None, sent: str | None, status: int
) -> None:
    app = web.Application()
    add_metrics(app, Metrics(), store, token=None if token is None else SecretStr(token))
    runner, port = await serve(app, host="127.0.0.1", port=0)
    headers = {} if sent is None else {"Authorization": sent}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"http://127.0.0.1:{port}/metrics") as answer,
    ):
        text = await answer.text()
    await runner.cleanup()

    assert (answer.status, "tovholder_house_alarm" in text) == (status, status == 200)
    assert answer.headers.get("Cache-Control", "no-store") == "no-store"


async def _get(address: str, **headers: str) -> tuple[int, str]:
    async with aiohttp.ClientSession(headers=headers) as session, session.get(address) as answer:
        return answer.status, await answer.text()


async def test_they_stand_on_the_staff_listener_and_never_open_on_the_reporters(tmp_path: Path) -> None:
    async with serving(tmp_path, STAFF_LISTEN="127.0.0.1:0") as served:
        assert (await _get(f"{served.public}/metrics"))[0] == 404
        status, text = await _get(f"{served.staff.removesuffix('/desk')}/metrics")
        assert status == 200
        await _get(f"{served.public}/")
        _, text = await _get(f"{served.staff.removesuffix('/desk')}/metrics")
        assert 'tovholder_http_seconds_count{area="pages"}' in text
        await served.stop()
    one = tmp_path / "one"
    one.mkdir()
    async with serving(one, METRICS__TOKEN="a-scrapers-token") as served:
        assert (await _get(f"{served.public}/metrics"))[0] == 404
        assert (await _get(f"{served.public}/metrics", Authorization="Bearer a-scrapers-token"))[0] == 200
        await served.stop()
