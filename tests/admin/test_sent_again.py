"""The same form that comes in again: taken once, lost never, and what was corrected is another form."""

from __future__ import annotations

import pytest
from yarl import URL

from admin.parts import HOME
from tests.admin.house import Console
from tests.admin.test_case import DECISION
from tests.admin.test_phone_desk import MARK, _asking, begun, now, press, say

TOO_LONG = f"{MARK} {'a' * 4000}"


async def test_a_form_that_comes_in_twice_is_taken_once(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()
    action = f"{HOME}/case/{case.code}/reply"
    fields = {**(await browser.get(f"{HOME}/case/{case.code}")).form(action), "words": "Må vi ringe?"}

    statuses = [(await browser.post(action, fields)).status for _ in range(3)]
    await console.let_replies_go()
    written = await console.store.read(lambda tx: len(tx.messages.of_case(case.id)))

    assert (statuses, written) == ([303, 303, 303], 1)


async def test_whoever_sends_a_reply_again_that_was_undone_is_told_that_it_was_not_sent_anew(
    console: Console,
) -> None:
    browser = await console.come_in()
    case = await console.report()
    page = f"{HOME}/case/{case.code}"
    fields = {**(await browser.get(page)).form(f"{page}/reply"), "words": "Må vi ringe?"}
    first = await browser.post(f"{page}/reply", fields)
    undo = (await browser.get(page)).form(f"{page}/unsend")
    await browser.post(f"{page}/unsend", undo)

    again = await browser.post(f"{page}/reply", fields)
    shown = await browser.get(again.location)

    assert first.location.endswith("said=reply")
    assert "Denne formular er sendt før" in shown.words
    assert "sendes om højst" not in shown.words


async def test_corrected_words_from_the_same_page_are_taken_too(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()
    action = f"{HOME}/case/{case.code}/reply"
    fields = (await browser.get(f"{HOME}/case/{case.code}")).form(action)

    for words in ("Må vi ringe i dag?", "Må vi ringe i morgen?", "Må vi ringe i morgen?"):
        assert (await browser.post(action, {**fields, "words": words})).status == 303
    await console.let_replies_go()
    written = await console.store.read(lambda tx: [message.words for message in tx.messages.of_case(case.id)])

    assert written == ["Må vi ringe i dag?", "Må vi ringe i morgen?"]


async def test_another_decision_from_the_same_page_is_refused_with_what_was_typed(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()
    action = f"{HOME}/case/{case.code}/decide"
    fields = (await browser.get(f"{HOME}/case/{case.code}")).form(action)
    await browser.post(action, {**fields, **DECISION})

    other = await browser.post(action, {**fields, **DECISION, "reason": MARK})

    assert other.status == 409
    assert MARK in other.words


async def test_words_that_the_phone_desk_does_not_take_come_back_each_time(console: Console) -> None:
    browser = await console.come_in()
    here = await begun(browser, **now(console))
    await say(browser, here, "danger", "no")
    before = _asking(await browser.get(here))
    await say(browser, here, "kind", "talk_request")
    await press(browser, here, "act", "go_on")
    asking = _asking(await browser.get(here))

    refused = [await browser.post(here, {**asking, "answer": TOO_LONG}) for _ in range(2)]
    stale = [await browser.post(here, {**before, "answer": MARK}) for _ in range(2)]

    assert [(each.status, MARK in each.text) for each in refused] == [(422, True), (422, True)]
    assert [(each.status, MARK in each.text) for each in stale] == [(409, True), (409, True)]


@pytest.mark.parametrize("sign", ["%00", "%01", "%09", "%7f", "%0d%0aX-a:b", "%26a=b", "%23"])
@pytest.mark.parametrize("page", ["case", "contact", "alarm"])
async def test_no_address_stops_the_way_to_the_door(console: Console, page: str, sign: str) -> None:
    browser = await console.browser()
    address = URL(f"{browser.address}{HOME}/{page}/{sign}", encoded=True)

    async with browser.session.get(address, allow_redirects=False) as answer:
        assert (answer.status, answer.headers.get("Location")) in {(303, f"{HOME}/sign-in"), (404, None)}


async def test_no_sign_in_a_form_s_own_id_is_a_fault(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()
    action = f"{HOME}/case/{case.code}/note"
    fields = (await browser.get(f"{HOME}/case/{case.code}")).form(action)

    taken = await browser.post(action, {**fields, "input": "a\0b", "words": "Ringer i dag."})

    assert taken.status == 303
