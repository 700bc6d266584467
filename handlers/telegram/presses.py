"""What a pressed button asks of the flow."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from handlers.dialog.inputs import (
    Acknowledge,
    Answer,
    Back,
    BlurFinding,
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
)
from handlers.telegram.callback import Press, Verb

_INPUTS: Mapping[Verb, Callable[[str, int], Input]] = {
    Verb.ANSWER: lambda argument, revision: Answer(raw=argument, revision=revision),
    Verb.TOGGLE: Toggle,
    Verb.DONE: lambda _, revision: Done(revision),
    Verb.BACK: lambda _, revision: Back(revision),
    Verb.SKIP: lambda _, revision: Skip(revision),
    Verb.SKIP_PART: lambda _, revision: SkipPart(revision),
    Verb.DONT_KNOW: lambda _, revision: DontKnow(revision),
    Verb.EDIT: Edit,
    Verb.KEEP: lambda _, revision: Keep(revision),
    Verb.ACKNOWLEDGE: Acknowledge,
    Verb.TAKE_OFFER: TakeOffer,
    Verb.LEAVE_OFFER: LeaveOffer,
    Verb.STAND: KeepFinding,
    Verb.BLUR: BlurFinding,
    Verb.REMOVE: RemoveFinding,
    Verb.STAND_ALL: lambda _, revision: KeepAllFindings(revision),
    Verb.LANGUAGE: Language,
    Verb.SUBMIT: lambda _, revision: Submit(revision),
    Verb.RESUME: lambda _, __: Resume(),
}


def read_input(press: Press) -> Input | None:
    """The input that a button stands for; None for buttons that are no input to the flow."""
    made = _INPUTS.get(press.verb)
    return None if made is None else made(press.argument, press.revision)


def bytes_of(press: Press) -> bytes:
    """What a press says, as bytes: of any data, also of one that no button of ours carried."""
    return f"{press.nonce}.{press.revision}.{press.verb}{press.argument}".encode("utf-8", "replace")
