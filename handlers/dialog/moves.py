"""What each input does to a draft: the changed draft, or why the input was not taken."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from handlers.dialog.answers import (
    Instead,
    Invalid,
    Raw,
    Value,
    Why,
    match_label,
    parse,
    parse_part,
    typed_button,
)
from handlers.dialog.decisions import decide, without_marks
from handlers.dialog.draft import Draft
from handlers.dialog.flow import SEEN, UNKNOWN, Card, Choice, Closed, Contact, Multi, Notice, PlaceQuestion
from handlers.dialog.inputs import (
    Acknowledge,
    Answer,
    Back,
    BlurFinding,
    Decision,
    Done,
    DontKnow,
    Edit,
    Input,
    Keep,
    KeepAllFindings,
    KeepFinding,
    Language,
    LeaveOffer,
    RemoveFinding,
    Resume,
    Skip,
    SkipPart,
    Submit,
    TakeOffer,
    Toggle,
    Unsupported,
)
from handlers.dialog.keys import button_key, language_key
from handlers.dialog.path import Asked, has
from handlers.dialog.replies import AcuteRaised, CardAnswered, Event
from handlers.dialog.standing import Here


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The input was taken. `error` is said nevertheless where it led to nothing usable."""

    draft: Draft
    events: tuple[Event, ...] = ()
    removed: Mapping[str, int] = field(default_factory=dict)
    error: Invalid | None = None


_NOT_OFFERED = Invalid(Why.NOT_OFFERED)


def move(here: Here, given: Input) -> Moved | Invalid:
    """Take an input that is not stale; what is to be sent has been taken from the review before."""
    match given:
        case Resume() | Unsupported() | Language() | Edit():
            return _everywhere(here, given)
        case _ if here.choosing_language:
            return _typed_language(here, given.raw) if isinstance(given, Answer) else _NOT_OFFERED
        case _ if here.card is not None:
            return _at_card(here, here.card, given)
        case Back() | Keep() | TakeOffer() | LeaveOffer():
            return _around(here, given)
        case KeepFinding() | BlurFinding() | RemoveFinding() | KeepAllFindings():
            return _decided(here, given)
        case _ if here.asked is not None:
            return _at_question(here, here.asked, given)
        case _:
            return Invalid(Why.NOTHING_ASKED) if isinstance(given, Answer) else _NOT_OFFERED


def _everywhere(here: Here, given: Resume | Unsupported | Language | Edit) -> Moved | Invalid:
    match given:
        case Resume():
            return Moved(draft=here.draft)
        case Unsupported():
            return Invalid(Why.NOT_TEXT)
        case Language(code=code):
            return _language(here, code)
        case Edit(question=question):
            return _edit(here, question)
        case _:
            assert_never(given)


def _around(here: Here, given: Back | Keep | TakeOffer | LeaveOffer) -> Moved | Invalid:
    match given:
        case Back():
            return _back(here)
        case Keep():
            return Moved(draft=_closed(here.draft)) if here.draft.editing else _NOT_OFFERED
        case TakeOffer(section=section):
            return _take_offer(here, section)
        case LeaveOffer(section=section):
            return _leave_offer(here, section)
        case _:
            assert_never(given)


def _decided(here: Here, given: Decision) -> Moved | Invalid:
    decided = decide(here, given) if here.asked is None else None
    return _NOT_OFFERED if decided is None else Moved(draft=decided[0], removed=decided[1])


def _at_question(
    here: Here,
    asked: Asked,
    given: Answer | Acknowledge | Toggle | Done | Skip | SkipPart | DontKnow | Submit,
) -> Moved | Invalid:
    match given:
        case Answer(raw=raw):
            return _answer(here, asked, raw)
        case Acknowledge():
            return _accept(here, asked, SEEN) if isinstance(asked.question, Notice) else _NOT_OFFERED
        case Toggle(code=code):
            return _toggle(here, asked, code)
        case Done():
            return _done(here, asked)
        case Skip():
            return _skip(here, asked)
        case SkipPart():
            return _part(here, asked, "")
        case DontKnow():
            return _dont_know(here, asked)
        case Submit():
            return Invalid(Why.UNANSWERED)
        case _:
            assert_never(given)


