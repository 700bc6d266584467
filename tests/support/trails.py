"""Readings, written down as many as a test needs, and looked at."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_person, some_rules
from triage.audit import Act, AuditEntry
from triage.cases.case import Case
from triage.cases.conflict import keep_out
from triage.cases.reading import CaseView, read_case
from triage.cases.trail import Trail, read_own_trail, read_trail
from triage.cases.words import Done
from triage.ids import CaseCode, PersonId
from triage.people.person import Person, Role


async def opens(store: Store, who: Person, *cases: Case) -> None:
    """Let somebody read these cases."""
    for case in cases:
        assert isinstance(await store.write(read_case, some_rules(), code=case.code, by=who.id), CaseView)


def noted(
    tx: Transaction, /, readings: Iterable[tuple[PersonId, Act, UUID | None, datetime]], **facts: str
) -> None:
    """Write these readings down, in their order."""
    tx.audit.add(
        [
            AuditEntry(id=tx.new_id(), at=at, act=act, actor=by, object_id=object_id, facts=facts)
            for by, act, object_id, at in readings
        ]
    )


async def hidden_from(store: Store, who: PersonId, case: Case) -> None:
    """Keep somebody out of a case."""
    head = await store.write(a_person, roles=[Role.HEAD])
    done = await store.write(
        keep_out, some_rules(), case_id=case.id, by=head.id, person_id=who, words="Synthetic."
    )
    assert isinstance(done, Done)


async def all_of(
    store: Store,
    by: PersonId,
    code: CaseCode | None = None,
    *,
    day: date | None = None,
    person: PersonId | None = None,
) -> Trail:
    found = await store.write(read_trail, some_rules(), by=by, code=code, day=day, person_id=person)
    assert isinstance(found, Trail)
    return found


async def own(store: Store, by: PersonId, before: int | None = None) -> Trail:
    found = await store.read(read_own_trail, by=by, before=before)
    assert isinstance(found, Trail)
    return found
