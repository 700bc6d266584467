"""From a typed line to an input of the flow: a number, several numbers, or words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, assert_never

from handlers.dialog.answers import Invalid, Why, match_label
from handlers.dialog.flow import Choice, Contact, Date, Multi, Notice, Number, PlaceQuestion, Text
from handlers.dialog.inputs import (
    Acknowledge,
    Answer,
    Back,
    BlurFinding,
    DontKnow,
    Edit,
    Input,
    Keep,
    KeepAllFindings,
    KeepFinding,
    Language,
    LeaveOffer,
    RemoveFinding,
    Skip,
    SkipPart,
    Submit,
    TakeOffer,
)
from handlers.dialog.replies import Ask, ChooseLanguage, Review, ShowCard, Standing
from handlers.terminal.commands import Command, Name
from handlers.terminal.sheet import Option

LITERAL = "\\"
"""Before a line: it is an answer, even if it looks like a command. Behind a line: the text goes on in the next."""

_NOT_OFFERED = Invalid(Why.NOT_OFFERED)
_T = TypeVar("_T")


def takes_long_text(standing: Standing) -> bool:
    """Whether an answer may go over several lines here."""
    return isinstance(standing, Ask) and isinstance(standing.question, Text)


def read_answer(standing: Standing, options: tuple[Option, ...], line: str) -> Input | Invalid:
    """What a line that is no command gives."""
    revision = standing.revision
    match standing:
        case ChooseLanguage():
            # Read here, not by the flow: in mid-talk the flow would take the words as an answer to its question.
            names = {option.code: option.label for option in options}
            chosen = _numbered(options, line) or match_label(line, names)
            return Language(chosen, revision) if chosen else Invalid(Why.NOT_AN_OPTION)
        case ShowCard(card=card):
            chosen = _numbered(options, line)
            given = chosen or line
            return Answer(raw=given, revision=revision, question=card.id)
        case Review():
            chosen = _numbered(options, line)
            return Edit(chosen, revision) if chosen else Answer(raw=line, revision=revision)
        case Ask():
            return _to_question(standing, options, line)
        case _:
            assert_never(standing)


def _to_question(ask: Ask, options: tuple[Option, ...], line: str) -> Input:
    revision, question = ask.revision, ask.question
    match question:
        case Choice() | PlaceQuestion():
            raw = _numbered(options, line) or line
            return Answer(raw=raw, revision=revision, question=question.id)
        case Multi():
            codes = _several(options, line)
            return Answer(raw=codes or line, revision=revision, question=question.id)
        case Notice():
            chosen = _numbered(options, line)
            if chosen:
                return Acknowledge(chosen, revision)
            return Answer(raw=line, revision=revision, question=question.id)
        case Text() | Date() | Number() | Contact():
            return Answer(raw=line, revision=revision, question=question.id)
        case _:
            assert_never(question)


def read_move(standing: Standing, command: Command) -> Input | Invalid | None:
    """The input that a command stands for here; None for the commands that are no input to the flow."""
    revision = standing.revision
    match command.name:
        case Name.BACK:
            return Back(revision)
        case Name.SKIP:
            part = standing.part if isinstance(standing, Ask) else None
            # A part that is needed is passed by only together with its whole question.
            return Skip(revision) if part is None or part.required else SkipPart(revision)
        case Name.DONT_KNOW:
            return DontKnow(revision)
        case Name.KEEP:
            return Keep(revision)
        case Name.REVIEW:
            offer = standing.in_offer if isinstance(standing, Ask) else None
            return LeaveOffer(offer, revision) if offer else _NOT_OFFERED
        case Name.ADD | Name.EDIT | Name.STAND | Name.BLUR | Name.REMOVE | Name.STAND_ALL:
            return _at_review(standing, command.name, command.number)
        case Name.SEND:
            return Submit(revision)
        case (
            Name.JOURNEYS
            | Name.WAIT
            | Name.CODE
            | Name.LANGUAGE
            | Name.DELETE
            | Name.HELP
            | Name.WRITE
            | Name.RENEW
            | Name.END
        ):
            return None
        case _:
            assert_never(command.name)


def _at_review(standing: Standing, name: Name, number: int | None) -> Input | Invalid:
    if not isinstance(standing, Review):
        return _NOT_OFFERED
    revision = standing.revision
    if name is Name.STAND_ALL:
        return KeepAllFindings(revision)
    if name is Name.ADD:
        offer = _nth(standing.offers, number or 1)
        return TakeOffer(offer.id, revision) if offer else _NOT_OFFERED
    if name is Name.EDIT:
        item = _nth(standing.items, number)
        return Edit(item.question.id, revision) if item else _NOT_OFFERED
    finding = _nth(standing.shown, number)
    return _DECISIONS[name](finding.code, revision) if finding else _NOT_OFFERED


_DECISIONS: Mapping[Name, Callable[[str, int], Input]] = {
    Name.STAND: KeepFinding,
    Name.BLUR: BlurFinding,
    Name.REMOVE: RemoveFinding,
}


def _nth(shown: Sequence[_T], number: int | None) -> _T | None:
    return shown[number - 1] if number is not None and 0 < number <= len(shown) else None


def _numbered(options: tuple[Option, ...], line: str) -> str | None:
    codes = _several(options, line)
    return codes[0] if len(codes) == 1 else None


def _several(options: tuple[Option, ...], line: str) -> tuple[str, ...]:
    """The codes of the numbers that the line holds; none unless it holds nothing but numbers of options."""
    if not re.fullmatch(r"\s*\d{1,3}([\s,;.]+\d{1,3})*[\s,;.]*", line, re.ASCII):
        return ()
    numbers = [int(each) for each in re.findall(r"\d+", line)]
    if not all(0 < number <= len(options) for number in numbers):
        return ()
    return tuple(dict.fromkeys(options[number - 1].code for number in numbers))
