from __future__ import annotations

import pytest

from tests.support.botapi import updates
from tests.support.botapi.queue import lane_of
from tests.support.botapi.refusals import Json
from tests.support.botapi.table import METHODS, Problem, ProblemKind, check_call, check_object, decode_text

KEYBOARD = {"inline_keyboard": [[{"text": "Ja", "callback_data": "v1"}]]}


@pytest.mark.parametrize(
    ("method", "params", "expected"),
    [
        ("sendMessage", {"chat_id": 1, "text": "hej", "reply_markup": KEYBOARD}, []),
        ("sendMessage", {"chat_id": 1}, [(ProblemKind.MISSING, "text")]),
        ("sendMessage", {"chat_id": [1], "text": "hej"}, [(ProblemKind.WRONG_TYPE, "chat_id")]),
        ("sendMessage", {"chat_id": True, "text": "hej"}, [(ProblemKind.WRONG_TYPE, "chat_id")]),
        ("sendMessage", {"chat_id": 1, "text": 5}, [(ProblemKind.WRONG_TYPE, "text")]),
        ("sendMessage", {"chat_id": 1, "text": "hej", "colour": "red"}, [(ProblemKind.UNKNOWN, "colour")]),
        (
            "sendMessage",
            {
                "chat_id": 1,
                "text": "hej",
                "reply_markup": {"inline_keyboard": [[{"text": 1, "callback_data": "v1"}]]},
            },
            [(ProblemKind.WRONG_TYPE, "reply_markup.inline_keyboard[0][0].text")],
        ),
        (
            "sendMessage",
            {
                "chat_id": 1,
                "text": "hej",
                "reply_markup": {"inline_keyboard": [[{"text": "Ja", "data": "v1"}]]},
            },
            [(ProblemKind.UNKNOWN, "reply_markup.inline_keyboard[0][0].data")],
        ),
        (
            "deleteMessages",
            {"chat_id": 1, "message_ids": [1, "2"]},
            [(ProblemKind.WRONG_TYPE, "message_ids[1]")],
        ),
        (
            "setMyCommands",
            {"commands": [{"command": "a"}]},
            [(ProblemKind.MISSING, "commands[0].description")],
        ),
        ("setChatMenuButton", {"menu_button": {"type": "commands"}}, []),
    ],
)
def test_a_call_is_compared_with_the_table(
    method: str, params: Json, expected: list[tuple[ProblemKind, str]]
) -> None:
    found: list[Problem] = check_call(method, params)

    assert [(problem.kind, problem.where) for problem in found] == expected


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("chat_id", "-100123", -100123),
        ("chat_id", "@channel", "@channel"),
        ("text", "123", "123"),
        ("protect_content", "true", True),
        ("protect_content", "maybe", "maybe"),
        ("message_thread_id", "x", "x"),
        (
            "entities",
            '[{"type": "bold", "offset": 0, "length": 1}]',
            [{"type": "bold", "offset": 0, "length": 1}],
        ),
        ("reply_markup", "{broken", "{broken"),
        ("nonsense", "1", "1"),
    ],
)
def test_a_form_field_is_read_as_the_table_says(name: str, raw: str, expected: object) -> None:
    assert decode_text("sendMessage", name, raw) == expected


def test_the_table_holds_the_methods_of_the_product() -> None:
    assert {
        "sendMessage",
        "deleteMessage",
        "answerCallbackQuery",
        "getUpdates",
        "setWebhook",
    } <= METHODS.keys()
    assert len(METHODS) == 23


def test_the_updates_that_the_fake_makes_fit_the_table() -> None:
    chat, person, bot = (
        updates.private_chat(5),
        updates.user(5, language_code="da"),
        updates.user(9, is_bot=True),
    )
    hello = updates.text_message(1, "/start abc", chat=chat, sender=person, date=10)
    kinds = [
        updates.message_update(2, updates.message(2, chat=chat, sender=person, date=10, content=content))
        for content in updates.KINDS.values()
    ]
    made = [
        *kinds,
        updates.message_update(1, hello),
        updates.edited_message_update(2, hello, edit_date=11),
        updates.callback_update(3, query_id="7", sender=person, pressed_on=hello, data="v1"),
        updates.membership_update(4, chat=chat, actor=person, bot=bot, old="member", new="kicked", date=12),
    ]

    problems = [problem for update in made for problem in check_object("Update", update)]

    assert problems == []
    assert {lane_of(update) for update in made} == {5}


@pytest.mark.parametrize(
    ("update", "lane"),
    [
        ({"update_id": 1}, 0),
        ({"update_id": 1, "callback_query": {"from": {"id": 4}}}, 4),
        ({"update_id": 1, "message": "nonsense"}, 0),
        ({"update_id": 1, "poll": {"id": "1"}}, 0),
    ],
)
def test_an_update_without_a_chat_has_a_lane_too(update: Json, lane: int) -> None:
    assert lane_of(update) == lane
