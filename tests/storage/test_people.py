from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from storage.store import Store, open_store
from storage.transaction import Transaction
from tests.storage.builders import some_id
from tests.support.stores import SettableClock
from triage.ids import PersonId, ShiftId
from triage.people.person import Person, PersonState, Role, Session, Ticket, TicketKind
from triage.people.roster import Shift

HOUR = timedelta(hours=1)


def a_person(
    tx: Transaction,
    *,
    name: str = "Testperson A",
    email: str = "A@Example.org",
    state: PersonState = PersonState.ACTIVE,
    roles: frozenset[Role] = frozenset({Role.DUTY_OFFICER, Role.HEAD}),
    chat: int | None = None,
) -> Person:
    person = Person(
        id=PersonId(tx.new_id()),
        name=name,
        email=email,
        roles=roles,
        language="da",
        state=state,
        created_at=tx.now,
        password_hash="hash",
        totp_secret="TESTSECRET",
        telegram_chat=chat,
    )
    tx.people.add(person)
    return person


async def test_a_person_comes_back_equal_and_is_found(store: Store) -> None:
    person = await store.write(a_person, chat=2**40)

    assert await store.read(lambda tx: tx.people.get(person.id)) == person
    assert await store.read(lambda tx: tx.people.find_by_email(" a@EXAMPLE.org")) == person
    assert await store.read(lambda tx: tx.people.find_by_telegram(2**40)) == person
    assert await store.read(lambda tx: tx.people.find_by_email("b@example.org")) is None
    changed = replace(person, name="Testperson Å", roles=frozenset({Role.DPO}), totp_secret=None)
    await store.write(lambda tx: tx.people.save(changed))
    assert await store.write(lambda tx: tx.people.lock(person.id)) == changed
    with pytest.raises(LookupError):
        await store.read(lambda tx: tx.people.get(PersonId(some_id())))


async def test_an_address_belongs_to_one_person_whatever_its_case(store: Store) -> None:
    await store.write(a_person)

    with pytest.raises(IntegrityError):
        await store.write(a_person, email="a@example.ORG")


async def test_roles_count_for_active_people_only(store: Store) -> None:
    active = await store.write(a_person)
    await store.write(a_person, name="Testperson B", email="b@example.org", state=PersonState.INVITED)

    assert await store.read(lambda tx: tx.people.with_role(Role.HEAD)) == [active]
    assert await store.read(lambda tx: tx.people.with_role(Role.DPO)) == []
    assert [person.name for person in await store.read(lambda tx: tx.people.all())] == [
        "Testperson A",
        "Testperson B",
    ]


async def test_one_active_person_has_the_duty(store: Store) -> None:
    first = await store.write(a_person)
    second = await store.write(a_person, name="Testperson B", email="b@example.org")
    assert await store.read(lambda tx: tx.people.on_duty()) is None

    await asyncio.gather(
        *(store.write(lambda tx, to=to: tx.people.set_on_duty(to.id)) for to in (first, second))  # type: ignore[misc]
    )
    on_duty = await store.read(lambda tx: tx.people.on_duty())
    assert on_duty in {first, second}

    await store.write(lambda tx: tx.people.set_on_duty(first.id))
    assert await store.read(lambda tx: tx.people.on_duty()) == first
    await store.write(lambda tx: tx.people.save(replace(first, state=PersonState.DISABLED)))
    assert await store.read(lambda tx: tx.people.on_duty()) is None
    await store.write(lambda tx: tx.people.set_on_duty(None))
    assert await store.read(lambda tx: tx.people.on_duty()) is None


async def test_a_ticket_is_for_one_kind_and_used_once(store: Store) -> None:
    person = await store.write(a_person)

    def use_case(tx: Transaction) -> list[object]:
        ticket = Ticket(
            digest=b"t" * 32,
            kind=TicketKind.INVITATION,
            person_id=person.id,
            created_at=tx.now,
            expires_at=tx.now + HOUR,
        )
        tx.people.add_ticket(ticket)
        seen = [
            tx.people.lock_ticket(b"t" * 32, TicketKind.INVITATION) == ticket,
            tx.people.lock_ticket(b"t" * 32, TicketKind.RECOVERY),
        ]
        tx.people.use_ticket(b"t" * 32)
        tx.people.drop_tickets(person.id, TicketKind.INVITATION)
        used = tx.people.lock_ticket(b"t" * 32, TicketKind.INVITATION)
        return [*seen, used == replace(ticket, used_at=tx.now)]

    assert await store.write(use_case) == [True, None, True]


async def test_unused_tickets_are_taken_back(store: Store) -> None:
    person = await store.write(a_person)

    def use_case(tx: Transaction) -> Ticket | None:
        ticket = Ticket(
            digest=b"t",
            kind=TicketKind.TELEGRAM,
            person_id=person.id,
            created_at=tx.now,
            expires_at=tx.now + HOUR,
        )
        tx.people.add_ticket(ticket)
        tx.people.drop_tickets(person.id, TicketKind.TELEGRAM)
        return tx.people.lock_ticket(b"t", TicketKind.TELEGRAM)

    assert await store.write(use_case) is None


