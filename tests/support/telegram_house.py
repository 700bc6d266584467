"""A whole bot for tests: the real parts over a real HTTP fake of the Bot API, by webhook or by polling."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web
from pydantic import SecretStr

from bot.settings import Settings, SmtpSettings, TelegramMode, TelegramSettings
from bot.telegram_side import WEBHOOK_PATH, TelegramSide
from bot.wiring import Parts, wire
from storage.keyring import Keyring
from storage.store import Store
from tests.support.botapi.server import FakeBotApi
from triage.notices.outbox import Lane, Via

SECRET = "a-secret-that-only-the-fake-knows"


@dataclass(kw_only=True)
class TelegramHouse:
    """The parts, the fake they talk to, and where mails are written."""

    parts: Parts
    api: FakeBotApi
    mails: Path

    @property
    def telegram(self) -> TelegramSide:
        """The Telegram side."""
        assert self.parts.telegram is not None
        return self.parts.telegram


@contextlib.asynccontextmanager
async def telegram_house(
    store: Store,
    keyring: Keyring,
    folder: Path,
    *,
    mode: TelegramMode = TelegramMode.WEBHOOK,
    public_https: bool = True,
    profile: str = "koebenhavn",
    lease: timedelta = timedelta(seconds=3),
    api: FakeBotApi | None = None,
) -> AsyncIterator[TelegramHouse]:
    """Run the bot's own loops on this store until the block ends."""
    async with contextlib.AsyncExitStack() as stack:
        fake = api or await stack.enter_async_context(FakeBotApi())
        runner, port = await _listen()
        stack.push_async_callback(runner.cleanup)
        settings = Settings(
            data_dir=folder,
            profile=profile,
            public_url="https://chat.example.org" if public_https else f"http://127.0.0.1:{port}",
            telegram=TelegramSettings(
                token=SecretStr(fake.token),
                api_url=fake.base_url.removesuffix("/bot"),
                mode=mode,
                webhook_secret=SecretStr(SECRET),
            ),
            smtp=SmtpSettings(),
        )
        parts = wire(settings, keyring=keyring, store=store, now=lambda: datetime.now(UTC), lease=lease)
        assert parts.telegram is not None
        _ROUTES[port] = parts.telegram
        await parts.telegram.open()
        if mode is TelegramMode.WEBHOOK:
            fake.webhook.set(url=f"http://127.0.0.1:{port}{WEBHOOK_PATH}", secret=SECRET, max_connections=40, ip_address=None)
        loops = [asyncio.create_task(parts.post.run_lane(lane, via)) for lane in Lane for via in Via]
        if mode is TelegramMode.POLLING:
            loops.append(asyncio.create_task(parts.telegram.poll()))
        try:
            yield TelegramHouse(parts=parts, api=fake, mails=settings.mail_folder)
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
            await parts.post.drain(seconds=3)
            await parts.telegram.close()


_ROUTES: dict[int, TelegramSide] = {}


async def _listen() -> tuple[web.AppRunner, int]:
    app = web.Application()

    async def handle(request: web.Request) -> web.Response:
        side = _ROUTES[request.url.port or 0]
        return await side.webhook.handle(request)

    app.router.add_post(WEBHOOK_PATH, handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, int(runner.addresses[0][1])
