"""What an attack on the unit's pages found: nothing is passed on, doubled or lost that was not meant to be."""

from __future__ import annotations

import asyncio
import re

import pytest

from admin.parts import HOME
from storage.transaction import Transaction
from tests.admin.house import Console
from tests.admin.unit import an_enquiry, for_the_unit
from triage.coordination.asking import withdraw
from triage.coordination.enquiry import EnquiryState
from triage.people.invite import disable
from triage.people.person import Role

ASKING = {"authority": "SSP", "basis": "rpl115_ssp", "necessity": "MARKER-NECESSITY"}
ASKED = f"{HOME}/asked"


def offers(page: str) -> dict[str, str]:
    """Of each box the words beside it."""
    found = re.findall(r'name="passed" value="[^":]+:([^"]+)"[^>]*>(.*?)</label>', page, re.DOTALL)
    return {name: " ".join(re.sub(r"<[^>]+>", " ", words).split()) for name, words in found}


async def test_an_answer_of_several_parts_has_one_box_that_names_them_all(console: Console) -> None:
    subject = {"name": "MARKER-NAME", "where": "MARKER-WHERE"}
    member = await console.someone(Role.UNIT_MEMBER, authority="SSP")
    officer = await console.come_in(Role.DUTY_OFFICER)
    assert officer.person is not None
    case = await for_the_unit(console, officer.person.id, reach={"subject": subject})
    path = f"{HOME}/case/{case.code}"

    page = await officer.get(path)
    beside = offers(page.text)["subject"]
    [box] = re.findall(r'value="([^"]+:subject)"', page.text)
    await officer.act(case.code, "ask", {**ASKING, "passed": [box]})
    asked = (await officer.get(path)).text.partition('class="asked"')[2].partition("</section>")[0]

    assert "MARKER-NAME" in beside
    assert "MARKER-WHERE" in beside
    browser = await console.sign_in(member)
    [enquiry] = await console.store.read(lambda tx: tx.enquiries.of_case(case.id))
    told = await browser.get(f"{ASKED}/{enquiry.id}")
    assert {"MARKER-NAME", "MARKER-WHERE"} <= set(told.words.split())
    named = [part for part in ("Navn", "Cirka adresse eller sted") if part.casefold() in asked.casefold()]
    assert len(named) == 2


async def test_how_to_reach_the_reporter_has_no_box_and_is_not_passed_on_by_a_made_up_one(
    console: Console,
) -> None:
    await console.someone(Role.UNIT_MEMBER, authority="SSP")
    officer = await console.come_in(Role.DUTY_OFFICER)
    assert officer.person is not None
    reach = {
        "reach_how": ("call",),
        "reach_when": ("evening",),
        "leave_message": "no",
        "call_us": "Testfirma",
    }
    case = await for_the_unit(console, officer.person.id, reach=reach)

    page = await officer.get(f"{HOME}/case/{case.code}")
    story = next(each for each in re.findall(r'name="passed" value="([^"]+)"', page.text) if "story" in each)
    forged = story.replace("story", "call_us")
    refused = await officer.act(case.code, "ask", {**ASKING, "passed": [story, forged]})

    assert set(reach).isdisjoint(offers(page.text))
    assert refused.status == 422
    assert await console.store.read(lambda tx: tx.enquiries.of_case(case.id)) == []


async def test_one_press_after_the_other_is_one_answer_also_when_both_come_at_once(console: Console) -> None:
    member = await console.someone(Role.UNIT_MEMBER, authority="SSP")
    officer = await console.someone(Role.DUTY_OFFICER)
    case = await for_the_unit(console, officer.id)
    enquiry = await an_enquiry(console, case, officer.id)
    browser = await console.sign_in(member)
    path = f"{ASKED}/{enquiry.id}"
    fields = {**(await browser.get(path)).form(path), "says": "need_time", "words": "Vi ser på det."}

    answers = await asyncio.gather(*(browser.post(path, fields) for _ in range(5)))

    def said(tx: Transaction) -> int:
        return len(tx.enquiries.words_of(case.id, [enquiry.id])[enquiry.id])

    assert {answer.status for answer in answers} == {303}
    assert await console.store.read(said) == 1


async def test_what_was_typed_for_a_question_that_is_gone_is_given_back(console: Console) -> None:
    member = await console.someone(Role.UNIT_MEMBER, authority="SSP")
    officer = await console.someone(Role.DUTY_OFFICER)
    case = await for_the_unit(console, officer.id)
    enquiry = await an_enquiry(console, case, officer.id)
    browser = await console.sign_in(member)
    path = f"{ASKED}/{enquiry.id}"
    fields = (await browser.get(path)).form(path)
    await console.store.write(
        withdraw,
        console.parts.rules,
        case_id=case.id,
        by=officer.id,
        enquiry_id=enquiry.id,
        words="Synthetic.",
    )

    late = await browser.post(path, {**fields, "says": "why_asked", "words": "MARKER-TYPED"})

    assert late.status == 404
    assert "MARKER-TYPED" in late.words
    assert "Dit svar er ikke sendt." in late.words
    assert case.code not in late.text


async def test_whoever_answers_is_told_that_an_identity_number_was_taken_out(console: Console) -> None:
    member = await console.someone(Role.UNIT_MEMBER, authority="SSP")
    officer = await console.someone(Role.DUTY_OFFICER)
    case = await for_the_unit(console, officer.id)
    enquiry = await an_enquiry(console, case, officer.id)
    browser = await console.sign_in(member)
    path = f"{ASKED}/{enquiry.id}"

    sent = await browser.send(path, path, {"says": "why_asked", "words": "Er det 010101-1234?"})

    assert "Antal: 1." in (await browser.get(sent.location)).words


@pytest.mark.parametrize("missing", ["", "basis"])
async def test_the_sentence_why_it_is_asked_is_never_lost(console: Console, missing: str) -> None:
    member = await console.someone(Role.UNIT_MEMBER, authority="SSP")
    administrator = await console.someone(Role.ADMINISTRATOR)
    officer = await console.come_in(Role.DUTY_OFFICER)
    assert officer.person is not None
    case = await for_the_unit(console, officer.person.id)
    path = f"{HOME}/case/{case.code}"
    page = await officer.get(path)
    story = next(each for each in re.findall(r'name="passed" value="([^"]+)"', page.text) if "story" in each)
    fields = {**page.form(f"{path}/ask"), **ASKING, "passed": [story]}
    # Nobody of the authority can be asked any more.
    await console.store.write(disable, console.parts.rules, by=administrator.id, person_id=member.id)

    refused = await officer.post(f"{path}/ask", {**fields, **({missing: ""} if missing else {})})

    assert refused.status == 422
    assert "MARKER-NECESSITY" in refused.text
    assert 'href="#f-ask-' in refused.text
    states = await console.store.read(lambda tx: [each.state for each in tx.enquiries.of_case(case.id)])
    assert EnquiryState.WAITS not in states
