"""The receipt code: shown once to the browser that sent, never stored, and made anew from that browser's own secret.

The code follows from the browser's cookie, the case and a keyed hash, so a repeated or reloaded page shows the same
one, although only the code's own keyed hash is kept.
"""

from __future__ import annotations

from handlers.dialog.ports import IntakeTransaction
from triage.cases.records import Receipt
from triage.ids import CODE_ALPHABET, CaseId

_BYTES = 10
_SIGNS = 16
_GROUP = 4
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})


def code_of(tx: IntakeTransaction, token: str, case_id: CaseId, *, generation: int) -> str:
    """The code that this browser was given for this case: four groups of four, 80 bits."""
    secret = token.encode() + case_id.bytes + generation.to_bytes(4, "big")
    number = int.from_bytes(tx.digest("receipt-code", secret)[:_BYTES], "big")
    signs = "".join(CODE_ALPHABET[number >> 5 * place & 31] for place in range(_SIGNS))
    return "-".join(signs[start : start + _GROUP] for start in range(0, _SIGNS, _GROUP))


def digest_of(tx: IntakeTransaction, code: str) -> bytes:
    """The keyed hash by which a code is found."""
    return tx.digest("receipt", normal(code).encode())


def normal(typed: str) -> str:
    """A code as it was meant: without spaces and dashes, in capitals, letters that look like digits read as digits."""
    signs = "".join(sign for sign in typed.upper() if sign.isascii() and sign.isalnum())
    return signs.translate(_READ_AS)[: 2 * _SIGNS]


def give_code(tx: IntakeTransaction, token: str, case_id: CaseId) -> None:
    """Let this browser's code open the case; a code given before stops working."""
    before = tx.reporters.receipt_of(case_id)
    generation = before.generation + 1 if before else 1
    code = code_of(tx, token, case_id, generation=generation)
    tx.reporters.add_receipt(
        digest_of(tx, code), Receipt(case_id=case_id, generation=generation, created_at=tx.now)
    )


def shown_code(tx: IntakeTransaction, token: str, case_id: CaseId) -> str | None:
    """The code to show to this browser, if it is this browser's code that opens the case."""
    receipt = tx.reporters.receipt_of(case_id)
    if receipt is None:
        return None
    code = code_of(tx, token, case_id, generation=receipt.generation)
    return code if tx.reporters.find_receipt(digest_of(tx, code)) is not None else None
