"""What pages do with words: ours are laid out, theirs are only shown."""

from __future__ import annotations

import jinja2
import pytest

from handlers.web.pages import ERROR_KINDS, direction, told, words
from tests.support.profiles import shipped
from tests.web.house import a_frame


def test_what_a_person_wrote_is_never_markup() -> None:
    assert str(told("<script>1</script>")) == '<bdi class="told">&lt;script&gt;1&lt;/script&gt;</bdi>'


def test_our_texts_have_paragraphs_and_strong_words_and_nothing_else() -> None:
    assert (
        str(words("Ring **nu**.\n\n<b>x</b>"))
        == "<p>Ring <strong>nu</strong>.</p><p>&lt;b&gt;x&lt;/b&gt;</p>"
    )


def test_a_name_that_is_missing_is_an_error_and_not_a_blank() -> None:
    with pytest.raises(jinja2.UndefinedError):
        a_frame().pages.environment.from_string("{{ missing }}").render()


@pytest.mark.parametrize("lang", ["da", "en"])
@pytest.mark.parametrize("kind", ERROR_KINDS)
def test_every_error_has_its_words_in_every_language(lang: str, kind: str) -> None:
    texts = shipped().translator()
    assert texts.has(f"page.error.{kind}.title", lang)
    assert texts.has(f"page.error.{kind}.text", lang)


@pytest.mark.parametrize(
    ("lang", "expected"),
    [("da", "ltr"), ("ar", "rtl"), ("fa", "rtl"), ("ur", "rtl"), ("ps", "rtl"), ("so", "ltr")],
)
def test_a_page_is_written_in_its_language_s_direction(lang: str, expected: str) -> None:
    assert direction(lang) == expected
