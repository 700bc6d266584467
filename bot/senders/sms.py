"""Carries notices as SMS through whichever gateway speaks plain HTTP; the settings say how it wants to be asked."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from bot.channel_settings import SmsAuth, SmsBody, SmsMethod, SmsSettings
from bot.senders.delivery import Delivery, Later, Never, Sent
from bot.senders.digest import Digest
from bot.senders.outside import Answer, Outside, refusal
from bot.senders.words import NoticeWords
from storage.rows import Claimed

GSM_SIGNS = 160
"""So many signs go into one SMS; a longer text is sent, and paid, as several."""

UNCLEAR_TRIES = 3
"""So often a text is sent whose answer nobody can read."""

_PLAIN = str.maketrans(
    {
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{HORIZONTAL ELLIPSIS}": "...",
        "\N{NO-BREAK SPACE}": " ",
        "\N{NARROW NO-BREAK SPACE}": " ",
    }
)
"""Signs that one SMS of 160 does not know, and what stands in for them; Danish letters are among those it knows."""


class SmsCarrier:
    """Hands one short text to the gateway."""

    def __init__(self, outside: Outside, settings: SmsSettings, words: NoticeWords) -> None:
        self._outside = outside
        self._settings = settings
        self._words = words

    async def carry(self, letter: Claimed) -> Delivery:
        """Send one text; a gateway that answers, but not with the yes agreed on, has refused it."""
        number = str(letter.payload["to"])
        given = self._settings
        text = sms_text(self._words, letter)
        fields = {
            given.recipient_field: number if given.plus else number.lstrip("+"),
            given.text_field: text,
            **({given.sender_field: given.sender} if given.sender_field else {}),
            **given.fixed_fields,
        }
        answer = await self._ask(fields)
        return answer if isinstance(answer, Later) else self._read(letter, answer)

    async def _ask(self, fields: Mapping[str, str]) -> Answer | Later:
        given = self._settings
        headers, url, body = self._headers(), given.url, None
        match given.body:
            case SmsBody.QUERY:
                url = f"{url}?{urlencode(fields)}"
            case SmsBody.FORM:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                body = urlencode(fields).encode()
            case SmsBody.JSON:
                headers["Content-Type"] = "application/json"
                body = json.dumps(nested(fields), ensure_ascii=False).encode()
        method = "GET" if given.method is SmsMethod.GET else "POST"
        return await self._outside.call(method, url, headers=headers, body=body)

    def _headers(self) -> dict[str, str]:
        given = self._settings
        secret = given.secret.get_secret_value() if given.secret else ""
        match given.auth:
            case SmsAuth.NONE:
                return {}
            case SmsAuth.BASIC:
                pair = base64.b64encode(f"{given.username}:{secret}".encode()).decode()
                return {"Authorization": f"Basic {pair}"}
            case SmsAuth.BEARER:
                return {"Authorization": f"Bearer {secret}"}
            case SmsAuth.HEADER:
                return {given.auth_header: secret}

    def _read(self, letter: Claimed, answer: Answer) -> Delivery:
        given = self._settings
        refused = refusal(answer)
        if refused is not None:
            return refused
        if not (given.accepted_path or given.id_path):
            return Sent()
        try:
            said = json.loads(answer.body)
        except ValueError:
            return _not_understood(letter) if given.accepted_path else Sent()
        found = at_path(said, given.accepted_path) if given.accepted_path else given.accepted_value
        if given.accepted_path and str(found).casefold() != given.accepted_value.casefold():
            return Never(error="not_accepted")
        remote = at_path(said, given.id_path) if given.id_path else None
        return Sent(None if remote is None else str(remote)[:80])


def _not_understood(letter: Claimed) -> Delivery:
    """Without the agreed word nobody knows what became of it: a page of a proxy, or an answer cut short.

    It may well have arrived, and each further try costs and wakes: after a few another channel has to tell it.
    """
    if letter.attempts >= UNCLEAR_TRIES:
        return Never(error="not_understood")
    return Later(error="not_understood", channel=True)


def sms_text(words: NoticeWords, letter: Claimed) -> str:
    """The text of an SMS: neutral, with the case code and the link, and where that is possible in one SMS."""
    text = Digest(words, letter).short() if letter.along else words.short(letter.payload, most=GSM_SIGNS)
    return text.translate(_PLAIN)


def at_path(value: Any, path: str) -> Any:  # noqa: ANN401 - somebody else's JSON
    """What stands at a path such as `messages.0.status`; None where nothing does."""
    for step in path.split("."):
        if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def nested(fields: Mapping[str, str]) -> Any:  # noqa: ANN401 - somebody else's JSON
    """The fields as JSON: a name such as `messages.0.to` leads into lists and objects."""
    root: dict[str, Any] = {}
    for name, value in fields.items():
        *steps, last = name.split(".")
        level = root
        for step in steps:
            level = level.setdefault(step, {})
        level[last] = value
    return _with_lists(root)


def _with_lists(value: Any) -> Any:  # noqa: ANN401 - as above
    if not isinstance(value, dict):
        return value
    if value and _are_numbers(value):
        return [_with_lists(value[name]) for name in sorted(value, key=int)]
    return {name: _with_lists(each) for name, each in value.items()}


def _are_numbers(names: Iterable[str]) -> bool:
    return all(name.isdecimal() for name in names)
