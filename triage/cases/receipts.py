"""The receipt code: what a reporter keeps to come back. Only its keyed hash is ever stored."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from triage.audit import Act, Actor
from triage.cases.records import Receipt
from triage.ids import CODE_ALPHABET, CaseId, PersonId
from triage.limits import Limit
from triage.ports import Transaction
from triage.refusals import Reason, Refused

SIGNS = 16
"""Signs of a code: 80 bits, too many to guess."""

_GROUP = 4
_BITS_PER_SIGN = 5
_NO_CODE = "0" * SIGNS
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u2212._]+")


@dataclass(frozen=True, slots=True)
class ReceiptCode:
    """A code as a person reads it, such as `7K4M-9QTX-2HWD-PV6R`; it is shown and never stored."""

    written: str = field(repr=False)

    @property
    def last_group(self) -> str:
        """What the reporter may type to try out that they wrote it down."""
        return self.written[-_GROUP:]

    def is_meant_by(self, typed: str) -> bool:
        """Whether somebody typed it whole, or its last group; what `open_with_code` forgives is forgiven."""
        return _signs(typed) in {_signs(self.written), self.last_group}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The code was right and leads to this case."""

    case_id: CaseId


def make_receipt(tx: Transaction, *, case_id: CaseId, by: PersonId | None = None) -> ReceiptCode | Refused:
    """The case's receipt code, made at the first request and the same at every later one.

    Refused once contact about the case has ended, and once staff have written: from then on the code opens their words,
    and whoever asks for it again may be somebody else at the same screen. A case that never had a code still gets its
    first one. `by` is the member of staff who hands it over, if one does.
    """
    case = tx.cases.lock(case_id)
    if tx.reporters.has_ended(case_id):
        return Refused(Reason.NOT_ALLOWED)
    receipt = tx.reporters.receipt_of(case_id)
    if receipt is None:
        return _store(tx, case_id, generation=1, by=by)
    if case.first_reply_at is not None:
        return Refused(Reason.NOT_ALLOWED)
    return _shown(_derived(tx, case_id, receipt.generation))


def replace_receipt(tx: Transaction, *, case_id: CaseId) -> ReceiptCode | Refused:
    """A new code in place of the old one, which stops working; refused once staff have written."""
    case = tx.cases.lock(case_id)
    if case.first_reply_at is not None:
        return Refused(Reason.NOT_ALLOWED)
    receipt = tx.reporters.receipt_of(case_id)
    return _store(tx, case_id, generation=1 if receipt is None else receipt.generation + 1)


def open_with_code(tx: Transaction, *, typed: str, source: str, limit: Limit) -> Opened | Refused:
    """The case that a typed code leads to. `source` is whose tries are counted, such as a keyed hash.

    Small letters, spaces, any dash, and O, I and L for 0 and 1 are forgiven. A text that cannot be a code costs
    the same work as one that can, and a wrong code looks like one that was replaced.
    """
    if not limit.allows(tx, f"receipt:{source}"):
        return Refused(Reason.TOO_MANY_TRIES)
    code = parse_code(typed)
    receipt = tx.reporters.find_receipt(_digest(tx, code or _NO_CODE))
    if receipt is None or code is None:
        tx.audit.record(Act.CODE_REFUSED, actor=Actor.REPORTER)
        return Refused(Reason.WRONG_CODE)
    tx.audit.record(Act.CODE_USED, actor=Actor.REPORTER, object_id=receipt.case_id)
    return Opened(case_id=receipt.case_id)


def is_code_of(tx: Transaction, *, case_id: CaseId, typed: str) -> bool:
    """Whether somebody has the case's code before them: they typed it, or its last group."""
    receipt = tx.reporters.receipt_of(case_id)
    return receipt is not None and _shown(_derived(tx, case_id, receipt.generation)).is_meant_by(typed)


def parse_code(typed: str) -> str | None:
    """The sixteen signs that were meant, or None when it cannot be a code."""
    signs = _signs(typed)
    if len(signs) != SIGNS or any(sign not in CODE_ALPHABET for sign in signs):
        return None
    return signs


def _signs(typed: str) -> str:
    """The signs that were meant; none in a text that is far too long to be a code."""
    return "" if len(typed) > SIGNS * 4 else _BETWEEN.sub("", typed).upper().translate(_MISREAD)


def _store(tx: Transaction, case_id: CaseId, *, generation: int, by: PersonId | None = None) -> ReceiptCode:
    code = _derived(tx, case_id, generation)
    receipt = Receipt(case_id=case_id, generation=generation, created_at=tx.now)
    tx.reporters.add_receipt(_digest(tx, code), receipt)
    facts = {"generation": str(generation)}
    tx.audit.record(Act.CODE_MADE, actor=by or Actor.REPORTER, object_id=case_id, facts=facts)
    return _shown(code)


def _derived(tx: Transaction, case_id: CaseId, generation: int) -> str:
    """The signs of this case and generation: worked out from the keyed hash, so that they need not be kept."""
    secret = tx.digest("receipt-code", case_id.bytes + generation.to_bytes(4, "big"))
    number = int.from_bytes(secret[: SIGNS * _BITS_PER_SIGN // 8], "big")
    signs = []
    for _ in range(SIGNS):
        number, index = divmod(number, len(CODE_ALPHABET))
        signs.append(CODE_ALPHABET[index])
    return "".join(signs)


def _digest(tx: Transaction, code: str) -> bytes:
    return tx.digest("receipt", code.encode("ascii"))


def _shown(code: str) -> ReceiptCode:
    return ReceiptCode("-".join(code[place : place + _GROUP] for place in range(0, SIGNS, _GROUP)))
