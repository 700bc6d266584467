"""What ending contact means in the whole house: the case is parted with, and a chat that led to it is emptied."""

from __future__ import annotations

from collections.abc import Callable

from handlers.dialog.ports import IntakeTransaction
from handlers.telegram.leaving import leave_chat
from triage.cases.reporter_side import end_by_reporter
from triage.ids import CaseId
from triage.rules import Rules


def ender(rules: Rules) -> Callable[[IntakeTransaction, CaseId], None]:
    """Ends contact about a case for its reporter, wherever they came from."""

    def end(tx: IntakeTransaction, case_id: CaseId) -> None:
        let_go = end_by_reporter(tx, rules, case_id=case_id)
        if let_go is not None:
            leave_chat(tx, let_go)

    return end
