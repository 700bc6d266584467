"""The dead man's ping: an outside monitor hears that all is well, and raises the alarm when it hears nothing.

What fails inside can be told from inside; that the process, the machine or the line is gone cannot. The ping carries
nothing: no name, no number, no body.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime

import aiohttp

from bot.senders.botapi import proxy_for
from triage.house.report import SeenPing

log = logging.getLogger(__name__)

PING_SECONDS = 5.0
_TAKEN = range(200, 300)
_NOT_SAID = ("Accept", "Accept-Encoding", "User-Agent")


@dataclass(kw_only=True)
class Ping:
    """Pings one address, at most once every `seconds`; while something is wrong the monitor hears nothing.

    With `says_failure` the address with `/fail` behind it is asked then.
    """

    url: str = field(repr=False)
    seconds: float
    says_failure: bool = False
    seen: SeenPing = field(default_factory=SeenPing)
    _next: float = 0.0

    async def tell(self, *, well: bool, at: float, now: datetime) -> None:
        """Ping, if it is time: `at` by the event loop, `now` by the store. What fails is noted and never raised."""
        if at < self._next or not (well or self.says_failure):
            return
        self._next = at + self.seconds
        taken = await self._ask(self.url if well else f"{self.url.rstrip('/')}/fail")
        if taken:
            self.seen = SeenPing(taken_at=now)
            return
        failing = self.seen.failing_since or now
        self.seen = SeenPing(taken_at=self.seen.taken_at, failing_since=failing)

    async def _ask(self, url: str) -> bool:
        timeout = aiohttp.ClientTimeout(total=PING_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(
                    timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), skip_auto_headers=_NOT_SAID
                ) as session,
                session.get(url, proxy=proxy_for(url), allow_redirects=False) as answer,
            ):
                why = "" if answer.status in _TAKEN else str(answer.status)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # The address may hold the monitor's secret: only the kind of the fault is told.
            why = type(error).__name__
        if why:
            log.warning("watchdog.ping_failed", extra={"why": why})
        return not why
