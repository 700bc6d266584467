"""The cases of a demo, made by the same use cases as real ones, under a clock that begins some days back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import assert_never

from sqlalchemy import Connection

from bot.demo_script import DemoAct, DemoCase, Does
from bot.profile import Profile
from bot.senders.mail import FileCarrier, MailLetters, letter_name
from bot.senders.words import NoticeWords
from bot.settings import Settings
from bot.wiring import machine_time, make_intake
from handlers.dialog.answers import Raw
from handlers.dialog.conversation import Conversation
from handlers.dialog.flow import Notice
from handlers.dialog.inputs import Acknowledge, Answer, DontKnow, Input, Language, Skip, Submit
from handlers.dialog.intake import Intake, Sent, standing, start, take
from handlers.dialog.replies import Ask, ChooseLanguage, Review, ShowCard, Stale
from storage.keyring import Keyring
from storage.rows import Claimed
from storage.store import Store
from storage.transaction import Transaction
from triage.cases.acute import Action, answer_alarm
from triage.cases.case import Case
from triage.cases.decide import decide, explain_overdue
from triage.cases.dialogue import write_from_reporter, write_to_reporter
from triage.cases.handle import claim
from triage.cases.reading import read_case
from triage.cases.receipts import make_receipt
from triage.cases.records import Channel
from triage.clocks.keep import tick
from triage.ids import OutboxId
from triage.notices.acknowledge import link_token
from triage.notices.outbox import Lane, Via
from triage.people.person import Person, Role
from triage.refusals import Refused
from triage.rules import Rules

_BEFORE = timedelta(hours=2)
"""How long people have been there before the first case comes."""
_LOOK_EVERY = timedelta(hours=1)
_AT_ONCE = 50


class PastClock:
    """A clock that begins in the past and is moved on."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self, connection: Connection) -> datetime:  # noqa: ARG002 - it asks no database
        """The time, aware UTC."""
        return self.at


@dataclass(kw_only=True)
class Made:
    """What the steps hand on to later ones, by the id of the case."""

    people: Mapping[Role, Person]
    conversations: dict[str, Conversation] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)


Step = Callable[[Transaction, Made], object]


class DemoError(Exception):
    """A step of the demo was refused, so the demo would not show what it says."""


