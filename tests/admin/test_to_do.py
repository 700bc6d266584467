"""What needs the reader now, on their first page: their tasks and calls, and the cases that they ask to see."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from admin.parts import HOME
from storage.transaction import Transaction
from tests.admin.house import Console
from tests.admin.test_queue import codes_on
from triage.cases.case import Show
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
