"""What the Telegram door is made of, once per process."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.dialog.intake import Intake
from handlers.dialog.words import Words

CHANNEL = "telegram"


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramDoor:
    """Everything that an update needs beside the transaction. `public_url` is None without a public https address."""

    intake: Intake
    words: Words
    bot_id: int
    public_url: str | None
    trial: bool

    @property
    def facts(self) -> frozenset[str]:
        """What notes of this channel may speak of."""
        return frozenset({CHANNEL, "secure_page"} if self.public_url else {CHANNEL})
