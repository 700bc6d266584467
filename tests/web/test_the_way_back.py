"""Coming back on the web: where it stands, adding to it, and a case that is closed."""

from __future__ import annotations

from dataclasses import replace

from storage.store import Store
from storage.transaction import Transaction
from tests.web.test_coming_back import cases, enter, sent
from tests.web.visiting import visiting
from triage.cases.case import CaseState
from triage.ids import CaseId


def close(tx: Transaction, case_id: CaseId) -> None:
    """As it stands once staff are done with it."""
    tx.cases.save(replace(tx.cases.lock(case_id), state=CaseState.CLOSED, closed_at=tx.now))


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
