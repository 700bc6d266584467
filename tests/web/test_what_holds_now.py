"""The page of a report that was sent, once something has happened to it: it says only what holds by then."""

from __future__ import annotations

import pytest

from storage.store import Store
from tests.support.builders import a_person, some_rules
from tests.web.test_coming_back import cases, sent
from tests.web.test_the_way_back import close, ended_by_staff
from tests.web.visiting import visiting
from triage.cases.decide import decide
from triage.cases.dialogue import write_to_reporter
from triage.ids import CaseId

RULES = some_rules()
GOAL = "Vores mål er, at en medarbejder senest"
READ = "Tak. "
WITH_THE_CODE = "Med den kan du læse svar og skrive mere."
NOT_YET = "Der er ikke noget svar endnu."
NONE = "Der kommer ikke noget svar her."


async def _decided(store: Store, case_id: CaseId) -> None:
    officer = await store.write(a_person, on_duty=True)
    await store.write(
        decide,
        RULES,
        case_id=case_id,
        by=officer.id,
        outcome="spam",
        reason="x",
        local_action=False,
        to_unit=False,
    )


async def test_until_somebody_has_read_it_the_goal_and_the_code_are_told(site: str) -> None:
    async with visiting(site) as visitor:
        await sent(visitor)
        assert [text for text in (READ, GOAL, WITH_THE_CODE) if text not in visitor.words] == []


async def test_once_it_is_decided_no_decision_is_promised(site: str, store: Store) -> None:
    async with visiting(site) as visitor:
        await sent(visitor)
        await _decided(store, (await cases(store))[0])
        await visitor.get("/")
        assert "En medarbejder besluttede" in visitor.words
        assert [text for text in (READ, GOAL) if text in visitor.words] == []
        assert WITH_THE_CODE in visitor.words


async def test_a_reply_is_told_and_the_goal_stands_until_it_is_reached(site: str, store: Store) -> None:
    officer = await store.write(a_person, on_duty=True)
    async with visiting(site) as visitor:
        await sent(visitor)
        [case_id] = await cases(store)
        await store.write(write_to_reporter, RULES, case_id=case_id, by=officer.id, words="Må vi ringe?")
        await visitor.get("/")
        assert "Vi har skrevet til dig" in visitor.words
        assert GOAL in visitor.words
        assert "Må vi ringe?" not in visitor.html


async def test_once_it_is_closed_neither_page_promises_a_reply_or_more_writing(
    site: str, store: Store
) -> None:
    async with visiting(site) as visitor:
        code = await sent(visitor)
        await store.write(close, (await cases(store))[0])
        await visitor.get("/")
        assert "Vi blev færdige med din besked" in visitor.words
        assert "Sagen er lukket, så du kan ikke skrive mere her." in visitor.words
        assert [text for text in (READ, GOAL, WITH_THE_CODE, code) if text in visitor.words] == []
        await visitor.get("/kode")
        assert NONE in visitor.words
        assert NOT_YET not in visitor.words


@pytest.mark.parametrize("closed", [False, True])
async def test_whoever_wrote_more_and_got_no_reply_is_told_that_none_will_come(
    site: str, store: Store, *, closed: bool
) -> None:
    async with visiting(site) as visitor:
        await sent(visitor)
        await visitor.press("act", "open")
        assert NOT_YET in visitor.words
        await visitor.fill({"words": "Er der nogen?"})
        assert NONE not in visitor.words
        if closed:
            await store.write(close, (await cases(store))[0])
        await visitor.get("/kode")
        assert (NONE in visitor.words) is closed


async def test_once_staff_have_ended_contact_the_first_page_says_so_as_well(site: str, store: Store) -> None:
    async with visiting(site) as visitor:
        await sent(visitor)
        [case_id] = await cases(store)
        await store.write(ended_by_staff, case_id)
        await visitor.get("/")
        assert [text for text in (GOAL, WITH_THE_CODE) if text in visitor.words] == []
        for path in ("/", "/kode"):
            await visitor.get(path)
            assert "Vi har afsluttet kontakten om den her besked" in visitor.words
            assert NOT_YET not in visitor.words
        assert NONE in visitor.words
