from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    LinkPreviewOptions,
    MenuButtonCommands,
    MessageEntity,
    ReplyKeyboardMarkup,
    ReplyParameters,
    Update,
)
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut

from tests.support.botapi import updates
from tests.support.botapi.server import FakeBotApi, Outcome

CHAT = 1001


@pytest.fixture
async def bot(api: FakeBotApi) -> AsyncIterator[Bot]:
    """python-telegram-bot's own client, with its default requests."""
    async with Bot(api.token, base_url=api.base_url, base_file_url=api.base_file_url) as opened:
        yield opened


async def test_a_keyboard_reaches_the_phone_and_its_press_comes_back(api: FakeBotApi, bot: Bot) -> None:
    person = api.person(CHAT, language_code="da")
    await person.start("plakat")
    (first,) = await bot.get_updates(allowed_updates=["message", "callback_query"])
    assert first.message is not None
    assert first.message.text == "/start plakat"

    sent = await bot.send_message(
        CHAT,
        "Er du i fare?",
        entities=[MessageEntity(MessageEntity.BOLD, 0, 2)],
        reply_markup=InlineKeyboardMarkup(
            [
                [
                    InlineKeyboardButton("Ja", callback_data="v1:ja"),
                    InlineKeyboardButton("Nej", callback_data="v1:nej"),
                ],
                [InlineKeyboardButton("Sikker side", url="https://tovholder.example/s")],
            ]
        ),
        link_preview_options=LinkPreviewOptions(is_disabled=True),
        reply_parameters=ReplyParameters(first.message.message_id),
        protect_content=True,
        disable_notification=True,
    )
    press = await person.press("Nej")
    (update,) = await bot.get_updates(offset=first.update_id + 1, timeout=5)

    assert update.callback_query is not None
    assert update.callback_query.data == "v1:nej"
    assert update.callback_query.message is not None
    assert update.callback_query.message.message_id == sent.message_id
    assert await bot.answer_callback_query(update.callback_query.id, text="Tak")
    assert await person.wait_answered(press) == {"text": "Tak"}
    assert person.last.labels == ["Ja", "Nej", "Sikker side"]
    assert person.last.protect_content
    assert person.link("Sikker side") == "https://tovholder.example/s"


async def test_a_message_is_edited_and_deleted(api: FakeBotApi, bot: Bot) -> None:
    person = api.person(CHAT)
    answer = await person.say("et svar")
    question = await bot.send_message(CHAT, "et spørgsmål")

    await bot.edit_message_text("et andet", chat_id=CHAT, message_id=question.message_id)
    assert await bot.delete_message(CHAT, answer.message_id)
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await bot.delete_message(CHAT, answer.message_id)
    await bot.delete_messages(CHAT, [question.message_id])

    assert [(message.text, message.deleted) for message in person.history] == [
        ("et svar", True),
        ("et andet", True),
    ]
    assert person.messages == []
    assert len(api.sent(CHAT)) == 1


async def test_the_webhook_is_set_asked_for_and_deleted(bot: Bot) -> None:
    await bot.set_webhook(
        "https://tovholder.example/hook",
        secret_token="s3cret",
        allowed_updates=["message"],
        max_connections=7,
    )
    info = await bot.get_webhook_info()
    assert (info.url, info.max_connections, info.allowed_updates) == (
        "https://tovholder.example/hook",
        7,
        ("message",),
    )

    await bot.delete_webhook()

    assert (await bot.get_webhook_info()).url == ""


async def test_what_the_bot_is_called_and_offers_is_kept(api: FakeBotApi, bot: Bot) -> None:
    await bot.set_my_commands([BotCommand("start", "Begynd")], language_code="da")
    await bot.set_my_name("Tovholder")
    await bot.set_my_description("Skriv her")
    await bot.set_my_short_description("Kort")
    await bot.set_chat_menu_button(menu_button=MenuButtonCommands())

    assert api.world.profile["setMyCommands"] == [
        {"commands": [{"command": "start", "description": "Begynd"}], "language_code": "da"}
    ]
    assert (await bot.get_me()).can_join_groups is False


async def test_a_file_goes_up_as_multipart_and_comes_down_again(api: FakeBotApi, bot: Bot) -> None:
    person = api.person(CHAT, started=True)

    sent = await bot.send_document(CHAT, b"ord i en fil", filename="kvittering.txt", caption="Din kvittering")

    assert sent.document is not None
    assert (sent.document.file_name, person.last.text) == ("kvittering.txt", "Din kvittering")
    file = await bot.get_file(sent.document.file_id)
    assert bytes(await file.download_as_bytearray()) == b"ord i en fil"


async def test_keys_below_the_chat_say_their_words(api: FakeBotApi, bot: Bot) -> None:
    person = api.person(CHAT, started=True)
    keys: list[list[str | KeyboardButton]] = [["Ja", KeyboardButton("Send mit nummer", request_contact=True)]]
    await bot.send_message(CHAT, "Må vi ringe?", reply_markup=ReplyKeyboardMarkup(keys))

    await person.tap("Ja")
    await person.tap("Send mit nummer")

    said, contact = await bot.get_updates()
    assert said.message is not None
    assert contact.message is not None
    assert said.message.text == "Ja"
    assert contact.message.contact is not None


async def test_telegrams_errors_become_the_clients_errors(api: FakeBotApi, bot: Bot) -> None:
    await (person := api.person(CHAT)).start()
    await person.block()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(CHAT, "a")
    await person.unblock()
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(999, "a")
    api.fault("too_many", count=1, retry_after=4)
    with pytest.raises(RetryAfter):
        await bot.send_message(CHAT, "a")
    for kind in ("server_error", "bad_gateway", "lost_answer"):
        api.fault(kind, count=1)
        with pytest.raises(NetworkError):
            await bot.send_message(CHAT, kind)
    api.fault("no_answer", count=1)
    with pytest.raises(TimedOut):
        await bot.send_message(CHAT, "a", read_timeout=0.1)

    assert [message.text for message in api.sent(CHAT)] == ["lost_answer"]
    assert api.records.outcomes[f"sendMessage:{Outcome.ANSWER_LOST}"] == 1


async def test_a_wrong_token_is_seen_by_the_client(api: FakeBotApi) -> None:
    with pytest.raises(InvalidToken):
        async with Bot("1:wrong", base_url=api.base_url):
            pass


@pytest.mark.parametrize("kind", sorted(updates.KINDS))
async def test_the_client_reads_everything_that_a_person_can_send(
    api: FakeBotApi, bot: Bot, kind: str
) -> None:
    person = api.person(CHAT)
    await person.send_kind(kind)

    (update,) = await bot.get_updates()

    assert isinstance(update, Update)
    assert update.message is not None
    assert update.message.effective_attachment is not None
    assert update.message.api_kwargs == {}
