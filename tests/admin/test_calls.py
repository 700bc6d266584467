"""A call that the reporter wants, on the case and in the queue: whether it is safe now, and what may be said."""

from __future__ import annotations

from datetime import timedelta

from admin.parts import HOME
from tests.admin.house import Console
from tests.support.stores import SettableClock
from triage.people.person import Role

EVENING = {
    "reach_how": ("call",),
    "reach_when": ("evening",),
    "leave_message": "no",
    "call_us": "Testfirma 12",
}
NOT_NOW = "Ikke nu: sikker tid er 16–20."
REASON = {"words": "Aftalt opkald."}


async def test_outside_the_safe_hours_the_case_says_not_now_in_red_and_when_it_is_safe(
    console: Console, clock: SettableClock
) -> None:
    browser = await console.come_in()
    case = await console.report(reach=EVENING)

    page = await browser.get(f"{HOME}/case/{case.code}")
    task = page.text[page.text.index('id="call"') :]

    assert '<section class="card danger" id="call"' in page.text
    assert '<p class="urgent"><strong>Ikke nu' in task
    for words in (
        NOT_NOW,
        "Næste gang er mandag kl.\N{NO-BREAK SPACE}16.",
        "Læg ikke en besked.",
        "Testfirma 12",
    ):
        assert words.replace("\N{NO-BREAK SPACE}", " ") in page.words.replace("\N{NO-BREAK SPACE}", " ")
    assert "00 00 00 00" not in page.text

    clock.advance(timedelta(hours=8))
    later = await (browser := await console.come_in()).get(f"{HOME}/case/{case.code}")

    assert "Det er sikkert at ringe nu: sikker tid er 16–20." in later.words
    assert '<section class="card" id="call"' in later.text


async def test_beside_the_number_itself_it_stands_again(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report(reach=EVENING)

    await browser.get(f"{HOME}/case/{case.code}")
    shown = await browser.act(case.code, "identity", REASON)

    assert "00 00 00 00" in shown.words
    assert shown.words.count(NOT_NOW) == 2


async def test_the_row_says_that_a_call_is_wanted_and_from_when_and_nothing_else(console: Console) -> None:
    browser = await console.come_in()
    await console.report(reach=EVENING)

    words = (await browser.get(HOME)).words.replace("\N{NO-BREAK SPACE}", " ")

    assert "Ring, men først mandag kl. 16" in words
    assert "Testfirma" not in words


async def test_where_nobody_said_when_the_case_and_the_row_say_to_ask_first(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report(reach={"reach_how": ("call",)})

    page = await browser.get(f"{HOME}/case/{case.code}")

    assert "har ikke sagt, hvornår det er trygt at ringe. Spørg først, om der kan tales." in page.words
    assert "Det er sikkert at ringe nu" not in page.words
    assert "Næste gang er" not in page.words
    assert "Ring, og spørg først, om der kan tales" in (await browser.get(HOME)).words


async def test_a_decided_case_still_says_that_a_call_is_wanted_and_is_not_closed_over_it(
    console: Console,
) -> None:
    browser = await console.come_in()
    case = await console.report(reach=EVENING)
    decision = {"outcome": "advice_only", "reason": "Talt.", "local_action": "no", "to_unit": "no"}
    await browser.act(case.code, "decide", decision)

    listed = (await browser.get(f"{HOME}/decided")).words.replace("\N{NO-BREAK SPACE}", " ")
    refused = await browser.act(case.code, "close", {})

    assert "Ring, men først mandag kl. 16" in listed
    assert refused.status == 409
    assert "Indsenderen vil ringes op, og ingen har skrevet, hvordan det gik." in refused.words


async def test_once_somebody_has_called_the_task_is_gone_and_the_timeline_says_how_it_went(
    console: Console,
) -> None:
    browser = await console.come_in()
    case = await console.report(reach=EVENING)

    bare = await browser.act(case.code, "called", {})
    done = await browser.act(case.code, "called", {"did": "reached", "words": "Testord 12."})
    after = await browser.get(f"{HOME}/case/{case.code}")

    assert (bare.status, done.status) == (422, 303)
    assert "Ringede: Jeg talte med indsenderen" in after.words
    assert 'id="call"' not in after.text
    assert "Ring," not in (await browser.get(HOME)).words


async def test_a_colleague_without_the_case_sees_the_rules_but_records_no_call(console: Console) -> None:
    holder = await console.come_in()
    case = await console.report(reach=EVENING)
    await holder.act(case.code, "claim", {})

    other = await console.come_in(Role.COORDINATOR)
    page = await other.get(f"{HOME}/case/{case.code}")

    assert NOT_NOW in page.words
    assert "Jeg har ringet" not in page.words
