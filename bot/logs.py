"""Logs: one JSON line per event, in UTC, with ids and codes and never a person's words, an address or a token."""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_TOKEN = re.compile(r"\bbot\d+(?::|%3A)[\w-]+|\b\d{6,}(?::|%3A)[\w-]{20,}", re.IGNORECASE)
_NOISY = ("httpx", "httpcore", "telegram", "aiohttp.access", "aiosmtplib", "mail.log")
_OURS = frozenset({"bot", "handlers", "triage", "storage", "admin", "root", "__main__"})
_LONGEST = 200

log = logging.getLogger(__name__)


class JsonLines(logging.Formatter):
    """A record as one line of JSON; line breaks and control characters of values cannot begin a new one."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": _event(record),
        }
        if record.name != "root":
            line["from"] = record.name
        line |= {name: _plain(value) for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info and record.exc_info[1] is not None:
            line["fault"] = _fault(record.exc_info[1])
        return _TOKEN.sub("bot<token>", json.dumps(line, ensure_ascii=True))


def _event(record: logging.LogRecord) -> str:
    if record.name.partition(".")[0] in _OURS:
        return record.getMessage()
    # A library fills its sentences with what it holds, exceptions included: only the empty sentence is written.
    first, _, _ = str(record.msg).partition("\n")
    return first[:_LONGEST]


def _plain(value: object) -> object:
    if isinstance(value, BaseException):
        return type(value).__name__
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _fault(error: BaseException) -> dict[str, object]:
    """Where and of which kind; not its message, which may quote what a person wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "kind": type(error).__name__,
        "places": [
            f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames[-10:]
        ],
    }


def set_up(level: int = logging.INFO) -> None:
    """Send all logs to standard error as JSON lines; libraries that quote addresses or bodies are kept quiet.

    What nothing catches becomes such a line too, instead of a trace that quotes what it was about.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # A record that cannot be written must not be printed with all its arguments instead.
    logging.raiseExceptions = False
    logging.captureWarnings(capture=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.CRITICAL)
        logging.getLogger(name).propagate = False
        logging.getLogger(name).addHandler(logging.NullHandler())
    sys.excepthook = _uncaught


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    log.critical("process.broke", exc_info=(kind, error, trace))
