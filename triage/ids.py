"""Typed identifiers: a value of one kind cannot stand where another is meant."""

from __future__ import annotations

from typing import NewType
from uuid import UUID

CaseId = NewType("CaseId", UUID)
"""A case, inside the house. Never shown: people see the `CaseCode`."""

CaseCode = NewType("CaseCode", str)
"""The public name of a case, such as `K-7QX2M`; it says nothing about the case."""

AbsenceId = NewType("AbsenceId", UUID)
AlarmId = NewType("AlarmId", UUID)
ClockId = NewType("ClockId", UUID)
ClockPolicyId = NewType("ClockPolicyId", str)
ConversationId = NewType("ConversationId", UUID)
EnquiryId = NewType("EnquiryId", UUID)
EnquiryWordId = NewType("EnquiryWordId", UUID)
HandoverId = NewType("HandoverId", UUID)
IdentityRequestId = NewType("IdentityRequestId", UUID)
LinkId = NewType("LinkId", UUID)
MessageId = NewType("MessageId", UUID)
NoticeId = NewType("NoticeId", UUID)
OutboxId = NewType("OutboxId", UUID)
PasskeyId = NewType("PasskeyId", UUID)
PersonId = NewType("PersonId", UUID)
RoleRequestId = NewType("RoleRequestId", UUID)
ShiftId = NewType("ShiftId", UUID)
SubmissionId = NewType("SubmissionId", UUID)
TaskId = NewType("TaskId", UUID)

_LONGEST_CODE = 20
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, so that a code read aloud or copied by hand survives."""


def case_code(randomness: bytes) -> CaseCode:
    """A case code from at least five random bytes: `K-` and seven signs (35 bits); uniqueness is the store's."""
    number = int.from_bytes(randomness[:5], "big")
    signs = []
    for _ in range(7):
        number, index = divmod(number, 32)
        signs.append(CODE_ALPHABET[index])
    return CaseCode("K-" + "".join(signs))


def read_code(typed: str) -> CaseCode | None:
    """The case code that somebody typed, in small letters or without its dash; None for what can be none."""
    text = "".join(typed.upper().split())
    written = text if "-" in text else f"{text[:1]}-{text[1:]}"
    return CaseCode(written) if is_code(written) else None


def is_code(text: str) -> bool:
    """Whether a text in capitals is written as case codes are."""
    prefix, dash, signs = text.partition("-")
    return (
        prefix == "K" and bool(dash) and 0 < len(signs) <= _LONGEST_CODE and set(signs) <= set(CODE_ALPHABET)
    )
