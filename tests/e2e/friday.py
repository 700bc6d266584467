"""A report on Friday at 16.55, when the house has just closed: who hears of it when, until somebody decides."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from bot.settings import Settings, SmtpSettings
from bot.wiring import Parts, wire
from bot.workers import ClockWork, DutyRound, Ladders
from storage.keyring import Keyring
from storage.rope_tables import ladders
from storage.store import Store
from storage.tables import clocks, outbox
from storage.transaction import Transaction
from tests.support.builders import a_person, a_submission
from tests.support.mailbox import Mailbox, open_mailbox
from tests.support.patience import PATIENCE
from tests.support.stores import SettableClock
from triage.cases.case import Case
from triage.cases.decide import decide
from triage.cases.handle import claim
from triage.cases.words import Done
from triage.notices.outbox import Lane, Via
from triage.people.person import Person, Role

FRIDAY = "2026-05-08T16:55+02:00"
TAKEN = timedelta(days=2, hours=15, minutes=25)
"""On Monday at 8.20."""
DECIDED = timedelta(days=2, hours=16, minutes=35)
"""On Monday at 9.30."""
OVER = timedelta(days=5)
_ROLES = (Role.DUTY_OFFICER, Role.HEAD, Role.CHAIR, Role.STEERING)


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A mail, to whom by role, and when by the clock on the wall."""

    at: datetime
    role: Role
    subject: str
    body: str


@dataclass(frozen=True, kw_only=True)
class Weekend:
    """What happened, mail by mail; `due` is when the deadline ran out."""

    code: str
    due: datetime
    heard: tuple[Heard, ...]


async def the_weekend(store: Store, clock: SettableClock, keyring: Keyring, folder: Path) -> Weekend:
    """Let it happen: real mails, real clocks, moved from one moment at which something can happen to the next."""
    began = datetime.fromisoformat(FRIDAY).astimezone(clock.at.tzinfo)
    clock.at = began
    async with open_mailbox() as mailbox:
        smtp = SmtpSettings(host="127.0.0.1", port=mailbox.port, starttls=False)
        async with _house(store, keyring, folder, clock, smtp) as parts:
            people = {role: await store.write(a_person, roles=[role], language="da") for role in _ROLES}
            officer = people[Role.DUTY_OFFICER]
            await store.write(lambda tx: tx.people.set_on_duty(officer.id))
            case = await store.write(a_submission)
            [promise] = await store.read(lambda tx: tx.clocks.of_case(case.id))
            heard: list[Heard] = []
            acts = [(began + TAKEN, "take"), (began + DECIDED, "decide"), (began + OVER, "")]
            for until, act in acts:
                await _go_on(parts, clock, mailbox, people, heard, until)
                await _act(store, parts, case, officer, act)
    # What goes out at one moment arrives in any order.
    inorder = sorted(heard, key=lambda each: (each.at, _ROLES.index(each.role), each.subject))
    return Weekend(code=case.code, due=promise.due_at, heard=tuple(inorder))


def the_weekend_s(weekend: Weekend) -> Iterator[str]:
    """Its part of the page, line by line."""
    yield "## A report on Friday at 16.55"
    yield ""
    yield (
        "The house has closed. Nobody is at work before Monday at 8, and the promise of 48 hours runs out on Sunday "
        "at 16.55. Who hears of it is told here mail by mail, as they arrived at a real mail server while the clock "
        "was moved from one moment at which something can happen to the next. The officer takes the case on Monday at "
        "8.20 and decides at 9.30; after that nobody hears of it again, and it stays marked as late for ever."
    )
    yield ""
    yield "| when | to | what the mail says |"
    yield "|---|---|---|"
    for each in weekend.heard:
        subject = each.subject.replace(weekend.code, "K-…")
        yield f"| {each.at:%A at %-H.%M} | {each.role.value.replace('_', ' ')} | {subject} |"
    yield ""
    yield (
        "Nothing came at night, nobody was woken, and on Monday each person got one message for all that had waited "
        "for the morning."
    )


@contextlib.asynccontextmanager
async def _house(
    store: Store, keyring: Keyring, folder: Path, clock: SettableClock, smtp: SmtpSettings
) -> AsyncIterator[Parts]:
    settings = Settings(
        data_dir=folder, smtp=smtp, staff_url="https://desk.example.org", send_outside_trial=True
    )
    parts = wire(settings, keyring=keyring, store=store, now=lambda: clock.at)
    loops = [asyncio.create_task(parts.post.run_lane(lane, Via.MAIL)) for lane in Lane]
    try:
        yield parts
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await parts.post.drain(seconds=3)


async def _go_on(  # noqa: PLR0917 - the parts of one walk
    parts: Parts,
    clock: SettableClock,
    mailbox: Mailbox,
    people: dict[Role, Person],
    heard: list[Heard],
    until: datetime,
) -> None:
    work = ClockWork(parts.store, parts.rules, asyncio.get_running_loop().time)
    rounds = (work.round, Ladders(parts.store, parts.rules).round, DutyRound(parts.store, parts.rules).round)
    while True:
        for each in rounds:
            while await each():
                pass
        await _all_sent(parts.store)
        roles = {person.email: role for role, person in people.items()}
        for mail in mailbox.mails:
            local = clock.at.astimezone(parts.profile.zone)
            role = roles[str(mail["To"])]
            heard.append(
                Heard(at=local, role=role, subject=str(mail["Subject"]), body=str(mail.get_content()))
            )
        mailbox.mails.clear()
        following = await parts.store.read(_next_moment)
        if following is None or following > until:
            clock.at = until
            return
        clock.at = following


async def _all_sent(store: Store) -> None:
    async with asyncio.timeout(PATIENCE):
        while await store.read(_due_to_go):
            await asyncio.sleep(0.02)


def _due_to_go(tx: Transaction) -> int:
    rows = select(func.count()).where(outbox.c.state == "pending", outbox.c.not_before <= tx.now)
    return int(tx._work.connection.execute(rows).scalar_one())


def _next_moment(tx: Transaction) -> datetime | None:
    """When something is next due to ring, to climb or to go out."""
    run = tx._work.connection.execute
    questions = (
        select(func.min(clocks.c.next_fire_at)).where(clocks.c.stopped_at.is_(None)),
        select(func.min(ladders.c.climbs_at)).where(ladders.c.ended_at.is_(None)),
        select(func.min(outbox.c.not_before)).where(outbox.c.state == "pending"),
    )
    found = [at for at in (run(question).scalar_one() for question in questions) if at is not None]
    return min((at for at in found if at > tx.now), default=None)


async def _act(store: Store, parts: Parts, case: Case, officer: Person, act: str) -> None:
    if act == "take":
        await store.write(lambda tx: claim(tx, parts.rules, case_id=case.id, by=officer.id))
    if act == "decide":
        done = await store.write(
            lambda tx: decide(
                tx,
                parts.rules,
                case_id=case.id,
                by=officer.id,
                outcome="advice_only",
                reason="Synthetic.",
                local_action=False,
                to_unit=False,
                overdue_reason="Nobody was at work before Monday.",
            )
        )
        assert isinstance(done, Done)
