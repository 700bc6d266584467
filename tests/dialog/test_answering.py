from __future__ import annotations

from datetime import date

import pytest
from pydantic import TypeAdapter

from handlers.dialog.answers import Invalid, Parsed, Raw, Value, Why, parse, still_fits
from handlers.dialog.dates import parse_date, written
from handlers.dialog.flow import Question
from tests.dialog.example import CONTEXT, FLOWS

TODAY = date(2026, 5, 3)


def the(question: str) -> Question:
    found = FLOWS.by_id["worry"].find_question(question)
    assert found is not None
    return found[1]


def given_to(question: str, raw: Raw) -> Value | Invalid:
    owner = "opening" if question in {"danger", "kind", "before_you_tell"} else "worry"
    parsed = parse(the(question), raw, owner=owner, context=CONTEXT)
    return parsed.value if isinstance(parsed, Parsed) else parsed


@pytest.mark.parametrize(
    ("question", "raw", "value"),
    [
        ("danger", "yes", "yes"),
        ("danger", "ja!", "yes"),
        ("danger", "JEG ER I TVIVL", "unsure"),
        ("danger", "jeg", "unsure"),
        ("signs", ["prison", "weapons"], ("weapons", "prison")),
        ("signs", "none", ("none",)),
        ("signs", "Er i fængsel; har våben, eller kan få dem", ("weapons", "prison")),
        ("signs", "Har våben, eller kan få dem", ("weapons",)),
        ("signs", "ved ikke", ("unknown",)),
        ("story", " He\r\nsays ", "He\nsays"),
        ("since", "3/5/2026", "2026-05-03"),
        ("people", "ca. 20 stk.", 20),
        ("people", "٢٠", 20),
        ("home", "0751", "0751"),
        ("home", "århus", "0751"),
        ("home", "unknown", "unknown"),
        ("home", "i udlandet", "abroad"),
        ("reach", {"name": " Testperson A ", "email": "", "other": "x"}, {"name": "Testperson A"}),
        ("before_you_tell", "seen", "seen"),
        ("before_you_tell", "videre", "seen"),
    ],
)
def test_an_answer_is_understood(question: str, raw: Raw, value: Value) -> None:
    assert given_to(question, raw) == value
    assert still_fits(the(question), value, places=CONTEXT.places)


@pytest.mark.parametrize(
    ("question", "raw", "why"),
    [
        ("danger", "maybe", Why.NOT_AN_OPTION),
        ("danger", "", Why.NOT_AN_OPTION),
        ("danger", ["yes"], Why.NOT_AN_OPTION),
        ("signs", [], Why.EMPTY),
        ("signs", {"a": "b"}, Why.EMPTY),
        ("signs", ["none", "prison"], Why.EXCLUSIVE),
        ("signs", ["unknown", "prison"], Why.EXCLUSIVE),
        ("signs", ["forged"], Why.NOT_AN_OPTION),
        ("story", " \x00\u202e ", Why.EMPTY),
        ("story", "x" * 41, Why.TOO_LONG),
        ("since", "yesterday", Why.NOT_A_DATE),
        ("since", "31/2/2026", Why.NOT_A_DATE),
        ("since", "4/5/2026", Why.DATE_IN_FUTURE),
        ("people", "many", Why.NOT_A_NUMBER),
        ("people", "20-30", Why.NOT_A_NUMBER),
        ("people", "2,5", Why.NOT_A_NUMBER),
        ("people", "0", Why.OUT_OF_RANGE),
        ("people", "1.000", Why.OUT_OF_RANGE),
        ("people", "9" * 5000, Why.OUT_OF_RANGE),
        ("home", "Atlantis", Why.NO_SUCH_PLACE),
        ("home", "Frederik", Why.SEVERAL_PLACES),
        ("reach", {"email": "a@b.dk"}, Why.EMPTY),
        ("reach", {"name": "A", "email": "none"}, Why.NOT_AN_EMAIL),
        ("reach", {"name": "A", "phone": "123"}, Why.NOT_A_PHONE),
        ("reach", {"name": "A" * 201}, Why.TOO_LONG),
        ("reach", ["A"], Why.NOT_AN_OPTION),
        ("before_you_tell", "I saw him with", Why.NOT_AN_OPTION),
    ],
)
def test_a_bad_answer_is_a_value_that_says_why(question: str, raw: Raw, why: Why) -> None:
    refused = given_to(question, raw)
    assert isinstance(refused, Invalid)
    assert refused.reason == why


def test_an_unclear_place_comes_with_candidates_and_an_error_with_its_limit() -> None:
    unclear, too_long = given_to("home", "frederik"), given_to("story", "x" * 41)
    assert isinstance(unclear, Invalid)
    assert [place.code for place in unclear.candidates] == ["0147", "0250"]
    assert isinstance(too_long, Invalid)
    assert too_long.limit == 40


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2026", "2026"),
        ("2026-05", "2026-05"),
        ("5/2026", "2026-05"),
        ("2026-05-03", "2026-05-03"),
        ("3.5.2026", "2026-05-03"),
        ("3. 5. 2026", "2026-05-03"),
        ("3/5-26", "2026-05-03"),
        ("3/5", "2026-05-03"),
        ("24/12", "2025-12-24"),
        ("1/1/99", "1999-01-01"),
        ("29/2", None),
        ("0/5/2026", None),
        ("5/13/2026", None),
        ("1800", None),
        ("3/5/20266", None),
        ("123", None),
        ("2026/2026", None),
        ("0000", None),
        ("1/2/3/4", None),
    ],
)
def test_dates_are_read_as_people_write_them(written: str, iso: str | None) -> None:
    assert parse_date(written, today=TODAY, past=True) == iso


def test_a_day_without_a_year_is_of_this_year_where_the_future_is_allowed() -> None:
    assert parse_date("24/12", today=TODAY, past=False) == "2026-12-24"


def test_a_date_that_must_lie_ahead_may_not_be_past() -> None:
    question: Question = TypeAdapter(Question).validate_python(
        {"id": "when", "kind": "date", "period": "future"}
    )
    parsed = parse(question, "2/5/2026", owner="worry", context=CONTEXT)
    assert parsed == Invalid(Why.DATE_IN_PAST)
    assert parse(question, "2026", owner="worry", context=CONTEXT) == Parsed("2026")


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("danger", "forged"),
        ("signs", ()),
        ("signs", ("none", "prison")),
        ("story", "x" * 41),
        ("story", 3),
        ("since", "soon"),
        ("people", 501),
        ("home", "9999"),
        ("home", 3),
        ("reach", {"email": "a@b.dk"}),
        ("reach", "A"),
        ("before_you_tell", "no"),
    ],
)
def test_a_stored_answer_that_the_question_could_not_have_got_does_not_fit(
    question: str, value: Value
) -> None:
    assert not still_fits(the(question), value, places=CONTEXT.places)


@pytest.mark.parametrize(
    ("stored", "said"), [("2026-05-03", "3.5.2026"), ("2026-05", "5.2026"), ("2026", "2026")]
)
def test_a_date_is_shown_as_it_is_asked_for_and_read_again_as_it_was(stored: str, said: str) -> None:
    assert written(stored) == said
    assert parse_date(said, today=date(2026, 11, 23), past=True) == stored
