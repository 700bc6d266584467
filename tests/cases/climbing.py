"""A team with somebody on each rung, and times of a week in May, for tests of climbing and of answering."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from storage.transaction import Transaction
from tests.support.builders import a_person, some_rules
from triage.cases.case import Case
from triage.ids import ClockId, PersonId
from triage.people.person import Person, Role

RULES = some_rules()
ZONE = ZoneInfo("Europe/Copenhagen")
TEAM = (Role.DUTY_OFFICER, Role.HEAD, Role.CHAIR, Role.STEERING, Role.COORDINATOR)


def local(text: str) -> datetime:
    """A time in Copenhagen in May 2026, such as `4 09:00`."""
    day, time = text.split()
    return datetime.fromisoformat(f"2026-05-{int(day):02}T{time}").replace(tzinfo=ZONE)


def a_team(tx: Transaction) -> dict[PersonId, Person]:
    """Somebody of each rung, and one on duty."""
    people = [a_person(tx, roles=(role,), on_duty=role is Role.DUTY_OFFICER) for role in TEAM]
    return {person.id: person for person in people}


def only(team: dict[PersonId, Person], role: Role) -> PersonId:
    """Who has this role."""
    return next(person.id for person in team.values() if role in person.roles)


def clock_of(tx: Transaction, case: Case, policy: str) -> ClockId:
    return next(clock.id for clock in tx.clocks.of_case(case.id) if clock.policy_id == policy)
