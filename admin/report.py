"""A report in the words it was given in: the questions of the archived flow, and what was answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from handlers.dialog.dates import written
from handlers.dialog.flow import UNKNOWN, Choice, Contact, Date, Flow, Multi, Notice, PlaceQuestion, Question
from handlers.dialog.flows import read_archived
from handlers.dialog.keys import DONT_KNOW, option_key, part_key, question_key
from handlers.dialog.places import Places
from handlers.dialog.ports import IntakeTransaction
from handlers.dialog.values import said, values_of
from triage.cases.records import Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A question and its answer. `told` when the answer is the reporter's own words, not one of ours."""

    id: str
    """The code of the question."""
    question: str
    answer: str = field(repr=False)
    told: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One submission as staff read it. `has_identity` says that there is a part that stays shut."""

    submission: Submission
    answers: tuple[Answered, ...] = field(repr=False)
    has_identity: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Says questions, options and places in the reader's language."""

    text: Callable[..., str]
    has: Callable[[str], bool]
    place: Callable[[str], str]
    places: Places
    lang: str

    def label(self, key: str, code: str, **params: str) -> str:
        """The text of the key; the code itself where the catalogues have lost it."""
        return self.text(key, **params) if self.has(key) else code

    def asked(self, owner: str, question: Question, answers: Mapping[str, object]) -> str:
        """A question as it was put to somebody who had given these answers."""
        values = said(values_of(question.values, answers, self.places), self.lang)
        return self.label(question_key(owner, question.id, "ask"), question.id, **values)


def archived_flow(tx: IntakeTransaction, submission: Submission) -> Flow | None:
    """The flow that the answers were given to, as it was then."""
    canonical = tx.conversations.archived_flow(submission.fingerprint)
    return None if canonical is None else read_archived(canonical)


def report(submission: Submission, flow: Flow | None, speaker: Speaker) -> Report:
    """The report without the part that says who somebody is."""
    answers = {**submission.clear, **submission.body}
    has_identity = flow is None or any(_is_identity(question) for _, question in flow.questions())
    return Report(
        submission=submission, answers=tuple(_answered(answers, flow, speaker)), has_identity=has_identity
    )


def identity(answers: Mapping[str, object], flow: Flow | None, speaker: Speaker) -> tuple[Answered, ...]:
    """The part that says who the reporter is."""
    return tuple(_answered(answers, flow, speaker))


def _answered(answers: Mapping[str, object], flow: Flow | None, speaker: Speaker) -> Iterator[Answered]:
    left = dict(answers)
    for section, question in flow.questions() if flow is not None else ():
        if question.id not in left:
            continue
        value = left.pop(question.id)
        if isinstance(question, Notice):
            continue
        asked = speaker.asked(section.owner, question, answers)
        yield from _of_question(section.owner, question, asked, value, speaker)
    for name, value in left.items():
        # An answer whose question is not in the archive is still an answer, and is shown under its name.
        yield Answered(id=name, question=name, answer=_plain(value), told=True)


def _of_question(
    owner: str, question: Question, asked: str, value: object, speaker: Speaker
) -> Iterator[Answered]:
    def option(code: object) -> str:
        if code == UNKNOWN:
            return speaker.text(DONT_KNOW)
        return speaker.label(option_key(owner, question.id, str(code)), str(code))

    if value is None:
        yield Answered(id=question.id, question=asked, answer=speaker.text(DONT_KNOW), told=False)
        return
    match question:
        case Choice():
            yield Answered(id=question.id, question=asked, answer=option(value), told=False)
        case Multi():
            codes = value if isinstance(value, tuple | list) else (value,)
            yield Answered(
                id=question.id, question=asked, answer="\n".join(option(code) for code in codes), told=False
            )
        case PlaceQuestion():
            yield Answered(id=question.id, question=asked, answer=speaker.place(str(value)), told=False)
        case Contact() if isinstance(value, Mapping):
            known = [part.id for part in question.parts]
            for part in (*known, *(name for name in value if name not in known)):
                if value.get(part):
                    name = speaker.label(part_key(owner, question.id, part), part)
                    yield Answered(
                        id=question.id, question=f"{asked}\n{name}", answer=str(value[part]), told=True
                    )
        case _:
            said = written(str(value)) if isinstance(question, Date) else _plain(value)
            yield Answered(id=question.id, question=asked, answer=said, told=True)


def _is_identity(question: Question) -> bool:
    return question.identity or isinstance(question, Contact)


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {part}" for name, part in value.items())
    if isinstance(value, tuple | list):
        return "\n".join(str(each) for each in value)
    return "" if value is None else str(value)
