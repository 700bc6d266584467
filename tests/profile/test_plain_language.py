from __future__ import annotations

from pathlib import Path

import pytest

from bot.check_plain import check_plain
from bot.plain_language import lix, long_words, questions_in, words_of
from bot.profile import load_profile
from tests.profile.copies import NAME, copied, edited


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


def test_a_word_of_thirteen_letters_is_long_whatever_its_case_and_hyphens() -> None:
    assert long_words("Ungdomsuddannelse på Lolland-Falster, socialforvaltningen.") == [
        "ungdomsuddannelse",
        "socialforvaltningen",
    ]
    assert long_words("tolv bogstaver") == []


def test_only_what_ends_in_a_question_mark_is_a_question() -> None:
    text = "Fortæl. Hvad så du, og hvornår? Du behøver ikke have ret: Hvem var der?"
    assert questions_in(text) == ["Hvad så du, og hvornår?", "Hvem var der?"]


def too_hard(folder: Path | str) -> list[str]:
    return [f"{each.where}: {each.what}" for each in check_plain(load_profile(str(folder))) if each.too_hard]


def test_nothing_that_a_reporter_reads_in_the_shipped_profile_is_too_hard() -> None:
    assert too_hard(NAME) == []


HARD = "Uddannelsesinstitutionernes sikkerhedsforanstaltninger vanskeliggjorde samarbejdet. "


def test_one_long_text_is_told_of_though_its_flow_is_easy(tmp_path: Path) -> None:
    folder = edited(copied(tmp_path), "locales/da/profile.po", "Hvordan kender du personen?", HARD * 10)
    told = too_hard(folder)
    assert any(each.startswith("text flow.relative.relation.ask, da: LIX ") for each in told)
    assert not any(each.startswith("flow relative") for each in told)


def test_a_question_of_sixteen_words_is_told_of(tmp_path: Path) -> None:
    question = "Hvordan kender du den person, som du nu har tænkt på i så lang en tid?"
    folder = edited(copied(tmp_path), "locales/da/profile.po", "Hvordan kender du personen?", question)
    what = f"the question has 16 words, more than 15: {question}"
    assert too_hard(folder) == [f"text flow.relative.relation.ask, da: {what}"]


def test_a_long_word_needs_a_reason_and_a_reason_needs_its_word(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    edited(folder, "locales/da/profile.po", "Hvordan kender du personen?", "Kender du familiemedlemmet?")
    edited(folder, "long_words.toml", "kontaktperson =", "kontaktpersonen =")
    assert too_hard(folder) == [
        "text flow.professional.helpers.option.mentor, da: kontaktperson is long and no list gives a reason for it",
        "text flow.relative.relation.ask, da: familiemedlemmet is long and no list gives a reason for it",
        "long_words.toml, da: kontaktpersonen is used nowhere any more",
    ]


def test_what_only_staff_read_may_have_long_words() -> None:
    profile = load_profile(NAME)
    assert long_words(profile.base_texts.text("authority.SOF-EKI", "da")) != []
    assert not any(each.where.startswith("text authority.") for each in check_plain(profile))
