"""The button under a notice to staff: pressed by whoever was told it says who has it, and to others nothing."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import default
from typing import Any
from uuid import UUID

import pytest

from handlers.telegram.callback import LONGEST, pack_acknowledge, unpack_acknowledge
from storage.store import Store
from storage.tables import conversations
from storage.transaction import Transaction
from tests.cases.climbing import RULES, clock_of, local
from tests.support.botapi.chats import VisibleMessage
from tests.support.botapi.person import Person as Phone
from tests.support.builders import a_case, a_person
from tests.support.profiles import shipped
from tests.support.stores import SettableClock
from tests.support.telegram_house import TelegramHouse
from triage.cases.case import Case
from triage.cases.handle import claim
from triage.clocks.climb import climb
from triage.clocks.keep import stop_clocks, tick
from triage.ids import ClockId, ClockPolicyId
from triage.people.duty import unlink_telegram
from triage.people.person import Person, Role

OFFICER_CHAT, HEAD_CHAT, CHAIR_CHAT, STRANGER_CHAT = 7001, 7002, 7003, 7004
HAS_IT = "Jeg har den"
NOON = "tirsdag kl.\u00a012"


@pytest.fixture
def engine() -> str:
    """What the button says does not depend on the engine."""
    return "sqlite"


def a_linked(tx: Transaction, role: Role, chat: int, *, on_duty: bool = False) -> Person:
    return a_person(tx, roles=(role,), telegram=chat, language="da", on_duty=on_duty)


async def told(house: TelegramHouse, store: Store, clock: SettableClock) -> tuple[Case, Phone, Phone]:
    """A case that nobody has taken, of which the officer on duty is told by chat on Tuesday at 8; the phones of two."""
    clock.at = local("4 09:00")
    house.api.person(OFFICER_CHAT, started=True)
    house.api.person(HEAD_CHAT, started=True)
    await store.write(a_linked, Role.DUTY_OFFICER, OFFICER_CHAT, on_duty=True)
    await store.write(a_linked, Role.HEAD, HEAD_CHAT)
    case = await store.write(a_case)
    clock.at = local("5 08:00")
    await store.write(tick, RULES)
    await house.settled()
    officer, head = house.api.person(OFFICER_CHAT), house.api.person(HEAD_CHAT)
    await officer.wait_for(lambda message: HAS_IT in message.labels)
    return case, officer, head


def with_button(phone: Phone) -> VisibleMessage:
    return next(message for message in reversed(phone.from_bot) if message.inline)


async def press(house: TelegramHouse, phone: Phone, data: str, message: VisibleMessage) -> str:
    """Press; what pops up."""
    pressed = await phone.forge_press(data, message=message)
    answer = await phone.wait_answered(pressed)
    await house.settled()
    return str(answer.get("text", ""))


async def test_the_button_says_who_has_it_and_until_when(
    house: TelegramHouse, store: Store, clock: SettableClock
) -> None:
    case, officer, _ = await told(house, store, clock)
    notice = with_button(officer)

    said = await press(house, officer, notice.inline[0][0]["callback_data"], notice)

    assert said == f"Du har den til {NOON}"
    assert notice.labels == [said]
    assert case.code in notice.text
    again = await press(house, officer, notice.inline[0][0]["callback_data"], notice)
    assert (again, notice.labels) == (said, [said])


async def test_another_copy_keeps_its_button_until_it_is_pressed_and_then_says_who_has_it(
    house: TelegramHouse, store: Store, clock: SettableClock
) -> None:
    case, officer, head = await told(house, store, clock)
    clock.at = local("5 12:00")
    await store.write(tick, RULES)
    await store.write(climb, RULES)
    await head.wait_for(lambda message: HAS_IT in message.labels)
    mine, theirs = with_button(officer), with_button(head)
    await press(house, officer, mine.inline[0][0]["callback_data"], mine)
    assert theirs.labels == [HAS_IT]

    said = await press(house, head, theirs.inline[0][0]["callback_data"], theirs)

    person = await store.read(lambda tx: tx.people.find_by_telegram(OFFICER_CHAT))
    assert person is not None
    assert said.startswith(f"{person.name} har den til ")
    assert theirs.labels == [said]
    assert case.code in theirs.text


async def test_of_several_cases_in_one_message_each_has_its_own_button_and_mail_its_own_link(
    house: TelegramHouse, store: Store, clock: SettableClock
) -> None:
    clock.at = local("4 17:00")
    officer = house.api.person(OFFICER_CHAT, started=True)
    person = await store.write(a_linked, Role.DUTY_OFFICER, OFFICER_CHAT, on_duty=True)
    cases = [await store.write(a_case) for _ in range(2)]
    clock.at = local("5 08:00")
    await store.write(tick, RULES)
    await house.settled()
    notice = await officer.wait_for(lambda message: len(message.inline) == 2)
    first, second = (row[0]["callback_data"] for row in notice.inline)
    assert notice.labels == [f"{case.code}: {HAS_IT}" for case in cases]

    said = await press(house, officer, second, notice)

    assert notice.labels == [f"{cases[0].code}: {HAS_IT}", said]
    stands = [await store.read(standing, case) for case in cases]
    assert [each[0].acknowledged_by for each in stands] == [None, person.id]
    assert first != second
    [mail] = [each for each in house.mails.glob("*.eml") if b"/ack/" in each.read_bytes()]
    content = message_from_bytes(mail.read_bytes(), policy=default).get_content()
    links = re.findall(r"^(K-\w+): .* https\S+/ack/([\w-]{64})\r?$", content, re.MULTILINE)
    assert [code for code, _ in links] == [case.code for case in cases]


async def test_a_press_after_the_clock_stopped_takes_the_button_away_and_says_so(
    house: TelegramHouse, store: Store, clock: SettableClock
) -> None:
    case, officer, _ = await told(house, store, clock)
    notice = with_button(officer)
    data = notice.inline[0][0]["callback_data"]
    await store.write(stop_clocks, RULES, case.id)

    said = await press(house, officer, data, notice)

    assert said == "Uret er stoppet. Du skal ikke gøre noget."
    assert notice.inline == []


async def test_a_case_that_was_taken_is_named_by_whoever_took_it(
    house: TelegramHouse, store: Store, clock: SettableClock
) -> None:
    case, officer, _ = await told(house, store, clock)
    coordinator = await store.write(a_person, roles=(Role.COORDINATOR,))
    await store.write(claim, RULES, case_id=case.id, by=coordinator.id)
    notice = with_button(officer)

    said = await press(house, officer, notice.inline[0][0]["callback_data"], notice)

    assert said == shipped().translator().text("notice.acknowledge.held", "da", name=coordinator.name)
    assert coordinator.name in said


async def test_somebody_who_was_not_told_hears_so_and_a_stranger_hears_nothing_of_it(
    house: TelegramHouse, store: Store, clock: SettableClock
) -> None:
    case, officer, _ = await told(house, store, clock)
    await store.write(a_linked, Role.CHAIR, CHAIR_CHAT)
    chair, stranger = (house.api.person(each, started=True) for each in (CHAIR_CHAT, STRANGER_CHAT))
    notice = with_button(officer)
    data = notice.inline[0][0]["callback_data"]
    before = await store.read(standing, case)
    talks = await store.read(talks_there_are)

    for phone in (chair, stranger):
        await house.telegram.call("sendMessage", {"chat_id": phone.chat_id, "text": "Hej"})

    answers = [await press(house, phone, data, phone.last) for phone in (chair, stranger)]
    foreign = [await press(house, phone, data, notice) for phone in (chair, stranger)]

    assert answers == ["Du har ikke fået besked om den her.", "Knappen virker ikke her."]
    assert foreign == ["Knappen virker ikke her."] * 2
    assert [len(phone.from_bot) for phone in (chair, stranger)] == [1, 1]
    assert await store.read(standing, case) == before
    assert await store.read(talks_there_are) == talks


async def test_a_chat_that_is_no_longer_linked_speaks_for_nobody(
    house: TelegramHouse, store: Store, clock: SettableClock
) -> None:
    case, officer, _ = await told(house, store, clock)
    person = await store.read(lambda tx: tx.people.find_by_telegram(OFFICER_CHAT))
    assert person is not None
    await store.write(unlink_telegram, by=person.id)
    before = await store.read(standing, case)
    notice = with_button(officer)

    said = await press(house, officer, notice.inline[0][0]["callback_data"], notice)

    assert said == "Knappen virker ikke her."
    assert await store.read(standing, case) == before


async def test_the_same_update_told_again_and_a_clock_of_nothing_change_nothing(
    house: TelegramHouse, store: Store, clock: SettableClock
) -> None:
    case, officer, _ = await told(house, store, clock)
    notice = with_button(officer)
    nothing = pack_acknowledge(ClockId(UUID(int=5)))

    assert await press(house, officer, nothing, notice) == "Du har ikke fået besked om den her."
    pressed = await officer.press(HAS_IT, message=notice)
    await officer.wait_answered(pressed)
    await house.settled()
    after = await store.read(standing, case)
    house.api.push_update(pressed.update)
    await house.settled()

    assert await store.read(standing, case) == after


@pytest.mark.parametrize(
    "data",
    ["ack:", "ack:x", "ack:" + "g" * 32, "ack:" + "A" * 32, "ack:" + "0" * 33, "ACK:" + "0" * 32, "ack"],
)
def test_a_button_that_this_house_did_not_write_names_no_clock(data: str) -> None:
    assert unpack_acknowledge(data) is None


def test_the_button_holds_a_clock_and_fits() -> None:
    clock_id = ClockId(UUID(int=2**128 - 1))

    assert unpack_acknowledge(pack_acknowledge(clock_id)) == clock_id
    assert len(pack_acknowledge(clock_id).encode()) <= LONGEST


def standing(tx: Transaction, case: Case) -> tuple[Any, int]:
    clock_id = clock_of(tx, case, ClockPolicyId("triage48"))
    return tx.ladders.find(clock_id), len(tx.cases.timeline(case.id))


def talks_there_are(tx: Transaction) -> int:
    return len(tx._work.all(conversations.select()))
