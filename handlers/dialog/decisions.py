"""What a writer's decision about telling words does to the draft."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import assert_never

from handlers.dialog.clean import clean_text, too_long
from handlers.dialog.draft import Draft
from handlers.dialog.findings import Finding, blurred, removed
from handlers.dialog.flow import Text
from handlers.dialog.inputs import BlurFinding, Decision, KeepAllFindings, KeepFinding, RemoveFinding
from handlers.dialog.path import Asked
from handlers.dialog.standing import Here, findings

_SHORT = "[…]"


def decide(here: Here, given: Decision) -> tuple[Draft, Mapping[str, int]] | None:
    """The draft after the decision, and how many identity numbers came together by it and were taken out.

    None if it is about nothing that the review shows.
    """
    found = findings(here)
    if isinstance(given, KeepAllFindings):
        return (_kept(here.draft, found), {}) if found else None
    finding = next((each for each in found if each.code == given.finding), None)
    asked = here.path.find(finding.question) if finding is not None else None
    if finding is None or asked is None:
        return None
    text = str(here.draft.answers[finding.question])
    match given:
        case KeepFinding():
            return _kept(here.draft, [finding]), {}
        case BlurFinding():
            marker = next(each.marker for each in here.context.finders if each.kind == finding.kind)
            return _changed(here, asked, finding, _blurred(asked, finding, text, marker))
        case RemoveFinding():
            return _changed(here, asked, finding, removed(text, finding.start, finding.end))
        case _:
            assert_never(given)


def _kept(draft: Draft, found: Iterable[Finding]) -> Draft:
    return replace(draft, kept=draft.kept | {(each.question, each.start, each.end) for each in found})


def _blurred(asked: Asked, finding: Finding, text: str, marker: str) -> str:
    # An answer that just fits must still fit when the marker is longer than what it stands for.
    longer = blurred(text, finding.start, finding.end, marker)
    if isinstance(asked.question, Text) and too_long(longer, asked.question.max_length):
        return blurred(text, finding.start, finding.end, _SHORT)
    return longer


def _changed(here: Here, asked: Asked, finding: Finding, text: str) -> tuple[Draft, Mapping[str, int]]:
    """The draft with another text for the answer. What shall stand behind the place moves along."""
    draft, question = here.draft, finding.question
    # Digits that stood apart may have come together.
    cleaned = clean_text(text, here.context.patterns)
    if not cleaned.text:
        answers = {name: value for name, value in draft.answers.items() if name != question}
        skipped = draft.skipped | {question} if asked.skippable else draft.skipped
        return replace(without_marks(draft, question), answers=answers, skipped=skipped), {}
    shift = len(cleaned.text) - len(str(draft.answers[question]))
    kept = frozenset(
        (name, start + shift, end + shift)
        if name == question and start >= finding.end
        else (name, start, end)
        for name, start, end in draft.kept
        if name != question or not cleaned.removed
    )
    return replace(draft, answers={**draft.answers, question: cleaned.text}, kept=kept), cleaned.removed


def without_marks(draft: Draft, question: str) -> Draft:
    """The draft without what the writer decided about an answer that is another one now."""
    if not draft.kept:
        return draft
    return replace(draft, kept=frozenset(place for place in draft.kept if place[0] != question))
