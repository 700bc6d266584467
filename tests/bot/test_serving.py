"""The process as an operator meets it: what it prints, where its secrets lie, and how it stops."""

from __future__ import annotations

import asyncio
import json
import re
import stat
import time
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import aiohttp
import pytest

from bot.demo import PEOPLE
from bot.settings import KeyringSettings, Settings
from bot.wiring import load_keyring, machine_time
from storage.store import Store, open_store
from storage.transaction import Transaction
from tests.support.command import Serving, serving, tovholder
from tests.support.stores import SettableClock
from triage.people.person import TicketKind
from triage.people.tickets import find_ticket
from triage.refusals import Reason, Refused


async def _status(address: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        return answer.status


async def test_the_way_in_of_the_first_administrator_lies_in_a_file_of_their_own_and_in_no_log(
    tmp_path: Path,
) -> None:
    async with serving(tmp_path) as served:
        path = tmp_path / "data" / "first-administrator.link"
        link = path.read_text().strip()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "keys" / "keyring.json").stat().st_mode) == 0o600
        assert link.startswith(f"{served.staff}/first/")
        assert await _status(link) == 200
        assert await served.stop() == 0
    token = link.rpartition("/")[2]
    assert token not in "\n".join(served.out + served.err)
    assert [line for line in served.err if not isinstance(json.loads(line), dict)] == []
    assert served.out[-1] == "Stopped. Everything that had been accepted is stored."


async def test_that_way_in_is_shut_after_an_hour(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        await served.stop()
    token = (tmp_path / "data" / "first-administrator.link").read_text().strip().rpartition("/")[2]
    settings = Settings(
        data_dir=tmp_path / "data", keyring=KeyringSettings(file=tmp_path / "keys" / "keyring.json")
    )
    keyring, fresh = load_keyring(settings, create=False)
    clock = SettableClock()
    store = open_store(settings.store_url, clock=clock, keyring=keyring)
    await store.open()
    created = await store.read(lambda tx: find_ticket(tx, TicketKind.FIRST_ADMINISTRATOR, token))
    assert not isinstance(created, Refused)
    clock.at = created.expires_at
    assert not fresh
    late = await store.read(lambda tx: find_ticket(tx, TicketKind.FIRST_ADMINISTRATOR, token))
    await store.close()
    assert late == Refused(Reason.EXPIRED)
    assert (created.expires_at - created.created_at).total_seconds() == 3600


async def test_health_says_yes_while_all_is_well(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        assert await _status(f"{served.public}/healthz") == 200
        listen = served.public.removeprefix("http://")
        asked = await tovholder(tmp_path, "health", LISTEN=listen)
        assert (asked.status, asked.err) == (0, "")
        await served.stop()
    asked = await tovholder(tmp_path, "health", LISTEN=listen)
    assert (asked.status, asked.err) == (1, "")
    assert "does not answer" in asked.out


async def test_the_console_is_on_its_own_address_where_one_is_set(tmp_path: Path) -> None:
    async with serving(tmp_path, STAFF_LISTEN="127.0.0.1:0") as served:
        assert served.staff.removesuffix("/desk") != served.public
        assert await _status(f"{served.public}/desk/sign-in") == 404
        assert await _status(f"{served.staff}/sign-in") != 404
        assert await _status(f"{served.staff.removesuffix('/desk')}/healthz") == 404
        await served.stop()


async def test_it_stops_at_once_also_while_people_write(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        stopping = asyncio.Event()
        visits = [asyncio.create_task(_visit(served, stopping)) for _ in range(8)]
        # A connection that sends no request whole must not hold up the end either.
        host, _, port = served.public.removeprefix("http://").partition(":")
        _, half = await asyncio.open_connection(host, int(port))
        half.write(b"GET / HTTP/1.1\r\n")
        await asyncio.sleep(1)
        began = time.monotonic()
        assert await served.stop() == 0
        assert time.monotonic() - began < 10
        stopping.set()
        counts = await asyncio.gather(*visits)
        half.close()
    assert sum(counts) > 8
    assert [line for line in served.err if '"level": "error"' in line] == []


async def _visit(served: Serving, stopping: asyncio.Event) -> int:
    count = 0
    async with aiohttp.ClientSession() as session:
        while not stopping.is_set():
            try:
                async with session.get(served.public) as answer:
                    assert answer.status == 200
                    await answer.read()
                    count += 1
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)
    return count


async def test_a_second_process_on_the_same_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        for command in (["serve"], ["migrate"], ["first-link"], ["recover", "a@example.org"], ["chat"]):
            refused = await tovholder(tmp_path, *command, LISTEN="127.0.0.1:0")
            assert refused.status == 1, command
            assert refused.err.strip().splitlines()[-1].startswith("Another process has this database open.")
            assert "Traceback" not in refused.err
        assert await _status(f"{served.public}/healthz") == 200
        await served.stop()


async def test_an_address_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        taken = served.public.removeprefix("http://")
        other = tmp_path / "other"
        other.mkdir()
        refused = await tovholder(other, "serve", LISTEN=taken)
        assert refused.status == 1
        assert f"Cannot listen on {taken}: another program listens there." in refused.err
        assert "TOVHOLDER_LISTEN" in refused.err
        assert "Traceback" not in refused.err
        await served.stop()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"PROFILE": "nowhere"}, "nowhere"),
        ({"LISTEN": "8080"}, "TOVHOLDER_LISTEN: '8080' is no address to listen on"),
        ({"TELEGRAM__TOKEN": "no-token"}, "TOVHOLDER_TELEGRAM__TOKEN is no bot token"),
        ({"DATABASE_URL": "postgresql+asyncpg://a:hidden@127.0.0.1:1/b"}, ""),
        ({"LISTN": "x"}, "Did you mean TOVHOLDER_LISTEN?"),
    ],
)
async def test_what_cannot_start_says_why_in_one_sentence(
    tmp_path: Path, settings: dict[str, str], sentence: str
) -> None:
    refused = await tovholder(tmp_path, "serve", **settings)
    assert refused.status in {1, 2}
    assert sentence in refused.err
    assert "Traceback" not in refused.err
    assert "hidden" not in refused.err
    assert len(refused.err.strip().splitlines()) == 1


