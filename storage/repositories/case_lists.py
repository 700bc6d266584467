"""The questions that give lists of cases: the queue, what is decided, what is promised, whom to call."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Select,
    bindparam,
    desc,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    union,
)
from sqlalchemy.sql.elements import ColumnElement

from storage.enquiry_tables import enquiries
from storage.repositories.conflicts import may_know
from storage.tables import IS_HELD, WANTS_CALL, cases
from storage.types import Id, Instant
from triage.cases.case import CaseState, Show
from triage.cases.searching import FoundPlace, Wanted
from triage.ids import PersonId

NO_CLOCK = datetime(9999, 1, 1, tzinfo=UTC)
"""Stands as `due_at` of a case on which no clock runs, so that it comes last."""

COLUMNS = select(*(column for column in cases.c if column.name not in {"waits", "due_at"}))
_IN_ORDER = (desc(cases.c.acute), cases.c.due_at, cases.c.received_at, cases.c.id)
QUEUE = COLUMNS.where(cases.c.waits.is_(True), may_know()).order_by(*_IN_ORDER).limit(bindparam("limit"))
# In no order: whichever are counted, there are so many.
COUNT_WAITING = select(func.count()).select_from(
    select(cases.c.id).where(cases.c.waits.is_(True), may_know()).limit(bindparam("limit")).subquery()
)
_PLACE = tuple_(
    bindparam("due_at", type_=Instant()),
    bindparam("received_at", type_=Instant()),
    bindparam("id", type_=Id()),
)
# By place and not by number: what was decided meanwhile shifts nothing, so no case falls between two pages.
# Acute ones and all others are asked for apart: one condition for both would walk the index from its beginning.
QUEUE_BEHIND = QUEUE.where(
    cases.c.acute == bindparam("acute", type_=Boolean()),
    tuple_(cases.c.due_at, cases.c.received_at, cases.c.id) > _PLACE,
)
QUEUE_NOT_ACUTE = QUEUE.where(cases.c.acute.is_(False))
DECIDED = (
    COLUMNS.where(cases.c.waits.is_(False), may_know())
    .order_by(desc(cases.c.decided_at), cases.c.id)
    .limit(bindparam("limit"))
)
PROMISED = (
    COLUMNS.where(cases.c.due_at <= bindparam("until", type_=Instant()), may_know())
    .order_by(cases.c.due_at, cases.c.id)
    .limit(bindparam("limit"))
)
STILL_PROMISED = PROMISED.where(cases.c.waits.is_(False))
# The condition stands as the index has it, word for word, so that a prepared statement can use the index.
TO_CALL = (
    COLUMNS.where(literal_column(WANTS_CALL), may_know())
    .order_by(cases.c.received_at, cases.c.id)
    .limit(bindparam("limit"))
)
OWN_TO_CALL = TO_CALL.where(
    or_(cases.c.assignee == bindparam("person", type_=Id()), cases.c.assignee.is_(None))
)
# What only somebody else can do: each half by its own index, which one condition for both would not use.
_FOR_OTHERS = union(
    select(cases.c.id).where(
        cases.c.waits.is_(True),
        or_(
            cases.c.state.in_((CaseState.AWAITS_SECOND_PERSON.value, CaseState.AWAITS_RECEIPT.value)),
            cases.c.kind_asked.is_not(None),
        ),
    ),
    select(enquiries.c.case_id).where(literal_column("enquiries.ended_at IS NULL")),
)
HELD_BY = COLUMNS.where(
    cases.c.assignee == bindparam("person", type_=Id()), cases.c.closed_at.is_(None)
).order_by(cases.c.id)


def shown(show: Show, reader: PersonId, now: datetime) -> Select[Any]:
    """The question for open cases of this kind; it needs `reader` and `limit`."""
    wanted = _wanted(show, reader, now)
    return COLUMNS.where(*wanted, may_know()).order_by(*_IN_ORDER).limit(bindparam("limit"))


def _wanted(show: Show, reader: PersonId, now: datetime) -> list[ColumnElement[bool]]:
    waits = cases.c.waits.is_(True)
    match show:
        case Show.QUEUE:
            return [waits]
        case Show.MINE:
            return [literal_column(IS_HELD), cases.c.assignee == literal(reader, Id())]
        case Show.UNASSIGNED:
            return [waits, cases.c.assignee.is_(None)]
        case Show.OVERDUE:
            return [cases.c.due_at < literal(now, Instant())]
        case Show.OTHERS:
            return [cases.c.closed_at.is_(None), cases.c.id.in_(_FOR_OTHERS)]


def found(wanted: Wanted, after: FoundPlace | None) -> Select[Any]:
    """The question for cases that are as wanted, the latest first; it needs `reader` and `limit`."""
    asked = exists().where(enquiries.c.case_id == cases.c.id, enquiries.c.authority == wanted.authority)
    conditions: list[ColumnElement[bool]] = [may_know()]
    if wanted.since is not None:
        conditions.append(cases.c.received_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(cases.c.received_at < wanted.until)
    if wanted.municipality is not None:
        conditions.append(cases.c.municipality == wanted.municipality)
    if wanted.state is not None:
        conditions.append(cases.c.state == wanted.state.value)
    if wanted.authority is not None:
        conditions.append(asked)
    if after is not None:
        place = tuple_(literal(after.received_at, Instant()), literal(after.id, Id()))
        conditions.append(tuple_(cases.c.received_at, cases.c.id) < place)
    return (
        COLUMNS.where(*conditions)
        .order_by(desc(cases.c.received_at), desc(cases.c.id))
        .limit(bindparam("limit"))
    )
