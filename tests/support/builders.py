"""Builders of what tests begin with: people, reports and cases, made by the same use cases as in the house."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import count
from typing import Any

from sqlalchemy import select

from handlers.dialog.conversation import Conversation
from storage.tables import outbox
from storage.transaction import Transaction
from tests.support.profiles import shipped
from triage.cases.acute import raise_alarm
from triage.cases.case import Case
from triage.cases.decide import decide
from triage.cases.receive import receive
from triage.cases.records import Channel
from triage.cases.words import Done
from triage.ids import ConversationId, PersonId
from triage.people.person import Person, PersonState, Role
from triage.rules import Rules

_numbers = count(1)


@cache
def some_rules() -> Rules:
    """The rules of the shipped profile."""
    return shipped().rules()


def a_person(
    tx: Transaction,
    *,
    roles: Collection[Role] = (Role.DUTY_OFFICER,),
    on_duty: bool = False,
    telegram: int | None = None,
    language: str = "en",
    state: PersonState = PersonState.ACTIVE,
    password_hash: str | None = "hash",
    totp_secret: str | None = "secret",
    authority: str | None = None,
) -> Person:
    """A member of staff who has come in, with an address of their own."""
    number = next(_numbers)
    person = Person(
        id=PersonId(tx.new_id()),
        name=f"Testperson {number}",
        email=f"testperson{number}@example.org",
        roles=frozenset(roles),
        language=language,
        state=state,
        created_at=tx.now,
        authority=authority,
        password_hash=password_hash,
        totp_secret=totp_secret,
        telegram_chat=telegram,
    )
    tx.people.add(person)
    if on_duty:
        tx.people.set_on_duty(person.id)
    return person


def a_conversation(tx: Transaction, *, channel: Channel = Channel.WEBCHAT) -> Conversation:
    """A conversation; one on Telegram has an address to be written to."""
    if channel is not Channel.TELEGRAM:
        return tx.conversations.open_new(channel)
    number = next(_numbers)
    return tx.conversations.lock_peer(channel, b"peer %d" % number, address=str(number))


def a_submission(
    tx: Transaction,
    *,
    conversation_id: ConversationId | None = None,
    channel: Channel = Channel.WEBCHAT,
    kind: str = "relative",
    rules: Rules | None = None,
    acute: bool = False,
    municipality: str | None = "0101",
    body: Mapping[str, object] | None = None,
    identity: Mapping[str, object] | None = None,
) -> Case:
    """A report received in this conversation, or in one of its own."""
    conversation = conversation_id or a_conversation(tx, channel=channel).id
    return receive(
        tx,
        rules or some_rules(),
        conversation_id=conversation,
        channel=channel,
        hotline="local",
        kind=kind,
        language="en",
        flow_id="relative",
        flow_version=1,
        fingerprint="f" * 64,
        clear={"municipality": municipality},
        body={"worry": "Something has changed."} if body is None else body,
        identity={"your_name": "Testperson R"} if identity is None else identity,
        municipality=municipality,
        acute=acute,
    )


def a_case(tx: Transaction, *, acute: bool = False, channel: Channel = Channel.WEBCHAT) -> Case:
    """A case as it stands when its report has just been received; an acute one has its alarm."""
    conversation = a_conversation(tx, channel=channel)
    if acute:
        raise_alarm(tx, some_rules(), conversation_id=conversation.id, trigger="danger_yes")
    return a_submission(tx, conversation_id=conversation.id, channel=channel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A notice in the outbox, as far as tests look at it."""

    notice: str
    person_id: PersonId | None
    via: str
    state: str
    not_before: datetime
    payload: Mapping[str, Any]


def a_decision(tx: Transaction, case: Case, by: Person, outcome: str = "advice_only") -> Case:
    """The case, decided by this person; for the coordination unit where the outcome says so."""
    unit = outcome == "to_unit"
    done = decide(
        tx,
        some_rules(),
        case_id=case.id,
        by=by.id,
        outcome=outcome,
        reason="Synthetic.",
        local_action=unit,
        to_unit=unit,
    )
    assert isinstance(done, Done)
    return done.case


def notices(tx: Transaction) -> list[Row]:
    """All notices to staff that were written, in the order in which they were; taken back ones have no payload."""
    rows = tx._work.all(select(outbox).where(outbox.c.conversation_id.is_(None)).order_by(outbox.c.seq))
    return [
        Row(
            notice="" if row.payload is None else row.payload["notice"],
            person_id=row.person_id,
            via=row.via,
            state=row.state,
            not_before=row.not_before,
            payload=row.payload or {},
        )
        for row in rows
    ]


def waiting_notices(tx: Transaction) -> list[tuple[str, PersonId | None, str]]:
    """Notices to staff that are still to go out: text, person, channel."""
    return [(row.notice, row.person_id, row.via) for row in notices(tx) if row.state == "pending"]
