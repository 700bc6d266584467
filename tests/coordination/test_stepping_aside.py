"""A member of the unit who knows somebody in a case says so, and sees no more of it; their colleagues answer."""

from __future__ import annotations

import pytest

from storage.store import Store
from storage.transaction import Transaction
from tests.coordination.test_enquiries import RULES, asks, decided, member, the_enquiry
from tests.support.builders import a_person, notices
from triage.cases.case import EventKind
from triage.coordination.answering import Answered, answer, read_asked
from triage.coordination.enquiry import EnquiryState, Says
from triage.people.person import Person
from triage.refusals import Reason, Refused


@pytest.fixture
async def officer(store: Store) -> Person:
    return await store.write(a_person, on_duty=True)


@pytest.mark.parametrize("handed", [True, False])
async def test_a_member_who_knows_somebody_in_the_case_says_so_and_sees_no_more_of_it(
    store: Store, officer: Person, *, handed: bool
) -> None:
    mine, colleague = await store.write(member), await store.write(member)
    case = await store.write(decided, officer.id)
    await store.write(asks, case, officer.id)
    enquiry = await the_enquiry(store, case)

    def says(tx: Transaction, by: Person, said: Says, to: Person | None = None) -> Answered | Refused:
        to_id = None if to is None else to.id
        return answer(tx, RULES, enquiry_id=enquiry.id, by=by.id, says=said, to=to_id)

    if handed:
        assert isinstance(await store.write(says, colleague, Says.HANDED_ON, mine), Answered)

    done = await store.write(says, mine, Says.CONFLICT)

    assert isinstance(done, Answered)
    assert (done.enquiry.state, done.enquiry.holder) == (EnquiryState.WAITS, None)
    assert await store.read(lambda tx: read_asked(tx, by=mine.id)) == ()
    assert await store.write(says, mine, Says.NOTHING_KNOWN) == Refused(Reason.NOT_FOUND)
    assert (await store.read(lambda tx: tx.cases.get(case.id))).conflicts == {mine.id}
    kinds = [event.kind for event in await store.read(lambda tx: tx.cases.timeline(case.id))]
    assert kinds[-2:] == [EventKind.ASKING_SAID, EventKind.KEPT_OUT]
    told = {(row.notice, row.person_id) for row in await store.read(notices) if row.state == "pending"}
    assert ("notice.enquiry_answered", officer.id) in told
    assert ("notice.enquiry_waits", mine.id) not in told
    assert ("notice.enquiry_waits", colleague.id) in told
    # The authority can still answer.
    assert isinstance(await store.write(says, colleague, Says.NOTHING_KNOWN), Answered)
