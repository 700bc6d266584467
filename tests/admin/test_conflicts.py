"""The form on a case's page by which somebody is kept out of it, and let back in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from admin.parts import HOME
from tests.admin.house import Console
from tests.admin.test_phone_desk import begun, now, press, the_case, to_the_review
from tests.admin.unit import an_enquiry, for_the_unit
from triage.cases.case import Case
from triage.ids import PersonId
from triage.people.person import Role


async def kept_out(console: Console, case: Case) -> frozenset[PersonId]:
    return (await console.store.read(lambda tx: tx.cases.get(case.id))).conflicts


async def test_who_keeps_themself_out_is_led_to_the_queue_and_the_case_is_gone(console: Console) -> None:
    browser = await console.come_in(Role.COORDINATOR)
    await console.someone()
    case = await console.report()
    path = f"{HOME}/case/{case.code}"

    page = await browser.get(path)
    done = await browser.act(case.code, "conflict")

    assert "Inhabilitet" in page.words
    assert 'name="person"' not in page.text
    assert done.location == f"{HOME}?said=kept_out"
    queue = await browser.get(done.location)
    assert "Du er holdt ude af sagen." in queue.words
    assert str(case.code) not in queue.text
    assert (await browser.get(path)).status == 404


async def test_the_head_names_a_colleague_with_a_reason_and_lets_them_back_in_with_another(
    console: Console,
) -> None:
    colleague = await console.someone(Role.COORDINATOR, name="Testperson Kollega")
    head = await console.come_in(Role.HEAD)
    case = await console.report()
    path = f"{HOME}/case/{case.code}"
    named = {"person": str(colleague.id)}

    bare = await head.act(case.code, "conflict", named)
    odd = await head.act(case.code, "conflict", {"person": "", "words": "Naboer."})
    done = await head.act(case.code, "conflict", {**named, "words": "De er naboer."})
    page = await head.get(path)
    told = await kept_out(console, case)
    await head.act(case.code, "let-in", {**named, "words": "Det var en anden."})

    assert (bare.status, "Skriv hvorfor." in bare.words) == (422, True)
    assert (odd.status, "Vælg, hvem det gælder." in odd.words, "Naboer." in odd.text) == (422, True, True)
    assert done.location == f"{path}?said=conflict"
    assert "Holdt ude af sagen: Testperson Kollega" in page.words
    assert "Holdt ude på grund af inhabilitet: Testperson Kollega" in page.words
    assert "De er naboer." in page.words
    assert told == {colleague.id}
    assert await kept_out(console, case) == frozenset()
    assert "Lukket ind igen: Testperson Kollega" in (await head.get(path)).words


async def test_a_form_sent_twice_leads_to_the_queue_both_times(console: Console) -> None:
    browser = await console.come_in(Role.HEAD)
    assert browser.person is not None
    await console.someone()
    case = await console.report()
    page = await browser.get(f"{HOME}/case/{case.code}")
    hidden = {**page.form(f"{HOME}/case/{case.code}/conflict"), "person": str(browser.person.id)}

    first = await browser.post(f"{HOME}/case/{case.code}/conflict", hidden)
    second = await browser.post(f"{HOME}/case/{case.code}/conflict", hidden)

    assert {first.location, second.location} == {f"{HOME}?said=kept_out"}


async def test_members_of_the_unit_are_kept_out_by_the_secretariat_or_say_themselves_that_they_know_somebody(
    console: Console,
) -> None:
    officer, head = await console.come_in(Role.DUTY_OFFICER), await console.come_in(Role.HEAD)
    first, second = [
        await console.sign_in(await console.someone(Role.UNIT_MEMBER, name=name, authority="SSP"))
        for name in ("Testperson Et", "Testperson To")
    ]
    assert officer.person is not None
    assert second.person is not None
    plain = await console.report()
    case = await for_the_unit(console, officer.person.id)
    enquiry = await an_enquiry(console, case, officer.person.id)
    theirs = f"{HOME}/asked/{enquiry.id}"

    not_of_the_unit = await head.get(f"{HOME}/case/{plain.code}")
    choice = await head.get(f"{HOME}/case/{case.code}")
    await head.act(case.code, "conflict", {"person": str(second.person.id), "words": "Fætter."})
    done = await first.post(theirs, {**(await first.get(theirs)).form(theirs), "says": "conflict"})
    after = await first.get(done.location)

    assert "Testperson To" not in not_of_the_unit.words
    assert "Testperson To" in choice.words
    assert (await second.get(theirs)).status == 404
    assert "du ser ikke mere til sagen" in after.words
    assert case.code not in after.text
    assert (await first.get(theirs)).status == 404
    assert "Jeg kender nogen i sagen" in (await officer.get(f"{HOME}/case/{case.code}")).words


@pytest.mark.parametrize("how", ["kept out", "other roles"])
async def test_what_somebody_was_writing_meanwhile_comes_back_and_tells_nothing_of_the_case(
    console: Console, how: str
) -> None:
    writer, head = await console.come_in(Role.COORDINATOR), await console.come_in(Role.HEAD)
    assert writer.person is not None
    writer_id = writer.person.id
    case = await console.report()
    path = f"{HOME}/case/{case.code}"
    form = (await writer.get(path)).form(f"{path}/note")
    if how == "kept out":
        await head.act(case.code, "conflict", {"person": str(writer_id), "words": "Naboer."})
    else:
        planner = frozenset({Role.ACTIVITY_PLANNER})
        await console.store.write(lambda tx: tx.people.save(replace(tx.people.get(writer_id), roles=planner)))

    late = await writer.post(f"{path}/note", {**form, "words": "Skolen ringede i dag om mødet."})
    nothing = await writer.post(f"{path}/note", {**form, "words": "Kort."})
    elsewhere = await writer.post(
        f"{HOME}/case/K-2222-2222/note", {**form, "words": "Skolen ringede i dag om mødet."}
    )

    assert (late.status, nothing.status) == (404, 404)
    assert "Skolen ringede i dag om mødet." in late.words
    assert "Kort." not in nothing.words
    assert late.text == elsewhere.text
    assert case.code not in late.text


async def test_whoever_wrote_a_contact_down_finds_no_trace_of_it_once_they_are_kept_out(
    console: Console,
) -> None:
    browser = await console.come_in(Role.DUTY_OFFICER)
    await console.someone()
    here = await begun(browser, **now(console))
    await to_the_review(browser, here)
    await press(browser, here, "act", "send")
    case = await the_case(console)
    before = await browser.get(here)

    await browser.act(case.code, "conflict")
    after = await browser.get(here)

    assert before.location == f"{HOME}/case/{case.code}"
    assert (after.status, str(case.code) in after.text) == (404, False)
