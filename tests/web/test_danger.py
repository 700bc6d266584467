"""A yes to danger on the reporter's pages: taken back when it was a slip, and what of it stays when all is deleted."""

from __future__ import annotations

from storage.store import Store
from tests.support.people.web import Page
from tests.web.visiting import CHOICES, Visitor, plainly, visiting

STAYS = "Vi kan stadig se, at nogen kan være i fare."
NOBODY_NOW = "Der er ingen på vagt hos os"


async def at_the_card(visitor: Visitor) -> None:
    visitor.choices = {**CHOICES, "danger": "yes"}
    await visitor.begin()
    await visitor.press("answer", "yes")
    assert "Ring 112 nu" in visitor.words


async def test_whoever_slipped_changes_the_answer_beside_the_card(site: str) -> None:
    async with visiting(site) as visitor:
        await at_the_card(visitor)
        await visitor.press("edit", "danger")
        assert visitor.question == "danger"
        await visitor.press("answer", "no")
        assert visitor.question == "kind"


async def test_whoever_slipped_goes_back_from_the_card(site: str) -> None:
    async with visiting(site) as visitor:
        await at_the_card(visitor)
        await visitor.press("act", "back")
        assert visitor.question == "danger"


async def test_deleting_says_before_and_after_that_the_alarm_stays(site: str, store: Store) -> None:
    async with visiting(site) as visitor:
        await at_the_card(visitor)
        await visitor.press("act", "go_on_no")
        assert STAYS in visitor.words
        await visitor.press("act", "forget")
        assert "Det er slettet." in visitor.words
        assert STAYS in visitor.words
        assert len(await store.read(lambda tx: tx.alarms.waiting(reader=None, limit=5))) == 1


async def test_deleting_without_an_alarm_speaks_of_none(site: str) -> None:
    async with visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(plainly)
        await visitor.press("act", "go_on_no")
        asked = visitor.words
        await visitor.press("act", "forget")
        assert "Det er slettet." in visitor.words
        assert STAYS not in asked + visitor.words


async def test_a_card_of_another_matter_does_not_speak_of_an_alarm(site: str) -> None:
    """Who sees an alarm stands on the card of the answer that raised it, and on no later one."""
    async with visiting(site) as visitor:
        visitor.choices = {
            **CHOICES,
            "kind": "professional",
            "work": "school",
            "age": "under_15",
            "notified": "no",
        }
        await visitor.begin()
        await visitor.press("answer", "unsure")
        card_of_the_alarm = visitor.words
        await visitor.press("edit", "danger")
        await visitor.press("answer", "no")
        visitor.seen.clear()
        await visitor.tell(plainly)

    [other] = [said for said in (Page(html).words for html in visitor.seen) if "hvor barnet bor. Søg" in said]
    assert [NOBODY_NOW in each for each in (card_of_the_alarm, other)] == [True, False]
