"""What `tovholder check` finds, for the console's page: found when somebody first looks, once a day."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime

from admin.parts import Checked, Finding
from bot.check import check_data
from bot.profile import Profile
from handlers.telegram.callback import Press, Verb, pack


class CheckedProfile:
    """The checks of a profile, but for the runs of its clocks: those take a quarter of a minute, these half a second.

    Half a second is too long for a start and for the loop, so a thread does it, for all who ask meanwhile. The day
    counts because a number's last check grows old.
    """

    def __init__(self, profile: Profile, *, now: Callable[[], datetime]) -> None:
        self._profile = profile
        self._now = now
        self._lock = asyncio.Lock()
        self._last: Checked | None = None

    @property
    def trial(self) -> bool:
        return self._profile.trial

    async def findings(self) -> Checked:
        today = self._now().astimezone(self._profile.zone).date()
        async with self._lock:
            if self._last is None or self._last.on != today:
                self._last = await asyncio.to_thread(self._check, today)
            return self._last

    def _check(self, today: date) -> Checked:
        found = check_data(self._profile, today=today, payload=tightest_payload)
        return Checked(
            on=today,
            findings=tuple(
                Finding(severity=each.severity, where=each.where, what=each.what) for each in found
            ),
        )


def tightest_payload(revision: int, code: str) -> str:
    """A button as the channel with the tightest limit writes it."""
    return pack(Press(nonce="abcdefgh", revision=revision, verb=Verb.ANSWER, argument=code))
