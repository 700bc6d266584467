from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_conversation, a_person, some_rules, waiting_notices
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.cases.acute import raise_alarm
from triage.cases.case import Case, EventKind
from triage.cases.receipts import make_receipt
from triage.cases.receive import receive
from triage.cases.records import Channel, Late, Source, TakenDown
from triage.cases.taking_down import TakingDown
from triage.clocks.clock import time_left
from triage.ids import PersonId
from triage.people.person import Role
from triage.refusals import Reason, Refused

FRIDAY_AFTERNOON = datetime(2026, 5, 8, 14, 20, tzinfo=UTC)
MONDAY_MORNING = datetime(2026, 5, 11, 6, 5, tzinfo=UTC)
DESK = TakingDown()


def write_down(
    tx: Transaction,
    *,
    by: PersonId,
    received_at: datetime,
    source: Source = Source.PHONE,
    late: Late | None = None,
    acute: bool = False,
) -> Case:
    conversation = a_conversation(tx, channel=Channel.CONSOLE)
    if acute:
        raise_alarm(tx, some_rules(), conversation_id=conversation.id, trigger="danger_yes", by=by)
    return receive(
        tx,
        some_rules(),
        conversation_id=conversation.id,
        channel=Channel.CONSOLE,
        hotline="local",
        kind="relative",
        language="da",
        flow_id="relative",
        flow_version=1,
        fingerprint="f" * 64,
        clear={},
        body={},
        identity={},
        taken_down=TakenDown(
            conversation_id=conversation.id, by=by, source=source, received_at=received_at, late=late
        ),
    )


async def test_fridays_call_is_born_on_monday_with_its_true_time_left(
    store: Store, clock: SettableClock
) -> None:
    clock.at = MONDAY_MORNING
    writer = await store.write(a_person, on_duty=True)

    case = await store.write(write_down, by=writer.id, received_at=FRIDAY_AFTERNOON)

    [running] = await store.read(lambda tx: tx.clocks.of_case(case.id))
    assert (case.received_at, case.source) == (FRIDAY_AFTERNOON, Source.PHONE)
    assert running.due_at == FRIDAY_AFTERNOON + timedelta(hours=48)
    assert time_left(running, clock.at) == -timedelta(hours=15, minutes=45)


async def test_what_came_due_meanwhile_is_recorded_at_once_and_told_once_to_each(
    store: Store, clock: SettableClock
) -> None:
    clock.at = MONDAY_MORNING
    officer = await store.write(a_person, on_duty=True)
    people = [await store.write(a_person, roles=[role]) for role in (Role.HEAD, Role.CHAIR, Role.STEERING)]

    case = await store.write(write_down, by=officer.id, received_at=FRIDAY_AFTERNOON)

    timeline = await store.read(lambda tx: tx.cases.timeline(case.id))
    milestones = [each.facts["milestone"] for each in timeline if each.kind is EventKind.ESCALATED]
    told = Counter(person for _, person, _ in await store.read(waiting_notices))
    assert {"unclaimed", "halfway", "three_quarters", "last_hours", "breached"} <= set(milestones)
    assert told == {person.id: 1 for person in (officer, *people)}


async def test_a_call_that_is_written_down_at_once_is_told_as_any_other(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person, on_duty=True)

    await store.write(write_down, by=officer.id, received_at=clock.at - timedelta(minutes=20))

    assert await store.read(waiting_notices) == [("notice.case_received", officer.id, "mail")]


async def test_an_acute_call_of_yesterday_still_wakes_the_officer(store: Store, clock: SettableClock) -> None:
    officer = await store.write(a_person, on_duty=True)

    case = await store.write(write_down, by=officer.id, received_at=clock.at - timedelta(days=1), acute=True)

    texts = {text for text, person, _ in await store.read(waiting_notices) if person == officer.id}
    assert case.acute
    assert "notice.case_received" in texts


async def test_timeline_and_audit_say_who_wrote_it_down_how_it_came_and_when(
    store: Store, clock: SettableClock
) -> None:
    writer = await store.write(a_person, on_duty=True)
    received_at = clock.at - timedelta(hours=1)

    case = await store.write(
        write_down, by=writer.id, received_at=received_at, source=Source.MAIL, late=Late.UNDER_WAY
    )
    await store.write(make_receipt, case_id=case.id, by=writer.id)

    [event] = await store.read(lambda tx: tx.cases.timeline(case.id))
    entries = await store.read(lambda tx: tx.audit.of_object(case.id))
    assert (event.at, event.by) == (clock.at, writer.id)
    assert event.facts == {
        "channel": "console",
        "kind": "relative",
        "acute": "no",
        "source": "mail",
        "received": received_at.isoformat(),
        "late": "under_way",
    }
    assert [(each.act, each.actor) for each in entries] == [
        (Act.CASE_OPENED, writer.id),
        (Act.CODE_MADE, writer.id),
    ]


@pytest.mark.parametrize("channel", [Channel.TELEGRAM, Channel.WEBCHAT, Channel.TERMINAL])
async def test_what_reporters_write_themselves_came_by_its_channel(store: Store, channel: Channel) -> None:
    def report(tx: Transaction) -> Case:
        return receive(
            tx,
            some_rules(),
            conversation_id=a_conversation(tx, channel=channel).id,
            channel=channel,
            hotline="local",
            kind="relative",
            language="da",
            flow_id="relative",
            flow_version=1,
            fingerprint="f" * 64,
            clear={},
            body={},
            identity={},
        )

    case = await store.write(report)

    assert (await store.read(lambda tx: tx.cases.get(case.id))).source == channel.value


NOW = MONDAY_MORNING


@pytest.mark.parametrize(
    ("received_at", "late", "expected"),
    [
        (NOW, None, None),
        (NOW + timedelta(seconds=1), None, Reason.RECEIVED_IN_FUTURE),
        (NOW + timedelta(days=1), Late.UNDER_WAY, Reason.RECEIVED_IN_FUTURE),
        (NOW - timedelta(days=30), None, None),
        (NOW - timedelta(days=30, seconds=1), None, Reason.RECEIVED_LONG_AGO),
        (NOW - timedelta(days=400), Late.LAY_WITH_US, None),
        (datetime(2000, 1, 1, tzinfo=UTC), Late.LAY_WITH_US, None),
        (datetime(1999, 12, 31, 23, 59, tzinfo=UTC), Late.LAY_WITH_US, Reason.RECEIVED_BEFORE_US),
        (datetime(26, 5, 11, tzinfo=UTC), None, Reason.RECEIVED_BEFORE_US),
    ],
)
def test_nothing_is_received_in_the_future_and_long_ago_only_for_a_reason(
    received_at: datetime, late: Late | None, expected: Reason | None
) -> None:
    found = DESK.check(received_at, now=NOW, late=late)

    assert found == (None if expected is None else Refused(expected))


def test_a_profile_offers_only_what_staff_can_write_down() -> None:
    assert TakingDown(sources=(Source.PHONE,)).sources == (Source.PHONE,)
    with pytest.raises(ValidationError, match="telegram"):
        TakingDown(sources=(Source.PHONE, Source.TELEGRAM))
