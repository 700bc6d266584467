"""A case of which authorities are asked, for pages: decided, with a member of the unit who may answer."""

from __future__ import annotations

from tests.admin.house import Console
from tests.support.profiles import shipped
from triage.cases.case import Case
from triage.cases.decide import decide
from triage.cases.words import Done
from triage.coordination.asking import ask, can_be_passed
from triage.coordination.enquiry import Enquiry
from triage.ids import PersonId

STORY = "Hun taler om at rejse væk."


async def for_the_unit(console: Console, by: PersonId, **report: object) -> Case:
    """A case of which somebody has decided that the unit is asked."""
    case = await console.report(**{"story": STORY, **report})
    done = await console.store.write(
        decide,
        shipped().rules(),
        case_id=case.id,
        by=by,
        outcome="to_unit",
        reason="Skolen skal spørges.",
        local_action=True,
        to_unit=True,
    )
    assert isinstance(done, Done)
    return done.case


async def an_enquiry(
    console: Console,
    case: Case,
    by: PersonId,
    *,
    authority: str = "SSP",
    questions: tuple[str, ...] = ("story",),
) -> Enquiry:
    """The authority is asked; nobody else is told of these questions."""
    submissions = await console.store.read(lambda tx: tx.cases.submissions(case.id, identity=True))
    passed = [each for each in can_be_passed(shipped().rules(), submissions) if each.question in questions]
    done = await console.store.write(
        ask,
        shipped().rules(),
        case_id=case.id,
        by=by,
        authority=authority,
        basis="rpl115_ssp",
        necessity="I kender vennerne fra skolen.",
        passed=passed,
    )
    assert isinstance(done, Done), done
    return (await console.store.read(lambda tx: tx.enquiries.of_case(case.id)))[-1]
