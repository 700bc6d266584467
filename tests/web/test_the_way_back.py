"""Coming back on the web: where it stands, adding to it, and a case that is closed."""

from __future__ import annotations

from dataclasses import replace

from storage.store import Store
from storage.transaction import Transaction
from tests.web.test_coming_back import cases, reply, sent
from tests.web.visiting import code_of, enter, visiting
from triage.cases.case import CaseEvent, CaseState, EventKind
from triage.ids import CaseId


def close(tx: Transaction, case_id: CaseId) -> None:
    """As it stands once staff are done with it."""
    tx.cases.save(replace(tx.cases.lock(case_id), state=CaseState.CLOSED, closed_at=tx.now))


async def test_the_receipt_names_the_page_that_takes_the_code(site: str) -> None:
    async with visiting(site) as visitor:
        await sent(visitor)
        assert f"Du bruger koden på denne side: {site}/kode" in visitor.words


async def test_more_is_added_while_nobody_has_read_it_and_it_says_what_happens_to_it(
    site: str, store: Store
) -> None:
    async with visiting(site) as visitor:
        await sent(visitor)
        await visitor.press("act", "open")
        assert "Ingen har læst den endnu." in visitor.words

        await visitor.fill({"words": "Han er også holdt op med at spille."})

        assert "En medarbejder læser det sammen med det, du skrev før." in visitor.words
    [case_id] = await cases(store)
    [message] = await store.read(lambda tx: tx.messages.of_case(case_id))
    assert message.words == "Han er også holdt op med at spille."


async def test_a_closed_case_says_so_loses_no_word_and_offers_a_new_conversation(
    site: str, store: Store
) -> None:
    async with visiting(site) as visitor:
        code = await sent(visitor)
        await visitor.press("act", "open")
        form = next(form for form in visitor.page.forms if "words" in form.texts)
        [case_id] = await cases(store)
        await store.write(close, case_id)

        await visitor.post("/kode", [*form.hidden, ("words", "Det er sket igen.")])

        assert "Det, du skrev nu, blev ikke sendt." in visitor.words
        assert "Det er sket igen." in visitor.words
        assert "Sagen er lukket" in visitor.words
    async with visiting(site) as visitor:
        await enter(visitor, code)
        assert "Vi blev færdige med din besked" in visitor.words
        await visitor.press("act", "new")
        assert visitor.has("language", "da")


async def test_a_reporter_ends_contact_after_being_told_what_stays(site: str, store: Store) -> None:
    async with visiting(site) as visitor, visiting(site) as elsewhere:
        code = await sent(visitor)
        await enter(elsewhere, code)
        await visitor.press("act", "open")
        await visitor.press("act", "end")
        assert "Det, du har sendt, bliver hos os, og sagen går videre." in visitor.words
        assert "som du ikke har læst" not in visitor.words

        await visitor.press("act", "end_yes")

        assert "Kontakten er afsluttet." in visitor.words
        for each in (visitor, elsewhere):
            await each.get("/kode")
            assert "Skriv til os" not in each.words
        await enter(elsewhere, code)
        assert "Den kode kender vi ikke" in elsewhere.words
    [case_id] = await cases(store)
    event = (await store.read(lambda tx: tx.cases.timeline(case_id)))[-1]
    assert (event.kind, event.by) == (EventKind.CONTACT_ENDED, None)


async def test_before_contact_ends_a_reply_that_was_not_read_is_named(site: str, store: Store) -> None:
    async with visiting(site) as visitor:
        await sent(visitor)
        [case_id] = await cases(store)
        await store.write(reply, case_id)
        await visitor.get("/kode")
        await visitor.press("act", "end")
        assert "Der er et svar, som du ikke har læst." in visitor.words
        assert "Må vi ringe?" not in visitor.html


async def test_whoever_came_in_by_the_code_may_replace_it_and_the_old_one_shuts_its_pages(
    site: str,
) -> None:
    async with visiting(site) as visitor, visiting(site) as watcher:
        old = await sent(visitor)
        async with visiting(site) as again:
            await enter(again, old)
            await enter(watcher, old)
            await again.press("act", "replace")
            assert "Så virker den gamle ikke mere." in again.words
            await again.press("act", "replace_yes")
            assert "Her er din nye kode. Den gamle virker ikke mere." in again.words
            new = code_of(again)
            assert new != old
            await again.get("/kode")
            assert new not in again.html
        await watcher.get("/kode")
        assert "Skriv til os" not in watcher.words
    async with visiting(site) as other:
        await enter(other, old)
        assert "Den kode kender vi ikke" in other.words
        await enter(other, new)
        assert "Skriv til os" in other.words


async def test_once_staff_have_written_the_code_is_not_replaced(site: str, store: Store) -> None:
    async with visiting(site) as visitor:
        await sent(visitor)
        await visitor.press("act", "open")
        assert visitor.has("act", "replace")
        [case_id] = await cases(store)
        await store.write(_first_reply, case_id)
        await visitor.press("act", "replace")
        await visitor.press("act", "replace_yes")
        assert "Vi har svaret dig, så koden kan ikke skiftes mere." in visitor.words
        assert not visitor.has("act", "replace")


async def test_once_staff_have_ended_contact_the_page_says_that_no_reply_will_come(
    site: str, store: Store
) -> None:
    async with visiting(site) as visitor:
        await sent(visitor)
        [case_id] = await cases(store)
        await visitor.press("act", "open")
        assert "Vi har afsluttet kontakten" not in visitor.words
        await store.write(ended_by_staff, case_id)
        await visitor.get("/kode")
        assert "Vi har afsluttet kontakten om den her besked, så vi kan ikke svare dig" in visitor.words
        await visitor.press("act", "new")
        assert visitor.question == "danger"


async def test_a_page_that_shows_no_code_does_not_ask_to_write_it_down(site: str, store: Store) -> None:
    async with visiting(site) as visitor:
        await sent(visitor)
        assert "Skriv først koden ned." in visitor.words
        [case_id] = await cases(store)
        await store.write(_first_reply, case_id)
        await visitor.get("/")
        assert "Skriv først koden ned." not in visitor.words
        assert "Du åbner den med den kode, du har fået." in visitor.words


def ended_by_staff(tx: Transaction, case_id: CaseId) -> None:
    tx.cases.record(
        CaseEvent(id=tx.new_id(), case_id=case_id, kind=EventKind.CONTACT_ENDED, at=tx.now, by=None)
    )


def _first_reply(tx: Transaction, case_id: CaseId) -> None:
    tx.cases.save(replace(tx.cases.lock(case_id), first_reply_at=tx.now))
    reply(tx, case_id)
