"""What stands on a case's page of the coordination unit: who was asked, what they answered, and who may be asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from admin.case_view import ClockView, Opened, clock_view
from admin.report import Report
from admin.unit_forms import ticked
from triage.access.table import Right
from triage.cases.reach import how_to_reach
from triage.cases.receivers import tells_of_the_reporter
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
class Offer:
    """An answer that can be passed on, by one box: its question, with what it consists of, and what was answered."""

    id: str
    value: str
    question: str
    answer: str = field(repr=False)
    tells: bool = False
    """Whether it can tell who the reporter is."""


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

    offers: tuple[Offer, ...] = field(repr=False)
    """What can be passed on of the reports."""

    @property
    def is_there(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.rows) or self.for_the_unit


def unit_view(opened: Opened, rules: Rules, reports: Sequence[Report]) -> UnitView:
    """What to draw for this reader."""
    view, unit = opened.view, opened.unit
    offers = [offer for report in reports for offer in _offers(report)]
    asked = {offer.value: offer.question for offer in offers}
    kept, tells = how_to_reach(rules), tells_of_the_reporter(rules)
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
        offers=tuple(replace(offer, tells=offer.id in tells) for offer in offers if offer.id not in kept),
    )


def _offers(report: Report) -> Iterator[Offer]:
    """Each answer once, with all its parts: one box passes on all of them, and says so."""
    for question_id, lines in groupby(report.answers, key=lambda line: line.id):
        parts = list(lines)
        value = ticked(Passed(submission_id=report.submission.id, question=question_id))
        if len(parts) == 1:
            yield Offer(id=question_id, value=value, question=parts[0].question, answer=parts[0].answer)
            continue
        asked = parts[0].question.partition("\n")[0]
        named = [(part.question.partition("\n")[2], part.answer) for part in parts]
        yield Offer(
            id=question_id,
            value=value,
            question=f"{asked}\n{', '.join(name for name, _ in named)}",
            answer="\n".join(f"{name}: {answer}" for name, answer in named),
        )
