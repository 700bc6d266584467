"""What did not arrive and what could not be read: tasks on the first page of whoever may see to them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from admin.desk import Desk, Visit, home_of, once, once_done, see_other
from handlers.dialog.ports import IntakeTransaction
from triage.ids import OutboxId, PersonId
from triage.notices.outbox import Lane, ParkedNotice, Undelivered, Via
from triage.notices.undelivered import read_parked, read_undelivered, settle_parked, settle_undelivered
from triage.refusals import Refused
from triage.rules import Rules

SAID = frozenset({"settled", "parked_settled", "settled_already"})
"""What the first page says after one of these acts."""

_BAD_ADDRESS = frozenset({"bad_address", "mailbox_refused", "mail_returned"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A message that did not arrive, and the end of the text key that says what to do about it."""

    row: Undelivered
    do: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks:
    """What stands on the page; `urgent` when an escalation is among it."""

    undelivered: tuple[Task, ...] = ()
    parked: tuple[ParkedNotice, ...] = ()

    @property
    def urgent(self) -> bool:
        """Whether somebody was to be told of a deadline or an alarm and was not."""
        return any(task.row.lane is Lane.ESCALATION for task in self.undelivered)

    @property
    def mark(self) -> str:
        """A text that is another one as soon as the tasks are others."""
        ids = [task.row.id for task in self.undelivered] + [each.id for each in self.parked]
        return ",".join(str(each) for each in ids)


def tasks_of(tx: IntakeTransaction, rules: Rules, by: PersonId) -> Tasks:
    """The tasks that this person may see to; none of what they may not."""
    undelivered = read_undelivered(tx, rules, by=by)
    parked = read_parked(tx, by=by)
    return Tasks(
        undelivered=()
        if isinstance(undelivered, Refused)
        else tuple(Task(row=row, do=_do(row)) for row in undelivered),
        parked=() if isinstance(parked, Refused) else parked,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksPage:
    """`/desk/undelivered/{row}` and `/desk/parked/{parked}`: that somebody saw to it."""

    desk: Desk

    async def settle(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Somebody was told in another way."""
        form = await self.desk.form(request, session=visit.token)
        parts, row = self.desk.parts, OutboxId(_id(request, "row"))
        key = once(request, form, by=visit.by)
        done = await parts.store.write_repeatable(_settle, parts.rules, by=visit.by, row=row, key=key)
        return see_other(home_of(visit), {"said": "settled" if done else "settled_already"})

    async def settle_parked(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Somebody looked; the parked message is destroyed."""
        form = await self.desk.form(request, session=visit.token)
        parked_id = _id(request, "parked")
        key = once(request, form, by=visit.by)
        done = await self.desk.parts.store.write_repeatable(
            _settle_parked, by=visit.by, parked_id=parked_id, key=key
        )
        return see_other(home_of(visit), {"said": "parked_settled" if done else "settled_already"})


def _settle(tx: IntakeTransaction, rules: Rules, *, by: PersonId, row: OutboxId, key: str) -> bool:
    return once_done(tx, key, settle_undelivered(tx, rules, by=by, row=row))


def _settle_parked(tx: IntakeTransaction, *, by: PersonId, parked_id: UUID, key: str) -> bool:
    return once_done(tx, key, settle_parked(tx, by=by, parked_id=parked_id))


def _do(row: Undelivered) -> str:
    if row.person is None:
        return "reporter"
    if row.via is None:
        return "channels"
    if row.via in {Via.TELEGRAM, Via.SMS}:
        return row.via.value
    return "address" if row.error in _BAD_ADDRESS else "mail"


def _id(request: web.Request, name: str) -> UUID:
    try:
        return UUID(request.match_info[name])
    except ValueError as error:
        raise web.HTTPNotFound from error
