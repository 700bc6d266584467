"""The questions that are asked all day use their indexes, also among many rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, event, insert

from storage.house_tables import audit_entries
from storage.notice_tables import notices
from storage.repositories.audit import SqlAudit
from storage.repositories.cases import SqlCases
from storage.repositories.contact import silence
from storage.rope_tables import ladders
from storage.store import Store
from storage.tables import alarms, cases, clocks, outbox
from storage.transaction import Transaction
from tests.support.stores import MONDAY_MORNING
from triage.cases.case import CaseState, QueuePlace, Show
from triage.cases.searching import Wanted
from triage.ids import CaseId, PersonId
from triage.notices.outbox import Lane, Via

MANY = 5_000
LATER = MONDAY_MORNING + timedelta(days=2)


def fill(tx: Transaction) -> None:
    """Far more rows than any page shows, nearly none of which is due."""
    connection = tx._work.connection
    numbers = [UUID(int=number + 1) for number in range(MANY)]
    connection.execute(
        insert(clocks),
        [
            {
                "id": each,
                "policy_id": "triage48",
                "policy_version": 1,
                "case_id": each,
                "started_at": MONDAY_MORNING,
                "anchor_at": MONDAY_MORNING,
                "due_at": LATER,
                "wakes": False,
                "claimed": False,
                "next_fire_at": LATER,
            }
            for each in numbers
        ],
    )
    connection.execute(
        insert(ladders),
        [
            {
                "clock_id": each,
                "rung": "head",
                "told_at": MONDAY_MORNING,
                "climbs_at": None if number % 50 else LATER,
                "heard": [],
            }
            for number, each in enumerate(numbers)
        ],
    )
    connection.execute(
        insert(cases),
        [
            {
                "id": each,
                "code": f"K-{number}",
                "hotline": "local",
                "kind": "relative",
                "received_at": MONDAY_MORNING + timedelta(seconds=number),
                "state": CaseState.RECEIVED.value,
                "waits": number % 50 == 0,
                "due_at": LATER + timedelta(seconds=number),
                "acute": False,
                "decided_at": MONDAY_MORNING,
                "revision": 0,
            }
            for number, each in enumerate(numbers)
        ],
    )
    connection.execute(
        insert(outbox),
        [
            {
                "id": each,
                "state": "pending" if number % 50 == 0 else "sent",
                "conversation_id": each,
                "case_id": each,
                "lane": Lane.CONVERSATION.value,
                "via": Via.TELEGRAM.value,
                "peer": f"peer-{number % 997}",
                "payload": {},
                "created_at": MONDAY_MORNING,
                "not_before": LATER if number % 100 else MONDAY_MORNING,
                "attempts": 0,
                "topic": f"clock:{number}",
            }
            for number, each in enumerate(numbers)
        ],
    )
    connection.execute(
        insert(notices),
        [
            {
                "id": each,
                "occasion": f"occasion {number}",
                "person_id": each,
                "key": "notice.case_received",
                "about": each,
                "facts": {},
                "audience": "head",
                "wakes": False,
                "written_at": MONDAY_MORNING,
                "not_before": LATER,
                "check_at": None if number % 50 else LATER,
            }
            for number, each in enumerate(numbers)
        ],
    )
    connection.execute(
        insert(audit_entries),
        [
            {
                "id": each,
                "at": MONDAY_MORNING + timedelta(minutes=number),
                "act": "case:read" if number % 5 else "case:claimed",
                "actor": str(numbers[number % 50]),
                "object_id": each,
                "facts": {},
            }
            for number, each in enumerate(numbers)
        ],
    )
    connection.execute(
        insert(alarms),
        [
            {
                "id": UUID(int=2 * MANY + number),
                "conversation_id": each,
                "trigger": "danger_yes",
                "raised_at": MONDAY_MORNING,
                "wakes": True,
                "answered_at": MONDAY_MORNING,
            }
            for number, each in enumerate(numbers)
        ],
    )
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE")


PERSON = PersonId(UUID(int=1))
PLACE = QueuePlace(acute=False, due_at=LATER, received_at=MONDAY_MORNING, id=CaseId(UUID(int=7)))
OF_CASES: dict[str, Callable[[SqlCases], object]] = {
    "queue": lambda cases: cases.queue(reader=None, limit=25),
    "further": lambda cases: cases.queue(reader=None, limit=25, after=PLACE),
    "decided": lambda cases: cases.decided(reader=None, limit=25),
    "search": lambda cases: cases.search(
        reader=PERSON, wanted=Wanted(state=CaseState.RECEIVED), after=None, limit=51
    ),
    "to call": lambda cases: cases.to_call(reader=PERSON, limit=201),
    "overdue": lambda cases: cases.shown(reader=PERSON, show=Show.OVERDUE, limit=26),
}


WHILE = MONDAY_MORNING + timedelta(hours=9)
OF_READINGS: dict[str, Callable[[SqlAudit], object]] = {
    "read in a week": lambda audit: audit.readings(
        reader=PERSON, limit=25, since=MONDAY_MORNING, until=WHILE
    ),
    "read by one": lambda audit: audit.readings(
        reader=PERSON, actor=PERSON, limit=25, since=MONDAY_MORNING, until=WHILE
    ),
    "read by me": lambda audit: audit.readings(reader=PERSON, actor=PERSON, limit=25),
}


def ask(tx: Transaction, question: str) -> None:
    """Put one of the questions."""
    second = timedelta(seconds=1)
    match question:
        case "due":
            tx.clocks.due(limit=100)
        case "climb":
            tx.ladders.due(limit=100)
        case _ if question in OF_CASES:
            OF_CASES[question](tx.cases)
        case _ if question in OF_READINGS:
            OF_READINGS[question](tx.audit)
        case "claim":
            tx.outbox.claim(Lane.CONVERSATION, Via.TELEGRAM, holder="a", limit=1, lease=second)
        case "stuck":
            tx.notices.stuck(limit=100, channels=frozenset(Via), after=timedelta(minutes=15))
        case "take back":
            tx.outbox.take_back((f"clock:{number}", PERSON) for number in range(100))
        case "silence":
            silence(tx._work, CaseId(UUID(int=51)))
        case _:
            tx.outbox.oldest_waiting(Lane.CONVERSATION, Via.TELEGRAM)


def plans(tx: Transaction, question: str) -> str:
    """How the database answers the statements of a question."""
    connection = tx._work.connection
    asked: list[tuple[str, object]] = []

    def listen(_conn: Connection, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        asked.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", listen)
    try:
        ask(tx, question)
    finally:
        event.remove(connection, "before_cursor_execute", listen)
    explain = "EXPLAIN " if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
    statement, parameters = asked[-1] if question == "stuck" else asked[0]
    rows = connection.exec_driver_sql(explain + statement, parameters)  # type: ignore[arg-type]
    return "\n".join(str(row[-1]) for row in rows)


QUESTIONS = {
    "due": "ix_clocks_to_fire",
    "climb": "ix_ladders_to_climb",
    "queue": "ix_cases_queue",
    "further": "ix_cases_queue",
    "decided": "ix_cases_decided",
    "search": "ix_cases_received",
    "overdue": "ix_cases_due",
    "to call": "ix_cases_to_call",
    "read in a week": "ix_audit_readings",
    "read by one": "ix_audit_readings_by",
    "read by me": "ix_audit_readings_by",
    "claim": "ix_outbox_claim",
    "take back": "ix_outbox_topic",
    "silence": "ix_outbox_case",
    "stuck": "ix_notices_check_at",
    "oldest": "ix_outbox_claim",
}


async def test_a_question_asked_all_day_uses_its_index(store: Store) -> None:
    await store.write(fill)

    answered = {question: await store.write(plans, question) for question in QUESTIONS}

    assert [question for question, index in QUESTIONS.items() if index not in answered[question]] == []
    assert "ix_outbox_peer" in answered["claim"]
    # Few are overdue, and these stand in the order of the queue.
    in_order = {question: answered[question] for question in answered if question != "overdue"}
    everything = "\n".join(answered.values())
    assert "Seq Scan" not in everything
    assert "TEMP B-TREE FOR ORDER BY" not in "\n".join(in_order.values())
