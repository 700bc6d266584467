"""Giving somebody roles: two people, as long as there are two. Taking roles away, and shutting out, is one's alone.

Whoever may let people in could otherwise let in a second self and read everything by it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from triage.access.table import Relation, Right, allowed
from triage.audit import Act
from triage.cases.release import leave_cases
from triage.clocks.keep import notice_time
from triage.ids import PersonId, RoleRequestId
from triage.notices.notice import NOTICE_KEYS, Notice, Subject
from triage.notices.telling import tell_person
from triage.people.person import Person, PersonState, Role
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRequest:
    """That a person is to have these roles instead of theirs, until a second person agrees or says no."""

    id: RoleRequestId
    person_id: PersonId
    roles: frozenset[Role]
    authority: str | None
    asked_by: PersonId
    asked_at: datetime
    ended_at: datetime | None = None
    ended_by: PersonId | None = None
    agreed: bool = False


class RoleRequests(Protocol):
    """What waits for a second person, one for each person at most."""

    def add(self, request: RoleRequest) -> None:
        """Insert one; one that waits for the same person is overtaken."""

    def waiting(self) -> Sequence[RoleRequest]:
        """Those that wait, the oldest first."""

    def lock(self, request_id: RoleRequestId) -> RoleRequest | None:
        """The one of this id, locked until the transaction ends."""

    def end(self, request: RoleRequest) -> None:
        """Note how it ended."""

    def drop_of(self, person_id: PersonId) -> None:
        """Let nothing wait for this person any more."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The roles are given once a second person agrees."""

    request: RoleRequest


def change_roles(
    tx: Transaction,
    rules: Rules,
    *,
    by: PersonId,
    person_id: PersonId,
    roles: Collection[Role],
    authority: str | None = None,
) -> Person | Asked | Refused:
    """Give a person these roles instead of theirs, from the next request on; a member of the unit has an authority.

    Where that is more than they had, and somebody is there who can agree, it waits for that. Refused when it would
    leave the house without an administrator. Somebody who may not have the duty any more leaves it, and the cases of
    somebody who may hold none any more are nobody's.
    """
    if not allowed(tx.people.get(by), Right.MANAGE_PEOPLE):
        return Refused(Reason.NOT_ALLOWED)
    if not roles:
        return Refused(Reason.EMPTY)
    if Role.UNIT_MEMBER in roles and not authority:
        return Refused(Reason.AUTHORITY_NEEDED)
    person = tx.people.lock(person_id)
    if Role.ADMINISTRATOR not in roles and is_last_administrator(tx, person):
        return Refused(Reason.LAST_ADMINISTRATOR)
    wanted = replace(person, roles=frozenset(roles), authority=authority_of(roles, authority))
    more = not wanted.roles <= person.roles or wanted.authority not in {None, person.authority}
    if more and who_can_agree(tx, but={by, person_id}):
        return Asked(ask_for_roles(tx, rules, wanted, by=by))
    return give_roles(tx, rules, wanted, by=by, alone=more)


def who_can_agree(tx: Transaction, *, but: Collection[PersonId]) -> list[Person]:
    """Everybody who can be the second person."""
    return [each for each in tx.people.all() if each.id not in but and allowed(each, Right.AGREE_TO_ROLES)]


def ask_for_roles(tx: Transaction, rules: Rules, wanted: Person, *, by: PersonId) -> RoleRequest:
    """Let these roles of the person wait for a second person, and tell everybody who can be that one."""
    request = RoleRequest(
        id=RoleRequestId(tx.new_id()),
        person_id=wanted.id,
        roles=wanted.roles,
        authority=wanted.authority,
        asked_by=by,
        asked_at=tx.now,
    )
    tx.role_requests.add(request)
    facts = {"roles": listed(wanted.roles), "authority": wanted.authority or ""}
    tx.audit.record(Act.ROLES_ASKED, actor=by, object_id=wanted.id, facts=facts)
    notice = Notice(
        key=NOTICE_KEYS[Subject.ROLES_WAIT],
        occasion=f"roles:{request.id}",
        topic=_topic(request.id),
        about=wanted.id,
    )
    at = notice_time(tx, rules, wakes=False)
    for person in who_can_agree(tx, but={by, wanted.id}):
        tell_person(tx, rules, notice, person, not_before=at, wakes=False)
    return request


def agree_to_roles(
    tx: Transaction, rules: Rules, *, by: PersonId, request_id: RoleRequestId
) -> Person | Refused:
    """Be the second person: the roles are given. Refused to whoever asked, and to whoever gets them."""
    request = _waiting(tx, by, request_id)
    if isinstance(request, Refused):
        return request
    person = tx.people.lock(request.person_id)
    if person.state is PersonState.DISABLED:
        return Refused(Reason.NOT_ALLOWED)
    if Role.ADMINISTRATOR not in request.roles and is_last_administrator(tx, person):
        return Refused(Reason.LAST_ADMINISTRATOR)
    if not allowed(tx.people.get(request.asked_by), Right.MANAGE_PEOPLE):
        # Whoever asked may not any more: what they wanted is nobody's wish now.
        return Refused(Reason.NOT_WAITING)
    _end(tx, request, by=by, agreed=True)
    wanted = replace(person, roles=request.roles, authority=request.authority)
    return give_roles(tx, rules, wanted, by=by, asked_by=request.asked_by)


