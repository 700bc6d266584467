"""What the conversation asks of the outside, beside what a case asks."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from handlers.dialog.conversation import Conversation, Door, Link
from triage.cases.records import TakenDown
from triage.ids import ConversationId, PersonId
from triage.ports import Transaction


class Conversations(Protocol):
    """Conversations, each with at most one draft. The row's lock is what keeps a conversation's order."""

    def lock_peer(self, channel: str, peer: bytes, *, address: str | None) -> Conversation:
        """The conversation of this keyed peer hash, inserted if absent, locked until the transaction ends.

        `address` is where replies go on that channel; it is sealed. A conversation whose draft has expired or
        was erased comes back with no draft.
        """

    def lock(self, conversation_id: ConversationId) -> Conversation | None:
        """The conversation, locked until the transaction ends."""

    def find(self, conversation_id: ConversationId) -> Conversation | None:
        """The conversation as it stands, for showing only."""

    def open_new(self, channel: str) -> Conversation:
        """A fresh conversation without a peer (web, terminal, console)."""

    def save(self, conversation: Conversation) -> None:
        """Write the conversation back; its draft is sealed under the draft's own key, made anew each round."""

    def drop_draft(self, conversation_id: ConversationId) -> None:
        """Destroy the draft and its key."""

    def archive_flow(self, fingerprint: str, canonical: str) -> None:
        """Keep a flow's own data for ever, once per fingerprint."""

    def archived_flow(self, fingerprint: str) -> str | None:
        """The flow's own data as it was when reports were given to it."""

    def add_link(self, digest: bytes, link: Link) -> None:
        """Store the hash of a one-time link."""

    def lock_link(self, digest: bytes) -> Link | None:
        """The one-time link of this hash, locked."""

    def use_link(self, digest: bytes) -> None:
        """Mark the link as used at the transaction's time."""

    def add_door(self, digest: bytes, door: Door) -> None:
        """Store the hash of a reporter's browser cookie."""

    def find_door(self, digest: bytes) -> Door | None:
        """The browser's door, unless it has expired."""

    def save_door(self, digest: bytes, door: Door) -> None:
        """Write a door back."""

    def close_door(self, digest: bytes) -> None:
        """Forget a browser."""

    def note_received(self, conversation_id: ConversationId, message: int, *, sensitive: bool) -> None:
        """Remember a chat message of the reporter, so that it can be deleted from the chat."""

    def chat_messages(self, conversation_id: ConversationId, *, since: datetime) -> list[int]:
        """Ids of the chat's messages, the bot's own and the reporter's, that are still there and not too old."""

    def begin_taking_down(self, taken: TakenDown) -> None:
        """Note who writes down what in a conversation of the console; it goes with a draft that is not sent."""

    def taken_down(self, conversation_id: ConversationId) -> TakenDown | None:
        """Who writes down what in this conversation, if staff do."""

    def being_taken_down(self, by: PersonId) -> list[TakenDown]:
        """What this person has begun to write down and has not sent, the latest first; no words of it."""

    def stop_taking_down(self, conversation_id: ConversationId) -> None:
        """Forget what was noted, because it will not be sent."""

    def just_expired(self, channel: str, *, limit: int) -> list[ConversationId]:
        """Conversations of this channel whose draft's time is up and that `expire` has not seen yet."""

    def expire(self, *, limit: int) -> int:
        """Destroy drafts, links and doors whose time is up; how many went.

        The address of a conversation from which nothing was sent goes within the hour, unless an alarm is open.
        """


class IntakeTransaction(Transaction, Protocol):
    """A transaction that also reaches the conversation."""

    @property
    def conversations(self) -> Conversations: ...
