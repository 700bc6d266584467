"""A reporter whom nothing reaches any more: every open case of theirs has lost its way back."""

from __future__ import annotations

from datetime import timedelta

from bot.senders.desk import OutboxDesk
from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_conversation, a_person, a_submission, notices, some_rules
from triage.audit import Act, Actor
from triage.cases.case import Case, EventKind
from triage.cases.handle import claim, end_contact
from triage.cases.records import Channel
from triage.cases.unreachable import reporter_unreachable
from triage.ids import CaseId, ConversationId, OutboxId, PersonId
from triage.notices.outbox import Lane, Outgoing, Via
from triage.people.person import Role

RULES = some_rules()
TOLD = "notice.reporter_unreachable"


async def reports_of_one(store: Store, *, number: int) -> tuple[ConversationId, list[Case], list[PersonId]]:
    """So many reports of one person on Telegram, each held by somebody else."""

    def use_case(tx: Transaction) -> tuple[ConversationId, list[Case], list[PersonId]]:
        talk = a_conversation(tx, channel=Channel.TELEGRAM).id
        sent = [a_submission(tx, conversation_id=talk, channel=Channel.TELEGRAM) for _ in range(number)]
        holders = [a_person(tx, roles=[Role.COORDINATOR]).id for _ in sent]
        for case, holder in zip(sent, holders, strict=True):
            claim(tx, RULES, case_id=case.id, by=holder)
        return talk, sent, holders

    return await store.write(use_case)


async def events_of(store: Store, case_id: CaseId) -> list[EventKind]:
    return [event.kind for event in await store.read(lambda tx: tx.cases.timeline(case_id))]


async def told(store: Store) -> list[PersonId | None]:
    return [row.person_id for row in await store.read(notices) if row.notice == TOLD]


async def test_every_open_case_says_so_and_whoever_holds_it_is_told_once(store: Store) -> None:
    talk, sent, holders = await reports_of_one(store, number=3)
    officer = await store.write(a_person)
    await store.write(end_contact, RULES, case_id=sent[0].id, by=officer.id)

    for _ in range(2):
        await store.write(reporter_unreachable, RULES, conversation_id=talk)

    said = [(await events_of(store, case.id)).count(EventKind.REPORTER_UNREACHABLE) for case in sent]
    assert said == [0, 1, 1]
    assert sorted(await told(store), key=str) == sorted(holders[1:], key=str)
    entries = await store.read(lambda tx: tx.audit.of_object(sent[2].id))
    assert [(each.actor, each.facts) for each in entries if each.act is Act.CONTACT_ENDED] == [
        (Actor.SYSTEM, {"why": "unreachable"})
    ]
    assert not await store.read(lambda tx: tx.reporters.can_be_written_to(talk))


async def test_a_line_of_the_chat_that_is_about_no_case_tells_it_as_well(store: Store) -> None:
    talk, [only], [holder] = await reports_of_one(store, number=1)
    desk = OutboxDesk(store, RULES, holder="test")

    def say(tx: Transaction) -> None:
        row = Outgoing(
            id=OutboxId(tx.new_id()),
            lane=Lane.CONVERSATION,
            via=Via.TELEGRAM,
            peer=f"conversation:{talk}",
            payload={"text": "Where would you like to go on?"},
            not_before=tx.now,
            conversation_id=talk,
        )
        assert tx.outbox.add(row, leased=False)

    await store.write(say)
    [row] = await desk.claim(Lane.CONVERSATION, Via.TELEGRAM, limit=5, lease=timedelta(minutes=1))

    await desk.bury(row, error="forbidden", unreachable=True)

    assert EventKind.REPORTER_UNREACHABLE in await events_of(store, only.id)
    assert await told(store) == [holder]
