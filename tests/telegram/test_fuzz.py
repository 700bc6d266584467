"""Updates of any shape, drawn from the Bot API's own field table: never an error, never a word kept of a group."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from storage.store import Store
from storage.tables import conversations
from storage.transaction import Transaction
from tests.support.botapi.table import TYPES
from tests.support.telegram_house import TelegramHouse
from tests.telegram.test_webhook import post

KINDS = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "channel_post",
    "poll",
    "chat_join_request",
)
EXTREME_TEXT = st.sampled_from(
    [
        "",
        "\x00",
        "\ud800",
        "\u202eabc",
        "😟" * 50,
        "é" * 300,
        "/start " + "x" * 64,
        "/slet",
        "1a.0.y",
        "x" * 5000,
    ]
)
WRONG = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False), EXTREME_TEXT,
    st.just([]), st.just({}), st.just([[{}]]),
)  # fmt: skip


def of_type(name: str, depth: int) -> st.SearchStrategy[Any]:
    """A value of this type of the table, most often right."""
    if name.startswith("Array of "):
        return st.lists(of_type(name.removeprefix("Array of "), depth), max_size=2)
    match name:
        case "Integer":
            return st.one_of(st.integers(1, 2**40), st.sampled_from([0, -1, 2**31, 2**53, 2**63, -(2**63)]))
        case "String":
            return st.one_of(st.text(max_size=20), EXTREME_TEXT)
        case "Boolean" | "True":
            return st.booleans()
        case "Float":
            return st.floats(allow_nan=False, allow_infinity=False)
        case _ if name in TYPES and depth > 0:
            return an_object(name, depth - 1)
        case _:
            return st.just({})


@st.composite
def an_object(draw: st.DrawFn, name: str, depth: int) -> dict[str, Any]:
    """An object of the table: fields right, missing, of a wrong type or extreme."""
    made: dict[str, Any] = {}
    for field, facts in TYPES[name].get("fields", {}).items():
        if not facts.get("required") and draw(st.integers(0, 5)):
            continue
        if not draw(st.integers(0, 30)):
            continue
        types = facts["types"]
        made[field] = (
            draw(WRONG)
            if not draw(st.integers(0, 25))
            else draw(of_type(draw(st.sampled_from(types)), depth))
        )
    if name == "Chat":
        made["type"] = draw(st.sampled_from(["private", "private", "group", "supergroup", "channel", "sect"]))
        if made["type"] != "private":
            made["id"] = -draw(st.integers(1, 2**40))
    return made


@st.composite
def an_update(draw: st.DrawFn) -> dict[str, Any]:
    """An update of any kind, with an id of its own."""
    kind = draw(st.sampled_from(KINDS))
    named = TYPES["Update"]["fields"].get(kind, {"types": ["Message"]})["types"][0]
    inner = draw(an_object(named, 3)) if named in TYPES else draw(WRONG)
    return {"update_id": draw(st.integers(1, 2**60)), kind: inner}


def _private(update: dict[str, Any]) -> bool:
    return '"private"' in json.dumps(update)


async def test_no_shape_of_update_breaks_the_door(house: TelegramHouse, store: Store) -> None:
    seen: list[dict[str, Any]] = []

    @settings(max_examples=120, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(an_update())
    def draw(update: dict[str, Any]) -> None:
        seen.append(update)

    draw()
    statuses = set()
    for update in seen:
        if _private(update):
            continue
        statuses.add(await post(house, json.dumps(update).encode()))
    assert await store.read(_conversations) == 0, "nothing is kept of a chat that is not private"
    for update in seen:
        if _private(update):
            statuses.add(await post(house, json.dumps(update).encode()))

    assert statuses == {200}


def _conversations(tx: Transaction) -> int:
    return int(tx._work.run(select(func.count()).select_from(conversations)).scalar_one())
