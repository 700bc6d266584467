"""Parts that several flows include: when they are asked, what they leave out, and one offer for several sections."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.dialog.checks import check_flows
from handlers.dialog.drawing import mermaid
from handlers.dialog.flow import Multi
from handlers.dialog.flows import FlowError, Flows
from handlers.dialog.inputs import Answer, Edit, Input, LeaveOffer, Resume, TakeOffer
from handlers.dialog.replies import Ask, Review
from handlers.dialog.step import Stepped, begin, step
from tests.dialog.example import CONTEXT, PLACES, asked

Tables = dict[str, dict[str, Any]]


def a_choice(name: str, *codes: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "kind": "choice", "choices": codes or ["a", "b"], **more}


def files(**include: Any) -> Tables:
    """A talk whose middle is a part, and an offer after it."""
    signs: dict[str, Any] = {
        "id": "signs",
        "kind": "multi",
        "choices": ["gang", "loss", "none"],
        "exclusive": ["none"],
    }
    signs |= {"acute": {"loss": "loss"}, "card": {"loss": "call"}, "required": False}
    part: dict[str, Any] = {
        "id": "signs",
        "version": 1,
        "part": True,
        "sections": [{"id": "signs", "questions": [signs]}],
        "cards": [{"id": "call", "buttons": ["go_on"]}],
    }
    more = {"id": "more", "offered_when": {"question": "first", "is_in": ["b"]}}
    talk: dict[str, Any] = {
        "id": "talk",
        "version": 1,
        "start": True,
        "sections": [
            {"id": "about", "questions": [a_choice("first")]},
            {**more, "questions": [a_choice("second")]},
            {"include": "signs", **include},
            {"id": "last", "asked_with": "more", "questions": [a_choice("third")]},
        ],
    }
    return {"talk.toml": talk, "signs.toml": part}


def walk(flows: Flows, *given: Input) -> Stepped:
    stepped = step(flows, begin(flows, context=CONTEXT), Resume(), context=CONTEXT)
    for each in given:
        stepped = step(flows, stepped.draft, each, context=CONTEXT)
    return stepped


def test_an_include_says_when_its_sections_are_asked() -> None:
    flows = Flows.load(files(ask_when={"question": "first", "is_in": ["a"]}))
    assert asked(walk(flows, Answer(raw="a"), Answer(raw="a")).reply) == "signs"
    assert isinstance(walk(flows, Answer(raw="b")).reply, Review)


def test_an_include_leaves_out_a_choice_with_its_alarm_and_its_card() -> None:
    whole, less = Flows.load(files()), Flows.load(files(without=["signs.loss"]))
    found = less.start.find_question("signs")
    assert found is not None
    assert isinstance(found[1], Multi)
    assert (found[1].choices, dict(found[1].acute), dict(found[1].card)) == (("gang", "none"), {}, {})
    assert less.fingerprint(less.start) != whole.fingerprint(whole.start)


def test_one_offer_brings_every_section_that_goes_with_it_and_takes_them_away_again() -> None:
    flows = Flows.load(files(asked_with="more"))
    review = walk(flows, Answer(raw="b"))
    assert isinstance(review.reply, Review)
    assert [offer.id for offer in review.reply.offers] == ["more"]

    last = walk(flows, Answer(raw="b"), TakeOffer("more"), Answer(raw="a"), Answer(raw=["gang"]))
    assert isinstance(last.reply, Ask)
    assert (last.reply.question.id, last.reply.in_offer) == ("third", "more")
    left = step(flows, last.draft, LeaveOffer("more"), context=CONTEXT)
    assert isinstance(left.reply, Review)
    assert [item.question.id for item in left.reply.items] == ["first"]
    asked_anyway = walk(flows, Answer(raw="a"), Answer(raw="a"))
    assert isinstance(asked_anyway.reply, Ask)
    assert (asked_anyway.reply.question.id, asked_anyway.reply.in_offer) == ("signs", None)
    back = step(flows, left.draft, Edit("first"), context=CONTEXT)
    assert asked(step(flows, back.draft, Answer(raw="a"), context=CONTEXT).reply) == "third"


def test_a_section_that_goes_with_another_can_be_reached_only_where_that_one_can() -> None:
    tables = files(asked_with="more")
    tables["talk.toml"]["sections"][1]["ask_when"] = {"question": "first", "is_in": ["a"]}
    tables["talk.toml"]["sections"][3]["questions"][0]["ask_when"] = {"question": "first", "is_in": ["b"]}
    flows = Flows.load(tables)
    found = check_flows(
        flows, places=PLACES, has_text=lambda _: True, payload=lambda revision, code: f"{revision}{code}"
    )
    assert [f"{each.where} {each.what}" for each in found if "never asked" in each.what] == [
        "talk.third is never asked, whatever the answers"
    ]
    assert 'last, with more"' in mermaid(flows.start)


@pytest.mark.parametrize(
    ("include", "said"),
    [
        ({"without": ["signs.lost"]}, "talk.toml: sections[signs].without: is no choice there: signs.lost"),
        (
            {"without": ["signs.gang", "signs.loss", "signs.none"]},
            "is no choice there: signs.gang, signs.loss",
        ),
        ({"without": ["signs"]}, "String should match pattern"),
        ({"asked_with": "about"}, "sections[signs].asked_with: about is no offered section before it"),
        ({"asked_with": "last"}, "sections[signs].asked_with: last is no offered section before it"),
    ],
)
def test_an_include_that_cannot_hold_is_refused(include: dict[str, Any], said: str) -> None:
    with pytest.raises(FlowError) as caught:
        Flows.load(files(**include))
    assert said in str(caught.value)
