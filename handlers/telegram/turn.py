"""One update in one conversation: what it means there, and what is said in return."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from handlers.dialog.conversation import DRAFT_LIVES, Conversation
from handlers.dialog.inputs import Answer, Done, Input, Language, Resume, Toggle
from handlers.dialog.intake import Sent, Taken, start, stood_at, take
from handlers.dialog.keys import removed_key
from handlers.dialog.ports import IntakeTransaction
from handlers.dialog.replies import Ask, ChooseLanguage, ShowCard, Stale, Standing
from handlers.dialog.step import Stood
from handlers.dialog.words import who_sees_it
from handlers.telegram import after_sending, asides
from handlers.telegram.callback import Press, Verb
from handlers.telegram.chat import Chat, Mode, dumps, loads
from handlers.telegram.deleting import delete_chat
from handlers.telegram.door import TelegramDoor
from handlers.telegram.drawing import Drawn, Pen
from handlers.telegram.incoming import (
    Acknowledges,
    Blocked,
    Command,
    Edited,
    Foreign,
    Incoming,
    NotPrivate,
    Pressed,
    Typed,
)
from handlers.telegram.presses import bytes_of, read_input
from handlers.telegram.rows import Mailbag
from handlers.telegram.secure_page import draw_choice, has_no_way, must_choose
from handlers.telegram.staff import link_typed_code
from triage.cases.records import Alarm
from triage.cases.unreachable import reporter_unreachable
from triage.ids import CaseId
from triage.people.duty_now import who_is_on_duty

_TAKEN = "✓"
_EARLIER = 20
"""So many earlier reports of one person stay within reach of the chat."""


class Turn:
    """One update in one conversation."""

    def __init__(
        self,
        tx: IntakeTransaction,
        door: TelegramDoor,
        bag: Mailbag,
        conversation: Conversation,
        incoming: Incoming,
    ) -> None:
        self.tx = tx
        self._front = door
        self.door = door.at(conversation.hotline)
        self.bag = bag
        self.conversation = conversation
        self.incoming = incoming
        self.chat = loads(conversation.asked)
        self._stood: tuple[Conversation, Stood | None] | None = None

    def run(self) -> str | None:
        """Take the update; the word for the pressed button, if there is one."""
        what = self.incoming.what
        word: str | None = None
        match what:
            case Typed():
                self._typed(what.text)
            case Pressed():
                word = self._pressed(what)
            case Command():
                self._command(what)
            case Edited():
                asides.edited(self)
            case Foreign():
                asides.foreign(self, what)
            case Blocked():
                reporter_unreachable(self.tx, self.door.intake.rules, conversation_id=self.conversation.id)
                return None
            case NotPrivate() | Acknowledges():
                return None  # taken before a conversation was looked up
            case _:
                assert_never(what)
        self._let_expire()
        return word

    # What came in

    def _typed(self, text: str) -> None:
        self.note_typed()
        if self.conversation.draft is None or not self.conversation.draft.answers:
            linked = link_typed_code(self.tx, text, chat=self.incoming.chat_id)
            if linked is not None:
                self.bag.say(Drawn(self.say(linked)))
                return
        if self.conversation.draft is not None:
            self._take(self._named_language(text) or Answer(raw=text))
        elif self.expired:
            self.begin("chat.draft.expired")
        elif self.conversation.case_id is None:
            self.begin("chat.first_words")
        else:
            after_sending.typed(self, text)

    def _named_language(self, text: str) -> Language | None:
        """The language whose own name was typed where a language is asked for."""
        now = self.standing()
        languages = now.languages if isinstance(now, ChooseLanguage) else ()
        typed = text.strip().casefold()
        return next(
            (Language(each) for each in languages if self.door.words.name_of(each).casefold() == typed), None
        )

    def _command(self, command: Command) -> None:
        self.note_typed()
        other = self._front.starts.get(command.word)
        if command.name == "help":
            asides.help_now(self)
        elif command.name == "delete":
            delete_chat(self, confirmed=False)
        elif self.conversation.draft is not None and self.conversation.draft.answers:
            # What was begun keeps the hotline it began with.
            asides.ask_to_resume(self)
        elif other is not None and other != self.conversation.hotline:
            self.door = self._front.at(other)
            self.begin()
        elif self.conversation.draft is None and self.conversation.case_id is not None:
            after_sending.menu(self)
        elif self.expired:
            self.begin("chat.draft.expired")
        else:
            if self.conversation.draft is None:
                self.door = self._front
            self.begin()

    def _pressed(self, pressed: Pressed) -> str | None:
        press = pressed.press
        if press is not None and press.verb is Verb.HELP:
            asides.help_now(self)  # also from an old message
            return None
        if press is not None and press.verb is Verb.MENU and not press.nonce:
            after_sending.menu(self)
            return None
        mark = "" if press is None else self._mark(press)
        if mark and mark == self.chat.last:
            # A nervous finger, or the same press told twice: it was taken, and what follows from it stands below.
            return _TAKEN
        if press is None or press.nonce != self.conversation.nonce:
            self.stale()
            return None
        given = read_input(press)
        if given is None:
            asides.aside(self, press)
        elif self.conversation.draft is None:
            self.stale()
        else:
            return self._take(given, shown=pressed.shown, mark=mark)
        return None

    # What it leads to

    def begin(self, *keys: str) -> None:
        """Begin a new draft, say these texts, and show its first question."""
        self.clear_shown()
        case_id = self.conversation.case_id
        earlier = [each for each in self.chat.earlier if each != str(case_id)]
        if case_id is not None:
            earlier.append(str(case_id))
        self.conversation = self.bag.conversation = start(self.tx, self.door.intake, self.conversation)
        self.chat = Chat(earlier=tuple(earlier[-_EARLIER:]))
        self.keep_chat()
        now = self.standing()
        # Before a language is chosen, in each of them.
        languages = now.languages if isinstance(now, ChooseLanguage) else (self.language,)
        said = [*keys, *(["trial.banner"] if self.door.trial else [])]
        self.show(now, before=[self.door.words.text(key, language) for key in said for language in languages])

    def _take(self, given: Input, *, shown: int | None = None, mark: str = "") -> str | None:
        stood = self._look()
        before = None if stood is None else stood.standing
        if isinstance(given, Answer | Toggle | Done) and before is not None and must_choose(self, before):
            self._refuse_here(before)
            return None
        kept, draft = self.conversation.asked, self.conversation.draft
        marked = replace(self.chat, last=mark) if mark else self.chat
        taken = take(
            self.tx,
            self.door.intake,
            replace(self.conversation, asked=dumps(marked)),
            given,
            facts=self.door.facts,
            stood=stood,
        )
        changed = taken.conversation.draft is not draft
        self.chat = marked if changed else self.chat
        conversation = taken.conversation if changed else replace(taken.conversation, asked=kept)
        self.conversation = self.bag.conversation = conversation
        reply = taken.reply
        if isinstance(reply, Sent):
            self.clear_shown()
            after_sending.sent(self, reply)
            return _TAKEN
        if isinstance(reply, Stale):
            if isinstance(given, Toggle) and shown is not None and shown == self.chat.live:
                self.bag.redraw(shown, self.pen.draw(reply.current))
            else:
                self.show(reply.current, before=[self.say("chat.stale")])
            return None
        if isinstance(given, Toggle) and shown is not None and isinstance(reply, Ask) and reply.error is None:
            # Ticks change in place: a copy of the question for each would bury the talk.
            self.chat = replace(self.chat, live=shown)
            self.keep_chat()
            self.bag.redraw(shown, self.pen.draw(reply))
            return _TAKEN
        if reply.error is None:
            self._clear_answered(before, shown)
        elif self.is_private(before):
            self.add_typed()
        said = self._said_before(taken, given)
        self.show(reply, before=said, after=[] if taken.alarm is None else [self._who_sees(taken.alarm)])
        return _TAKEN if mark and not isinstance(given, Resume) else None

    def _said_before(self, taken: Taken, given: Input) -> list[str]:
        if isinstance(given, Language):
            return [self.say("chat.language.note")]
        return [self.say(removed_key(pattern)) for pattern in taken.removed]

    def _who_sees(self, alarm: Alarm) -> str:
        rules = self.door.intake.rules
        duty = who_is_on_duty(self.tx, rules)
        sentence = who_sees_it(rules.calendar, duty, now=self.tx.now, wakes=alarm.wakes)
        return sentence.say(self.door.words, self.language, now=self.tx.now)

    def show(self, now: Standing | None, *, before: Iterable[str] = (), after: Iterable[str] = ()) -> None:
        """Send what stands open, or first the choice of where to write, and note what must be deleted later."""
        if now is None:
            self.bag.say(asides.not_started(self))
            return
        choosing = must_choose(self, now)
        drawn = (
            draw_choice(self, [*before, *after])
            if choosing
            else self.pen.draw(now, before=before, after=after)
        )
        private = self.is_private(now)
        if not private:
            # Private questions that were answered elsewhere, on the secure page.
            self.clear_shown()
        rows = self.bag.say(drawn)
        shown = (
            (*self.chat.shown, *(str(row) for row in rows)) if private and not choosing else self.chat.shown
        )
        self.chat = replace(self.chat, live=None, shown=shown)
        self.keep_chat()

    def _clear_answered(self, before: Standing | None, shown: int | None) -> None:
        """Delete a private question and its answer from the chat: they are stored now."""
        if not self.is_private(before):
            return
        if isinstance(self.incoming.what, Typed):
            self.add_typed()
        if shown is not None:
            # Also a copy of the question that was sent twice, whose number nobody noted.
            self.chat = replace(self.chat, typed=(*self.chat.typed, shown))
        self.clear_shown()

    def clear_shown(self) -> None:
        """Delete from the chat what stands there of a private question."""
        self.bag.delete(typed=sorted(set(self.chat.typed)), shown=self.chat.shown)
        self.chat = replace(self.chat, shown=(), typed=())

    def hide_question(self) -> None:
        """Delete the private question; it is shown again when the person goes on. What they typed stays theirs."""
        self.bag.delete(shown=self.chat.shown)
        self.chat = replace(self.chat, shown=())
        self.keep_chat()

    def add_typed(self) -> None:
        """Note the person's own message as one to be deleted together with the private question."""
        if self.incoming.message_id is not None:
            self.chat = replace(self.chat, typed=(*self.chat.typed, self.incoming.message_id))

    def is_private(self, now: Standing | None) -> bool:
        """Whether a private question stands open, or a card that the answer to one raised."""
        if isinstance(now, Ask):
            return now.question.sensitive
        draft = self.conversation.draft
        if not isinstance(now, ShowCard) or draft is None:
            return False
        flow = self.door.intake.flows.by_id[draft.flow_id]
        return any(question.sensitive for _, question in flow.questions() if question.id == now.question)

    def _refuse_here(self, now: Standing) -> None:
        # What was typed before the choice is not stored; it is deleted from the chat, where it does not belong.
        if self.incoming.message_id is not None:
            self.bag.delete(typed=[self.incoming.message_id])
            choose = "chat.secure.not_stored_here" if has_no_way(self, now) else "chat.secure.not_stored"
            self.show(now, before=[self.say(choose)])
        else:
            self.show(now)

    def stale(self) -> None:
        """Show where we are, changing nothing."""
        now = self.standing()
        if now is not None:
            self.show(now, before=[self.say("chat.stale")])
        elif self.expired:
            self.begin("chat.draft.expired")
        elif self.conversation.case_id is not None:
            after_sending.menu(self)
        elif self.conversation.round == 0:
            # We wrote to this chat once; the talk that it belonged to is gone.
            self.begin("chat.ended")
        else:
            self.bag.say(asides.not_started(self))

    # Small helps

    @property
    def pen(self) -> Pen:
        """Draws in the conversation's language."""
        return Pen(
            words=self.door.words,
            language=self.language,
            nonce=self.conversation.nonce,
            places=self.door.intake.places,
        )

    @property
    def expired(self) -> bool:
        """Whether a draft stood here whose time is up."""
        talk = self.conversation
        over = talk.expires_at is not None and talk.expires_at <= self.tx.now
        return talk.draft is None and talk.round > 0 and over

    def keep_chat(self) -> None:
        """Write back the notes on what stands in the chat, if they changed."""
        kept = dumps(self.chat)
        if kept != self.conversation.asked:
            self.save(replace(self.conversation, asked=kept))

    def save(self, conversation: Conversation) -> None:
        """Write the conversation back."""
        self.conversation = self.bag.conversation = conversation
        self.tx.conversations.save(conversation)

    def set_mode(self, mode: Mode, *, about: CaseId | None = None) -> None:
        """Note what typed words will mean, and which case they are for."""
        self.chat = replace(self.chat, mode=mode, about="" if about is None else str(about))
        self.keep_chat()

    def say(self, key: str, **params: object) -> str:
        """A text in the conversation's language."""
        return self.door.words.text(key, self.language, **params)

    @property
    def language(self) -> str:
        """The language that the person reads."""
        draft = self.conversation.draft
        chosen = (draft.language if draft else None) or self.conversation.language
        return chosen or self.door.intake.languages[0]

    def standing(self) -> Standing | None:
        """Where the draft stands, if there is one."""
        stood = self._look()
        return None if stood is None else stood.standing

    def _look(self) -> Stood | None:
        if self._stood is None or self._stood[0] is not self.conversation:
            found = stood_at(self.door.intake, self.conversation, at=self.tx.now, facts=self.door.facts)
            self._stood = (self.conversation, found)
        return self._stood[1]

    def note_typed(self) -> None:
        """Remember the person's message, so that it can be deleted from the chat when they ask for it."""
        if self.incoming.message_id is not None:
            private = self.is_private(self.standing()) or self.chat.mode is Mode.ADDING
            sensitive = private and not isinstance(self.incoming.what, Command)
            self.tx.conversations.note_received(
                self.conversation.id, self.incoming.message_id, sensitive=sensitive
            )

    def _let_expire(self) -> None:
        """A chat in which nothing was sent is forgotten after a while, also one without a draft."""
        talk = self.conversation
        if talk.case_id is None and talk.expires_at is None:
            self.save(replace(talk, expires_at=self.tx.now + DRAFT_LIVES))

    def _mark(self, press: Press) -> str:
        return "" if press.verb is Verb.RESUME else self.tx.digest("press", bytes_of(press)).hex()[:16]
