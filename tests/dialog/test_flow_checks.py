from __future__ import annotations

from typing import Any

import pytest

from handlers.dialog.checks import Finding, Severity, check_flows, shared_text_keys
from handlers.dialog.drawing import mermaid
from handlers.dialog.flow import Flow
from handlers.dialog.flows import Flows
from handlers.dialog.keys import invalid_keys, required_text_keys
from handlers.dialog.places import NO_PLACES, Places
from handlers.dialog.reach import reachable
from tests.dialog.example import FLOWS, PLACES


def payload(revision: int, code: str) -> str:
    return f"1:nonce123:{revision}:{code}"


def findings(
    flows: Flows, *, places: Places = PLACES, missing: frozenset[str] = frozenset()
) -> list[Finding]:
    return check_flows(flows, places=places, has_text=lambda key: key not in missing, payload=payload)


def a_flow(*questions: dict[str, Any], **more: Any) -> Flow:
    sections = [{"id": "s", "owner": "f", "questions": [{"id": "last", "kind": "text"}, *questions]}]
    return Flow.model_validate({"id": "f", "version": 1, "sections": sections, **more})


def said(*questions: dict[str, Any], places: Places = PLACES, **more: Any) -> list[str]:
    found = findings(Flows.of(a_flow(*questions, **more)), places=places)
    return [f"{finding.where} {finding.what}" for finding in found]


def choice(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "kind": "choice", "choices": ["a", "b"], **more}


def when(question: str, *codes: str) -> dict[str, Any]:
    return {"ask_when": {"question": question, "is_in": codes}}


def test_the_example_has_no_findings() -> None:
    assert findings(FLOWS) == []


def test_every_text_of_a_flow_is_required_once_under_its_owner() -> None:
    keys = required_text_keys(FLOWS.by_id["worry"])
    assert {
        "flow.opening.danger.ask",
        "flow.opening.danger.option.unsure",
        "flow.opening.danger.note.telegram",
        "flow.worry.reach.part.email",
        "section.worry.who.offer",
        "card.opening.call_now.text",
        "card.opening.call_now.button.called",
    } <= keys
    assert "section.worry.about.offer" not in keys
    # Nothing draws a section's title, so nobody has to write one.
    assert "section.opening.safety.title" not in keys
    assert {"dialog.invalid.too_long", "dialog.dont_know", "dialog.abroad"} <= shared_text_keys(FLOWS)
    assert invalid_keys("worry", "story", "empty") == (
        "flow.worry.story.invalid.empty",
        "dialog.invalid.empty",
    )


def test_a_missing_text_is_found_once_though_two_flows_need_it() -> None:
    missing = frozenset({"flow.opening.danger.ask", "dialog.skip"})
    assert findings(FLOWS, missing=missing) == [
        Finding(Severity.ERROR, "flow.opening.danger.ask", "has no text"),
        Finding(Severity.ERROR, "dialog.skip", "has no text"),
    ]


@pytest.mark.parametrize(
    ("questions", "what"),
    [
        ([choice("x", **when("y", "a")), choice("y")], "f.x has a condition on y, which is not asked earlier"),
        ([choice("x", **when("x", "a"))], "f.x has a condition on x, which is not asked earlier"),
        ([choice("x"), choice("y", **when("x", "c"))], "f.y has a condition on x = c, never its answer"),
        ([choice("x", **when("last", "a"))], "f.x has a condition on last = a, never its answer"),
        ([choice("x"), choice("x")], "f.x stands 2 times"),
        ([choice("x", clear=True, sensitive=True)], "f.x is sensitive or identity, so it cannot be stored in clear"),
        ([{"id": "x", "kind": "text", "clear": True}], "takes a person's own words, so it cannot be stored in clear"),
        (
            [{"id": "x", "kind": "contact", "parts": [{"id": "name"}]}],
            "f.x asks who somebody is, so it must be sensitive",
        ),
        ([choice("x", acute={"a": "t"})], "f.x raises an alarm at a but shows no card"),
        ([choice("x", card={"a": "lost"})], "f.card lost is used but not declared"),
        (
            [choice("x"), choice("y", **when("x", "a")), choice("z", ask_when={"all": [
                {"question": "x", "is_in": ["b"]}, {"question": "y", "is_in": ["a", "b"]}]})],
            "f.z is never asked, whatever the answers",
        ),
    ],
)  # fmt: skip
def test_a_wrong_flow_is_found(questions: list[dict[str, Any]], what: str) -> None:
    assert any(what in found for found in said(*questions))


