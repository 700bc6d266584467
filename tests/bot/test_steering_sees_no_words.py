"""What the steering group is sent, byte by byte: a number, case codes, and the same few words every time."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count

from bot.senders.mail import MailLetters
from bot.senders.sms import sms_text
from bot.senders.webhook import told
from bot.senders.words import NoticeWords
from storage.rows import Claimed
from storage.store import Store
from storage.transaction import Transaction
from tests.cases.climbing import RULES, local
from tests.house.markers import Markers
from tests.support.builders import a_conversation, a_person, a_submission
from tests.support.profiles import shipped
from tests.support.stores import SettableClock
from triage.cases.acute import Action, answer_alarm, mark_acute, raise_alarm
from triage.cases.case import Case
from triage.cases.decide import NextStep, decide
from triage.cases.dialogue import write_from_reporter, write_to_reporter
from triage.cases.handle import add_note, claim
from triage.cases.receipts import make_receipt
from triage.clocks.climb import climb
from triage.clocks.keep import tick
from triage.ids import PersonId
from triage.notices.acknowledge import link_token
from triage.notices.outbox import Lane, Via
from triage.people.person import Person, Role
from triage.refusals import Refused

CHAT = 7005
DESK = "https://desk.example.org/desk"
SENDER = "hotline@example.org"
_numbers = count(1)

MAIL = (
    rb"From: hotline@example\.org",
    rb"To: styregruppe@example\.org",
    rb"Subject: (A deadline has passed|A case waits for an answer)",
    rb"Date: \w{3}, \d{2} \w{3} 2026 \d{2}:\d{2}:\d{2} \+0000",
    rb"Message-ID: <[0-9a-f]{32}@example\.org>",
    rb"Auto-Submitted: auto-generated",
    rb"Content-Type: text/plain; charset=\"utf-8\"",
    rb"Content-Transfer-Encoding: quoted-printable",
    rb"MIME-Version: 1\.0",
    rb"",
    rb"Number of cases: 1\. Case number: (CODE)?\.",
)
CHAT_MESSAGE = (
    rb'\{"chat_id": 7005, "link_preview_options": \{"is_disabled": true\}, "protect_content": true, '
    rb'"text": "Number of cases: 1\. Case number: (CODE)?\."\}'
)


POSTED = (
    rb'\{"version": 1, "id": "[0-9a-f]{32}", "notice": "(counts|counts_unanswered)", "milestone": null, '
    rb'"case": ("CODE"|null), "due": null, "late_minutes": 0, "wakes": (true|false), '
    rb'"link": "https://desk\.example\.org/desk(/case/CODE)?"\}'
)


def by_mail(words: NoticeWords, letter: Claimed) -> bytes:
    letters = MailLetters(words, sender=SENDER, now=lambda: datetime(2026, 5, 6, tzinfo=UTC))
    mail = letters.build(replace(letter, payload={**letter.payload, "to": "styregruppe@example.org"}))
    assert mail is not None
    return bytes(mail)


def by_chat(words: NoticeWords, letter: Claimed) -> bytes:
    return json.dumps(words.telegram(letter.payload, chat=CHAT), sort_keys=True).encode()


def by_sms(words: NoticeWords, letter: Claimed) -> bytes:
    return sms_text(words, letter).encode()


def by_webhook(words: NoticeWords, letter: Claimed) -> bytes:
    return json.dumps(told(words, letter)).encode()


def by_long_tail(words: NoticeWords, letter: Claimed) -> bytes:
    return f"{words.subject(letter.payload)}\n{words.body(letter.payload)}".encode()


def is_plain_mail(content: bytes, code: bytes) -> bool:
    lines = content.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
    patterns = [each.replace(b"CODE", code) for each in MAIL]
    return all(any(re.fullmatch(pattern, line) for pattern in patterns) for line in lines)


def is_like(pattern: bytes) -> Callable[[bytes, bytes], bool]:
    return lambda content, code: re.fullmatch(pattern.replace(b"CODE", code), content) is not None


CHANNELS: Mapping[Via, tuple[Callable[[NoticeWords, Claimed], bytes], Callable[[bytes, bytes], bool]]] = {
    Via.MAIL: (by_mail, is_plain_mail),
    Via.TELEGRAM: (by_chat, is_like(CHAT_MESSAGE)),
    Via.SMS: (by_sms, is_like(MAIL[-1])),
    Via.WEBHOOK: (by_webhook, is_like(POSTED)),
    Via.APPRISE: (by_long_tail, is_like(MAIL[2].removeprefix(b"Subject: ") + rb"\n" + MAIL[-1])),
}
"""How each channel writes a notice, and what all of its bytes may be."""


def staff(tx: Transaction, markers: Markers) -> tuple[Person, Person]:
    """An officer on duty and a member of the steering group; everybody's name is a marker."""
    officer = a_person(tx, on_duty=True)
    head = a_person(tx, roles=(Role.HEAD, Role.COORDINATOR))
    member = a_person(tx, roles=(Role.STEERING,), telegram=CHAT)
    for person in (officer, head, member):
        tx.people.save(replace(person, name=markers.short(f"navn {next(_numbers)}")))
    tx.people.save(replace(tx.people.get(member.id), email="styregruppe@example.org"))
    return officer, member


