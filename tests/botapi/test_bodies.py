from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from tests.botapi.conftest import Caller
from tests.support.botapi.server import FakeBotApi

CHAT = 1001
KEYBOARD = {"inline_keyboard": [[{"text": "Ja", "callback_data": "v1"}]]}


def url(api: FakeBotApi, method: str) -> str:
    return f"{api.base_url}{api.token}/{method}"


async def test_json_form_multipart_and_query_say_the_same(
    api: FakeBotApi, session: aiohttp.ClientSession
) -> None:
    person = api.person(CHAT, started=True)
    fields = {
        "chat_id": str(CHAT),
        "text": "12",
        "protect_content": "true",
        "reply_markup": json.dumps(KEYBOARD),
    }
    multipart = aiohttp.FormData(fields, default_to_multipart=True)
    ways: list[dict[str, Any]] = [
        {"json": {"chat_id": CHAT, "text": "12", "protect_content": True, "reply_markup": KEYBOARD}},
        {"json": fields},
        {"data": fields},
        {"data": multipart},
        {"params": fields},
    ]

    for way in ways:
        async with session.post(url(api, "sendMessage"), **way) as answer:
            assert answer.status == 200, await answer.text()

    assert [(one.text, one.labels, one.protect_content) for one in person.messages] == [
        ("12", ["Ja"], True)
    ] * 5
    assert len({str(call.params) for call in api.calls}) == 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{broken", "can't parse the request's JSON object"),
        (b"[1]", "the request must be a JSON object"),
        (b"", "chat_id is empty"),
    ],
)
async def test_a_body_that_is_no_json_object_is_refused(
    lenient: FakeBotApi, session: aiohttp.ClientSession, body: bytes, expected: str
) -> None:
    headers = {"Content-Type": "application/json"}
    async with session.post(url(lenient, "sendMessage"), data=body, headers=headers) as answer:
        assert answer.status == 400
        assert (await answer.json())["description"] == f"Bad Request: {expected}"


async def test_methods_are_read_without_regard_to_case_and_by_get(
    api: FakeBotApi, session: aiohttp.ClientSession
) -> None:
    async with session.get(url(api, "getme")) as answer:
        assert (await answer.json())["result"] == api.world.me


async def test_a_document_can_be_attached_sent_again_and_not_be_empty(
    lenient: FakeBotApi, bad_call: Caller, session: aiohttp.ClientSession
) -> None:
    lenient.person(CHAT, started=True)
    form = aiohttp.FormData({"chat_id": str(CHAT), "document": "attach://one"})
    form.add_field("one", b"indhold", filename="a.txt")
    async with session.post(url(lenient, "sendDocument"), data=form) as answer:
        document = (await answer.json())["result"]["document"]
    assert (document["file_name"], document["file_size"]) == ("a.txt", 7)

    assert (await bad_call("sendDocument", chat_id=CHAT, document=document["file_id"]))["ok"]
    assert (await bad_call.refusal("sendDocument", chat_id=CHAT, document="nonsense"))[0] == 400
    assert lenient.violations == []
    assert await bad_call.refusal("getFile", file_id="nonsense") == (400, "Bad Request: invalid file_id")
    empty = aiohttp.FormData({"chat_id": str(CHAT)})
    empty.add_field("document", b"", filename="a.txt")
    async with session.post(url(lenient, "sendDocument"), data=empty) as answer:
        assert (await answer.json())["description"] == "Bad Request: file must be non-empty"


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        (
            {"inline_keyboard": [[{"text": " ", "callback_data": "1"}]]},
            "inline keyboard button text must be non-empty",
        ),
        (
            {"inline_keyboard": [[{"text": "a", "callback_data": "1", "url": "https://test.example"}]]},
            "inline keyboard button must have exactly one action",
        ),
        ({"keyboard": [[]]}, "reply keyboard must contain at least one button"),
        ({"keyboard": [[{"text": ""}]]}, "keyboard button text must be non-empty"),
        ({"keyboard": [[{"text": "a"}] * 101]}, "REPLY_MARKUP_TOO_LONG"),
    ],
)
async def test_a_bad_keyboard_is_refused(
    lenient: FakeBotApi, bad_call: Caller, markup: dict[str, Any], expected: str
) -> None:
    lenient.person(CHAT, started=True)

    assert await bad_call.refusal("sendMessage", chat_id=CHAT, text="a", reply_markup=markup) == (
        400,
        f"Bad Request: {expected}",
    )


async def test_a_reply_needs_the_message_that_it_replies_to(api: FakeBotApi, call: Caller) -> None:
    api.person(CHAT, started=True)

    assert await call.refusal("sendMessage", chat_id=CHAT, text="a", reply_parameters={"message_id": 1}) == (
        400,
        "Bad Request: message to be replied not found",
    )
    lenient_reply = {"message_id": 1, "allow_sending_without_reply": True}
    assert (await call("sendMessage", chat_id=CHAT, text="a", reply_parameters=lenient_reply))["ok"]
