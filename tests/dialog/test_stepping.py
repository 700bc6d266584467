from __future__ import annotations

import re
from dataclasses import replace

import pytest

from handlers.dialog.answers import Invalid, Why
from handlers.dialog.clean import IdentityPattern
from handlers.dialog.draft import Draft
from handlers.dialog.inputs import (
    Acknowledge,
    Answer,
    Back,
    Done,
    DontKnow,
    Edit,
    Input,
    Keep,
    Language,
    Resume,
    Skip,
    Submit,
    TakeOffer,
    Toggle,
    Unsupported,
)
from handlers.dialog.replies import (
    AcuteRaised,
    Ask,
    CardAnswered,
    ChooseLanguage,
    IdentityRemoved,
    ItemState,
    Progress,
    Review,
    ShowCard,
    Stale,
    Submitted,
)
from handlers.dialog.step import begin, current, step
from tests.dialog.example import CONTEXT, FLOWS, TO_REVIEW, asked, at_worry, error, said, walk


def test_a_conversation_begins_with_the_first_question() -> None:
    reply = current(FLOWS, begin(FLOWS, context=CONTEXT), context=CONTEXT)
    assert isinstance(reply, Ask)
    assert (reply.question.id, reply.revision, reply.can_go_back, reply.progress) == (
        "danger",
        0,
        False,
        None,
    )
    assert [note.id for note in reply.notes] == ["hello"]


def test_a_note_is_shown_where_the_channel_has_its_facts_and_its_condition_holds() -> None:
    telegram = replace(CONTEXT, facts=frozenset({"telegram"}))
    reply = current(FLOWS, begin(FLOWS, context=CONTEXT), context=telegram)
    assert isinstance(reply, Ask)
    assert [note.id for note in reply.notes] == ["hello", "telegram"]
    known = walk(
        [*said("no", "worry", "seen", "known", "0101", "x"), Skip(), Skip(), *said("weapons", "called")]
    )
    assert isinstance(known.reply, Ask)
    assert [note.id for note in known.reply.notes] == ["known"]


def test_with_several_languages_the_conversation_begins_by_choosing_one() -> None:
    context = replace(CONTEXT, languages=("da", "en"))
    start = begin(FLOWS, context=context)
    assert isinstance(current(FLOWS, start, context=context), ChooseLanguage)
    assert asked(walk([Language("en")], draft=start, context=context).reply) == "danger"
    assert walk(said("dansk"), draft=start, context=context).draft.language == "da"
    assert error(walk(said("klingon"), draft=start, context=context).reply) == Why.NOT_AN_OPTION
    assert error(walk([Language("xx")], draft=start, context=context).reply) == Why.NOT_OFFERED
    assert error(walk([Back()], draft=start, context=context).reply) == Why.NOT_OFFERED


def test_a_single_language_is_not_asked_for() -> None:
    context = replace(CONTEXT, languages=("da",))
    assert begin(FLOWS, context=context).language == "da"


def test_another_language_in_mid_talk_keeps_the_answers_and_makes_old_buttons_stale() -> None:
    context = replace(CONTEXT, languages=("da", "en"))
    before = replace(at_worry(), language="da")
    after = step(FLOWS, before, Language("en"), context=context).draft
    assert (after.answers, after.language, after.revision) == (before.answers, "en", before.revision + 1)


def test_danger_raises_an_alarm_once_and_shows_the_card_each_time() -> None:
    first = step(FLOWS, begin(FLOWS, context=CONTEXT), Answer(raw="yes", revision=0), context=CONTEXT)
    assert first.events == (AcuteRaised(trigger="danger_yes", question="danger", code="yes"),)
    assert isinstance(first.reply, ShowCard)
    assert (first.reply.card.id, first.reply.question) == ("call_now", "danger")
    again = walk([Back(), *said("yes")], draft=first.draft)
    assert again.events == ()
    assert isinstance(again.reply, ShowCard)


def test_a_card_leads_on_by_its_buttons() -> None:
    cannot = walk([*said("yes"), Acknowledge("cannot_call")])
    assert cannot.events == (CardAnswered(card="call_now", code="cannot_call"),)
    assert isinstance(cannot.reply, ShowCard)
    assert cannot.reply.card.id == "cannot_call"
    assert asked(step(FLOWS, cannot.draft, Acknowledge("anything"), context=CONTEXT).reply) == "kind"
    assert asked(walk(said("yes", "jeg har ringet")).reply) == "kind"


