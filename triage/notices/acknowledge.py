"""Saying that one has it: by a button in the chat, or by the link of a mail, which needs nobody to sign in."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from triage.access.table import Right, allowed
from triage.audit import Act
from triage.cases.case import CaseEvent, EventKind
from triage.clocks.clock import Clock
from triage.ids import CaseCode, ClockId, PersonId
from triage.limits import Limit
from triage.notices.ladder import Ladder, acknowledged
from triage.people.person import Person
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules

PURPOSE = "acknowledge"
"""What the links are keyed for: a hash made for anything else opens none of them."""

WRONG_LINKS = Limit(burst=20, refill=timedelta(minutes=1))
"""Links that nobody wrote, from one address; a link holds 128 bits that cannot be guessed."""

_ID_BYTES = 16
_MARK_BYTES = 16
_LONGEST = 100

Digest = Callable[[str, bytes], bytes]
"""A keyed hash of a secret, apart for each purpose."""


class Stand(StrEnum):
    """Whose it is, as the reader sees it; shown as the text `notice.acknowledge.<code>` and on the page of the link."""

    OPEN = "open"
    YOURS = "yours"
    THEIRS = "theirs"
    HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """How a clock's telling stands for one person. It holds no word of anybody but the name of a member of staff.

    `at` is when it was looked at. `by` is who has it, `until` how long it is quiet, None where somebody holds the case
    or nobody has said anything. `fresh` is whether it became so just now.
    """

    clock_id: ClockId
    at: datetime
    reader: Person
    stand: Stand
    code: CaseCode | None
    by: Person | None = None
    until: datetime | None = None
    fresh: bool = False


def acknowledge(
    tx: Transaction, rules: Rules, *, clock_id: ClockId, by: PersonId
) -> Acknowledgement | Refused:
    """Say that one has what this clock told of: nobody further up is told for the agreed time, and the clock runs on.

    Whoever was told may. What somebody has said already stands, and the answer tells who. `NOT_ALLOWED` for those who
    were not told, `NOT_WAITING` once the clock has stopped.
    """
    ladder = tx.ladders.lock(clock_id)
    found = _standing(tx, ladder, by)
    if isinstance(found, Refused) or ladder is None:
        return found if isinstance(found, Refused) else Refused(Reason.NOT_ALLOWED)
    if found.stand is not Stand.OPEN:
        return found
    clock = tx.clocks.get(clock_id)
    after = acknowledged(ladder, rules, clock, by=by, now=tx.now)
    tx.ladders.save(after)
    _record(tx, clock, after, by)
    return _seen(found.reader, after, tx.now, code=found.code, by=found.reader, fresh=True)


def see_acknowledgement(tx: Transaction, *, clock_id: ClockId, by: PersonId) -> Acknowledgement | Refused:
    """How it stands, for showing only; refused as `acknowledge` is."""
    return _standing(tx, tx.ladders.find(clock_id), by)


def link_token(digest: Digest, clock_id: ClockId, person_id: PersonId) -> str:
    """What stands in a mail's link: the clock, the person, and a keyed mark that both belong together.

    Nothing is kept of it. It works as long as the clock runs.
    """
    said = clock_id.bytes + person_id.bytes
    mark = digest(PURPOSE, said)[:_MARK_BYTES]
    return base64.urlsafe_b64encode(said + mark).decode("ascii").rstrip("=")


def read_token(digest: Digest, token: str) -> tuple[ClockId, PersonId] | None:
    """The clock and the person of a link that this house wrote, or None for any other text."""
    if len(token) > _LONGEST or not token.isascii():
        return None
    try:
        content = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    said, mark = content[: 2 * _ID_BYTES], content[2 * _ID_BYTES :]
    if len(mark) != _MARK_BYTES or not hmac.compare_digest(mark, digest(PURPOSE, said)[:_MARK_BYTES]):
        return None
    return ClockId(UUID(bytes=said[:_ID_BYTES])), PersonId(UUID(bytes=said[_ID_BYTES:]))


def open_link(tx: Transaction, *, token: str, source: str) -> Acknowledgement | Refused:
    """What the page behind a mail's link shows. It changes nothing, however often machines look.

    `WRONG_CODE` for a text that is no link of ours: whoever asked is counted by `count_wrong_link`, and after too many
    is shown nothing. `source` is a keyed hash of whence it was asked.
    """
    if WRONG_LINKS.is_spent(tx, _tries(source)):
        return Refused(Reason.TOO_MANY_TRIES)
    read = read_token(tx.digest, token)
    return (
        Refused(Reason.WRONG_CODE) if read is None else see_acknowledgement(tx, clock_id=read[0], by=read[1])
    )


def count_wrong_link(tx: Transaction, *, source: str) -> None:
    """Note that a link was asked for that this house never wrote."""
    WRONG_LINKS.allows(tx, _tries(source))


def take_link(tx: Transaction, rules: Rules, *, token: str, source: str) -> Acknowledgement | Refused:
    """Acknowledge by a mail's link, in the name of whom it was written to; refused as the page is."""
    if WRONG_LINKS.is_spent(tx, _tries(source)):
        return Refused(Reason.TOO_MANY_TRIES)
    read = read_token(tx.digest, token)
    if read is None:
        count_wrong_link(tx, source=source)
        return Refused(Reason.WRONG_CODE)
    return acknowledge(tx, rules, clock_id=read[0], by=read[1])


