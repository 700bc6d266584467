"""What the secretariat sees of a case's enquiries: who was asked, what was said, and who can be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from triage.cases.case import Case
from triage.coordination.asking import are_anonymous, can_read, is_for_the_unit
from triage.coordination.enquiry import Enquiry, EnquiryWord
from triage.ids import EnquiryId
from triage.ports import Transaction
from triage.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """`reachable` are the authorities that can be asked: somebody of them can log in, and none of theirs waits."""

    for_the_unit: bool
    """Whether it was decided that the unit is asked, and the case is not closed."""
    enquiries: Sequence[Enquiry] = ()
    words: Mapping[EnquiryId, Sequence[EnquiryWord]] = field(default_factory=dict, repr=False)
    reachable: tuple[str, ...] = ()
    anonymous: bool = False
    """Whether nobody who reported gave a name, so that a second person must agree."""


def overview(tx: Transaction, rules: Rules, case: Case) -> Overview:
    """Read it with the case, whose reading it is part of."""
    enquiries = tx.enquiries.of_case(case.id)
    for_the_unit = is_for_the_unit(case)
    if not enquiries and not for_the_unit:
        return Overview(for_the_unit=False)
    waiting = {each.authority for each in enquiries if each.is_open}
    can_answer = {person.authority for person in can_read(tx, case)}
    return Overview(
        for_the_unit=for_the_unit,
        enquiries=enquiries,
        words=tx.enquiries.words_of(case.id, [each.id for each in enquiries]),
        reachable=tuple(
            each.code for each in rules.organisation.authority if each.code in can_answer - waiting
        ),
        anonymous=for_the_unit and are_anonymous(tx.cases.submissions(case.id, identity=True)),
    )