def test_a_card_waits_until_it_is_answered() -> None:
    at_card = walk(said("yes")).draft
    for given in (Answer(raw="help me"), Answer(raw=["called"]), Acknowledge("forged")):
        assert error(step(FLOWS, at_card, given, context=CONTEXT).reply) == Why.NOT_AN_OPTION
    for other in (Skip(), Submit(), Toggle("x"), TakeOffer("who")):
        reply = step(FLOWS, at_card, other, context=CONTEXT).reply
        assert isinstance(reply, ShowCard)
        assert reply.error


def test_an_answer_changed_at_its_card_is_asked_again_in_the_cards_place() -> None:
    at_card = walk(said("yes")).draft
    for way in (Edit("danger"), Back()):
        reply = step(FLOWS, at_card, way, context=CONTEXT).reply
        assert isinstance(reply, Ask)
        assert (reply.question.id, reply.editing, reply.suggested) == ("danger", True, "yes")
    changed = walk([Edit("danger"), *said("no")], draft=at_card)
    assert asked(changed.reply) == "kind"


def test_a_ticked_sign_shows_the_card_again_and_raises_its_own_trigger() -> None:
    stepped = walk(
        [*said("no", "worry", "seen", "known", "0101", "x"), Skip(), Skip(), Answer(raw=["weapons"])]
    )
    assert stepped.events == (AcuteRaised(trigger="weapons", question="signs", code="weapons"),)
    assert isinstance(stepped.reply, ShowCard)


def test_the_opening_leads_into_the_chosen_flow_with_its_answers() -> None:
    draft = at_worry()
    reply = current(FLOWS, draft, context=CONTEXT)
    assert (draft.flow_id, draft.flow_version) == ("worry", 4)
    assert isinstance(reply, Ask)
    assert (reply.question.id, reply.progress) == ("anonymity", Progress(number=3, total=10))


def test_changing_the_kind_switches_the_flow_and_changing_back_brings_the_answers_back() -> None:
    at_review = walk(TO_REVIEW).draft
    changed = walk([Edit("kind"), *said("advice")], draft=at_review)
    assert changed.draft.flow_id == "advice"
    assert isinstance(changed.reply, Review)
    assert changed.draft.answers["anonymity"] == "anonymous"
    back = walk([Edit("kind"), *said("worry")], draft=changed.draft)
    assert isinstance(back.reply, Review)
    assert {item.question.id for item in back.reply.items} >= {"anonymity", "home", "story"}


def test_an_answer_that_does_not_fit_the_other_flow_is_asked_for_again() -> None:
    long = walk([*TO_REVIEW, Edit("story"), *said("x" * 30), Edit("kind"), *said("advice")])
    assert asked(long.reply) == "story"


def test_an_answer_hidden_by_an_edit_neither_counts_nor_is_sent_but_comes_back() -> None:
    outside = walk([*TO_REVIEW, Edit("home"), *said("0751")])
    assert asked(outside.reply) == "outside"
    back_home = walk([*said("forward"), Edit("home"), *said("0101"), Submit()], draft=outside.draft)
    assert isinstance(back_home.reply, Submitted)
    assert "outside" not in back_home.reply.answers
    assert back_home.draft.answers["outside"] == "forward"


def test_a_submission_holds_what_was_asked_in_order_with_its_clear_and_identity_parts() -> None:
    with_name: list[Input] = [
        TakeOffer("who"),
        Answer(raw={"name": "Testperson A"}),
        Edit("since"),
        DontKnow(),
        Submit(),
    ]
    reply = walk([*TO_REVIEW, *with_name]).reply
    assert isinstance(reply, Submitted)
    assert list(reply.answers) == [
        "danger", "kind", "before_you_tell", "anonymity", "home", "story", "people", "signs", "reach",
    ]  # fmt: skip
    assert reply.clear == {"danger": "no", "home": "0101"}
    assert reply.identity == {"reach": {"name": "Testperson A"}}
    assert (reply.skipped, reply.unknown) == ((), ("since",))
    assert (reply.flow_id, reply.flow_version, reply.fingerprint) == (
        "worry", 4, FLOWS.fingerprint(FLOWS.by_id["worry"]),
    )  # fmt: skip
    assert "Testperson" not in repr(reply)
    assert "angry" not in repr(reply)


