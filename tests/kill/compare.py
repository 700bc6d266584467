"""What is stored, against what people were told. The records are right; the store has to agree with them."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select

from storage import house_tables, rope_tables, tables
from storage.transaction import Transaction
from tests.kill.people import Record
from tests.kill.phone import Reader, Sight
from tests.support.mailbox import mail_name, told_by
from triage.audit import Act
from triage.cases.records import Submission
from triage.ids import ClockPolicyId
from triage.notices.outbox import OutboxState

if TYPE_CHECKING:
    from tests.kill.fleet import Fleet
    from tests.kill.harness import Plan
    from tests.support.botapi.server import FakeBotApi

TRIAGE48 = ClockPolicyId("triage48")
_MARK = re.compile(r"Mærke (\d+) ")
MILESTONES = ("unclaimed", "halfway", "three_quarters", "last_hours", "breached")


@dataclass(kw_only=True)
class Verdict:
    """Everything that was found. `faults` are sentences; a run without any is green."""

    plan: Plan
    records: list[Record]
    faults: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    def note(self, api: FakeBotApi, fleet: Fleet, reader: Reader, *, seconds: float, settled: float) -> None:
        """What can be counted from outside: messages, repeats, deletions, kills."""
        told = [record for record in self.records if record.told_received]
        for record in self.records:
            if not record.told_received:
                what = "\n".join(record.why_stuck.splitlines()[-4:]) or "unfinished"
                self.faults.append(f"conversation {record.number} is stuck: {what}")
            if record.told_not_stored:
                self.faults.append(f"conversation {record.number} was told that something was not stored")
        if settled == float("inf"):
            self.faults.append("what waits did not go out, or was not recorded, by itself")
        messages, repeated = _repeats(api)
        private, gone = _private(api, reader, self.records)
        longest = sorted(record.slowest for record in self.records)
        recoveries = sorted(fleet.recoveries) or [0.0]
        self.figures |= {
            "conversations": len(self.records),
            "told_received": len(told),
            "kills": fleet.kills,
            "messages": messages,
            "repeated_messages": repeated,
            "repeated_share": round(repeated / max(messages, 1), 4),
            "restart_seconds_median": round(recoveries[len(recoveries) // 2], 2),
            "restart_seconds_longest": round(recoveries[-1], 2),
            "longest_wait_median": round(longest[len(longest) // 2], 2),
            "longest_wait_of_all": round(longest[-1], 2),
            "settled_seconds": round(settled, 1),
            "sensitive_messages": private,
            "sensitive_deleted": gone,
            "sensitive_left": private - gone,
            "webhook_attempts": dict(api.records.webhook_attempts),
            "talk_seconds": round(seconds, 1),
        }

    def line(self) -> str:
        """One JSON line."""
        figures = {**self.figures, "seconds": round(self.seconds, 1), "faults": len(self.faults)}
        return json.dumps(figures, ensure_ascii=False)


def waiting(connection: Connection, at: datetime) -> int:
    """What should have happened by now: rows that wait to go, and what is `due`."""
    outbox = tables.outbox.c
    rows = select(func.count()).where(outbox.state == OutboxState.PENDING.value, outbox.not_before <= at)
    return int(connection.execute(rows).scalar_one()) + due(connection, at)


def due(connection: Connection, at: datetime) -> int:
    """How many clocks have a step that is not recorded, and how many rungs were not told of silence."""
    clocks, ladders = tables.clocks.c, rope_tables.ladders.c
    queries = (
        select(func.count()).where(clocks.next_fire_at <= at),
        select(func.count()).where(ladders.climbs_at <= at, ladders.ended_at.is_(None)),
    )
    return sum(int(connection.execute(query).scalar_one()) for query in queries)


def compare(tx: Transaction, verdict: Verdict, mails: Path) -> None:
    """Add to the verdict what the store says otherwise than people do."""
    submissions = _submissions(tx)
    _compare_reports(verdict, submissions)
    _compare_escalations(tx, verdict, len(submissions), _told_by_mail(mails))
    rows = tx._work.connection.execute(
        select(tables.outbox.c.state, func.count()).group_by(tables.outbox.c.state)
    ).all()
    verdict.figures["outbox"] = {str(state): int(count) for state, count in rows}
    columns = (tables.outbox.c.via, tables.outbox.c.attempts, tables.outbox.c.last_error)
    given_up = tx._work.connection.execute(
        select(*columns).where(tables.outbox.c.state == OutboxState.DEAD.value)
    ).all()
    verdict.faults += [
        f"a message was given up: {row.via}, {row.attempts} attempts, {row.last_error}" for row in given_up
    ]
    parked = tx._work.connection.execute(select(tables.parked.c.error)).all()
    if parked:
        verdict.faults.append(f"updates were parked: {Counter(row.error for row in parked)}")


def _submissions(tx: Transaction) -> list[Submission]:
    found: list[Submission] = []
    for row in tx._work.connection.execute(select(tables.cases.c.id)).all():
        found += tx.cases.submissions(row.id, identity=True)
    return found


def _compare_reports(verdict: Verdict, submissions: Iterable[Submission]) -> None:
    stored: defaultdict[int, list[Submission]] = defaultdict(list)
    for submission in submissions:
        marks = set(_MARK.findall(str(submission.body) + str(submission.identity)))
        if len(marks) != 1:
            verdict.faults.append(f"a submission holds the words of {len(marks)} people: {sorted(marks)}")
            continue
        stored[int(marks.pop())].append(submission)
    lost = doubled = changed = unasked = 0
    for record in verdict.records:
        found = stored.pop(record.number, [])
        if record.told_received and not found:
            lost += 1
            verdict.faults.append(f"conversation {record.number} was told that it is sent; it is not stored")
        if len(found) > 1:
            doubled += 1
            verdict.faults.append(f"conversation {record.number} is stored {len(found)} times")
        if found and not record.pressed_send:
            unasked += 1
            verdict.faults.append(f"conversation {record.number} is stored and was never sent")
        if len(found) == 1 and (difference := _difference(record.answers, found[0])):
            changed += 1
            verdict.faults.append(f"conversation {record.number} is stored otherwise: {difference}")
    verdict.faults += [f"a submission of an unknown person {number}" for number in stored]
    verdict.figures |= {"lost": lost, "doubled": doubled, "changed": changed, "never_sent": unasked}


def _difference(told: Mapping[str, object], submission: Submission) -> str:
    kept = {**submission.clear, **submission.body, **submission.identity}
    wanted = {name: _plain(value) for name, value in told.items() if value not in ({}, None)}
    # "Don't know" of a text is kept as the question without an answer.
    got = {name: "unknown" if value is None else _plain(value) for name, value in kept.items()}
    differing = {name for name in {*wanted, *got} if wanted.get(name) != got.get(name)}
    return "; ".join(f"{name}: {wanted.get(name)!r} became {got.get(name)!r}" for name in sorted(differing))


def _plain(value: object) -> object:
    if isinstance(value, list | tuple):
        return tuple(value)
    if isinstance(value, Mapping):
        return {str(key): one for key, one in value.items() if one not in {None, ""}}
    return value


def _compare_escalations(tx: Transaction, verdict: Verdict, reports: int, mails: set[str]) -> None:
    run = tx._work.connection.execute
    clocks = {row.id: row for row in run(select(tables.clocks)).all() if row.policy_id == TRIAGE48}
    if len(clocks) != reports:
        verdict.faults.append(f"{reports} reports have {len(clocks)} clocks")
    fired: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
    for row in run(select(tables.fired)).all():
        if row.clock_id in clocks and row.milestone in MILESTONES:
            fired[row.clock_id][row.milestone] = row.at
    _compare_climbs(tx, verdict, clocks)
    notices: defaultdict[str, list[Any]] = defaultdict(list)
    columns = (tables.outbox.c.dedupe, tables.outbox.c.state)
    for notice in run(select(*columns).where(tables.outbox.c.dedupe.is_not(None))).all():
        notices["|".join(notice.dedupe.split("|")[:3])].append(notice)
    entries = Counter(_entries(tx))
    counts: Counter[str] = Counter()
    for clock, row in clocks.items():
        for milestone in MILESTONES:
            at = fired[clock].get(milestone)
            # Two that came due at once are told once, as the later of the two.
            later = any(when == at and name != milestone for name, when in fired[clock].items())
            found = notices[f"{clock}|{milestone}|0"]
            wrong = _wrong(
                at, entries[str(row.case_id), milestone], found, told_with_later=later, mails=mails
            )
            counts["superseded"] += sum(each.state == OutboxState.SUPERSEDED.value for each in found)
            if wrong:
                counts["wrong"] += 1
                verdict.faults.append(f"{milestone} of one case: {wrong}")
    verdict.figures |= {
        "milestones": sum(len(each) for each in fired.values()),
        "milestones_wrong": counts["wrong"],
        "notices_superseded": counts["superseded"],
        "mails": len(mails),
    }


def _wrong(
    at: object, entries: int, notices: list[Any], *, told_with_later: bool, mails: set[str]
) -> str | None:
    """What is wrong with one milestone, or None."""
    if at is None:
        return "it was never recorded"
    if entries != 1:
        return f"it stands {entries} times in the audit"
    if not notices and not told_with_later:
        return "it was recorded and nobody was told"
    for notice in notices:
        # A notice that still waited when the next one came is taken back: its reader hears what stands now.
        sent = notice.state == OutboxState.SENT.value
        if not sent and notice.state != OutboxState.SUPERSEDED.value:
            return f"its notice is still {notice.state}"
        if sent and mail_name(notice.dedupe) not in mails:
            return "its notice counts as sent, and no mail arrived"
    return None


def _compare_climbs(tx: Transaction, verdict: Verdict, clocks: Mapping[Any, Any]) -> None:
    """Where nobody answered, each rung above was told once, by the audit as by the outbox."""
    audit, outbox = house_tables.audit_entries.c, tables.outbox.c
    run = tx._work.connection.execute
    cases = {str(row.case_id): str(clock) for clock, row in clocks.items()}
    entries: Counter[tuple[str, str]] = Counter()
    for row in run(select(audit.object_id, audit.facts).where(audit.act == Act.LADDER_CLIMBED.value)).all():
        if row.facts["policy"] == TRIAGE48:
            entries[cases[str(row.object_id)], row.facts["told"]] += 1
    told: Counter[tuple[str, str]] = Counter()
    for row in run(select(outbox.dedupe).where(outbox.dedupe.like("%|climb|%"))).all():
        clock, _, rung, _person, _via = row.dedupe.split("|")
        told[clock, rung] += 1
    # One person stands on each rung, with one mailbox: each climb is one notice.
    doubled = [climb for found in (entries, told) for climb, number in found.items() if number != 1]
    verdict.faults += [f"{rung} was told twice that nobody answered" for _, rung in doubled]
    of_triage = {climb for climb in told if climb[0] in cases.values()}
    verdict.faults += [f"a climb to {rung} is not in both books" for _, rung in of_triage ^ set(entries)]
    if clocks and not entries:
        verdict.faults.append("nobody was told that nobody answered")
    verdict.figures |= {"climbs": len(entries)}


def _entries(tx: Transaction) -> Iterable[tuple[str, str]]:
    audit = house_tables.audit_entries.c
    query = select(audit.object_id, audit.facts).where(audit.act == Act.CASE_ESCALATED.value)
    for row in tx._work.connection.execute(query).all():
        if row.facts["policy"] == TRIAGE48:
            yield str(row.object_id), row.facts["milestone"]


def _told_by_mail(folder: Path) -> set[str]:
    """What every mail in the folder tells of: one notice, or each that it gathers."""
    mails = (message_from_bytes(path.read_bytes(), policy=default) for path in folder.glob("*.eml"))
    return {name for mail in mails for name in told_by(mail)}


def _repeats(api: FakeBotApi) -> tuple[int, int]:
    sent: Counter[str] = Counter()
    for call in api.calls:
        if call.method == "sendMessage" and call.performed:
            markup = json.dumps(call.params.get("reply_markup"), sort_keys=True, default=str)
            sent[f"{call.chat_id}|{call.params.get('text')}|{markup}"] += 1
    return sum(sent.values()), sum(count - 1 for count in sent.values())


def _private(api: FakeBotApi, reader: Reader, records: Iterable[Record]) -> tuple[int, int]:
    """How many messages with a private question or answer there were, and how many of them are gone."""
    found = gone = 0
    for record in records:
        for message in api.person(record.chat_id).history:
            if message.from_bot:
                seen = reader.read(message)
                private = (
                    seen.sight is Sight.QUESTION and seen.question is not None and seen.question.sensitive
                )
            else:
                private = message.message_id in record.private
            found += private
            gone += private and message.deleted
    return found, gone
