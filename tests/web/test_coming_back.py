"""After sending, coming back, and not being there at all: what a browser is told, and that GET changes nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from handlers.dialog.conversation import LINK_LIVES, Link, LinkPurpose
from handlers.dialog.inputs import Language
from handlers.dialog.intake import take
from handlers.dialog.ports import IntakeTransaction
from handlers.web.cookies import Cookies
from handlers.webchat.parts import WebchatParts
from storage.schema import metadata
from storage.store import Store
from storage.transaction import Transaction
from tests.support.people.web import Page
from tests.support.stores import SettableClock
from tests.web.house import a_frame, listening, webchat_parts, webchat_with_design
from tests.web.visiting import Visitor, code_of, enter, plainly, visiting
from triage.cases.records import Channel, Direction, Message
from triage.ids import CaseId, MessageId


async def sent(visitor: Visitor) -> str:
    """Send a report; its code."""
    await visitor.begin()
    await visitor.tell(plainly)
    await visitor.press("act", "send")
    return code_of(visitor)


async def cases(store: Store) -> list[CaseId]:
    return await store.read(lambda tx: [case.id for case in tx.cases.queue(reader=None, limit=50)])


def reply(tx: Transaction, case_id: CaseId) -> None:
    tx.messages.add(
        Message(
            id=MessageId(tx.new_id()),
            case_id=case_id,
            direction=Direction.TO_REPORTER,
            at=tx.now,
            by=None,
            words="Må vi ringe?",
        )
    )


async def test_where_only_a_language_was_chosen_nobody_is_asked_whether_to_go_on(
    site: str, clock: SettableClock
) -> None:
    async with visiting(site) as visitor:
        await visitor.begin("en")
        clock.advance(timedelta(minutes=20))
        await visitor.get(here=False)
        blank = visitor.question
        await visitor.press("answer", "no")
        clock.advance(timedelta(minutes=20))
        await visitor.get(here=False)

    assert blank == "danger"
    assert visitor.question is None
    assert visitor.has("act", "go_on_yes")


async def test_the_code_may_be_tried_out(site: str) -> None:
    async with visiting(site) as visitor:
        code = await sent(visitor)
        await visitor.fill({"group": code[-4:].lower()})
        assert "Det passer." in visitor.words
        await visitor.fill({"group": "0000"})
        assert "Det passer ikke" in visitor.words
        assert code_of(visitor) == code
        assert visitor.words.count("Din besked er sendt den") == 1


async def test_a_new_code_takes_the_old_ones_place_once_for_each_asking(site: str) -> None:
    async with visiting(site) as visitor:
        old = await sent(visitor)
        await visitor.press("act", "replace")
        form = visitor.form_with("act", "replace_yes")
        fields = [*form.hidden, ("act", "replace_yes")]
        await visitor.post("/", fields)
        new = code_of(visitor)
        await visitor.post("/", fields)
        assert code_of(visitor) == new
        assert new != old
    async with visiting(site) as other:
        await enter(other, old)
        assert "Den kode kender vi ikke" in other.words
    async with visiting(site) as other:
        await enter(other, new)
        assert "Svar og beskeder" in other.words


async def test_another_report_is_begun_in_the_same_browser_and_the_first_is_reached_by_its_code(
    site: str, store: Store
) -> None:
    async with visiting(site) as visitor:
        first = await sent(visitor)
        await visitor.press("act", "new")
        assert visitor.question == "danger"
        await visitor.get("/kode")
        assert "Svar og beskeder" in visitor.words
        await visitor.get("/")
        await visitor.tell(plainly)
        await visitor.press("act", "send")
        assert code_of(visitor) != first
    assert len(await cases(store)) == 2
    async with visiting(site) as other:
        await enter(other, first)
        assert "Skriv til os" in other.words


async def test_language_and_more_time_begin_nothing_after_sending(site: str) -> None:
    async with visiting(site) as visitor:
        code = await sent(visitor)
        await visitor.press("language", "en")
        assert "Your message was sent on" in visitor.words
        await visitor.press("act", "extend")
        assert code_of(visitor) == code
        await visitor.press("act", "open")
        assert visitor.url.endswith("/kode")
        await visitor.press("language", "da")
        assert "Svar og beskeder" in visitor.words


async def test_words_for_a_report_that_was_sent_are_shown_again(site: str) -> None:
    async with visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(plainly, until="strengths")
        page = visitor.page
        await visitor.tell(plainly)
        await visitor.press("act", "send")
        form = next(form for form in page.forms if "answer" in form.texts)
        await visitor.post("/", [*form.hidden, ("answer", "Han spiller fodbold")])
        assert visitor.status == 410
        assert "Din besked er allerede sendt" in visitor.words
        assert "Han spiller fodbold" in visitor.words


async def test_areply_counts_as_read_only_when_it_was_asked_for(site: str, store: Store) -> None:
    async with visiting(site) as visitor:
        await sent(visitor)
        [case_id] = await cases(store)
        await store.write(reply, case_id)
        for _ in range(2):
            await visitor.get("/kode")
            assert "Der er et svar til dig." in visitor.words
            assert "Må vi ringe?" not in visitor.html
        assert await store.read(lambda tx: [each.read_at for each in tx.messages.of_case(case_id)]) == [None]
        await visitor.press("act", "open")
        assert "Må vi ringe?" in visitor.words
    [read_at] = await store.read(lambda tx: [each.read_at for each in tx.messages.of_case(case_id)])
    assert read_at is not None


async def test_an_hour_later_the_sitting_is_over_and_says_so(site: str, clock: SettableClock) -> None:
    async with visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(plainly, until="story")
        before = visitor.page
        clock.advance(timedelta(minutes=61))
        form = next(form for form in before.forms if "answer" in form.texts)
        await visitor.post("/", [*form.hidden, ("answer", "Testperson A er stille")])
        assert visitor.status == 410
        assert "Siden er udløbet" in visitor.words
        assert "Testperson A er stille" in visitor.words
        await visitor.get()
        assert visitor.has("language", "da")
    async with visiting(site) as visitor:
        await visitor.begin()
        clock.advance(timedelta(minutes=61))
        await visitor.get()
        assert "Siden er udløbet" in visitor.words
        await visitor.get()
        assert visitor.has("language", "da")


@pytest.mark.asvs("2.3.4")
async def test_two_first_presses_at_once_are_one_conversation(site: str, store: Store) -> None:
    async with visiting(site) as visitor:
        await visitor.get()
        first = visitor.form_with("language", "da").hidden
        await visitor.get()
        second = visitor.form_with("language", "da").hidden
        await asyncio.gather(
            *(visitor.post("/", [*fields, ("language", "da")]) for fields in (first, second, first, second))
        )
        await visitor.get()
        assert visitor.question == "danger"
    assert await store.read(_conversations) == 1


async def test_two_browsers_with_one_link_at_once_let_one_in(site: str, store: Store) -> None:
    await store.write(a_link, webchat_parts(store))
    async with visiting(site) as one, visiting(site) as two:
        for visitor in (one, two):
            await visitor.get("/s/one-time")
        await asyncio.gather(*(each.post("/s/one-time", _ticket(each)) for each in (one, two)))
        assert sorted([one.status, two.status]) == [200, 410]
        winner, loser = (one, two) if one.status == 200 else (two, one)
        assert winner.question == "danger"
        assert "bed om et nyt" in loser.words
        await winner.get("/s/one-time")
        await winner.post("/s/one-time", _ticket(winner))
        assert winner.question == "danger"


async def test_looking_at_a_link_leaves_the_browsers_own_conversation_alone(site: str) -> None:
    async with visiting(site) as visitor:
        await visitor.begin()
        await visitor.get(f"/s/{'x' * 22}")
        await visitor.get()
        assert visitor.question == "danger"


async def test_guessing_links_is_slowed_and_forty_people_at_one_address_are_not(store: Store) -> None:
    parts = webchat_parts(store)
    async with listening(webchat_with_design(parts)) as site, visiting(site) as guesser:
        await guesser.get("/s/guess-0")
        ticket = _ticket(guesser)
        for number in range(60):
            await guesser.post(f"/s/guess-{number}", ticket)
            assert guesser.status == 410
        for _ in range(40):
            async with visiting(site) as person:
                await person.begin()
                assert person.question == "danger"
        for number in range(150):
            await guesser.post(f"/s/guess-{number}", ticket)
        assert guesser.status == 429


@pytest.mark.asvs("2.4.1")
async def test_guessing_codes_is_slowed_and_forty_people_at_one_address_come_in(site: str) -> None:
    async with visiting(site) as visitor:
        code = await sent(visitor)
    statuses = set()
    for _ in range(40):
        async with visiting(site) as person:
            await person.get("/kode")
            hidden = person.form_with("act", "code").hidden
            for typed in ("7K4M-9QTX-2HWD-PV6R", code):
                await person.post("/kode", [*hidden, ("code", typed), ("act", "code")])
            statuses.add(person.status)
            assert "Skriv til os" in person.words
    assert statuses == {200}
    async with visiting(site) as guesser:
        await guesser.get("/kode")
        hidden = guesser.form_with("act", "code").hidden
        for number in range(120):
            await guesser.post("/kode", [*hidden, ("code", f"{number:016}"), ("act", "code")])
            assert guesser.status == 422
        assert "for mange gange" in guesser.words


async def test_no_get_changes_the_store(site: str, store: Store) -> None:
    async with visiting(site) as visitor:
        await sent(visitor)
        [case_id] = await cases(store)
        await store.write(reply, case_id)
        before = await store.read(_dump)
        for path in ("/", "/kode", "/ud", f"/s/{'x' * 22}", "/healthz", "/nowhere", "/sprog", "/design"):
            for _ in range(2):
                async with visitor.session.get(visitor.site + path, allow_redirects=False):
                    pass
        await visitor.get("/")
        await visitor.get("/kode")
        assert await store.read(_dump) == before


def test_over_https_no_other_host_can_plant_a_cookie() -> None:
    assert Cookies(https=True).name("s") == "__Host-s"


@pytest.mark.asvs("3.3.1")
async def test_every_cookie_over_https_is_bound_to_the_host(store: Store) -> None:
    parts = webchat_parts(store, frame=a_frame(https=True))
    async with listening(webchat_with_design(parts)) as site, visiting(site) as visitor:
        for path in ("/", "/kode", "/s/x", "/ud"):
            async with visitor.session.get(site + path, allow_redirects=False) as response:
                for cookie in response.headers.getall("Set-Cookie", []):
                    assert cookie.startswith("__Host-")
                    assert "Secure" in cookie


async def test_a_planted_cookie_opens_nothing_that_a_code_or_a_link_opens_later(
    site: str, store: Store
) -> None:
    async with visiting(site) as visitor:
        code = await sent(visitor)
    await store.write(a_link, webchat_parts(store))
    for way in ("code", "link"):
        async with visiting(site) as victim, visiting(site) as thief:
            for each in (victim, thief):
                each.session.cookie_jar.update_cookies({"s": "planted", "k": "planted"})
            if way == "code":
                await enter(victim, code)
                assert "Skriv til os" in victim.words
            else:
                await victim.get("/s/one-time")
                await victim.post("/s/one-time", _ticket(victim))
                assert victim.question == "danger"
            for path in ("/", "/kode"):
                await thief.get(path)
                assert "Skriv til os" not in thief.words
                assert thief.question is None


def _ticket(visitor: Visitor) -> list[tuple[str, str]]:
    page: Page = visitor.page
    return [field for form in page.forms for field in form.hidden if field[0] == "csrf"][:1]


def a_link(tx: IntakeTransaction, parts: WebchatParts) -> None:
    peer = tx.conversations.lock_peer(Channel.TELEGRAM, tx.digest("peer", b"1"), address="1")
    begun = take(tx, parts.intake, peer, Language("da")).conversation
    link = Link(
        conversation_id=begun.id,
        round=begun.round,
        purpose=LinkPurpose.SECURE_PAGE,
        expires_at=tx.now + LINK_LIVES,
    )
    tx.conversations.add_link(tx.digest("link", b"one-time"), link)


def _conversations(tx: Transaction) -> int:
    return len(rows(tx, "conversations"))


def _dump(tx: Transaction) -> dict[str, list[str]]:
    return {name: rows(tx, name) for name in metadata.tables}


def rows(tx: Transaction, table: str) -> list[str]:
    """Every row of a table as text."""
    found = tx._work.connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608  a table's own name
    return sorted(repr(tuple(row)) for row in found)