def test_the_review_says_how_each_question_was_passed() -> None:
    reply = walk(
        [*TO_REVIEW, Edit("since"), DontKnow(), Edit("people"), Skip(), Edit("home"), DontKnow()]
    ).reply
    assert isinstance(reply, Review)
    states = {item.question.id: item.state for item in reply.items}
    assert states["since"] == states["home"] == ItemState.UNKNOWN
    assert states["people"] == ItemState.SKIPPED
    assert states["story"] == ItemState.ANSWERED
    assert [item.question.id for item in reply.items if item.sensitive] == ["story"]
    assert "before_you_tell" not in states


@pytest.mark.asvs("2.3.1")
def test_sending_is_refused_while_something_is_unanswered() -> None:
    stepped = step(FLOWS, at_worry(), Submit(), context=CONTEXT)
    assert (asked(stepped.reply), error(stepped.reply)) == ("anonymity", Why.UNANSWERED)
    editing = walk([*TO_REVIEW, Edit("story"), Submit()])
    assert error(editing.reply) == Why.UNANSWERED


def test_a_bad_answer_changes_nothing_and_says_why() -> None:
    draft = walk([*said("0101")], draft=walk(said("known"), draft=at_worry()).draft).draft
    stepped = step(FLOWS, draft, Answer(raw="x" * 41), context=CONTEXT)
    assert (stepped.draft, error(stepped.reply)) == (draft, Why.TOO_LONG)


def test_a_tap_drawn_for_an_earlier_revision_is_stale_and_shows_where_we_are() -> None:
    draft = at_worry()
    stepped = step(FLOWS, draft, Answer(raw="known", revision=draft.revision - 1), context=CONTEXT)
    assert stepped.draft == draft
    assert isinstance(stepped.reply, Stale)
    assert asked(stepped.reply.current) == "anonymity"


def test_a_page_that_answers_another_question_is_stale() -> None:
    stepped = step(FLOWS, at_worry(), Answer(raw="known", question="danger"), context=CONTEXT)
    assert isinstance(stepped.reply, Stale)
    assert (
        asked(step(FLOWS, at_worry(), Answer(raw="known", question="anonymity"), context=CONTEXT).reply)
        == "home"
    )
    at_card = walk(said("yes")).draft
    assert isinstance(
        step(FLOWS, at_card, Answer(raw="go_on", question="kind"), context=CONTEXT).reply, Stale
    )
    at_review = walk(TO_REVIEW).draft
    assert isinstance(step(FLOWS, at_review, Answer(raw="x", question="story"), context=CONTEXT).reply, Stale)


def test_an_identity_number_is_removed_and_the_writer_told() -> None:
    stepped = walk([*said("known", "0101"), Answer(raw="He is 010190-1234")], draft=at_worry())
    assert stepped.events == (IdentityRemoved({"number": 1}),)
    assert stepped.draft.answers["story"] == "He is [removed]"


def test_only_the_kind_of_number_that_was_found_is_told() -> None:
    other = IdentityPattern(id="other", regex=re.compile(r"P\d{8}"), marker="[other]")
    context = replace(CONTEXT, patterns=(*CONTEXT.patterns, other))
    at_story = walk(said("known", "0101"), draft=at_worry()).draft
    told = {
        text: step(FLOWS, at_story, Answer(raw=text), context=context).events
        for text in ("nothing", "P12345678", "P12345678, 010190-1234, P87654321")
    }
    assert told == {
        "nothing": (),
        "P12345678": (IdentityRemoved({"other": 1}),),
        "P12345678, 010190-1234, P87654321": (IdentityRemoved({"number": 1, "other": 2}),),
    }


def test_back_opens_the_question_before_with_its_answer() -> None:
    back = step(FLOWS, at_worry(), Back(), context=CONTEXT)
    assert asked(back.reply) == "before_you_tell"
    further = step(FLOWS, back.draft, Back(), context=CONTEXT)
    assert isinstance(further.reply, Ask)
    assert (further.reply.question.id, further.reply.suggested, further.reply.editing) == (
        "kind",
        "worry",
        True,
    )
    start = walk([Back(), Back()], draft=further.draft)
    assert asked(start.reply) == "danger"
    assert step(FLOWS, walk([]).draft, Back(), context=CONTEXT).draft.revision == 0


def test_back_from_the_review_opens_the_last_question_and_keep_closes_it() -> None:
    back = walk([*TO_REVIEW, Back()])
    assert asked(back.reply) == "signs"
    assert isinstance(step(FLOWS, back.draft, Keep(), context=CONTEXT).reply, Review)
    assert error(step(FLOWS, at_worry(), Keep(), context=CONTEXT).reply) == Why.NOT_OFFERED


def test_only_what_was_passed_can_be_edited() -> None:
    for question in ("home", "outside", "forged"):
        assert error(step(FLOWS, at_worry(), Edit(question), context=CONTEXT).reply) == Why.NOT_OFFERED


