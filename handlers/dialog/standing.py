"""Where a conversation stands: it follows from flow and draft alone, so it can always be drawn again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from handlers.dialog.answers import Invalid, Value
from handlers.dialog.clean import IdentityPattern
from handlers.dialog.context import Context
from handlers.dialog.draft import Draft
from handlers.dialog.findings import Finding, findings_in
from handlers.dialog.flow import (
    UNKNOWN,
    Card,
    Choice,
    Contact,
    Flow,
    Multi,
    Note,
    Notice,
    Part,
    PlaceQuestion,
    Question,
    Section,
    Text,
)
from handlers.dialog.path import Asked, Path, has, holds, path
from handlers.dialog.replies import (
    Ask,
    ChooseLanguage,
    ItemState,
    Progress,
    Review,
    ReviewItem,
    ShowCard,
    Standing,
    Submitted,
)
from handlers.dialog.values import Values, values_of


@dataclass(frozen=True, slots=True)
class Here:
    """A draft in its flow, with all that follows from both."""

    flow: Flow
    draft: Draft
    context: Context
    path: Path
    asked: Asked | None
    """The question that is open; None at the review."""

    @property
    def choosing_language(self) -> bool:
        """Whether the language is still to be chosen."""
        return self.draft.language is None and len(self.context.languages) > 1

    @property
    def card(self) -> Card | None:
        """The urgent text that stands before everything else."""
        return self.flow.find_card(self.draft.cards[0][0]) if self.draft.cards else None

    @property
    def part(self) -> Part | None:
        """The part of a contact question that is asked where parts are asked one by one."""
        question = self.asked.question if self.asked else None
        if not isinstance(question, Contact):
            return None
        return next((part for part in question.parts if part.id not in (self.draft.parts or {})), None)

    @property
    def selection(self) -> tuple[str, ...]:
        """What is ticked of the open multi question; opened again, it begins with its answer."""
        if self.draft.selecting is not None:
            return self.draft.selecting
        value = self.draft.answers.get(self.asked.question.id) if self.asked else None
        return value if isinstance(value, tuple) else ()


def locate(flow: Flow, draft: Draft, context: Context) -> Here:
    """Find out where the draft stands in the flow."""
    way = path(flow, draft, places=context.places)
    # A question being edited may have been hidden by a change of flow; then it is no longer open.
    return Here(flow, draft, context, way, way.find(draft.editing) or way.missing(draft))


def stand(here: Here, *, error: Invalid | None = None) -> Standing:
    """The reply that shows where the conversation stands."""
    draft = here.draft
    if here.choosing_language:
        return ChooseLanguage(languages=here.context.languages, revision=draft.revision, error=error)
    if here.card is not None:
        return ShowCard(
            card=here.card,
            question=draft.cards[0][1],
            revision=draft.revision,
            values=_values(here, here.card),
            error=error,
        )
    if here.asked is None:
        return _review(here, error)
    return _ask(here, here.asked, error)


def submitted(here: Here) -> Submitted:
    """The report as it stands; to be asked for at the review only."""
    draft = here.draft
    questions = [asked.question for asked in here.path.asked]
    answers = {
        question.id: draft.answers[question.id] for question in questions if question.id in draft.answers
    }
    given = [question for question in questions if question.id in answers]
    passed = [question.id for question in questions if question.id not in answers]
    return Submitted(
        flow_id=draft.flow_id,
        flow_version=draft.flow_version,
        fingerprint=draft.fingerprint,
        language=draft.language,
        answers=answers,
        clear={question.id: answers[question.id] for question in given if question.clear},
        identity={question.id: answers[question.id] for question in given if question.identity},
        skipped=tuple(question for question in passed if question not in draft.unknown),
        unknown=tuple(question for question in passed if question in draft.unknown),
    )


def review_items(here: Here) -> tuple[ReviewItem, ...]:
    """The lines for all questions passed so far; a page shows them above the open question, too."""
    return tuple(
        ReviewItem(
            section=asked.section,
            question=asked.question,
            state=_state(here.draft, asked.question),
            value=here.draft.answers.get(asked.question.id),
            values=_values(here, asked.question),
        )
        for asked in here.path.asked
        if has(here.draft, asked) and not isinstance(asked.question, Notice)
    )


def findings(here: Here) -> tuple[Finding, ...]:
    """What might tell who somebody is, in the answers to free questions that do not ask for just that."""
    answers = (
        (asked.question.id, here.draft.answers.get(asked.question.id))
        for asked in here.path.asked
        if isinstance(asked.question, Text) and not asked.question.identity
    )
    texts = ((question, text) for question, text in answers if isinstance(text, str))
    return tuple(findings_in(texts, here.context.finders, kept=here.draft.kept))


def _review(here: Here, error: Invalid | None) -> Review:
    items = review_items(here)
    return Review(
        items=items,
        offers=here.path.offers,
        revision=here.draft.revision,
        error=error,
        findings=findings(here),
        removed=tuple(_removed(items, here.context.patterns)),
    )


def _removed(items: Iterable[ReviewItem], patterns: Iterable[IdentityPattern]) -> Iterator[str]:
    """The identity numbers whose marker stands in an answer."""
    said = [item.value for item in items if isinstance(item.question, Text | Contact)]
    words = "\n".join(
        text
        for value in said
        for text in (value.values() if isinstance(value, Mapping) else (value,))
        if isinstance(text, str)
    )
    return (pattern.id for pattern in patterns if pattern.marker in words)


def _state(draft: Draft, question: Question) -> ItemState:
    value: Value | None = draft.answers.get(question.id)
    if value is None:
        return ItemState.UNKNOWN if question.id in draft.unknown else ItemState.SKIPPED
    coded = isinstance(question, Choice | Multi | PlaceQuestion) and value in (UNKNOWN, (UNKNOWN,))
    return ItemState.UNKNOWN if coded else ItemState.ANSWERED


def _ask(here: Here, asked: Asked, error: Invalid | None) -> Ask:
    draft, section, question = here.draft, asked.section, asked.question
    editing = draft.editing == question.id
    return Ask(
        section=section,
        question=question,
        revision=draft.revision,
        skippable=asked.skippable,
        can_go_back=bool(draft.parts) or here.path.asked[0].question.id != question.id,
        editing=editing,
        progress=_progress(here, asked),
        notes=tuple(note for note in question.notes if _shown(note, here)),
        suggested=draft.answers.get(question.id) if editing else None,
        selected=here.selection if isinstance(question, Multi) else (),
        part=here.part,
        given=draft.parts or {},
        in_offer=_offer_taken(here, section),
        values=_values(here, question),
        error=error,
    )


def _offer_taken(here: Here, section: Section) -> str | None:
    """The offer that brought this section, where it was one at these answers and may still be left."""
    offer = next((each for each in here.flow.sections if each.id == section.offer), section)
    return offer.id if offer.id in here.draft.offers_taken and offer.offered_when else None


def _values(here: Here, speaking: Question | Card) -> Values:
    return values_of(speaking.values, here.draft.answers, here.context.places) if speaking.values else {}


def _shown(note: Note, here: Here) -> bool:
    known = set(note.needs) <= here.context.facts
    return known and (note.when is None or holds(note.when, here.path.chosen))


def _progress(here: Here, asked: Asked) -> Progress | None:
    if here.flow.next_flow or isinstance(asked.question, Notice):
        return None
    counted = [each.question.id for each in here.path.asked if not isinstance(each.question, Notice)]
    return Progress(number=counted.index(asked.question.id) + 1, total=len(counted))
