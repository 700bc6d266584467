"""Help for danger now: the numbers can be pressed on every page that anybody is ever shown."""

from __future__ import annotations

import pytest

from storage.store import Store
from tests.support.profiles import shipped
from tests.web.house import NEAR, listening, webchat_parts, webchat_with_design
from tests.web.visiting import CHOICES, Visitor, plainly, visiting

NUMBERS = tuple(f'href="tel:{each.dialled}"' for each in shipped().organisation.number if each.id in NEAR)
KINDS = ("relative", "professional", "advice", "talk_request", "self")
BESIDE = ("/kode", "/hvad-sker-der", "/mens-du-venter", "/tider", "/om-dig", "/s/ukendt", "/findes-ikke")


def without_help(visitor: Visitor) -> list[str]:
    """The titles of pages on which some number cannot be pressed."""
    return [
        page[page.index("<title>") : page.index("</title>")]
        for page in visitor.seen
        if not all(number in page for number in NUMBERS)
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("danger", ["yes", "unsure"])
async def test_on_every_step_of_every_conversation_the_cards_the_review_and_what_comes_after(
    site: str, kind: str, danger: str
) -> None:
    async with visiting(site) as visitor:
        visitor.choices = {**CHOICES, "kind": kind, "danger": danger}
        await visitor.begin()
        await visitor.tell(plainly)
        await visitor.press("act", "send")
        for path in BESIDE:
            await visitor.get(path)
        assert len(visitor.seen) > 12
        assert without_help(visitor) == []


async def test_on_the_pages_of_coming_back_giving_up_and_an_end(site: str) -> None:
    async with visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(plainly)
        await visitor.press("act", "go_on_no")
        await visitor.get("/", here=False)
        await visitor.press("act", "go_on_yes")
        await visitor.press("act", "send")
        await visitor.press("act", "replace")
        await visitor.get("/kode")
        await visitor.post("/", {"act": "send"})
        await visitor.post("/sprog", {"language": "en"})
        assert without_help(visitor) == []


async def test_where_nothing_can_be_saved(store: Store) -> None:
    async with listening(webchat_with_design(webchat_parts(store))) as site, visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(plainly, until="story")
        await store.close()
        form = next(each for each in visitor.page.forms if "answer" in each.texts)
        await visitor.post("/", [*form.hidden, ("answer", "Testord")])
        not_taken = visitor.status
        await visitor.get("/")
        assert (not_taken, visitor.status) == (503, 503)
        await visitor.get("/tider")
        assert without_help(visitor) == []
