"""The cases of a demo, made by the same use cases as real ones, under a clock that begins some days back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.profile import Profile
from bot.senders.mail import FileCarrier, MailLetters
from bot.senders.words import NoticeWords
from bot.settings import Settings
from bot.wiring import machine_time, make_intake
from handlers.dialog.conversation import Conversation
from handlers.dialog.flow import Choice, Notice, Text
from handlers.dialog.inputs import Acknowledge, Answer, DontKnow, Input, Language, Skip, Submit
from handlers.dialog.intake import Intake, Sent, standing, start, take
from handlers.dialog.replies import Ask, ChooseLanguage, Review, ShowCard
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
from triage.notices.outbox import Lane, Via
from triage.people.person import Person, Role
from triage.profile import StopsClock
from triage.refusals import Refused
from triage.rules import Rules

BEGINS = timedelta(hours=62)
"""How far back the oldest case lies."""
_LOOK_EVERY = timedelta(minutes=30)
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
    """What the steps hand on to later ones, by the name of the case."""

    people: Mapping[Role, Person]
    conversations: dict[str, Conversation] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)


Step = Callable[[Transaction, Made], object]


class DemoError(Exception):
    """A step of the demo was refused, so the demo would not show what it says."""


class Fills:
    """Fills an empty store with cases of different ages."""

    def __init__(self, *, settings: Settings, profile: Profile, language: str) -> None:
        self.language = language
        self._end = machine_time()
        self.clock = PastClock(self._end - BEGINS)
        self._profile = profile
        self._rules: Rules = profile.rules()
        self._translator = profile.translator()
        self._intake: Intake = make_intake(profile, self._translator, self._rules)
        now = lambda: self.clock.at  # noqa: E731 - one line, handed on
        words = NoticeWords(translator=self._translator, console_url=settings.console_url, now=now)
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
            await store.write(_sent, [letter.id for letter in letters])

    def _steps(self) -> Iterator[tuple[timedelta, Step]]:
        """Each with how long before now it is taken; plainly synthetic."""
        duty, coordinator, head = Role.DUTY_OFFICER, Role.COORDINATOR, Role.HEAD
        yield _ago(hours=60), self._tells("overdue", acute=False)
        yield _ago(hours=59), self._sends("overdue")
        yield _ago(hours=57), self._claims("overdue", coordinator)
        yield _ago(hours=9), self._explains("overdue", head)
        yield _ago(hours=41), self._tells("decided", acute=False)
        yield _ago(hours=40), self._sends("decided")
        yield _ago(hours=38), self._claims("decided", coordinator)
        yield _ago(hours=37), self._writes("decided", coordinator, "cli.demo.staff_asks")
        yield _ago(hours=30), self._answers("decided", "cli.demo.reporter_answers")
        yield _ago(hours=28), self._decides("decided", coordinator, StopsClock.YES)
        yield _ago(hours=27), self._writes("decided", coordinator, "cli.demo.staff_ends")
        yield _ago(hours=31), self._tells("second", acute=False)
        yield _ago(hours=30), self._sends("second")
        yield _ago(hours=26), self._claims("second", duty)
        yield _ago(hours=25), self._decides("second", duty, StopsClock.SECOND_PERSON)
        yield _ago(hours=21), self._tells("held", acute=False)
        yield _ago(hours=20), self._sends("held")
        yield _ago(hours=19), self._claims("held", coordinator)
        yield _ago(hours=5, minutes=20), self._tells("answered", acute=True)
        yield _ago(hours=5, minutes=8), self._answers_alarm("answered", duty)
        yield _ago(hours=5), self._sends("answered")
        yield _ago(hours=3, minutes=10), self._tells("new", acute=False)
        yield _ago(hours=3), self._sends("new")
        yield _ago(minutes=24), self._tells("unsent", acute=True)
        yield _ago(minutes=16), self._tells("acute", acute=True)
        yield _ago(minutes=11), self._sends("acute")

    def _tells(self, name: str, *, acute: bool) -> Step:
        def tell(tx: Transaction, made: Made) -> None:
            """Answer the first question, and no more yet."""
            conversation = start(tx, self._intake, tx.conversations.open_new(Channel.WEBCHAT))
            while not self._has_begun(conversation):
                given = self._next(conversation, name, acute=acute, at=tx.now)
                conversation = take(tx, self._intake, conversation, given).conversation
            made.conversations[name] = conversation

        return tell

    def _sends(self, name: str) -> Step:
        def send(tx: Transaction, made: Made) -> None:
            locked = tx.conversations.lock(made.conversations[name].id)
            if locked is None:
                raise DemoError(f"The conversation of {name} is gone.")
            conversation = locked
            while name not in made.cases:
                given = self._next(conversation, name, acute=False, at=tx.now)
                taken = take(tx, self._intake, conversation, given)
                conversation = taken.conversation
                if isinstance(taken.reply, Sent):
                    made.cases[name] = taken.reply.case
            _done(make_receipt(tx, case_id=made.cases[name].id))

        return send

    @staticmethod
    def _has_begun(conversation: Conversation) -> bool:
        return conversation.draft is not None and bool(conversation.draft.answers)

    def _next(self, conversation: Conversation, name: str, *, acute: bool, at: datetime) -> Input:
        """What a person would do here who says little: the story where one is asked for, else the shortest way."""
        where = standing(self._intake, conversation, at=at)
        match where:
            case ChooseLanguage():
                return Language(self.language)
            case ShowCard(card=card):
                return Acknowledge(card.buttons[-1])
            case Review():
                return Submit()
            case Ask(question=Notice()):
                return Acknowledge()
            case Ask(question=Text(required=True)):
                return Answer(raw=self._text(f"cli.demo.story.{name}"))
            case Ask(skippable=True):
                return Skip()
            case Ask(question=Choice() as question):
                return Answer(raw=self._choice(question, acute=acute))
            case Ask(question=question) if question.dont_know:
                return DontKnow()
            case _:
                raise DemoError(f"The demo has no answer to {where}.")

    def _choice(self, question: Choice, *, acute: bool) -> str:
        triggers = self._rules.organisation
        waking = [code for code, id_ in question.acute.items() if triggers.get_trigger(id_).wakes]
        if acute and waking:
            return waking[0]
        calm = [code for code in question.choices if code not in question.acute]
        # The middle of the road: where staff may answer, they may.
        return calm[len(calm) // 2]

    def _claims(self, name: str, role: Role) -> Step:
        def do(tx: Transaction, made: Made) -> None:
            by, case = made.people[role].id, made.cases[name]
            _done(read_case(tx, self._rules, code=case.code, by=by))
            _done(claim(tx, self._rules, case_id=case.id, by=by))

        return do

    def _decides(self, name: str, role: Role, stops: StopsClock) -> Step:
        outcomes = self._rules.organisation.outcome

        def do(tx: Transaction, made: Made) -> None:
            kind = made.cases[name].kind
            outcome = next(each for each in outcomes if each.stops_clock is stops and each.is_for(kind))
            done = decide(
                tx,
                self._rules,
                case_id=made.cases[name].id,
                by=made.people[role].id,
                outcome=outcome.code,
                reason=self._text("cli.demo.reason"),
                local_action=False,
                to_unit=False,
            )
            _done(done)

        return do

    def _explains(self, name: str, role: Role) -> Step:
        def do(tx: Transaction, made: Made) -> None:
            by, reason = made.people[role].id, self._text("cli.demo.overdue_reason")
            _done(explain_overdue(tx, self._rules, case_id=made.cases[name].id, by=by, reason=reason))

        return do

    def _writes(self, name: str, role: Role, key: str) -> Step:
        def do(tx: Transaction, made: Made) -> None:
            by, case_id = made.people[role].id, made.cases[name].id
            _done(write_to_reporter(tx, self._rules, case_id=case_id, by=by, words=self._text(key)))

        return do

    def _answers(self, name: str, key: str) -> Step:
        def do(tx: Transaction, made: Made) -> None:
            case_id = made.cases[name].id
            _done(write_from_reporter(tx, self._rules, case_id=case_id, words=self._text(key)))

        return do

    def _answers_alarm(self, name: str, role: Role) -> Step:
        def do(tx: Transaction, made: Made) -> None:
            alarm = tx.alarms.open_of(made.conversations[name].id)
            if alarm is None:
                raise DemoError("No alarm was raised.")
            by = made.people[role].id
            _done(answer_alarm(tx, self._rules, alarm_id=alarm.id, by=by, action=Action.CALLED_REPORTER))

        return do

    def _text(self, key: str) -> str:
        return self._translator.text(key, self.language)


def _ago(*, hours: int = 0, minutes: int = 0) -> timedelta:
    return timedelta(hours=hours, minutes=minutes)


def _claim(tx: Transaction, holder: str) -> list[Claimed]:
    lease = timedelta(minutes=1)
    return tx.outbox.claim(Lane.ESCALATION, Via.MAIL, holder=holder, limit=_AT_ONCE, lease=lease)


def _sent(tx: Transaction, rows: list[OutboxId]) -> None:
    tx.outbox.mark_sent([(row, None) for row in rows])


def _done(result: object) -> None:
    if isinstance(result, Refused):
        raise DemoError(f"A step of the demo was refused: {result.reason}.")
