from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from admin.parts import HOME
from storage.transaction import Transaction
from tests.admin.house import Answer, Browser, Console
from triage.audit import Act
from triage.cases.case import Case, CaseState
from triage.cases.dialogue import write_from_reporter
from triage.cases.records import Channel
from triage.people.person import Role

DECISION = {
    "outcome": "advice_only",
    "reason": "Talt med indsenderen.",
    "local_action": "no",
    "to_unit": "no",
}


async def case_now(console: Console, case: Case) -> Case:
    return await console.store.read(lambda tx: tx.cases.get(case.id))


def selected(answer: Answer) -> set[tuple[str, str]]:
    found = re.findall(r'<input type="radio" name="([^"]*)" value="([^"]*)"[^>]* checked', answer.text)
    return set(found)


async def test_nothing_is_chosen_beforehand(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report(acute=True)

    page = await browser.get(f"{HOME}/case/{case.code}")

    assert selected(page) == set()
    assert "Indsenderens ord – ikke undersøgt" in page.words


async def test_the_report_stands_in_the_words_of_its_questions(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report(story="Han går ikke ud mere.")

    words = (await browser.get(f"{HOME}/case/{case.code}")).words

    assert "Hvordan kender du personen? Søskende" in words
    assert "Hvor bor personen? København" in words
    assert "Han går ikke ud mere." in words
    assert "Testperson R" not in words


async def test_a_decision_needs_both_answers_and_a_reason_and_keeps_what_was_typed(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()

    answer = await browser.act(case.code, "decide", {"outcome": "to_unit", "reason": "", "to_unit": "yes"})

    assert answer.status == 422
    assert selected(answer) == {("outcome", "to_unit"), ("to_unit", "yes")}
    assert "Svar ja eller nej til" in answer.words
    assert (await case_now(console, case)).state is CaseState.RECEIVED


async def test_a_decision_stops_the_clock(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()

    done = await browser.act(case.code, "decide", DECISION)
    page = await browser.get(done.location)
    after = await case_now(console, case)

    assert (done.status, after.state) == (303, CaseState.TRIAGED)
    assert after.decision is not None
    assert (after.decision.local_action, after.decision.to_unit) == (False, False)
    assert "Beslutningen er gemt." in page.words
    clocks = await console.store.read(lambda tx: [each.stopped_at for each in tx.clocks.of_case(case.id)])
    assert None not in clocks


async def test_a_forwarded_case_stops_its_clock_when_receipt_is_recorded(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()
    await browser.act(case.code, "decide", {**DECISION, "outcome": "forward_infohus"})
    waiting = await case_now(console, case)

    await browser.act(case.code, "receipt", {"words": "Modtaget af vagten i telefonen kl. 14."})

    assert waiting.state is CaseState.AWAITS_RECEIPT
    assert (await case_now(console, case)).state is CaseState.FORWARDED


async def need_more(browser: Browser, case: Case, **more: str) -> Answer:
    assert browser.person is not None
    step = {"next_what": "Ring til moren", "next_owner": str(browser.person.id), "next_date": "2026-05-05"}
    fields = {**DECISION, "outcome": "need_more", **step, "next_time": "14.30", **more}
    return await browser.act(case.code, "decide", fields)


async def test_need_more_lets_the_clock_run_and_keeps_the_next_step(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()

    done = await need_more(browser, case)

    assert done.status == 303
    assert (await case_now(console, case)).state is CaseState.IN_TRIAGE
    assert "Næste skridt" in (await browser.get(f"{HOME}/case/{case.code}")).words
    stopped = await console.store.read(lambda tx: [each.stopped_at for each in tx.clocks.of_case(case.id)])
    assert stopped == [None]


@pytest.mark.parametrize(
    ("date", "time", "sentence"),
    [
        ("2027-03-28", "02:30", "findes ikke den nat"),
        ("2026-10-25", "02:30", "kommer to gange den nat"),
        ("2026-02-30", "12:00", "Skriv en dato"),
        ("2026-05-05", "25:00", "Skriv et klokkeslæt"),
        ("i morgen", "12:00", "Skriv en dato"),
        ("2026-05-03", "12:00", "et tidspunkt, der ikke er gået"),
    ],
)
async def test_a_time_that_cannot_be_meant_is_refused_or_asked_about(
    console: Console, date: str, time: str, sentence: str
) -> None:
    browser = await console.come_in()
    case = await console.report()

    answer = await need_more(browser, case, next_date=date, next_time=time)

    assert answer.status == 422
    assert sentence in answer.words
    assert f'value="{date}"' in answer.text
    assert "Ring til moren" in answer.text


async def test_a_time_that_comes_twice_is_taken_once_it_is_said_which(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()

    done = await need_more(browser, case, next_date="2026-10-25", next_time="02:30", next_which="second")
    facts = await console.store.read(
        lambda tx: [each.facts.get("due") for each in tx.cases.timeline(case.id)]
    )

    assert done.status == 303
    assert datetime(2026, 10, 25, 1, 30, tzinfo=UTC).isoformat() in facts


async def test_an_overdue_decision_needs_a_reason_of_its_own(console: Console) -> None:
    person = await console.someone()
    case = await console.report()
    console.clock.advance(timedelta(hours=49))
    browser = await console.sign_in(person)

    refused = await browser.act(case.code, "decide", DECISION)
    taken = await browser.act(case.code, "decide", {**DECISION, "overdue_reason": "Vi var to syge."})

    assert (refused.status, taken.status) == (422, 303)
    assert "Fristen er overskredet. Skriv hvorfor." in refused.words
    assert "Talt med indsenderen." in refused.text
    assert "for sent" in (await browser.get(f"{HOME}/case/{case.code}")).words


async def test_somebody_else_was_first_and_nothing_typed_is_lost(console: Console) -> None:
    one, two = await console.come_in(), await console.come_in(Role.HEAD)
    case = await console.report()
    page = await two.get(f"{HOME}/case/{case.code}")
    await one.act(case.code, "decide", DECISION)

    action = f"{HOME}/case/{case.code}/decide"
    late = await two.post(action, {**page.form(action), **DECISION, "reason": "Mine egne ord om sagen."})

    assert late.status == 409
    assert "Sagen er allerede besluttet." in late.words
    assert "Mine egne ord om sagen." in late.words


async def test_an_outcome_of_another_kind_is_shown_at_the_outcome(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report(kind="advice")

    refused = await browser.act(case.code, "decide", {**DECISION, "outcome": "to_unit"})

    assert refused.status == 422
    assert '<a href="#f-decide-outcome">Det kan ikke vælges for den slags henvendelse.' in refused.text


async def test_before_replying_staff_see_that_the_reporter_will_not_be_told(console: Console) -> None:
    browser = await console.come_in()
    open_to_it = await console.report(reach={"reach_how": ("here",)})
    anonymous = await console.report(reach={"anonymity": "anonymous"})

    said = "Indsenderen får ikke besked om dit svar"
    assert said not in (await browser.get(f"{HOME}/case/{open_to_it.code}")).words
    assert said in (await browser.get(f"{HOME}/case/{anonymous.code}")).words


async def test_dialogue_and_notes_stand_apart(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()
    await browser.act(case.code, "note", {"words": "Kun for os."})
    await browser.act(case.code, "reply", {"words": "Tak, fordi du skrev."})
    await console.let_replies_go()
    await console.store.write(
        write_from_reporter, console.parts.rules, case_id=case.id, words="Jeg kan efter fire."
    )

    page = await browser.get(f"{HOME}/case/{case.code}")
    dialogue = page.text[page.text.index('id="dialogue"') : page.text.index('id="notes"')]

    assert "Tak, fordi du skrev." in dialogue
    assert "Jeg kan efter fire." in dialogue
    assert "Kun for os." not in dialogue
    assert f"går til indsenderen af {case.code}" in page.words


async def test_an_identity_number_is_taken_out_and_the_writer_is_told(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()

    done = await browser.act(case.code, "note", {"words": "Hedder 010190-1234 ifølge moren."})
    page = await browser.get(done.location)

    assert "Antal: 1." in page.words
    assert "010190" not in page.words


async def test_who_the_reporter_is_opens_for_a_reason_and_is_written_down(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report(name="Testperson Hemmelig")

    without = await browser.act(case.code, "identity", {"words": ""})
    opened = await browser.act(case.code, "identity", {"words": "Skal ringe tilbage."})
    later = await browser.get(f"{HOME}/case/{case.code}")

    assert (without.status, opened.status) == (422, 200)
    assert "Testperson Hemmelig" not in without.words
    assert "Testperson Hemmelig" in opened.words
    assert "Testperson Hemmelig" not in later.words
    assert "Skal ringe tilbage." in later.words


@pytest.mark.asvs("7.5.1")
async def test_who_the_reporter_is_needs_a_fresh_code_after_five_minutes(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report(name="Testperson Hemmelig")
    console.clock.advance(timedelta(minutes=6))

    stale = await browser.act(case.code, "identity", {"words": "Skal ringe tilbage."})
    code = console.code_now(browser.secret)
    fresh = await browser.act(case.code, "identity", {"words": "Skal ringe tilbage.", "factor": code})
    after = await browser.get(f"{HOME}/case/{case.code}")

    assert (stale.status, fresh.status, after.status) == (422, 200, 200)
    assert "Skal ringe tilbage." in stale.text
    assert "Testperson Hemmelig" in fresh.words


async def test_an_alarm_on_a_case_is_answered_on_its_page(console: Console) -> None:
    browser = await console.come_in(on_duty=True)
    case = await console.report(acute=True)

    silent = await browser.act(case.code, "answer", {"action": "other", "words": ""})
    done = await browser.act(
        case.code, "answer", {"action": "called_reporter", "words": "Talt med søsteren."}
    )
    alarms = await console.store.read(lambda tx: [each.action for each in tx.alarms.of_case(case.id)])

    assert (silent.status, done.status) == (422, 303)
    assert alarms == ["called_reporter"]


async def test_an_alarm_says_that_its_answer_was_changed_before_the_report_was_sent(console: Console) -> None:
    browser = await console.come_in()
    cases = [await console.report(acute=True, danger=answer) for answer in ("yes", "no")]

    pages = [await browser.get(f"{HOME}/case/{case.code}") for case in cases]

    assert ["Svaret, der udløste alarmen, blev rettet" in page.words for page in pages] == [False, True]


async def test_the_head_of_a_case_shows_the_clock_that_runs_out_first_and_all_stay_listed(
    console: Console,
) -> None:
    browser = await console.come_in(on_duty=True)
    case = await console.report(acute=True)
    path = f"{HOME}/case/{case.code}"

    before = (await browser.get(path)).text
    await browser.act(case.code, "answer", {"action": "called_police", "words": ""})
    after = (await browser.get(path)).text

    heads = [each[each.index('class="heading"') : each.index('class="strip"')] for each in (before, after)]
    assert ["Akut" in heads[0], "0:30" in heads[0], "48:00" in heads[1]] == [True, True, True]
    assert before.count('class="clock-how"') == after.count('class="clock-how"') == 2


async def test_a_clock_that_stopped_says_whether_its_time_was_left_or_over(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()
    await browser.act(case.code, "decide", DECISION)

    words = (await browser.get(f"{HOME}/case/{case.code}")).words

    assert "48:00 tilbage, da uret stoppede" in words


async def test_closing_ends_what_can_be_done(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()
    await browser.act(case.code, "decide", DECISION)
    await browser.act(case.code, "close", {"words": "Aftalt med indsenderen."})

    page = await browser.get(f"{HOME}/case/{case.code}")

    assert (await case_now(console, case)).state is CaseState.CLOSED
    assert re.findall(rf'action="{HOME}/case/[^"]*/(\w[\w-]*)"', page.text) == [
        "identity",
        "reopen",
        "clock-start",
        "link",
        "conflict",
    ]


async def test_ending_contact_destroys_the_way_back(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report(channel=Channel.TELEGRAM)

    await browser.act(case.code, "end-contact")
    way = await console.store.read(lambda tx: tx.reporters.conversation_of(case.id))

    assert way is None


async def test_a_case_marked_acute_by_staff_stands_first(console: Console) -> None:
    browser = await console.come_in()
    first, second = await console.report(), await console.report()
    await browser.act(second.code, "acute", {"words": "Ny oplysning fra skolen."})

    queue = (await browser.get(HOME)).text
    queue = queue[queue.index('class="queue"') :]

    assert queue.index(second.code) < queue.index(first.code)


async def test_every_reading_of_a_case_is_an_audit_entry(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()
    for _ in range(2):
        await browser.get(f"{HOME}/case/{case.code}")

    def reads(tx: Transaction) -> int:
        return sum(entry.act is Act.CASE_READ for entry in tx.audit.of_object(case.id))

    assert await console.store.read(reads) == 2


async def test_a_case_that_does_not_exist_looks_like_one_that_may_not_be_seen(console: Console) -> None:
    case = await console.report()
    officer, analyst = await console.come_in(), await console.come_in(Role.ANALYST)

    missing = await officer.get(f"{HOME}/case/K-0000000")
    hidden = await analyst.get(f"{HOME}/case/{case.code}")

    assert missing.status == hidden.status == 404
    assert case.code not in hidden.text
