from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.store import Store
from tests.support.builders import a_person
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.people.person import Person, PersonState, Session
from triage.people.sign_in import (
    SESSION_IDLE,
    Candidate,
    SignedIn,
    end_own_session,
    find_for_sign_in,
    find_half_session,
    find_session,
    own_sessions,
    password_was_right,
    password_was_wrong,
    remember_device,
    session_mark,
    sign_out,
    sign_out_everywhere,
    touch_session,
    verify_second_factor,
)
from triage.refusals import Reason, Refused


async def half(store: Store, person: Person) -> str:
    opened = await store.write(password_was_right, person_id=person.id, password_hash="hash")
    assert isinstance(opened, SignedIn)
    assert opened.token is not None
    return opened.token


async def whole(store: Store, person: Person, *, step: int = 1) -> str:
    signed_in = await store.write(
        verify_second_factor, token=await half(store, person), step_of=lambda _: step
    )
    assert isinstance(signed_in, SignedIn)
    assert signed_in.token is not None
    return signed_in.token


async def person_of(store: Store, token: str) -> Person | Refused:
    found = await store.read(find_session, token=token)
    return found if isinstance(found, Refused) else found.person


async def test_password_and_second_factor_open_a_session(store: Store, clock: SettableClock) -> None:
    officer = await store.write(a_person)

    candidate = await store.write(find_for_sign_in, email=f" {officer.email.upper()}", source="here")
    token = await whole(store, officer)

    assert candidate == Candidate(person_id=officer.id, password_hash="hash")
    found = await store.read(find_session, token=token)
    assert isinstance(found, SignedIn)
    assert found.person.id == officer.id
    assert found.session.verified_at == clock.at
    entries = await store.read(lambda tx: tx.audit.of_object(officer.id))
    assert [entry.act for entry in entries] == [Act.SIGN_IN]


@pytest.mark.asvs("6.3.3")
async def test_a_password_alone_opens_nothing(store: Store) -> None:
    officer = await store.write(a_person)
    token = await half(store, officer)

    assert await person_of(store, token) == Refused(Reason.NOT_ALLOWED)
    waiting = await store.read(find_half_session, token=token)
    assert isinstance(waiting, SignedIn)


@pytest.mark.asvs("7.2.4")
async def test_the_second_factor_gives_a_new_token_and_the_old_one_dies(store: Store) -> None:
    officer = await store.write(a_person)
    before = await half(store, officer)

    after = await store.write(verify_second_factor, token=before, step_of=lambda _: 1)

    assert isinstance(after, SignedIn)
    assert after.token != before
    assert isinstance(await store.read(find_half_session, token=before), Refused)
    assert str(after.token) not in repr(after)


@pytest.mark.asvs("6.5.1")
async def test_a_code_of_the_second_factor_is_taken_once(store: Store) -> None:
    officer = await store.write(a_person)
    await whole(store, officer, step=7)

    answers = [
        await store.write(verify_second_factor, token=await half(store, officer), step_of=steps.get)
        for steps in ({"secret": 7}, {"secret": 6}, dict[str, int]())
    ]

    assert answers == [Refused(Reason.WRONG_CODE)] * 3
    assert isinstance(await person_of(store, await whole(store, officer, step=8)), Person)


async def test_the_second_factor_is_asked_of_the_persons_own_secret(store: Store) -> None:
    officer = await store.write(a_person, totp_secret="THEIRS")
    asked: list[str] = []

    def step_of(secret: str) -> int:
        asked.append(secret)
        return 1

    await store.write(verify_second_factor, token=await half(store, officer), step_of=step_of)

    assert asked == ["THEIRS"]


@pytest.mark.asvs("6.3.1")
async def test_guessing_the_second_factor_runs_out(store: Store, clock: SettableClock) -> None:
    officer = await store.write(a_person)
    token = await half(store, officer)

    answers = [await store.write(verify_second_factor, token=token, step_of=lambda _: None) for _ in range(6)]
    clock.advance(timedelta(minutes=1))
    later = await store.write(verify_second_factor, token=token, step_of=lambda _: 1)

    assert answers == [Refused(Reason.WRONG_CODE)] * 5 + [Refused(Reason.TOO_MANY_TRIES)]
    assert isinstance(later, SignedIn)


