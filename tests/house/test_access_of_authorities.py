"""What authorities are asked, for every role, authority and state of the enquiry: nobody else finds a trace of it."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from storage.transaction import Transaction
from tests.house.staff import HOME
from tests.house.test_access import NAME, STORY, _token, a_case
from tests.house.whole import House
from tests.support.builders import some_rules
from triage.access.table import TABLE, Right
from triage.cases.case import Case
from triage.cases.decide import decide
from triage.cases.words import Done
from triage.coordination.asking import ask, can_be_passed
from triage.coordination.enquiry import Enquiry, EnquiryState
from triage.ids import PersonId
from triage.people.person import Person, Role

RULES = some_rules()
OWN, OTHER = "SSP", "KF"
NECESSITY = "Kun spørgsmålet har denne sætning om den røde hat."


@pytest.fixture
def engine() -> str:
    """Who may come is asked above the store, so one engine shows it."""
    return "sqlite"


async def _someone(house: House, *roles: Role, authority: str | None) -> Person:
    person = await house.someone(*roles)
    belongs = replace(person, authority=authority)
    await house.store.write(lambda tx: tx.people.save(belongs))
    return belongs


async def _asked(house: House, officer: Person) -> tuple[Case, Enquiry]:
    case = await house.store.write(a_case, assignee=officer.id)
    done = await house.store.write(
        decide,
        RULES,
        case_id=case.id,
        by=officer.id,
        outcome="to_unit",
        reason="Synthetic.",
        local_action=True,
        to_unit=True,
    )
    assert isinstance(done, Done)
    submissions = await house.store.read(lambda tx: tx.cases.submissions(case.id, identity=True))
    passed = [each for each in can_be_passed(RULES, submissions) if each.question == "story"]
    made = await house.store.write(
        ask,
        RULES,
        case_id=case.id,
        by=officer.id,
        authority=OWN,
        basis="rpl115_ssp",
        necessity=NECESSITY,
        passed=passed,
    )
    assert isinstance(made, Done)
    [enquiry] = await house.store.read(lambda tx: tx.enquiries.of_case(case.id))
    return made.case, enquiry


def _stands(
    tx: Transaction, enquiry: Enquiry, *, state: EnquiryState, conflicts: frozenset[PersonId]
) -> None:
    tx.enquiries.save(replace(enquiry, state=state))
    tx.cases.save(replace(tx.cases.lock(enquiry.case_id), conflicts=conflicts))


@pytest.mark.asvs("8.4.1")
async def test_an_authority_finds_what_it_is_asked_and_nothing_of_another(house: House) -> None:
    cells = 0
    wrong: list[str] = []
    officer = await house.someone(Role.DUTY_OFFICER)
    await _someone(house, Role.UNIT_MEMBER, authority=OWN)
    case, enquiry = await _asked(house, officer)
    path = f"{HOME}/asked/{enquiry.id}"
    for role in Role:
        for authority in (OWN, OTHER, None):
            person = await _someone(house, role, authority=authority)
            visitor = await house.come_in(person)
            token = await _token(visitor)
            for state in EnquiryState:
                for conflicted in (False, True):
                    conflicts = frozenset({person.id} if conflicted else ())
                    await house.store.write(_stands, enquiry, state=state, conflicts=conflicts)
                    heard = state in {EnquiryState.WAITS, EnquiryState.ANSWERED}
                    member = bool(TABLE[Right.READ_ENQUIRIES].get(role))
                    may = member and authority == OWN and heard and not conflicted
                    where = f"{role} of {authority}, {state}, {'conflicted' if conflicted else 'free'}"
                    one, queue = await visitor.get(path), await visitor.get(f"{HOME}/asked")
                    fields = [("csrf", token), ("input", uuid.uuid4().hex), ("says", "nothing_known")]
                    said = await visitor.post(path, fields)
                    cells += 3
                    if (one.status == 200) is not may or (STORY in one.text) is not may:
                        wrong.append(f"{where}: page {one.status}")
                    if (str(case.code) in queue.text) is not may:
                        wrong.append(f"{where}: queue {queue.status}")
                    taken = may and state is EnquiryState.WAITS
                    if (said.status == 303) is not taken or (not may and said.status != 404):
                        wrong.append(f"{where}: answer {said.status}")
                    if not may and any(
                        word in answer.text
                        for word in (STORY, NAME, NECESSITY)
                        for answer in (one, queue, said)
                    ):
                        wrong.append(f"{where}: words")
                    if NAME in one.text:
                        wrong.append(f"{where}: names the reporter")

    print(f"access: {cells} cells of role x authority x state x conflict")
    assert wrong == []
    assert cells == len(Role) * 3 * len(EnquiryState) * 2 * 3
