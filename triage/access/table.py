"""Who may do what: one table of right x role x relation to the case. What does not stand here is refused."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from triage.cases.case import Case
from triage.people.person import Person, PersonState, Role


class Right(StrEnum):
    """Something that a person may be allowed to do."""

    READ_QUEUE = "read_queue"
    SEARCH_PERSON = "search_person"
    READ_CASE = "read_case"
    READ_IDENTITY = "read_identity"
    AGREE_TO_IDENTITY = "agree_to_identity"
    BREAK_GLASS = "break_glass"
    ANSWER_ALARM = "answer_alarm"
    ACKNOWLEDGE = "acknowledge"
    MARK_ACUTE = "mark_acute"
    CLAIM = "claim"
    RECLASSIFY = "reclassify"
    SEE_ADDITION = "see_addition"
    RECORD_CALL = "record_call"
    KEEP_CLOCK = "keep_clock"
    DECIDE = "decide"
    CONFIRM = "confirm"
    RECORD_RECEIPT = "record_receipt"
    EXPLAIN_OVERDUE = "explain_overdue"
    WRITE_TO_REPORTER = "write_to_reporter"
    ADD_NOTE = "add_note"
    KEEP_TASK = "keep_task"
    ANSWER_PROPOSAL = "answer_proposal"
    LINK_CASES = "link_cases"
    CLOSE = "close"
    REOPEN = "reopen"
    END_CONTACT = "end_contact"
    REPORT_BY_PHONE = "report_by_phone"
    TAKE_DUTY = "take_duty"
    READ_ROSTER = "read_roster"
    MANAGE_ROSTER = "manage_roster"
    OWN_ABSENCE = "own_absence"
    READ_HANDOVER = "read_handover"
    HAND_OVER = "hand_over"
    READ_AUDIT = "read_audit"
    READ_OWN_TRAIL = "read_own_trail"
    READ_READERS = "read_readers"
    MANAGE_PEOPLE = "manage_people"
    AGREE_TO_ROLES = "agree_to_roles"
    READ_SETTINGS = "read_settings"
    READ_MAILS = "read_mails"
    READ_UNDELIVERED = "read_undelivered"
    SETTLE_PARKED = "settle_parked"
    READ_HEALTH = "read_health"
    READ_WORKINGS = "read_workings"
    DECLARE_CONFLICT = "declare_conflict"
    KEEP_OUT = "keep_out"
    LET_BACK_IN = "let_back_in"
    LINK_TELEGRAM = "link_telegram"
    CHANGE_SMS = "change_sms"
    READ_NOTICES = "read_notices"
    ASK_AUTHORITY = "ask_authority"
    AGREE_TO_ASK = "agree_to_ask"
    READ_ENQUIRIES = "read_enquiries"
    ANSWER_ENQUIRY = "answer_enquiry"


class Relation(StrEnum):
    """How the person stands to the case; `NONE` where the right is about no case."""

    NONE = "none"
    UNASSIGNED = "unassigned"
    OWN = "own"
    FOREIGN = "foreign"
    ASKED = "asked"
    """Their authority is asked about it: they see what was passed to it, and nothing else."""
    CONFLICTED = "conflicted"
    """They have a conflict of interest in it. No cell names it: nothing of the case is theirs, not that it exists."""


Cell = Mapping[Role, frozenset[Relation]]

_HOUSE = frozenset({Relation.NONE})
_ANY = frozenset({Relation.UNASSIGNED, Relation.OWN, Relation.FOREIGN})
_NOT_FOREIGN = frozenset({Relation.UNASSIGNED, Relation.OWN})

_DESK: Cell = {Role.DUTY_OFFICER: _ANY, Role.HEAD: _ANY, Role.COORDINATOR: _ANY}
"""The secretariat: any of them may do it on any case of the desk."""

_HOLDER: Cell = {Role.DUTY_OFFICER: _ANY, Role.HEAD: _ANY, Role.COORDINATOR: _NOT_FOREIGN}
"""As the desk, but a coordinator keeps their hands off a colleague's case."""

_DESK_AT_LARGE: Cell = {Role.DUTY_OFFICER: _HOUSE, Role.HEAD: _HOUSE, Role.COORDINATOR: _HOUSE}

