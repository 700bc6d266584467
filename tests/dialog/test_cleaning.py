from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.dialog.clean import IdentityPattern, clean_text, display_safe, length, too_long

NUMBER = IdentityPattern(
    id="number",
    regex=re.compile(r"(?<!\d)(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2}[ \-.]?\d{4}(?!\d)"),
    marker="[x]",
)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  hello\r\nyou\rthere  ", "hello\nyou\nthere"),
        ("nul\x00 and bell\x07", "nul and bell"),
        ("lone \ud800 surrogate", "lone  surrogate"),
        ("over\u202eride\u2066d", "overrided"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("a\u030a", "å"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\x00\u202e \n", ""),
        ("tab\there", "tab\there"),
    ],
)
def test_what_deceives_or_breaks_is_dropped_and_the_rest_kept(raw: str, clean: str) -> None:
    assert clean_text(raw).text == clean


@pytest.mark.parametrize(
    "written",
    [
        "010190-1234",
        "0101901234",
        "010190 1234",
        "010190\u20131234",
        "010190\u00a01234",
        "0101\u200b90-1234",
        "010190\u200e-1234",
        "٠١٠١٩٠-١٢٣٤",
        "０１０１９０１２３４",
        "0101\x0090-\u202e1234",
    ],
)
def test_an_identity_number_is_removed_however_it_is_written(written: str) -> None:
    cleaned = clean_text(f"born {written}, he says", (NUMBER,))
    assert (cleaned.text, cleaned.removed) == ("born [x], he says", {"number": 1})


def test_every_identity_number_is_counted_and_other_numbers_stay() -> None:
    cleaned = clean_text("010190-1234 and 311299 4321, phone 20304050, case 99010190123499", (NUMBER,))
    assert cleaned.text == "[x] and [x], phone 20304050, case 99010190123499"
    assert cleaned.removed_count == 2


@given(st.text(alphabet=st.characters(), max_size=200))
def test_cleaning_never_raises_and_cleaning_twice_is_cleaning_once(raw: str) -> None:
    once = clean_text(raw, (NUMBER,)).text
    once.encode()
    assert "\x00" not in once
    assert clean_text(once, (NUMBER,)).text == once
    assert unicodedata.is_normalized("NFC", once)


@given(st.text(alphabet=st.sampled_from("01239 -.\u200d\u202e\u0661x"), max_size=40))
def test_no_identity_number_is_left_in_a_cleaned_text(raw: str) -> None:
    assert not NUMBER.regex.search(clean_text(raw, (NUMBER,)).text)


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("abc", 3),
        ("e\u0301", 1),
        ("👩\u200d👩\u200d👧", 1),
        ("👍🏽", 1),
        ("🇩🇰🇸🇪", 2),
        ("😀" * 1000, 1000),
        ("", 0),
    ],
)
def test_length_is_what_a_person_would_count(text: str, characters: int) -> None:
    assert length(text) == characters


def test_towers_of_marks_cannot_hide_a_huge_text_under_the_limit() -> None:
    assert too_long("a" + "\u0301" * 4000, 100)
    assert not too_long("😀" * 1000, 1000)


def test_showing_caps_the_marks_on_a_letter_and_drops_reordering() -> None:
    assert display_safe("a" + "\u0301" * 50 + "b\u202ec\x00") == "a" + "\u0301" * 8 + "bc"


def test_a_cleaned_text_is_hidden_from_repr() -> None:
    assert "secret" not in repr(clean_text("secret"))