def decline_roles(tx: Transaction, *, by: PersonId, request_id: RoleRequestId) -> RoleRequest | Refused:
    """Say no, or take back what one asked for oneself: the person keeps what they have."""
    if not allowed(tx.people.get(by), Right.AGREE_TO_ROLES):
        return Refused(Reason.NOT_ALLOWED)
    request = tx.role_requests.lock(request_id)
    if request is None or request.ended_at is not None:
        return Refused(Reason.NOT_WAITING)
    _end(tx, request, by=by, agreed=False)
    tx.audit.record(Act.ROLES_DECLINED, actor=by, object_id=request.person_id)
    return request


def waiting_roles(tx: Transaction, *, by: PersonId) -> tuple[RoleRequest, ...] | Refused:
    """What waits for a second person."""
    if not allowed(tx.people.get(by), Right.AGREE_TO_ROLES):
        return Refused(Reason.NOT_ALLOWED)
    return tuple(tx.role_requests.waiting())


def give_roles(
    tx: Transaction,
    rules: Rules,
    wanted: Person,
    *,
    by: PersonId,
    asked_by: PersonId | None = None,
    alone: bool = False,
) -> Person:
    """Write the roles down and let go of what goes with others; `alone` says that there was nobody to agree."""
    before = tx.people.get(wanted.id)
    tx.people.save(wanted)
    if not allowed(wanted, Right.AGREE_TO_ROLES):
        tell_that_one_less_agrees(tx, rules, before, by=by)
    tx.role_requests.drop_of(wanted.id)
    if not allowed(wanted, Right.TAKE_DUTY):
        drop_duty(tx, wanted.id, by=by)
    if not allowed(wanted, Right.CLAIM, Relation.OWN):
        leave_cases(tx, rules, person_id=wanted.id, by=by)
    facts = {"before": listed(before.roles), "after": listed(wanted.roles)}
    if before.authority != wanted.authority:
        facts |= {"authority_before": before.authority or "", "authority": wanted.authority or ""}
    if asked_by is not None:
        facts["asked_by"] = str(asked_by)
    if alone:
        facts["alone"] = "yes"
    tx.audit.record(Act.PERSON_CHANGED, actor=by, object_id=wanted.id, facts=facts)
    return wanted


def tell_that_one_less_agrees(tx: Transaction, rules: Rules, person: Person, *, by: PersonId) -> None:
    """Tell outside the desk that somebody who could be the second person cannot any more.

    The person themself, everybody who still can, and the data protection officers are told, but for whoever did it:
    otherwise one administrator could shut out all who could agree, and nobody would know.
    """
    if not allowed(person, Right.AGREE_TO_ROLES):
        return
    occasion = f"agrees_no_more:{person.id}:{tx.new_id()}"
    key = NOTICE_KEYS[Subject.AGREES_NO_MORE]
    notice = Notice(key=key, occasion=occasion, topic=occasion, about=person.id)
    at = notice_time(tx, rules, wakes=False)
    others = {each.id: each for each in (*who_can_agree(tx, but=()), *tx.people.with_role(Role.DPO), person)}
    for person_id, told in others.items():
        if person_id != by:
            tell_person(tx, rules, notice, told, not_before=at, wakes=False)


def drop_duty(tx: Transaction, person_id: PersonId, *, by: PersonId) -> None:
    """Let somebody have the duty no more, if they have it."""
    on_duty = tx.people.on_duty()
    if on_duty is not None and on_duty.id == person_id:
        tx.people.set_on_duty(None)
        tx.audit.record(Act.DUTY_LEFT, actor=by, object_id=person_id)


def authority_of(roles: Collection[Role], authority: str | None) -> str | None:
    """The authority of somebody with these roles: only a member of the unit has one."""
    return authority if Role.UNIT_MEMBER in roles else None


def is_last_administrator(tx: Transaction, person: Person) -> bool:
    """Whether nobody but this person looks after who comes in."""
    return [each.id for each in tx.people.with_role(Role.ADMINISTRATOR)] == [person.id]


def listed(roles: Collection[Role]) -> str:
    """Roles as an audit entry names them."""
    return ",".join(sorted(role.value for role in roles))


def _waiting(tx: Transaction, by: PersonId, request_id: RoleRequestId) -> RoleRequest | Refused:
    if not allowed(tx.people.get(by), Right.AGREE_TO_ROLES):
        return Refused(Reason.NOT_ALLOWED)
    request = tx.role_requests.lock(request_id)
    if request is None or request.ended_at is not None:
        return Refused(Reason.NOT_WAITING)
    return Refused(Reason.SAME_PERSON) if by in {request.asked_by, request.person_id} else request


def _end(tx: Transaction, request: RoleRequest, *, by: PersonId, agreed: bool) -> None:
    tx.role_requests.end(replace(request, ended_at=tx.now, ended_by=by, agreed=agreed))
    tx.outbox.supersede(topic=_topic(request.id))


def _topic(request_id: RoleRequestId) -> str:
    return f"roles:{request_id}"
