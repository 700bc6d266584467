from __future__ import annotations

from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from tests.botapi.conftest import Caller, TestClock
from tests.support.botapi.keyboards import wrong_address
from tests.support.botapi.server import FakeBotApi

CHAT = 1001


def inline(**button: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "Ja", **button}]]}


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"text": "hej"}, "chat_id is empty"),
        ({"chat_id": CHAT}, "message text is empty"),
        ({"chat_id": CHAT, "text": " \n\t\x00 "}, "message text is empty"),
        ({"chat_id": CHAT, "text": "x" * 4097}, "message is too long"),
        ({"chat_id": CHAT, "text": "😀" * 2049}, "message is too long"),
        ({"chat_id": CHAT, "text": "\ud800"}, "strings must be encoded in UTF-8"),
        ({"chat_id": CHAT, "text": 7}, 'can\'t parse "text": String expected'),
        (
            {"chat_id": CHAT, "text": "a", "reply_markup": []},
            'can\'t parse "reply_markup": InlineKeyboardMarkup expected',
        ),
        ({"chat_id": CHAT, "text": "a", "reply_markup": inline(callback_data="")}, "BUTTON_DATA_INVALID"),
        (
            {"chat_id": CHAT, "text": "a", "reply_markup": inline(callback_data="æ" * 33)},
            "BUTTON_DATA_INVALID",
        ),
        (
            {"chat_id": CHAT, "text": "a", "reply_markup": inline()},
            "text buttons are unallowed in the inline keyboard",
        ),
        (
            {"chat_id": CHAT, "text": "a", "reply_markup": inline(url="http://localhost:8080/x")},
            "inline keyboard button URL 'http://localhost:8080/x' is invalid: Wrong HTTP URL",
        ),
        (
            {
                "chat_id": CHAT,
                "text": "a",
                "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "1"}]] * 101},
            },
            "REPLY_MARKUP_TOO_LONG",
        ),
        ({"chat_id": CHAT, "text": "a", "parse_mode": "Latex"}, "unsupported parse_mode"),
        (
            {"chat_id": CHAT, "text": "<b>a", "parse_mode": "HTML"},
            "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        (
            {"chat_id": CHAT, "text": "a < b", "parse_mode": "HTML"},
            "can't parse entities: Unsupported start tag at byte offset 2",
        ),
        (
            {"chat_id": CHAT, "text": "a_b", "parse_mode": "Markdown"},
            "can't parse entities: Can't find end of the entity starting at byte offset 1",
        ),
        (
            {"chat_id": CHAT, "text": "a.", "parse_mode": "MarkdownV2"},
            "can't parse entities: Character '.' is reserved and must be escaped with the preceding '\\'",
        ),
        (
            {"chat_id": CHAT, "text": "a", "entities": [{"type": "bold", "offset": 0, "length": 2}]},
            "receive an entity with incorrect offset or length",
        ),
    ],
)
async def test_a_malformed_message_is_refused_and_kept_as_a_violation(
    lenient: FakeBotApi, bad_call: Caller, params: dict[str, Any], expected: str
) -> None:
    lenient.person(CHAT, started=True)

    assert await bad_call.refusal("sendMessage", **params) == (400, f"Bad Request: {expected}")
    assert [violation.method for violation in lenient.violations] == ["sendMessage"]
    assert lenient.sent(CHAT) == []


@pytest.mark.parametrize(
    ("text", "mode", "shown"),
    [
        ("x" * 4096, None, "x" * 4096),
        ("😀" * 2048, None, "😀" * 2048),
        (" hej \n", None, "hej"),
        ("a\u202eb\x00c", None, "ab c"),
        ("<b>a</b> &lt; <i>b</i>", "HTML", "a < b"),
        ("*a* [b](https://test.example/) \\_", "Markdown", "a b _"),
        ("*a* \\. `c`", "MarkdownV2", "a . c"),
    ],
)
async def test_a_text_stands_in_the_chat_as_telegram_would_show_it(
    api: FakeBotApi, call: Caller, text: str, mode: str | None, shown: str
) -> None:
    person = api.person(CHAT, started=True)

    answer = await call("sendMessage", chat_id=CHAT, text=text, **({"parse_mode": mode} if mode else {}))

    assert answer["result"]["text"] == shown
    assert [message.text for message in person.messages] == [shown]


