"""Staff in the chat: a one-time code that links it, and the button under a notice that says "I have it"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import assert_never

from handlers.telegram.callback import pack_acknowledge
from handlers.telegram.door import TelegramDoor
from handlers.telegram.incoming import Acknowledges
from triage.ids import CODE_ALPHABET, OutboxId
from triage.notices.acknowledge import Acknowledgement, Stand, acknowledge
from triage.notices.outbox import Lane, Outgoing, Via
from triage.people.duty import link_telegram
from triage.people.person import Person
from triage.ports import Transaction
from triage.refusals import Reason, Refused

_CODE = re.compile(rf"[{CODE_ALPHABET}]{{4}}[ -]?[{CODE_ALPHABET}]{{4}}", re.ASCII)
_LINKED = "notice.telegram_linked.body"


def link_typed_code(tx: Transaction, text: str, *, chat: int) -> str | None:
    """The key of what to say if the words are a link code, or None if they are anything else."""
    typed = text.strip().upper()
    if _CODE.fullmatch(typed) is None:
        return None
    linked = link_telegram(tx, code=typed, chat=chat)
    if not isinstance(linked, Refused):
        return _LINKED
    # A word of eight letters is an answer like any other, unless a code of ours stands behind it.
    if linked.reason in {Reason.WRONG_CODE, Reason.TOO_MANY_TRIES}:
        return None
    return f"refused.{linked.reason}"


def take_acknowledgement(
    tx: Transaction, door: TelegramDoor, pressed: Acknowledges, *, chat: int, user: int
) -> str:
    """What to answer to the press; the button of this copy says from then on who has it, and until when.

    Only the chat that a person linked speaks for that person; to any other the button says nothing.
    """
    # A private chat has the number of its one person.
    person = tx.people.find_by_telegram(chat) if chat == user else None
    if person is None:
        return door.words.text("notice.acknowledge.not_here", door.intake.languages[0])
    done = acknowledge(tx, door.intake.rules, clock_id=pressed.clock_id, by=person.id)
    if isinstance(done, Refused):
        over = done.reason is Reason.NOT_WAITING
        if over:
            _redraw(tx, person, pressed, chat=chat, label=None)
        return door.words.text(f"notice.acknowledge.{'over' if over else 'not_yours'}", person.language)
    said = _said(tx, door, done)
    _redraw(tx, person, pressed, chat=chat, label=said)
    return said


def _said(tx: Transaction, door: TelegramDoor, done: Acknowledgement) -> str:
    language = done.reader.language
    until = "" if done.until is None else door.words.day_time(done.until, language, near=tx.now)
    name = "" if done.by is None else done.by.name
    match done.stand:
        case Stand.OPEN | Stand.YOURS:
            return door.words.text("notice.acknowledge.yours", language, until=until)
        case Stand.THEIRS:
            return door.words.text("notice.acknowledge.theirs", language, name=name, until=until)
        case Stand.HELD:
            return door.words.text("notice.acknowledge.held", language, name=name)
        case _:
            assert_never(done.stand)


def _redraw(tx: Transaction, person: Person, pressed: Acknowledges, *, chat: int, label: str | None) -> None:
    """Let the pressed button say how it stands, or take it away; what stands beside it stays."""
    data = pack_acknowledge(pressed.clock_id)
    rows: Sequence[Sequence[object]] = [
        [
            {**button, "text": label} if button["callback_data"] == data else button
            for button in row
            if label is not None or button["callback_data"] != data
        ]
        for row in pressed.buttons
    ]
    params = {
        "chat_id": chat,
        "message_id": pressed.shown,
        "reply_markup": {"inline_keyboard": [row for row in rows if row]},
    }
    tx.outbox.add(
        Outgoing(
            id=OutboxId(tx.new_id()),
            lane=Lane.ESCALATION,
            via=Via.TELEGRAM,
            peer=f"person:{person.id}",
            payload={"method": "editMessageReplyMarkup", "params": params},
            not_before=tx.now,
            person_id=person.id,
        ),
        leased=True,
    )
