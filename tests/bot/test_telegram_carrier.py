"""Whatever the Bot API answers is read for what it means: sent, later, never; and no fault loses a message."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from aiohttp import web
from telegram import error as errors

from bot.senders.botapi import AiohttpRequest
from bot.senders.delivery import Later, Never, Sent
from bot.senders.telegram import TelegramCarrier
from bot.senders.words import NoticeWords
from storage.rows import Claimed
from tests.support.botapi.server import FakeBotApi
from tests.support.profiles import shipped
from triage.ids import OutboxId
from triage.notices.outbox import Lane, Via

CHAT, OTHER = 1001, 1002


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    async with FakeBotApi(expect_violations=True) as opened:
        opened.person(CHAT, started=True)
        opened.person(OTHER, started=True)
        yield opened


@pytest.fixture
async def carrier(api: FakeBotApi) -> AsyncIterator[TelegramCarrier]:
    request = AiohttpRequest(read_seconds=0.3)
    await request.initialize()
    words = NoticeWords(
        translator=shipped().translator(),
        console_url="https://desk.example.org/desk",
        now=lambda: datetime(2026, 5, 4, 7, tzinfo=UTC),
    )

    async def remote_ids(rows: Sequence[OutboxId]) -> Mapping[OutboxId, str]:
        del rows
        return {}

    yield TelegramCarrier(request, base=f"{api.base_url}{api.token}", words=words, remote_ids=remote_ids)
    await request.shutdown()


def a_letter(
    text: str = "Hello", *, chat: int = CHAT, method: str = "sendMessage", **params: object
) -> Claimed:
    given = {"chat_id": chat, **({"text": text} if method == "sendMessage" else {}), **params}
    return Claimed(
        id=OutboxId(uuid4()),
        lane=Lane.CONVERSATION,
        via=Via.TELEGRAM,
        peer=str(chat),
        payload={"method": method, "params": given},
        attempts=1,
        created_at=datetime(2026, 5, 4, 7, tzinfo=UTC),
    )


async def test_a_message_that_arrives_is_known_by_the_number_that_telegram_gave_it(
    api: FakeBotApi, carrier: TelegramCarrier
) -> None:
    sent = await carrier.carry(a_letter())
    [message] = api.person(CHAT).messages
    assert sent == Sent(str(message.message_id))


@pytest.mark.parametrize("seconds", [1, 30, 3600])
async def test_a_flood_is_waited_out_for_that_chat_as_long_as_it_says(
    api: FakeBotApi, carrier: TelegramCarrier, seconds: int
) -> None:
    api.fault("too_many", chat_id=CHAT, count=1, retry_after=seconds)
    assert await carrier.carry(a_letter()) == Later(error="flood", after=seconds, whole_peer=True)
    assert isinstance(await carrier.carry(a_letter(chat=OTHER)), Sent)


@pytest.mark.parametrize(
    ("kind", "error", "arrived"),
    [
        ("server_error", "network", False),
        ("bad_gateway", "network", False),
        ("no_answer", "timed_out", False),
        ("lost_answer", "network", True),
        ("truncated", "TelegramError", True),
    ],
)
async def test_a_broken_line_or_server_means_that_the_channel_is_tried_later(
    api: FakeBotApi, carrier: TelegramCarrier, kind: str, error: str, *, arrived: bool
) -> None:
    api.fault(kind, count=1)
    letter = a_letter()
    assert await carrier.carry(letter) == Later(error=error, channel=True)
    assert [message.text for message in api.person(CHAT).messages] == ["Hello"] * arrived
    # The second try says the same; where the first had arrived after all, a person sees a repeat and no change.
    assert isinstance(await carrier.carry(letter), Sent)
    assert {message.text for message in api.person(CHAT).messages} == {"Hello"}


async def test_somebody_who_blocked_the_bot_is_not_tried_again(
    api: FakeBotApi, carrier: TelegramCarrier
) -> None:
    await api.person(CHAT).block()
    assert await carrier.carry(a_letter()) == Never(error="forbidden", unreachable=True)


async def test_a_chat_that_does_not_exist_is_not_tried_again(carrier: TelegramCarrier) -> None:
    assert await carrier.carry(a_letter(chat=999_999)) == Never(error="gone", unreachable=True)


@pytest.mark.parametrize("text", ["", "x" * 4097, "🙂" * 2049])
async def test_a_message_that_telegram_cannot_take_is_given_up_and_seen(
    carrier: TelegramCarrier, text: str
) -> None:
    assert await carrier.carry(a_letter(text)) == Never(error="refused")


async def test_what_is_gone_already_or_as_it_should_be_counts_as_done(
    api: FakeBotApi, carrier: TelegramCarrier
) -> None:
    await carrier.carry(a_letter("the same"))
    [message] = api.person(CHAT).messages
    edit = a_letter(method="editMessageReplyMarkup", message_id=message.message_id)
    assert await carrier.carry(edit) == Sent()
    delete = a_letter(method="deleteMessage", message_id=message.message_id)
    assert await carrier.carry(delete) == Sent()
    assert await carrier.carry(delete) == Sent()


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_a_proxy_between_us_that_says_no_tells_nothing_about_a_chat(
    carrier: TelegramCarrier, status: int
) -> None:
    async def refuse(_: web.BaseRequest) -> web.Response:
        return web.Response(status=status, text="<html>Not from here</html>", content_type="text/html")

    runner = web.ServerRunner(web.Server(refuse, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    carrier._base = f"http://127.0.0.1:{runner.addresses[0][1]}/bot1:a"
    found = await carrier.carry(a_letter())
    await runner.cleanup()
    assert isinstance(found, Later)
    assert found.channel


async def test_no_error_of_the_line_holds_the_token(carrier: TelegramCarrier, api: FakeBotApi) -> None:
    api.fault("no_answer", count=1)
    with pytest.raises(errors.TimedOut) as timed_out:
        await carrier.call("getMe", {})
    carrier._base = f"http://127.0.0.1:1/bot{api.token}"
    with pytest.raises(errors.NetworkError) as refused:
        await carrier.call("getMe", {})
    assert api.token not in f"{timed_out.value!r} {refused.value!r}"


async def test_an_answer_that_floods_warns_of_nothing_in_the_library(
    api: FakeBotApi, carrier: TelegramCarrier
) -> None:
    api.fault("too_many", count=1, retry_after=5)
    with pytest.raises(errors.RetryAfter) as flood:
        await carrier.call("sendMessage", {"chat_id": CHAT, "text": "a"})
    assert flood.value._retry_after.total_seconds() == 5
