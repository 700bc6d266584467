from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from tests.support.botapi.server import FakeBotApi


@dataclass
class TestClock:
    """A clock that stands until it is moved."""

    __test__ = False
    at: datetime = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def move(self, by: timedelta) -> None:
        self.at += by


@dataclass(frozen=True)
class Caller:
    """Calls the fake with JSON, as a client without a library would."""

    api: FakeBotApi
    session: aiohttp.ClientSession

    async def __call__(self, method: str, **params: Any) -> dict[str, Any]:
        url = f"{self.api.base_url}{self.api.token}/{method}"
        async with self.session.post(url, json=params) as answer:
            body: dict[str, Any] = await answer.json()
        assert body["ok"] == (answer.status == 200)
        return body

    async def refusal(self, method: str, **params: Any) -> tuple[int, str]:
        body = await self(method, **params)
        return body.get("error_code", 200), body.get("description", "no refusal")


@pytest.fixture(autouse=True)
def _retry_after_as_timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    # The client warns about its own RetryAfter unless it may give the time as a timedelta.
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
async def api(clock: Callable[[], datetime]) -> AsyncIterator[FakeBotApi]:
    """A fake that must end without violations."""
    async with FakeBotApi(clock=clock) as opened:
        yield opened


@pytest.fixture
async def lenient(clock: Callable[[], datetime]) -> AsyncIterator[FakeBotApi]:
    """A fake for tests that break the table on purpose."""
    async with FakeBotApi(clock=clock, expect_violations=True) as opened:
        yield opened


@pytest.fixture
def call(api: FakeBotApi, session: aiohttp.ClientSession) -> Caller:
    return Caller(api, session)


@pytest.fixture
def bad_call(lenient: FakeBotApi, session: aiohttp.ClientSession) -> Caller:
    return Caller(lenient, session)
