from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from aiohttp import web

from tests.botapi.conftest import Caller
from tests.support.botapi.server import FakeBotApi, Retry
from tests.support.botapi.webhook import SECRET_HEADER
from tests.support.patience import PATIENCE


@dataclass
class Hook:
    """A bot's webhook that keeps what it hears and answers what it is told to."""

    url: str = ""
    heard: list[dict[str, Any]] = field(default_factory=list)
    secrets: set[str | None] = field(default_factory=set)
    statuses: list[int] = field(default_factory=list)
    answer: str = ""
    seconds: float = 0.0
    busy: dict[int, int] = field(default_factory=dict)
    most_of_one_chat: int = 0
    most_of_all: int = 0

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.heard]

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        update = await request.json()
        self.secrets.add(request.headers.get(SECRET_HEADER))
        chat = update["message"]["chat"]["id"]
        self.busy[chat] = self.busy.get(chat, 0) + 1
        self.most_of_one_chat = max(self.most_of_one_chat, self.busy[chat])
        self.most_of_all = max(self.most_of_all, sum(self.busy.values()))
        await asyncio.sleep(self.seconds)
        self.busy[chat] -= 1
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 0:
            assert request.transport is not None
            request.transport.abort()
        if status == 200:
            self.heard.append(update)
        return web.Response(status=status or 200, text=self.answer)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    made = Hook()
    runner = web.ServerRunner(web.Server(made.handle))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield made
    await runner.cleanup()


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.005)


async def test_updates_are_posted_with_the_secret(api: FakeBotApi, call: Caller, hook: Hook) -> None:
    await api.person(1).say("før")
    assert (await call("setWebhook", url=hook.url, secret_token="s3cret", allowed_updates=["message"]))["ok"]
    await api.person(1).say("efter")

    await until(lambda: api.pending() == 0)

    assert hook.texts == ["før", "efter"]
    assert hook.secrets == {"s3cret"}
    assert api.pending() == 0
    info = (await call("getWebhookInfo"))["result"]
    assert (info["url"], info["allowed_updates"], info["pending_update_count"]) == (hook.url, ["message"], 0)


async def test_one_chat_waits_for_its_answer_and_others_do_not(
    api: FakeBotApi, call: Caller, hook: Hook
) -> None:
    hook.seconds = 0.02
    await call("setWebhook", url=hook.url, max_connections=3)
    for text in ("a", "b", "c"):
        for user in range(5):
            await api.person(user).say(text)

    await until(lambda: len(hook.heard) == 15)

    for user in range(5):
        mine = [update["message"]["text"] for update in hook.heard if update["message"]["chat"]["id"] == user]
        assert mine == ["a", "b", "c"]
    assert (hook.most_of_one_chat, hook.most_of_all) == (1, 3)


async def test_what_is_not_taken_is_repeated_in_order(api: FakeBotApi, call: Caller, hook: Hook) -> None:
    hook.statuses = [503, 0, 302, 200]
    await call("setWebhook", url=hook.url)
    for text in ("a", "b"):
        await api.person(1).say(text)

    await until(lambda: len(hook.heard) == 2)

    assert hook.texts == ["a", "b"]
    assert api.records.webhook_attempts["503"] == 1
    assert api.records.webhook_attempts["302"] == 1
    assert (await call("getWebhookInfo"))["result"]["last_error_message"].startswith(
        "Wrong response from the webhook"
    )


async def test_an_answer_that_takes_too_long_is_a_failed_delivery(hook: Hook) -> None:
    hook.seconds = 0.2
    async with FakeBotApi(retry=Retry(answer_within=0.05)) as api:
        api.webhook.set(url=hook.url, secret="", max_connections=40, ip_address="")
        await api.person(1).say("a")
        await until(lambda: api.webhook.last_error)
        assert api.pending() == 1


async def test_nobody_listening_loses_nothing(api: FakeBotApi, call: Caller, hook: Hook) -> None:
    await call("setWebhook", url="http://127.0.0.1:9/hook")
    await api.person(1).say("a")
    await until(lambda: api.webhook.last_error)
    assert api.webhook.last_error == "Connection failed: ClientConnectorError"

    await call("setWebhook", url=hook.url)

    await until(lambda: hook.texts == ["a"])


async def test_a_load_balancer_passes_over_a_dead_replica(api: FakeBotApi, call: Caller, hook: Hook) -> None:
    api.spread_webhook([hook.url, "http://127.0.0.1:9/hook"])
    await call("setWebhook", url="https://tovholder.example/hook")
    for number in range(6):
        await api.person(number).say(str(number))

    await until(lambda: api.pending() == 0)

    assert len(hook.heard) == 6
    assert api.records.webhook_attempts == {"ok": 6}


async def test_a_repeated_update_is_posted_again(api: FakeBotApi, call: Caller, hook: Hook) -> None:
    await call("setWebhook", url=hook.url)
    api.repeat(await api.person(1).say("a"))

    await until(lambda: len(hook.heard) == 2)

    assert hook.heard[0] == hook.heard[1]


async def test_no_update_is_lost_or_overtaken_while_the_bot_keeps_failing(hook: Hook) -> None:
    chance = Random(3)  # noqa: S311 - repeatable on purpose
    hook.statuses = [chance.choice([200, 200, 503, 0]) for _ in range(400)]
    async with FakeBotApi(retry=Retry(first=0.002, longest=0.01)) as api:
        api.webhook.set(url=hook.url, secret="", max_connections=8, ip_address="")
        for number in range(10):
            for user in range(20):
                await api.person(user).say(str(number))

        await until(lambda: api.pending() == 0)

    for user in range(20):
        mine = [update["message"]["text"] for update in hook.heard if update["message"]["chat"]["id"] == user]
        assert mine == [str(number) for number in range(10)]
    assert hook.most_of_one_chat == 1


async def test_deleting_the_webhook_leaves_the_rest_for_polling(api: FakeBotApi, call: Caller) -> None:
    await call("setWebhook", url="http://127.0.0.1:9/hook")
    await api.person(1).say("a")
    await call("deleteWebhook")

    assert [update["message"]["text"] for update in (await call("getUpdates"))["result"]] == ["a"]
    await call("deleteWebhook", drop_pending_updates=True)
    assert api.pending() == 0


async def test_a_method_in_the_webhooks_answer_is_a_violation(
    lenient: FakeBotApi, bad_call: Caller, hook: Hook
) -> None:
    hook.answer = '{"method": "sendMessage"}'
    await bad_call("setWebhook", url=hook.url)
    await lenient.person(1).say("a")

    await until(lambda: lenient.violations)

    assert lenient.violations[0].method == "webhook"


@pytest.mark.parametrize(
    "params",
    [
        {"url": "http://tovholder.example/hook"},
        {"url": "ftp://127.0.0.1/hook"},
        {"url": "nonsense"},
        {"url": "https://tovholder.example/hook", "secret_token": "no spaces"},
        {"url": "https://tovholder.example/hook", "max_connections": 101},
    ],
)
async def test_a_bad_webhook_is_refused(
    lenient: FakeBotApi, bad_call: Caller, params: dict[str, Any]
) -> None:
    assert (await bad_call.refusal("setWebhook", **params))[0] == 400
    assert lenient.webhook.url == ""
    assert len(lenient.violations) == 1