def _tries(source: str) -> str:
    return f"acknowledge:{source}"


def _standing(tx: Transaction, ladder: Ladder | None, by: PersonId) -> Acknowledgement | Refused:
    if ladder is None or by not in ladder.told_people:
        return Refused(Reason.NOT_ALLOWED)
    reader = tx.people.get(by)
    if not allowed(reader, Right.ACKNOWLEDGE):
        return Refused(Reason.NOT_ALLOWED)
    clock = tx.clocks.get(ladder.clock_id)
    if clock.stopped_at is not None or ladder.ended_at is not None:
        return Refused(Reason.NOT_WAITING)
    case = None if clock.case_id is None else tx.cases.get(clock.case_id)
    if case is not None and by in case.conflicts:
        return Refused(Reason.NOT_ALLOWED)
    code = None if case is None else case.code
    answered_by = ladder.acknowledged_by
    person = None if answered_by is None else tx.people.get(answered_by)
    return _seen(reader, ladder, tx.now, code=code, by=person, fresh=False)


def _seen(
    reader: Person, ladder: Ladder, now: datetime, *, code: CaseCode | None, by: Person | None, fresh: bool
) -> Acknowledgement:
    stand, until = Stand.OPEN, None
    if ladder.is_held:
        stand = Stand.HELD
    elif ladder.is_quiet(now):
        stand = Stand.YOURS if ladder.acknowledged_by == reader.id else Stand.THEIRS
        until = ladder.quiet_until
    return Acknowledgement(
        clock_id=ladder.clock_id,
        at=now,
        reader=reader,
        stand=stand,
        code=code,
        by=None if stand is Stand.OPEN else by,
        until=until,
        fresh=fresh,
    )


def _record(tx: Transaction, clock: Clock, ladder: Ladder, by: PersonId) -> None:
    facts = {
        "policy": str(clock.policy_id),
        # A case may have two clocks of one policy: the page of notices asks which was answered.
        "clock": str(clock.id),
        "rung": ladder.rung.value,
        "until": "" if ladder.quiet_until is None else ladder.quiet_until.isoformat(),
    }
    about = clock.case_id or clock.alarm_id or clock.id
    tx.audit.record(Act.NOTICE_ACKNOWLEDGED, actor=by, object_id=about, facts=facts)
    if clock.case_id is not None:
        event = CaseEvent(
            id=tx.new_id(),
            case_id=clock.case_id,
            kind=EventKind.ACKNOWLEDGED,
            at=tx.now,
            by=by,
            facts=facts,
        )
        tx.cases.record(event)
