"""Saying that one has it: whoever was told may, once, as long as the clock runs; the clock itself never moves."""

from __future__ import annotations

from datetime import UTC, timedelta
from uuid import UUID

import pytest

from storage.keyring import Keyring
from storage.store import Store
from tests.cases.climbing import RULES, a_team, clock_of, local, only
from tests.support.builders import a_case, a_person
from tests.support.passing import let_pass
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.cases.case import Case, EventKind
from triage.cases.handle import claim
from triage.clocks.keep import start_clock, stop_clocks
from triage.ids import ClockId, ClockPolicyId, PersonId
from triage.notices.acknowledge import (
    WRONG_LINKS,
    Acknowledgement,
    Stand,
    acknowledge,
    count_wrong_link,
    link_token,
    open_link,
    read_token,
    see_acknowledgement,
    take_link,
)
from triage.people.invite import disable
from triage.people.person import Person, Role
from triage.refusals import Reason, Refused

Team = dict[PersonId, Person]


async def told(store: Store, clock: SettableClock) -> tuple[Team, Case, ClockId]:
    """A case that nobody has taken, of which the officer on duty was told on Tuesday at 8 and the head at 12."""
    clock.at = local("4 09:00")
    team = await store.write(a_team)
    case = await store.write(a_case)
    await let_pass(store, clock, RULES, until=local("5 12:10"))
    return team, case, await store.read(clock_of, case, "triage48")


async def test_whoever_was_told_keeps_it_quiet_for_as_long_as_their_rung_has_to_answer(
    store: Store, clock: SettableClock
) -> None:
    team, case, clock_id = await told(store, clock)
    officer = only(team, Role.DUTY_OFFICER)
    before = await store.read(lambda tx: tx.clocks.get(clock_id))

    done = await store.write(acknowledge, RULES, clock_id=clock_id, by=officer)

    assert isinstance(done, Acknowledgement)
    # Four staffed hours: until 16 on Tuesday, and ten minutes of Wednesday.
    assert (done.stand, done.until, done.code, done.fresh) == (
        Stand.YOURS,
        local("6 08:10"),
        case.code,
        True,
    )
    assert await store.read(lambda tx: tx.clocks.get(clock_id)) == before
    event = (await store.read(lambda tx: tx.cases.timeline(case.id)))[-1]
    entry = (await store.read(lambda tx: tx.audit.of_object(case.id)))[-1]
    assert (event.kind, event.by, event.words) == (EventKind.ACKNOWLEDGED, officer, None)
    assert (entry.act, entry.actor, entry.facts) == (Act.NOTICE_ACKNOWLEDGED, officer, event.facts)
    assert event.facts == {
        "policy": "triage48",
        "clock": str(clock_id),
        "rung": "head",
        "until": local("6 08:10").astimezone(UTC).isoformat(),
    }


async def test_a_second_press_changes_nothing_and_says_who_has_it(store: Store, clock: SettableClock) -> None:
    team, case, clock_id = await told(store, clock)
    officer, head = only(team, Role.DUTY_OFFICER), only(team, Role.HEAD)
    await store.write(acknowledge, RULES, clock_id=clock_id, by=head)
    standing = await store.read(lambda tx: tx.ladders.find(clock_id))
    lines = len(await store.read(lambda tx: tx.cases.timeline(case.id)))
    clock.advance(timedelta(minutes=20))

    again = await store.write(acknowledge, RULES, clock_id=clock_id, by=head)
    other = await store.write(acknowledge, RULES, clock_id=clock_id, by=officer)

    assert isinstance(again, Acknowledgement)
    assert isinstance(other, Acknowledgement)
    assert other.by is not None
    assert (again.stand, again.fresh) == (Stand.YOURS, False)
    assert (other.stand, other.by.id, other.until) == (Stand.THEIRS, head, again.until)
    assert await store.read(lambda tx: tx.ladders.find(clock_id)) == standing
    assert len(await store.read(lambda tx: tx.cases.timeline(case.id))) == lines


async def test_a_case_that_somebody_took_needs_no_more_words(store: Store, clock: SettableClock) -> None:
    team, case, clock_id = await told(store, clock)
    head = only(team, Role.HEAD)
    await store.write(claim, RULES, case_id=case.id, by=only(team, Role.COORDINATOR))

    done = await store.write(acknowledge, RULES, clock_id=clock_id, by=head)

    assert isinstance(done, Acknowledgement)
    assert done.by is not None
    assert (done.stand, done.by.id, done.until) == (Stand.HELD, only(team, Role.COORDINATOR), None)