@pytest.mark.parametrize(
    ("url", "accepted"),
    [
        ("https://tovholder.example/a", True),
        ("http://tovholder.example", True),
        ("tg://user?id=1", True),
        ("http://127.0.0.1:8080/x", True),
        ("http://[::1]/x", True),
        ("http://localhost/x", False),
        ("http://app.localhost/x", False),
        ("https://intranet/x", False),
        ("javascript:alert(1)", False),
        ("mailto:a@test.example", False),
        ("https://", False),
        ("https://a b.example", False),
        ("https://test.example:99999/", False),
        ("", False),
    ],
)
def test_addresses_of_buttons_follow_the_written_rules(url: str, accepted: bool) -> None:  # noqa: FBT001 - a table
    assert (wrong_address(url) is None) == accepted


async def test_an_unknown_method_is_a_404_and_a_violation(lenient: FakeBotApi, bad_call: Caller) -> None:
    assert await bad_call.refusal("sendTelepathy") == (404, "Not Found")
    assert [violation.detail for violation in lenient.violations] == ["Not Found"]


async def test_an_unknown_parameter_is_let_pass_and_kept_as_a_violation(
    lenient: FakeBotApi, bad_call: Caller
) -> None:
    lenient.person(CHAT, started=True)

    assert (await bad_call("sendMessage", chat_id=CHAT, text="hej", color="red"))["ok"]
    assert [violation.detail for violation in lenient.violations] == ["unknown: color"]


async def test_leaving_the_context_with_violations_fails(session: aiohttp.ClientSession) -> None:
    with pytest.raises(AssertionError, match="sendTelepathy"):
        async with FakeBotApi() as api:
            await Caller(api, session).refusal("sendTelepathy")


async def test_the_error_of_a_test_is_not_hidden_by_violations(session: aiohttp.ClientSession) -> None:
    async def fail_after_a_violation() -> None:
        async with FakeBotApi() as api:
            await Caller(api, session).refusal("sendTelepathy")
            raise KeyError

    with pytest.raises(KeyError):
        await fail_after_a_violation()


async def test_light_validation_still_refuses_what_is_left_out(session: aiohttp.ClientSession) -> None:
    async with FakeBotApi(validate="light", record=False, expect_violations=True) as api:
        api.person(CHAT, started=True)
        call = Caller(api, session)

        assert await call.refusal("sendMessage", chat_id=CHAT) == (400, "Bad Request: message text is empty")
        assert (await call("sendMessage", chat_id=CHAT, text="hej"))["ok"]
        assert api.calls == []
        assert api.records.counts["sendMessage"] == 2
        assert api.records.outcomes["sendMessage:performed"] == 1


async def test_a_wrong_token_is_unauthorized(api: FakeBotApi, session: aiohttp.ClientSession) -> None:
    async with session.post(f"{api.base_url}1:wrong/getMe") as answer:
        assert answer.status == 401
        assert (await answer.json())["description"] == "Unauthorized"


async def test_chats_that_cannot_be_written_to_are_refused_without_violation(
    api: FakeBotApi, call: Caller
) -> None:
    silent, blocked = api.person(CHAT), api.person(1002, started=True)
    await blocked.block()

    assert await call.refusal("sendMessage", chat_id=999, text="a") == (400, "Bad Request: chat not found")
    assert await call.refusal("sendMessage", chat_id=CHAT, text="a") == (
        403,
        "Forbidden: bot can't initiate conversation with a user",
    )
    assert await call.refusal("sendMessage", chat_id=1002, text="a") == (
        403,
        "Forbidden: bot was blocked by the user",
    )
    await silent.start()
    await blocked.unblock()
    assert (await call("sendMessage", chat_id=CHAT, text="a"))["ok"]
    assert (await call("sendMessage", chat_id=1002, text="a"))["ok"]


async def test_messages_are_deletable_for_48_hours_and_once(
    api: FakeBotApi, call: Caller, clock: TestClock
) -> None:
    person = api.person(CHAT, started=True)
    own = (await call("sendMessage", chat_id=CHAT, text="spørgsmål"))["result"]["message_id"]
    theirs = (await person.say("svar")).message_id
    clock.move(timedelta(hours=48))

    assert (await call("deleteMessage", chat_id=CHAT, message_id=own))["ok"]
    assert await call.refusal("deleteMessage", chat_id=CHAT, message_id=own) == (
        400,
        "Bad Request: message to delete not found",
    )
    clock.move(timedelta(seconds=1))
    assert await call.refusal("deleteMessage", chat_id=CHAT, message_id=theirs) == (
        400,
        "Bad Request: message can't be deleted for everyone",
    )
    assert [message.text for message in person.messages] == ["svar"]
    assert [message.deleted for message in person.history] == [True, False]


