"""A person with a phone: talks to the running bot through the fake Bot API, over real HTTP."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from urllib.parse import urlsplit

from handlers.dialog.flow import Contact
from handlers.dialog.intake import Intake
from handlers.dialog.words import Words
from handlers.telegram.callback import Verb, unpack
from tests.support.botapi.chats import VisibleMessage
from tests.support.botapi.person import Person as Phone
from tests.support.botapi.server import FakeBotApi
from tests.support.patience import PATIENCE
from tests.support.people.web import Site, WebPerson
from tests.support.transcripts import (
    BACK,
    GO_ON,
    KEEP,
    OLD_BUTTON,
    RESTART,
    SKIP,
    SUBMIT,
    UNKNOWN,
    VOICE,
    Act,
    Choose,
    Decide,
    EditQuestion,
    GivePart,
    Leave,
    Offer,
    Plain,
    Press,
    Say,
    Tap,
    Tick,
)

House = Callable[[FakeBotApi], AbstractAsyncContextManager[object]]
"""Runs the bot against this fake until it ends."""

_VERBS = {BACK.name: Verb.BACK, KEEP.name: Verb.KEEP, UNKNOWN.name: Verb.DONT_KNOW, SUBMIT.name: Verb.SUBMIT}


class TelegramPerson:
    """Plays a transcript in the chat; private answers are written there when the bot asks where.

    What the bot hands over is told on the secure page, to the end: the person follows the link to `site`.
    """

    def __init__(self, api: FakeBotApi, house: House, intake: Intake, words: Words, site: Site) -> None:
        self.lacking = False
        self._site = site
        self._on_page: WebPerson | None = None
        self._api = api
        self._house = house
        self._intake = intake
        self._words = words
        self._running = contextlib.AsyncExitStack()
        self._phone: Phone = api.person(4711)

    async def open(self) -> None:
        """Start the bot, and press Start."""
        await self._running.enter_async_context(self._house(self._api))
        await self._phone.start()
        await self._answered()

    async def close(self) -> None:
        """Stop the bot."""
        if self._on_page is not None:
            await self._on_page.close()
        await self._running.aclose()

    def sees(self) -> str:
        """What the bot wrote since the latest input, or what the page shows."""
        if self._on_page is not None:
            return self._on_page.sees()
        chat = self._phone.chat
        new = [message for message in self._phone.from_bot if message.changed > chat.input_version]
        return "\n".join(message.text for message in new or self._phone.from_bot[-1:])

    async def do(self, act: Act) -> None:
        """Press and type as somebody with a phone would."""
        if self._on_page is not None:
            await self._on_page.do(act)
            self.lacking = self._on_page.lacking
            return
        self.lacking = False
        await self._in_the_chat(act)
        await self._choose_where()

    async def _in_the_chat(self, act: Act) -> None:  # noqa: C901, PLR0912 - one case per act, and none may be missing
        match act:
            case Choose(code=code):
                if self._find(Verb.LANGUAGE, code) is None:
                    await self._press(Verb.HELP)
                await self._press(Verb.LANGUAGE, code)
            case Tap(code=code):
                await self._tap(code)
            case Tick(codes=codes):
                for code in codes:
                    await self._press(Verb.TOGGLE, code)
                await self._press(Verb.DONE)
            case Say(text=text):
                await self._say(text)
            case Press(code=code):
                await self._press(Verb.ACKNOWLEDGE, code)
            case GivePart(text=text):
                await (self._say(text) if text else self._press(Verb.SKIP_PART))
            case EditQuestion(question=question):
                await self._press(Verb.PICK)
                await self._press(Verb.EDIT, question)
            case Offer(section=section):
                await self._press(Verb.TAKE_OFFER, section)
            case Leave(section=section):
                await self._press(Verb.LEAVE_OFFER, section)
            case Decide(how=how, finding=finding):
                verb = Verb.STAND_ALL if finding == "all" else Verb[how.upper()]
                await self._press(verb, "" if finding == "all" else finding)
            case Plain():
                await self._plain(act)

    async def _plain(self, act: Plain) -> None:
        if act == VOICE:
            await self._phone.send_kind("voice")
            await self._answered()
        elif act == OLD_BUTTON:
            await self._press_old()
        elif act == RESTART:
            await self._running.aclose()
            await self._running.enter_async_context(self._house(self._api))
        elif act == GO_ON:
            await self._press(Verb.ACKNOWLEDGE, "go_on")
        elif act == SKIP:
            await self._skip()
        else:
            await self._press(_VERBS[act.name])

    async def _tap(self, code: str) -> None:
        await self._press(Verb.ANSWER, code)

    async def _skip(self) -> None:
        for _ in range(self._parts_asked()):
            part = self._find(Verb.SKIP_PART)
            await self._press(Verb.SKIP if part is None else Verb.SKIP_PART)

    def _parts_asked(self) -> int:
        """How many parts the contact question has that is asked; 1 for any other."""
        shown = self._phone.last.text
        for flow in self._intake.flows.all():
            for section, question in flow.questions():
                if not isinstance(question, Contact):
                    continue
                key = f"flow.{section.owner}.{question.id}.ask"
                asks = [self._words.text(key, language) for language in self._intake.languages]
                if any(ask in shown for ask in asks):
                    return 1 if question.parts[0].required else len(question.parts)
        return 1

    async def _say(self, text: str) -> None:
        await self._phone.say(text)
        await self._answered()

    async def _press(self, verb: Verb, argument: str = "") -> None:
        found = self._find(verb, argument)
        assert found is not None, f"no button {verb.name} {argument}:\n{self._phone.chat.picture()}"
        data, message = found
        await self._phone.forge_press(data, message=message)
        await self._answered()

    def _find(self, verb: Verb, argument: str = "") -> tuple[str, VisibleMessage] | None:
        """The button of the newest message that has buttons."""
        message = next((message for message in self._phone.from_bot[::-1] if message.buttons), None)
        for button in message.buttons if message is not None else []:
            press = unpack(button.get("callback_data", ""))
            if message is not None and press and (press.verb, press.argument) == (verb, argument):
                return button["callback_data"], message
        return None

    async def _press_old(self) -> None:
        with_buttons = [message for message in self._phone.history if message.from_bot and message.buttons]
        old = with_buttons[1]
        await self._phone.forge_press(old.buttons[0]["callback_data"], message=old)
        await self._answered()

    async def _choose_where(self) -> None:
        if self._find(Verb.WRITING, "chat") is not None:
            await self._press(Verb.WRITING, "chat")
        elif self._find(Verb.WRITING, "secure_page") is not None:
            await self._press(Verb.WRITING, "secure_page")
            link = next(button["url"] for button in self._phone.last.buttons if "url" in button)
            self._on_page = WebPerson(self._site)
            await self._on_page.open_link(urlsplit(link).path)

    async def _answered(self) -> None:
        chat = self._phone.chat
        await self._phone.wait_for(
            lambda message: message.buttons and message.changed > chat.input_version,
            timeout=PATIENCE,
            what="an answer with buttons",
        )