async def test_who_was_not_told_who_left_and_who_is_told_numbers_only_cannot(
    store: Store, clock: SettableClock
) -> None:
    team, _, clock_id = await told(store, clock)
    admin = await store.write(a_person, roles=(Role.ADMINISTRATOR,))
    await store.write(disable, RULES, by=admin.id, person_id=only(team, Role.DUTY_OFFICER))
    await let_pass(store, clock, RULES, until=local("6 09:10"))

    refused = {
        role: await store.write(acknowledge, RULES, clock_id=clock_id, by=only(team, role))
        for role in (Role.COORDINATOR, Role.DUTY_OFFICER, Role.STEERING)
    }
    nobody = await store.write(acknowledge, RULES, clock_id=ClockId(UUID(int=1)), by=only(team, Role.HEAD))
    chair = await store.write(acknowledge, RULES, clock_id=clock_id, by=only(team, Role.CHAIR))

    assert [*refused.values(), nobody] == [Refused(Reason.NOT_ALLOWED)] * 4
    assert isinstance(chair, Acknowledgement)


async def test_once_the_clock_has_stopped_there_is_nothing_to_say(store: Store, clock: SettableClock) -> None:
    team, case, clock_id = await told(store, clock)
    await store.write(stop_clocks, RULES, case.id)

    done = await store.write(acknowledge, RULES, clock_id=clock_id, by=only(team, Role.HEAD))

    assert done == Refused(Reason.NOT_WAITING)


async def test_a_link_stands_for_one_person_and_one_clock_and_is_short(
    store: Store, clock: SettableClock, keyring: Keyring
) -> None:
    team, _, clock_id = await told(store, clock)
    token = link_token(keyring.digest, clock_id, only(team, Role.HEAD))

    seen = await store.read(open_link, token=token, source="s")
    done = await store.write(take_link, RULES, token=token, source="s")

    assert len(token) <= 100
    assert read_token(keyring.digest, token) == (clock_id, only(team, Role.HEAD))
    assert isinstance(seen, Acknowledgement)
    assert (seen.stand, seen.reader.id) == (Stand.OPEN, only(team, Role.HEAD))
    assert isinstance(done, Acknowledgement)
    assert done.stand is Stand.YOURS


async def test_looking_at_a_link_changes_nothing(
    store: Store, clock: SettableClock, keyring: Keyring
) -> None:
    team, _, clock_id = await told(store, clock)
    token = link_token(keyring.digest, clock_id, only(team, Role.HEAD))
    before = await store.read(lambda tx: tx.ladders.find(clock_id))

    for _ in range(40):
        await store.read(open_link, token=token, source="scanner")
    seen = await store.read(see_acknowledgement, clock_id=clock_id, by=only(team, Role.HEAD))

    assert await store.read(lambda tx: tx.ladders.find(clock_id)) == before
    assert isinstance(seen, Acknowledgement)


@pytest.mark.parametrize("spoilt", ["", "x", "a" * 64, "a" * 5000, "æ" * 64, "!" * 64, "\ud800"])
def test_a_text_that_is_no_link_of_ours_is_none(keyring: Keyring, spoilt: str) -> None:
    assert read_token(keyring.digest, spoilt) is None


def test_a_link_with_one_sign_changed_is_none_of_ours(keyring: Keyring) -> None:
    token = link_token(keyring.digest, ClockId(UUID(int=5)), PersonId(UUID(int=6)))
    for place in range(len(token)):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert read_token(keyring.digest, changed) is None


async def test_whoever_guesses_is_stopped_and_others_are_not(
    store: Store, clock: SettableClock, keyring: Keyring
) -> None:
    team, _, clock_id = await told(store, clock)
    token = link_token(keyring.digest, clock_id, only(team, Role.HEAD))
    for _ in range(WRONG_LINKS.burst - 1):
        await store.write(count_wrong_link, source="guesser")
    last = await store.write(take_link, RULES, token="a" * 64, source="guesser")

    guessed = await store.write(take_link, RULES, token=token, source="guesser")
    looked = await store.read(open_link, token=token, source="guesser")
    other = await store.read(open_link, token=token, source="other")
    clock.advance(WRONG_LINKS.refill)
    later = await store.read(open_link, token=token, source="guesser")

    assert last == Refused(Reason.WRONG_CODE)
    assert (guessed, looked) == (Refused(Reason.TOO_MANY_TRIES),) * 2
    assert isinstance(other, Acknowledgement)
    assert isinstance(later, Acknowledgement)


async def test_the_data_protection_officer_can_say_that_they_have_what_they_are_told_of(
    store: Store, clock: SettableClock
) -> None:
    dpo = await store.write(a_person, roles=[Role.DPO])
    head = await store.write(a_person, roles=[Role.HEAD])
    case = await store.write(a_case)
    breach = ClockPolicyId("breach72")
    started = await store.write(lambda tx: start_clock(tx, RULES, breach, wakes=False, case_id=case.id))
    await let_pass(store, clock, RULES, until=clock.at + timedelta(hours=25))

    done = await store.write(acknowledge, RULES, clock_id=started.id, by=dpo.id)
    not_told = await store.write(acknowledge, RULES, clock_id=started.id, by=head.id)

    assert isinstance(done, Acknowledgement)
    assert (done.stand, done.code, done.fresh) == (Stand.YOURS, case.code, True)
    assert not_told == Refused(Reason.NOT_ALLOWED)