TABLE: Mapping[Right, Cell] = {
    Right.READ_QUEUE: _DESK_AT_LARGE,
    # Where the profile allows it; what is found is shown as far as each case may be read.
    Right.SEARCH_PERSON: _DESK_AT_LARGE,
    Right.READ_CASE: _DESK,
    Right.READ_IDENTITY: _HOLDER,
    Right.AGREE_TO_IDENTITY: _DESK,
    # Who the reporter is, in a case of somebody else's, when it cannot wait: head and data protection officer are told.
    Right.BREAK_GLASS: {Role.COORDINATOR: frozenset({Relation.FOREIGN})},
    Right.ANSWER_ALARM: _DESK_AT_LARGE,
    # Only those among them who were told of it; the steering group is told numbers and answers nothing.
    Right.ACKNOWLEDGE: {**_DESK_AT_LARGE, Role.CHAIR: _HOUSE, Role.DPO: _HOUSE},
    Right.MARK_ACUTE: _DESK,
    Right.CLAIM: _HOLDER,
    Right.RECLASSIFY: _HOLDER,
    Right.SEE_ADDITION: _HOLDER,
    Right.RECORD_CALL: _HOLDER,
    Right.KEEP_CLOCK: _HOLDER,
    Right.DECIDE: _HOLDER,
    Right.CONFIRM: _DESK,
    Right.RECORD_RECEIPT: _DESK,
    Right.EXPLAIN_OVERDUE: _HOLDER,
    Right.WRITE_TO_REPORTER: _HOLDER,
    Right.ADD_NOTE: _DESK,
    Right.KEEP_TASK: _DESK,
    Right.ANSWER_PROPOSAL: _HOLDER,
    Right.LINK_CASES: _DESK,
    Right.CLOSE: _HOLDER,
    Right.REOPEN: _HOLDER,
    Right.END_CONTACT: _HOLDER,
    # Of oneself whoever may read it; of a colleague, and taking it back, whoever answers for the house.
    Right.DECLARE_CONFLICT: _DESK,
    Right.KEEP_OUT: {Role.DUTY_OFFICER: _ANY, Role.HEAD: _ANY},
    Right.LET_BACK_IN: {Role.HEAD: _ANY},
    Right.REPORT_BY_PHONE: _DESK_AT_LARGE,
    Right.TAKE_DUTY: {Role.DUTY_OFFICER: _HOUSE},
    Right.READ_ROSTER: _DESK_AT_LARGE,
    Right.MANAGE_ROSTER: {Role.HEAD: _HOUSE},
    Right.OWN_ABSENCE: _DESK_AT_LARGE,
    Right.READ_HANDOVER: {Role.DUTY_OFFICER: _HOUSE, Role.HEAD: _HOUSE},
    Right.HAND_OVER: {Role.DUTY_OFFICER: _HOUSE},
    Right.READ_AUDIT: {Role.DPO: _HOUSE},
    Right.READ_OWN_TRAIL: dict.fromkeys(Role, _HOUSE),
    Right.READ_READERS: _HOLDER,
    Right.MANAGE_PEOPLE: {Role.ADMINISTRATOR: _HOUSE},
    # The second person when somebody is given roles: another administrator, or whoever answers for the house.
    Right.AGREE_TO_ROLES: {Role.ADMINISTRATOR: _HOUSE, Role.HEAD: _HOUSE},
    Right.READ_SETTINGS: {Role.ADMINISTRATOR: _HOUSE, Role.DPO: _HOUSE},
    Right.READ_MAILS: {Role.ADMINISTRATOR: _HOUSE, Role.HEAD: _HOUSE},
    Right.READ_UNDELIVERED: {
        Role.DUTY_OFFICER: _HOUSE,
        Role.HEAD: _HOUSE,
        Role.ADMINISTRATOR: _HOUSE,
    },
    Right.SETTLE_PARKED: {Role.ADMINISTRATOR: _HOUSE, Role.HEAD: _HOUSE},
    Right.READ_HEALTH: {Role.DUTY_OFFICER: _HOUSE, Role.HEAD: _HOUSE, Role.ADMINISTRATOR: _HOUSE},
    Right.READ_WORKINGS: {Role.ADMINISTRATOR: _HOUSE, Role.HEAD: _HOUSE},
    Right.LINK_TELEGRAM: dict.fromkeys(Role, _HOUSE),
    Right.CHANGE_SMS: dict.fromkeys(Role, _HOUSE),
    Right.READ_NOTICES: {
        Role.DUTY_OFFICER: _HOUSE,
        Role.HEAD: _HOUSE,
        Role.ADMINISTRATOR: _HOUSE,
    },
    Right.ASK_AUTHORITY: _HOLDER,
    Right.AGREE_TO_ASK: _DESK,
    Right.READ_ENQUIRIES: {Role.UNIT_MEMBER: _HOUSE},
    Right.ANSWER_ENQUIRY: {Role.UNIT_MEMBER: frozenset({Relation.ASKED})},
}
"""The chair, the steering group, unit members, course providers, planners and analysts read no case here:
what they may see is handed to them, by notice or by a passing-on."""


def relation(person: Person, case: Case) -> Relation:
    """How this person stands to this case; a conflict of interest comes before all else."""
    if person.id in case.conflicts:
        return Relation.CONFLICTED
    if case.assignee is None:
        return Relation.UNASSIGNED
    return Relation.OWN if case.assignee == person.id else Relation.FOREIGN


def allowed(person: Person, right: Right, to: Relation = Relation.NONE) -> bool:
    """Whether one of the person's roles gives them the right; nobody who is not active has any."""
    if person.state is not PersonState.ACTIVE:
        return False
    cell = TABLE.get(right, {})
    return any(to in cell.get(role, frozenset()) for role in person.roles)


def allowed_on(person: Person, right: Right, case: Case) -> bool:
    """Whether the person has the right on this case."""
    return allowed(person, right, relation(person, case))
