"""Drafts that were begun in another version of a flow."""

from __future__ import annotations

from dataclasses import replace

from handlers.dialog.flows import Flows
from handlers.dialog.inputs import (
    DontKnow,
    Edit,
    Resume,
    Submit,
)
from handlers.dialog.replies import (
    Stale,
)
from handlers.dialog.step import carry_over, step
from tests.dialog.example import CONTEXT, FLOWS, PLACES, TO_REVIEW, asked, at_worry, said, tables, walk


def a_newer_version() -> Flows:
    changed = tables()
    changed["worry.toml"]["version"] = 4
    changed["worry.toml"]["sections"][1]["questions"][3]["max_length"] = 5
    del changed["worry.toml"]["sections"][1]["questions"][4]["dont_know"]
    return Flows.load(changed)


def test_a_draft_of_an_older_version_is_carried_over_and_its_buttons_are_stale() -> None:
    newer = a_newer_version()
    old = walk([*TO_REVIEW, Edit("since"), DontKnow()]).draft
    stepped = step(newer, old, Submit(old.revision), context=CONTEXT)
    assert isinstance(stepped.reply, Stale)
    assert asked(stepped.reply.current) == "story"
    assert (stepped.draft.flow_version, stepped.draft.unknown) == (5, frozenset())
    assert stepped.draft.answers["home"] == "0101"


def test_carrying_over_drops_cards_and_edits_that_the_flow_no_longer_has() -> None:
    draft = replace(at_worry(), cards=(("lost", "danger"), ("call_now", "danger")), editing="lost")
    carried = carry_over(draft, FLOWS.by_id["advice"], places=PLACES)
    assert (carried.cards, carried.editing) == ((("call_now", "danger"),), None)


def test_a_kind_that_is_no_longer_offered_is_asked_for_again() -> None:
    changed = tables()
    changed["opening.toml"]["sections"][1]["questions"][0]["choices"] = ["worry"]
    del changed["opening.toml"]["next_flow"]["by"]["advice"]
    at_advice = walk(said("no", "advice", "seen")).draft
    stepped = step(Flows.load(changed), at_advice, Resume(), context=CONTEXT)
    assert (asked(stepped.reply), stepped.draft.flow_id) == ("kind", "opening")
