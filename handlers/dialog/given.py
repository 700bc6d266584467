"""From a form of the talk to the input that it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from handlers.dialog.answers import Raw
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
    Resume,
    Skip,
    Submit,
    TakeOffer,
)


class Fields(Protocol):
    """The fields of a form that came in. One that came twice counts by its last value, unless all are asked for."""

    @property
    def values(self) -> Mapping[str, tuple[str, ...]]: ...

    def get(self, name: str, default: str = "") -> str:
        """The field's last value."""

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of the field, in order."""

    def __contains__(self, name: object) -> bool: ...


PART = "part."
SEVERAL = "multi"
"""The kind of question whose form sends every ticked answer."""
_NAMED: Mapping[str, Callable[[str, int | None], Input]] = {
    "edit": Edit,
    "button": Acknowledge,
    "offer": TakeOffer,
    "language": Language,
}
_DECIDED: Mapping[str, Callable[[str, int], Input]] = {
    "stand": KeepFinding,
    "blur": BlurFinding,
    "remove": RemoveFinding,
    "stand_all": lambda _, revision: KeepAllFindings(revision),
}
_PLAIN: Mapping[str, Callable[[int | None], Input]] = {
    "back": Back,
    "skip": Skip,
    "unknown": DontKnow,
    "keep": Keep,
    "go_on": lambda revision: Acknowledge(revision=revision),
    "send": Submit,
}


def input_of(form: Fields) -> Input | None:
    """What the form says, or None for what none of our forms can say.

    A pressed button is `edit`, `button`, `offer`, `language`, a decision about telling words, or `act`; without one,
    the form answers its question.
    """
    revision = _revision(form)
    for name, decided in _DECIDED.items():
        if name in form:
            return None if revision is None else decided(form.get(name), revision)
    for name, said in _NAMED.items():
        if name in form:
            return said(form.get(name), revision)
    act = form.get("act", "answer")
    if act == "answer":
        return _answer(form, revision)
    if act == "abroad":
        return Answer(raw=act, revision=revision, question=form.get("question"))
    if act == "leave_offer":
        return LeaveOffer(form.get("section"), revision)
    if act == "begin":
        return Resume()
    return _PLAIN[act](revision) if act in _PLAIN else None


def typed_of(form: Fields) -> dict[str, str]:
    """What a person typed into the form, by field, so that it can be shown again."""
    return {
        name: form.get(name) for name in form.values if name in {"answer", "words"} or name.startswith(PART)
    }


def _answer(form: Fields, revision: int | None) -> Answer | None:
    question = form.get("question")
    if not question:
        return None
    parts = {name.removeprefix(PART): form.get(name) for name in form.values if name.startswith(PART)}
    raw: Raw
    if parts:
        raw = parts
    elif form.get("kind") == SEVERAL:
        raw = form.all("answer")
    else:
        raw = form.get("answer")
    return Answer(raw=raw, revision=revision, question=question)


def _revision(form: Fields) -> int | None:
    given = form.get("revision")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None  # noqa: PLR2004  a number
