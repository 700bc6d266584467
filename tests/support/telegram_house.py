"""A whole bot for tests: the real parts over a real HTTP fake of the Bot API, by webhook or by polling."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web
from pydantic import SecretStr
from sqlalchemy import select

from bot.profile import Profile
from bot.settings import Settings, SmtpSettings, TelegramMode, TelegramSettings
from bot.telegram_side import WEBHOOK_PATH, TelegramSide
from bot.wiring import Parts, wire
from handlers.dialog.flow import Contact
from handlers.dialog.keys import part_key, question_key
from storage.keyring import Keyring
from storage.store import Store
from storage.tables import received_messages
from storage.transaction import Transaction
from tests.support.botapi.chats import VisibleMessage
from tests.support.botapi.server import FakeBotApi
from tests.support.patience import PATIENCE
from tests.support.profiles import shipped
from tests.support.tally import TALLY
from triage.notices.outbox import Lane, Via

SECRET = "a-secret-that-only-the-fake-knows"


@dataclass(kw_only=True, repr=False)
class TelegramHouse:
    """The parts, the fake they talk to, and where mails are written."""

    parts: Parts
    api: FakeBotApi
    mails: Path
    hook: str

    @property
    def telegram(self) -> TelegramSide:
        """The Telegram side."""
        assert self.parts.telegram is not None
        return self.parts.telegram

    async def settled(self) -> None:
        """Wait until every update was taken and every message under way has arrived."""
        async with asyncio.timeout(PATIENCE):
            while self.api.pending():
                await asyncio.sleep(0.01)
            await self.parts.post.drain(seconds=PATIENCE)


@contextlib.asynccontextmanager
async def telegram_house(
    store: Store,
    keyring: Keyring,
    folder: Path,
    *,
    mode: TelegramMode = TelegramMode.WEBHOOK,
    public_https: bool = True,
    profile: Profile | None = None,
    lease: timedelta = timedelta(seconds=3),
    api: FakeBotApi | None = None,
    poll_lease: timedelta = timedelta(seconds=1.5),
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> AsyncIterator[TelegramHouse]:
    """Run the bot's own loops on this store until the block ends."""
    async with contextlib.AsyncExitStack() as stack:
        fake = api if api is not None else await stack.enter_async_context(FakeBotApi())
        runner, port = await _listen()
        stack.push_async_callback(runner.cleanup)
        settings = Settings(
            data_dir=folder,
            public_url="https://chat.example.org" if public_https else f"http://127.0.0.1:{port}",
            telegram=TelegramSettings(
                token=SecretStr(fake.token),
                api_url=fake.base_url.removesuffix("/bot"),
                mode=mode,
                webhook_secret=SecretStr(SECRET),
            ),
            smtp=SmtpSettings(),
        )
        parts = wire(
            settings, keyring=keyring, profile=profile or shipped(), store=store, now=now, lease=lease
        )
        assert parts.telegram is not None
        parts.telegram.poll_lease = poll_lease
        _ROUTES[port] = parts.telegram
        hook = f"http://127.0.0.1:{port}{WEBHOOK_PATH}"
        # The public name leads nowhere here: what Telegram delivers there comes straight in.
        fake.spread_webhook([hook])
        await parts.telegram.open()
        loops = [asyncio.create_task(parts.post.run_lane(lane, via)) for lane in Lane for via in Via]
        if mode is TelegramMode.POLLING:
            loops.append(asyncio.create_task(parts.telegram.poll()))
        house = TelegramHouse(parts=parts, api=fake, mails=settings.mail_folder, hook=hook)
        try:
            yield house
            await house.settled()
            await _count_private(house, store)
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
            await parts.post.drain(seconds=3)
            await parts.telegram.close()


_ROUTES: dict[int, TelegramSide] = {}


async def _listen() -> tuple[web.AppRunner, int]:
    app = web.Application(client_max_size=10_000_000)

    async def handle(request: web.Request) -> web.Response:
        side = _ROUTES[request.url.port or 0]
        return await side.webhook.handle(request)

    app.router.add_post(WEBHOOK_PATH, handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, int(runner.addresses[0][1])


async def _count_private(house: TelegramHouse, store: Store) -> None:
    """Count the private questions that were answered, and the answers, by what became of them on the phones."""
    asked = _private_questions(house.parts)
    typed = await store.read(_private_typed)
    for chat in house.api.world.chats.values():
        if chat.blocked or chat.body["type"] != "private":
            continue
        messages = list(chat.history.values())
        newest = next((found for found in map(asked, reversed(messages)) if found is not None), None)
        is_open = newest is not None and newest == asked(_last_with_buttons(messages))
        for message in messages:
            question = asked(message)
            answered = question is not None and not (is_open and question == newest)
            if answered or (message.message_id in typed and not is_open):
                TALLY.passed += 1
                TALLY.deleted += message.deleted
                if not message.deleted:
                    TALLY.left.append(message.text)


def _last_with_buttons(messages: list[VisibleMessage]) -> VisibleMessage | None:
    return next((each for each in reversed(messages) if each.from_bot and each.inline), None)


def _private_questions(parts: Parts) -> Callable[[VisibleMessage | None], str | None]:
    words = parts.translator
    texts: dict[str, str] = {}
    for flow in parts.intake.flows.all():
        for section, question in flow.questions():
            for language in parts.intake.languages if question.sensitive else ():
                keys = [question_key(section.owner, question.id, "ask")]
                if isinstance(question, Contact):
                    keys = [part_key(section.owner, question.id, part.id) for part in question.parts]
                texts |= {words.text(key, language): question.id for key in keys}

    def find(message: VisibleMessage | None) -> str | None:
        if message is None or not message.from_bot:
            return None
        paragraphs = message.text.split("\n\n")
        return next((texts[each] for each in paragraphs if each in texts), None)

    return find


def _private_typed(tx: Transaction) -> set[int]:
    rows = tx._work.all(select(received_messages.c.message).where(received_messages.c.sensitive))
    return {row.message for row in rows}
