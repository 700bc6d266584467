"""A log line is one line of JSON that gives away no token, no sentence of a person and no second line."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest

from bot.logs import JsonLines

TOKEN = "123456789:AAFakeFakeFakeFakeFakeFakeFakeFake-_x"
SECRET = "A sentence that somebody wrote"


def _line(
    name: str, message: str, *arguments: object, error: Exception | None = None, **extra: object
) -> str:
    info = None if error is None else (type(error), error, error.__traceback__)
    record = logging.LogRecord(name, logging.ERROR, "x.py", 1, message, arguments, info)
    vars(record).update(extra)
    return JsonLines().format(record)


def test_a_line_says_when_what_and_where() -> None:
    line = json.loads(_line("bot.senders.post", "post.never", row="7", count=2))
    assert line["at"].endswith("+00:00")
    del line["at"]
    assert line == {
        "level": "error",
        "event": "post.never",
        "from": "bot.senders.post",
        "row": "7",
        "count": 2,
    }


def test_no_token_is_written_however_it_came_in() -> None:
    said = [
        _line("bot.x", f"https://api.telegram.org/bot{TOKEN}/sendMessage"),
        _line("bot.x", "event", url=f"/bot{TOKEN.replace(':', '%3A')}/getMe"),
        _line("bot.x", "event", given={"token": TOKEN}),
        _line("aiohttp.client", f"cannot connect to /bot{TOKEN}/x"),
    ]
    assert [line for line in said if "FakeFake" in line] == []


def test_nothing_begins_a_second_line() -> None:
    line = _line("bot.x", "event", value='a\r\n{"level": "info"}\x1b[31m\u2028')
    assert line.isascii()
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line


def test_an_exception_is_its_kind_and_its_places_and_never_its_message() -> None:
    with pytest.raises(ValueError, match="invalid literal") as failed:
        int(SECRET)
    line = _line("bot.x", "worker.failed", error=failed.value, why=failed.value)
    assert SECRET not in line
    fault = json.loads(line)["fault"]
    assert fault["kind"] == "ValueError"
    assert fault["places"][0].startswith("test_logs.py:")


def test_a_library_says_its_empty_sentence_only() -> None:
    line = _line(
        "asyncio", f"Task exception was never retrieved\nfuture: <Task exception=ValueError('{SECRET}')>"
    )
    assert json.loads(line)["event"] == "Task exception was never retrieved"
    assert json.loads(_line("aiohttp.server", "Error handling %s", SECRET))["event"] == "Error handling %s"


def test_what_nothing_catches_becomes_such_a_line_too() -> None:
    program = f"from bot import logs; logs.set_up(); raise ValueError({SECRET!r})"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert json.loads(line)["event"] == "process.broke"
    assert SECRET not in ended.stderr
    assert ended.stdout == ""


def test_an_object_in_a_line_does_not_stop_it() -> None:
    assert json.loads(_line("bot.x", "event", thing=object))["thing"] == "<class 'object'>"
