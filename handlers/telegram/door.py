"""What the Telegram door is made of, once per process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from handlers.dialog.intake import Intake
from handlers.dialog.words import Words

CHANNEL = "telegram"


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramDoor:
    """Everything that an update needs beside the transaction. `public_url` is None without a public https address.

    It speaks for one hotline, the first. `hotlines` are the doors of all by hotline, and `starts` the words behind
    `/start` that lead to a further one; any other word means nothing.
    """

    intake: Intake
    words: Words
    bot_id: int
    public_url: str | None
    trial: bool
    hotlines: Mapping[str, TelegramDoor] = field(default_factory=dict)
    starts: Mapping[str, str] = field(default_factory=dict)

    def at(self, hotline: str) -> TelegramDoor:
        """The door of this hotline; this one where there is none, as before a conversation has begun."""
        return self.hotlines.get(hotline, self)

    @property
    def facts(self) -> frozenset[str]:
        """What notes of this channel may speak of."""
        return frozenset({CHANNEL, "secure_page"} if self.public_url else {CHANNEL})
