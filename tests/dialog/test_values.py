from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from handlers.dialog.checks import check_flows
from handlers.dialog.flow import Flow
from handlers.dialog.flows import Flows
from handlers.dialog.inputs import Acknowledge, Answer, Input
from handlers.dialog.keys import filled_text_keys
from handlers.dialog.places import Place, Places
from handlers.dialog.replies import Ask, Review, ShowCard, Standing
from handlers.dialog.step import begin, current, step
from handlers.dialog.values import said
from tests.dialog.example import CONTEXT

OFFICE = {"office": {"da": "kontoret i øst", "en": "the office in the east"}, "number": {"": "12 34"}}
PLACES = Places(
    (
        Place(code="0751", name="Aarhus", groups=frozenset({"far"}), details=OFFICE),
        Place(code="0101", name="København", groups=frozenset({"near"}), details=OFFICE),
    )
)
HERE = replace(CONTEXT, places=PLACES)
FAR = {"question": "home", "is_in": ["@far"]}
ALL = {"place": "home.name", "office": "home.office"}


def a_flow(
    values: dict[str, str] = ALL, when: dict[str, Any] | None = FAR, on_card: dict[str, str] | None = None
) -> Flows:
    forward = {
        "id": "forward",
        "kind": "choice",
        "choices": ["yes", "no"],
        "card": {"no": "call"},
        "values": values,
        "ask_when": when,
        "notes": [{"id": "office"}],
        "hint": True,
    }
    home = {"id": "home", "kind": "place", "dont_know": True, "abroad": True}
    return Flows.of(
        Flow.model_validate(
            {
                "id": "f",
                "version": 1,
                "sections": [{"id": "s", "owner": "f", "questions": [home, forward]}],
                "cards": [{"id": "call", "owner": "f", "buttons": ["go_on"], "values": on_card or {}}],
            }
        )
    )


def after(flows: Flows, *given: Input) -> Standing:
    draft = begin(flows, context=HERE)
    for each in given:
        draft = step(flows, draft, each, context=HERE).draft
    return current(flows, draft, context=HERE)


def test_a_question_says_the_place_that_was_answered_in_the_language_of_the_page() -> None:
    asked = after(a_flow(), Answer(raw="Aarhus"))
    assert isinstance(asked, Ask)
    assert said(asked.values, "da") == {"place": "Aarhus", "office": "kontoret i øst"}
    assert said(asked.values, "en") == {"place": "Aarhus", "office": "the office in the east"}


def test_the_card_behind_the_answer_and_the_line_of_the_review_know_it_too() -> None:
    flows = a_flow(on_card={"number": "home.number"})
    no = (Answer(raw="Aarhus"), Answer(raw="no"))
    card = after(flows, *no)
    assert isinstance(card, ShowCard)
    assert said(card.values, "da") == {"number": "12 34"}
    review = after(flows, *no, Acknowledge("go_on"))
    assert isinstance(review, Review)
    assert [said(item.values, "en") for item in review.items] == [
        {},
        {"place": "Aarhus", "office": "the office in the east"},
    ]


def test_only_what_the_question_itself_says_is_filled_not_its_options() -> None:
    assert filled_text_keys(a_flow().start) == dict.fromkeys(
        ("flow.f.forward.ask", "flow.f.forward.hint", "flow.f.forward.note.office"),
        frozenset({"place", "office"}),
    )


def complaints(flows: Flows) -> list[str]:
    found = check_flows(flows, places=PLACES, has_text=lambda _key: True, payload=lambda _r, code: code)
    return [f"{each.where} {each.what}" for each in found if "value" in each.what]


def test_values_that_are_always_known_are_no_finding() -> None:
    flows = a_flow(values={"number": "home.number"})
    assert complaints(flows) == []
    both = {"all": [FAR, {"any": [FAR, {"question": "home", "is_in": ["0751"]}]}]}
    assert complaints(a_flow(when=both)) == []


@pytest.mark.parametrize(
    ("values", "when", "why"),
    [
        ({"place": "house.name"}, FAR, "but no place is asked for earlier as house"),
        ({"place": "forward.name"}, FAR, "but no place is asked for earlier as forward"),
        ({"place": "home.mayor"}, FAR, "which Aarhus does not have"),
        ({"place": "home.name"}, None, "but may be shown although home names no place"),
        (
            {"place": "home.name"},
            {"question": "home", "is_in": ["@far", "unknown"]},
            "but may be shown although home names no place",
        ),
        (
            {"place": "home.name"},
            {"question": "home", "not_in": ["unknown"]},
            "but may be shown although home names no place",
        ),
    ],
)
def test_a_value_that_may_be_missing_is_an_error(
    values: dict[str, str], when: dict[str, Any] | None, why: str
) -> None:
    (name, source), *_ = values.items()
    assert f"f.forward declares the value {name} = {source}, {why}" in complaints(a_flow(values, when))


def test_a_card_may_only_say_what_is_known_wherever_it_can_come_from() -> None:
    flows = a_flow(values={}, when=None, on_card={"number": "home.number"})
    assert complaints(flows) == [
        "f.card call declares the value number = home.number, but may be shown although home names no place"
    ]
