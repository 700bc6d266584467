from __future__ import annotations

import asyncio

import pytest

from tests.botapi.conftest import Caller
from tests.support.botapi.server import FakeBotApi

CHAT = 1001
KEYBOARD = {
    "inline_keyboard": [
        [{"text": "Ja", "callback_data": "v1:ja"}],
        [{"text": "Læs mere", "url": "https://tovholder.example/"}],
    ]
}


async def test_a_reply_is_what_came_after_the_last_input(api: FakeBotApi, call: Caller) -> None:
    person = api.person(CHAT, started=True)
    await call("sendMessage", chat_id=CHAT, text="gammelt svar")
    await person.say("hej")
    waiting = asyncio.create_task(person.wait_reply("svar"))
    await asyncio.sleep(0)
    assert not waiting.done()

    await call("sendMessage", chat_id=CHAT, text="nyt svar")

    assert (await waiting).text == "nyt svar"


async def test_an_edit_counts_as_a_reply(api: FakeBotApi, call: Caller) -> None:
    person = api.person(CHAT, started=True)
    sent = await call("sendMessage", chat_id=CHAT, text="a", reply_markup=KEYBOARD)
    await person.press("Ja")

    await call("editMessageText", chat_id=CHAT, message_id=sent["result"]["message_id"], text="b")

    assert (await person.wait_reply()).text == "b"


async def test_waiting_in_vain_shows_the_phone(api: FakeBotApi, call: Caller) -> None:
    person = api.person(CHAT, started=True)
    await call("sendMessage", chat_id=CHAT, text="spørgsmål", reply_markup=KEYBOARD)

    with pytest.raises(AssertionError, match="bot: 'spørgsmål' \\['Ja', 'Læs mere'\\]"):
        await person.wait_for(lambda message: message.text == "svar", timeout=0.02)


async def test_a_button_that_is_not_there_cannot_be_pressed(api: FakeBotApi, call: Caller) -> None:
    person = api.person(CHAT, started=True)
    sent = await call("sendMessage", chat_id=CHAT, text="a", reply_markup=KEYBOARD)
    assert (await person.press(0)).data == "v1:ja"
    for button in ("Nej", "Læs mere", 7):
        with pytest.raises(LookupError):
            await person.press(button)

    await call("deleteMessage", chat_id=CHAT, message_id=sent["result"]["message_id"])

    with pytest.raises(LookupError):
        await person.press("Ja")
    with pytest.raises(LookupError):
        await person.tap("Ja")


async def test_a_forged_press_carries_any_data_and_an_old_message(api: FakeBotApi, call: Caller) -> None:
    person = api.person(CHAT, started=True)
    sent = await call("sendMessage", chat_id=CHAT, text="a", reply_markup=KEYBOARD)
    await call("deleteMessage", chat_id=CHAT, message_id=sent["result"]["message_id"])

    press = await person.forge_press("v1:admin", message=person.history[0])

    query = press.update["callback_query"]
    assert query["data"] == "v1:admin"
    assert query["message"] == {
        "chat": person.chat.body,
        "message_id": sent["result"]["message_id"],
        "date": 0,
    }


async def test_clearing_the_phone_tells_the_bot_nothing(api: FakeBotApi) -> None:
    person = api.person(CHAT)
    await person.say("a")
    pending = api.pending()

    person.clear_phone()

    assert person.messages == []
    assert api.pending() == pending


async def test_the_same_person_asked_for_twice_is_one(api: FakeBotApi) -> None:
    await api.person(CHAT).say("a")

    assert [message.text for message in api.person(CHAT).messages] == ["a"]


async def test_two_fakes_with_one_seed_give_the_same_ids() -> None:
    seen = []
    for _ in range(2):
        async with FakeBotApi(seed=9) as api:
            message = await api.person(CHAT).say("a")
            assert message.update is not None
            seen.append((message.message_id, message.update["update_id"]))

    assert seen[0] == seen[1]
