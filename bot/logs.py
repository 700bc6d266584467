"""Logs: one JSON line per event, in UTC, with ids and codes and never a person's words, an address or a token."""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_TOKEN = re.compile(r"\bbot\d+:[\w-]+|\b\d{6,}:[\w-]{20,}")
_NOISY = ("httpx", "httpcore", "telegram", "aiohttp.access", "aiosmtplib", "mail.log")


class JsonLines(logging.Formatter):
    """A record as one line of JSON; line breaks and control characters of values cannot begin a new one."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        if record.name != "root":
            line["from"] = record.name
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info and record.exc_info[1] is not None:
            line["fault"] = _fault(record.exc_info[1])
        return _TOKEN.sub("bot<token>", json.dumps(line, default=str, ensure_ascii=True))


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
    """Send all logs to standard error as JSON lines; libraries that quote addresses or bodies are kept quiet."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.CRITICAL)
        logging.getLogger(name).propagate = False
