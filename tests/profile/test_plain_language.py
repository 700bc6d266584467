from __future__ import annotations

import pytest

from bot.plain_language import lix, words_of


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], 0),
        (["112"], 0),
        (["Ring nu."], 2),
        (["Ring nu. Vent her."], 2),
        (["Hvad drejer det sig om?"], 5),
        (["En bekymring."], 2 + 50),
        (["Ja", "Nej"], 1),
    ],
)
def test_lix_is_words_per_sentence_plus_the_share_of_long_words(texts: list[str], expected: float) -> None:
    assert lix(texts) == expected


def test_placeholders_and_numbers_are_no_words() -> None:
    assert words_of("Ring {number_emergency} kl. 8-22, børne-telefonen") == ["Ring", "kl", "børne-telefonen"]
