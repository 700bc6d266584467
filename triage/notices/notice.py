"""Notices to staff: that something waits, which clock it is on and where; never what anybody said."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from triage.audit import Act, Actor
from triage.clocks.policy import Audience, ClockPolicies, ClockPolicy
from triage.ids import CaseCode, CaseId, ClockId, ClockPolicyId, OutboxId, PersonId
from triage.notices.audience import Found, counts_only, find_audience
from triage.notices.outbox import Lane, Outgoing, Via
from triage.people.person import Person
from triage.ports import Transaction
from triage.rules import Rules


class Subject(StrEnum):
    """What a notice that belongs to no step of a clock is about."""

    CASE_RECEIVED = "case_received"
    NOTHING_SENT = "nothing_sent"
    REPORTER_WROTE = "reporter_wrote"
    SECOND_PERSON = "second_person"
    COUNTS = "counts"
    COUNTS_UNANSWERED = "counts_unanswered"
    NOT_ACKNOWLEDGED = "not_acknowledged"
    NOT_ACKNOWLEDGED_ALARM = "not_acknowledged_alarm"
    QUIET_OVER = "quiet_over"
    QUIET_OVER_ALARM = "quiet_over_alarm"
    REPORTER_REPLY = "reporter_reply"
    REPORTER_UNREACHABLE = "reporter_unreachable"
    CONTACT_ENDED = "contact_ended"
    UPDATE_PARKED = "update_parked"
    HANDOVER_ASKED = "handover_asked"
    HANDOVER_WAITS = "handover_waits"
    HANDOVER_NOT_ACCEPTED = "handover_not_accepted"


NOTICE_KEYS: Mapping[Subject, str] = MappingProxyType(
    {
        Subject.CASE_RECEIVED: "notice.case_received",
        Subject.NOTHING_SENT: "notice.acute_check.nothing_sent",
        Subject.REPORTER_WROTE: "notice.reporter_wrote",
        Subject.SECOND_PERSON: "notice.second_person",
        Subject.COUNTS: "notice.counts",
        Subject.COUNTS_UNANSWERED: "notice.counts_unanswered",
        Subject.NOT_ACKNOWLEDGED: "notice.not_acknowledged",
        Subject.NOT_ACKNOWLEDGED_ALARM: "notice.not_acknowledged_alarm",
        Subject.QUIET_OVER: "notice.quiet_over",
        Subject.QUIET_OVER_ALARM: "notice.quiet_over_alarm",
        Subject.REPORTER_REPLY: "notice.reporter_reply",
        Subject.REPORTER_UNREACHABLE: "notice.reporter_unreachable",
        Subject.CONTACT_ENDED: "notice.contact_ended",
        Subject.UPDATE_PARKED: "notice.update_parked",
        Subject.HANDOVER_ASKED: "notice.handover.asked",
        Subject.HANDOVER_WAITS: "notice.handover.waits",
        Subject.HANDOVER_NOT_ACCEPTED: "notice.handover.not_accepted",
    }
)
"""The roots of the texts; those of clocks follow from their policies, see `clock_keys`."""


def clock_topic(clock_id: ClockId) -> str:
    """What every notice of a clock is about, so that a later one takes back what still waits."""
    return f"clock:{clock_id}"


def clock_key(policy: ClockPolicy, milestone: str) -> str:
    """The root of the text for a step of a clock."""
    return (
        f"notice.{policy.id}.{milestone}" if policy.own_texts else f"notice.clock.{policy.meaning(milestone)}"
    )


def clock_keys(policies: ClockPolicies) -> frozenset[str]:
    """The roots of the texts for every step that any of these policies can fire."""
    return frozenset(clock_key(policy, step) for policy in policies.clocks for step in policy.step_ids())


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell. It can hold no words of a person: only codes, times and numbers.

    `occasion` makes it one: the same occasion is never told to one person twice. A notice takes back those of the
    same person that still wait under `topic` or one of `overtakes`. `about` is the case's or alarm's id, for the
    audit; `assignee` is who holds the case. Of the clock `clock_id` a reader can say that they have it; `policy` names
    it in the text, and `silent` the rung that has not answered.
    """

    key: str
    occasion: str
    topic: str
    about: UUID
    clock_id: ClockId | None = None
    case_id: CaseId | None = None
    case_code: CaseCode | None = None
    assignee: PersonId | None = None
    overtakes: tuple[str, ...] = ()
    due_at: datetime | None = None
    fell_due_at: datetime | None = None
    late_minutes: int = 0
    policy: ClockPolicyId | None = None
    silent: Audience | None = None
    as_deputy: bool = False
    """Whether the reader is told because somebody else is away; whose deputy somebody is, they know."""
    trouble: str = ""
    """The code of what fails in the house itself, where the notice is about that."""

    @property
    def params(self) -> Mapping[str, str]:
        """What the text may name, as strings; instants in UTC as ISO 8601. What is not known is empty."""
        return {
            "code": self.case_code or "",
            "due": "" if self.due_at is None else self.due_at.isoformat(),
            "fell_due": "" if self.fell_due_at is None else self.fell_due_at.isoformat(),
            "late_minutes": str(self.late_minutes),
            "clock": self.policy or "",
            "silent": self.silent or "",
            **({"deputy": "yes"} if self.as_deputy else {}),
            **({"trouble": self.trouble} if self.trouble else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Who was told, and which audiences were empty, each with the rung told instead, or None for nobody.

    `heard` are those who were told just now, each as a rung; `people` holds those told already as well.
    """

    people: frozenset[PersonId] = frozenset()
    heard: Mapping[PersonId, Audience] = field(default_factory=dict)
    climbed: Mapping[Audience, Audience | None] = field(default_factory=dict)


def tell(
    tx: Transaction,
    rules: Rules,
    notice: Notice,
    audiences: Collection[Audience],
    *,
    not_before: datetime,
    wakes: bool,
    told_already: Collection[PersonId] = (),
) -> Told:
    """Write the outbox rows of a notice: a mail for each person, and a Telegram message if they linked it.

    Where nobody stands behind an audience the next rung is told, and an audit entry says so. A person who stands
    behind several audiences, or is among `told_already`, is told once. The rows hold no words and need no key.
    """
    people: set[PersonId] = set(told_already)
    heard: dict[PersonId, Audience] = {}
    climbed: dict[Audience, Audience | None] = {}
    for audience in audiences:
        found = find_audience(tx, rules, audience, assignee=notice.assignee, at=not_before)
        if found.climbed:
            climbed[audience] = found.rung
            _record_climb(tx, notice, found)
        for person in found.people:
            if person.id in people or found.rung is None:
                continue
            people.add(person.id)
            heard[person.id] = found.rung
            few_words = counts_only(rules, found.rung)
            told = replace(notice, as_deputy=person.id in found.deputies)
            _write(tx, told, person, not_before=not_before, wakes=wakes, few_words=few_words)
    return Told(people=frozenset(people), heard=heard, climbed=climbed)


def tell_person(
    tx: Transaction,
    notice: Notice,
    person: Person,
    *,
    not_before: datetime,
    wakes: bool,
    avoid: Collection[Via] = (),
) -> None:
    """Write the outbox rows of a notice that is for this person, whatever part they play.

    Channels to `avoid` are used only for somebody who has no other.
    """
    _write(tx, notice, person, not_before=not_before, wakes=wakes, few_words=False, avoid=avoid)


def _record_climb(tx: Transaction, notice: Notice, found: Found) -> None:
    told = "nobody" if found.rung is None else found.rung.value
    facts = {"notice": notice.key, "meant_for": found.meant_for.value, "told": told}
    tx.audit.record(Act.NOTICE_CLIMBED, actor=Actor.SYSTEM, object_id=notice.about, facts=facts)


def _write(
    tx: Transaction,
    notice: Notice,
    person: Person,
    *,
    not_before: datetime,
    wakes: bool,
    few_words: bool,
    avoid: Collection[Via] = (),
) -> None:
    for topic in (notice.topic, *notice.overtakes):
        tx.outbox.supersede(topic=topic, person_id=person.id)
    key, params = notice.key, notice.params
    if few_words:
        passed = notice.due_at is not None and notice.due_at <= tx.now
        key = NOTICE_KEYS[Subject.COUNTS if passed else Subject.COUNTS_UNANSWERED]
        params = {"count": "1", "code": notice.case_code or ""}
    # Whoever is told numbers only has nothing to answer.
    answers = {} if notice.clock_id is None or few_words else _may_answer(notice.clock_id, person)
    addresses: dict[Via, str | int] = {Via.MAIL: person.email}
    if person.telegram_chat is not None:
        addresses[Via.TELEGRAM] = person.telegram_chat
    addresses = {via: address for via, address in addresses.items() if via not in avoid} or addresses
    for via, address in addresses.items():
        dedupe = f"{notice.occasion}|{person.id}|{via}"
        row = Outgoing(
            id=OutboxId(tx.new_id()),
            lane=Lane.ESCALATION,
            via=via,
            peer=f"person:{person.id}",
            payload={
                "notice": key,
                "params": params,
                "language": person.language,
                "to": address,
                # The same occasion gives the same id, so that a repeated mail is recognised as a repeat.
                "message_id": hashlib.sha256(dedupe.encode()).hexdigest()[:32],
                "wakes": wakes,
                **answers,
            },
            not_before=not_before,
            dedupe=dedupe,
            case_id=notice.case_id,
            person_id=person.id,
            topic=notice.topic,
        )
        tx.outbox.add(row, leased=False)


def _may_answer(clock_id: ClockId, person: Person) -> Mapping[str, str]:
    """What a button or a link is made of by which the person says that they have it."""
    return {"clock": str(clock_id), "person": str(person.id)}
