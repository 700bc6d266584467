"""Another language in the middle of an answer: what was typed goes back into its field, and nowhere else."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.support.browsing import browse
from tests.web.talking import to_story
from tests.web.test_coming_back import sent
from tests.web.visiting import Visitor, plainly, visiting

WORDS = "Testperson A er <b>meget</b> stille"


async def speak(visitor: Visitor, language: str, **typed: str) -> None:
    """Type, and press a language instead of sending."""
    form = visitor.form_with("language", language)
    assert set(typed) <= {name.replace(".", "_") for name in form.texts}
    texts = {name: typed.get(name.replace(".", "_"), value) for name, value in form.texts.items()}
    await visitor.post(form.action, [*form.hidden, *texts.items(), ("language", language)])


def typed_on(visitor: Visitor) -> dict[str, str]:
    """What stands in the fields; of the line that a template begins a long field with, a browser shows nothing."""
    texts = visitor.form_with("language", "da").texts
    return {name: text.removeprefix("\n") for name, text in texts.items()}


async def test_the_same_question_stands_there_in_the_other_language_with_the_words(site: str) -> None:
    async with visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(plainly, until="story")
        await speak(visitor, "en", answer=WORDS)
        assert (visitor.status, visitor.question) == (200, "story")
        assert "In your own words" in visitor.words
        assert typed_on(visitor) == {"answer": WORDS}
        assert WORDS not in "".join(visitor.headers)
        await visitor.get()
        assert visitor.question == "story"
        assert "stille" not in visitor.html


async def test_every_field_of_a_question_comes_back(site: str) -> None:
    async with visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(plainly, until="reporter")
        names = next(form.texts for form in visitor.page.forms if ("language", "en") in form.buttons)
        await speak(visitor, "en", **{name.replace(".", "_"): f"about {name}" for name in names})
        assert typed_on(visitor) == {name: f"about {name}" for name in names}


async def test_ticks_come_back(site: str) -> None:
    async with visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(plainly, until="wish")
        form = visitor.form_with("language", "en")
        ticked = [*form.ticks][:2]
        await visitor.post("/", [*form.hidden, *[("answer", each) for each in ticked], ("language", "en")])
        again = visitor.form_with("language", "da")
        assert [code for code, on in again.ticks.items() if on] == ticked


async def test_words_for_a_question_that_was_answered_since_are_shown_beside_the_next(site: str) -> None:
    async with visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(plainly, until="story")
        form = visitor.form_with("language", "en")
        await visitor.fill({"answer": "Fortalt i et andet vindue"})
        asked = visitor.question
        await visitor.post("/", [*form.hidden, ("answer", WORDS), ("language", "en")])
        assert visitor.question == asked
        assert "meget" in visitor.words
        assert WORDS not in typed_on(visitor).values()


async def test_a_message_to_staff_that_is_being_written_comes_back(site: str) -> None:
    async with visiting(site) as visitor:
        await sent(visitor)
        await visitor.press("act", "open")
        await speak(visitor, "en", words=WORDS)
        assert "Write to us" in visitor.words
        assert typed_on(visitor)["words"] == WORDS
        await visitor.get("/kode")
        assert "stille" not in visitor.html


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False])
async def test_in_a_browser_the_button_takes_the_words_along(
    chromium: Browser, site: str, *, script: bool
) -> None:
    async with browse(chromium, script=script) as view:
        await to_story(view, site)
        await view.page.fill("main textarea", WORDS)
        await view.page.locator(".foot button[value=en]").click()
        await expect(view.page.locator("html")).to_have_attribute("lang", "en")
        await expect(view.page.locator("main textarea")).to_have_value(WORDS)
        assert view.page.url == f"{site}/"
