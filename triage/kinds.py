"""Kinds of contact and what may be decided about each, as the organisation declares them."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import model_validator

from triage.parts import Code, Part


class CountedAs(StrEnum):
    """As what a contact stands in the key figures. It says nothing about being answered: every contact is."""

    CONCERN = "concern"
    ADVICE = "advice"
    TALK_REQUEST = "talk_request"
    SELF = "self"


class ReporterKind(Part):
    """A kind of contact, named as the flow it comes from and shown as `kind.<code>`; `clock` is its main clock.

    With `tell_first` a contact of this kind becomes a concern only after whoever wrote it was told so. The codes of
    `untold_because` are the exceptions, shown as `untold.<code>`; each needs a second person.
    With `own_copy` whoever wrote it may print what they wrote, and a receipt, for a file that they must keep.
    """

    code: Code
    counted_as: CountedAs
    clock: Code
    tell_first: bool = False
    untold_because: tuple[Code, ...] = ()
    own_copy: bool = False

    @property
    def about_a_person(self) -> bool:
        """Whether somebody is named or meant, so that help for a person may follow."""
        return self.counted_as in {CountedAs.CONCERN, CountedAs.SELF}

    def asks_for_action(self, outcome: TriageOutcome) -> bool:
        """Whether local action and the unit are asked about with this outcome, which makes the case countable."""
        return self.about_a_person and outcome.counted


class Additions(Part):
    """What happens when a reporter writes to a contact that is decided already: `clock` starts on it.

    Without it the contact stands in the queue again all the same, and only no clock runs.
    """

    clock: Code


class StandardAnswer(Part):
    """What the desk often writes to reporters of these kinds: `answer.<id>.name`, and to be changed `answer.<id>.text`.

    Without `kinds` it is there for all of them.
    """

    id: Code
    kinds: tuple[Code, ...] = ()

    def is_for(self, kind: str) -> bool:
        """Whether it may be written to a reporter of this kind."""
        return not self.kinds or kind in self.kinds


class Coordination(Part):
    """How authorities are asked: `clock` runs from when one is asked until it has answered."""

    clock: Code


class Receiver(Part):
    """Somebody outside who is told of a case by a person, never by the product: shown as `receiver.<code>.name`.

    `outcome` is the decision that leads to them. `receiver.<code>.how` says which way they are told, with `numbers` to
    call, and `receiver.<code>.say` what must be said, a line for each. On their sheet the answers to `shows` stand
    first; those to `leaves_out` tell something of the reporter and do not stand there. `clock` waits for it and stops
    with `result`.
    """

    code: Code
    outcome: Code
    numbers: tuple[Code, ...] = ()
    shows: tuple[Code, ...] = ()
    leaves_out: tuple[Code, ...] = ()
    clock: Code | None = None
    result: Code | None = None

    @model_validator(mode="after")
    def _stops_with_a_result(self) -> Self:
        if (self.clock is None) is not (self.result is None):
            raise ValueError("`clock` and `result` go together")
        return self


class StopsClock(StrEnum):
    """When a triage outcome stops the case's main clock."""

    YES = "yes"
    NO = "no"
    SECOND_PERSON = "second_person"
    RECEIPT = "receipt"


class TriageOutcome(Part):
    """What a named person may decide about a contact of one of these `kinds`; shown as `outcome.<code>`.

    Without `kinds` it is there for all of them. One that is not `counted` leaves the figures: nobody meant us.
    """

    code: Code
    stops_clock: StopsClock
    kinds: tuple[Code, ...] = ()
    counted: bool = True
    may_combine: bool = False
    to_unit: bool = False
    """Whether it says by itself that the case goes through the coordination unit."""
    needs_next_step: bool = False

    @property
    def needs_second_person(self) -> bool:
        """Whether a second person must confirm before the outcome holds."""
        return self.stops_clock is StopsClock.SECOND_PERSON

    def is_for(self, kind: str) -> bool:
        """Whether it may be decided about a contact of this kind."""
        return not self.kinds or kind in self.kinds
