from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from admin.parts import HOME
from admin.taking_down import SHOWN_AGAIN
from handlers.dialog.conversation import DRAFT_LIVES
from storage.store import Store
from tests.admin.house import Answer, Browser, Console, open_console
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.cases.case import Case, EventKind
from triage.cases.receipts import Opened, ReceiptCode, open_with_code, replace_receipt
from triage.cases.records import Channel, Source
from triage.limits import Limit
from triage.people.person import Role

REMOVED = "Jeg har slettet det, der lignede et CPR-nummer."
CONTACT = f"{HOME}/contact"
MONDAY = datetime(2026, 5, 11, 6, 5, tzinfo=UTC)
TRIES = Limit(burst=5, refill=timedelta(seconds=1))
MARK = "marker-7731"
_CODE = re.compile(r'<span class="code big".*?</span><wbr></span>')


async def begun(browser: Browser, **more: str) -> str:
    """The address of a contact that was just begun."""
    fields = {"hotline": "local", "source": "phone", "language": "da", **more}
    filled = (await browser.get(CONTACT)).form(CONTACT)
    typed = {"date": "", "time": ""} | fields
    answer = await browser.post(CONTACT, {**filled, **typed})
    assert answer.status == 303, answer.words
    return answer.location


async def say(browser: Browser, here: str, question: str, *answers: str, kind: str = "choice") -> Answer:
    page = await browser.get(here)
    hidden = page.form(here) if f'name="question" value="{question}"' in page.text else None
    assert hidden is not None, page.words
    return await browser.post(here, {**_asking(page), "kind": kind, "answer": list(answers)})


def _asking(page: Answer) -> dict[str, str]:
    """The hidden fields of the form that answers the question."""
    forms = re.findall(r'<form method="post".*?</form>', page.text, re.DOTALL)
    asking = next(form for form in forms if 'name="question"' in form)
    return dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', asking))


async def press(browser: Browser, here: str, name: str, value: str) -> Answer:
    page = await browser.get(here)
    assert f'name="{name}" value="{value}"' in page.text, page.words
    forms = re.findall(r'<form method="post".*?</form>', page.text, re.DOTALL)
    form = next(each for each in forms if f'name="{name}" value="{value}"' in each)
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form))
    return await browser.post(here, {**hidden, name: value})


async def to_the_review(browser: Browser, here: str, *, story: str = "Hun siger det hver dag.") -> Answer:
    """Advice without names: the shortest way through."""
    await say(browser, here, "danger", "no")
    await say(browser, here, "kind", "advice")
    for _ in range(20):
        page = await browser.get(here)
        if 'value="send"' in page.text:
            return page
        forms = re.findall(r'<form method="post".*?</form>', page.text, re.DOTALL)
        form = next(each for each in forms if 'name="question"' in each)
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form))
        fields: dict[str, str] = {}
        if 'value="go_on"' in form:
            fields = {"act": "go_on"}
        elif 'value="skip"' in form:
            fields = {"act": "skip"}
        elif "<textarea" in form:
            fields = {"answer": story}
        elif hidden["kind"] == "place":
            fields = {"answer": "København"}
        else:
            fields = {"answer": re.findall(r'name="answer" value="([^"]*)"', form)[0]}
        answer = await browser.post(here, {**hidden, **fields})
        assert answer.status == 303, answer.words
    raise AssertionError("the review never came")


async def the_case(console: Console) -> Case:
    [case] = await console.store.read(lambda tx: tx.cases.queue(reader=None, limit=5))
    return case


async def test_fridays_call_is_written_down_on_monday_and_stands_as_received_on_friday(
    console: Console,
) -> None:
    console.clock.at = MONDAY
    browser = await console.come_in(name="Testperson Vagt", on_duty=True)

    here = await begun(browser, date="2026-05-08", time="16:20")
    await to_the_review(browser, here)
    sent = await press(browser, here, "act", "send")

    case = await the_case(console)
    page = await browser.get(f"{HOME}/case/{case.code}")
    [submission] = await console.store.read(lambda tx: tx.cases.submissions(case.id, identity=False))
    assert sent.status == 200
    assert case.received_at == submission.received_at == datetime(2026, 5, 8, 14, 20, tzinfo=UTC)
    assert (case.source, submission.channel) == (Source.PHONE, Channel.CONSOLE)
    assert "Testperson Vagt · Skrevet ned: Telefon; modtaget fredag kl. 16.20" in page.words
    assert "-15:45" in page.words.replace("\N{MINUS SIGN}", "-")
    assert "Telefon" in (await browser.get(HOME)).words


