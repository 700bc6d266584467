from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from handlers.dialog.flows import FlowError, Flows, canonical_json, fingerprint, read_archived
from tests.dialog.example import FLOWS, tables, the_flows

Tables = dict[str, dict[str, Any]]


def test_an_include_brings_the_sections_and_cards_of_its_file_with_their_owner() -> None:
    worry = FLOWS.by_id["worry"]
    assert [(section.owner, section.id) for section in worry.sections] == [
        ("opening", "safety"),
        ("opening", "topic"),
        ("worry", "about"),
        ("worry", "who"),
    ]
    assert [(card.owner, card.id) for card in worry.cards] == [
        ("opening", "call_now"),
        ("opening", "cannot_call"),
    ]


def test_a_change_of_an_included_file_raises_the_version_of_the_whole() -> None:
    changed = tables()
    changed["opening.toml"]["version"] = 2
    assert FLOWS.by_id["worry"].version == 4
    assert Flows.load(changed).by_id["worry"].version == 5


def test_the_answer_of_the_opening_chooses_the_flow() -> None:
    assert FLOWS.for_answers({}).id == "opening"
    assert FLOWS.for_answers({"kind": "advice"}).id == "advice"
    assert FLOWS.for_answers({"kind": "forged"}).id == "opening"
    assert FLOWS.all()[0].id == "opening"


def test_a_single_flow_is_its_own_start() -> None:
    flows = Flows.of(FLOWS.by_id["advice"])
    assert flows.for_answers({"kind": "worry"}).id == "advice"


def test_equal_flows_have_one_fingerprint_and_any_change_another() -> None:
    worry = FLOWS.by_id["worry"]
    changed = tables()
    changed["worry.toml"]["sections"][1]["questions"][3]["max_length"] = 41
    assert fingerprint(the_flows().by_id["worry"]) == FLOWS.fingerprint(worry)
    assert fingerprint(Flows.load(changed).by_id["worry"]) != FLOWS.fingerprint(worry)


def test_an_archived_flow_reads_back_equal() -> None:
    for flow in FLOWS.all():
        assert read_archived(canonical_json(flow)) == flow


def breaks(change: Callable[[Tables], object]) -> str:
    """What the loader says about changed files."""
    changed = tables()
    change(changed)
    with pytest.raises(FlowError) as caught:
        Flows.load(changed)
    return str(caught.value)


def questions(files: Tables, name: str, section: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = files[name]["sections"][section]["questions"]
    return found


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda files: questions(files, "worry.toml", 1)[3].update(max_length="long"),
            "worry.toml: sections[about].questions[story].max_length: Input should be a valid integer",
        ),
        (
            lambda files: questions(files, "worry.toml", 1)[3].update(max_lenght=3),
            "worry.toml: sections[about].questions[story].max_lenght: Extra inputs are not permitted",
        ),
        (
            lambda files: questions(files, "worry.toml", 1)[3].update(kind="essay"),
            "worry.toml: sections[about].questions[story]: Input tag 'essay'",
        ),
        (
            lambda files: questions(files, "opening.toml", 0)[0].update(acute={"maybe": "x"}),
            "opening.toml: sections[safety].questions[danger]: acute names no choice of this question: maybe",
        ),
        (
            lambda files: questions(files, "opening.toml", 0)[0].update(choices=["yes", "yes", "unsure"]),
            "choices are listed twice",
        ),
        (
            lambda files: questions(files, "worry.toml", 1)[6].update(exclusive=["nothing"]),
            "exclusive names no choice of this question: nothing",
        ),
        (
            lambda files: questions(files, "worry.toml", 2)[0].update(parts=[{"id": "a"}, {"id": "a"}]),
            "parts have the same id twice",
        ),
        (
            lambda files: questions(files, "opening.toml", 1)[1].update(dont_know=True),
            "a notice can only be acknowledged",
        ),
        (
            lambda files: questions(files, "worry.toml", 1)[2].update(ask_when={"question": "home"}),
            "a condition has either is_in or not_in",
        ),
        (lambda files: files["opening.toml"].update(id="other"), "opening.toml: id: is other"),
        (lambda files: files["worry.toml"].update(start=True), "exactly one file has start = true, not 2"),
        (
            lambda files: files["worry.toml"]["sections"].append({"include": "closing"}),
            "worry.toml: sections[closing]: there is no such file to include",
        ),
        (
            lambda files: files["opening.toml"]["sections"].append({"include": "worry"}),
            "includes itself by way of",
        ),
        (
            lambda files: files["worry.toml"]["sections"].append({"include": "opening"}),
            "worry.toml: sections[safety]: stands twice in this flow",
        ),
        (
            lambda files: questions(files, "opening.toml", 0)[0].update(card={"yes": "lost"}),
            "sections[safety].questions[danger].card: there is no card lost",
        ),
        (
            lambda files: files["opening.toml"]["cards"][0].update(next={"cannot_call": "lost"}),
            "cards[call_now].next: there is no card lost",
        ),
        (
            lambda files: files["opening.toml"]["cards"][0].update(next={"lost": "cannot_call"}),
            "opening.toml: cards[call_now]: next names no button of this card: lost",
        ),
        (
            lambda files: files["opening.toml"]["next_flow"].update(question="lost"),
            "opening.toml: next_flow.question: is no choice question of the start flow",
        ),
        (
            lambda files: questions(files, "opening.toml", 1)[0].update(required=False),
            "next_flow.question: must always be asked and answered",
        ),
        (
            lambda files: files["opening.toml"]["next_flow"]["by"].pop("advice"),
            "next_flow.by: must name each choice of its question, and no other",
        ),
        (
            lambda files: files["opening.toml"]["next_flow"]["by"].update(advice="lost"),
            "next_flow.by.advice: there is no flow lost",
        ),
        (
            lambda files: files["advice.toml"]["sections"].pop(0),
            "advice.toml: sections: must include opening, which chose it",
        ),
        (lambda files: files["advice.toml"].update(version=0), "advice.toml: version: "),
        (lambda files: files["advice.toml"].pop("sections"), "advice.toml: sections: Field required"),
    ],
)
def test_a_wrong_file_is_refused_by_file_table_and_key(change: Callable[[Tables], object], said: str) -> None:
    assert said in breaks(change)
