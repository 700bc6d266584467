"""A transcript is read line by line; what cannot be read is said with its line."""

from __future__ import annotations

import pytest

from tests.support.transcripts import GO_ON, Expect, Holds, Line, Say, Tick, TranscriptError, parse, unescape


def test_acts_expectations_and_what_must_hold_are_told_apart() -> None:
    text = (
        "shows  an example\n# a comment\ngo on\ntick gang prison\nexpect error too_long\nanswer home = 0101\n"
    )
    found = parse(text, name="example")
    assert found.shows == "an example"
    assert found.lines == (
        Line(3, GO_ON),
        Line(4, Tick(("gang", "prison"))),
        Line(5, Expect("error", "too_long")),
        Line(6, Holds("answer", "home", "0101")),
    )


def test_an_indented_line_goes_on_with_the_words_before() -> None:
    found = parse("shows  an example\nsay He talks\n    about the war.\n", name="example")
    assert found.lines == (Line(2, Say("He talks about the war.")),)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("dance", "'dance' is no act and no expectation"),
        ("tap", "tap takes one code, not ''"),
        ("tap no way", "tap takes one code, not 'no way'"),
        ("tick", "tick takes codes"),
        ("blur story", "blur takes a finding, not 'story'"),
        ("expect rain", "nothing is known to expect as 'rain'"),
        ("answer home 0101", "answer takes QUESTION = VALUE"),
        ("no way", "no takes: answer QUESTION, alarm or finding"),
        ("case", "case takes something"),
        ("part", "part takes a part's name"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line: str, why: str) -> None:
    with pytest.raises(TranscriptError) as raised:
        parse(f"shows  an example\n\n{line}\n", name="example")
    assert str(raised.value) == f"example:3: {why}"


def test_a_transcript_says_what_it_shows() -> None:
    with pytest.raises(TranscriptError, match="says nowhere what it shows"):
        parse("tap no\n", name="example")


def test_escapes_stand_for_signs_that_a_file_cannot_show() -> None:
    assert unescape("a\\nb\\0\\u202e") == "a\nb\0\u202e"
    assert len(unescape("\\x3001")) == 3001
