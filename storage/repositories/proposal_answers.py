"""What was said to the proposals of cases: codes only."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, insert, select

from storage.enquiry_tables import proposal_answers
from storage.types import Id
from storage.work import Work
from triage.coordination.proposals import ProposalAnswer, Target
from triage.ids import CaseId, PersonId

_A = proposal_answers.c
_OF_CASE = select(proposal_answers).where(_A.case_id == bindparam("case_id", type_=Id())).order_by(_A.seq)


class SqlProposalAnswers:
    """The port `ProposalAnswers` on both engines."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def add(self, answer: ProposalAnswer) -> None:
        self._work.run(
            insert(proposal_answers),
            {
                "case_id": answer.case_id,
                "rule": answer.rule,
                "target": answer.target.value,
                "code": answer.code,
                "taken": answer.taken,
                "by": answer.by,
                "at": answer.at,
            },
        )

    def of_case(self, case_id: CaseId) -> Sequence[ProposalAnswer]:
        return [
            ProposalAnswer(
                case_id=CaseId(row.case_id),
                rule=row.rule,
                target=Target(row.target),
                code=row.code,
                taken=row.taken,
                by=PersonId(row.by),
                at=row.at,
            )
            for row in self._work.all(_OF_CASE, {"case_id": case_id})
        ]
