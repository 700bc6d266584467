"""A mail that came back: what it told has reached nobody by it, so it becomes a task and goes on by another way."""

from __future__ import annotations

from collections.abc import Collection

from triage.audit import Act, Actor
from triage.ports import Transaction


def take_returned(tx: Transaction, *, names: Collection[str]) -> int:
    """Note mails that came back, by what stood before the @ of their Message-IDs; how many notices they carried.

    One that came back before, or that is none of ours, changes nothing.
    """
    count = 0
    for name in sorted(names):
        for row in tx.notices.mail_returned(name):
            tx.audit.record(Act.NOTICE_RETURNED, actor=Actor.SYSTEM, object_id=row)
            count += 1
    return count
