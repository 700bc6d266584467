"""One update in one conversation: what it means there, and what is said in return."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from handlers.dialog.conversation import Conversation, Writing
from handlers.dialog.inputs import Answer, Done, Input, Language, Toggle, Unsupported
from handlers.dialog.intake import Sent, Taken, discard, standing, start, take
from handlers.dialog.ports import IntakeTransaction
from handlers.dialog.replies import Ask, Review, Stale, Standing
from handlers.dialog.words import who_sees_it
from handlers.telegram import after_sending
from handlers.telegram.callback import Press, Verb
from handlers.telegram.chat import EMPTY, Mode, dumps, loads
from handlers.telegram.deleting import delete_chat
from handlers.telegram.door import TelegramDoor
from handlers.telegram.drawing import Drawn, Pen
from handlers.telegram.incoming import Blocked, Command, Edited, Foreign, Incoming, NotPrivate, Pressed, Typed
from handlers.telegram.presses import read_input
from handlers.telegram.rows import Mailbag
from handlers.telegram.secure_page import draw_choice, must_choose, offer_link
from handlers.telegram.staff import link_typed_code
from triage.cases.records import Alarm
from triage.cases.unreachable import reporter_unreachable


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
        self.door = door
        self.bag = bag
        self.conversation = conversation
        self.incoming = incoming
        self.chat = loads(conversation.asked)

    def run(self) -> str | None:
        """Take the update; the word for the pressed button, if there is one."""
        what = self.incoming.what
        match what:
            case Typed():
                self._typed(what.text)
            case Pressed():
                return self._pressed(what)
            case Command():
                self._command(what.name)
            case Edited():
                if self.conversation.draft is not None:
                    self.show(self.standing(), before=[self.say("chat.edited_message")])
            case Foreign():
                self._foreign(what.kind)
            case Blocked():
                reporter_unreachable(
                    self.tx,
                    self.door.intake.rules,
                    conversation_id=self.conversation.id,
                    case_id=self.conversation.case_id,
                )
            case NotPrivate():
                pass  # left before a conversation was looked up
            case _:
                assert_never(what)
        return None

    # What came in

    def _typed(self, text: str) -> None:
        self._note_typed(sensitive=False)
        if self.conversation.draft is None or not self.conversation.draft.answers:
            linked = link_typed_code(self.tx, text, chat=self.incoming.chat_id)
            if linked is not None:
                self.bag.say(Drawn(self.say(linked)))
                return
        if self.conversation.draft is None:
            after_sending.typed(self, text)
            return
        self._take(Answer(raw=text))

    def _foreign(self, kind: str) -> None:
        self._note_typed(sensitive=False)
        if self.conversation.draft is None:
            self.bag.say(Drawn(self.say("dialog.invalid.not_text")))
            return
        self._take(Unsupported(kind))

    def _command(self, name: str) -> None:
        self._note_typed(sensitive=False)
        if name == "help":
            self._help()
        elif name == "delete":
            delete_chat(self, confirmed=False)
        elif self.conversation.draft is not None and self.conversation.draft.answers:
            self.bag.say(_resume(self.pen))
        elif self.conversation.draft is None and self.conversation.case_id is not None:
            after_sending.menu(self)
        else:
            self.begin()

    def _pressed(self, pressed: Pressed) -> str | None:
        press = pressed.press
        if press is None or press.nonce != self.conversation.nonce:
            self._stale()
            return self.say("chat.stale")
        if press.verb is Verb.HELP:
            self._help()
            return None
        given = read_input(press)
        if given is not None:
            if self.conversation.draft is None:
                self._stale()
                return None
            self._take(given, shown=pressed.shown)
            return self._echo(press)
        self._aside(press)
        return None

    def _aside(self, press: Press) -> None:
        """A button that is no input to the flow."""
        match press.verb:
            case Verb.WRITING:
                self._choose_writing(press.argument)
            case Verb.DELETE:
                self._delete(press.argument)
            case Verb.PICK:
                now = self.standing()
                if isinstance(now, Review):
                    self.bag.say(self.pen.picking(now))
                else:
                    self.show(now)
            case Verb.JOURNEYS:
                keys = ("title", "lead", "first", "second", "third")
                self.bag.say(Drawn("\n\n".join(self.say(f"closing.journeys.{key}") for key in keys)))
            case Verb.MENU:
                after_sending.pressed(self, press.argument)
            case _:
                self._stale()

    # What it leads to

    def begin(self) -> None:
        """Begin a new draft and show its first question."""
        self._start()
        before = [self.say("trial.banner")] if self.door.trial else []
        self.show(self.standing(), before=before)

    def _take(self, given: Input, *, shown: int | None = None) -> None:
        facts = self.door.facts
        before = self.standing()
        if self._must_use_page(before, given):
            self._send_to_page(before)
            return
        taken = take(self.tx, self.door.intake, self.conversation, given, facts=facts)
        self.conversation = self.bag.conversation = taken.conversation
        reply = taken.reply
        if isinstance(reply, Sent):
            self._clear_question(before, shown)
            after_sending.sent(self, reply)
            return
        said = self._said_before(taken, given)
        if isinstance(reply, Stale):
            self.show(reply.current, before=[self.say("chat.stale")])
            return
        if reply.error is None:
            self._clear_question(before, shown)
        elif isinstance(before, Ask) and before.question.sensitive and self.incoming.message_id is not None:
            self.chat = replace(self.chat, typed=(*self.chat.typed, self.incoming.message_id))
        self.show(reply, before=said)

    def _said_before(self, taken: Taken, given: Input) -> list[str]:
        said: list[str] = []
        if isinstance(given, Language) and not isinstance(taken.reply, Stale):
            said.append(self.say("chat.language.note"))
        if taken.removed:
            said += [self.say(f"identity.{pattern.id}.removed") for pattern in self.door.intake.patterns[self.language]]
        if taken.alarm is not None:
            said.append(self._who_sees(taken.alarm))
        return said

    def _who_sees(self, alarm: Alarm) -> str:
        on_duty = self.tx.people.on_duty() is not None
        calendar = self.door.intake.rules.calendar
        sentence = who_sees_it(calendar, now=self.tx.now, on_duty=on_duty, wakes=alarm.wakes)
        return sentence.say(self.door.words, self.language, now=self.tx.now)

    def show(self, now: Standing | None, *, before: list[str] | None = None) -> None:
        """Send what stands open, or first the choice of where to write, and note what must be deleted later."""
        if now is None:
            self.bag.say(Drawn(self.say("chat.not_started")))
            return
        if must_choose(self, now):
            drawn = draw_choice(self, before or [])
        else:
            drawn = self.pen.draw(now, before=before or [])
        rows = self.bag.say(drawn)
        if drawn.sensitive:
            self.chat = replace(self.chat, shown=(*self.chat.shown, *(str(row) for row in rows)))
        self.keep_chat()

    def _clear_question(self, before: Standing | None, shown: int | None) -> None:
        """Delete a sensitive question and its answer from the chat: they are stored now."""
        if not isinstance(before, Ask) or not before.question.sensitive:
            return
        typed = set(self.chat.typed)
        if isinstance(self.incoming.what, Typed) and self.incoming.message_id is not None:
            typed.add(self.incoming.message_id)
        if shown is not None and not self.chat.shown:
            typed.add(shown)
        self.bag.delete(typed=sorted(typed), shown=self.chat.shown)
        self.chat = replace(self.chat, shown=(), typed=())

    def _choose_writing(self, where: str) -> None:
        now = self.standing()
        if now is None:
            self._stale()
            return
        if where == Writing.CHAT:
            self.conversation = self.bag.conversation = replace(self.conversation, writing=Writing.CHAT)
            self.tx.conversations.save(self.conversation)
            said = "chat.secure.write_here" if self.door.public_url else "chat.secure.no_page"
            self.show(now, before=[self.say(said)])
            return
        offer_link(self)

    def _must_use_page(self, now: Standing | None, given: Input) -> bool:
        """Whether this input would put a sensitive answer into the chat although that was not chosen."""
        if not isinstance(given, Answer | Toggle | Done):
            return False
        return now is not None and must_choose(self, now)

    def _send_to_page(self, now: Standing | None) -> None:
        # What was typed before the choice is not stored; it is deleted from the chat, where it does not belong.
        if self.incoming.message_id is not None:
            self.bag.delete(typed=[self.incoming.message_id])
        self.show(now)

    def _delete(self, argument: str) -> None:
        if argument == "chat":
            delete_chat(self, confirmed=True)
            return
        if argument == "yes" and self.conversation.draft is not None:
            self.conversation = self.bag.conversation = discard(self.tx, self.conversation)
            self.bag.delete(typed=self.chat.typed, shown=self.chat.shown)
            self.chat = EMPTY
            self.keep_chat()
            self.bag.say(Drawn(self.say("chat.draft.deleted")))
            return
        if argument == "new":
            self.begin()
            return
        pen = self.pen
        rows = [
            [pen.button("chat.button.delete", Verb.DELETE, "yes"), pen.button("chat.button.keep", Verb.RESUME)]
        ]
        self.bag.say(Drawn(self.say("chat.draft.delete_ask"), rows))

    def _stale(self) -> None:
        """Show where we are, changing nothing."""
        now = self.standing()
        if now is not None:
            self.show(now, before=[self.say("chat.stale")])
        elif self.conversation.case_id is not None:
            after_sending.menu(self)
        else:
            self.bag.say(Drawn(self.say("chat.not_started")))

    def _help(self) -> None:
        said = [self.say("acute.help.title"), self.say("acute.help.text"), self.say("chat.help")]
        rows = [[self.pen.button("chat.button.continue", Verb.RESUME)]] if self.conversation.draft else []
        self.bag.say(Drawn("\n\n".join(said), rows))

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

    def keep_chat(self) -> None:
        """Write back the notes on what stands in the chat, if they changed."""
        kept = dumps(self.chat)
        if kept != self.conversation.asked:
            self.conversation = self.bag.conversation = replace(self.conversation, asked=kept)
            self.tx.conversations.save(self.conversation)

    def set_mode(self, mode: Mode) -> None:
        """Note what typed words will mean."""
        self.chat = replace(self.chat, mode=mode)
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

    def _start(self) -> None:
        self.conversation = self.bag.conversation = start(self.tx, self.door.intake, self.conversation)
        self.chat = EMPTY
        self.keep_chat()

    def standing(self) -> Standing | None:
        """Where the draft stands, if there is one."""
        return standing(self.door.intake, self.conversation, at=self.tx.now, facts=self.door.facts)

    def _note_typed(self, *, sensitive: bool) -> None:
        if self.incoming.message_id is not None:
            self.tx.conversations.note_received(
                self.conversation.id, self.incoming.message_id, sensitive=sensitive
            )

    def _echo(self, press: Press) -> str | None:
        """Says on the button what was chosen; it is gone after a moment and stands nowhere."""
        return "✓" if press.verb in {Verb.ANSWER, Verb.TOGGLE, Verb.DONE, Verb.ACKNOWLEDGE} else None


def _resume(pen: Pen) -> Drawn:
    rows = [
        [pen.button("chat.resume.yes", Verb.RESUME)],
        [pen.button("chat.resume.no", Verb.DELETE, "new")],
    ]
    return Drawn(pen.say("chat.resume.ask"), rows)