async def test_sessions_end_one_by_one_or_all_at_once(store: Store) -> None:
    person = await store.write(a_person)

    def add(tx: Transaction, digest: bytes) -> Session:
        session = Session(
            digest=digest, person_id=person.id, created_at=tx.now, seen_at=tx.now, expires_at=tx.now + HOUR
        )
        tx.people.add_session(session)
        return session

    one, _, _ = [await store.write(add, digest) for digest in (b"1", b"2", b"3")]
    verified = replace(one, verified_at=one.created_at, seen_at=one.created_at + HOUR)
    await store.write(lambda tx: tx.people.save_session(verified))
    assert await store.read(lambda tx: tx.people.find_session(b"1")) == verified

    await store.write(lambda tx: tx.people.end_session(b"2"))
    assert await store.read(lambda tx: tx.people.find_session(b"2")) is None
    await store.write(lambda tx: tx.people.end_sessions(person.id))
    assert await store.read(lambda tx: tx.people.find_session(b"1")) is None


async def test_tries_run_out_and_come_back_one_by_one(store: Store, clock: SettableClock) -> None:
    async def take(key: str = "a") -> bool:
        return await store.write(lambda tx: tx.throttle.take(key, burst=3, refill=HOUR))

    assert [await take() for _ in range(5)] == [True, True, True, False, False]
    assert await take("b") is True
    clock.advance(HOUR)
    assert [await take() for _ in range(2)] == [True, False]
    clock.advance(100 * HOUR)
    assert [await take() for _ in range(4)] == [True, True, True, False]


async def test_tries_made_at_once_are_all_counted(store: Store) -> None:
    taken = await asyncio.gather(
        *(store.write(lambda tx: tx.throttle.take("a", burst=5, refill=HOUR)) for _ in range(30))
    )

    assert taken.count(True) == 5


async def test_a_store_without_a_key_shows_people_without_their_secret(
    store: Store, database_url: str, clock: SettableClock
) -> None:
    person = await store.write(a_person)
    await store.close()
    keyless = open_store(database_url, clock=clock, keyring=None)
    await keyless.open()

    assert await keyless.read(lambda tx: tx.people.get(person.id)) == replace(person, totp_secret=None)
    await keyless.close()


async def test_a_lease_is_one_holders_until_it_runs_out(store: Store, clock: SettableClock) -> None:
    async def take(holder: str) -> bool:
        return await store.write(lambda tx: tx.leases.try_take("polling", holder, HOUR))

    assert [await take("a"), await take("b"), await take("a")] == [True, False, True]
    clock.advance(HOUR)
    assert [await take("b"), await take("a")] == [True, False]
    await store.write(lambda tx: tx.leases.release("polling", "a"))
    assert await take("a") is False
    await store.write(lambda tx: tx.leases.release("polling", "b"))
    assert await take("a") is True


async def test_of_many_who_reach_for_a_lease_one_gets_it(store: Store) -> None:
    taken = await asyncio.gather(
        *(
            store.write(lambda tx, holder=f"h{number}": tx.leases.try_take("polling", holder, HOUR))  # type: ignore[misc]
            for number in range(20)
        )
    )

    assert taken.count(True) == 1


async def test_a_parked_update_is_kept_sealed_until_it_is_resolved(store: Store) -> None:
    parked_id = await store.write(lambda tx: tx.parked.park(b'{"update_id": 1}', error="KeyError"))

    (parked,) = await store.read(lambda tx: tx.parked.waiting(limit=5))
    assert (parked.id, parked.update, parked.error) == (parked_id, b'{"update_id": 1}', "KeyError")
    assert await store.read(lambda tx: tx.parked.count()) == 1
    assert await store.write(lambda tx: tx.parked.resolve(parked_id)) is True
    assert await store.write(lambda tx: tx.parked.resolve(parked_id)) is False


async def test_sweeping_takes_what_has_served_its_time_and_nothing_else(
    store: Store, clock: SettableClock
) -> None:
    await store.write(lambda tx: tx.remember("telegram", "1"))
    old = clock.at
    clock.advance(HOUR)
    await store.write(lambda tx: tx.remember("telegram", "2"))

    person = await store.write(a_person)
    shifts = [
        Shift(id=ShiftId(UUID(int=number)), person_id=person.id, start=at, end=at + HOUR / 2)
        for number, at in enumerate((old - HOUR, old))
    ]
    for shift in shifts:
        await store.write(lambda tx, shift=shift: tx.duty.add_shift(shift))  # type: ignore[misc]

    swept = await store.write(
        lambda tx: tx.housekeeping.sweep(
            inputs_before=old,
            sent_before=old,
            notices_before=old,
            roster_before=old,
            presences_before=old,
            limit=100,
        )
    )

    assert swept == 2
    assert await store.read(lambda tx: tx.duty.roster(old - 2 * HOUR, clock.at).shifts) == (shifts[1],)
    assert await store.write(lambda tx: [tx.remember("telegram", key) for key in ("1", "2")]) == [True, False]
