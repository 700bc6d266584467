"""The whole process as an operator starts it: web chat, console, Telegram over the fake, mails as files."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pyotp
from argon2 import PasswordHasher
from pydantic import SecretStr

from bot.runtime import Process, start
from bot.settings import Settings, TelegramMode, TelegramSettings
from bot.telegram_side import WEBHOOK_PATH
from bot.wiring import wire
from storage.keyring import Keyring
from storage.store import Store
from storage.transaction import Transaction
from tests.house.browser import Browser, Trail
from tests.support.botapi.server import FakeBotApi
from tests.support.patience import PATIENCE
from tests.support.ports import held_port
from tests.support.profiles import shipped
from tests.support.stores import SettableClock
from triage.ids import PersonId
from triage.people.person import Person, PersonState, Role
from triage.people.sign_in import password_was_right, verify_second_factor
from triage.refusals import Refused

SECRET = "a-secret-that-only-the-fake-knows"
PASSWORD = "fire grønne kander på loftet"
PUBLIC = "https://chat.example.org"
CODE_LIVES = timedelta(seconds=30)


@cache
def kept_password() -> str:
    """As the product hashes it: a cheaper hash would be made anew at each sign-in."""
    return PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1).hash(PASSWORD)


@dataclass(kw_only=True, repr=False)
class House:
    """A running process, the fake that it talks to, the clock that it reads, and all that passed on its lines."""

    process: Process
    settings: Settings
    clock: SettableClock
    api: FakeBotApi
    trail: Trail
    stack: AsyncExitStack
    secrets: list[str] = field(default_factory=list)
    """What must never lie anywhere: passwords, secrets of apps, codes, tokens."""

    @property
    def store(self) -> Store:
        return self.process.parts.store

    @property
    def address(self) -> str:
        return self.process.public

    @property
    def hook(self) -> str:
        return f"{self.address}{WEBHOOK_PATH}"

    async def browser(self) -> Browser:
        """A browser of nobody yet."""
        return await self.stack.enter_async_context(Browser.open(self.address, self.trail))

    async def someone(self, *roles: Role, name: str = "") -> Person:
        """A member of staff who has a password and an app."""
        return await self.store.write(a_person, roles=roles, name=name)

    async def come_in(self, person: Person) -> Browser:
        """The person with a browser that holds a session, made by the use cases that the doors call."""
        token = await self.store.write(a_session, person.id)
        browser = await self.browser()
        browser.cookies["__Host-desk"] = token
        return browser

    async def settled(self) -> None:
        """Wait until every update was taken and every message under way has arrived."""
        async with asyncio.timeout(PATIENCE):
            while self.api.pending():
                await asyncio.sleep(0.01)
            await self.process.parts.post.drain(seconds=PATIENCE)


@asynccontextmanager
async def a_house(
    database_url: str,
    folder: Path,
    *,
    clock: SettableClock,
    keyring: Keyring,
    api: FakeBotApi | None = None,
    trail: Trail | None = None,
) -> AsyncIterator[House]:
    """Started on a free port of this machine. `api` is shared by the replicas of one bot."""
    async with AsyncExitStack() as stack:
        fake = api if api is not None else await stack.enter_async_context(FakeBotApi())
        settings = Settings(
            data_dir=folder,
            database_url=database_url,
            listen=f"127.0.0.1:{stack.enter_context(held_port())}",
            public_url=PUBLIC,
            tick_seconds=0.5,
            telegram=TelegramSettings(
                token=SecretStr(fake.token),
                api_url=fake.base_url.removesuffix("/bot"),
                mode=TelegramMode.WEBHOOK,
                webhook_secret=SecretStr(SECRET),
            ),
        )
        folder.mkdir(parents=True)

        def now() -> datetime:
            return clock.at

        # The public name leads nowhere here: what Telegram delivers there comes straight in.
        fake.spread_webhook([f"http://{settings.listen}{WEBHOOK_PATH}"])
        parts = wire(settings, keyring=keyring, profile=shipped(), timekeeper=clock, now=now)
        process = await start(parts)
        stack.push_async_callback(process.stop)
        house = House(
            process=process,
            settings=settings,
            clock=clock,
            api=fake,
            trail=trail or Trail(),
            stack=stack,
            secrets=[SECRET],
        )
        yield house


def a_person(tx: Transaction, *, roles: Collection[Role], name: str) -> Person:
    number = len(tx.people.all()) + 1
    person = Person(
        id=PersonId(tx.new_id()),
        name=name or f"Testperson {number}",
        email=f"testperson{number}@example.org",
        roles=frozenset(roles),
        language="da",
        state=PersonState.ACTIVE,
        created_at=tx.now,
        password_hash=kept_password(),
        totp_secret=pyotp.random_base32(),
    )
    tx.people.add(person)
    return person


def a_session(tx: Transaction, person_id: PersonId) -> str:
    """A whole session, by the use cases themselves."""
    person = tx.people.get(person_id)
    half = password_was_right(tx, person_id=person_id, password_hash=person.password_hash or "")
    assert not isinstance(half, Refused)
    step = person.totp_last_step + 1
    whole = verify_second_factor(tx, token=half.token or "", step_of=lambda _: step)
    assert not isinstance(whole, Refused), whole
    return whole.token or ""


def code_at(secret: str, at: datetime) -> str:
    """What the app of this secret shows."""
    return pyotp.TOTP(secret).at(at)


def in_base32(secret: str) -> bytes:
    """The bytes that an app's secret stands for."""
    return base64.b32decode(secret)
