"""An act on a case: a form's fields turned into one use case, taken once however often the form comes in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from admin.desk import Wrong
from admin.times import Twice
from handlers.dialog.places import Places
from handlers.dialog.ports import IntakeTransaction
from handlers.web.forms import Form
from triage.access.table import Right, allowed_on
from triage.cases.acute import AlarmAnswered
from triage.cases.case import Case
from triage.cases.presence import be_here
from triage.cases.words import Done
from triage.ids import CaseCode, CaseId, PersonId
from triage.refusals import Reason, Refused
from triage.rules import Rules

Outcome: TypeAlias = "Done | Case | AlarmAnswered | Refused"


@dataclass(frozen=True, slots=True)
class Repeated:
    """This form was taken before; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Invalid:
    """Fields that were not taken, before anything was tried."""

    wrong: tuple[Wrong, ...]
    twice: Twice | None = None


class NotTakenError(Exception):
    """Ends the transaction of a form that was refused, so that nothing of it is kept, its being taken included."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.reason)
        self.refused = refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A filled form and on which case by whom."""

    rules: Rules
    places: Places
    case_id: CaseId
    by: PersonId
    form: Form
    due: datetime | None = None
    kind: str | None = None
    """The kind of contact that the form was checked for."""

    def words(self, name: str) -> str:
        """A text field."""
        return self.form.get(name)


Run: TypeAlias = Callable[[IntakeTransaction, Filled], Outcome]
Check: TypeAlias = Callable[[Rules, Form, str], Invalid | datetime | None]
"""What is missing from a form about a contact of this kind; else the instant that was typed, if it asks for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act: the right that draws it, what it runs, and which field a refusal is shown at.

    `check` says every field that is missing at once, before anything is tried. `chosen` is the field in which one of
    several is chosen.
    """

    right: Right
    run: Run
    check: Check | None = None
    at: str = "words"
    chosen: str = "did"


def do(
    tx: IntakeTransaction,
    rules: Rules,
    places: Places,
    *,
    act: Act,
    code: CaseCode,
    by: PersonId,
    form: Form,
    due: datetime | None,
    kind: str | None,
    key: str,
) -> Outcome | Repeated:
    """Run the act of a form, once however often the form comes in. Raises `NotTakenError` when it is refused."""
    if not tx.remember("desk", key):
        return Repeated()
    case = tx.cases.find(code)
    if case is None or not allowed_on(tx.people.get(by), Right.READ_CASE, case):
        raise NotTakenError(Refused(Reason.NOT_FOUND))
    done = act.run(
        tx, Filled(rules=rules, places=places, case_id=case.id, by=by, form=form, due=due, kind=kind)
    )
    if isinstance(done, Refused):
        raise NotTakenError(done)
    # Refused to whoever has just kept themself out.
    be_here(tx, code=code, by=by)
    return done
