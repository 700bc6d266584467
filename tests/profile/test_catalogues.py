from __future__ import annotations

from pathlib import Path

import pytest

from bot.i18n import (
    FIRST_STRONG_ISOLATE,
    PLURAL_FORMS,
    POP_ISOLATE,
    CatalogueError,
    UnknownText,
    plural_rule,
    read_texts,
)
from tests.profile.translators import a_translator


def _write(folder: Path, lang: str, body: str, *, name: str = "some.po", plural: str | None = None) -> Path:
    path = folder / lang / name
    path.parent.mkdir(parents=True, exist_ok=True)
    header = plural or PLURAL_FORMS[lang]
    path.write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Plural-Forms: {header}\\n"\n\n{body}',
        "utf-8",
    )
    return folder


def test_a_text_is_found_by_its_key(tmp_path: Path) -> None:
    folder = _write(tmp_path, "da", 'msgid "chat.hello"\nmsgstr "Hej {name}"\n')
    texts = read_texts([folder], "da")
    assert texts["chat.hello"].forms == ("Hej {name}",)
    assert texts["chat.hello"].placeholders == {"name"}


def test_fuzzy_and_empty_entries_are_not_shown(tmp_path: Path) -> None:
    body = '#, fuzzy\nmsgid "chat.a"\nmsgstr "A"\n\nmsgid "chat.b"\nmsgstr ""\n'
    assert read_texts([_write(tmp_path, "da", body)], "da") == {}


def test_a_key_that_stands_twice_in_one_file_is_an_error(tmp_path: Path) -> None:
    folder = _write(tmp_path, "da", 'msgid "chat.a"\nmsgstr "A"\n\nmsgid "chat.a"\nmsgstr "B"\n')
    with pytest.raises(CatalogueError, match=r"da/some\.po: chat\.a: stands twice"):
        read_texts([folder], "da")


def test_a_key_that_stands_in_two_files_is_an_error(tmp_path: Path) -> None:
    product, profile = tmp_path / "product", tmp_path / "profile"
    _write(product, "da", 'msgid "chat.a"\nmsgstr "A"\n')
    _write(profile, "da", 'msgid "chat.a"\nmsgstr "B"\n', name="other.po")
    with pytest.raises(CatalogueError, match=r"da/other\.po: chat\.a: stands in some\.po already"):
        read_texts([product, profile], "da")


def test_a_plural_header_other_than_the_pinned_one_is_an_error(tmp_path: Path) -> None:
    folder = _write(tmp_path, "da", 'msgid "chat.a"\nmsgstr "A"\n', plural="nplurals=2; plural=(n > 1);")
    with pytest.raises(CatalogueError, match="the header must say"):
        read_texts([folder], "da")


def test_a_placeholder_that_is_no_plain_name_is_an_error(tmp_path: Path) -> None:
    folder = _write(tmp_path, "da", 'msgid "chat.a"\nmsgstr "{name.secret}"\n')
    with pytest.raises(CatalogueError, match=r"chat\.a: a placeholder is a plain name"):
        read_texts([folder], "da")


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("da", [1, 0, 1, 1, 1, 1]),
        ("ar", [0, 1, 2, 3, 4, 5]),
        ("fa", [0, 0, 1, 1, 1, 1]),
        ("tr", [1, 0, 1, 1, 1, 1]),
    ],
)
def test_the_pinned_headers_count_as_gettext_does(lang: str, expected: list[int]) -> None:
    rule = plural_rule(lang)
    assert [rule(number) for number in (0, 1, 2, 3, 11, 100)] == expected


def test_a_plural_text_takes_the_form_of_its_number(tmp_path: Path) -> None:
    body = 'msgid "chat.days"\nmsgid_plural "chat.days"\nmsgstr[0] "{n} dag"\nmsgstr[1] "{n} dage"\n'
    words = a_translator(da=read_texts([_write(tmp_path, "da", body)], "da"))
    assert [words.count("chat.days", "da", number) for number in (1, 2)] == ["1 dag", "2 dage"]


def test_a_missing_text_falls_back_to_the_first_language() -> None:
    words = a_translator(da={"chat.a": "Hej"}, en={})
    assert words.text("chat.a", "en") == "Hej"
    assert not words.has("chat.a", "en")


def test_an_unknown_text_is_an_error_and_finds_as_nothing() -> None:
    words = a_translator(da={"chat.a": "Hej"})
    assert words.find("chat.b", "da") is None
    with pytest.raises(UnknownText, match=r"chat\.b"):
        words.text("chat.b", "da")


def test_a_placeholder_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="name"):
        a_translator(da={"chat.a": "Hej {name}"}).text("chat.a", "da")


def test_constants_fill_themselves_and_can_be_added_to() -> None:
    words = a_translator(da={"chat.a": "{unit}, {hotline_number}"}, constants={"da": {"unit": "Enheden"}})
    assert words.with_constants({"da": {"hotline_number": "12 34"}}).text("chat.a", "da") == "Enheden, 12 34"


def test_a_value_with_braces_is_not_read_as_a_placeholder() -> None:
    words = a_translator(da={"chat.a": "Svar: {answer}"})
    assert words.text("chat.a", "da", answer="{unit}") == "Svar: {unit}"


def test_in_a_right_to_left_text_what_is_filled_in_stands_apart() -> None:
    words = a_translator(da={"chat.a": "x"}, ar={"chat.a": "اتصل {number}"})
    assert words.direction("ar") == "rtl"
    assert words.text("chat.a", "ar", number="12 34") == f"اتصل {FIRST_STRONG_ISOLATE}12 34{POP_ISOLATE}"
