"""Telling staff: a notice is written down for each person who stands behind its audiences, with a row for each channel.

The rows hold no words and need no key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from triage.access.table import Right, allowed
from triage.audit import Act, Actor, AuditEntry
from triage.clocks.policy import Audience
from triage.ids import ClockId, NoticeId, OutboxId, PersonId
from triage.notices.audience import Found, Standing, counts_only
from triage.notices.life import CHECK_AFTER
from triage.notices.notice import (
    NOTICE_KEYS,
    READINGS_PAGE,
    START_PAGE,
    Notice,
    Subject,
    Told,
    Whom,
    Written,
)
from triage.notices.outbox import HOUSE_WIDE, Lane, Outgoing, Via, peer_of
from triage.people.person import Person
from triage.ports import Transaction
from triage.rules import Rules


class Telling:
    """Notices that are written together: nothing is in the store before `write`, and then all of it is.

    Every notice names its topic and is told after those that it overtakes; of one topic a person is told once in a
    telling.
    """

    def __init__(self, tx: Transaction, rules: Rules) -> None:
        """An empty one. Who stands where is read once for all that it tells."""
        self.standing = Standing(tx, rules)
        self._tx = tx
        self._rules = rules
        self._written: list[tuple[Written, list[Outgoing]]] = []
        self._for_house: list[tuple[Notice, Outgoing]] = []
        self._climbs: list[AuditEntry] = []

    def tell(
        self,
        notice: Notice,
        audiences: Collection[Audience],
        *,
        not_before: datetime,
        wakes: bool,
        told_already: Collection[PersonId] = (),
    ) -> Told:
        """Tell the people behind these audiences.

        A person is told by mail, on Telegram if they linked it, and by SMS if it wakes them and they gave a number.
        Where nobody stands behind an audience the next rung is told, and an audit entry says so. A person who stands
        behind several audiences is told once, and one of `told_already` not again.
        """
        people: set[PersonId] = set(told_already)
        heard: dict[PersonId, Audience] = {}
        climbed: dict[Audience, Audience | None] = {}
        for audience in audiences:
            found = self.standing.find(
                audience, assignee=notice.assignee, at=not_before, kept_out=notice.kept_out
            )
            if found.climbed:
                climbed[audience] = found.rung
                self._climbs.append(self._climb(notice, found))
            for person in found.people:
                if person.id in people or found.rung is None:
                    continue
                people.add(person.id)
                heard[person.id] = found.rung
                told = replace(notice, as_deputy=person.id in found.deputies)
                self._add(told, person, found.rung, not_before=not_before, wakes=wakes)
        return Told(people=frozenset(people), heard=heard, climbed=climbed)

    def tell_person(
        self,
        notice: Notice,
        person: Person,
        *,
        not_before: datetime,
        wakes: bool,
        avoid: Collection[Via] = (),
    ) -> None:
        """Tell this person, whatever part they play.

        Channels to `avoid` are used only for somebody who has no other.
        """
        rung = Audience.DUTY_OFFICER
        self._add(notice, person, rung, not_before=not_before, wakes=wakes, avoid=avoid)

    def tell_house(self, notice: Notice, *, not_before: datetime, wakes: bool) -> None:
        """Tell the channels that are nobody's own."""
        for via in sorted(HOUSE_WIDE & self._rules.channels):
            row = _row_for_house(self._tx, self._rules, notice, via, not_before=not_before, wakes=wakes)
            self._for_house.append((notice, row))

    def write(self) -> None:
        """Put it all into the store. Whoever was told of the same occasion before is not told again."""
        tx = self._tx
        fresh = tx.notices.add([written for written, _ in self._written])
        going = [(written, rows) for written, rows in self._written if written.id in fresh]
        tx.outbox.take_back(
            (topic, written.person_id) for written, _ in going for topic in written.notice.topics
        )
        for notice, row in self._for_house:
            for topic in notice.topics:
                tx.outbox.supersede_for_house(topic=topic, via=row.via)
        tx.outbox.add_all([row for _, row in self._for_house] + [row for _, rows in going for row in rows])
        tx.audit.add(self._climbs)
        self._written, self._for_house, self._climbs = [], [], []

    def _add(
        self,
        notice: Notice,
        person: Person,
        rung: Audience,
        *,
        not_before: datetime,
        wakes: bool,
        avoid: Collection[Via] = (),
    ) -> None:
        now = self._tx.now
        written = Written(
            id=NoticeId(self._tx.new_id()),
            notice=notice,
            person_id=person.id,
            audience=rung,
            wakes=wakes,
            written_at=now,
            not_before=not_before,
            check_at=max(not_before, now) + CHECK_AFTER,
        )
        every = all_ways_to(self._rules, person)
        # Mail wakes nobody, and whom nothing wakes needs no SMS: it is kept for what another channel does not take.
        fit = {via: address for via, address in every.items() if via is not Via.SMS or wakes} or every
        ways = {via: address for via, address in fit.items() if via not in avoid} or fit
        rows = [
            row_by(self._tx, self._rules, written, person, via, address, not_before=not_before)
            for via, address in ways.items()
        ]
        self._written.append((written, rows))

    def _climb(self, notice: Notice, found: Found) -> AuditEntry:
        told = "nobody" if found.rung is None else found.rung.value
        return AuditEntry(
            id=self._tx.new_id(),
            at=self._tx.now,
            act=Act.NOTICE_CLIMBED,
            actor=Actor.SYSTEM,
            object_id=notice.about,
            facts={"notice": notice.key, "meant_for": found.meant_for.value, "told": told},
        )


