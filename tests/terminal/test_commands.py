"""Commands are texts: whole lines, in every language, and never the words of an option."""

from __future__ import annotations

import pytest

from handlers.dialog.flow import Closed
from handlers.terminal.commands import Command, Name, alternatives, read_command
from tests.support.profiles import shipped

PROFILE = shipped()
WORDS = PROFILE.translator()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("<", Command(Name.BACK)),
        ("  Spring   OVER ", Command(Name.SKIP)),
        ("ret 12", Command(Name.EDIT, 12)),
        ("+2", Command(Name.ADD, 2)),
        ("ved ikke", Command(Name.DONT_KNOW)),
        ("language", Command(Name.LANGUAGE)),
        ("ret det til i morgen", None),
        ("send ham en besked", None),
        ("", None),
    ],
)
def test_a_command_is_a_whole_line(line: str, expected: Command | None) -> None:
    assert read_command(line, words=WORDS, lang="da") == expected


@pytest.mark.parametrize("lang", WORDS.languages())
def test_no_two_commands_are_typed_alike(lang: str) -> None:
    typed = [each for name in Name for each in alternatives(WORDS, lang, name)]
    assert len(typed) == len(set(typed))


@pytest.mark.parametrize("lang", WORDS.languages())
def test_no_option_is_worded_like_a_command(lang: str) -> None:
    # "Don't know" is both, and means the same either way.
    labels = {
        WORDS.text(f"flow.{section.owner}.{question.id}.option.{code}", lang)
        for flow in PROFILE.flows.all()
        for section, question in flow.questions()
        if isinstance(question, Closed)
        for code in question.choices
    }
    assert [label for label in labels if read_command(label, words=WORDS, lang=lang)] == []
