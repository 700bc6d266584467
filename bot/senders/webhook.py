"""Carries each notice once to a machine of the organisation's own, signed: what it is about, and no word more."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import cast

from bot.channel_settings import WebhookSettings
from bot.senders.delivery import Delivery, Later, Sent
from bot.senders.outside import Outside, refusal
from bot.senders.words import NoticeWords
from storage.rows import Claimed

SIGNATURE = "Tovholder-Signature"
"""The header `t=<unix time>,v1=<hex>`: HMAC-SHA256 over the time as it stands there, a full stop, and the body."""
_CLOCK_PARTS = 3


class WebhookCarrier:
    """Posts one JSON object for each notice."""

    def __init__(
        self, outside: Outside, settings: WebhookSettings, words: NoticeWords, *, now: Callable[[], datetime]
    ) -> None:
        assert settings.secret is not None  # noqa: S101 - the settings refuse an address without one
        self._outside = outside
        self._url = settings.url
        self._key = settings.secret.get_secret_value().encode()
        self._words = words
        self._now = now

    async def carry(self, letter: Claimed) -> Delivery:
        """Post the notice; any 2xx has taken it."""
        body = json.dumps(told(self._words, letter), ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/json",
            SIGNATURE: sign(self._key, at=int(self._now().timestamp()), body=body),
        }
        answer = await self._outside.call("POST", self._url, headers=headers, body=body)
        return answer if isinstance(answer, Later) else refusal(answer) or Sent()


def told(words: NoticeWords, letter: Claimed) -> Mapping[str, object]:
    """What a machine is told of a notice: codes, times and a link."""
    payload = letter.payload
    given = cast("Mapping[str, str]", payload["params"])
    parts = str(payload["notice"]).split(".")
    return {
        "version": 1,
        "id": payload["message_id"],
        "notice": parts[1],
        "milestone": parts[2] if len(parts) == _CLOCK_PARTS else None,
        "case": given.get("code") or None,
        "due": given.get("due") or None,
        "late_minutes": int(given.get("late_minutes") or 0),
        "wakes": payload["wakes"],
        "link": words.link(given),
    }


def sign(key: bytes, *, at: int, body: bytes) -> str:
    """The header's value; `at` is the Unix time in seconds."""
    return f"t={at},v1={hmac.new(key, f'{at}.'.encode() + body, hashlib.sha256).hexdigest()}"