def tell(
    tx: Transaction,
    rules: Rules,
    notice: Notice,
    audiences: Collection[Audience],
    *,
    not_before: datetime,
    wakes: bool,
    told_already: Collection[PersonId] = (),
) -> None:
    """Tell one notice, as `Telling.tell` does, and the channels that are the house's own, and write it."""
    telling = Telling(tx, rules)
    telling.tell_house(notice, not_before=not_before, wakes=wakes)
    telling.tell(notice, audiences, not_before=not_before, wakes=wakes, told_already=told_already)
    telling.write()


def tell_person(
    tx: Transaction, rules: Rules, notice: Notice, person: Person, *, not_before: datetime, wakes: bool
) -> None:
    """Tell one notice to one person and write it."""
    telling = Telling(tx, rules)
    telling.tell_person(notice, person, not_before=not_before, wakes=wakes)
    telling.write()


def all_ways_to(rules: Rules, person: Person) -> Mapping[Via, str | int]:
    """The channels by which a person can be told, each with their address there."""
    ways: dict[Via, str | int] = {Via.MAIL: person.email}
    if person.telegram_chat is not None and person.telegram_failed_at is None:
        ways[Via.TELEGRAM] = person.telegram_chat
    if person.sms is not None:
        ways[Via.SMS] = person.sms
    return {via: address for via, address in ways.items() if via in rules.channels}


def row_by(  # noqa: PLR0917 - each of another type
    tx: Transaction,
    rules: Rules,
    written: Written,
    person: Person,
    via: Via,
    address: str | int,
    *,
    not_before: datetime,
) -> Outgoing:
    """The row by which a notice goes out over one channel."""
    notice = written.notice
    key, params, whom = notice.key, {**notice.params, **_page_for(notice, person)}, _whom(written, person)
    answers = {} if notice.clock_id is None else _may_answer(notice.clock_id, person)
    if counts_only(rules, written.audience):
        # Whoever is told numbers only has nothing to answer.
        passed = notice.due_at is not None and notice.due_at <= tx.now
        key = NOTICE_KEYS[Subject.COUNTS if passed else Subject.COUNTS_UNANSWERED]
        params, whom, answers = {"count": "1", "code": notice.case_code or ""}, None, {}
    dedupe = f"{notice.occasion}|{person.id}|{via}"
    return Outgoing(
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


def _row_for_house(
    tx: Transaction, rules: Rules, notice: Notice, via: Via, *, not_before: datetime, wakes: bool
) -> Outgoing:
    dedupe = f"{notice.occasion}|house|{via}"
    return Outgoing(
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


def _page_for(notice: Notice, person: Person) -> Mapping[str, str]:
    """Where the link leads for a person who may not open cases: it would be a page that does not exist for them."""
    if notice.case_code is None or allowed(person, Right.READ_QUEUE):
        return {}
    return {"page": READINGS_PAGE if allowed(person, Right.READ_AUDIT) else START_PAGE}


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
