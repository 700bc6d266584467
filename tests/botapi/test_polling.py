from __future__ import annotations

import asyncio
from typing import Any

from tests.botapi.conftest import Caller
from tests.support.botapi.server import FakeBotApi

CHAT = 1001


async def texts(call: Caller, **params: Any) -> list[str]:
    return [update["message"]["text"] for update in (await call("getUpdates", **params))["result"]]


async def test_updates_come_again_until_a_higher_offset_confirms_them(api: FakeBotApi, call: Caller) -> None:
    person = api.person(CHAT)
    for text in ("a", "b", "c"):
        await person.say(text)

    first = (await call("getUpdates"))["result"]
    assert await texts(call, limit=2) == ["a", "b"]
    assert await texts(call, offset=first[1]["update_id"]) == ["b", "c"]
    assert await texts(call, offset=first[1]["update_id"] - 1) == ["b", "c"]
    assert await texts(call, offset=first[2]["update_id"] + 1) == []
    assert api.pending() == 0


async def test_a_negative_offset_keeps_only_the_newest(api: FakeBotApi, call: Caller) -> None:
    person = api.person(CHAT)
    for text in ("a", "b", "c"):
        await person.say(text)

    assert await texts(call, offset=-1) == ["c"]
    assert api.pending() == 1


async def test_a_long_poll_answers_when_something_is_said(api: FakeBotApi, call: Caller) -> None:
    poll = asyncio.create_task(texts(call, timeout=30))
    await asyncio.sleep(0.05)
    assert not poll.done()

    await api.person(CHAT).say("hej")

    assert await asyncio.wait_for(poll, 2) == ["hej"]


async def test_a_long_poll_ends_empty_after_its_time(api: FakeBotApi, call: Caller) -> None:
    assert await texts(call, timeout=1) == []
    assert api.records.counts["getUpdates"] == 1


async def test_a_second_poller_ends_the_first_with_a_conflict(api: FakeBotApi, call: Caller) -> None:
    first = asyncio.create_task(call.refusal("getUpdates", timeout=30))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(texts(call, timeout=30))

    code, words = await asyncio.wait_for(first, 2)
    await api.person(CHAT).say("hej")

    assert code == 409
    assert words.startswith("Conflict: terminated by other getUpdates request")
    assert await asyncio.wait_for(second, 2) == ["hej"]


async def test_polling_beside_a_webhook_is_a_conflict(api: FakeBotApi, call: Caller) -> None:
    await call("setWebhook", url="https://tovholder.example/hook")
    code, words = await call.refusal("getUpdates")
    assert (code, words.startswith("Conflict: can't use getUpdates method while webhook is active")) == (
        409,
        True,
    )

    await call("setWebhook", url="")
    assert await texts(call) == []
    assert (await call("getWebhookInfo"))["result"]["url"] == ""
    assert api.violations == []


async def test_only_allowed_kinds_are_queued(api: FakeBotApi, call: Caller) -> None:
    person = api.person(CHAT)
    await call("getUpdates", allowed_updates=["message"])
    said = await person.say("a")
    await person.edit(said, "b")
    assert await texts(call) == ["a"]
    assert api.queue.dropped == {"edited_message": 1}

    await call("getUpdates", allowed_updates=[])
    await person.edit(said, "c")
    api.push_update({"chat_member": {}})
    assert api.pending() == 2
    assert api.queue.dropped == {"edited_message": 1, "chat_member": 1}


async def test_a_repeated_update_comes_once_more_under_its_old_id(api: FakeBotApi, call: Caller) -> None:
    said = await api.person(CHAT).say("a")
    first = (await call("getUpdates"))["result"][0]
    past = first["update_id"] + 1
    assert await texts(call, offset=past) == []

    api.repeat(said)

    assert (await call("getUpdates", offset=past))["result"] == [first]
    assert await texts(call, offset=past) == []


async def test_after_an_idle_week_ids_jump_and_nothing_is_lost(api: FakeBotApi, call: Caller) -> None:
    person = api.person(CHAT)
    for number in range(20):
        await person.say(str(number))
        last = (await call("getUpdates"))["result"][-1]["update_id"]
        assert await texts(call, offset=last + 1) == []
        assert abs(api.jump_update_id() - last) > 10

        await person.say("igen")

        updates = (await call("getUpdates", offset=last + 1))["result"]
        assert [update["message"]["text"] for update in updates] == ["igen"]
        assert await texts(call, offset=updates[-1]["update_id"] + 1) == []


async def test_the_same_press_twice_has_two_update_ids(api: FakeBotApi, call: Caller) -> None:
    person = api.person(CHAT, started=True)
    keyboard = {
        "inline_keyboard": [[{"text": "Ja", "callback_data": "v1"}, {"text": "Nej", "callback_data": "v2"}]]
    }
    await call("sendMessage", chat_id=CHAT, text="Er du i fare?", reply_markup=keyboard)

    presses = [await person.press(button) for button in ("Ja", "v1", 0)]

    assert len({press.update["update_id"] for press in presses}) == 3
    assert len({press.query_id for press in presses}) == 3
    assert {press.data for press in presses} == {"v1"}
    delivered = (await call("getUpdates"))["result"]
    assert [update["callback_query"]["id"] for update in delivered] == [press.query_id for press in presses]


async def test_what_people_do_arrives_as_updates(api: FakeBotApi, call: Caller) -> None:
    person = api.person(CHAT, language_code="da")
    await person.start("plakat")
    await person.send_kind("voice")
    await person.send_kind("document", caption="se her")
    await person.block()
    api.group_message(-5, CHAT, "hej alle")
    api.push_update({"mystery": {}})

    delivered = (await call("getUpdates"))["result"]

    kinds = [next(key for key in update if key != "update_id") for update in delivered]
    assert kinds == ["message", "message", "message", "my_chat_member", "message", "mystery"]
    assert delivered[0]["message"]["text"] == "/start plakat"
    assert delivered[0]["message"]["from"]["language_code"] == "da"
    assert delivered[2]["message"]["caption"] == "se her"
    assert delivered[3]["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    assert delivered[4]["message"]["chat"]["type"] == "group"
    assert len({update["update_id"] for update in delivered}) == 6
