from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from storage.store import Store
from tests.support.builders import a_case, a_person, waiting_notices
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.people.duty import leave_duty, link_telegram, make_link_code, take_duty, unlink_telegram
from triage.people.person import Person, PersonState, Role
from triage.refusals import Reason, Refused


async def test_the_duty_goes_from_one_officer_to_the_next(store: Store) -> None:
    first, second = await store.write(a_person), await store.write(a_person)
    await store.write(take_duty, by=first.id)

    await store.write(take_duty, by=second.id)
    await store.write(take_duty, by=second.id)

    assert await store.read(lambda tx: tx.people.on_duty()) == second
    entries = await store.read(lambda tx: tx.audit.of_object(second.id))
    assert [(entry.act, entry.facts) for entry in entries] == [(Act.DUTY_TAKEN, {"from": str(first.id)})]
    assert await store.write(leave_duty, by=first.id) == Refused(Reason.NOT_WAITING)
    assert await store.write(leave_duty, by=second.id) == second
    assert await store.read(lambda tx: tx.people.on_duty()) is None


async def test_when_one_leaves_while_another_takes_the_other_has_it(store: Store) -> None:
    first, second = await store.write(a_person), await store.write(a_person)
    seen = set()
    for _ in range(10):
        await store.write(take_duty, by=first.id)
        await asyncio.gather(store.write(leave_duty, by=first.id), store.write(take_duty, by=second.id))
        on_duty = await store.read(lambda tx: tx.people.on_duty())
        seen.add(None if on_duty is None else on_duty.id)

    assert seen == {second.id}


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.DUTY_OFFICER}))
async def test_only_a_duty_officer_takes_the_duty(store: Store, role: Role) -> None:
    person = await store.write(a_person, roles=[role])

    assert await store.write(take_duty, by=person.id) == Refused(Reason.NOT_ALLOWED)


async def a_code(store: Store, person: Person) -> str:
    code = await store.write(make_link_code, by=person.id)
    assert isinstance(code, str)
    return code


async def test_a_person_links_their_telegram_by_typing_a_code(store: Store) -> None:
    officer = await store.write(a_person, on_duty=True)
    code = await a_code(store, officer)
    typed = f" {code[:4].lower()}-{code[4:].lower()} ".replace("0", "o").replace("1", "l")

    linked = await store.write(link_telegram, code=typed, chat=77)
    await store.write(a_case)

    assert isinstance(linked, Person)
    assert linked.telegram_chat == 77
    assert [(person, via) for _, person, via in await store.read(waiting_notices)] == [
        (officer.id, "mail"),
        (officer.id, "telegram"),
    ]
    assert await store.write(link_telegram, code=code, chat=78) == Refused(Reason.ALREADY_USED)


async def test_a_link_code_lives_a_quarter_of_an_hour_and_the_newest_counts(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person)
    old, new = await a_code(store, officer), await a_code(store, officer)

    assert await store.write(link_telegram, code=old, chat=77) == Refused(Reason.WRONG_CODE)
    clock.advance(timedelta(minutes=15))
    assert await store.write(link_telegram, code=new, chat=77) == Refused(Reason.EXPIRED)


async def test_a_chat_belongs_to_one_person(store: Store) -> None:
    await store.write(a_person, telegram=77)
    other = await store.write(a_person)

    refused = await store.write(link_telegram, code=await a_code(store, other), chat=77)

    assert refused == Refused(Reason.ALREADY_LINKED)


async def test_guessing_link_codes_runs_out(store: Store) -> None:
    officer = await store.write(a_person)
    code = await a_code(store, officer)

    answers = [await store.write(link_telegram, code="00000000", chat=5) for _ in range(6)]

    assert answers == [Refused(Reason.WRONG_CODE)] * 5 + [Refused(Reason.TOO_MANY_TRIES)]
    assert await store.write(link_telegram, code=code, chat=5) == Refused(Reason.TOO_MANY_TRIES)
    assert isinstance(await store.write(link_telegram, code=code, chat=6), Person)


async def test_an_unlinked_person_hears_by_mail_only(store: Store) -> None:
    officer = await store.write(a_person, on_duty=True, telegram=77)

    await store.write(unlink_telegram, by=officer.id)
    await store.write(a_case)

    assert [via for _, _, via in await store.read(waiting_notices)] == ["mail"]


async def test_whoever_was_shut_out_links_nothing(store: Store) -> None:
    gone = await store.write(a_person, state=PersonState.DISABLED)

    assert await store.write(make_link_code, by=gone.id) == Refused(Reason.NOT_ALLOWED)
