"""What comes to the webhook: only Telegram's own updates are taken, and only what is meant for the bot."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest
from sqlalchemy import func, select

from handlers.telegram.webhook import MAX_BODY, SECRET_HEADER
from storage.store import Store
from storage.tables import conversations, inputs, outbox
from storage.transaction import Transaction
from tests.support.botapi import updates
from tests.support.telegram_house import SECRET, TelegramHouse
from tests.support.telegram_talks import go_to_home, go_to_story


async def post(house: TelegramHouse, body: bytes, *, secret: str | None = SECRET) -> int:
    headers = {"Content-Type": "application/json"} | ({SECRET_HEADER: secret} if secret is not None else {})
    async with (
        aiohttp.ClientSession() as session,
        session.post(house.hook, data=body, headers=headers) as answer,
    ):
        return answer.status


def counts(tx: Transaction) -> dict[str, int]:
    return {
        table.name: int(tx._work.run(select(func.count()).select_from(table)).scalar_one())
        for table in (conversations, inputs, outbox)
    }


def an_update(**content: Any) -> bytes:
    return json.dumps({"update_id": 1, **content}).encode()


def a_message(text: str = "hej", *, chat: dict[str, Any] | None = None) -> dict[str, Any]:
    return updates.text_message(
        1, text, chat=chat or updates.private_chat(5), sender=updates.user(5), date=1_700_000_000
    )


NOTHING = {"conversations": 0, "inputs": 0, "outbox": 0}


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], "æ"])
async def test_who_does_not_know_the_secret_finds_nothing(
    house: TelegramHouse, store: Store, secret: str | None
) -> None:
    assert await post(house, an_update(message=a_message()), secret=secret) == 404
    assert await store.read(counts) == NOTHING


async def test_a_body_beyond_a_million_bytes_is_not_read(house: TelegramHouse, store: Store) -> None:
    assert await post(house, b'{"a":"' + b"x" * MAX_BODY + b'"}') == 413
    assert await store.read(counts) == NOTHING


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b"[]", b"7", b'{"update_id"', b"\xff\xfe", b"[" * 50_000, b'{"update_id": 1e400}'],
)
async def test_what_can_never_be_understood_is_not_asked_for_again(
    house: TelegramHouse, store: Store, body: bytes
) -> None:
    assert await post(house, body) == 200
    assert await store.read(counts) == NOTHING


@pytest.mark.parametrize(
    "kind",
    [
        "channel_post",
        "inline_query",
        "business_message",
        "guest_message",
        "managed_bot",
        "poll",
        "never_heard_of",
    ],
)
async def test_other_kinds_of_update_are_dropped_unstored(
    house: TelegramHouse, store: Store, kind: str
) -> None:
    assert await post(house, an_update(**{kind: a_message()})) == 200
    assert await store.read(counts) == NOTHING


async def test_unknown_fields_pass(house: TelegramHouse, store: Store) -> None:
    message = {**a_message(), "of_a_later_bot_api": {"any": [1, {"thing": None}]}}

    assert await post(house, an_update(message=message, another=1)) == 200

    assert (await store.read(counts))["conversations"] == 1


async def test_a_group_is_left_and_nothing_of_it_is_kept(house: TelegramHouse, store: Store) -> None:
    group = house.api.group(-100500)
    house.api.group_message(group.chat_id, 5, "Hemmeligt ord i en gruppe")
    await house.settled()

    await group.until(lambda: group.left, seconds=5, what="the bot to leave")
    assert (await store.read(counts))["conversations"] == 0
    assert house.api.sent(group.chat_id) == []


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
async def test_no_chat_that_others_can_read_is_ever_spoken_in(
    house: TelegramHouse, store: Store, kind: str
) -> None:
    house.api.group(-100500)
    chat = {"id": -100500, "type": kind, "title": "Testgruppe"}
    added = {"chat": chat, "from": updates.user(5), "date": 1, **_membership("member")}
    press = {
        "id": "1",
        "from": updates.user(5),
        "message": a_message(chat=chat),
        "chat_instance": "1",
        "data": "1a.0.h",
    }

    for number, content in enumerate(
        [{"message": a_message(chat=chat)}, {"my_chat_member": added}, {"callback_query": press}]
    ):
        assert await post(house, json.dumps({"update_id": number, **content}).encode()) == 200

    await house.settled()
    assert (await store.read(counts))["conversations"] == 0
    assert house.api.sent(-100500) == []
    assert {call.method for call in house.api.records.calls if call.chat_id == -100500} == {"leaveChat"}


async def test_a_group_that_the_bot_was_put_out_of_is_not_left_again(
    house: TelegramHouse, store: Store
) -> None:
    chat = {"id": -100500, "type": "group", "title": "Testgruppe"}
    gone = {"chat": chat, "from": updates.user(5), "date": 1, **_membership("left")}

    assert await post(house, an_update(my_chat_member=gone)) == 200

    assert await store.read(counts) == NOTHING


def _membership(status: str) -> dict[str, Any]:
    bot = updates.user(99, is_bot=True)
    return {
        "old_chat_member": {"user": bot, "status": "member"},
        "new_chat_member": {"user": bot, "status": status},
    }


FORGED = (
    "x", "1", "1..", "1a.0.h\x00", "1{nonce}.zzzzzzzzz.asx", "1{nonce}.0.", "1{nonce}.0.\u00e6", "2{nonce}.0.y",
    "1{nonce}.{revision}.y", "1{nonce}.{revision}.anonsense", "1{nonce}.{revision}.t", "1{nonce}.{revision}.estory",
    "1{nonce}.{revision}.ocontact", "1{nonce}.{revision}.vcontact", "1{nonce}.{revision}.lxx", "1{nonce}.0.mzzz",
    "1.0.m", "1.0.y", "1{nonce}.0.xno", "1{nonce}.0.wnowhere", "\ud800",
)  # fmt: skip


async def test_forged_data_does_no_more_than_the_person_could(house: TelegramHouse, store: Store) -> None:
    person = await go_to_home(house)
    asked = person.last
    nonce, revision, _ = asked.buttons[0]["callback_data"][1:].split(".")

    for number, data in enumerate(FORGED):
        body = updates.callback_update(
            number,
            query_id=str(number),
            sender=person.user,
            pressed_on=asked.body,
            data=data.format(nonce=nonce, revision=revision),
        )
        assert await post(house, json.dumps(body).encode()) == 200

    await house.settled()
    assert (await store.read(counts))["conversations"] == 1
    assert await store.read(lambda tx: tx.cases.queue(reader=None, limit=5)) == []
    assert await store.read(lambda tx: tx.parked.waiting(limit=5)) == []
    await person.say("Kobenhavn")
    await person.wait_reply(containing="De næste svar er private")


async def test_what_is_not_text_is_refused_with_a_number_to_call_and_never_fetched(
    house: TelegramHouse,
) -> None:
    person = await go_to_story(house)

    for kind in updates.KINDS:
        await person.send_kind(
            kind, **({"caption": "Hemmelig tekst"} if kind in {"photo", "document"} else {})
        )
        refusal = await person.wait_reply(containing="Jeg kan kun læse tekst")
        assert "41 74 90 90" in refusal.text
        assert "Det står stadig hos Telegram" in refusal.text
        assert "Fortæl med dine egne ord" in refusal.text

    assert "getFile" not in house.api.records.counts


async def test_somebody_elses_words_are_not_taken(house: TelegramHouse, store: Store) -> None:
    person = await go_to_story(house)
    forwarded = a_message("Skrevet af en anden") | {
        "chat": person.chat.body,
        "from": person.user,
        "message_id": 9_000_001,
        "forward_origin": {"type": "hidden_user", "sender_user_name": "Testperson C", "date": 1},
    }

    house.api.push_update({"message": forwarded})

    reply = await person.wait_for(lambda message: "Videresendte beskeder" in message.text, what="a refusal")
    assert "Testperson C" not in reply.text
    draft = await store.write(_draft_of, person.chat_id, house)
    assert "story" not in draft.answers


def _draft_of(tx: Transaction, chat: int, house: TelegramHouse) -> Any:
    peer = tx.digest("peer", f"telegram|{house.telegram.door.bot_id}|{chat}".encode())
    return tx.conversations.lock_peer("telegram", peer, address=None).draft


async def test_what_telegram_says_of_the_chat_itself_is_no_message(house: TelegramHouse) -> None:
    person = await go_to_home(house)
    before = len(person.history)
    body = {key: value for key, value in a_message().items() if key != "text"}
    timer = {"message_auto_delete_timer_changed": {"message_auto_delete_time": 86400}}

    house.api.push_update({"message": {**body, "chat": person.chat.body, "from": person.user, **timer}})
    await house.settled()

    assert len(person.history) == before


async def test_a_link_may_carry_anything_and_nothing_of_it_is_kept(house: TelegramHouse) -> None:
    person = house.api.person(4711)

    await person.start("hemmelig-kode")

    reply = await person.wait_reply(containing="Vælg sprog")
    assert "hemmelig" not in reply.text
