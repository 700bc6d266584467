"""How names and numbers are compared, and what an organisation may say about searching by them."""

from __future__ import annotations

import hashlib

import pytest
from pydantic import ValidationError

from triage.cases.person_marks import (
    MarkKind,
    Offered,
    PersonSearch,
    marks_of,
    name_marks,
    offered_by,
    phone_marks,
    plain_name,
    plain_numbers,
)

SEARCH = PersonSearch(
    allowed=True,
    names=("subject.name", "called"),
    phones=("subject.phone",),
    calling_code="45",
    number_length=8,
)


def digest(purpose: str, secret: bytes) -> bytes:
    return hashlib.sha256(purpose.encode() + secret).digest()


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("  Testperson\tFem ", "testperson fem"),
        ("TESTPERSON-FEM", "testperson fem"),
        ("Tést Pérsön", "test person"),
        ("Te\u0301st Fem", "test fem"),
        ("Åse Ærø Østtest", "åse ærø østtest"),
        ("A\u030ase", "åse"),
        ("Test, Person (kaldes 'Fem')", "test person kaldes fem"),
        ("Testﬁrst Straße", "testfirst strasse"),
        ("Testperson Fem [CPR-nummer slettet]", "testperson fem"),
        ("Te\u00adst\u200b Fem", "test fem"),
        ("Łest Đem Iþir", "lest dem ithir"),
        ("", ""),
    ],
)
def test_names_are_alike_without_capitals_accents_and_signs_but_with_the_danish_letters(
    typed: str, plain: str
) -> None:
    assert plain_name(typed) == plain


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12 34 56 78", "4512345678"),
        ("+45 12-34-56-78", "4512345678"),
        ("0045 12345678", "4512345678"),
        ("4512345678", "4512345678"),
        ("45123456", "4545123456"),
        ("+49 1234 567", "491234567"),
        ("١٢٣٤٥٦٧٨", "4512345678"),
        ("1234", None),
        ("+1234567890123456", None),
        ("hjemme", None),
        ("tlf. +49 1234 567", "491234567"),
        ("(+49) 1234-567", "491234567"),
        ("\u202a+49 1234 567\u202c", "491234567"),
        ("+49 (0)1234 567", "491234567"),
        ("mobil 2: 12345678", "4512345678"),
    ],
)
def test_numbers_are_alike_however_they_are_spaced_with_or_without_their_code(
    typed: str, number: str | None
) -> None:
    assert plain_numbers(SEARCH, typed) == (() if number is None else (number,))


def test_each_number_of_a_field_is_one_by_itself() -> None:
    two = plain_numbers(SEARCH, "12 34 56 78 eller 87 65 43 21, helst 12345678")

    assert two == ("4512345678", "4587654321")


def test_a_name_is_found_by_the_whole_of_it_or_by_its_first_and_last_word() -> None:
    long, short = name_marks(digest, "Testperson Af Fem"), name_marks(digest, "testperson fem")
    single, other = name_marks(digest, "Fem"), name_marks(digest, "Testperson Af Seks")

    def offered(searched: str, kept: str) -> set[Offered | None]:
        marks = [(one, two) for one in name_marks(digest, searched) for two in name_marks(digest, kept)]
        return {offered_by(one, two) for one, two in marks} - {None}

    assert [each.kind for each in long] == [MarkKind.NAME, MarkKind.FIRST_AND_LAST]
    assert [each.kind for each in (*short, *single)] == [MarkKind.NAME] * 2
    assert offered("Testperson af fem", "TESTPERSON AF FEM") >= {Offered.SAME_NAME}
    assert offered("testperson fem", "Testperson Af Fem") == {Offered.SAME_FIRST_AND_LAST}
    assert offered("Testperson Et To Fem", "Testperson Fem") == {Offered.SAME_FIRST_AND_LAST}
    assert offered("Fem", "Testperson Fem") == set()
    assert {each.digest for each in long}.isdisjoint(each.digest for each in other)
    assert name_marks(digest, "12 / 34 -") == ()


def test_only_what_was_given_in_a_field_that_is_meant_for_it_has_a_mark() -> None:
    answers = {
        "subject": {"name": "Testperson Fem", "where": "Testby", "phone": "12345678"},
        "called": "Femmeren",
        "story": "Testperson Seks",
        "other": {"name": "Testperson Syv"},
    }
    wanted = {
        *name_marks(digest, "Testperson Fem"),
        *name_marks(digest, "Femmeren"),
        *phone_marks(digest, SEARCH, "+45 12345678"),
    }

    assert set(marks_of(digest, SEARCH, answers)) == wanted
    assert marks_of(digest, SEARCH, {"subject": None, "called": ("a",)}) == ()
    assert marks_of(digest, SEARCH.model_copy(update={"allowed": False}), answers) == ()


def test_a_number_and_a_name_are_never_taken_for_each_other() -> None:
    [number] = phone_marks(digest, SEARCH, "12345678")
    assert number.digest not in {each.digest for each in name_marks(digest, "4512345678 x")}


def test_a_search_that_could_find_nothing_is_a_mistake_in_the_profile() -> None:
    with pytest.raises(ValidationError, match="names and phones name no answer"):
        PersonSearch(allowed=True)
    with pytest.raises(ValidationError):
        PersonSearch(names=("Subject Name",))
