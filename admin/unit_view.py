"""What stands on a case's page of the coordination unit: who was asked, what they answered, and who may be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from admin.case_view import ClockView, Opened, clock_view
from admin.report import Report
from admin.unit_forms import ticked
from triage.access.table import Right
from triage.coordination.enquiry import Enquiry, EnquiryWord, Passed
from triage.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class EnquiryRow:
    """One authority that is asked, with what was passed to it, and what was said since."""

    enquiry: Enquiry
    clock: ClockView | None
    words: Sequence[EnquiryWord] = field(repr=False)
    passed: tuple[str, ...] = field(repr=False)
    """The questions whose answers it was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitView:
    """`authorities` are those that can be asked: somebody of them can log in, and none of theirs waits."""

    rows: tuple[EnquiryRow, ...]
    authorities: tuple[str, ...]
    bases: tuple[str, ...]
    may_ask: bool
    may_agree: bool
    for_the_unit: bool
    """Whether it was decided that the unit is asked."""
    anonymous: bool
    """Whether nobody who reported gave a name, so that a second person must agree."""

    @property
    def is_there(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.rows) or self.for_the_unit


def unit_view(opened: Opened, rules: Rules, reports: Sequence[Report]) -> UnitView:
    """What to draw for this reader."""
    view, unit = opened.view, opened.unit
    asked = {
        ticked(Passed(submission_id=report.submission.id, question=line.id)): line.question
        for report in reports
        for line in report.answers
    }
    clocks = {clock.id: clock for clock in view.clocks}
    return UnitView(
        rows=tuple(
            EnquiryRow(
                enquiry=each,
                clock=clock_view(clocks[each.clock_id], rules, opened.now)
                if each.clock_id in clocks and each.is_open
                else None,
                words=unit.words.get(each.id, ()),
                passed=tuple(asked.get(ticked(passed), passed.question) for passed in each.passed),
            )
            for each in unit.enquiries
        ),
        authorities=unit.reachable,
        bases=tuple(each.id for each in rules.organisation.legal_basis),
        may_ask=Right.ASK_AUTHORITY in view.rights,
        may_agree=Right.AGREE_TO_ASK in view.rights,
        for_the_unit=unit.for_the_unit,
        anonymous=unit.anonymous,
    )
