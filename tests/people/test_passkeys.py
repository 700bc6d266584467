"""Passkeys: made by their person alone, answered once, and gone with whoever loses their way in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_person, some_rules
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.ids import PasskeyId, PersonId
from triage.people.invite import WayIn, accept, disable
from triage.people.passkey import Passkey
from triage.people.passkey_sign_in import (
    CHALLENGE_LIVES,
    LONGEST_CREDENTIAL,
    MOST,
    NewPasskey,
    add_passkey,
    challenge_fresh,
    challenge_own,
    challenge_stranger,
    drop_passkey,
    freshen_by_passkey,
    own_passkeys,
    sign_in_by_passkey,
)
from triage.people.person import Person, Role
from triage.people.sign_in import SignedIn, find_session, password_was_right, verify_second_factor
from triage.people.upkeep import recover_person
from triage.refusals import Reason, Refused

SOURCE = "a source"

RULES = some_rules()


def made(number: int = 1) -> NewPasskey:
    return NewPasskey(credential_id=b"credential %d" % number, public_key=b"key", sign_count=3)


async def own_challenge(store: Store, by: PersonId) -> str:
    challenge = await store.write(challenge_own, by=by)
    assert isinstance(challenge, str)
    return challenge


async def a_passkey(store: Store, person: Person, number: int = 1) -> Passkey:
    challenge = await own_challenge(store, person.id)
    passkey = await store.write(
        add_passkey,
        RULES,
        by=person.id,
        challenge=challenge,
        made=made(number),
        name="  min \0  bærbare ",
    )
    assert isinstance(passkey, Passkey)
    return passkey


async def comes_in(
    store: Store, *, number: int = 1, right: bool = True, source: str = SOURCE
) -> SignedIn | Refused:
    challenge = await store.write(challenge_stranger, source=source)
    assert isinstance(challenge, str)
    return await store.write(
        sign_in_by_passkey,
        challenge=challenge,
        credential_id=b"credential %d" % number,
        check=lambda passkey: passkey.sign_count + 1 if right else None,
    )


async def test_a_person_comes_in_by_their_passkey_with_both_factors_given(
    store: Store, clock: SettableClock
) -> None:
    person = await store.write(a_person)
    passkey = await a_passkey(store, person)

    signed = await comes_in(store)

    assert passkey.name == "min bærbare"
    assert isinstance(signed, SignedIn)
    assert signed.token is not None
    assert isinstance(await store.read(find_session, token=signed.token), SignedIn)
    assert signed.session.verified_at == clock.at
    [kept] = await store.read(own_passkeys, by=person.id)
    assert (kept.sign_count, kept.used_at) == (4, clock.at)
    entry = (await store.read(lambda tx: tx.audit.of_object(person.id)))[-1]
    assert (entry.act, entry.facts) == (Act.SIGN_IN, {"factor": "passkey"})


async def test_a_challenge_is_answered_once_by_whom_it_was_given_and_in_time(
    store: Store, clock: SettableClock
) -> None:
    person, other = await store.write(a_person), await store.write(a_person)
    challenge, late = await own_challenge(store, person.id), ""

    def add(tx: Transaction, by: PersonId, challenge: str, number: int) -> Passkey | Refused:
        return add_passkey(tx, RULES, by=by, challenge=challenge, made=made(number), name="")

    assert await store.write(add, other.id, challenge, 1) == Refused(Reason.WRONG_CODE)
    assert isinstance(await store.write(add, person.id, challenge, 1), Passkey)
    assert await store.write(add, person.id, challenge, 2) == Refused(Reason.ALREADY_USED)
    late = await own_challenge(store, person.id)
    clock.advance(CHALLENGE_LIVES + timedelta(seconds=1))
    assert await store.write(add, person.id, late, 2) == Refused(Reason.EXPIRED)
    same = await own_challenge(store, other.id)
    assert await store.write(add, other.id, same, 1) == Refused(Reason.ALREADY_USED)
    assert await store.write(add, person.id, "no such challenge", 3) == Refused(Reason.WRONG_CODE)
    assert await store.read(own_passkeys, by=other.id) == []


async def test_every_wrong_answer_at_the_door_is_one_refusal_and_no_challenge_serves_twice(
    store: Store,
) -> None:
    person = await store.write(a_person)
    await a_passkey(store, person)
    own = await own_challenge(store, person.id)
    challenge = await store.write(challenge_stranger, source=SOURCE)
    assert isinstance(challenge, str)

    def answer(tx: Transaction, challenge: str) -> SignedIn | Refused:
        return sign_in_by_passkey(
            tx,
            challenge=challenge,
            credential_id=b"credential 1",
            check=lambda passkey: passkey.sign_count + 1,
        )

    assert await comes_in(store, number=2) == Refused(Reason.WRONG_CODE)
    assert await comes_in(store, right=False) == Refused(Reason.WRONG_CODE)
    assert await store.write(answer, own) == Refused(Reason.EXPIRED)
    assert isinstance(await store.write(answer, challenge), SignedIn)
    assert await store.write(answer, challenge) == Refused(Reason.EXPIRED)
    failed = [
        entry.facts
        for entry in await store.read(lambda tx: tx.audit.of_object(person.id))
        if entry.act is Act.SIGN_IN_FAILED
    ]
    assert failed == [{"factor": "passkey"}]


async def test_challenges_from_one_source_run_out(store: Store) -> None:
    answers = [await store.write(challenge_stranger, source=SOURCE) for _ in range(31)]

    assert answers[-1] == Refused(Reason.TOO_MANY_TRIES)
    assert all(isinstance(answer, str) for answer in answers[:30])
    assert isinstance(await store.write(challenge_stranger, source="another"), str)


@pytest.mark.parametrize("how", ["dropped", "shut out", "recovered"])
async def test_a_passkey_that_is_gone_lets_nobody_in(store: Store, *, how: str) -> None:
    person, other = await store.write(a_person), await store.write(a_person)
    admin = await store.write(a_person, roles=[Role.ADMINISTRATOR])
    passkey = await a_passkey(store, person)

    assert not await store.write(drop_passkey, by=other.id, passkey_id=passkey.id)
    assert not await store.write(drop_passkey, by=person.id, passkey_id=PasskeyId(person.id))
    if how == "dropped":
        assert await store.write(drop_passkey, by=person.id, passkey_id=passkey.id)
    elif how == "shut out":
        await store.write(disable, RULES, by=admin.id, person_id=person.id)
    else:
        handed = await store.write(recover_person, RULES, by=admin.id, person_id=person.id)
        way_in = WayIn(password_hash="hash", totp_secret="secret", totp_step=1)
        await store.write(accept, RULES, token=getattr(handed, "token", ""), way_in=way_in)

    assert await comes_in(store) == Refused(Reason.WRONG_CODE)


async def test_a_person_has_ten_at_most(store: Store) -> None:
    person = await store.write(a_person)
    for number in range(MOST):
        await a_passkey(store, person, number)

    assert await store.write(challenge_own, by=person.id) == Refused(Reason.TOO_MANY)


async def test_a_credential_longer_than_the_standard_allows_is_refused_and_the_longest_is_kept(
    store: Store,
) -> None:
    person = await store.write(a_person)
    kept = []
    for length in (LONGEST_CREDENTIAL, LONGEST_CREDENTIAL + 1):
        new = NewPasskey(credential_id=b"c" * length, public_key=b"key", sign_count=0)
        challenge = await own_challenge(store, person.id)
        kept.append(
            await store.write(
                lambda tx, challenge=challenge, new=new: add_passkey(  # type: ignore[misc]
                    tx, RULES, by=person.id, challenge=challenge, made=new, name=""
                )
            )
        )

    assert isinstance(kept[0], Passkey)
    assert kept[1] == Refused(Reason.PASSKEY_UNREADABLE)


async def test_a_passkey_makes_the_factor_of_its_own_person_fresh_once_for_each_challenge(
    store: Store, clock: SettableClock
) -> None:
    person, other = await store.write(a_person), await store.write(a_person)
    await a_passkey(store, person)
    await a_passkey(store, other, 2)
    token = await signed_in(store, person)
    clock.advance(timedelta(minutes=6))

    async def freshens(challenge: str, number: int = 1, count: int | None = 9) -> SignedIn | Refused:
        return await store.write(
            lambda tx: freshen_by_passkey(
                tx,
                token=token,
                challenge=challenge,
                credential_id=b"credential %d" % number,
                check=lambda _: count,
            )
        )

    wrong = [
        await freshens("none"),
        # A challenge for making one, and one of somebody else.
        await freshens(await own_challenge(store, person.id)),
        await freshens(await store.write(challenge_fresh, by=other.id)),
        await freshens(await store.write(challenge_fresh, by=person.id), number=2),
        await freshens(await store.write(challenge_fresh, by=person.id), count=None),
    ]
    challenge = await store.write(challenge_fresh, by=person.id)
    fresh = await freshens(challenge)
    token = getattr(fresh, "token", "")
    again = await freshens(challenge)

    assert wrong == [Refused(Reason.EXPIRED)] * 3 + [Refused(Reason.WRONG_CODE)] * 2
    assert isinstance(fresh, SignedIn)
    assert (fresh.person.id, fresh.session.verified_at) == (person.id, clock.at)
    assert again == Refused(Reason.EXPIRED)


async def signed_in(store: Store, person: Person) -> str:
    half = await store.write(password_was_right, person_id=person.id, password_hash="hash")
    assert isinstance(half, SignedIn)
    whole = await store.write(verify_second_factor, token=half.token or "", step_of=lambda _: 1)
    assert isinstance(whole, SignedIn)
    return whole.token or ""