class Fills:
    """Fills an empty store with the cases that the profile declares for a demo."""

    def __init__(self, *, settings: Settings, profile: Profile, keyring: Keyring, language: str) -> None:
        self.language = language
        self._cases = profile.demo.case
        self.begins = _BEFORE + max((case.begun for case in self._cases), default=timedelta())
        """How far back it begins."""
        self._end = machine_time()
        self.clock = PastClock(self._end - self.begins)
        self._rules: Rules = profile.rules()
        self._translator = profile.translator()
        hotlines = profile.organisation.hotline
        self._intakes: Mapping[str | None, Intake] = {
            hotline.id: make_intake(
                profile, profile.translator(hotline.id), profile.rules(hotline.id), hotline=hotline
            )
            for hotline in hotlines
        }
        self._first = hotlines[0].id
        now = lambda: self.clock.at  # noqa: E731 - one line, handed on
        words = NoticeWords(
            translator=self._translator,
            console_url=settings.console_url,
            now=now,
            link_token=partial(link_token, keyring.digest),
        )
        letters = MailLetters(words, sender=settings.smtp.sender, now=now)
        self._mails = FileCarrier(letters, settings.mail_folder)

    async def fill(self, store: Store, people: Mapping[frozenset[Role], Person]) -> None:
        """Walk from the past to now: take each step at its time, look at the clocks between, write the mails."""
        made = Made(people={next(iter(roles)): person for roles, person in people.items()})
        steps = sorted(self._steps(), key=lambda step: step[0], reverse=True)
        for before_now, step in steps:
            await self._go_on(store, self._end - before_now)
            await store.write(step, made)
            await self._post(store)
        await self._go_on(store, self._end)

    async def _go_on(self, store: Store, until: datetime) -> None:
        while self.clock.at < until:
            self.clock.at = min(until, self.clock.at + _LOOK_EVERY)
            await store.write(tick, self._rules)
            await self._post(store)

    async def _post(self, store: Store) -> None:
        while letters := await store.write(_claim, store.holder):
            for letter in letters:
                await self._mails.carry(letter)
            # By its name a mail that comes back finds its notices.
            await store.write(
                _sent, [(row.id, letter_name(letter)) for letter in letters for row in letter.rows]
            )

    def _steps(self) -> Iterator[tuple[timedelta, Step]]:
        """Each with how long before now it is taken."""
        for case in self._cases:
            yield case.begun, self._begins(case)
            if case.sent is not None:
                yield case.sent, self._sends(case)
            for act in case.act:
                yield act.at, self._acts(case, act)

    def _begins(self, told: DemoCase) -> Step:
        def begin(tx: Transaction, made: Made) -> None:
            """Answer the first question, and no more yet."""
            intake = self._intake(told)
            conversation = start(tx, intake, tx.conversations.open_new(Channel.WEBCHAT))
            while conversation.draft is None or not conversation.draft.answers:
                given = self._next(conversation, told, at=tx.now)
                conversation = _taken(tx, intake, conversation, given, told)[0]
            made.conversations[told.id] = conversation

        return begin

    def _sends(self, told: DemoCase) -> Step:
        def send(tx: Transaction, made: Made) -> None:
            conversation = tx.conversations.lock(made.conversations[told.id].id)
            if conversation is None:
                raise DemoError(f"The conversation of {told.id} is gone.")
            while told.id not in made.cases:
                given = self._next(conversation, told, at=tx.now)
                conversation, case = _taken(tx, self._intake(told), conversation, given, told)
                if case is not None:
                    made.cases[told.id] = case
            _done(make_receipt(tx, case_id=made.cases[told.id].id), told)

        return send

    def _next(self, conversation: Conversation, told: DemoCase, *, at: datetime) -> Input:
        """What is answered here; what the demo says nothing about is passed by."""
        where = standing(self._intake(told), conversation, at=at)
        said = self._answer(told, where.question.id) if isinstance(where, Ask) else None
        match where:
            case ChooseLanguage():
                return Language(self.language)
            case ShowCard(card=card):
                return Acknowledge(card.buttons[-1])
            case Review():
                return Submit()
            case Ask(question=Notice()):
                return Acknowledge()
            case Ask() if said is not None:
                return Answer(raw=said)
            case Ask(skippable=True):
                return Skip()
            case Ask(question=question) if question.dont_know:
                return DontKnow()
            case _:
                raise DemoError(f"The demo's case {told.id} has no answer to {where}.")

    def _answer(self, told: DemoCase, question: str) -> Raw | None:
        return self._text(told, question) if question in told.words else told.answers.get(question)

    def _acts(self, told: DemoCase, act: DemoAct) -> Step:
        words = self._text(told, act.words) if act.words else ""

        def do(tx: Transaction, made: Made) -> None:
            if act.by is None:
                _done(write_from_reporter(tx, self._rules, case_id=made.cases[told.id].id, words=words), told)
                return
            by = made.people[act.by].id
            if act.does is Does.ANSWER_ALARM:
                alarm = tx.alarms.see_open_of(made.conversations[told.id].id)
                if alarm is None:
                    raise DemoError(f"{told.id} raised no alarm.")
                done = answer_alarm(tx, self._rules, alarm_id=alarm.id, by=by, action=Action.CALLED_REPORTER)
                _done(done, told)
                return
            case = made.cases[told.id]
            _done(read_case(tx, self._rules, code=case.code, by=by), told)
            match act.does:
                case Does.CLAIM:
                    _done(claim(tx, self._rules, case_id=case.id, by=by), told)
                case Does.WRITE:
                    _done(write_to_reporter(tx, self._rules, case_id=case.id, by=by, words=words), told)
                case Does.DECIDE:
                    decided = decide(
                        tx,
                        self._rules,
                        case_id=case.id,
                        by=by,
                        outcome=act.outcome or "",
                        reason=words,
                        local_action=act.to_unit,
                        to_unit=act.to_unit,
                    )
                    _done(decided, told)
                case Does.EXPLAIN:
                    _done(explain_overdue(tx, self._rules, case_id=case.id, by=by, reason=words), told)
                case Does.ANSWER:
                    pass  # the reporter's own, above
                case _:
                    assert_never(act.does)

        return do

    def _intake(self, told: DemoCase) -> Intake:
        return self._intakes[told.hotline or self._first]

    def _text(self, told: DemoCase, name: str) -> str:
        return self._translator.text(told.key(name), self.language)


def _taken(
    tx: Transaction, intake: Intake, conversation: Conversation, given: Input, told: DemoCase
) -> tuple[Conversation, Case | None]:
    """The conversation after an input, and the case that it opened; an answer that is not taken ends the demo."""
    taken = take(tx, intake, conversation, given)
    if isinstance(taken.reply, Sent):
        return taken.conversation, taken.reply.case
    if isinstance(taken.reply, Stale) or taken.reply.error is not None:
        raise DemoError(f"An answer of the demo's case {told.id} was not taken: {taken.reply}.")
    return taken.conversation, None


def _claim(tx: Transaction, holder: str) -> list[Claimed]:
    lease = timedelta(minutes=1)
    return tx.outbox.claim(Lane.ESCALATION, Via.MAIL, holder=holder, limit=_AT_ONCE, lease=lease)


def _sent(tx: Transaction, rows: list[tuple[OutboxId, str]]) -> None:
    tx.outbox.mark_sent(rows)
    tx.notices.confirm([row for row, _ in rows], ())


def _done(result: object, told: DemoCase) -> None:
    if isinstance(result, Refused):
        raise DemoError(f"A step of the demo's case {told.id} was refused: {result.reason}.")
