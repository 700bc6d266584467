"""What a pressed button asks of the flow."""

from __future__ import annotations

from typing import assert_never

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
    LeaveOffer,
    Resume,
    Skip,
    SkipPart,
    Submit,
    TakeOffer,
    Toggle,
)
from handlers.telegram.callback import Press, Verb


def read_input(press: Press) -> Input | None:
    """The input that a button stands for; None for buttons that are no input to the flow."""
    argument, revision = press.argument, press.revision
    match press.verb:
        case Verb.ANSWER:
            return Answer(raw=argument, revision=revision)
        case Verb.TOGGLE:
            return Toggle(argument, revision)
        case Verb.DONE:
            return Done(revision)
        case Verb.BACK:
            return Back(revision)
        case Verb.SKIP:
            return Skip(revision)
        case Verb.SKIP_PART:
            return SkipPart(revision)
        case Verb.DONT_KNOW:
            return DontKnow(revision)
        case Verb.EDIT:
            return Edit(argument, revision)
        case Verb.KEEP:
            return Keep(revision)
        case Verb.ACKNOWLEDGE:
            return Acknowledge(argument, revision)
        case Verb.TAKE_OFFER:
            return TakeOffer(argument, revision)
        case Verb.LEAVE_OFFER:
            return LeaveOffer(argument, revision)
        case Verb.LANGUAGE:
            return Language(argument, revision)
        case Verb.SUBMIT:
            return Submit(revision)
        case Verb.RESUME:
            return Resume()
        case Verb.DELETE | Verb.HELP | Verb.JOURNEYS | Verb.MENU | Verb.PICK | Verb.WRITING:
            return None
        case _:
            assert_never(press.verb)
