"""A member of staff types a one-time code to the bot, and notices reach them here from then on."""

from __future__ import annotations

import re

from triage.ids import CODE_ALPHABET
from triage.people.duty import link_telegram
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
