"""What Telegram refuses in a keyboard.

Addresses of buttons, as the Bot API server checks them: the scheme is http, https or tg; an http(s) host must hold a
dot, so `localhost` and every other single label are refused with "Wrong HTTP URL", and so is every name that ends in
`.localhost`. Bare IP addresses, 127.0.0.1 among them, are accepted.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from tests.support.botapi.refusals import Json, malformed
from tests.support.botapi.text import clean

MAX_BUTTONS = 100
MAX_CALLBACK_BYTES = 64
_ACTIONS = frozenset(
    {
        "url",
        "callback_data",
        "web_app",
        "login_url",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
        "copy_text",
        "callback_game",
        "pay",
    }
)


def check_markup(markup: Json | None) -> None:
    """Raise what Telegram would answer to this `reply_markup`; nothing for a right one or for none."""
    if markup is None:
        return
    inline = markup.get("inline_keyboard")
    if inline is not None:
        _check_size(inline)
        for row in inline:
            for button in row:
                _check_inline_button(button)
        return
    keyboard = markup.get("keyboard")
    if keyboard is not None:
        _check_size(keyboard)
        if not any(keyboard):
            msg = "reply keyboard must contain at least one button"
            raise malformed(msg)
        for row in keyboard:
            for button in row:
                if not str(button.get("text", "")).strip():
                    msg = "keyboard button text must be non-empty"
                    raise malformed(msg)


def _check_size(rows: list[list[Json]]) -> None:
    if sum(len(row) for row in rows) > MAX_BUTTONS:
        msg = "REPLY_MARKUP_TOO_LONG"
        raise malformed(msg)


def _check_inline_button(button: Json) -> None:
    text = button.get("text")
    if not isinstance(text, str) or not clean(text).strip():
        msg = "inline keyboard button text must be non-empty"
        raise malformed(msg)
    actions = _ACTIONS & button.keys()
    if not actions:
        msg = "text buttons are unallowed in the inline keyboard"
        raise malformed(msg)
    if len(actions) > 1:
        msg = "inline keyboard button must have exactly one action"
        raise malformed(msg)
    if "callback_data" in button and not 1 <= _bytes(button["callback_data"]) <= MAX_CALLBACK_BYTES:
        msg = "BUTTON_DATA_INVALID"
        raise malformed(msg)
    if "url" in button:
        why = wrong_address(button["url"])
        if why is not None:
            raise malformed(f"inline keyboard button URL '{button['url']}' is invalid: {why}")


def _bytes(data: Any) -> int:
    return len(clean(data).encode()) if isinstance(data, str) else 0


def wrong_address(url: object) -> str | None:
    """Why Telegram refuses this address in a button, or None when it takes it. The docstring above has the rules."""
    if not isinstance(url, str) or not url.strip():
        return "URL is empty"
    try:
        parts = urlsplit(url.strip())
        host, _ = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return "Wrong HTTP URL"
    if parts.scheme == "tg":
        return None
    if parts.scheme not in {"http", "https"}:
        return "Unsupported URL protocol"
    is_ipv6 = ":" in host
    if any(char.isspace() for char in url.strip()) or not host or ("." not in host and not is_ipv6):
        return "Wrong HTTP URL"
    return "Wrong HTTP URL" if host.endswith(".localhost") else None