def report(tx: Transaction, markers: Markers) -> Case:
    """A report in danger whose every answer is a marker."""
    conversation = a_conversation(tx)
    raise_alarm(tx, RULES, conversation_id=conversation.id, trigger="danger_yes")
    said = {name: markers.say(name) for name in ("story", "strengths", "subject", "reach")}
    identity = {"reporter": {"name": markers.say("navn"), "phone": markers.say("telefon")}}
    case = a_submission(tx, conversation_id=conversation.id, body=said, identity=identity)
    make_receipt(tx, case_id=case.id)
    return case


def talk(tx: Transaction, markers: Markers, case: Case, officer: PersonId) -> None:
    """Everything that anybody can write about it, by both sides."""
    alarm = tx.alarms.of_case(case.id)[0]
    step = NextStep(what=markers.say("næste"), owner=officer, due=tx.now + timedelta(days=1))
    done = (
        claim(tx, RULES, case_id=case.id, by=officer),
        write_from_reporter(tx, RULES, case_id=case.id, words=markers.say("brev")),
        write_to_reporter(tx, RULES, case_id=case.id, by=officer, words=markers.say("svar")),
        add_note(tx, RULES, case_id=case.id, by=officer, words=markers.say("note")),
        answer_alarm(
            tx, RULES, alarm_id=alarm.id, by=officer, action=Action.OTHER, words=markers.say("gjort")
        ),
        mark_acute(tx, RULES, case_id=case.id, by=officer, reason=markers.say("akut")),
        decide(
            tx,
            RULES,
            case_id=case.id,
            by=officer,
            outcome="need_more",
            reason=markers.say("begrundelse"),
            local_action=False,
            to_unit=False,
            next_step=step,
        ),
    )
    assert [each for each in done if isinstance(each, Refused)] == []


def sent(tx: Transaction, via: Via) -> list[Claimed]:
    """All that goes out on this channel by now."""
    found: list[Claimed] = []
    lease = timedelta(seconds=1)
    while letters := tx.outbox.claim(Lane.ESCALATION, via, holder="test", limit=50, lease=lease):
        rows = [row for letter in letters for row in letter.rows]
        tx.outbox.mark_sent([(row.id, None) for row in rows])
        found += rows
    return found


async def test_a_notice_to_the_steering_group_holds_no_personal_word_in_any_byte(
    store: Store, clock: SettableClock
) -> None:
    clock.at = local("4 09:00")
    markers = Markers()
    officer, member = await store.write(staff, markers)
    case = await store.write(report, markers)
    await store.write(talk, markers, case, officer.id)
    letters: list[Claimed] = []
    for _ in range(60):
        clock.advance(timedelta(hours=1))
        await store.write(tick, RULES)
        await store.write(climb, RULES)
        for via in CHANNELS:
            letters += [each for each in await store.write(sent, via) if each.person_id == member.id]

    words = NoticeWords(
        translator=shipped().translator(),
        console_url=DESK,
        now=lambda: clock.at,
        link_token=partial(link_token, _digest),
    )
    code = re.escape(case.code.encode())
    assert set(CHANNELS) == set(Via), "a channel that writes notices is looked at here"
    assert {each.via for each in letters} == {Via.MAIL, Via.TELEGRAM}
    assert {str(each.payload["notice"]) for each in letters} == {"notice.counts", "notice.counts_unanswered"}
    for letter in letters:
        written = {via: write(words, letter) for via, (write, _) in CHANNELS.items()}
        assert {via: said for via, said in written.items() if not CHANNELS[via][1](said, code)} == {}
        assert set(letter.payload["params"]) == {"count", "code"}  # type: ignore[call-overload]
        assert "clock" not in letter.payload
        assert (
            markers.hits({**{via.value: said for via, said in written.items()}, "row": repr(letter).encode()})
            == []
        )
    assert len(markers.typed) > 12


def _digest(purpose: str, secret: bytes) -> bytes:
    return f"{purpose}{secret!r}".encode()
