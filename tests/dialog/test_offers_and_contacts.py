"""Sections that are only offered, and contacts that are given part by part."""

from __future__ import annotations

from handlers.dialog.answers import Why
from handlers.dialog.draft import Draft
from handlers.dialog.flows import Flows
from handlers.dialog.inputs import (
    Answer,
    Back,
    Edit,
    LeaveOffer,
    Resume,
    SkipPart,
    TakeOffer,
)
from handlers.dialog.replies import (
    Ask,
    Reply,
    Review,
)
from handlers.dialog.step import current, step
from tests.dialog.example import CONTEXT, FLOWS, TO_REVIEW, asked, at_worry, error, said, tables, walk


def test_an_offered_section_is_asked_once_taken_and_can_be_left_again() -> None:
    review = walk(TO_REVIEW)
    assert isinstance(review.reply, Review)
    assert [section.id for section in review.reply.offers] == ["who"]
    taken = step(FLOWS, review.draft, TakeOffer("who"), context=CONTEXT)
    assert isinstance(taken.reply, Ask)
    assert (taken.reply.question.id, taken.reply.in_offer) == ("reach", "who")
    assert isinstance(step(FLOWS, taken.draft, LeaveOffer("who"), context=CONTEXT).reply, Review)
    assert error(step(FLOWS, review.draft, TakeOffer("about"), context=CONTEXT).reply) == Why.NOT_OFFERED
    assert error(step(FLOWS, review.draft, LeaveOffer("who"), context=CONTEXT).reply) == Why.NOT_OFFERED
    assert asked(walk([Edit("anonymity"), *said("known")], draft=review.draft).reply) == "reach"


def test_a_contact_is_asked_part_by_part_in_a_chat() -> None:
    draft = walk([*TO_REVIEW, TakeOffer("who")]).draft
    named = step(FLOWS, draft, Answer(raw="Testperson A"), context=CONTEXT)
    assert isinstance(named.reply, Ask)
    assert named.reply.part is not None
    assert (named.reply.part.id, named.reply.given) == ("email", {"name": "Testperson A"})
    bad = step(FLOWS, named.draft, Answer(raw="none"), context=CONTEXT)
    assert error(bad.reply) == Why.NOT_AN_EMAIL
    done = walk([SkipPart(), Answer(raw="20 30 40 50")], draft=named.draft)
    assert isinstance(done.reply, Review)
    assert done.draft.answers["reach"] == {"name": "Testperson A", "phone": "20 30 40 50"}


def test_back_within_a_contact_takes_back_one_part() -> None:
    draft = walk([*TO_REVIEW, TakeOffer("who"), *said("Testperson A"), SkipPart(), Back(), Back()]).draft
    reply = current(FLOWS, draft, context=CONTEXT)
    assert isinstance(reply, Ask)
    assert reply.part is not None
    assert (reply.question.id, reply.part.id, draft.parts) == ("reach", "name", None)
    assert asked(step(FLOWS, draft, Back(), context=CONTEXT).reply) == "signs"


def test_a_required_part_cannot_be_passed_by() -> None:
    draft = walk([*TO_REVIEW, TakeOffer("who")]).draft
    assert error(step(FLOWS, draft, SkipPart(), context=CONTEXT).reply) == Why.EMPTY
    assert error(step(FLOWS, at_worry(), SkipPart(), context=CONTEXT).reply) == Why.NOT_OFFERED


def with_optional_parts(*, required: bool) -> tuple[Draft, Reply]:
    """The example with a contact of optional parts, each passed by."""
    changed = tables()
    contact = changed["worry.toml"]["sections"][2]["questions"][0]
    contact |= {"parts": [{"id": "name"}, {"id": "email"}], "required": required}
    flows = Flows.load(changed)
    stepped = step(flows, walk([*TO_REVIEW, TakeOffer("who")]).draft, Resume(), context=CONTEXT)
    for given in (SkipPart(), SkipPart()):
        stepped = step(flows, stepped.draft, given, context=CONTEXT)
    return stepped.draft, stepped.reply


def test_a_required_contact_with_all_parts_passed_by_is_asked_again() -> None:
    draft, reply = with_optional_parts(required=True)
    assert (asked(reply), error(reply), draft.parts) == ("reach", Why.EMPTY, None)


def test_an_optional_contact_with_all_parts_passed_by_is_skipped() -> None:
    draft, reply = with_optional_parts(required=False)
    assert isinstance(reply, Review)
    assert "reach" in draft.skipped
