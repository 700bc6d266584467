from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import RetryAfter

from tests.botapi.conftest import Caller
from tests.support.botapi.control import Control
from tests.support.botapi.server import FakeBotApi
from tests.support.patience import PATIENCE

CHAT = 1001
TOKEN = "42:own-process"


@pytest.fixture
async def served() -> AsyncIterator[dict[str, str]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.botapi",
        "--token",
        TOKEN,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    yield json.loads(await asyncio.wait_for(process.stdout.readline(), PATIENCE))
    process.terminate()
    assert await asyncio.wait_for(process.wait(), PATIENCE) == 0


async def test_another_process_is_driven_over_its_control_port(
    served: dict[str, str], session: aiohttp.ClientSession
) -> None:
    async def act(name: str, **args: Any) -> Any:
        async with session.post(f"{served['control_url']}/{name}", json=args) as answer:
            body = await answer.json()
        assert body["ok"], body
        return body["result"]

    async with Bot(TOKEN, base_url=served["base_url"]) as bot:
        said = await act("start", user_id=CHAT, payload="plakat", language_code="da")
        assert said["text"] == "/start plakat"
        await bot.send_message(
            CHAT,
            "Er du i fare?",
            reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton("Ja", callback_data="v1")]]),
        )
        assert (await act("wait_reply", user_id=CHAT, containing="fare"))["buttons"][0]["text"] == "Ja"
        press = await act("press", user_id=CHAT, button="Ja")
        await act("repeat", update=press["update"])
        await act("edit", user_id=CHAT, message_id=said["message_id"], text="ændret")
        await act("send_kind", user_id=CHAT, kind="voice")
        await act("say", user_id=CHAT, text="hej")
        await act("fault", kind="too_many", method="sendMessage", count=1)
        with pytest.raises(RetryAfter):
            await bot.send_message(CHAT, "a")
        await act("clear_faults")
        await act("shift_clock", seconds=60)

        assert len(await bot.get_updates()) == 6
        calls = await act("calls", since=1)
        assert [call["method"] for call in calls] == ["sendMessage", "sendMessage", "getUpdates"]
        assert (await act("counts"))["outcomes"]["sendMessage:performed"] == 1
        assert len((await act("chat", user_id=CHAT))["messages"]) == 4
        assert await act("violations") == []


async def test_an_act_that_cannot_be_done_says_why(
    served: dict[str, str], session: aiohttp.ClientSession
) -> None:
    async with session.post(
        f"{served['control_url']}/press", json={"user_id": CHAT, "button": "Ja"}
    ) as answer:
        assert answer.status == 400
        assert "no button 'Ja'" in (await answer.json())["error"]
    async with session.post(f"{served['control_url']}/dance", json={}) as answer:
        assert answer.status == 404


async def test_every_act_is_also_there_beside_a_fake_in_this_process(
    api: FakeBotApi, call: Caller, session: aiohttp.ClientSession
) -> None:
    control = Control(api)
    port = await control.open(0)

    async def act(name: str, **args: Any) -> Any:
        async with session.post(f"http://127.0.0.1:{port}/{name}", json=args) as answer:
            return await answer.json()

    await act("say", user_id=CHAT, text="hej")
    keyboard = {"inline_keyboard": [[{"text": "Ja", "callback_data": "v1"}]]}
    sent = (await call("sendMessage", chat_id=CHAT, text="a", reply_markup=keyboard))["result"]["message_id"]
    forged = await act("forge_press", user_id=CHAT, data="v1:admin", message_id=sent)
    assert forged["result"]["data"] == "v1:admin"
    await act("group_message", chat_id=-5, user_id=CHAT, text="hej alle")
    await act("push_update", update={"mystery": {}})
    await act("jump_update_id")
    await act("block", user_id=CHAT)
    assert (await act("chat", user_id=CHAT, deleted=True))["result"]["blocked"] is True
    await act("unblock", user_id=CHAT)
    await act("spread_webhook", urls=["http://127.0.0.1:9/"])
    assert (await act("edit", user_id=CHAT, text="b"))["ok"] is False
    assert (await act("fault", kind="nonsense"))["ok"] is False
    assert (await act("counts"))["result"]["pending"] == 6
    await control.close()
