"""Asking authorities about a case, and what their members see of it and answer: on both engines."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import pytest

from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_person, a_submission, notices, some_rules
from tests.support.passing import let_pass
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.cases.case import Case, EventKind, Show
from triage.cases.conflict import keep_out
from triage.cases.decide import decide
from triage.cases.handle import claim, close_case
from triage.cases.reading import Why, why_waiting
from triage.cases.words import Done
from triage.coordination.answering import Answered, Asked, AskedView, answer, read_asked, read_enquiry
from triage.coordination.asking import agree, ask, can_be_passed, explain, withdraw
from triage.coordination.enquiry import ANSWERS, Enquiry, EnquiryState, Passed, Says
from triage.ids import EnquiryId, PersonId
from triage.people.person import Person, Role
from triage.refusals import Reason, Refused

RULES = some_rules()
WORDS = {"worry": "MARKER-WORRY", "family": "MARKER-FAMILY"}


def member(tx: Transaction, authority: str = "SSP") -> Person:
    return a_person(tx, roles=[Role.UNIT_MEMBER], authority=authority)


def decided(tx: Transaction, by: PersonId, *, to_unit: bool = True, named: bool = True) -> Case:
    """A case with two answers, of which it is decided that the unit is asked."""
    case = a_submission(tx, body=WORDS, identity=None if named else {})
    claim(tx, RULES, case_id=case.id, by=by)
    done = decide(
        tx,
        RULES,
        case_id=case.id,
        by=by,
        outcome="to_unit" if to_unit else "advice_only",
        reason="Synthetic.",
        local_action=True,
        to_unit=to_unit,
    )
    assert isinstance(done, Done)
    return done.case


def asks(
    tx: Transaction,
    case: Case,
    by: PersonId,
    *,
    authority: str = "SSP",
    basis: str = "rpl115_ssp",
    questions: Collection[str] = ("worry",),
    necessity: str = "MARKER-NECESSITY 010101-1234",
) -> Done | Refused:
    every = can_be_passed(RULES, tx.cases.submissions(case.id, identity=True))
    passed = [each for each in every if each.question in questions]
    return ask(
        tx,
        RULES,
        case_id=case.id,
        by=by,
        authority=authority,
        basis=basis,
        necessity=necessity,
        passed=passed,
    )


async def the_enquiry(store: Store, case: Case) -> Enquiry:
    return (await store.read(lambda tx: tx.enquiries.of_case(case.id)))[-1]


async def opened(store: Store, enquiry: Enquiry, by: Person) -> AskedView:
    view = await store.write(read_enquiry, enquiry_id=enquiry.id, by=by.id)
    assert isinstance(view, AskedView)
    return view


@pytest.fixture
async def officer(store: Store) -> Person:
    return await store.write(a_person, on_duty=True)


async def test_a_member_sees_what_was_passed_to_their_authority_and_not_a_sign_more(
    store: Store, officer: Person
) -> None:
    mine, theirs = await store.write(member), await store.write(member, "KF")
    case = await store.write(decided, officer.id)

    done = await store.write(asks, case, officer.id)
    enquiry = await the_enquiry(store, case)
    view = await opened(store, enquiry, mine)

    assert isinstance(done, Done)
    assert done.removed == 1
    assert [each.body for each in view.told] == [{"worry": "MARKER-WORRY"}]
    assert [(each.clear, each.identity) for each in view.told] == [({}, {})]
    assert "MARKER-FAMILY" not in str([(each.clear, each.body, each.identity) for each in view.told])
    assert enquiry.necessity.startswith("MARKER-NECESSITY")
    assert "010101-1234" not in enquiry.necessity
    [row] = await asked_of(store, mine)
    assert (row.code, row.enquiry.necessity) == (case.code, "")
    assert await asked_of(store, theirs) == ()
    for stranger in (theirs, officer):
        assert await store.write(read_enquiry, enquiry_id=enquiry.id, by=stranger.id) == Refused(
            Reason.NOT_FOUND
        )
        assert await store.write(
            answer, RULES, enquiry_id=enquiry.id, by=stranger.id, says="nothing_known"
        ) == Refused(Reason.NOT_FOUND)
    entries = await store.read(lambda tx: tx.audit.of_object(case.id))
    read = next(entry for entry in entries if entry.act is Act.CASE_READ)
    assert (read.actor, read.facts["authority"]) == (mine.id, "SSP")
    assert "MARKER" not in str(entries)


async def asked_of(store: Store, who: Person) -> tuple[Asked, ...]:
    rows = await store.read(read_asked, by=who.id)
    assert isinstance(rows, tuple)
    return rows


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"authority": "NO-SUCH"}, Reason.NOTHING_CHOSEN),
        ({"authority": "KF"}, Reason.NOBODY_THERE),
        ({"basis": ""}, Reason.BASIS_NEEDED),
        ({"questions": ()}, Reason.NOTHING_PASSED),
        ({"questions": ("your_name",)}, Reason.NOTHING_PASSED),
        ({"necessity": " "}, Reason.NECESSITY_NEEDED),
        ({"necessity": "x" * 9000}, Reason.TOO_LONG),
    ],
)
async def test_nothing_is_passed_on_without_a_receiver_a_basis_a_reason_and_a_choice(
    store: Store, officer: Person, *, changed: dict[str, str], reason: Reason
) -> None:
    await store.write(member)
    case = await store.write(decided, officer.id)

    done = await store.write(lambda tx: asks(tx, case, officer.id, **changed))

    assert done == Refused(reason)
    assert await store.read(lambda tx: tx.enquiries.of_case(case.id)) == []


async def test_who_the_reporter_is_cannot_be_passed_on_by_its_name_either(
    store: Store, officer: Person
) -> None:
    await store.write(member)
    case = await store.write(decided, officer.id)
    [submission] = await store.read(lambda tx: tx.cases.submissions(case.id, identity=False))

    done = await store.write(
        ask,
        RULES,
        case_id=case.id,
        by=officer.id,
        authority="SSP",
        basis="rpl115_ssp",
        necessity="Synthetic.",
        passed=[Passed(submission_id=submission.id, question="your_name")],
    )

    assert done == Refused(Reason.NOTHING_PASSED)


async def test_only_a_case_of_which_it_was_decided_goes_to_the_unit_and_each_authority_is_asked_once(
    store: Store, officer: Person
) -> None:
    await store.write(member)
    advice = await store.write(lambda tx: decided(tx, officer.id, to_unit=False))
    case = await store.write(decided, officer.id)
    colleague = await store.write(a_person, roles=[Role.COORDINATOR])

    assert await store.write(asks, advice, officer.id) == Refused(Reason.NOT_FOR_THE_UNIT)
    assert await store.write(asks, case, colleague.id) == Refused(Reason.NOT_ALLOWED)
    assert isinstance(await store.write(asks, case, officer.id), Done)
    assert await store.write(asks, case, officer.id) == Refused(Reason.ASKED_ALREADY)


async def test_where_nobody_gave_a_name_a_second_person_agrees_before_the_authority_hears_of_it(
    store: Store, officer: Person
) -> None:
    mine, other = await store.write(member), await store.write(a_person)
    case = await store.write(lambda tx: decided(tx, officer.id, named=False))
    await store.write(asks, case, officer.id)
    enquiry = await the_enquiry(store, case)

    def agrees(tx: Transaction, by: PersonId) -> Done | Refused:
        return agree(tx, RULES, case_id=case.id, by=by, enquiry_id=enquiry.id)

    assert (enquiry.state, enquiry.clock_id) == (EnquiryState.AWAITS_SECOND_PERSON, None)
    assert await asked_of(store, mine) == ()
    assert await store.write(read_enquiry, enquiry_id=enquiry.id, by=mine.id) == Refused(Reason.NOT_FOUND)
    assert [row for row in await store.read(notices) if row.person_id == mine.id] == []
    assert await store.write(agrees, officer.id) == Refused(Reason.SAME_PERSON)
    assert isinstance(await store.write(agrees, other.id), Done)
    assert await store.write(agrees, other.id) == Refused(Reason.NOT_WAITING)
    after = await the_enquiry(store, case)
    assert (after.state, after.confirmed_by) == (EnquiryState.WAITS, other.id)
    assert after.clock_id is not None
    assert [row.enquiry.id for row in await asked_of(store, mine)] == [enquiry.id]


async def test_a_member_is_told_of_a_day_in_one_neutral_mail_of_the_next_morning(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    mine = await store.write(member)
    cases = []
    for _ in range(3):
        cases.append(await store.write(decided, officer.id))
        await store.write(asks, cases[-1], officer.id)
        clock.advance(timedelta(minutes=20))

    rows = [row for row in await store.read(notices) if row.person_id == mine.id]

    assert {row.notice for row in rows} == {"notice.enquiry_waits"}
    assert {RULES.calendar.local(row.not_before).strftime("%H:%M") for row in rows} == {"08:00"}
    assert len({row.not_before for row in rows}) == 1
    assert not any(case.code in str([row.payload for row in rows]) for case in cases)
    went = await let_pass(store, clock, RULES, until=clock.at + timedelta(days=1))
    assert len([each for each in went if each.person_id == mine.id]) == 3


@pytest.mark.parametrize("says", [each for each in ANSWERS if each is not Says.CONFLICT])
async def test_each_answer_is_told_to_the_secretariat_and_ends_the_matter_or_not(
    store: Store, officer: Person, *, says: Says
) -> None:
    mine, colleague = await store.write(member), await store.write(member)
    case = await store.write(decided, officer.id)
    await store.write(asks, case, officer.id)
    enquiry = await the_enquiry(store, case)

    done = await store.write(
        answer,
        RULES,
        enquiry_id=enquiry.id,
        by=mine.id,
        says=says,
        basis="forvaltningsloven_28",
        to=colleague.id,
        words="MARKER-ANSWER 010101-1234",
    )

    assert isinstance(done, Answered)
    assert done.removed == 1
    ends = says in {Says.NOTHING_KNOWN, Says.SHARED, Says.CANNOT_SHARE, Says.WRONG_RECEIVER}
    after = await the_enquiry(store, case)
    assert after.is_open is not ends
    assert enquiry.clock_id is not None
    clock_row = await store.read(lambda tx: tx.clocks.get(enquiry.clock_id or clock_row.id))
    assert (clock_row.stopped_at is not None) is ends
    [word] = (await store.read(lambda tx: tx.enquiries.words_of(case.id, [enquiry.id])))[enquiry.id]
    assert (word.says, word.by, word.basis) == (
        says,
        mine.id,
        "forvaltningsloven_28" if says is Says.SHARED else None,
    )
    assert word.words is not None
    assert word.words.startswith("MARKER-ANSWER")
    told = {row.notice for row in await store.read(notices) if row.person_id == officer.id}
    assert ("notice.enquiry_answered" in told) is (says is not Says.HANDED_ON)
    event = (await store.read(lambda tx: tx.cases.timeline(case.id)))[-1]
    assert (event.kind, event.facts["says"]) == (EventKind.ASKING_SAID, says)
    if says is Says.HANDED_ON:
        assert after.holder == colleague.id
    again = await store.write(answer, RULES, enquiry_id=enquiry.id, by=mine.id, says="nothing_known")
    assert (again == Refused(Reason.SOMEONE_ELSE_WAS_FIRST)) is ends


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"says": "explained"}, Reason.NOTHING_CHOSEN),
        ({"says": "shared", "words": "Synthetic."}, Reason.BASIS_NEEDED),
        ({"says": "shared", "basis": "rpl115_ssp"}, Reason.REASON_NEEDED),
        ({"says": "why_asked"}, Reason.REASON_NEEDED),
        ({"says": "handed_on"}, Reason.NOBODY_CHOSEN),
    ],
)
async def test_an_answer_that_says_too_little_is_refused(
    store: Store, officer: Person, *, given: dict[str, str], reason: Reason
) -> None:
    mine = await store.write(member)
    case = await store.write(decided, officer.id)
    await store.write(asks, case, officer.id)
    enquiry = await the_enquiry(store, case)

    done = await store.write(
        lambda tx: answer(tx, RULES, enquiry_id=enquiry.id, by=mine.id, **given)  # type: ignore[arg-type]
    )

    assert done == Refused(reason)
    assert (await the_enquiry(store, case)).state is EnquiryState.WAITS


async def test_who_asks_why_is_told_and_what_is_taken_back_is_gone(store: Store, officer: Person) -> None:
    mine = await store.write(member)
    case = await store.write(decided, officer.id)
    await store.write(asks, case, officer.id)
    enquiry = await the_enquiry(store, case)
    about = {"case_id": case.id, "by": officer.id, "enquiry_id": enquiry.id}

    await store.write(answer, RULES, enquiry_id=enquiry.id, by=mine.id, says="why_asked", words="Why us?")
    told = await store.write(lambda tx: explain(tx, RULES, **about, words="Because of the school."))  # type: ignore[arg-type]
    view = await opened(store, enquiry, mine)
    bare = await store.write(lambda tx: withdraw(tx, RULES, **about, words=""))  # type: ignore[arg-type]
    gone = await store.write(lambda tx: withdraw(tx, RULES, **about, words="Synthetic."))  # type: ignore[arg-type]

    assert isinstance(told, Done)
    assert [(word.says, word.words) for word in view.words] == [
        (Says.WHY_ASKED, "Why us?"),
        (Says.EXPLAINED, "Because of the school."),
    ]
    assert bare == Refused(Reason.REASON_NEEDED)
    assert isinstance(gone, Done)
    assert await asked_of(store, mine) == ()
    assert [
        row for row in await store.read(notices) if row.person_id == mine.id and row.state == "pending"
    ] == []
    assert isinstance(await store.write(asks, case, officer.id), Done)


async def test_a_member_with_a_conflict_of_interest_finds_nothing_and_nobody_is_told_in_their_place(
    store: Store, officer: Person
) -> None:
    mine, other = await store.write(member), await store.write(member)
    case = await store.write(decided, officer.id)
    await store.write(asks, case, officer.id)
    enquiry = await the_enquiry(store, case)

    await store.write(keep_out, RULES, case_id=case.id, by=officer.id, person_id=mine.id, words="Synthetic.")

    assert await asked_of(store, mine) == ()
    assert len(await asked_of(store, other)) == 1
    assert await store.write(read_enquiry, enquiry_id=enquiry.id, by=mine.id) == Refused(Reason.NOT_FOUND)
    waits = [row for row in await store.read(notices) if row.state == "pending"]
    assert [row.person_id for row in waits if row.notice == "notice.enquiry_waits"] == [other.id]


async def test_a_case_waits_for_others_as_long_as_an_authority_has_not_answered(
    store: Store, officer: Person
) -> None:
    mine = await store.write(member)
    case = await store.write(decided, officer.id)

    async def waits() -> list[str]:
        found = await store.read(lambda tx: tx.cases.shown(reader=officer.id, show=Show.OTHERS, limit=9))
        assert {why_waiting(each) for each in found} <= {Why.DECIDED}
        return [each.code for each in found]

    assert await waits() == []
    await store.write(asks, case, officer.id)
    assert await waits() == [case.code]
    enquiry = await the_enquiry(store, case)
    await store.write(answer, RULES, enquiry_id=enquiry.id, by=mine.id, says="nothing_known")
    assert await waits() == []


async def test_closing_the_case_takes_back_what_is_still_asked(store: Store, officer: Person) -> None:
    mine = await store.write(member)
    case = await store.write(decided, officer.id)
    await store.write(asks, case, officer.id)

    assert isinstance(await store.write(close_case, RULES, case_id=case.id, by=officer.id), Done)

    enquiry = await the_enquiry(store, case)
    assert (enquiry.state, enquiry.is_open) == (EnquiryState.WITHDRAWN, False)
    assert await asked_of(store, mine) == ()
    refused = await store.write(agree, RULES, case_id=case.id, by=officer.id, enquiry_id=enquiry.id)
    assert refused == Refused(Reason.CLOSED)


async def test_an_enquiry_that_is_none_is_refused(store: Store, officer: Person) -> None:
    mine = await store.write(member)
    case = await store.write(decided, officer.id)
    none = EnquiryId(mine.id)

    assert await store.write(read_enquiry, enquiry_id=none, by=mine.id) == Refused(Reason.NOT_FOUND)
    assert await store.write(agree, RULES, case_id=case.id, by=officer.id, enquiry_id=none) == Refused(
        Reason.NOT_WAITING
    )
