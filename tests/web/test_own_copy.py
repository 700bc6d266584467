"""What somebody at work may print for their own file: what they wrote, and a receipt without content."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from playwright.async_api import Browser
from sqlalchemy import select

from storage.house_tables import audit_entries
from storage.store import Store
from storage.transaction import Transaction
from tests.support.browsing import LARGE_TEXT, SMALL, browse
from tests.support.builders import a_submission
from tests.support.stores import SettableClock
from tests.web.talking import press, sees
from tests.web.visiting import Visitor, code_of, enter, plainly, visiting
from triage.cases.receipts import ReceiptCode, make_receipt
from triage.cases.records import Channel

AT_WORK = {
    "danger": "no",
    "kind": "professional",
    "work": "school",
    "age": "15_17",
    "notified": "yes",
    "next_step": "call_me",
}
SEEN = "Han tegnede et mærke på tavlen, 010190-1234"


def seen_at_work(name: str) -> str:
    return {"seen": SEEN, "notified_on": "3.2.2026"}.get(name, plainly(name))


async def sent_at_work(visitor: Visitor) -> str:
    """Send a teacher's short report; its code."""
    visitor.choices = AT_WORK
    await visitor.begin()
    await visitor.tell(seen_at_work)
    await visitor.press("act", "send")
    return code_of(visitor)


