"""Telling words in a text: found, blurred, removed; the words around them stay as they are."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.dialog.findings import Finding, FindingPattern, Span, blurred, find_spans, findings_in, removed
from tests.dialog.example import FINDERS

TEXT = st.text(alphabet=st.sampled_from("ab20 .,()\n\u0301å"), max_size=40)


@pytest.mark.parametrize(
    ("text", "start", "end", "left"),
    [
        ("ring 2020 i dag", 5, 9, "ring i dag"),
        ("ring 2020.", 5, 9, "ring."),
        ("ring 2020, tak", 5, 9, "ring, tak"),
        ("2020 er mit", 0, 4, "er mit"),
        ("mit er 2020", 7, 11, "mit er"),
        ("et\n2020 to", 3, 7, "et\nto"),
        ("et 2020\nto", 3, 7, "et\nto"),
        ("et (2020) to", 4, 8, "et () to"),
        ("et  2020  to", 4, 8, "et to"),
        ("a2020b", 1, 5, "a b"),
        ("et 2020 , to", 3, 7, "et , to"),
        ("2020", 0, 4, ""),
    ],
)
def test_what_is_removed_leaves_one_space_or_none(text: str, start: int, end: int, left: str) -> None:
    assert removed(text, start, end) == left


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


@given(text=TEXT, data=st.data())
def test_blurring_and_removing_touch_no_other_word(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    around = [*words(text[:start]), *words(text[end:])]
    assert words(removed(text, start, end)) == around
    assert blurred(text, start, end, "[x]") == f"{text[:start]}[x]{text[end:]}"


@given(text=TEXT)
def test_found_words_never_overlap_and_stand_in_order(text: str) -> None:
    spans = find_spans(text, FINDERS)
    assert list(spans) == sorted(spans, key=lambda span: span.start)
    assert all(one.end <= next_one.start for one, next_one in itertools.pairwise(spans))


def test_of_what_overlaps_the_longest_counts_and_then_the_first_pattern() -> None:
    def a_pattern(kind: str, regex: str) -> FindingPattern:
        return FindingPattern(kind=kind, regex=re.compile(regex), marker=f"[{kind}]")

    three, first, second = a_pattern("three", "bcd"), a_pattern("first", "ab"), a_pattern("second", "ab|ef")
    assert find_spans("abcdef", (first, three, second)) == (Span("three", 1, 4), Span("second", 4, 6))
    assert find_spans("ab", (second, first)) == (Span("second", 0, 2),)
    assert find_spans("ab", (a_pattern("nothing", "x?"),)) == ()


def test_what_shall_stand_is_not_found_and_the_others_are_numbered_anew() -> None:
    answers = [("story", "20202020 og 30303030"), ("note", "30303030")]
    found = list(findings_in(answers, FINDERS, kept={("story", 0, 8)}))
    assert found == [
        Finding(question="story", ordinal=0, kind="phone", start=12, end=20),
        Finding(question="note", ordinal=0, kind="phone", start=0, end=8),
    ]
    assert [each.code for each in found] == ["story.0", "note.0"]
