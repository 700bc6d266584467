"""Private answers on the page that is read through: shut until the person wants to see them, and shut again after."""

from __future__ import annotations

import re

from tests.web.visiting import Visitor, plainly, visiting


async def test_all_private_answers_open_by_one_button_and_are_shut_again_on_the_next_page(site: str) -> None:
    async with visiting(site) as visitor:
        await to_review(visitor)
        before = details_on(visitor.html)
        await visitor.press("act", "show")
        shown = details_on(visitor.html)
        await visitor.get()
        again = details_on(visitor.html)

    # Pressed answers are as private as typed ones, so many stand here; one press opens them all.
    assert len(before) > 10
    assert (set(before), set(shown), set(again)) == ({"shut"}, {"open"}, {"shut"})
    assert len(before) == len(shown) == len(again)


async def test_what_was_opened_is_hidden_by_a_button_and_nothing_is_changed_by_either(site: str) -> None:
    async with visiting(site) as visitor:
        await to_review(visitor)
        revision = revision_on(visitor)
        await visitor.press("act", "show")
        assert not visitor.has("act", "show")
        await visitor.press("act", "hide")

        assert set(details_on(visitor.html)) == {"shut"}
        assert visitor.has("act", "show")
        assert revision_on(visitor) == revision


async def test_answers_that_were_opened_are_shut_when_one_is_changed(site: str) -> None:
    async with visiting(site) as visitor:
        await to_review(visitor)
        await visitor.press("act", "show")
        await visitor.press("edit", "since")
        await visitor.press("act", "keep")

        assert set(details_on(visitor.html)) == {"shut"}


async def to_review(visitor: Visitor) -> None:
    await visitor.begin()
    await visitor.tell(plainly)
    assert visitor.has("act", "send")


def details_on(html: str) -> list[str]:
    """Each private answer of the page, shut or open."""
    return ["open" if found else "shut" for found in re.findall(r'<details class="given"( open)?>', html)]


def revision_on(visitor: Visitor) -> str:
    return dict(visitor.form_with("act", "send").hidden)["revision"]
