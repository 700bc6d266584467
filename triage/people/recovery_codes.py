"""Recovery codes: a handful of one-time codes on paper that stand in for the app when the phone is gone.

They are shown once and kept as keyed hashes. Each is taken once; that one was used is told to the person by mail.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from triage.audit import Act
from triage.clocks.keep import notice_time
from triage.ids import PersonId
from triage.notices.notice import NOTICE_KEYS, Notice, Subject
from triage.notices.telling import tell_person
from triage.people.person import Person
from triage.people.sign_in import SignedIn, factor_given, factor_was_wrong, try_factor
from triage.ports import Transaction
from triage.refusals import Refused
from triage.rules import Rules

CODES = 10
"""So many are made at once."""
DIGITS = 12
"""Digits alone, so that a phone's keypad is enough; 40 bits, behind a password and a throttle."""
_GROUP = 4
_SECRET_BYTES = 16


class RecoveryCodes(Protocol):
    """Everybody's recovery codes, as hashes."""

    def replace_all(self, person_id: PersonId, digests: Collection[bytes]) -> None:
        """Keep these instead of all that the person had."""

    def use(self, person_id: PersonId, digest: bytes) -> bool:
        """Use one up; False if it is none of theirs, or was used."""

    def left(self, person_id: PersonId) -> int:
        """How many are not used."""

    def drop_all(self, person_id: PersonId) -> None:
        """Let none of a person's work any more."""


def make_recovery_codes(tx: Transaction, rules: Rules, *, by: PersonId) -> tuple[str, ...]:
    """New codes for this person, to be shown once; earlier ones stop working, and the person is told by mail."""
    codes = tuple(_code(tx) for _ in range(CODES))
    tx.recovery_codes.replace_all(by, [_digest(tx, by, code) for code in codes])
    tx.audit.record(Act.PERSON_CHANGED, actor=by, object_id=by, facts={"recovery_codes": "made"})
    tell_of_way_in(tx, rules, tx.people.get(by), Subject.WAY_IN_ADDED)
    return codes


def codes_left(tx: Transaction, *, by: PersonId) -> int:
    """How many codes the person has that are not used."""
    return tx.recovery_codes.left(by)


def verify_recovery_code(tx: Transaction, rules: Rules, *, token: str, typed: str) -> SignedIn | Refused:
    """As `verify_second_factor`, by a code on paper."""
    found = try_factor(tx, token=token)
    if isinstance(found, Refused):
        return found
    session, person = found
    if not tx.recovery_codes.use(person.id, _digest(tx, person.id, typed)):
        return factor_was_wrong(tx, person, "recovery_code")
    tx.audit.record(Act.PERSON_CHANGED, actor=person.id, object_id=person.id, facts={"recovery_code": "used"})
    tell_of_way_in(tx, rules, person, Subject.RECOVERY_CODE_USED)
    return factor_given(tx, session, person)


def tell_of_way_in(tx: Transaction, rules: Rules, person: Person, subject: Subject) -> None:
    """Tell somebody that there is another way in to their account, or that one was used: it may not have been them."""
    occasion = f"way_in:{tx.new_id()}"
    notice = Notice(key=NOTICE_KEYS[subject], occasion=occasion, topic=occasion, about=person.id)
    tell_person(tx, rules, notice, person, not_before=notice_time(tx, rules, wakes=False), wakes=False)


def _code(tx: Transaction) -> str:
    """Twelve digits in three groups, as people copy them."""
    number = int.from_bytes(tx.new_secret(_SECRET_BYTES)) % 10**DIGITS
    digits = f"{number:0{DIGITS}}"
    return " ".join(digits[place : place + _GROUP] for place in range(0, DIGITS, _GROUP))


def _digest(tx: Transaction, person_id: PersonId, typed: str) -> bytes:
    digits = "".join(sign for sign in typed if sign.isdecimal())
    return tx.digest("recovery-code", person_id.bytes + digits.encode("utf-8", "replace"))
