from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.dialog.places import NO_PLACES
from tests.dialog.example import PLACES


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("København", "0101"),
        ("kobenhavn", "0101"),
        ("KOEBENHAVN kommune", "0101"),
        ("Amager", "0101"),
        ("Århus", "0751"),
        ("aarhus", "0751"),
        ("Arhus", "0751"),
        ("A\u030arhus", "0751"),
        ("Ærø", "0492"),
        ("aeroe", "0492"),
        ("ringkøbing", "0760"),
        ("ringkøbing skjern", "0760"),
    ],
)
def test_a_name_written_out_is_sure_in_any_spelling(typed: str, code: str) -> None:
    found = PLACES.search(typed)
    assert ([place.code for place in found.places], found.sure) == ([code], True)


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("frederik", ["0147", "0250"]),
        ("køb", ["0101"]),
        ("Han bor i Aarhus N", ["0751"]),
        ("Aahrus", ["0751"]),
        ("Kobenhavm", ["0101"]),
        ("Fredriksberg", ["0147"]),
        ("ringkøbingskjern", ["0760"]),
        ("xyz", []),
        ("?", []),
        ("kommune", []),
        ("", []),
    ],
)
def test_anything_less_is_a_guess_to_choose_from(typed: str, codes: list[str]) -> None:
    found = PLACES.search(typed)
    assert ([place.code for place in found.places], found.sure) == (codes, False)


def test_no_more_are_offered_than_asked_for() -> None:
    assert len(PLACES.search("frederik", limit=1).places) == 1


def test_without_places_nothing_is_found() -> None:
    assert NO_PLACES.search("Aarhus").places == ()


@given(st.text(max_size=60))
def test_the_search_takes_any_text(typed: str) -> None:
    found = PLACES.search(typed)
    assert not found.sure or len(found.places) == 1
