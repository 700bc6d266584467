"""A receipt code given in the middle of another report: what is unsent stays, and shows to nobody unasked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from yarl import URL

from storage.store import Store
from tests.web.test_coming_back import cases, reply, sent
from tests.web.visiting import CHOICES, Visitor, enter, plainly, visiting

STORY = "Testperson A er blevet meget stille"
BEGUN = "Du er i gang med en besked, som ikke er sendt."
STAYS = "Vi kan stadig se, at nogen kan være i fare."


@asynccontextmanager
async def in_with_a_code_while_writing(site: str, *, danger: str = "no") -> AsyncIterator[Visitor]:
    """Somebody who has told half of a second report, looks for the reply to the first, and is in by its code."""
    async with visiting(site) as first:
        code = await sent(first)
    async with visiting(site) as visitor:
        visitor.choices = {**CHOICES, "danger": danger}
        await visitor.begin()
        await visitor.tell(plainly, until="story")
        await visitor.fill({"answer": STORY})
        await enter(visitor, code)
        yield visitor


async def test_what_was_begun_is_still_there_after_a_code_was_given(site: str) -> None:
    async with in_with_a_code_while_writing(site) as visitor:
        assert BEGUN in visitor.words
        await visitor.get()
        assert "Fortsæt?" in visitor.words
        assert STORY not in visitor.html
        await visitor.press("act", "go_on_yes")
        assert STORY in visitor.html
        await visitor.tell(plainly)
        await visitor.press("act", "send")
        assert "Din besked er sendt den" in visitor.words


async def test_a_code_sent_twice_leads_to_what_was_begun_as_well(site: str) -> None:
    async with visiting(site) as first:
        code = await sent(first)
    async with visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(plainly, until="kind")
        await visitor.get("/kode")
        fields = [*visitor.form_with("act", "code").hidden, ("code", code), ("act", "code")]
        before = {each.key: each.value for each in visitor.session.cookie_jar}
        for _ in range(2):
            visitor.session.cookie_jar.update_cookies(before, URL(site))
            await visitor.post("/kode", fields)
        await visitor.get()
        await visitor.press("act", "go_on_yes")
        assert visitor.question == "kind"


async def test_nothing_done_with_the_code_shows_what_was_begun_unasked(site: str, store: Store) -> None:
    async with in_with_a_code_while_writing(site) as visitor:
        [case_id] = await cases(store)
        await store.write(reply, case_id)
        came_in = len(visitor.seen)
        await visitor.get("/kode")
        await visitor.press("act", "open")
        await visitor.fill({"words": "Tak for svaret."})
        await visitor.press("act", "extend")
        await visitor.press("language", "en")
        assert not any(STORY in page for page in visitor.seen[came_in:])
        await visitor.get()
        assert "Continue?" in visitor.words
        assert STORY not in visitor.html


async def test_closing_the_messages_asks_what_becomes_of_what_was_begun(site: str, store: Store) -> None:
    async with in_with_a_code_while_writing(site, danger="yes") as visitor:
        await visitor.press("act", "close")
        assert "Vil du slette alt, du har skrevet?" in visitor.words
        assert STAYS in visitor.words
        asked = visitor.page
        await visitor.press("act", "go_on_yes")
        assert STORY in visitor.html
        form = next(form for form in asked.forms if ("act", "forget") in form.buttons)
        await visitor.post(form.action, [*form.hidden, ("act", "forget")])
        assert STAYS in visitor.words
        await visitor.get("/kode")
        assert BEGUN not in visitor.words
        assert visitor.has("act", "code")
    assert len(await store.read(lambda tx: tx.alarms.waiting(reader=None, limit=5))) == 1


async def test_contact_that_ends_leaves_what_was_begun(site: str) -> None:
    async with in_with_a_code_while_writing(site) as visitor:
        await visitor.press("act", "end")
        await visitor.press("act", "end_yes")
        assert "Kontakten er afsluttet." in visitor.words
        await visitor.get()
        await visitor.press("act", "go_on_yes")
        assert STORY in visitor.html


async def test_whoever_began_nothing_hears_of_nothing_begun(site: str) -> None:
    async with visiting(site) as visitor:
        await sent(visitor)
        await visitor.press("act", "open")
        assert BEGUN not in visitor.words
