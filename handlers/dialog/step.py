"""The dialog engine: one pure step from a draft and an input to the next draft and a reply."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from handlers.dialog.answers import Invalid, still_fits
from handlers.dialog.context import Context
from handlers.dialog.draft import Draft
from handlers.dialog.flow import Flow
from handlers.dialog.flows import Flows, fingerprint
from handlers.dialog.inputs import Answer, Input, Submit
from handlers.dialog.moves import move
from handlers.dialog.places import Places
from handlers.dialog.replies import Ask, Event, IdentityRemoved, Reply, Review, ShowCard, Stale, Standing
from handlers.dialog.standing import Here, locate, stand, submitted


@dataclass(frozen=True, slots=True)
class Stepped:
    """What a step made: the draft to save, the reply to draw, and what else must be done in the same transaction."""

    draft: Draft
    reply: Reply
    events: tuple[Event, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Stood:
    """A draft in the flow that its answers lead to, and where it stands there."""

    here: Here
    standing: Standing


def begin(flows: Flows, *, context: Context) -> Draft:
    """An empty draft at the start of the conversation."""
    return Draft(
        flow_id=flows.start.id,
        flow_version=flows.start.version,
        fingerprint=flows.fingerprint(flows.start),
        language=context.languages[0] if len(context.languages) == 1 else None,
    )


def step(flows: Flows, draft: Draft, given: Input, *, context: Context) -> Stepped:
    """Take one input.

    The revision grows by one if the draft changed. A stale or invalid input changes nothing, and the reply says
    so. A draft of another version of the flow is first carried over, so that what was drawn for it is stale.
    """
    return step_from(flows, look(flows, draft, context=context), given)


def step_from(flows: Flows, stood: Stood, given: Input) -> Stepped:
    """As `step`, for whoever has looked where the draft stands."""
    here, standing = stood.here, stood.standing
    draft, context = here.draft, here.context
    if _stale(given, draft, standing):
        return Stepped(draft, Stale(standing))
    if isinstance(given, Submit) and isinstance(standing, Review):
        return Stepped(replace(draft, revision=draft.revision + 1), submitted(here))
    moved = move(here, given)
    if isinstance(moved, Invalid):
        return Stepped(draft, stand(here, error=moved))
    after = moved.draft
    if after != draft:
        after = replace(settle(flows, after, context=context), revision=draft.revision + 1)
    removed = (IdentityRemoved(moved.removed),) if moved.removed else ()
    return Stepped(after, stand(_here(flows, after, context), error=moved.error), (*moved.events, *removed))


def look(flows: Flows, draft: Draft, *, context: Context) -> Stood:
    """Where the draft stands, with what follows from it."""
    here = _here(flows, settle(flows, draft, context=context), context)
    return Stood(here, stand(here))


def current(flows: Flows, draft: Draft, *, context: Context) -> Standing:
    """Where the draft stands, without any input."""
    return look(flows, draft, context=context).standing


def settle(flows: Flows, draft: Draft, *, context: Context) -> Draft:
    """The draft in the flow that its answers lead to, in that flow's present version."""
    flow = flows.for_answers(draft.answers)
    if draft.fingerprint == flows.fingerprint(flow):
        return draft
    carried = carry_over(draft, flow, places=context.places)
    # Dropping an answer may lead back to the start flow, which the remaining answers then fit.
    return carried if flows.for_answers(carried.answers) == flow else settle(flows, carried, context=context)


def carry_over(draft: Draft, flow: Flow, *, places: Places) -> Draft:
    """The draft in another flow or another version: every answer that its question there could have been given.

    Answers of questions that the flow does not have are kept, as hidden ones are: they are not sent, and they are
    there again for a person who changes back.
    """
    questions = {question.id: question for _, question in flow.questions()}
    answers = {
        question: value
        for question, value in draft.answers.items()
        if question not in questions or still_fits(questions[question], value, places=places)
    }
    known = {card.id for card in flow.cards}
    return replace(
        draft,
        flow_id=flow.id,
        flow_version=flow.version,
        fingerprint=fingerprint(flow),
        answers=answers,
        unknown=frozenset(
            name for name in draft.unknown if name not in questions or questions[name].dont_know
        ),
        editing=draft.editing if draft.editing in questions else None,
        selecting=None,
        parts=None,
        cards=tuple(each for each in draft.cards if each[0] in known),
        revision=draft.revision + 1,
    )


def _here(flows: Flows, draft: Draft, context: Context) -> Here:
    return locate(flows.for_answers(draft.answers), draft, context)


def _stale(given: Input, draft: Draft, standing: Standing) -> bool:
    if given.revision is not None and given.revision != draft.revision:
        return True
    if not isinstance(given, Answer) or given.question is None:
        return False
    open_question = (
        standing.question.id
        if isinstance(standing, Ask)
        else standing.card.id
        if isinstance(standing, ShowCard)
        else None
    )
    return given.question != open_question