async def test_an_address_of_nobody_looks_like_any_other(store: Store) -> None:
    gone = await store.write(a_person, state=PersonState.DISABLED)

    for email in ("nobody@example.org", gone.email):
        found = await store.write(find_for_sign_in, email=email, source="here")
        assert found == Candidate(person_id=None, password_hash=None)
    assert await store.write(password_was_wrong, person_id=None) == Refused(Reason.WRONG_CODE)


@pytest.mark.asvs("6.3.1")
async def test_strangers_cannot_lock_a_person_out_of_their_own_browser(store: Store) -> None:
    officer = await store.write(a_person)
    device = await store.read(remember_device, person_id=officer.id)

    for number in range(40):
        await store.write(find_for_sign_in, email=officer.email, source=f"stranger {number}")

    stranger = await store.write(find_for_sign_in, email=officer.email, source="another")
    forged = await store.write(find_for_sign_in, email=officer.email, source="another", device="AAAA")
    owner = await store.write(find_for_sign_in, email=officer.email, source="home", device=device)
    assert [stranger, forged] == [Refused(Reason.TOO_MANY_TRIES)] * 2
    assert owner == Candidate(person_id=officer.id, password_hash="hash")


async def test_a_known_browser_has_an_end_of_tries_too(store: Store) -> None:
    officer = await store.write(a_person)
    device = await store.read(remember_device, person_id=officer.id)

    answers = [
        await store.write(find_for_sign_in, email=officer.email, source="home", device=device)
        for _ in range(11)
    ]

    assert answers[-1] == Refused(Reason.TOO_MANY_TRIES)


async def test_a_browser_known_to_one_is_unknown_to_another_and_after_a_new_password(store: Store) -> None:
    officer, other = await store.write(a_person), await store.write(a_person)
    device = await store.read(remember_device, person_id=other.id)
    for number in range(10):
        await store.write(find_for_sign_in, email=officer.email, source=f"stranger {number}")

    found = await store.write(find_for_sign_in, email=officer.email, source="x", device=device)

    assert found == Refused(Reason.TOO_MANY_TRIES)


@pytest.mark.asvs("6.3.1")
async def test_one_source_that_tries_many_accounts_runs_out(store: Store) -> None:
    answers = [
        await store.write(find_for_sign_in, email=f"guess{number}@example.org", source="one")
        for number in range(31)
    ]

    assert answers[-1] == Refused(Reason.TOO_MANY_TRIES)
    assert Refused(Reason.TOO_MANY_TRIES) not in answers[:-1]


async def test_an_idle_session_ends_and_a_used_one_lives_for_a_working_day(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person)
    idle = await whole(store, officer, step=1)
    used = await whole(store, officer, step=2)

    for _ in range(25):
        clock.advance(timedelta(minutes=19))
        await store.write(touch_session, token=used)
    assert isinstance(await person_of(store, idle), Refused)
    assert isinstance(await person_of(store, used), Person)
    clock.advance(timedelta(minutes=6))

    assert await person_of(store, used) == Refused(Reason.EXPIRED)


async def test_a_half_session_waits_ten_minutes(store: Store, clock: SettableClock) -> None:
    officer = await store.write(a_person)
    token = await half(store, officer)
    clock.advance(timedelta(minutes=10))

    assert await store.write(verify_second_factor, token=token, step_of=lambda _: 1) == Refused(
        Reason.EXPIRED
    )


async def test_giving_the_factor_again_makes_it_fresh_and_lengthens_nothing(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person)
    token = await whole(store, officer, step=1)
    before = await store.read(find_session, token=token)
    clock.advance(timedelta(minutes=15))

    after = await store.write(verify_second_factor, token=token, step_of=lambda _: 2)

    assert isinstance(before, SignedIn)
    assert isinstance(after, SignedIn)
    assert after.session.verified_at == clock.at
    assert after.session.expires_at == before.session.expires_at


