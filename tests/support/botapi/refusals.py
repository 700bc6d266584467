"""How the fake says no: one exception, raised by checks and methods, written by the server as Telegram's error JSON."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class Refusal(Exception):  # noqa: N818 - it is a refusal, not a breakage of the fake
    """An answer `ok: false`.

    `violation` holds when the request alone shows the mistake (a missing field, an over-long text, a bad button):
    a right product never sends it, so it is also kept in `FakeBotApi.violations`. What depends on the world (a
    blocked bot, a message already gone) is refused, but is no violation.
    """

    def __init__(
        self, code: int, description: str, *, violation: bool = False, retry_after: int | None = None
    ) -> None:
        """Keep the code, the whole description, and for 429 the seconds to wait."""
        super().__init__(description)
        self.code = code
        self.description = description
        self.violation = violation
        self.retry_after = retry_after

    def body(self) -> Json:
        """The JSON object that Telegram answers with."""
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        return body


def bad_request(what: str) -> Refusal:
    """A 400 that the state of the world explains."""
    return Refusal(400, f"Bad Request: {what}")


def malformed(what: str) -> Refusal:
    """A 400 that the request alone explains: a violation."""
    return Refusal(400, f"Bad Request: {what}", violation=True)


def forbidden(what: str) -> Refusal:
    """A 403: the chat is closed to the bot, for good."""
    return Refusal(403, f"Forbidden: {what}")


def conflict(what: str) -> Refusal:
    """A 409: two ways of receiving updates at once."""
    return Refusal(409, f"Conflict: {what}")


def too_many(retry_after: int) -> Refusal:
    """A 429 with the seconds to wait."""
    return Refusal(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)
