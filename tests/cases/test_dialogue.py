from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from storage.store import Store
from storage.tables import outbox
from storage.transaction import Transaction
from tests.support.builders import a_case, a_person, a_submission, notices, some_rules
from tests.support.stores import SettableClock
from triage.audit import Act, Actor
from triage.cases.case import EventKind
from triage.cases.decide import confirm, decide
from triage.cases.dialogue import (
    ReporterState,
    ReporterView,
    read_as_reporter,
    write_from_reporter,
    write_to_reporter,
)
from triage.cases.handle import claim, close_case, end_contact
from triage.cases.reading import read_case
from triage.cases.receipts import make_receipt
from triage.cases.records import Channel, Direction
from triage.cases.words import Done
from triage.ids import CaseId
from triage.notices.outbox import Lane, Via
from triage.people.person import Role
from triage.refusals import Reason, Refused

RULES = some_rules()


def to_reporters(tx: Transaction) -> list[tuple[str, datetime]]:
    rows = tx._work.all(select(outbox).where(outbox.c.conversation_id.is_not(None)))
    return [(row.state, row.not_before) for row in rows]


async def standing(store: Store, case_id: CaseId) -> ReporterState:
    view: ReporterView = await store.write(read_as_reporter, case_id=case_id)
    return view.standing.state


async def test_a_reply_is_told_on_telegram_without_a_word_of_it(store: Store, clock: SettableClock) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case, channel=Channel.TELEGRAM)

    done = await store.write(
        write_to_reporter, RULES, case_id=case.id, by=officer.id, words="We would like to talk."
    )

    assert isinstance(done, Done)
    assert (done.case.first_reply_at, done.case.assignee) == (clock.at, officer.id)
    [message] = await store.read(lambda tx: tx.messages.of_case(case.id))
    assert (message.direction, message.by, message.words) == (
        Direction.TO_REPORTER,
        officer.id,
        "We would like to talk.",
    )
    assert await store.read(to_reporters) == [("pending", clock.at)]
    [row] = await store.write(
        lambda tx: tx.outbox.claim(
            Lane.CONVERSATION, Via.TELEGRAM, holder="test", limit=5, lease=timedelta(seconds=9)
        )
    )
    assert row.payload == {"notice": "notice.reporter_reply", "params": {}, "language": "en"}
    assert row.address is not None


async def test_a_notice_to_the_reporter_waits_for_the_hours_they_called_safe(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person)
    case = await store.write(
        a_submission, channel=Channel.TELEGRAM, body={"worry": "Words.", "reach_when": ("evening",)}
    )

    await store.write(write_to_reporter, RULES, case_id=case.id, by=officer.id, words="Hello.")

    # 16 o'clock in Copenhagen.
    assert await store.read(to_reporters) == [("pending", datetime(2026, 5, 4, 14, 0, tzinfo=UTC))]
    assert clock.at < datetime(2026, 5, 4, 14, 0, tzinfo=UTC)


async def test_whoever_may_be_reached_any_time_is_told_at_once(store: Store, clock: SettableClock) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_submission, channel=Channel.TELEGRAM, body={"reach_when": ("any_time",)})

    await store.write(write_to_reporter, RULES, case_id=case.id, by=officer.id, words="Hello.")

    assert await store.read(to_reporters) == [("pending", clock.at)]


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"reply_here": "no"}, "no"),
        ({"anonymity": "anonymous"}, "no"),
        ({"anonymity": "may_reply"}, "yes"),
        ({"reply_here": "no", "anonymity": "may_reply"}, "no"),
        ({"reply_here": "yes", "anonymity": "anonymous"}, "no"),
        ({"answer_how": "call"}, "no"),
        ({"reach_how": ("call", "mail")}, "no"),
        ({"reach_how": ("call", "here")}, "yes"),
        ({"anonymity": "anonymous", "reach_how": ("here",)}, "yes"),
        ({"reply_here": "yes", "reach_how": ("call",)}, "no"),
        ({"reach_when": ("hours the profile has dropped",)}, "no"),
    ],
)
async def test_whoever_did_not_choose_to_be_written_to_gets_no_notice_and_can_read_the_reply(
    store: Store, answers: dict[str, object], told: str
) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_submission, channel=Channel.TELEGRAM, body=answers)

    done = await store.write(write_to_reporter, RULES, case_id=case.id, by=officer.id, words="Hello.")

    assert isinstance(done, Done)
    assert [state for state, _ in await store.read(to_reporters)] == ["pending"] * (told == "yes")
    event = (await store.read(lambda tx: tx.cases.timeline(case.id)))[-1]
    assert event.facts == {"told": told}
    seen: ReporterView = await store.write(read_as_reporter, case_id=case.id)
    assert [message.words for message in seen.messages] == ["Hello."]


async def test_a_web_reporter_with_a_code_finds_the_reply_without_being_told(store: Store) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case)
    await store.write(make_receipt, case_id=case.id)

    done = await store.write(write_to_reporter, RULES, case_id=case.id, by=officer.id, words="Hello.")

    assert isinstance(done, Done)
    assert await store.read(to_reporters) == []


