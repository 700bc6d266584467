"""Conversations with their draft, and what stands in the reporter's chat."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, delete, exists, insert, literal_column, select, update

from handlers.dialog.conversation import Conversation, Writing
from handlers.dialog.draft import Draft, dumps, loads
from storage.envelopes import DataKey, Place
from storage.keyring import Part
from storage.repositories import contact
from storage.repositories.taking_down import TakingDown
from storage.repositories.ways_in import WaysIn
from storage.rows import Held
from storage.tables import alarms, conversations, doors, flows, links, outbox, received_messages
from storage.types import Id, Instant
from triage.cases.records import Channel
from triage.ids import CaseId, ConversationId

_C = conversations.c
_COLUMNS = select(
    _C.id,
    _C.channel,
    _C.hotline,
    _C.language,
    _C.round,
    _C.nonce,
    _C.draft_key,
    _C.draft,
    _C.writing,
    _C.contact_key,
    _C.address,
    _C.asked,
    _C.case_id,
    _C.started_at,
    _C.expires_at,
)
_BY_ID = _COLUMNS.where(_C.id == bindparam("id", type_=Id()))
_LOCK_BY_ID = _BY_ID.with_for_update()
_LOCK_BY_PEER = _COLUMNS.where(
    _C.channel == bindparam("channel"), _C.peer_hash == bindparam("peer_hash")
).with_for_update()
_INSERT = insert(conversations)
_SAVE = (
    update(conversations)
    .where(_C.id == bindparam("row_id", type_=Id()))
    .values(
        {
            "revision": _C.revision + 1,
            **{
                name: bindparam(name)
                for name in (
                    "hotline",
                    "language",
                    "round",
                    "nonce",
                    "draft_key",
                    "draft",
                    "writing",
                    "asked",
                    "case_id",
                    "started_at",
                    "expires_at",
                )
            },
        }
    )
)
_DROP_DRAFT = (
    update(conversations)
    .where(_C.id == bindparam("row_id", type_=Id()))
    .values(draft=None, draft_key=None, expires_at=None, revision=_C.revision + 1)
)
_FLOW = select(flows.c.canonical).where(flows.c.fingerprint == bindparam("fingerprint"))
_RECEIVED = select(received_messages.c.message).where(
    received_messages.c.conversation_id == bindparam("id", type_=Id()),
    received_messages.c.at >= bindparam("since", type_=Instant()),
)
_SENT = select(outbox.c.remote_id).where(
    outbox.c.conversation_id == bindparam("id", type_=Id()),
    outbox.c.via == "telegram",
    outbox.c.sent_at >= bindparam("since", type_=Instant()),
    outbox.c.remote_id.is_not(None),
    outbox.c.gone_at.is_(None),
)
_EXPIRED = (
    select(_C.id, _C.case_id, _C.draft, _C.address, _C.peer_hash)
    .where(literal_column("expires_at IS NOT NULL"), _C.expires_at <= bindparam("now", type_=Instant()))
    .order_by(_C.expires_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_HAS_OPEN_ALARM = select(
    exists().where(
        and_(alarms.c.conversation_id == bindparam("id", type_=Id()), alarms.c.answered_at.is_(None))
    )
)
_LOOK_AGAIN = (
    update(conversations)
    .where(_C.id == bindparam("row_id", type_=Id()))
    # It stands as one that never began: no button of the talk that is over fits it.
    .values(expires_at=bindparam("at", type_=Instant()), round=0, nonce="")
)
_UNTIDY = (
    select(_C.id)
    .where(
        literal_column("expires_at IS NOT NULL"),
        _C.expires_at <= bindparam("now", type_=Instant()),
        _C.channel == bindparam("channel"),
        _C.draft.is_not(None),
    )
    .order_by(_C.expires_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
TIDYING = timedelta(hours=1)
"""How long an address outlives its draft, so that what stands in the chat can be deleted from it."""


class SqlConversations(WaysIn, TakingDown):
    """The port `Conversations` on both engines."""

    __slots__ = ("_work",)

    def lock_peer(self, channel: str, peer: bytes, *, address: str | None) -> Conversation:
        where = {"channel": channel, "peer_hash": peer}
        row = self._work.one(_LOCK_BY_PEER, where)
        if row is None:
            values = self._fresh(channel, peer=peer, address=address)
            if self._work.insert_if_absent(conversations, values):
                return self._opened(_AsRow(values))
            row = self._work.one(_LOCK_BY_PEER, where)
            if row is None:
                raise LookupError("The conversation was there and is gone.")
        return self._opened(row)

    def lock(self, conversation_id: ConversationId) -> Conversation | None:
        row = self._work.one(_LOCK_BY_ID, {"id": conversation_id})
        return None if row is None else self._opened(row)

    def find(self, conversation_id: ConversationId) -> Conversation | None:
        row = self._work.one(_BY_ID, {"id": conversation_id})
        return None if row is None else self._opened(row)

    def open_new(self, channel: str) -> Conversation:
        values = self._fresh(channel, peer=None, address=None)
        self._work.run(_INSERT, values)
        return self._opened(_AsRow(values))

    def save(self, conversation: Conversation) -> None:
        held = self._held(conversation.id)
        draft: bytes | None = None
        if conversation.draft is None:
            held.draft = held.draft_wrapped = None
        else:
            draft = self._draft_key(held, conversation).seal_text(
                _place(conversation.id, "draft"), dumps(conversation.draft)
            )
        held.round = conversation.round
        done = self._work.changed(
            _SAVE,
            {
                "row_id": conversation.id,
                "hotline": conversation.hotline,
                "language": conversation.language,
                "round": conversation.round,
                "nonce": conversation.nonce,
                "draft_key": held.draft_wrapped,
                "draft": draft,
                "writing": conversation.writing,
                "asked": conversation.asked,
                "case_id": conversation.case_id,
                "started_at": conversation.started_at,
                "expires_at": conversation.expires_at,
            },
        )
        if done != 1:
            raise LookupError("There is no such conversation to save.")

    def drop_draft(self, conversation_id: ConversationId) -> None:
        self._work.run(_DROP_DRAFT, {"row_id": conversation_id})
        held = self._work.held.get(conversation_id)
        if held is not None:
            held.draft = held.draft_wrapped = None

    def archive_flow(self, fingerprint: str, canonical: str) -> None:
        if self.archived_flow(fingerprint) is None:
            values = {"fingerprint": fingerprint, "canonical": canonical, "archived_at": self._work.now}
            self._work.insert_if_absent(flows, values)

    def archived_flow(self, fingerprint: str) -> str | None:
        row = self._work.one(_FLOW, {"fingerprint": fingerprint})
        return None if row is None else row.canonical

    def note_received(self, conversation_id: ConversationId, message: int, *, sensitive: bool) -> None:
        self._work.insert_if_absent(
            received_messages,
            {
                "conversation_id": conversation_id,
                "message": message,
                "at": self._work.now,
                "sensitive": sensitive,
            },
        )

    def chat_messages(self, conversation_id: ConversationId, *, since: datetime) -> list[int]:
        where = {"id": conversation_id, "since": since}
        received = {row.message for row in self._work.all(_RECEIVED, where)}
        sent = {int(row.remote_id) for row in self._work.all(_SENT, where)}
        return sorted(received | sent)

    def forget_messages(self, conversation_id: ConversationId, messages: Collection[int]) -> None:
        """Note that these messages are gone from the chat, or are on their way out of it."""
        self._work.run(
            delete(received_messages).where(
                received_messages.c.conversation_id == conversation_id,
                received_messages.c.message.in_(messages),
            )
        )
        self._work.run(
            update(outbox)
            .where(
                outbox.c.conversation_id == conversation_id,
                outbox.c.remote_id.in_([str(message) for message in messages]),
            )
            .values(gone_at=self._work.now)
        )

    def expire(self, *, limit: int) -> int:
        now = self._work.now
        rows = self._work.all(_EXPIRED, {"now": now, "limit": limit})
        for row in rows:
            self.drop_draft(row.id)
            self._work.run(delete(links).where(links.c.conversation_id == row.id))
            if row.case_id is not None:
                continue
            self.stop_taking_down(row.id)
            # Nothing was sent and nobody is waiting for an answer: then the way back to the reporter goes too. Only
            # not before the chat could be tidied, and never while somebody may have to write about an alarm.
            # Nor does anything hold back the address of a chat that its reporter has let go.
            keeps = row.peer_hash is not None or row.address is None
            if keeps and (
                (row.draft is not None and row.address is not None) or self._has_open_alarm(row.id)
            ):
                self._work.run(_LOOK_AGAIN, {"row_id": row.id, "at": now + TIDYING})
            else:
                contact.end(self._work, row.id)
        count = len(rows)
        for table in (links, doors):
            gone = select(table.c.digest).where(table.c.expires_at <= now).limit(limit)
            count += self._work.changed(delete(table).where(table.c.digest.in_(gone)))
        return count

    def just_expired(self, channel: str, *, limit: int) -> list[ConversationId]:
        found = self._work.all(_UNTIDY, {"channel": channel, "now": self._work.now, "limit": limit})
        return [ConversationId(row.id) for row in found]

    def _has_open_alarm(self, conversation_id: UUID) -> bool:
        return bool(self._work.run(_HAS_OPEN_ALARM, {"id": conversation_id}).scalar_one())

    def _fresh(self, channel: str, *, peer: bytes | None, address: str | None) -> dict[str, Any]:
        fresh = self._work.house.new_id()
        key, wrapped = self._work.keyring.new_key(str(fresh), Part.CONTACT)
        return {
            "id": fresh,
            "channel": channel,
            "peer_hash": peer,
            "contact_key": wrapped,
            "address": None if address is None else key.seal_text(_place(fresh, "address"), address),
            "hotline": "",
            "language": None,
            "round": 0,
            "nonce": "",
            "draft_key": None,
            "draft": None,
            "writing": Writing.UNDECIDED.value,
            "asked": None,
            "case_id": None,
            "started_at": None,
            "expires_at": None,
            "revision": 0,
        }

    def _opened(self, row: Row[Any] | _AsRow) -> Conversation:
        owner = ConversationId(row.id)
        held = contact.held(self._work, row)
        draft: Draft | None = None
        if row.draft is not None and row.draft_key is not None and not self._is_over(row.expires_at):
            held.draft = self._work.keyring.open_key(row.draft_key, str(owner), Part.DRAFT)
            held.draft_wrapped = row.draft_key
            draft = loads(held.draft.open_text(_place(owner, "draft"), row.draft))
        return Conversation(
            id=owner,
            channel=Channel(row.channel),
            hotline=row.hotline,
            language=row.language,
            round=row.round,
            nonce=row.nonce,
            draft=draft,
            writing=Writing(row.writing),
            address=held.address,
            asked=row.asked,
            case_id=None if row.case_id is None else CaseId(row.case_id),
            started_at=row.started_at,
            expires_at=row.expires_at,
        )

    def _is_over(self, expires_at: datetime | None) -> bool:
        return expires_at is not None and expires_at <= self._work.now

    def _held(self, conversation_id: ConversationId) -> Held:
        if conversation_id not in self._work.held and self.lock(conversation_id) is None:
            raise LookupError("There is no such conversation to save.")
        return self._work.held[conversation_id]

    def _draft_key(self, held: Held, conversation: Conversation) -> DataKey:
        if held.draft is None or held.round != conversation.round:
            held.draft, held.draft_wrapped = self._work.keyring.new_key(str(conversation.id), Part.DRAFT)
        return held.draft


class _AsRow:
    """Values just inserted, read by name like a row."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a column's value
        raise AttributeError(name)


def _place(conversation_id: object, column: str) -> Place:
    return Place("conversations", column, str(conversation_id))