@pytest.mark.parametrize(
    ("public_url", "where"),
    [
        pytest.param("https://kontakt.example.org/", "https://kontakt.example.org/kode", id="as it is set"),
        pytest.param("", "{own}/kode", id="beside the desk"),
        pytest.param(None, None, id="not known"),
    ],
)
async def test_whoever_reads_the_code_out_can_say_where_it_is_typed(
    store: Store, clock: SettableClock, *, public_url: str | None, where: str | None
) -> None:
    async with open_console(store, clock, public_url=public_url) as console:
        browser = await console.come_in()
        here = await begun(browser, **now(console))
        await to_the_review(browser, here)
        sent = await press(browser, here, "act", "send")
    assert sent.status == 200
    said = re.findall(r"Læs også adressen op: (\S+)", sent.words)
    assert said == ([] if where is None else [where.format(own=console.address)])


async def test_the_code_stands_on_one_answer_and_in_no_audit_entry_and_opens_the_case(
    console: Console,
) -> None:
    browser = await console.come_in()
    here = await begun(browser, **now(console))
    page = await to_the_review(browser, here)

    forms = re.findall(r'<form method="post".*?</form>', page.text, re.DOTALL)
    form = next(each for each in forms if 'value="send"' in each)
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form))
    sent = await browser.post(here, {**hidden, "act": "send"})
    lost = await browser.post(here, {**hidden, "act": "send"})
    later = await browser.get(here)

    case = await the_case(console)
    code = code_on(sent)
    entries = await console.store.read(lambda tx: tx.audit.of_object(case.id))
    opened = await console.store.write(open_with_code, typed=code, source="test", limit=TRIES)
    assert opened == Opened(case_id=case.id)
    assert code_on(lost) == code
    assert (later.status, later.location) == (303, f"{HOME}/case/{case.code}")
    assert code not in (await browser.get(later.location)).text
    assert code not in repr(entries)
    made = [each.actor for each in entries if each.act is Act.CODE_MADE]
    assert made == [browser.person.id if browser.person else None]


async def sent(browser: Browser, here: str) -> tuple[Answer, dict[str, str]]:
    """The answer that shows the code, and the form that can be sent once more."""
    page = await to_the_review(browser, here)
    forms = re.findall(r'<form method="post".*?</form>', page.text, re.DOTALL)
    form = next(each for each in forms if 'value="send"' in each)
    fields = {**dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)), "act": "send"}
    return await browser.post(here, fields), fields


async def test_the_same_form_shows_no_code_that_the_caller_replaced(console: Console) -> None:
    browser = await console.come_in()
    here = await begun(browser, **now(console))
    _, fields = await sent(browser, here)
    case = await the_case(console)
    own = await console.store.write(replace_receipt, case_id=case.id)

    again = await browser.post(here, fields)

    assert isinstance(own, ReceiptCode)
    assert own.written not in again.words.replace(" ", "")
    assert _CODE.search(again.text) is None
    assert "Koden kan ikke vises mere" in again.words


async def test_the_same_form_shows_the_code_only_as_long_as_its_answer_may_have_been_lost(
    console: Console,
) -> None:
    browser = await console.come_in()
    here = await begun(browser, **now(console))
    _, fields = await sent(browser, here)
    console.clock.advance(SHOWN_AGAIN)
    still = await browser.post(here, fields)
    console.clock.advance(timedelta(seconds=1))

    later = await browser.post(here, fields)

    assert _CODE.search(still.text)
    assert (later.status, later.location) == (303, here)


