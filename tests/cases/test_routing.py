"""A notice that no channel takes goes on by another, then to the next rung: each step once, and none too early."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.returned_mail import ReturnedMails, names_in
from bot.senders.delivery import Delivery, Later, Never, Sent
from storage.house_tables import audit_entries
from storage.rows import Claimed
from storage.store import Store
from storage.tables import outbox
from storage.transaction import Transaction
from tests.bot.post_house import Fares, run_post, settled
from tests.support.builders import a_person, notices, some_rules
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.clocks.policy import Audience
from triage.ids import OutboxId
from triage.notices.life import Notices, read_notices
from triage.notices.notice import Notice
from triage.notices.outbox import Undelivered, Via
from triage.notices.returned import take_returned
from triage.notices.routing import route_on
from triage.notices.telling import tell
from triage.notices.undelivered import read_undelivered, settle_undelivered
from triage.people.person import Person, Role
from triage.people.upkeep import change_sms, clear_sms
from triage.refusals import Reason, Refused

EVERY = frozenset(Via)
RULES = replace(some_rules(), channels=frozenset({Via.MAIL, Via.TELEGRAM, Via.SMS}))
QUARTER = timedelta(minutes=15)
NUMBER = "+4512345678"


def a_reader(tx: Transaction, *roles: Role, telegram: int | None = None, sms: bool = False) -> Person:
    person = a_person(tx, roles=roles or (Role.DUTY_OFFICER,), on_duty=not roles, telegram=telegram)
    if not sms:
        return person
    changed = change_sms(tx, by=person.id, typed=NUMBER)
    assert isinstance(changed, Person)
    return changed


def say(
    tx: Transaction,
    occasion: str = "something",
    *,
    wakes: bool = False,
    wait: timedelta = timedelta(),
    channels: frozenset[Via] = RULES.channels,
) -> None:
    notice = Notice(
        key="notice.update_parked", occasion=occasion, topic=f"topic of {occasion}", about=tx.new_id()
    )
    rules = replace(RULES, channels=channels)
    tell(tx, rules, notice, (Audience.DUTY_OFFICER,), not_before=tx.now + wait, wakes=wakes)


def fail(tx: Transaction, *vias: Via, channel: bool = False) -> None:
    """Every row that waits for these channels was tried and not taken."""
    for row in tx._work.all(select(outbox).where(outbox.c.state == "pending")):
        if Via(row.via) in vias:
            tx.outbox.retry(OutboxId(row.id), not_before=tx.now, error="network")
    if channel:
        for via in vias:
            tx.notices.channel_failed(via, error="network")


def arrive(tx: Transaction, *vias: Via) -> None:
    rows = [
        OutboxId(row.id)
        for row in tx._work.all(select(outbox).where(outbox.c.state == "pending"))
        if Via(row.via) in vias
    ]
    tx.outbox.mark_sent([(row, None) for row in rows])
    tx.notices.confirm(rows, vias)


def written(tx: Transaction) -> list[tuple[str, str]]:
    """Which channel each row is for and how it stands, in the order in which they were written."""
    return [(row.via, row.state) for row in notices(tx)]


def steps(tx: Transaction) -> list[dict[str, str]]:
    rows = tx._work.all(
        select(audit_entries.c.facts)
        .where(audit_entries.c.act == Act.NOTICE_ROUTED.value)
        .order_by(audit_entries.c.seq)
    )
    return [{name: row.facts[name] for name in row.facts if name in {"to", "via", "rung"}} for row in rows]


async def test_what_a_mail_does_not_carry_goes_by_sms_and_then_to_the_next_rung_as_a_task(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_reader, sms=True)
    head = await store.write(a_reader, Role.HEAD)
    await store.write(say)
    await store.write(fail, Via.MAIL)

    clock.advance(QUARTER - timedelta(seconds=1))
    assert await store.write(route_on, RULES) == 0
    clock.advance(timedelta(seconds=1))
    assert await store.write(route_on, RULES) == 1
    assert await store.read(written) == [("mail", "pending"), ("sms", "pending")]
    assert await store.write(route_on, RULES) == 0

    await store.write(fail, Via.SMS)
    clock.advance(QUARTER)
    assert await store.write(route_on, RULES) == 1
    assert [row.person_id for row in await store.read(notices)] == [officer.id, officer.id, head.id]
    assert await store.read(steps) == [{"to": "channel", "via": "sms"}, {"to": "rung", "rung": "head"}]

    [task] = await _tasks(store, head)
    assert (task.person, task.via, task.error) == (officer.name, None, "no_channel")
    settled_by = await store.write(settle_undelivered, RULES, by=head.id, row=task.id)
    assert not isinstance(settled_by, Refused)
    assert await _tasks(store, head) == ()


async def _tasks(store: Store, by: Person) -> tuple[Undelivered, ...]:
    found = await store.read(read_undelivered, RULES, by=by.id)
    assert not isinstance(found, Refused)
    return found


async def test_however_many_processes_look_each_step_is_taken_once(
    store: Store, clock: SettableClock
) -> None:
    await store.write(a_reader, sms=True)
    await store.write(a_reader, Role.HEAD)
    for number in range(20):
        await store.write(say, f"number {number}")
    await store.write(fail, Via.MAIL)
    for _ in range(3):
        clock.advance(QUARTER)
        await asyncio.gather(*(store.write(route_on, RULES, limit=7) for _ in range(12)))
        await store.write(fail, Via.MAIL, Via.SMS)

    found = await store.read(steps)
    assert found.count({"to": "channel", "via": "sms"}) == 20
    assert found.count({"to": "rung", "rung": "head"}) == 20
    assert len(await store.read(notices)) == 60


async def test_what_one_channel_took_is_not_routed_and_is_no_task_any_more(
    store: Store, clock: SettableClock
) -> None:
    head = await store.write(a_reader, Role.HEAD)
    await store.write(a_reader, telegram=7)
    await store.write(say)
    await store.write(fail, Via.MAIL)
    await store.write(arrive, Via.TELEGRAM)
    clock.advance(QUARTER)
    assert await store.write(route_on, RULES) == 0

    await store.write(say, "another")
    await store.write(fail, Via.MAIL, Via.TELEGRAM)
    clock.advance(QUARTER)
    await store.write(route_on, RULES)
    assert len(await _tasks(store, head)) == 1
    # The line is there again, and the mail goes out after all.
    await store.write(arrive, Via.MAIL)
    assert await _tasks(store, head) == ()


async def test_a_channel_that_has_failed_for_a_quarter_costs_no_further_notice_a_quarter(
    store: Store, clock: SettableClock
) -> None:
    await store.write(a_reader, sms=True)
    await store.write(fail, Via.MAIL, channel=True)
    clock.advance(QUARTER - timedelta(minutes=1))
    await store.write(say)
    assert await store.write(route_on, RULES) == 0
    clock.advance(timedelta(minutes=1))
    assert await store.write(route_on, RULES) == 1
    assert await store.read(written) == [("mail", "pending"), ("sms", "pending")]

    await store.write(arrive, Via.MAIL, Via.SMS)
    await store.write(say, "after it was well again")
    assert await store.write(route_on, RULES) == 0


async def test_what_waits_for_its_hour_or_was_never_tried_is_left_to_its_channel(
    store: Store, clock: SettableClock
) -> None:
    await store.write(a_reader, sms=True)
    await store.write(say, wait=timedelta(days=2))
    clock.advance(timedelta(days=1))
    assert await store.write(route_on, RULES) == 0
    # The whole house stood still for two days: its mail goes out now, and needs no way around.
    clock.advance(timedelta(days=2))
    assert await store.write(route_on, RULES) == 0


async def test_what_was_taken_back_is_left_alone(store: Store, clock: SettableClock) -> None:
    await store.write(a_reader, sms=True)
    await store.write(say)
    await store.write(lambda tx: tx.outbox.supersede(topic="topic of something"))
    clock.advance(QUARTER)
    await store.write(route_on, RULES)
    assert await store.read(written) == [("mail", "superseded")]
    assert await store.write(route_on, RULES) == 0


async def test_a_channel_that_the_house_does_not_have_is_not_waited_for(
    store: Store, clock: SettableClock
) -> None:
    await store.write(a_reader, telegram=7)
    await store.write(say, channels=frozenset({Via.TELEGRAM}))
    rules = replace(RULES, channels=frozenset({Via.MAIL}))
    clock.advance(timedelta(seconds=1))
    assert await store.write(route_on, rules) == 1
    assert await store.read(written) == [("telegram", "pending"), ("mail", "pending")]


async def test_a_mailbox_that_is_gone_sends_the_notice_on_at_once(store: Store) -> None:
    async def carry(letter: Claimed) -> Delivery:
        del letter
        return Never(error="mailbox_refused", unreachable=True)

    await store.write(a_reader, sms=True)
    await store.write(say)
    async with run_post(store, {Via.MAIL: _Carrier(carry)}):
        await settled(store, dead=1)
    assert await store.write(route_on, RULES) == 1
    assert await store.read(written) == [("mail", "dead"), ("sms", "pending")]


async def test_a_chat_of_staff_that_is_shut_is_noted_with_them_and_not_written_to_again(store: Store) -> None:
    async def carry(letter: Claimed) -> Delivery:
        return Never(error="forbidden", unreachable=True) if letter.via is Via.TELEGRAM else Sent()

    officer = await store.write(a_reader, telegram=7)
    await store.write(say)
    carrier = _Carrier(carry)
    async with run_post(store, {Via.MAIL: carrier, Via.TELEGRAM: carrier}):
        await settled(store, sent=1, dead=1)
    marked = await store.read(lambda tx: tx.people.get(officer.id))
    assert (marked.telegram_failed_at is None, marked.telegram_chat) == (False, 7)
    await store.write(say, "later")
    assert (await store.read(written))[2:] == [("mail", "pending")]


async def test_how_a_channel_stands_is_noted_when_it_fails_and_when_it_is_well_again(
    store: Store, clock: SettableClock
) -> None:
    fares: list[Delivery] = [Later(error="timed_out", after=60, channel=True), Sent()]

    async def carry(letter: Claimed) -> Delivery:
        del letter
        return fares.pop(0)

    await store.write(a_reader)
    await store.write(say)
    began = clock.at
    async with run_post(store, {Via.MAIL: _Carrier(carry)}):
        async with asyncio.timeout(10):
            while not await store.read(lambda tx: tx.notices.channels()):
                await asyncio.sleep(0.02)
        [failing] = await store.read(lambda tx: tx.notices.channels())
        assert (failing.via, failing.failing_since, failing.error) == (Via.MAIL, began, "timed_out")
        clock.advance(timedelta(minutes=1))
        await settled(store, sent=1)
    [well] = await store.read(lambda tx: tx.notices.channels())
    assert (well.failing_since, well.changed_at) == (None, clock.at)


class _Carrier:
    """A carrier whose letters fare as the test says."""

    def __init__(self, fares: Fares) -> None:
        self._fares = fares

    async def carry(self, letter: Claimed) -> Delivery:
        return await self._fares(letter)


async def test_only_what_wakes_is_an_sms_at_first_and_the_house_is_told_each_notice_once(
    store: Store,
) -> None:
    await store.write(a_reader, sms=True)
    await store.write(a_reader, Role.HEAD)
    await store.write(say, "calm", channels=EVERY)
    assert await store.read(written) == [("apprise", "pending"), ("webhook", "pending"), ("mail", "pending")]
    await store.write(say, "urgent", wakes=True, channels=EVERY)
    await store.write(say, "urgent", wakes=True, channels=EVERY)
    assert [via for via, _ in (await store.read(written))[3:]] == ["apprise", "webhook", "mail", "sms"]


async def test_a_number_is_given_and_taken_back_by_the_person_alone(store: Store) -> None:
    person = await store.write(a_reader)
    refused = await store.write(change_sms, by=person.id, typed="12345678")
    assert refused == Refused(Reason.NOT_A_NUMBER)
    await store.write(change_sms, by=person.id, typed="+45 12 34 56 78")
    kept = await store.read(lambda tx: tx.people.get(person.id))
    assert (kept.sms, NUMBER in repr(kept)) == (NUMBER, False)
    await store.write(clear_sms, by=person.id)
    assert (await store.read(lambda tx: tx.people.get(person.id))).sms is None


async def test_whoever_reads_the_lives_of_notices_sees_what_is_theirs_to_see(store: Store) -> None:
    def write(tx: Transaction) -> dict[Role, Person]:
        people = {
            Role.DUTY_OFFICER: a_reader(tx),
            Role.HEAD: a_reader(tx, Role.HEAD),
            Role.ADMINISTRATOR: a_reader(tx, Role.ADMINISTRATOR),
            Role.COORDINATOR: a_reader(tx, Role.COORDINATOR),
        }
        for audience in (Audience.DUTY_OFFICER, Audience.HEAD):
            notice = Notice(
                key="notice.update_parked", occasion=f"for {audience}", topic="t", about=tx.new_id()
            )
            tell(tx, RULES, notice, (audience,), not_before=tx.now, wakes=False)
        return people

    people = await store.write(write)

    async def seen(role: Role) -> int:
        found = await store.read(read_notices, RULES.channels, by=people[role].id)
        return len(found.lives) if isinstance(found, Notices) else -1

    assert [await seen(role) for role in people] == [1, 2, 2, -1]


def a_returned(name: str, *, action: str = "failed", quoted: str = "message/rfc822") -> bytes:
    """A mail that came back as RFC 3464 writes it."""
    return (
        "From: MAILER-DAEMON@mx.example.org\nTo: tovholder@example.org\nSubject: Undelivered\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nIt did not arrive.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n"
        f"Final-Recipient: rfc822; testperson@example.org\nAction: {action}\nStatus: 5.1.1\n\n"
        f"--b\nContent-Type: {quoted}\n\nMessage-ID: <{name}@example.org>\nSubject: K-1\n\nText\n--b--\n"
    ).encode()


NAME = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("mail", "names"),
    [
        (a_returned(NAME), {NAME}),
        (a_returned(NAME, quoted="text/rfc822-headers"), {NAME}),
        (a_returned(NAME, action="delayed"), set()),
        (a_returned(NAME, action="delivered"), set()),
        (a_returned("somebody.elses"), set()),
        (a_returned(NAME).replace(b"@example.org>", b"@elsewhere.example>"), set()),
        (f"Message-ID: <{NAME}@example.org>\n\nA copy of ours.".encode(), set()),
        (
            'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: message/rfc822\n\n'
            f"Message-ID:\n <{NAME}@EXAMPLE.ORG>\n\nText\n--b--\n".encode(),
            {NAME},
        ),
        (b"", set()),
        (b"\xff\xfe\x00 not a mail \x00" * 50, set()),
    ],
)
def test_a_mail_that_came_back_is_known_by_the_one_that_it_quotes(mail: bytes, names: set[str]) -> None:
    assert names_in(mail, domain="example.org") == names


async def test_a_mail_that_comes_back_is_a_task_and_its_notice_goes_on(
    store: Store, clock: SettableClock, tmp_path: Path
) -> None:
    async def carry(letter: Claimed) -> Delivery:
        del letter
        return Sent(NAME)

    officer = await store.write(a_reader, sms=True)
    head = await store.write(a_reader, Role.HEAD)
    await store.write(say)
    async with run_post(store, {Via.MAIL: _Carrier(carry)}):
        await settled(store, sent=1)
    clock.advance(timedelta(hours=1))
    assert await store.write(route_on, RULES) == 0
    assert await store.write(take_returned, names=["f" * 32]) == 0

    folder = ReturnedMails(tmp_path / "returned")
    folder.leave([NAME])
    await folder.take(store)
    assert list((tmp_path / "returned").iterdir()) == []
    assert await store.write(take_returned, names=[NAME]) == 0
    [task] = await _tasks(store, head)
    assert (task.person, task.via, task.error) == (officer.name, Via.MAIL, "mail_returned")
    assert await store.write(route_on, RULES) == 1
    assert await store.read(written) == [("mail", "dead"), ("sms", "pending")]
