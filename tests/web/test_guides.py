"""What happens when I send, and what to do meanwhile: two pages that are near and say nothing of their reader."""

from __future__ import annotations

import pytest

from bot.plain_language import lix
from tests.support.profiles import shipped
from tests.web.visiting import Visitor, plainly, visiting

GUIDES = {"/hvad-sker-der": "De er fundet på", "/mens-du-venter": "Du behøver ikke løse det hele i aften."}
LIX_LIMIT = 35
A_PAGE = 40_000


def links(visitor: Visitor) -> set[str]:
    return {path for path in GUIDES if f'href="{path}"' in visitor.html}


async def test_both_are_one_press_away_from_the_start_the_review_and_the_sent_page(site: str) -> None:
    async with visiting(site) as visitor:
        await visitor.get()
        assert links(visitor) == set(GUIDES)
        await visitor.begin()
        await visitor.tell(plainly)
        assert links(visitor) == set(GUIDES)
        await visitor.press("act", "send")
        assert links(visitor) == set(GUIDES)


@pytest.mark.parametrize(("path", "words"), GUIDES.items())
async def test_a_guide_is_read_in_mid_talk_and_the_talk_stands_where_it_stood(
    site: str, path: str, words: str
) -> None:
    async with visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(plainly, until="story")
        await visitor.get(path)
        assert words in visitor.words
        assert "Testperson" not in visitor.html
        assert len(visitor.html.encode()) < A_PAGE
        await visitor.press("language", "en")
        assert visitor.url == f"{site}{path}"
        assert words not in visitor.words
        await visitor.get("/")
        assert visitor.question == "story"


@pytest.mark.parametrize("path", GUIDES)
async def test_its_address_typed_on_a_shared_phone_is_no_way_round_the_question(site: str, path: str) -> None:
    async with visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(plainly, until="story")
        await visitor.get(path, here=False)
        assert "Fortsæt?" in visitor.words


@pytest.mark.parametrize("path", GUIDES)
async def test_after_the_quick_exit_it_is_the_first_page(site: str, path: str) -> None:
    async with visiting(site) as visitor:
        await visitor.get(path)
        async with visitor.session.get(f"{site}/ud", allow_redirects=False):
            pass
        await visitor.get(path)
        assert visitor.has("language", "da")
        assert visitor.url == f"{site}/"


@pytest.mark.parametrize("lang", ["da", "en"])
def test_each_guide_is_easy_to_read(lang: str) -> None:
    texts = shipped().base_texts.texts[lang]
    guides = {
        key: lix(text.forms)
        for key, text in texts.items()
        if key.startswith(("closing.journeys.", "closing.while_you_wait.")) and not key.endswith(".title")
    }
    assert len(guides) >= 9
    assert {key: figure for key, figure in guides.items() if figure >= LIX_LIMIT} == {}
