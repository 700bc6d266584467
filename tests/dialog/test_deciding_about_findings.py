"""What a writer decides about telling words at the review, and that it holds for just those words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handlers.dialog.answers import Why
from handlers.dialog.draft import Draft, dumps, loads
from handlers.dialog.inputs import (
    Answer,
    BlurFinding,
    Edit,
    Input,
    KeepAllFindings,
    KeepFinding,
    Language,
    RemoveFinding,
    Submit,
)
from handlers.dialog.replies import Ask, IdentityRemoved, Review, Stale, Submitted
from handlers.dialog.step import Stepped, current, step
from tests.dialog.example import CONTEXT, FLOWS, asked, at_worry, error, said, walk

PHONES = "20202020, ring 30303030 eller x@example"


def told(story: str = PHONES) -> Draft:
    """At the review, with this story."""
    rest = said("anonymous", "0101", story, "2025", "3", "prison")
    return walk(rest, draft=at_worry()).draft


def give(draft: Draft, given: Input) -> Stepped:
    return step(FLOWS, draft, given, context=CONTEXT)


def review(draft: Draft) -> Review:
    standing = current(FLOWS, draft, context=CONTEXT)
    assert isinstance(standing, Review), standing
    return standing


def found(draft: Draft) -> list[tuple[str, str]]:
    seen = review(draft)
    return [(each.code, seen.words_of(each)) for each in seen.findings]


def test_the_review_shows_what_was_found_in_free_text_and_nothing_of_a_contact() -> None:
    assert found(told()) == [
        ("story.0", "20202020"),
        ("story.1", "30303030"),
        ("story.2", "x@example"),
    ]
    taken = walk(
        [
            *said(
                "known",
                "0101",
                "Han er vred",
                "2025",
                "3",
                "prison",
                "Testperson",
                "a@example.org",
                "20202020",
            )
        ],
        draft=at_worry(),
    )
    assert isinstance(taken.reply, Review)
    assert taken.reply.findings == ()


def test_nothing_is_looked_for_while_somebody_writes() -> None:
    standing = walk(said("anonymous", "0101", PHONES), draft=at_worry()).reply
    assert isinstance(standing, Ask)
    assert not hasattr(standing, "findings")


def test_what_is_blurred_reads_as_its_kind_and_what_is_removed_is_gone() -> None:
    draft = told()
    draft = give(draft, BlurFinding("story.1", draft.revision)).draft
    assert draft.answers["story"] == "20202020, ring [phone] eller x@example"
    draft = give(draft, RemoveFinding("story.1", draft.revision)).draft
    assert draft.answers["story"] == "20202020, ring [phone] eller"
    assert found(draft) == [("story.0", "20202020")]


def test_what_is_kept_is_asked_about_no_more_also_when_words_before_it_change() -> None:
    draft = told()
    draft = give(draft, KeepFinding("story.1", draft.revision)).draft
    assert found(draft) == [("story.0", "20202020"), ("story.1", "x@example")]
    draft = give(draft, RemoveFinding("story.0", draft.revision)).draft
    assert found(loads(dumps(draft))) == [("story.0", "x@example")]
    draft = give(draft, BlurFinding("story.0", draft.revision)).draft
    assert found(draft) == []
    assert draft.answers["story"] == ", ring 30303030 eller [mail]"


def test_all_can_be_left_as_it_is_at_once() -> None:
    draft = told()
    stepped = give(draft, KeepAllFindings(draft.revision))
    assert (found(stepped.draft), stepped.draft.answers) == ([], draft.answers)
    assert error(give(stepped.draft, KeepAllFindings(stepped.draft.revision)).reply) is Why.NOT_OFFERED


def test_editing_an_answer_forgets_what_was_decided_about_it_and_only_about_it() -> None:
    draft = told()
    draft = give(draft, KeepAllFindings(draft.revision)).draft
    draft = replace(draft, kept=draft.kept | {("other", 0, 4)})
    opened = give(draft, Edit("story", draft.revision)).draft
    written = give(opened, Answer(raw="20202020, ring igen")).draft
    assert found(written) == [("story.0", "20202020")]
    assert written.kept == {("other", 0, 4)}


def test_sending_is_never_held_up_by_what_was_found() -> None:
    draft = told()
    sent = give(draft, Submit(draft.revision)).reply
    assert isinstance(sent, Submitted)
    assert sent.answers["story"] == PHONES


@pytest.mark.parametrize(
    "code", ["story.3", "story.00", "story.-1", "story", "danger.0", "nothing.0", "", "\ud800"]
)
@pytest.mark.parametrize("kind", [KeepFinding, BlurFinding, RemoveFinding])
def test_a_forged_decision_changes_nothing(
    kind: type[KeepFinding | BlurFinding | RemoveFinding], code: str
) -> None:
    draft = told()
    stepped = give(draft, kind(code, draft.revision))
    assert (stepped.draft, error(stepped.reply)) == (draft, Why.NOT_OFFERED)


def test_a_decision_drawn_for_other_words_is_stale() -> None:
    draft = told()
    after = give(draft, RemoveFinding("story.0", draft.revision)).draft
    again = give(after, RemoveFinding("story.0", draft.revision))
    assert again.draft == after
    assert isinstance(again.reply, Stale)


def test_a_decision_is_taken_at_the_review_only() -> None:
    draft = told()
    opened = give(draft, Edit("danger", draft.revision)).draft
    stepped = give(opened, BlurFinding("story.0", opened.revision))
    assert (stepped.draft, asked(stepped.reply), error(stepped.reply)) == (opened, "danger", Why.NOT_OFFERED)


def test_an_answer_of_which_nothing_is_left_is_asked_for_again() -> None:
    draft = told("20202020")
    stepped = give(draft, RemoveFinding("story.0", draft.revision))
    assert asked(stepped.reply) == "story"
    assert "story" not in stepped.draft.answers


def test_digits_that_come_together_are_no_identity_number_in_the_store() -> None:
    draft = told("010190 x@example 1234, 20202020")
    draft = give(draft, KeepFinding("story.1", draft.revision)).draft
    stepped = give(draft, RemoveFinding("story.0", draft.revision))
    assert stepped.draft.answers["story"] == "[removed], 20202020"
    assert stepped.events == (IdentityRemoved({"number": 1}),)
    assert (review(stepped.draft).removed, found(stepped.draft)) == (("number",), [("story.0", "20202020")])


def test_a_marker_that_would_make_an_answer_too_long_is_a_short_one() -> None:
    draft = told("x" * 33 + " a@b.cd")
    draft = give(draft, BlurFinding("story.0", draft.revision)).draft
    assert draft.answers["story"] == "x" * 33 + " […].cd"


def test_another_language_changes_nothing_about_it() -> None:
    context = replace(CONTEXT, languages=("da", "en"))
    draft = replace(told(), language="da")
    draft = step(FLOWS, draft, KeepFinding("story.0", draft.revision), context=context).draft
    changed = step(FLOWS, draft, Language("en", draft.revision), context=context).draft
    assert [code for code, _ in found(changed)] == ["story.0", "story.1"]
