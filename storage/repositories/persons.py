"""Marks of the people whom cases are about, searches by them, and links between cases."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, LargeBinary, Row, bindparam, delete, insert, or_, select, update

from storage.envelopes import Place
from storage.keyring import House, Part
from storage.person_tables import case_links, person_marks, person_searches
from storage.repositories.case_rows import maybe_person
from storage.repositories.cases import case_key
from storage.repositories.conflicts import may_know, named
from storage.tables import cases
from storage.types import Id, Instant
from storage.work import Work
from triage.cases.person_marks import Mark, MarkKind
from triage.cases.person_ports import CaseLink, Searched
from triage.ids import CaseId, LinkId, PersonId

_M, _S, _L = person_marks.c, person_searches.c, case_links.c
_DIGESTS: BindParameter[Any] = bindparam("digests", expanding=True, type_=LargeBinary())
_FOUND = (
    select(cases.c.id)
    .join(person_marks, cases.c.id == _M.case_id)
    .where(_M.digest.in_(_DIGESTS), may_know())
    .group_by(cases.c.id, cases.c.received_at)
    .order_by(cases.c.received_at, cases.c.id)
    .limit(bindparam("limit"))
)
_MARKS = (
    select(person_marks)
    .where(_M.case_id.in_(bindparam("ids", expanding=True, type_=Id())), _M.digest.in_(_DIGESTS))
    .order_by(_M.seq)
)
_SEARCHES = (
    select(person_searches)
    .where(_S.at >= bindparam("since", type_=Instant()), _S.at < bindparam("until", type_=Instant()))
    .order_by(_S.seq.desc())
    .limit(bindparam("limit"))
)
_CASE = bindparam("case_id", type_=Id())
_OF_CASE = or_(_L.case_a == _CASE, _L.case_b == _CASE)
# The case itself is read already, so it may be known of; the condition is asked of the other one.
_LINKS = (
    select(case_links)
    .join(cases, or_(cases.c.id == _L.case_a, cases.c.id == _L.case_b))
    .where(_OF_CASE, cases.c.id != _CASE, may_know())
    .order_by(_L.seq)
)
_UNDO = update(case_links).where(_L.id == bindparam("row_id", type_=Id()))


class SqlPersons:
    """The port `Persons` on both engines."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def add_marks(self, case_id: CaseId, marks: Collection[Mark]) -> None:
        rows = [{"case_id": case_id, "kind": each.kind.value, "digest": each.digest} for each in marks]
        self._work.insert_absent(person_marks, rows)

    def find(
        self, digests: Collection[bytes], *, reader: PersonId, limit: int
    ) -> Mapping[CaseId, Sequence[Mark]]:
        where = {"digests": list(digests), "reader": named(reader), "limit": limit}
        found: dict[CaseId, list[Mark]] = {CaseId(row.id): [] for row in self._work.all(_FOUND, where)}
        if found:
            for row in self._work.all(_MARKS, {"ids": list(found), "digests": list(digests)}):
                found[CaseId(row.case_id)].append(Mark(kind=MarkKind(row.kind), digest=row.digest))
        return found

    def record_search(self, searched: Searched) -> None:
        row_id = self._work.house.new_id()
        key = self._work.keyring.house_key(House.SEARCHES)
        self._work.run(
            insert(person_searches),
            {
                "id": row_id,
                "by": searched.by,
                "at": searched.at,
                "kind": searched.kind.value,
                "digest": searched.digest,
                "purpose": key.seal_text(_purpose(row_id), searched.purpose),
                "found": searched.found,
            },
        )

    def searches(
        self, *, since: datetime, until: datetime, before: int | None, limit: int
    ) -> Sequence[Searched]:
        query = _SEARCHES if before is None else _SEARCHES.where(_S.seq < before)
        where = {"since": since, "until": until, "limit": limit}
        return [self._searched(row) for row in self._work.all(query, where)]

    def add_link(self, link: CaseLink) -> None:
        key = case_key(self._work, link.first, Part.BODY)
        self._work.run(
            insert(case_links),
            {
                "id": link.id,
                "case_a": link.first,
                "case_b": link.second,
                "by": link.by,
                "at": link.at,
                "reason": key.seal_text(_reason(link.id), link.reason),
                "undone_by": link.undone_by,
                "undone_at": link.undone_at,
            },
        )

    def undo_link(self, link: CaseLink) -> None:
        undone = {"undone_by": link.undone_by, "undone_at": link.undone_at}
        self._work.run(_UNDO, {"row_id": link.id, **undone})

    def links_of(self, case_id: CaseId, *, reader: PersonId) -> Sequence[CaseLink]:
        rows = self._work.all(_LINKS, {"case_id": case_id, "reader": named(reader)})
        return [self._link(row) for row in rows]

    def forget(self, case_id: CaseId) -> None:
        # Of links to cases too that are hidden from whoever it is that erases.
        self._work.read_for_the_house()
        self._work.run(delete(person_marks).where(_M.case_id == case_id))
        self._work.run(delete(case_links).where(or_(_L.case_a == case_id, _L.case_b == case_id)))

    def _searched(self, row: Row[Any]) -> Searched:
        key = self._work.keyring.house_key_of(row.purpose, House.SEARCHES)
        return Searched(
            by=PersonId(row.by),
            at=row.at,
            kind=MarkKind(row.kind),
            digest=row.digest,
            purpose=key.open_text(_purpose(row.id), row.purpose),
            found=row.found,
            place=row.seq,
        )

    def _link(self, row: Row[Any]) -> CaseLink:
        key = case_key(self._work, CaseId(row.case_a), Part.BODY)
        return CaseLink(
            id=LinkId(row.id),
            first=CaseId(row.case_a),
            second=CaseId(row.case_b),
            by=PersonId(row.by),
            at=row.at,
            reason=key.open_text(_reason(row.id), row.reason),
            undone_by=maybe_person(row.undone_by),
            undone_at=row.undone_at,
        )


def _purpose(row_id: object) -> Place:
    return Place("person_searches", "purpose", str(row_id))


def _reason(link_id: object) -> Place:
    return Place("case_links", "reason", str(link_id))
