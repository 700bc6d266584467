"""The fake Bot API: a real HTTP server on 127.0.0.1 that behaves to one bot as Telegram does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.support.botapi import updates
from tests.support.botapi.account import Account
from tests.support.botapi.chats import system_clock
from tests.support.botapi.dispatch import Dispatcher, Validation, find_method, read_params
from tests.support.botapi.driving import Driving
from tests.support.botapi.faults import Fault, FaultKind
from tests.support.botapi.messages import Messages
from tests.support.botapi.records import Call, Outcome, Records, Violation
from tests.support.botapi.refusals import Json, Refusal, conflict, too_many
from tests.support.botapi.webhook import Retry

DEFAULT_TOKEN = f"{updates.BOT_ID}:test-token"
_GATEWAY = {
    FaultKind.SERVER_ERROR: (500, "Internal Server Error"),
    FaultKind.BAD_GATEWAY: (502, "Bad Gateway"),
}


class FakeBotApi(Driving):
    """A Bot API server for one token, used as an async context manager, or by `open()` and `close()`.

    `base_url` and `base_file_url` are what `telegram.Bot` takes. `clock` gives aware UTC datetimes and rules all
    ages (48 h for deletions, 15 s for presses); `latency` is seconds added to each answer. Leaving the context
    raises AssertionError when a call broke the table and `expect_violations` is off.
    """

    def __init__(
        self,
        *,
        token: str = DEFAULT_TOKEN,
        clock: Callable[[], datetime] = system_clock,
        seed: int = 1,
        port: int = 0,
        validate: Validation | str = Validation.FULL,
        record: bool = True,
        latency: float = 0.0,
        retry: Retry | None = None,
        expect_violations: bool = False,
    ) -> None:
        self.token = token
        self.latency = latency
        self.expect_violations = expect_violations
        super().__init__(clock=clock, seed=seed, records=Records(keep_calls=record), retry=retry or Retry())
        self._account = Account(self.world, self.queue, self.webhook)
        self._dispatcher = Dispatcher(
            account=self._account,
            messages=Messages(self.world),
            records=self.records,
            validation=Validation(validate),
        )
        self._port = port
        self._runner: web.ServerRunner | None = None
        self._closing = asyncio.Event()
        self._prefix = f"/bot{token}/"
        self._number = 0

    async def open(self) -> Self:
        """Listen. The port is free until then, and known from then on."""
        self._runner = web.ServerRunner(web.Server(self._handle, access_log=None), shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def close(self) -> None:
        """Stop listening, delivering and waiting."""
        self._closing.set()
        self.queue.interrupt()
        await self.webhook.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
        if error is None and not self.expect_violations:
            self.assert_clean()

    @property
    def port(self) -> int:
        return self._port

    @property
    def base_url(self) -> str:
        """For `telegram.Bot(base_url=…)`."""
        return f"http://127.0.0.1:{self._port}/bot"

    @property
    def base_file_url(self) -> str:
        """For `telegram.Bot(base_file_url=…)`."""
        return f"http://127.0.0.1:{self._port}/file/bot"

    @property
    def calls(self) -> list[Call]:
        """All calls in the order in which they ended; empty with `record=False`."""
        return self.records.calls

    @property
    def violations(self) -> list[Violation]:
        return self.records.violations

    def assert_clean(self) -> None:
        """AssertionError with every violation when there is one."""
        if self.violations:
            lines = "\n".join(f"  {one.method}: {one.detail}; {one.params}" for one in self.violations)
            raise AssertionError(f"calls that Telegram's table does not know:\n{lines}")

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if path.startswith(self._prefix):
            return await self._call(request, path[len(self._prefix) :])
        if path.startswith(f"/file{self._prefix}files/"):
            content = self.world.files.get(path.rpartition("/")[2])
            if content is not None:
                return web.Response(body=content, content_type="application/octet-stream")
        refusal = Refusal(401, "Unauthorized") if path.startswith("/bot") else Refusal(404, "Not Found")
        return _answer(refusal.code, refusal.body())

    async def _call(self, request: web.BaseRequest, name: str) -> web.StreamResponse:
        records = self.records
        params: Json = {}
        try:
            method = find_method(name)
            params = await read_params(request, method)
        except Refusal as refusal:
            return self._refused(name, params, refusal)
        records.counts[method] += 1
        chat_id = params.get("chat_id")
        if not isinstance(chat_id, int):
            chat_id = None
        try:
            self._dispatcher.check(method, params)
            wait, fault = self._meet_fault(method, chat_id)
            if wait:
                await asyncio.sleep(wait)
            if fault is not None and fault.kind in _GATEWAY:
                status, words = _GATEWAY[fault.kind]
                self._note(method, params, chat_id, Outcome.FAULTED, code=status)
                return web.Response(
                    status=status, text=f"<html><body><h1>{status} {words}</h1></body></html>"
                )
            if fault is not None and fault.kind is FaultKind.NO_ANSWER:
                self._note(method, params, chat_id, Outcome.FAULTED)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), fault.seconds or None)
                return _hang_up(request)
            result = await self._perform(request, method, params)
        except Refusal as refusal:
            return self._refused(method, params, refusal, chat_id=chat_id)
        body = json.dumps({"ok": True, "result": result}).encode()
        match fault and fault.kind:
            case FaultKind.LOST_ANSWER:
                self._note(method, params, chat_id, Outcome.ANSWER_LOST, result=result)
                return _hang_up(request)
            case FaultKind.TRUNCATED:
                self._note(method, params, chat_id, Outcome.ANSWER_TRUNCATED, result=result)
                body = body[: len(body) // 2]
            case _:
                self._note(method, params, chat_id, Outcome.PERFORMED, result=result)
        return web.Response(body=body, content_type="application/json")

    def _meet_fault(self, method: str, chat_id: int | None) -> tuple[float, Fault | None]:
        if not self.faults.rules:
            return self.latency, None
        at = self.world.now().timestamp()
        held = self.faults.held(chat_id, at=at)
        if held is not None:
            raise too_many(held)
        wait, fault = self.faults.draw(method, chat_id, at=at)
        if fault is not None and fault.kind is FaultKind.TOO_MANY:
            raise too_many(fault.retry_after)
        return wait + self.latency, fault

    async def _perform(self, request: web.BaseRequest, method: str, params: Json) -> Any:
        if method != "getUpdates":
            return self._dispatcher.perform(method, params)
        if self.webhook.url:
            raise conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            )
        self._account.allow(params)
        limit = params.get("limit", 100)
        return await self.queue.poll(
            offset=params.get("offset", 0),
            limit=limit if 1 <= limit <= 100 else 100,
            seconds=min(max(params.get("timeout", 0), 0), 50),
            gone=lambda: request.transport is None or request.transport.is_closing(),
        )

    def _refused(
        self, method: str, params: Json, refusal: Refusal, *, chat_id: int | None = None
    ) -> web.StreamResponse:
        if refusal.violation:
            self.records.violate(method, refusal.description, params)
        outcome = Outcome.FAULTED if refusal.code == 429 else Outcome.REFUSED
        self._note(method, params, chat_id, outcome, code=refusal.code, description=refusal.description)
        return _answer(refusal.code, refusal.body())

    def _note(
        self,
        method: str,
        params: Json,
        chat_id: int | None,
        outcome: Outcome,
        *,
        code: int | None = None,
        description: str | None = None,
        result: Any = None,
    ) -> None:
        self._number += 1
        if not self.records.keep_calls:
            self.records.outcomes[f"{method}:{outcome}"] += 1
            return
        self.records.note(
            Call(
                number=self._number,
                method=method,
                params=params,
                at=self.world.now(),
                chat_id=chat_id,
                outcome=outcome,
                error_code=code,
                description=description,
                result=result,
            )
        )


def _answer(status: int, body: Json) -> web.Response:
    return web.Response(status=status, body=json.dumps(body).encode(), content_type="application/json")


def _hang_up(request: web.BaseRequest) -> web.StreamResponse:
    # What aiohttp writes after this goes nowhere: the connection is gone.
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


__all__ = [
    "DEFAULT_TOKEN",
    "FakeBotApi",
    "Fault",
    "FaultKind",
    "Outcome",
    "Retry",
    "Validation",
]