async def test_danger_raises_the_alarm_when_it_is_answered_and_the_card_stands_to_be_read_out(
    console: Console,
) -> None:
    browser = await console.come_in(on_duty=True)
    here = await begun(browser, **now(console))

    await say(browser, here, "danger", "yes")

    page = await browser.get(here)
    [alarm] = await console.store.read(lambda tx: tx.alarms.waiting(reader=None, limit=5))
    entries = await console.store.read(lambda tx: tx.audit.of_object(alarm.id))
    assert "Læs det op nu" in page.words
    assert "Ring 112 nu" in page.words
    assert entries[0].actor == (browser.person.id if browser.person else None)


async def test_a_colleague_neither_sees_nor_changes_what_is_not_sent(console: Console) -> None:
    browser, colleague = await console.come_in(), await console.come_in(Role.HEAD)
    here = await begun(browser, **now(console))
    await say(browser, here, "danger", "no")
    token = (await colleague.get(CONTACT)).form(CONTACT)

    seen = await colleague.get(here)
    changed = await colleague.post(here, {**token, "act": "back", "revision": "2"})
    dropped = await colleague.post(here, {**token, "act": "drop"})

    assert (seen.status, changed.status) == (404, 410)
    assert dropped.location == CONTACT
    assert here not in (await colleague.get(CONTACT)).text
    assert here in (await browser.get(CONTACT)).text
    assert (await browser.get(here)).status == 200


async def test_what_was_begun_is_there_again_until_it_is_deleted_or_its_time_is_up(console: Console) -> None:
    browser = await console.come_in()
    first, second = await begun(browser, **now(console)), await begun(browser, **now(console))

    await press(browser, first, "act", "drop")
    gone = await browser.get(first)
    there = (await browser.get(CONTACT)).text
    console.clock.advance(DRAFT_LIVES)
    again = await console.sign_in(browser.person) if browser.person else browser
    late = await again.get(CONTACT)

    assert gone.status == 404
    assert first not in there
    assert second in there
    assert second not in late.text
    assert (await again.get(second)).status == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"date": "2026-05-12", "time": "08:00"}, "Tidspunktet ligger i fremtiden"),
        ({"date": "2026-03-29", "time": "02:30"}, "findes ikke"),
        ({"date": "2025-10-26", "time": "02:30"}, "to gange"),
        ({"date": "2026-04-01", "time": "10:00"}, "Det er længe siden"),
        ({"date": "0026-05-11", "time": "07:00", "late": "under_way"}, "Så langt tilbage kan det ikke være"),
        ({"date": "0001-01-01", "time": "00:00"}, "Skriv en dato, fx 3.5.2026."),
        ({"source": "telegram", "date": "2026-05-11", "time": "07:00"}, "Vælg, hvordan henvendelsen kom"),
        ({"hotline": "nowhere", "date": "2026-05-11", "time": "07:00"}, "Vælg, hvilken hotline"),
        ({"language": "xx", "date": "2026-05-11", "time": "07:00"}, "Vælg et sprog"),
    ],
)
async def test_an_opening_that_cannot_be_is_refused_with_what_was_typed(
    console: Console, fields: dict[str, str], said: str
) -> None:
    console.clock.at = MONDAY
    browser = await console.come_in()
    hidden = (await browser.get(CONTACT)).form(CONTACT)
    whole = {"hotline": "local", "source": "mail", "language": "da", **fields}

    refused = await browser.post(CONTACT, {**hidden, **whole})

    assert refused.status == 422
    assert said in refused.words
    assert f'value="{whole["date"]}"' in refused.text
    assert (await browser.get(CONTACT)).text.count(f"{CONTACT}/") == 0


async def test_a_letter_from_last_month_is_taken_once_somebody_says_why_so_late(console: Console) -> None:
    console.clock.at = MONDAY
    browser = await console.come_in(on_duty=True)

    here = await begun(browser, source="mail", date="2026-04-01", time="10:00", late="lay_with_us")
    await to_the_review(browser, here)
    await press(browser, here, "act", "send")

    case = await the_case(console)
    received = await console.store.read(lambda tx: tx.cases.timeline(case.id))
    facts = next(each.facts for each in received if each.kind is EventKind.RECEIVED)
    assert (facts["source"], facts["late"]) == ("mail", "lay_with_us")