async def test_a_demo_shows_cases_of_every_kind_in_a_folder_of_its_own_and_sends_nothing(
    tmp_path: Path,
) -> None:
    (tmp_path / "data").mkdir()
    async with serving(
        tmp_path,
        "demo",
        until="TOVHOLDER_KEYRING__FILE",
        TELEGRAM__TOKEN="1:a",
        SMTP__HOST="mail.example.org",
    ) as served:
        # It speaks no other way than the house does, whatever the settings say.
        assert any("Each mail becomes a file in demo-data/mails" in line for line in served.out)
        links = [line.rpartition(" ")[2] for line in served.out if line.startswith("  Testperson")]
        assert len(links) == len(PEOPLE)
        assert {await _status(link) for link in links} == {200}
        assert (tmp_path / "demo-data" / "first-administrator.link").is_file()
        await served.stop()
    tokens = re.findall(r"/invited/(\S+)", "\n".join(served.out))
    assert len(tokens) == len(PEOPLE)
    assert [token for token in tokens if token in "\n".join(served.err)] == []
    assert list((tmp_path / "data").iterdir()) == []
    settings = Settings(
        data_dir=tmp_path / "demo-data", keyring=KeyringSettings(file=tmp_path / "demo-data" / "keyring.json")
    )
    keyring, _ = load_keyring(settings, create=False)
    store: Store = open_store(settings.store_url, clock=SettableClock(), keyring=keyring)
    await store.open()
    waiting = await store.read(lambda tx: tx.cases.queue(reader=None, limit=50))
    alarms = await store.read(_alarms)
    decided = await store.read(lambda tx: tx.cases.decided(reader=None, limit=50))
    late = await store.read(_late)
    await store.close()
    every = [*waiting, *decided]
    assert {case.kind for case in every} == {"relative", "professional", "advice", "talk_request", "self"}
    assert {case.hotline for case in every} == {"local", "national"}
    assert {case.state.value for case in waiting} == {
        "received",
        "in_triage",
        "awaits_second_person",
        "awaits_receipt",
        "triaged",
    }
    assert [case.state.value for case in decided] == ["triaged"]
    assert [case.state.value for case in waiting if case.addition_at is not None] == ["triaged"]
    assert late == ["in_triage"]
    assert {case.acute for case in waiting} == {True, False}
    assert alarms == [False, True]
    mails = list((tmp_path / "demo-data" / "mails").glob("*.eml"))
    assert any("/ack/" in message_from_bytes(mail.read_bytes(), policy=SMTP).get_content() for mail in mails)

    again = await tovholder(tmp_path, "demo", LISTEN="nowhere")
    assert again.status == 2
    (tmp_path / "demo-data" / "this-is-a-demo").unlink()
    refused = await tovholder(tmp_path, "demo")
    assert refused.status == 1
    assert refused.err.strip() == "The folder demo-data was not made by a demo, so it is left alone."


def _late(tx: Transaction) -> list[str]:
    """The state of each case whose promise has run out."""
    return [
        case.state.value
        for case in tx.cases.queue(reader=None, limit=50)
        if any(
            clock.stopped_at is None and clock.due_at < machine_time()
            for clock in tx.clocks.of_case(case.id)
            if clock.policy_id in {"triage48", "answer48"}
        )
    ]


def _alarms(tx: Transaction) -> list[bool]:
    """Whether each alarm that waits has a case."""
    return sorted(alarm.case_id is not None for alarm in tx.alarms.waiting(reader=None, limit=10))