async def test_deleting_many_skips_what_is_gone(api: FakeBotApi, call: Caller) -> None:
    person = api.person(CHAT)
    said = [await person.say(text) for text in ("a", "b")]

    assert (await call("deleteMessages", chat_id=CHAT, message_ids=[said[0].message_id, 99999999]))["ok"]
    assert [message.text for message in person.messages] == ["b"]


async def test_an_edit_that_changes_nothing_is_refused(api: FakeBotApi, call: Caller) -> None:
    person = api.person(CHAT, started=True)
    keyboard = inline(callback_data="v1")
    sent = await call("sendMessage", chat_id=CHAT, text="a", reply_markup=keyboard)
    at = {"chat_id": CHAT, "message_id": sent["result"]["message_id"]}

    code, words = await call.refusal("editMessageText", **at, text="a", reply_markup=keyboard)
    assert (code, words.startswith("Bad Request: message is not modified: ")) == (400, True)
    assert (await call("editMessageText", **at, text="b"))["result"]["text"] == "b"
    assert (person.last.text, person.last.edited, person.last.buttons) == ("b", True, [])
    assert (await call("editMessageReplyMarkup", **at, reply_markup=keyboard))["ok"]
    assert person.last.labels == ["Ja"]
    assert (await call.refusal("editMessageReplyMarkup", **at, reply_markup=keyboard))[0] == 400


async def test_only_own_and_present_messages_are_edited(api: FakeBotApi, call: Caller) -> None:
    theirs = await api.person(CHAT).say("svar")

    assert await call.refusal("editMessageText", chat_id=CHAT, message_id=theirs.message_id, text="x") == (
        400,
        "Bad Request: message can't be edited",
    )
    assert await call.refusal("editMessageText", chat_id=CHAT, message_id=1, text="x") == (
        400,
        "Bad Request: message to edit not found",
    )


async def test_a_press_is_answered_in_time_or_not_at_all(
    api: FakeBotApi, call: Caller, clock: TestClock
) -> None:
    person = api.person(CHAT, started=True)
    await call("sendMessage", chat_id=CHAT, text="a", reply_markup=inline(callback_data="v1"))
    press, late = await person.press("Ja"), await person.press("Ja")

    assert (await call("answerCallbackQuery", callback_query_id=press.query_id, text="Tak"))["ok"]
    assert await person.wait_answered(press) == {"text": "Tak"}
    clock.move(timedelta(seconds=16))
    for query_id in (late.query_id, "nonsense"):
        code, words = await call.refusal("answerCallbackQuery", callback_query_id=query_id)
        assert (code, words.startswith("Bad Request: query is too old")) == (400, True)


async def test_the_bots_profile_is_kept_and_its_limits_hold(lenient: FakeBotApi, bad_call: Caller) -> None:
    assert (await bad_call("setMyName", name="Tovholder"))["ok"]
    assert lenient.world.profile["setMyName"] == [{"name": "Tovholder"}]
    assert (await bad_call("setMyCommands", commands=[{"command": "start", "description": "Begin"}]))["ok"]
    assert lenient.violations == []
    assert (await bad_call.refusal("setMyCommands", commands=[{"command": "Æ", "description": "a"}]))[
        0
    ] == 400
    assert (await bad_call.refusal("setMyDescription", description="x" * 513))[0] == 400
    assert (await bad_call.refusal("setMyShortDescription", short_description="x" * 121))[0] == 400
    assert len(lenient.violations) == 3


async def test_the_bot_can_leave_a_group_and_then_is_out(api: FakeBotApi, call: Caller) -> None:
    message = api.group_message(-5, CHAT, "hej alle")

    assert (await call("getChat", chat_id=-5))["result"]["type"] == "group"
    assert await call.refusal("deleteMessage", chat_id=-5, message_id=message.message_id) == (
        400,
        "Bad Request: message can't be deleted",
    )
    assert (await call("leaveChat", chat_id=-5))["ok"]
    assert (await call.refusal("sendMessage", chat_id=-5, text="x"))[0] == 403
