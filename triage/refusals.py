"""Expected refusals: values that a use case returns instead of doing what was asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why something was refused; the words stand in the catalogues under `refused.<reason>`."""

    ADDITION_OPEN = "addition_open"
    ALARM_OPEN = "alarm_open"
    ALREADY_DECIDED = "already_decided"
    ALREADY_LINKED = "already_linked"
    ALREADY_USED = "already_used"
    ASKED_ALREADY = "asked_already"
    ASKER_NOT_TOLD = "asker_not_told"
    AUTHORITY_NEEDED = "authority_needed"
    BASIS_NEEDED = "basis_needed"
    CALL_OPEN = "call_open"
    CLOCK_RUNS_ALREADY = "clock_runs_already"
    CLOCK_STANDS = "clock_stands"
    DATE_NEEDED = "date_needed"
    CLOSED = "closed"
    DEADLINE_PASSED = "deadline_passed"
    DEPUTY_RING = "deputy_ring"
    EMAIL_TAKEN = "email_taken"
    EMPTY = "empty"
    ENDS_BEFORE_START = "ends_before_start"
    EXPIRED = "expired"
    GONE_OUT = "gone_out"
    IN_THE_PAST = "in_the_past"
    KIND_ASKED = "kind_asked"
    KIND_CHANGED = "kind_changed"
    NEVER_PAUSED = "never_paused"
    NO_DATE_WANTED = "no_date_wanted"
    NOT_ALLOWED = "not_allowed"
    NOT_A_NUMBER = "not_a_number"
    NOT_AN_EMAIL = "not_an_email"
    NOTHING_CHOSEN = "nothing_chosen"
    NOT_THEN = "not_then"
    NOBODY_THERE = "nobody_there"
    NECESSITY_NEEDED = "necessity_needed"
    NOTHING_PASSED = "nothing_passed"
    NOT_FOR_THE_UNIT = "not_for_the_unit"
    NOBODY_CHOSEN = "nobody_chosen"
    LAST_READER = "last_reader"
    NOT_FOUND = "not_found"
    NOT_ON_DUTY = "not_on_duty"
    NOT_WAITING = "not_waiting"
    LAST_ADMINISTRATOR = "last_administrator"
    NEXT_STEP_NEEDED = "next_step_needed"
    NO_DUTY_OFFICER = "no_duty_officer"
    NO_REPLY_CHANNEL = "no_reply_channel"
    OVERDUE_REASON_NEEDED = "overdue_reason_needed"
    OUTCOME_OF_ANOTHER_KIND = "outcome_of_another_kind"
    OVERTAKEN = "overtaken"
    OWN_DEPUTY = "own_deputy"
    PASSKEY_UNREADABLE = "passkey_unreadable"
    REPLY_GOES_OUT = "reply_goes_out"
    REASON_NEEDED = "reason_needed"
    RECEIVED_IN_FUTURE = "received_in_future"
    RECEIVED_BEFORE_US = "received_before_us"
    RECEIVED_LONG_AGO = "received_long_ago"
    ROSTER_CHANGED = "roster_changed"
    SAME_PERSON = "same_person"
    SECOND_FACTOR_NEEDED = "second_factor_needed"
    SHIFT_TOO_LONG = "shift_too_long"
    SHORT_PASSWORD = "short_password"  # noqa: S105 - a reason's code, not a password
    SOMEONE_ELSE_WAS_FIRST = "someone_else_was_first"
    TASK_OPEN = "task_open"
    TOO_LONG = "too_long"
    TOO_LONG_AWAY = "too_long_away"
    TOO_MANY = "too_many"
    TOO_MANY_TRIES = "too_many_tries"
    TOO_MANY_WEEKS = "too_many_weeks"
    UNKNOWN_KIND = "unknown_kind"
    UNKNOWN_OUTCOME = "unknown_outcome"
    WEAK_PASSWORD = "weak_password"  # noqa: S105 - a reason's code, not a password
    WRONG_CODE = "wrong_code"


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was changed, for this reason."""

    reason: Reason
