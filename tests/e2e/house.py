"""The whole product in this process, as `tovholder serve` starts it, on a free port and under a clock of ours."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pyotp

from bot.runtime import Process, start
from bot.settings import KeyringSettings, Settings
from bot.wiring import load_keyring, wire
from tests.support.patience import PATIENCE
from tests.support.ports import held_port
from tests.support.profiles import shipped
from tests.support.stores import SettableClock
from triage.cases.replying import UNDO
from triage.people.invite import create_first_administrator_ticket

_A_CODE_LIVES = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True, repr=False)
class House:
    """One running process, and the clock that it reads."""

    process: Process
    clock: SettableClock

    @property
    def site(self) -> str:
        """The reporter's address."""
        return self.process.public

    @property
    def desk(self) -> str:
        """The console's address."""
        return self.process.staff

    async def first_link(self) -> str:
        """The one-time link that the operator is handed."""
        token = await self.process.parts.store.write(create_first_administrator_ticket)
        return f"{self.desk}/first/{token}"

    def next_code(self, secret: str) -> str:
        """The code that the app shows after the present one: each is taken once."""
        return pyotp.TOTP(secret).at(self.clock.advance(_A_CODE_LIVES))

    async def replies_go(self) -> None:
        """Let half a minute pass, and wait until the house has let every reply go out."""
        self.clock.advance(UNDO)
        store = self.process.parts.store
        async with asyncio.timeout(PATIENCE):
            while await store.read(lambda tx: tx.messages.held_until_now(limit=1)):
                await asyncio.sleep(0.05)


@asynccontextmanager
async def a_house(database_url: str, folder: Path, clock: SettableClock) -> AsyncIterator[House]:
    """A started process on a free port of this machine, reachable by nobody else."""
    with held_port() as port:
        settings = Settings(
            data_dir=folder / "data",
            database_url=database_url,
            listen=f"127.0.0.1:{port}",
            keyring=KeyringSettings(file=folder / "keys" / "keyring.json"),
            tick_seconds=1,
        )
        settings.data_dir.mkdir(parents=True)
        keyring, _ = load_keyring(settings, create=True)
        process = await start(wire(settings, keyring=keyring, profile=shipped(), timekeeper=clock))
        try:
            yield House(process=process, clock=clock)
        finally:
            await process.stop()


def a_password() -> str:
    """A password that stands in no list."""
    return f"grønne kander {secrets.token_hex(8)}"
