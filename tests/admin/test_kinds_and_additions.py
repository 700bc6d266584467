from __future__ import annotations

import re

from admin.parts import HOME
from tests.admin.house import Console
from tests.support.profiles import shipped
from triage.cases.case import Case, CaseState
from triage.cases.dialogue import write_from_reporter
from triage.people.person import Role

RULES = shipped().rules()


async def case_now(console: Console, case: Case) -> Case:
    return await console.store.read(lambda tx: tx.cases.get(case.id))


async def test_a_row_says_what_kind_it_is_which_clock_and_why_it_is_there(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report(kind="talk_request")

    words = (await browser.get(HOME)).words

    assert f"{case.code} Oplæg eller kursus 48:00" in words
    assert "48 timer til svar Ny Ingen" in words


async def test_a_decision_about_a_talk_offers_its_own_outcomes_and_asks_nothing_about_a_person(
    console: Console,
) -> None:
    browser = await console.come_in()
    case = await console.report(kind="talk_request")

    page = (await browser.get(f"{HOME}/case/{case.code}")).text
    done = await browser.act(case.code, "decide", {"outcome": "planned", "reason": "Aftalt."})

    offered = set(re.findall(r'name="outcome" value="(\w+)"', page))
    assert {"planned", "answered", "declined", "spam", "wrong_number"} <= offered
    assert not offered & {"to_unit", "police_now", "unfounded"}
    assert "lokal indsats" not in page
    assert (done.status, (await case_now(console, case)).state) == (303, CaseState.TRIAGED)


async def test_spam_about_a_concern_needs_a_reason_and_no_more(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()

    bare = await browser.act(case.code, "decide", {"outcome": "spam"})
    done = await browser.act(case.code, "decide", {"outcome": "spam", "reason": "Reklame."})

    assert (bare.status, done.status) == (422, 303)
    assert "Svar ja eller nej til lokal indsats" not in bare.words


async def test_advice_becomes_a_concern_after_the_asker_was_told_and_the_timeline_says_so(
    console: Console,
) -> None:
    browser = await console.come_in()
    case = await console.report(kind="advice")

    untold = await browser.act(case.code, "kind", {"kind": "relative", "words": "Nævner sin bror."})
    done = await browser.act(
        case.code, "kind", {"kind": "relative", "told": "yes", "words": "Nævner sin bror."}
    )

    assert untold.status == 422
    assert "Sig det først til den, der spurgte" in untold.words
    assert "Nævner sin bror." in untold.text
    page = (await browser.get(f"{HOME}/case/{case.code}")).words
    assert done.status == 303
    assert "Råd uden navn → Pårørende; den, der spurgte, har fået det at vide" in page
    assert "48 timer til svar" in page
    assert "48 timer til beslutning" in page


async def test_the_exception_stands_with_its_reason_until_somebody_else_says_yes(console: Console) -> None:
    browser, second = await console.come_in(), await console.come_in(Role.HEAD)
    case = await console.report(kind="advice")
    await browser.act(case.code, "kind", {"kind": "relative", "told": "child", "words": "Han er 12."})

    own = await browser.get(f"{HOME}/case/{case.code}")
    theirs = await second.get(f"{HOME}/case/{case.code}")
    queue = (await second.get(HOME)).words

    assert "Du har selv besluttet" in own.words
    assert f'action="{HOME}/case/{case.code}/decide"' not in own.text
    assert "Det handler om et barn" in theirs.words
    assert "Han er 12." in theirs.words
    assert f"før det gælder: {case.code}" in queue
    assert (await second.act(case.code, "confirm-kind")).status == 303
    assert (await case_now(console, case)).kind == "relative"


async def test_what_a_reporter_adds_after_the_decision_is_in_the_queue_until_somebody_says_what_was_done(
    console: Console,
) -> None:
    browser = await console.come_in()
    case = await console.report()
    decision = {"outcome": "advice_only", "reason": "Talt.", "local_action": "no", "to_unit": "no"}
    await browser.act(case.code, "decide", decision)
    await console.store.write(
        lambda tx: write_from_reporter(tx, RULES, case_id=case.id, words="Nu er han rejst.")
    )

    queue = (await browser.get(HOME)).words
    bare = await browser.act(case.code, "seen")
    done = await browser.act(case.code, "seen", {"did": "called"})

    assert "24:00" in queue
    assert f"{case.code} Pårørende" in queue
    assert "Der er skrevet mere" in queue
    assert (bare.status, "Vælg en af dem." in bare.words) == (422, True)
    assert done.status == 303
    assert case.code not in (await browser.get(HOME)).words
    assert (
        "Så det, der var skrevet: Ringet til indsenderen"
        in (await browser.get(f"{HOME}/case/{case.code}")).words
    )