def test_ticks_are_kept_until_done_and_an_exclusive_one_stands_alone() -> None:
    at_signs = walk(TO_REVIEW[:-1]).draft
    ticked = walk([Toggle("weapons"), Toggle("prison")], draft=at_signs)
    assert isinstance(ticked.reply, Ask)
    assert ticked.reply.selected == ("weapons", "prison")
    assert walk([Toggle("none")], draft=ticked.draft).draft.selecting == ("none",)
    assert walk([Toggle("none"), Toggle("prison")], draft=ticked.draft).draft.selecting == ("prison",)
    done = walk([Toggle("weapons"), Done()], draft=ticked.draft)
    assert done.draft.answers["signs"] == ("prison",)
    nothing = walk([Toggle("prison"), Toggle("prison"), Done()], draft=at_signs)
    assert error(nothing.reply) == Why.EMPTY
    assert error(walk([Toggle("forged")], draft=at_signs).reply) == Why.NOT_OFFERED
    assert error(walk([Toggle("yes")]).reply) == Why.NOT_OFFERED
    assert error(walk([Done()]).reply) == Why.NOT_OFFERED


def test_ticks_begin_with_the_answer_when_a_question_is_opened_again() -> None:
    opened = walk([*TO_REVIEW, Edit("signs"), Toggle("weapons"), Done()])
    assert opened.draft.answers["signs"] == ("weapons", "prison")


@pytest.mark.asvs("2.3.1")
def test_a_required_question_cannot_be_skipped_and_skip_or_dont_know_can_be_typed() -> None:
    assert error(step(FLOWS, at_worry(), Skip(), context=CONTEXT).reply) == Why.REQUIRED
    assert error(step(FLOWS, at_worry(), Answer(raw="spring over"), context=CONTEXT).reply) == Why.REQUIRED
    assert error(step(FLOWS, at_worry(), DontKnow(), context=CONTEXT).reply) == Why.NOT_OFFERED
    typed = walk(
        [*said("known", "ved ikke", "He left", "ved ikke", "spring over", "ved ikke")], draft=at_worry()
    ).draft
    assert typed.answers["home"] == "unknown"
    assert typed.answers["signs"] == ("unknown",)
    assert (typed.unknown, typed.skipped) == (frozenset({"since"}), frozenset({"people"}))


def test_a_skip_that_is_permitted_no_longer_is_asked_for_again() -> None:
    anonymous = walk([*TO_REVIEW[:-1], *said("weapons", "called"), Skip()])
    assert isinstance(anonymous.reply, Review)
    known = walk([Edit("anonymity"), *said("known")], draft=anonymous.draft)
    assert asked(known.reply) == "weapons_where"


def test_a_voice_message_is_refused_and_the_question_asked_again() -> None:
    stepped = step(FLOWS, at_worry(), Unsupported("voice"), context=CONTEXT)
    assert (asked(stepped.reply), error(stepped.reply)) == ("anonymity", Why.NOT_TEXT)


def test_words_at_the_review_are_not_stored() -> None:
    review = walk(TO_REVIEW)
    stepped = step(FLOWS, review.draft, Answer(raw="one more thing"), context=CONTEXT)
    assert (stepped.draft, error(stepped.reply)) == (review.draft, Why.NOTHING_ASKED)
    assert error(step(FLOWS, review.draft, Skip(), context=CONTEXT).reply) == Why.NOT_OFFERED


def test_a_notice_takes_go_on_and_nothing_else() -> None:
    at_notice = walk(said("no", "worry")).draft
    assert error(step(FLOWS, at_notice, Answer(raw="I saw"), context=CONTEXT).reply) == Why.NOT_AN_OPTION
    assert asked(step(FLOWS, at_notice, Acknowledge(), context=CONTEXT).reply) == "anonymity"
    assert error(step(FLOWS, at_worry(), Acknowledge(), context=CONTEXT).reply) == Why.NOT_OFFERED


def test_resume_changes_nothing() -> None:
    draft = at_worry()
    assert step(FLOWS, draft, Resume(), context=CONTEXT).draft == draft


def test_an_invalid_reply_hides_places_from_repr() -> None:
    reply = walk([*said("known", "frederik")], draft=at_worry()).reply
    assert isinstance(reply, Ask)
    assert isinstance(reply.error, Invalid)
    assert "Frederiksberg" not in repr(reply)
    assert isinstance(walk([]).draft, Draft)