def test_a_card_that_nobody_can_leave_or_see_is_found() -> None:
    cards = [
        {"id": "round", "owner": "f", "buttons": ["on"], "next": {"on": "and_round"}},
        {"id": "and_round", "owner": "f", "buttons": ["on"], "next": {"on": "round"}},
        {"id": "alone", "owner": "f", "buttons": ["on"]},
    ]
    found = said(choice("x", card={"a": "round"}), cards=cards)
    assert "f.card round has no button that leads out of the cards" in found
    assert "f.card alone is never shown" in found


def test_a_flow_that_asks_nothing_for_certain_is_found() -> None:
    flow = Flow.model_validate(
        {"id": "f", "version": 1, "sections": [{"id": "s", "questions": [{"id": "n", "kind": "notice"}]}]}
    )
    assert "can be sent without a single answer" in findings(Flows.of(flow))[0].what


def test_a_place_question_without_places_is_found() -> None:
    assert "f.x cannot be answered: there are no places" in said(
        {"id": "x", "kind": "place"}, places=NO_PLACES
    )


def test_a_code_too_long_for_a_button_is_found() -> None:
    long = check_flows(FLOWS, places=PLACES, has_text=lambda _: True, payload=lambda _, code: "x" * 60 + code)
    assert "takes 66 of 64 bytes in a button" in {finding.what for finding in long}


def test_an_offered_section_counts_as_reachable() -> None:
    assert reachable(FLOWS.by_id["worry"], "reach", places=PLACES)


def test_conditions_on_places_and_several_codes_are_tried() -> None:
    signs = {"id": "m", "kind": "multi", "choices": ["a", "b", "none"], "exclusive": ["none"]}
    home = {"id": "home", "kind": "place"}
    both = {"all": [{"question": "m", "is_in": ["a"]}, {"question": "m", "is_in": ["b"]}]}
    never = {"all": [{"question": "m", "is_in": ["a"]}, {"question": "m", "is_in": ["none"]}]}
    mine = {"all": [{"question": "home", "is_in": ["@own"]}, {"question": "home", "not_in": ["0101"]}]}
    flow = a_flow(
        signs,
        home,
        {"id": "both", "kind": "text", "ask_when": both},
        {"id": "never", "kind": "text", "ask_when": never},
        {"id": "mine", "kind": "text", "ask_when": mine},
        {"id": "any", "kind": "text", "ask_when": {"any": [both, never]}},
    )
    assert {name: reachable(flow, name, places=PLACES) for name in ("both", "never", "mine", "any")} == {
        "both": True,
        "never": False,
        "mine": False,
        "any": True,
    }


def test_conditions_too_entangled_to_try_are_said_to_be() -> None:
    many = [choice(f"x{number}", required=False) for number in range(14)]
    leaves = [{"question": f"x{number}", "is_in": ["a"]} for number in range(14)]
    impossible = {"question": "x0", "is_in": ["b"]}
    found = said(*many, {"id": "z", "kind": "text", "ask_when": {"all": [*leaves, impossible]}})
    assert found == ["f.z has conditions too entangled to say whether it is ever asked"]


def test_the_drawing_names_every_question_section_and_card() -> None:
    worry = FLOWS.by_id["worry"]
    drawn = mermaid(worry)
    for _, question in worry.questions():
        assert f"q_{question.id}[" in drawn
    assert 'q_danger -.->|"yes"| c_call_now' in drawn
    assert 'c_call_now -.->|"cannot_call"| c_cannot_call' in drawn
    assert "offered if anonymity is anonymous" in drawn
    assert "if home is not @own or unknown or abroad" in drawn


@pytest.mark.parametrize(("how", "joined"), [("all", "and"), ("any", "or")])
def test_a_drawing_says_nested_conditions(how: str, joined: str) -> None:
    leaf = {"question": "x", "is_in": ["a"]}
    flow = a_flow(choice("x"), choice("y", ask_when={how: [leaf, leaf]}))
    assert f"if (x is a) {joined} (x is a)" in mermaid(flow)
