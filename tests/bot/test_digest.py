"""Notices to one person that may go at the same moment are one message; what wakes somebody waits for none of them."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.senders.delivery import Delivery, Later, Never, Sent
from bot.senders.digest import Digest
from bot.senders.telegram import TELEGRAM_SIGNS
from bot.senders.words import NoticeWords
from bot.settings import SmtpSettings
from bot.workers import ClockWork, forever
from storage.keyring import Keyring
from storage.rows import Claimed
from storage.store import Store
from storage.tables import outbox
from storage.transaction import Transaction
from tests.bot.post_house import run_post, settled
from tests.bot.test_escalations_reach_a_mailbox import post_house
from tests.storage.builders import a_case, a_clock
from tests.support.builders import a_person, some_rules
from tests.support.mailbox import mail_name, open_mailbox, told_by
from tests.support.profiles import shipped
from tests.support.stores import MONDAY_MORNING, SettableClock
from triage.clocks.policy import Audience
from triage.ids import CaseCode, PersonId
from triage.notices.notice import Notice
from triage.notices.outbox import Lane, Via
from triage.notices.telling import tell
from triage.people.person import Person, Role

DESK = "https://desk.example.org/desk"
OUTAGE = timedelta(hours=72)
OPEN_CASES = 500


def tell_of(
    tx: Transaction,
    code: str,
    *,
    to: Audience = Audience.HEAD,
    wakes: bool = False,
    wait: timedelta = timedelta(),
    assignee: PersonId | None = None,
    late_minutes: int = 0,
    due_in: int = 24,
) -> None:
    """A notice about a case of this code, to this audience."""
    notice = Notice(
        key="notice.triage48.halfway",
        occasion=f"of {code} {late_minutes}",
        topic=f"of {code} {late_minutes}",
        about=tx.new_id(),
        case_code=CaseCode(code),
        assignee=assignee,
        due_at=tx.now + timedelta(hours=due_in),
        late_minutes=late_minutes,
    )
    tell(tx, some_rules(), notice, (to,), not_before=tx.now + wait, wakes=wakes)


def claim(tx: Transaction, *, via: Via = Via.MAIL) -> list[Claimed]:
    return tx.outbox.claim(Lane.ESCALATION, via, holder="other", limit=10, lease=timedelta(seconds=20))


def codes(letter: Claimed) -> list[str]:
    return [str(row.payload["params"]["code"]) for row in letter.rows]  # type: ignore[index]


async def test_what_may_go_to_one_person_now_is_claimed_together_and_what_waits_is_not(
    store: Store, clock: SettableClock
) -> None:
    def write(tx: Transaction) -> tuple[Person, Person]:
        people = a_person(tx, roles=[Role.HEAD]), a_person(tx, roles=[Role.CHAIR])
        for code in ("K-ONE", "K-TWO", "K-THREE"):
            tell_of(tx, code)
        tell_of(tx, "K-FOUR", to=Audience.CHAIR)
        tell_of(tx, "K-LATER", wait=timedelta(hours=1))
        return people

    head, chair = await store.write(write)
    claimed = {letter.person_id: codes(letter) for letter in await store.write(claim)}
    assert claimed == {head.id: ["K-ONE", "K-TWO", "K-THREE"], chair.id: ["K-FOUR"]}
    assert await store.write(claim) == []

    clock.advance(timedelta(seconds=20))
    again = {letter.person_id: [row.attempts for row in letter.rows] for letter in await store.write(claim)}
    assert again == {head.id: [2, 2, 2], chair.id: [2]}


async def test_what_wakes_somebody_stands_behind_no_other_notice_and_goes_along_with_none(
    store: Store,
) -> None:
    def write(tx: Transaction) -> None:
        a_person(tx, roles=[Role.HEAD])
        tell_of(tx, "K-CALM")
        tell_of(tx, "K-CALM2")
        tell_of(tx, "K-WAKES", wakes=True)

    await store.write(write)
    assert sorted(codes(letter) for letter in await store.write(claim)) == [
        ["K-CALM", "K-CALM2"],
        ["K-WAKES"],
    ]


async def test_while_the_clockwork_is_catching_up_only_what_wakes_goes_out_but_not_for_ever(
    store: Store, clock: SettableClock
) -> None:
    def write(tx: Transaction) -> None:
        a_person(tx, roles=[Role.HEAD])
        a_clock(tx, a_case(tx), limit=timedelta())
        tell_of(tx, "K-CALM")
        tell_of(tx, "K-WAKES", wakes=True)

    await store.write(write)
    assert [codes(letter) for letter in await store.write(claim)] == [["K-WAKES"]]
    clock.advance(timedelta(seconds=44))
    assert "K-CALM" not in {code for letter in await store.write(claim) for code in codes(letter)}
    clock.advance(timedelta(seconds=1))
    assert [codes(letter) for letter in await store.write(claim)] == [["K-CALM"]]


async def test_notices_in_one_message_are_sent_put_off_and_given_up_together(
    store: Store, clock: SettableClock
) -> None:
    fares: list[Delivery] = [Later(error="smtp_451"), Sent("7"), Never(error="mailbox_refused")]
    carried: list[list[str]] = []

    class Carrier:
        async def carry(self, letter: Claimed) -> Delivery:
            carried.append(codes(letter))
            return fares.pop(0)

    def write(tx: Transaction, *names: str) -> None:
        for code in names:
            tell_of(tx, code)

    await store.write(lambda tx: a_person(tx, roles=[Role.HEAD]))
    async with run_post(store, {Via.MAIL: Carrier()}):
        await store.write(write, "K-ONE", "K-TWO")
        await _until_deferred(store)
        clock.advance(timedelta(minutes=5))
        await settled(store, sent=2)
        await store.write(write, "K-THREE", "K-FOUR")
        await settled(store, sent=2, dead=2)
    assert carried == [["K-ONE", "K-TWO"], ["K-ONE", "K-TWO"], ["K-THREE", "K-FOUR"]]


async def _until_deferred(store: Store) -> None:
    def deferred(tx: Transaction) -> bool:
        rows = tx._work.all(select(outbox.c.last_error, outbox.c.lease_by))
        return {(row.last_error, row.lease_by) for row in rows} == {("smtp_451", None)}

    async with asyncio.timeout(10):
        while not await store.read(deferred):
            await asyncio.sleep(0.02)


async def test_a_line_says_what_by_when_how_late_for_whom_and_where(store: Store) -> None:
    def write(tx: Transaction) -> None:
        head = a_person(tx, roles=[Role.HEAD])
        other = a_person(tx, roles=[Role.COORDINATOR])
        tell_of(tx, "K-NOBODYS")
        tell_of(tx, "K-MINE", assignee=head.id, late_minutes=90)
        tell_of(tx, "K-OTHERS", assignee=other.id)

    await store.write(write)
    [letter] = await store.write(claim)
    words = NoticeWords(translator=shipped().translator(), console_url=DESK, now=lambda: MONDAY_MORNING)
    digest = Digest(words, letter)
    assert digest.subject() == "3 things wait"
    assert digest.body() == (
        "3 things wait. The oldest come first.\n\n"
        "– K-NOBODYS: half the time has gone. Deadline: Tuesday at 9:00. It waits for the officer on duty.\n"
        f"  {DESK}/case/K-NOBODYS\n"
        "– K-MINE: half the time has gone. Deadline: Tuesday at 9:00. This notice is 90 minutes late. "
        "It waits for you.\n"
        f"  {DESK}/case/K-MINE\n"
        "– K-OTHERS: half the time has gone. Deadline: Tuesday at 9:00. It waits for whoever holds the case.\n"
        f"  {DESK}/case/K-OTHERS\n\n"
        f"Log in: {DESK}"
    )


@pytest.mark.parametrize(("due_in", "subject"), [(0, "3 deadlines have passed"), (24, "3 things wait")])
async def test_the_steering_group_is_told_numbers_and_codes_and_nothing_else(
    store: Store, due_in: int, subject: str
) -> None:
    def write(tx: Transaction) -> None:
        a_person(tx, roles=[Role.STEERING])
        for number, code in enumerate(("K-ONE", "K-TWO", "K-ONE")):
            tell_of(tx, code, to=Audience.STEERING, due_in=due_in, late_minutes=number)

    await store.write(write)
    [letter] = await store.write(claim)
    words = NoticeWords(translator=shipped().translator(), console_url=DESK, now=lambda: MONDAY_MORNING)
    digest = Digest(words, letter)
    assert (digest.subject(), digest.body()) == (
        subject,
        "Number of cases: 2. Case codes: K-ONE, K-TWO.",
    )


async def test_a_chat_message_says_how_many_found_no_room_in_it(store: Store) -> None:
    def write(tx: Transaction) -> None:
        a_person(tx, roles=[Role.HEAD])
        for number in range(100):
            tell_of(tx, f"K-{number:03}")

    await store.write(write)
    [letter] = await store.write(claim)
    words = NoticeWords(translator=shipped().translator(), console_url=DESK, now=lambda: MONDAY_MORNING)
    body = Digest(words, letter).body(most=TELEGRAM_SIGNS)
    shown = body.count("/case/")
    assert len(body) < 4096
    assert 10 < shown < 100
    assert f"no room for the last {100 - shown}." in body


async def test_after_three_days_without_a_clockwork_each_person_gets_one_mail_that_names_every_case(
    store: Store, keyring: Keyring, tmp_path: Path, clock: SettableClock
) -> None:
    def write(tx: Transaction) -> None:
        a_person(tx, roles=[Role.DUTY_OFFICER], on_duty=True)
        a_person(tx, roles=[Role.HEAD])
        a_person(tx, roles=[Role.CHAIR], language="da")
        a_person(tx, roles=[Role.STEERING])
        for number in range(OPEN_CASES):
            a_clock(tx, a_case(tx, code=f"K-{number:05}"))

    await store.write(write)
    clock.advance(OUTAGE)
    async with open_mailbox() as mailbox:
        smtp = SmtpSettings(host="127.0.0.1", port=mailbox.port, starttls=False)
        async with post_house(store, keyring, tmp_path, clock, smtp) as parts:
            began = time.monotonic()
            work = ClockWork(store, parts.rules, asyncio.get_running_loop().time)
            ticking = asyncio.create_task(forever("clocks", work.round, seconds=0.5))
            try:
                await mailbox.wait_for(4, seconds=60)
                seconds = time.monotonic() - began
                await settled(store, sent=4 * OPEN_CASES)
            finally:
                ticking.cancel()
    print(f"{OPEN_CASES} cases, {OUTAGE} without clocks: 4 mails after {seconds:.1f} s")
    assert len({str(mail["To"]) for mail in mailbox.mails}) == len(mailbox.mails) == 4
    told = {name for mail in mailbox.mails for name in told_by(mail)}
    assert await store.read(_names) <= told
    for mail in mailbox.mails:
        said = mail.get_content()
        assert sum(said.count(f"K-{number:05}") >= 1 for number in range(OPEN_CASES)) == OPEN_CASES
    late = [mail for mail in mailbox.mails if "This notice is" in mail.get_content()]
    assert len(late) == 2


def _names(tx: Transaction) -> set[str]:
    return {mail_name(row.dedupe) for row in tx._work.all(select(outbox.c.dedupe))}