def _closed(draft: Draft) -> Draft:
    """The draft with nothing half-done in it."""
    return replace(draft, editing=None, selecting=None, parts=None)


def _language(here: Here, code: str) -> Moved | Invalid:
    if code not in here.context.languages:
        return _NOT_OFFERED
    return Moved(draft=replace(here.draft, language=code))


def _typed_language(here: Here, raw: Raw) -> Moved | Invalid:
    codes = here.context.languages
    labels = {code: here.context.words(language_key(code)) or code for code in codes}
    typed = raw if isinstance(raw, str) else ""
    code = typed if typed in codes else match_label(typed, labels)
    return _language(here, code) if code else Invalid(Why.NOT_AN_OPTION)


def _at_card(here: Here, card: Card, given: Input) -> Moved | Invalid:
    question = here.draft.cards[0][1]
    if isinstance(given, Back):
        # Someone who pressed the wrong button must be able to say so; what was raised stays raised.
        return Moved(draft=replace(_closed(here.draft), cards=(), editing=question))
    if isinstance(given, Answer):
        code = _button(here, card, given.raw)
    elif isinstance(given, Acknowledge):
        code = (
            given.code if given.code in card.buttons else card.buttons[0] if len(card.buttons) == 1 else None
        )
    else:
        return _NOT_OFFERED
    if code is None:
        return Invalid(Why.NOT_AN_OPTION)
    rest = here.draft.cards[1:]
    following = card.next.get(code)
    return Moved(
        draft=replace(here.draft, cards=((following, question), *rest) if following else rest),
        events=(CardAnswered(card=card.id, code=code),),
    )


def _button(here: Here, card: Card, raw: Raw) -> str | None:
    if not isinstance(raw, str):
        return None
    if raw in card.buttons:
        return raw
    words = {code: here.context.words(button_key(card.owner, card.id, code)) for code in card.buttons}
    return match_label(raw, {code: word for code, word in words.items() if word})


def _answer(here: Here, asked: Asked, raw: Raw) -> Moved | Invalid:
    question = asked.question
    match typed_button(question, raw, context=here.context):
        case Instead.DONT_KNOW:
            return _dont_know(here, asked)
        case Instead.SKIP:
            return _skip(here, asked)
        case None:
            pass
    if isinstance(question, Contact) and isinstance(raw, str):
        return _part(here, asked, raw)
    parsed = parse(question, raw, owner=asked.section.owner, context=here.context)
    if isinstance(parsed, Invalid):
        return parsed
    return _accept(here, asked, parsed.value, removed=parsed.removed)


def _accept(here: Here, asked: Asked, value: Value, *, removed: Mapping[str, int] | None = None) -> Moved:
    question, draft = asked.question, here.draft
    codes = _codes(value) if isinstance(question, Closed) else ()
    # What was raised before is not raised again by opening the question and leaving it as it was.
    before = _codes(draft.answers.get(question.id, ()))
    raised: list[Event] = []
    cards: list[tuple[str, str]] = []
    if isinstance(question, Closed):
        raised = [
            AcuteRaised(trigger=question.acute[code], question=question.id, code=code)
            for code in codes
            if code in question.acute and code not in before
        ]
        shown = dict.fromkeys(question.card[code] for code in codes if code in question.card)
        cards = [(card, question.id) for card in shown]
    return Moved(
        draft=replace(
            _closed(without_marks(draft, question.id)),
            answers={**draft.answers, question.id: value},
            skipped=draft.skipped - {question.id},
            unknown=draft.unknown - {question.id},
            cards=tuple(cards),
        ),
        events=tuple(raised),
        removed=removed or {},
    )


def _codes(value: Value) -> Collection[str]:
    return value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()