async def test_signing_out_ends_this_session_or_all(store: Store) -> None:
    officer = await store.write(a_person)
    tokens = [await whole(store, officer, step=step) for step in (1, 2, 3)]

    await store.write(sign_out, token=tokens[0])
    assert [isinstance(await person_of(store, token), Person) for token in tokens] == [False, True, True]
    await store.write(sign_out_everywhere, by=officer.id)
    await store.write(sign_out, token="none")

    assert [isinstance(await person_of(store, token), Person) for token in tokens] == [False] * 3


async def test_one_sees_where_one_is_signed_in_and_ends_one_of_them(
    store: Store, clock: SettableClock
) -> None:
    person, other = await store.write(a_person), await store.write(a_person)

    async def signs_in(who: Person, step: int) -> Session:
        found = await store.read(find_session, token=await whole(store, who, step=step))
        assert isinstance(found, SignedIn)
        return found.session

    first = await signs_in(person, 1)
    clock.advance(timedelta(minutes=2))
    second = await signs_in(person, 2)
    await signs_in(other, 1)
    # Where only a password was given nobody is signed in.
    await half(store, person)

    seen = await store.read(own_sessions, by=person.id)
    assert [each.digest for each in seen] == [second.digest, first.digest]
    mark = session_mark(first)
    assert await store.write(end_own_session, by=other.id, mark=mark) is False
    assert await store.write(end_own_session, by=person.id, mark=mark) is True
    assert await store.write(end_own_session, by=person.id, mark=mark) is False
    assert [each.digest for each in await store.read(own_sessions, by=person.id)] == [second.digest]
    assert len(await store.read(own_sessions, by=other.id)) == 1
    clock.advance(SESSION_IDLE)
    assert await store.read(own_sessions, by=person.id) == []


async def test_a_password_changed_meanwhile_does_not_let_the_old_one_in(store: Store) -> None:
    officer = await store.write(a_person)

    refused = await store.write(password_was_right, person_id=officer.id, password_hash="an older hash")
    rehashed = await store.write(
        password_was_right, person_id=officer.id, password_hash="hash", rehashed="a costlier hash"
    )

    assert refused == Refused(Reason.WRONG_CODE)
    assert isinstance(rehashed, SignedIn)
    assert rehashed.person.password_hash == "a costlier hash"


@pytest.mark.asvs("16.3.1")
async def test_failures_are_audit_entries_about_the_account_and_by_nobody_known(store: Store) -> None:
    officer = await store.write(a_person)
    await store.write(password_was_wrong, person_id=officer.id)

    [entry] = await store.read(lambda tx: tx.audit.of_object(officer.id))
    assert (entry.act, entry.actor, entry.facts) == (
        Act.SIGN_IN_FAILED,
        "system",
        {"factor": "password"},
    )


async def test_whoever_is_shut_out_between_the_two_factors_stays_out(store: Store) -> None:
    officer = await store.write(a_person)
    token = await half(store, officer)
    await store.write(lambda tx: tx.people.save(replace(officer, state=PersonState.DISABLED)))

    refused = await store.write(verify_second_factor, token=token, step_of=lambda _: 1)

    assert refused == Refused(Reason.NOT_ALLOWED)


async def test_a_mark_that_is_no_mark_is_a_strange_browser(store: Store) -> None:
    officer = await store.write(a_person)

    for device in ("æøå", "A", "===", ""):
        found = await store.write(find_for_sign_in, email=officer.email, source="x", device=device)
        assert isinstance(found, Candidate)


async def test_who_is_there_is_noted_at_most_once_a_minute(store: Store, clock: SettableClock) -> None:
    officer = await store.write(a_person)
    token = await whole(store, officer)
    start = clock.at

    seen = []
    for seconds in (30, 30, 30):
        clock.advance(timedelta(seconds=seconds))
        found = await store.write(touch_session, token=token)
        assert isinstance(found, SignedIn)
        seen.append(found.session.seen_at - start)

    assert seen == [timedelta(0), timedelta(seconds=60), timedelta(seconds=60)]
    assert isinstance(await store.write(touch_session, token="none"), Refused)
