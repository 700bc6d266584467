"""Delivery by webhook: POST with the secret header, one update of a chat at a time, repeated until it is taken."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

import aiohttp

from tests.support.botapi.chats import World
from tests.support.botapi.queue import UpdateQueue, Waiting
from tests.support.botapi.records import Records
from tests.support.botapi.refusals import Json

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


@dataclass(kw_only=True)
class Retry:
    """How long a failed delivery waits before it is repeated, and how long an answer may take; in seconds."""

    first: float = 0.05
    longest: float = 1.0
    answer_within: float = 60.0


@dataclass(kw_only=True)
class WebhookDelivery:
    """The one webhook of the bot. `url` is empty while there is none."""

    queue: UpdateQueue
    world: World
    records: Records
    retry: Retry
    url: str = ""
    secret: str = ""
    max_connections: int = 40
    ip_address: str = ""
    behind: Sequence[str] = ()
    """Addresses that stand behind `url`, as behind a load balancer: attempts go round, a refused one is passed on."""
    last_error: str = ""
    last_error_at: int = 0
    _lanes: dict[int, deque[Waiting]] = field(default_factory=dict)
    _workers: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    _session: aiohttp.ClientSession | None = None
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(40))
    _round: count[int] = field(default_factory=count)

    def set(self, *, url: str, secret: str, max_connections: int, ip_address: str) -> None:
        """Point the webhook somewhere, and send there what waits."""
        moved = (url, secret, max_connections) != (self.url, self.secret, self.max_connections)
        self.url, self.secret, self.ip_address = url, secret, ip_address
        self.max_connections = max_connections
        if moved:
            self._stop_workers()
            self._slots = asyncio.Semaphore(max_connections)
        if not self._workers:
            self._lanes.clear()
            for entry in list(self.queue.waiting.values()):
                self.accept(entry)

    def clear(self) -> None:
        """Remove the webhook; what waits stays for getUpdates."""
        self.url = self.secret = self.ip_address = ""
        self._stop_workers()
        self._lanes.clear()

    def accept(self, entry: Waiting) -> None:
        """Take an update into its chat's lane and see that somebody works on it."""
        if not self.url:
            return
        self._lanes.setdefault(entry.lane, deque()).append(entry)
        if entry.lane not in self._workers:
            task = asyncio.get_running_loop().create_task(self._work(entry.lane))
            self._workers[entry.lane] = task

    async def close(self) -> None:
        """Stop delivering and wait until nothing is on its way."""
        tasks = list(self._workers.values())
        self._stop_workers()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _stop_workers(self) -> None:
        for task in self._workers.values():
            task.cancel()
        self._workers.clear()

    async def _work(self, lane: int) -> None:
        wait = self.retry.first
        pending = self._lanes[lane]
        while pending:
            entry = pending[0]
            # Dropped meanwhile, by deleteWebhook or by drop_pending_updates.
            if entry.sequence not in self.queue.waiting:
                pending.popleft()
                continue
            async with self._slots:
                taken = await self._deliver(entry.update)
            if taken:
                self.queue.confirm(entry)
                pending.popleft()
                wait = self.retry.first
            else:
                await asyncio.sleep(wait)
                wait = min(wait * 2, self.retry.longest)
        del self._lanes[lane]
        del self._workers[lane]

    async def _deliver(self, update: Json) -> bool:
        body = json.dumps(update, ensure_ascii=True).encode()
        headers = {"Content-Type": "application/json"}
        if self.secret:
            headers[SECRET_HEADER] = self.secret
        targets = list(self.behind) or [self.url]
        start = next(self._round) % len(targets)
        why = ""
        for target in targets[start:] + targets[:start]:
            try:
                return await self._post(target, body, headers)
            except aiohttp.ClientConnectorError as error:
                # Nobody listens there: a load balancer asks the next one.
                why = type(error).__name__
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                why = type(error).__name__
                break
        self._failed(why, f"Connection failed: {why}")
        return False

    async def _post(self, target: str, body: bytes, headers: dict[str, str]) -> bool:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=self.retry.answer_within)
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout)
        async with self._session.post(target, data=body, headers=headers, allow_redirects=False) as answer:
            content = await answer.read()
        if not 200 <= answer.status < 300:
            self._failed(
                str(answer.status), f"Wrong response from the webhook: {answer.status} {answer.reason}"
            )
            return False
        self.records.webhook_attempts["ok"] += 1
        if b'"method"' in content:
            detail = "the answer carries a method call, which the fake does not perform"
            self.records.violate("webhook", detail, {"body": content.decode(errors="replace")})
        return True

    def _failed(self, counted: str, message: str) -> None:
        self.records.webhook_attempts[counted] += 1
        self.last_error = message
        self.last_error_at = int(self.world.now().timestamp())
