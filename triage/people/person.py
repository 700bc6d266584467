"""Staff: who they are to the house, and what lets them in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from triage.ids import PersonId


class Role(StrEnum):
    """The roles of the house. What each may do stands in `triage/access`."""

    DUTY_OFFICER = "duty_officer"
    COORDINATOR = "coordinator"
    HEAD = "head"
    UNIT_MEMBER = "unit_member"
    CHAIR = "chair"
    COURSE_PROVIDER = "course_provider"
    ACTIVITY_PLANNER = "activity_planner"
    ANALYST = "analyst"
    STEERING = "steering"
    DPO = "dpo"
    ADMINISTRATOR = "administrator"


class PersonState(StrEnum):
    """Invited people have no way in yet; disabled people have none any more."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member of staff; secrets are never shown.

    `authority` is the body that a member of the coordination unit comes from, and for which alone they see anything.
    `telegram_chat` is where notices go if they linked it, and `telegram_failed_at` when Telegram said that it is shut;
    `sms` is the number, as +4512345678, that wakes them if they gave one.
    """

    id: PersonId
    name: str
    email: str
    roles: frozenset[Role]
    language: str
    state: PersonState
    created_at: datetime
    authority: str | None = None
    password_hash: str | None = field(default=None, repr=False)
    totp_secret: str | None = field(default=None, repr=False)
    totp_last_step: int = 0
    telegram_chat: int | None = field(default=None, repr=False)
    telegram_failed_at: datetime | None = None
    sms: str | None = field(default=None, repr=False)


_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_BETWEEN = re.compile(r"[\s().-]+")


def parse_number(typed: str) -> str | None:
    """A telephone number as E.164 has it (+4512345678), however it was spaced; None if it is none."""
    number = _BETWEEN.sub("", typed)
    number = f"+{number[2:]}" if number.startswith("00") else number
    return number if _NUMBER.fullmatch(number) else None


class TicketKind(StrEnum):
    """What a one-time secret is for."""

    FIRST_ADMINISTRATOR = "first_administrator"
    INVITATION = "invitation"
    RECOVERY = "recovery"
    TELEGRAM = "telegram"
    PASSKEY = "passkey"
    PASSKEY_FRESH = "passkey_fresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A one-time secret given to a person; only its hash is kept. `made_by` is the colleague who handed it out."""

    digest: bytes = field(repr=False)
    kind: TicketKind
    person_id: PersonId | None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    made_by: PersonId | None = None


FACTOR_FRESH = timedelta(minutes=5)
"""How long a second factor counts as fresh for an act that needs one."""


def is_fresh(verified_at: datetime | None, now: datetime) -> bool:
    """Whether a second factor given at `verified_at` still counts."""
    return verified_at is not None and now - verified_at <= FACTOR_FRESH


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in browser; only the hash of its token is kept. `verified_at` is None until the second factor."""

    digest: bytes = field(repr=False)
    person_id: PersonId
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    verified_at: datetime | None = None
