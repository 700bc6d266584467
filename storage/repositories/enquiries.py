"""Enquiries and what was said about them, sealed under the keys of their cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, case, insert, literal_column, select, update

from storage.enquiry_tables import enquiries, enquiry_words
from storage.envelopes import Place
from storage.keyring import Part
from storage.repositories.cases import case_key
from storage.repositories.conflicts import may_know, named
from storage.tables import cases
from storage.types import Id
from storage.work import Work
from triage.coordination.enquiry import Enquiry, EnquiryState, EnquiryWord, Passed, Says
from triage.ids import CaseCode, CaseId, ClockId, EnquiryId, EnquiryWordId, PersonId, SubmissionId

_E, _W = enquiries.c, enquiry_words.c
_FIND = select(enquiries).where(_E.id == bindparam("id", type_=Id()))
_LOCK = _FIND.with_for_update()
_OF_CASE = select(enquiries).where(_E.case_id == bindparam("case_id", type_=Id())).order_by(_E.seq)
_HEARD = (EnquiryState.WAITS.value, EnquiryState.ANSWERED.value)
_OF_AUTHORITY = (
    select(enquiries)
    .join(cases, cases.c.id == _E.case_id)
    .where(_E.authority == bindparam("authority"), _E.state.in_(_HEARD), may_know())
    .order_by(case((_E.state == EnquiryState.WAITS.value, 0), else_=1), _E.seq.desc())
    .limit(bindparam("limit"))
)
_SECOND = (
    select(cases.c.code)
    .join(enquiries, cases.c.id == _E.case_id)
    .where(
        literal_column("enquiries.ended_at IS NULL"),
        _E.state == EnquiryState.AWAITS_SECOND_PERSON.value,
        _E.asked_by != bindparam("person", type_=Id()),
        may_know(),
    )
    .group_by(cases.c.code, cases.c.received_at)
    .order_by(cases.c.received_at, cases.c.code)
    .limit(bindparam("limit"))
)
_SAVE = update(enquiries).where(_E.id == bindparam("row_id", type_=Id()))
_WORDS = (
    select(enquiry_words)
    .where(_W.enquiry_id.in_(bindparam("ids", expanding=True, type_=Id())))
    .order_by(_W.seq)
)


class SqlEnquiries:
    """The port `Enquiries` on both engines."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def add(self, enquiry: Enquiry) -> None:
        key = case_key(self._work, enquiry.case_id, Part.BODY)
        self._work.run(
            insert(enquiries),
            {
                "id": enquiry.id,
                "case_id": enquiry.case_id,
                "authority": enquiry.authority,
                "asked_by": enquiry.asked_by,
                "asked_at": enquiry.asked_at,
                "basis": enquiry.basis,
                "passed": [[str(each.submission_id), each.question] for each in enquiry.passed],
                "necessity": key.seal_text(_necessity(enquiry.id), enquiry.necessity),
                **_standing(enquiry),
            },
        )

    def save(self, enquiry: Enquiry) -> None:
        self._work.run(_SAVE, {"row_id": enquiry.id, **_standing(enquiry)})

    def lock(self, enquiry_id: EnquiryId) -> Enquiry | None:
        return self._one(self._work.one(_LOCK, {"id": enquiry_id}))

    def find(self, enquiry_id: EnquiryId) -> Enquiry | None:
        return self._one(self._work.one(_FIND, {"id": enquiry_id}))

    def of_case(self, case_id: CaseId) -> Sequence[Enquiry]:
        rows = self._work.all(_OF_CASE, {"case_id": case_id})
        if not rows:
            return []
        key = case_key(self._work, case_id, Part.BODY)
        return [_enquiry(row, key.open_text(_necessity(row.id), row.necessity)) for row in rows]

    def of_authority(self, authority: str, *, reader: PersonId, limit: int) -> Sequence[Enquiry]:
        where = {"authority": authority, "reader": named(reader), "limit": limit}
        return [_enquiry(row, "") for row in self._work.all(_OF_AUTHORITY, where)]

    def waiting_for_a_second(self, person_id: PersonId, *, limit: int) -> Sequence[CaseCode]:
        where = {"reader": named(person_id), "person": person_id, "limit": limit}
        return [CaseCode(row.code) for row in self._work.all(_SECOND, where)]

    def say(self, enquiry: Enquiry, word: EnquiryWord) -> None:
        words = None
        if word.words is not None:
            words = case_key(self._work, enquiry.case_id, Part.BODY).seal_text(_words(word.id), word.words)
        self._work.run(
            insert(enquiry_words),
            {
                "id": word.id,
                "enquiry_id": enquiry.id,
                "case_id": enquiry.case_id,
                "at": word.at,
                "by": word.by,
                "says": word.says.value,
                "basis": word.basis,
                "to": word.to,
                "words": words,
            },
        )

    def words_of(
        self, case_id: CaseId, enquiry_ids: Collection[EnquiryId]
    ) -> Mapping[EnquiryId, Sequence[EnquiryWord]]:
        rows = self._work.all(_WORDS, {"ids": list(enquiry_ids)}) if enquiry_ids else []
        found: defaultdict[EnquiryId, list[EnquiryWord]] = defaultdict(list)
        key = case_key(self._work, case_id, Part.BODY) if rows else None
        for row in rows:
            said = None if key is None or row.words is None else key.open_text(_words(row.id), row.words)
            found[EnquiryId(row.enquiry_id)].append(
                EnquiryWord(
                    id=EnquiryWordId(row.id),
                    at=row.at,
                    by=PersonId(row.by),
                    says=Says(row.says),
                    basis=row.basis,
                    to=None if row.to is None else PersonId(row.to),
                    words=said,
                )
            )
        return found

    def _one(self, row: Row[Any] | None) -> Enquiry | None:
        if row is None:
            return None
        key = case_key(self._work, CaseId(row.case_id), Part.BODY)
        return _enquiry(row, key.open_text(_necessity(row.id), row.necessity))


def _necessity(enquiry_id: object) -> Place:
    return Place("enquiries", "necessity", str(enquiry_id))


def _words(word_id: object) -> Place:
    return Place("enquiry_words", "words", str(word_id))


def _standing(enquiry: Enquiry) -> dict[str, Any]:
    return {
        "state": enquiry.state.value,
        "confirmed_by": enquiry.confirmed_by,
        "clock_id": enquiry.clock_id,
        "holder": enquiry.holder,
        "ended_at": enquiry.ended_at,
    }


def _enquiry(row: Row[Any], necessity: str) -> Enquiry:
    return Enquiry(
        id=EnquiryId(row.id),
        case_id=CaseId(row.case_id),
        authority=row.authority,
        asked_by=PersonId(row.asked_by),
        asked_at=row.asked_at,
        basis=row.basis,
        passed=tuple(
            Passed(submission_id=SubmissionId(UUID(each)), question=question) for each, question in row.passed
        ),
        state=EnquiryState(row.state),
        necessity=necessity,
        confirmed_by=None if row.confirmed_by is None else PersonId(row.confirmed_by),
        clock_id=None if row.clock_id is None else ClockId(row.clock_id),
        holder=None if row.holder is None else PersonId(row.holder),
        ended_at=row.ended_at,
    )