async def test_words_that_are_not_taken_come_back(console: Console) -> None:
    browser = await console.come_in()
    here = await begun(browser, **now(console))
    await say(browser, here, "danger", "no")
    page = await browser.get(here)
    old = _asking(page)
    await say(browser, here, "kind", "advice")

    stale = await browser.post(here, {**old, "answer": MARK})

    assert stale.status == 409
    assert MARK in stale.words


async def test_words_for_another_question_are_not_put_into_the_field_of_this_one(console: Console) -> None:
    browser = await console.come_in()
    here = await begun(browser, **now(console))
    await say(browser, here, "danger", "no")
    old = _asking(await browser.get(here))
    await say(browser, here, "kind", "talk_request")
    await press(browser, here, "act", "go_on")

    stale = await browser.post(here, {**old, "answer": MARK})

    assert 'name="answer"' in stale.text
    assert stale.text.count(MARK) == 1


async def test_a_number_that_was_taken_out_is_told_by_its_kind(console: Console) -> None:
    browser = await console.come_in()
    here = await begun(browser, **now(console))
    await say(browser, here, "danger", "no")
    await say(browser, here, "kind", "talk_request")
    await press(browser, here, "act", "go_on")
    asking = _asking(await browser.get(here))

    taken = await browser.post(here, {**asking, "answer": "Skolen. 010190-1234"})
    shown = await browser.get(taken.location)
    forged = await browser.get(f"{here}?note=removed.nothing")

    assert "note=removed.cpr" in taken.location
    assert "010190" not in shown.words
    assert REMOVED in shown.words
    assert REMOVED not in forged.words


def now(console: Console) -> dict[str, str]:
    local = console.parts.rules.calendar.local(console.clock.at)
    return {"date": local.date().isoformat(), "time": local.strftime("%H:%M")}


def code_on(answer: Answer) -> str:
    found = _CODE.search(answer.text)
    assert found is not None, answer.words
    return re.sub(r"<[^>]+>", "", found[0])


@pytest.mark.parametrize("times", [1, 2])
async def test_another_language_in_the_middle_of_an_answer_keeps_what_was_taken_down(
    console: Console, times: int
) -> None:
    browser = await console.come_in(on_duty=True)
    here, form = await _at_the_story(browser, console)
    pages = [await browser.post(here, {**form, "answer": MARK, "language": "en"}) for _ in range(times)]
    page = pages[-1]
    assert page.status == 200
    assert f"{MARK}</textarea>" in page.text
    assert 'lang="en"' in page.text
    assert MARK not in (await browser.get(here)).text


async def test_an_earlier_answer_to_be_changed_leaves_what_was_taken_down_on_the_page(
    console: Console,
) -> None:
    browser = await console.come_in(on_duty=True)
    here, form = await _at_the_story(browser, console)
    assert re.search(
        r'<button type="submit" form="typed" [^>]*name="edit" value="kind"', (await browser.get(here)).text
    )
    page = await browser.post(here, {**form, "answer": MARK, "edit": "kind"})
    assert page.status == 200
    assert 'name="question" value="kind"' in page.text
    assert "Det, du skrev, står her stadig." in page.words
    assert MARK in page.words


async def _at_the_story(browser: Browser, console: Console) -> tuple[str, dict[str, str]]:
    """A contact where the first open question stands, and that question's form."""
    here = await begun(browser, **now(console))
    await say(browser, here, "danger", "no")
    await say(browser, here, "kind", "advice")
    for _ in range(20):
        page = await browser.get(here)
        if "<textarea" in page.text:
            return here, _asking(page)
        form = _asking(page)
        given = {"act": "skip"} if 'value="skip"' in page.text else {"act": "go_on"}
        if form["kind"] == "choice":
            given = {"answer": re.findall(r'name="answer" value="([^"]*)"', page.text)[0]}
        elif form["kind"] == "place":
            given = {"answer": "København"}
        await browser.post(here, {**form, **given})
    raise AssertionError("no open question came")
