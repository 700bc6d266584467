"""Whether anything moves. A busy machine makes everything slow; only where nothing moves any more is somebody stuck."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.kill.fleet import Fleet
    from tests.support.botapi.server import FakeBotApi

_BEAT_SECONDS = 0.1
_SEEMS_STILL = 5.0
"""Longer than a lease: what a killed process was about to send has been taken up."""


class Pulse:
    """Counts updates taken, messages on phones and mails written.

    `moved` is how many there were. `quiet` is for how many seconds there was none although every replica listened; it
    is counted in beats of this process's own loop, which a busy machine holds up as it holds up the replicas.
    """

    def __init__(self, api: FakeBotApi, fleet: Fleet, mails: Path) -> None:
        """Nothing has moved yet."""
        self._api = api
        self._fleet = fleet
        self._mails = mails
        self.moved = 0
        self.quiet = 0.0

    async def beat(self) -> None:
        """Count until cancelled."""
        while True:
            await asyncio.sleep(_BEAT_SECONDS)
            moved = self._count()
            if moved != self.moved:
                self.moved, self.quiet = moved, 0.0
            elif all(replica.alive.is_set() for replica in self._fleet.replicas):
                self.quiet += _BEAT_SECONDS

    async def until_moved(self, goal: int) -> None:
        """Until so much has moved since the beginning, or nothing seems to any more."""
        while self.moved < goal and self.quiet < _SEEMS_STILL:
            await asyncio.sleep(_BEAT_SECONDS)

    def _count(self) -> int:
        records = self._api.records
        mails = sum(1 for _ in self._mails.iterdir()) if self._mails.is_dir() else 0
        return records.webhook_attempts["ok"] + records.counts["sendMessage"] + mails