async def test_without_any_way_back_nothing_is_written(store: Store) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case)

    refused = await store.write(write_to_reporter, RULES, case_id=case.id, by=officer.id, words="Hello.")

    assert refused == Refused(Reason.NO_REPLY_CHANNEL)
    assert await store.read(lambda tx: tx.messages.of_case(case.id)) == []


async def test_the_reporter_reads_and_staff_see_that_they_did(store: Store, clock: SettableClock) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case, channel=Channel.TELEGRAM)
    await store.write(write_to_reporter, RULES, case_id=case.id, by=officer.id, words="Hello.")
    clock.advance(timedelta(hours=1))

    await store.write(read_as_reporter, case_id=case.id)
    clock.advance(timedelta(hours=1))
    await store.write(read_as_reporter, case_id=case.id)

    [message] = await store.read(lambda tx: tx.messages.of_case(case.id))
    assert message.read_at == clock.at - timedelta(hours=1)
    kinds = [event.kind for event in await store.read(lambda tx: tx.cases.timeline(case.id))]
    assert kinds.count(EventKind.REPLY_READ) == 1


async def test_what_the_reporter_writes_is_told_to_who_holds_the_case(store: Store) -> None:
    await store.write(a_person, on_duty=True)
    holder = await store.write(a_person, roles=[Role.COORDINATOR])
    case = await store.write(a_case)
    await store.write(claim, RULES, case_id=case.id, by=holder.id)

    await store.write(write_from_reporter, RULES, case_id=case.id, words="One more thing.")

    row = (await store.read(notices))[-1]
    assert (row.notice, row.person_id) == ("notice.reporter_wrote", holder.id)
    assert "thing" not in str(row.payload)
    entry = (await store.read(lambda tx: tx.audit.of_object(case.id)))[-1]
    assert (entry.act, entry.actor) == (Act.MESSAGE_WRITTEN, Actor.REPORTER)


async def test_what_the_reporter_writes_in_a_case_of_nobody_goes_to_the_officer_on_duty(store: Store) -> None:
    officer = await store.write(a_person, on_duty=True)
    case = await store.write(a_case)

    await store.write(write_from_reporter, RULES, case_id=case.id, words="One.")
    await store.write(write_from_reporter, RULES, case_id=case.id, words="Two.")

    waiting = [row for row in await store.read(notices) if row.state == "pending"]
    assert [(row.notice, row.person_id) for row in waiting][-1:] == [("notice.reporter_wrote", officer.id)]
    assert [row.notice for row in waiting].count("notice.reporter_wrote") == 1


async def test_an_identity_number_is_taken_out_both_ways(store: Store) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case, channel=Channel.TELEGRAM)

    out = await store.write(
        write_to_reporter, RULES, case_id=case.id, by=officer.id, words="About 010190-1234."
    )
    back = await store.write(write_from_reporter, RULES, case_id=case.id, words="Yes, 010190-1234.")

    assert [isinstance(done, Done) and done.removed for done in (out, back)] == [1, 1]
    messages = await store.read(lambda tx: tx.messages.of_case(case.id))
    assert not any("010190" in message.words for message in messages)


async def test_the_reporter_is_told_where_it_stands_and_only_what_holds(
    store: Store, clock: SettableClock
) -> None:
    officer, second = await store.write(a_person), await store.write(a_person)
    case = await store.write(a_case, channel=Channel.TELEGRAM)
    seen = [await standing(store, case.id)]

    clock.advance(timedelta(hours=1))
    await store.write(read_case, RULES, code=case.code, by=officer.id)
    seen.append(await standing(store, case.id))
    await store.write(write_to_reporter, RULES, case_id=case.id, by=officer.id, words="Hello.")
    seen.append(await standing(store, case.id))
    await store.write(
        lambda tx: decide(
            tx,
            RULES,
            case_id=case.id,
            by=officer.id,
            outcome="unfounded",
            reason="Nothing.",
            local_action=False,
            to_unit=False,
        )
    )
    seen.append(await standing(store, case.id))
    await store.write(confirm, RULES, case_id=case.id, by=second.id)
    seen.append(await standing(store, case.id))
    await store.write(close_case, RULES, case_id=case.id, by=officer.id)
    seen.append(await standing(store, case.id))

    assert seen == [
        ReporterState.SENT,
        ReporterState.READ,
        ReporterState.ANSWERED,
        ReporterState.ANSWERED,
        ReporterState.DECIDED,
        ReporterState.CLOSED,
    ]
    view = await store.write(read_as_reporter, case_id=case.id)
    assert not view.can_write
    assert await store.write(write_from_reporter, RULES, case_id=case.id, words="Hello?") == Refused(
        Reason.CLOSED
    )


async def test_when_contact_ends_nothing_can_be_sent_any_more(store: Store) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case, channel=Channel.TELEGRAM)

    ended = await store.write(end_contact, RULES, case_id=case.id, by=officer.id)
    again = await store.write(end_contact, RULES, case_id=case.id, by=officer.id)
    refused = await store.write(write_to_reporter, RULES, case_id=case.id, by=officer.id, words="Hello.")

    assert not isinstance(ended, Refused)
    assert [again, refused] == [Refused(Reason.NO_REPLY_CHANNEL)] * 2
    event = (await store.read(lambda tx: tx.cases.timeline(case.id)))[-1]
    assert event.kind is EventKind.CONTACT_ENDED
