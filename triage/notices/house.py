"""Notices about the house itself: something in it needs a person, and no case says so."""

from __future__ import annotations

from uuid import UUID

from triage.clocks.policy import Audience
from triage.notices.notice import NOTICE_KEYS, Notice, Subject
from triage.notices.telling import tell
from triage.ports import Transaction
from triage.rules import Rules


def tell_of_parked(tx: Transaction, rules: Rules, parked_id: UUID) -> None:
    """An update could not be digested and was put aside: someone's words wait there, so the head is told at once."""
    notice = Notice(
        key=NOTICE_KEYS[Subject.UPDATE_PARKED],
        occasion=f"parked:{parked_id}",
        topic="parked",
        about=parked_id,
    )
    tell(tx, rules, notice, (Audience.DUTY_OFFICER, Audience.HEAD), not_before=tx.now, wakes=False)