def _done(here: Here, asked: Asked) -> Moved | Invalid:
    if not isinstance(asked.question, Multi):
        return _NOT_OFFERED
    return _accept(here, asked, here.selection) if here.selection else Invalid(Why.EMPTY)


def _toggle(here: Here, asked: Asked, code: str) -> Moved | Invalid:
    question = asked.question
    if not isinstance(question, Multi) or code not in question.codes:
        return _NOT_OFFERED
    ticked = set(here.selection)
    if code in ticked:
        ticked.discard(code)
    elif code in question.alone:
        ticked = {code}
    else:
        ticked = (ticked - question.alone) | {code}
    selecting = tuple(each for each in question.codes if each in ticked)
    return Moved(draft=replace(here.draft, selecting=selecting))


def _part(here: Here, asked: Asked, raw: str) -> Moved | Invalid:
    part = here.part
    if not isinstance(asked.question, Contact) or part is None:
        return _NOT_OFFERED
    given = parse_part(part, raw, context=here.context)
    if isinstance(given, Invalid):
        return given
    parts = {**(here.draft.parts or {}), part.id: str(given.value)}
    if len(parts) < len(asked.question.parts):
        return Moved(draft=replace(here.draft, parts=parts), removed=given.removed)
    values: Mapping[str, str] = {name: text for name, text in parts.items() if text}
    if values:
        return _accept(here, asked, values, removed=given.removed)
    if asked.skippable:
        return _skip(replace(here, draft=_closed(here.draft)), asked)
    return Moved(draft=replace(here.draft, parts=None), error=Invalid(Why.EMPTY), removed=given.removed)


def _skip(here: Here, asked: Asked) -> Moved | Invalid:
    if not asked.skippable:
        return Invalid(Why.REQUIRED)
    return Moved(draft=_passed_by(here.draft, asked.question.id, known=True))


def _dont_know(here: Here, asked: Asked) -> Moved | Invalid:
    question = asked.question
    if not question.dont_know:
        return _NOT_OFFERED
    if isinstance(question, Multi):
        return _accept(here, asked, (UNKNOWN,))
    if isinstance(question, Choice | PlaceQuestion):
        return _accept(here, asked, UNKNOWN)
    return Moved(draft=_passed_by(here.draft, question.id, known=False))


def _passed_by(draft: Draft, question: str, *, known: bool) -> Draft:
    return replace(
        _closed(without_marks(draft, question)),
        answers={name: value for name, value in draft.answers.items() if name != question},
        skipped=draft.skipped | {question} if known else draft.skipped - {question},
        unknown=draft.unknown - {question} if known else draft.unknown | {question},
    )


def _edit(here: Here, question: str) -> Moved | Invalid:
    asked = here.path.find(question)
    if asked is None or not has(here.draft, asked):
        return _NOT_OFFERED
    # A card that still stood would be drawn before the question; whoever asks to change an answer has read it.
    return Moved(draft=replace(_closed(here.draft), cards=(), editing=question))


def _back(here: Here) -> Moved | Invalid:
    draft = here.draft
    if draft.parts:
        return Moved(draft=replace(draft, parts=dict(list(draft.parts.items())[:-1]) or None))
    order = [asked.question.id for asked in here.path.asked]
    at = order.index(here.asked.question.id) if here.asked else len(order)
    if at == 0:
        return Moved(draft=draft)
    return Moved(draft=replace(_closed(draft), editing=order[at - 1]))


def _take_offer(here: Here, section: str) -> Moved | Invalid:
    if section not in {offer.id for offer in here.path.offers}:
        return _NOT_OFFERED
    return Moved(draft=replace(_closed(here.draft), offers_taken=here.draft.offers_taken | {section}))


def _leave_offer(here: Here, section: str) -> Moved | Invalid:
    if section not in here.draft.offers_taken:
        return _NOT_OFFERED
    return Moved(draft=replace(_closed(here.draft), offers_taken=here.draft.offers_taken - {section}))
