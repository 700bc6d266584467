"""What needs the reader now, on their first page: their tasks and calls, and the cases that they ask to see."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from admin.parts import HOME
from storage.transaction import Transaction
from tests.admin.house import Console
from tests.admin.test_queue import codes_on
from tests.admin.unit import an_enquiry, for_the_unit
from tests.support.builders import waiting_notices
from tests.support.profiles import shipped
from triage.cases.case import Show
from triage.cases.dialogue import write_from_reporter
from triage.cases.handle import claim
from triage.people.person import Role

DUE = {"due_date": "2026-05-08", "due_time": "16:00"}


async def test_a_task_is_made_on_the_case_stands_on_the_first_page_and_is_done(console: Console) -> None:
    person = await console.someone()
    browser = await console.sign_in(person)
    case = await console.report()
    fields = {"words": "MARKER-WHAT", "owner": str(person.id), **DUE}

    made = await browser.act(case.code, "task", fields)
    first, page = await browser.get(HOME), await browser.get(f"{HOME}/case/{case.code}")

    assert made.location.endswith("said=task")
    assert f"Opgaver {case.code} senest fredag kl. 16" in first.words
    # The first page holds codes and times, and no word of anybody.
    assert "MARKER-WHAT" not in first.text
    assert "MARKER-WHAT" in page.text
    console.clock.advance(timedelta(days=4, hours=8))
    browser = await console.sign_in(person)
    assert f"{case.code} skulle være gjort fredag kl. 16" in (await browser.get(HOME)).words

    done = await browser.act(case.code, "task-done")

    assert done.location.endswith("said=task-done")
    assert "Opgaver" not in (await browser.get(HOME)).words


async def test_a_task_that_is_not_taken_comes_back_as_it_was_typed(console: Console) -> None:
    person = await console.someone()
    browser = await console.sign_in(person)
    case = await console.report()

    refused = await browser.act(
        case.code, "task", {"words": "MARKER-WHAT", "owner": "", "due_date": "31-02-2026", "due_time": "25"}
    )
    past = await browser.act(
        case.code,
        "task",
        {"words": "MARKER-WHAT", "owner": str(person.id), **DUE, "due_date": "2026-05-01"},
    )

    assert (refused.status, past.status) == (422, 422)
    for answer in (refused, past):
        assert re.search(r"<textarea[^>]*>\s*MARKER-WHAT</textarea>", answer.text)
    assert 'href="#f-task-owner"' in refused.text
    assert 'href="#f-task-due_date"' in refused.text
    assert 'href="#f-task-due_date"' in past.text


async def test_a_task_with_a_day_and_no_time_is_due_before_the_day_is_over(console: Console) -> None:
    person = await console.someone()
    browser = await console.sign_in(person)
    case = await console.report()

    done = await browser.act(
        case.code, "task", {"words": "Ring.", "owner": str(person.id), **DUE, "due_time": " "}
    )

    assert done.status == 303
    assert "fredag kl. 23.59" in (await browser.get(HOME)).words


async def test_a_task_of_nobody_is_taken_by_whoever_sees_it(console: Console) -> None:
    person, gone = await console.someone(), await console.someone(Role.COORDINATOR)
    browser = await console.sign_in(person)
    case = await console.report()
    await browser.act(case.code, "task", {"words": "Ring.", "owner": str(gone.id), **DUE})
    assert "Opgaver" not in (await browser.get(HOME)).words

    await console.store.write(lambda tx: tx.tasks.leave(gone.id))

    assert f"Opgaver {case.code} senest fredag kl. 16 ingens" in (await browser.get(HOME)).words
    taken = await browser.act(case.code, "task-take")
    assert taken.location.endswith("said=task-take")
    assert "ingens" not in (await browser.get(HOME)).words.partition("Vis")[0]


async def test_the_first_page_shows_what_is_asked_for(console: Console) -> None:
    person = await console.someone()
    browser = await console.sign_in(person)
    mine = await console.report()
    console.clock.advance(timedelta(seconds=1))
    free = await console.report()

    def hold(tx: Transaction) -> None:
        claim(tx, console.parts.rules, case_id=mine.id, by=person.id)

    await console.store.write(hold)

    shown = {show: await browser.get(f"{HOME}?show={show}") for show in Show}

    assert {show: codes_on(page.text) for show, page in shown.items()} == {
        Show.QUEUE: [mine.code, free.code],
        Show.MINE: [mine.code],
        Show.UNASSIGNED: [free.code],
        Show.OVERDUE: [],
        Show.OTHERS: [],
    }
    for show, page in shown.items():
        current = re.findall(r'<a href="([^"]*)" aria-current="true">', page.text)
        query = "" if show is Show.QUEUE else f"?show={show}"
        assert current == [f"{HOME}{query}"]
        assert f'data-live="{HOME}/live{query}"' in page.text
    assert "er overskredet. Når et ur" in shown[Show.OVERDUE].words
    assert "venter på en anden medarbejder" in shown[Show.OTHERS].words


@pytest.mark.parametrize("show", ["", "nothing", "queue", "Mine"])
async def test_what_cannot_be_shown_is_the_queue(console: Console, show: str) -> None:
    browser = await console.come_in()
    case = await console.report()

    page = await browser.get(f"{HOME}?show={show}")

    assert (page.status, codes_on(page.text)) == (200, [case.code])


async def test_a_live_page_looks_again_once_a_task_is_given(console: Console) -> None:
    person = await console.someone()
    browser = await console.sign_in(person)
    case = await console.report()
    line = await browser.session.get(f"{browser.address}{HOME}/live?show=mine")
    assert (await line.content.readline()).startswith(b"retry")

    await browser.act(case.code, "task", {"words": "Ring.", "owner": str(person.id), **DUE})

    said = [await line.content.readline() for _ in range(40)]
    line.close()
    assert b"data: queue\n" in said


async def test_a_deadline_of_a_decided_case_stands_on_the_first_page_until_it_is_met(
    console: Console,
) -> None:
    officer = await console.come_in(Role.DUTY_OFFICER)
    head = await console.come_in(Role.HEAD)
    assert officer.person is not None
    case = await for_the_unit(console, officer.person.id)

    early = await head.get(HOME)
    console.clock.advance(timedelta(days=2, hours=6))
    head = await console.sign_in(await console.someone(Role.HEAD))
    soon = await head.get(HOME)
    console.clock.advance(timedelta(days=2))
    head = await console.sign_in(await console.someone(Role.HEAD))
    late = await head.get(HOME)

    assert case.code not in early.text
    assert f"Frister på sager, der er afgjort {case.code}" in soon.words
    assert "skulle være gjort" in late.words


async def test_what_the_reporter_wrote_more_stands_in_the_queue_until_somebody_opens_it(
    console: Console,
) -> None:
    browser = await console.come_in(Role.DUTY_OFFICER)
    case = await console.report()
    before = await browser.get(HOME)
    rules = shipped().rules()
    await console.store.write(write_from_reporter, rules, case_id=case.id, words="Der er sket noget.")

    told = await browser.get(HOME)
    await browser.get(f"{HOME}/case/{case.code}")
    after = await browser.get(HOME)

    assert ["Der er skrevet mere" in each.words for each in (before, told, after)] == [False, True, False]


async def test_whoever_had_a_case_is_told_that_it_was_taken_over(console: Console) -> None:
    holder = await console.come_in(Role.COORDINATOR)
    officer = await console.come_in(Role.DUTY_OFFICER)
    assert holder.person is not None
    case = await console.report()
    await holder.act(case.code, "claim")

    await officer.act(case.code, "claim")

    told = await console.store.read(waiting_notices)
    assert ("notice.taken_over", holder.person.id, "mail") in told


async def test_an_enquiry_that_waits_for_a_second_person_stands_on_the_first_page_of_everybody_else(
    console: Console,
) -> None:
    officer = await console.come_in(Role.DUTY_OFFICER)
    head = await console.come_in(Role.HEAD)
    await console.someone(Role.UNIT_MEMBER, authority="SSP")
    assert officer.person is not None
    assert head.person is not None
    case = await for_the_unit(console, officer.person.id, anonymous=True)
    await an_enquiry(console, case, officer.person.id)

    own, others = await officer.get(HOME), await head.get(HOME)
    told = {(key, who) for key, who, _ in await console.store.read(waiting_notices)}
    await head.act(case.code, "ask-agree")
    after = await head.get(HOME)

    assert case.code not in own.text
    assert f"før det gælder: {case.code}" in others.words
    assert ("notice.enquiry_second", head.person.id) in told
    assert ("notice.enquiry_second", officer.person.id) not in told
    assert f"før det gælder: {case.code}" not in after.words