def read(visitor: Visitor) -> str:
    """Everything on the page, the questions that were answered as well."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", visitor.html)).split())


def _acts(tx: Transaction) -> list[tuple[str, str]]:
    return [(row.act, row.actor) for row in tx._work.all(select(audit_entries))]


async def test_a_teacher_may_print_what_they_wrote_and_nothing_else(site: str, store: Store) -> None:
    async with visiting(site) as visitor:
        await sent_at_work(visitor)
        await visitor.press("act", "copy")

        assert visitor.url.endswith("/kode/kopi")
        assert "Hvad har du selv set eller hørt? Hvad skete, hvor og hvornår?" in read(visitor)
        assert "Han tegnede et mærke på tavlen, [CPR-nummer slettet]" in read(visitor)
        assert f"læse svar og skrive mere på denne side: {site}/kode" in read(visitor)
        assert "Hvilken dag skrev du til kommunen? 3.2.2026" in read(visitor)
        assert (
            "Arbejdssted: Testperson A Mail på arbejdet: a@example.org Telefon på arbejdet: 20 20 20 20"
        ) in read(visitor)
        assert "Her står kun det, du selv skrev." in read(visitor)
        assert "Har du talt med din leder" not in read(visitor)
        assert visitor.headers.count("Cache-Control: no-store") > 0
        assert "<script>" not in visitor.html
        for _ in range(2):
            await visitor.get("/kode/kopi")
            assert "Han tegnede et mærke" in read(visitor)
    acts = await store.read(_acts)
    assert acts.count(("case:read", "reporter")) == 3


async def test_a_question_that_named_a_place_names_it_in_the_copy(site: str) -> None:
    async with visiting(site) as visitor:
        visitor.choices = {**AT_WORK, "forward": "yes"}
        await visitor.begin()
        await visitor.tell(seen_at_work)
        await visitor.press("act", "send")
        await visitor.press("act", "copy")
        assert "Hvor bor personen? Aalborg" in read(visitor)
        assert "Nordjylland" in read(visitor)


async def test_the_receipt_says_when_and_to_whom_and_nothing_of_what(site: str) -> None:
    async with visiting(site) as visitor:
        await sent_at_work(visitor)
        await visitor.press("act", "receipt")

        assert visitor.url.endswith("/kode/kvittering")
        assert re.search(
            r"VINK, Københavns Kommune, har fået en henvendelse. Den blev sendt den \d", visitor.words
        )
        assert "Du kan få at vide, om det førte til noget." in read(visitor)
        assert "Den tæller ikke i stedet for" in read(visitor)
        assert f"læse svar og skrive mere på denne side: {site}/kode" in read(visitor)
        assert "tavlen" not in read(visitor)
        assert "Testperson" not in read(visitor)
        assert not re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", visitor.html)


async def test_of_an_adult_nothing_is_promised_afterwards(site: str) -> None:
    async with visiting(site) as visitor:
        visitor.choices = {**AT_WORK, "age": "25_39"}  # then nothing is asked about the duty
        await visitor.begin()
        await visitor.tell(plainly)
        await visitor.press("act", "send")
        assert "Vi må som regel ikke fortælle" in read(visitor)
        await visitor.press("act", "receipt")
        assert "førte til noget" not in read(visitor)
        assert "Den tæller ikke i stedet for" in read(visitor)


async def test_the_code_leads_to_the_copy_and_words_added_later_stand_in_it(site: str) -> None:
    async with visiting(site) as visitor:
        code = await sent_at_work(visitor)
    async with visiting(site) as other:
        await enter(other, code)
        await other.fill({"words": "Det skete igen i dag."})
        await other.press("act", "copy")
        assert "Han tegnede et mærke" in read(other)
        assert "Det, du skrev senere" in read(other)
        assert "Det skete igen i dag." in read(other)


async def test_a_relative_is_offered_no_copy_and_gets_none(site: str) -> None:
    async with visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(plainly)
        await visitor.press("act", "send")
        assert not visitor.has("act", "copy")
        form = visitor.form_with("act", "open")
        await visitor.post("/kode", [*form.hidden, ("act", "copy")])
        assert not visitor.has("act", "copy")
        for path in ("/kode/kopi", "/kode/kvittering"):
            await visitor.get(path)
            assert visitor.url.endswith("/kode")


async def test_what_staff_took_down_is_not_said_to_be_what_the_person_wrote(site: str, store: Store) -> None:
    case = await store.write(a_submission, kind="professional", channel=Channel.CONSOLE)
    code = await store.write(make_receipt, case_id=case.id)
    assert isinstance(code, ReceiptCode)
    async with visiting(site) as visitor:
        await enter(visitor, code.written)
        await visitor.press("act", "copy")
        assert "det, som en medarbejder skrev ned" in read(visitor)
        assert "Her står kun det, du selv skrev." not in read(visitor)


@pytest.mark.parametrize("path", ["/kode/kopi", "/kode/kvittering"])
async def test_a_copy_is_never_shown_to_whoever_comes_back_to_the_browser(
    site: str, clock: SettableClock, path: str
) -> None:
    async with visiting(site) as visitor:
        await sent_at_work(visitor)
        await visitor.get(path, here=False)
        assert visitor.url.endswith("/kode")
        clock.advance(timedelta(minutes=16))
        await visitor.get(path)
        assert visitor.url.endswith("/kode")
    async with visiting(site) as nobody:
        await nobody.get(path)
        assert nobody.url.endswith("/kode")


@pytest.mark.browser
async def test_copy_and_receipt_are_accessible_and_on_paper_nothing_is_left_to_press(
    chromium: Browser, site: str
) -> None:
    async with visiting(site) as visitor:
        await sent_at_work(visitor)
        cookies = [(each.key, each.value) for each in visitor.session.cookie_jar]
    async with browse(chromium, width=SMALL, text_size=LARGE_TEXT, light="dark") as view:
        await view.context.add_cookies(
            [{"name": name, "value": value, "url": site} for name, value in cookies]
        )
        await view.page.goto(site)
        await press(view, "main button[value=go_on_yes]")
        for wanted, words in (("copy", "Han tegnede et mærke"), ("receipt", "har fået en henvendelse")):
            await press(view, f"main button[value={wanted}]")
            await sees(view, words)
            assert await view.axe() == []
            assert not await view.scrolls_sideways()
            await view.page.emulate_media(media="print")
            assert await view.page.locator("button:visible, a.button:visible").count() == 0
            await view.page.emulate_media(media="screen")
            await press(view, "main button[value=back]")
        assert view.complaints == []
