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
from triage.ids import CaseCode, CaseId, ClockId, ClockPolicyId, NoticeId, OutboxId, PersonId
from triage.notices.audience import Found, counts_only, find_audience
from triage.notices.life import CHECK_AFTER
from triage.notices.outbox import HOUSE_WIDE, Lane, Outgoing, Via, peer_of
from triage.people.person import Person
from triage.ports import Transaction
from triage.rules import Rules


class Whom(StrEnum):
    """Whom a case waits for, as the reader of a notice sees them."""

    YOU = "you"
    HOLDER = "holder"
    DUTY_OFFICER = "duty_officer"


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
    OVERDUE = "overdue"
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
        Subject.OVERDUE: "notice.clock.breached",
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
    ahead: bool = False
    """Whether it tells of a deadline that is still to come: read after that it says that the deadline has passed."""
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
            **({"ahead": "yes"} if self.ahead else {}),
            **({"deputy": "yes"} if self.as_deputy else {}),
            **({"trouble": self.trouble} if self.trouble else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A notice to one person, told as this rung of the ladder.

    At `check_at` it is looked whether any channel took it. None says that one did (`confirmed_at`), that it was taken
    back, or that it was given up (`given_up_at`).
    """

    id: NoticeId
    notice: Notice
    person_id: PersonId
    audience: Audience
    wakes: bool
    written_at: datetime
    not_before: datetime
    check_at: datetime | None = None
    confirmed_at: datetime | None = None
    given_up_at: datetime | None = None


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
    """Write a notice down for each person, with its outbox rows, and a row for each channel that is the house's own.

    A person is told by mail, on Telegram if they linked it, and by SMS if it wakes them and they gave a number. Where
    nobody stands behind an audience the next rung is told, and an audit entry says so. A person who stands behind
    several audiences, or is among `told_already`, is told once. The rows hold no words and need no key.
    """
    tell_house(tx, rules, notice, not_before=not_before, wakes=wakes)
    return tell_people(
        tx, rules, notice, audiences, not_before=not_before, wakes=wakes, told_already=told_already
    )


def tell_people(
    tx: Transaction,
    rules: Rules,
    notice: Notice,
    audiences: Collection[Audience],
    *,
    not_before: datetime,
    wakes: bool,
    told_already: Collection[PersonId] = (),
) -> Told:
    """As `tell`, but for the channels that are nobody's own."""
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
            told = replace(notice, as_deputy=person.id in found.deputies)
            _write(tx, rules, told, person, found.rung, not_before=not_before, wakes=wakes)
    return Told(people=frozenset(people), heard=heard, climbed=climbed)


def tell_person(
    tx: Transaction,
    rules: Rules,
    notice: Notice,
    person: Person,
    *,
    not_before: datetime,
    wakes: bool,
    avoid: Collection[Via] = (),
) -> None:
    """Write down a notice that is for this person, whatever part they play.

    Channels to `avoid` are used only for somebody who has no other.
    """
    rung = Audience.DUTY_OFFICER
    _write(tx, rules, notice, person, rung, not_before=not_before, wakes=wakes, avoid=avoid)


def _record_climb(tx: Transaction, notice: Notice, found: Found) -> None:
    told = "nobody" if found.rung is None else found.rung.value
    facts = {"notice": notice.key, "meant_for": found.meant_for.value, "told": told}
    tx.audit.record(Act.NOTICE_CLIMBED, actor=Actor.SYSTEM, object_id=notice.about, facts=facts)


def _write(
    tx: Transaction,
    rules: Rules,
    notice: Notice,
    person: Person,
    rung: Audience,
    *,
    not_before: datetime,
    wakes: bool,
    avoid: Collection[Via] = (),
) -> None:
    written = Written(
        id=NoticeId(tx.new_id()),
        notice=notice,
        person_id=person.id,
        audience=rung,
        wakes=wakes,
        written_at=tx.now,
        not_before=not_before,
        check_at=max(not_before, tx.now) + CHECK_AFTER,
    )
    if not tx.notices.add(written):
        return
    for topic in (notice.topic, *notice.overtakes):
        tx.outbox.supersede(topic=topic, person_id=person.id)
    ways = all_ways_to(rules, person)
    ways = {via: address for via, address in ways.items() if via not in avoid} or ways
    for via, address in ways.items():
        # Mail wakes nobody, and whom nothing wakes needs no SMS: it is kept for what another channel does not take.
        if via is not Via.SMS or wakes:
            write_way(tx, rules, written, person, via, address, not_before=not_before)


def all_ways_to(rules: Rules, person: Person) -> Mapping[Via, str | int]:
    """The channels by which a person can be told, each with their address there."""
    ways: dict[Via, str | int] = {Via.MAIL: person.email}
    if person.telegram_chat is not None and person.telegram_failed_at is None:
        ways[Via.TELEGRAM] = person.telegram_chat
    if person.sms is not None:
        ways[Via.SMS] = person.sms
    return {via: address for via, address in ways.items() if via in rules.channels}


def write_way(  # noqa: PLR0917 - each of another type
    tx: Transaction,
    rules: Rules,
    written: Written,
    person: Person,
    via: Via,
    address: str | int,
    *,
    not_before: datetime,
) -> None:
    """Write the row by which a notice goes out over one channel."""
    notice = written.notice
    key, params, whom = notice.key, notice.params, _whom(written, person)
    answers = {} if notice.clock_id is None else _may_answer(notice.clock_id, person)
    if counts_only(rules, written.audience):
        # Whoever is told numbers only has nothing to answer.
        passed = notice.due_at is not None and notice.due_at <= tx.now
        key = NOTICE_KEYS[Subject.COUNTS if passed else Subject.COUNTS_UNANSWERED]
        params, whom, answers = {"count": "1", "code": notice.case_code or ""}, None, {}
    dedupe = f"{notice.occasion}|{person.id}|{via}"
    row = Outgoing(
        id=OutboxId(tx.new_id()),
        lane=Lane.ESCALATION,
        via=via,
        peer=peer_of(person.id, wakes=written.wakes),
        payload={
            "notice": key,
            "params": params,
            "language": person.language,
            "to": address,
            "message_id": _message_id(dedupe),
            "wakes": written.wakes,
            "whom": whom,
            **answers,
        },
        not_before=not_before,
        dedupe=dedupe,
        case_id=notice.case_id,
        person_id=person.id,
        notice_id=written.id,
        topic=notice.topic,
    )
    tx.outbox.add(row, leased=False)


def tell_house(tx: Transaction, rules: Rules, notice: Notice, *, not_before: datetime, wakes: bool) -> None:
    """Write the rows of a notice for the channels that are nobody's own."""
    for via in sorted(HOUSE_WIDE & rules.channels):
        for topic in (notice.topic, *notice.overtakes):
            tx.outbox.supersede_for_house(topic=topic, via=via)
        dedupe = f"{notice.occasion}|house|{via}"
        row = Outgoing(
            id=OutboxId(tx.new_id()),
            lane=Lane.ESCALATION,
            via=via,
            peer=f"house:{via}",
            payload={
                "notice": notice.key,
                "params": notice.params,
                "language": rules.organisation.organisation.languages[0],
                "message_id": _message_id(dedupe),
                "wakes": wakes,
            },
            not_before=not_before,
            dedupe=dedupe,
            topic=notice.topic,
        )
        tx.outbox.add(row, leased=False)


def _may_answer(clock_id: ClockId, person: Person) -> Mapping[str, str]:
    """What a button or a link is made of by which the person says that they have it."""
    return {"clock": str(clock_id), "person": str(person.id)}


def _message_id(dedupe: str) -> str:
    """The same occasion gives the same id, so that a repeated message is recognised as a repeat."""
    return hashlib.sha256(dedupe.encode()).hexdigest()[:32]


def _whom(written: Written, person: Person) -> Whom | None:
    """Whom the notice's case waits for; None where it is about no case."""
    if written.notice.case_code is None:
        return None
    if written.notice.assignee is not None:
        return Whom.YOU if written.notice.assignee == person.id else Whom.HOLDER
    return Whom.YOU if written.audience is Audience.DUTY_OFFICER else Whom.DUTY_OFFICER
