"""Plain HTTP calls to machines of others: one deadline, no redirect followed, and no address in any error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp

from bot.senders.botapi import proxy_for
from bot.senders.delivery import Later, Never

SECONDS = 10.0
"""How long one call may take; the post bounds it once more."""
CONNECT_SECONDS = 5.0
MOST_BYTES = 64 * 1024
"""More of an answer is not read: what is looked for stands at its beginning."""
REFUSED_WAIT = 60.0
"""Seconds before the next try where the other side does not know us or is somewhere else: somebody must mend it."""

_REFUSED_US = frozenset({401, 403, 407})
_NOT_NOW = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. `retry_after` are seconds that the other side asks for."""

    status: int
    body: bytes
    retry_after: float | None = None


class Outside:
    """One pooled session to all of them; a proxy named by the environment is used."""

    def __init__(self, *, seconds: float = SECONDS) -> None:
        self._timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=min(seconds, CONNECT_SECONDS))
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer | Later:
        """Make one call; whatever keeps its answer away comes back as later, for the channel seems down."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with self._session.request(
                method,
                url,
                headers=headers,
                data=body,
                # Somebody else's address must not be handed what this one was trusted with.
                allow_redirects=False,
                proxy=proxy_for(url),
            ) as answer:
                return Answer(
                    status=answer.status,
                    body=await _beginning(answer),
                    retry_after=_seconds(answer.headers.get("Retry-After")),
                )
        except TimeoutError:
            return Later(error="timed_out", channel=True)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # The library's own words may hold the address, and an address may hold a secret.
            return Later(error=type(error).__name__, channel=True)

    async def close(self) -> None:
        """Close the session; a later call opens another."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def refusal(answer: Answer) -> Later | Never | None:
    """What a status that is no yes says; None for 2xx.

    Not now and faults of the other side: later. Not us, or somewhere else: later too, for it says nothing about this
    message. Every other 4xx is about the message, and it never goes.
    """
    status = answer.status
    if status // 100 == 2:  # noqa: PLR2004 - HTTP's yes
        return None
    error = f"http_{status}"
    if status in _NOT_NOW or status // 100 == 5:  # noqa: PLR2004 - HTTP's faults of the server
        return Later(error=error, after=answer.retry_after, channel=True)
    if status in _REFUSED_US or status // 100 != 4:  # noqa: PLR2004 - HTTP's faults of the caller
        return Later(error=error, after=REFUSED_WAIT, channel=True)
    return Never(error=error)


async def _beginning(answer: aiohttp.ClientResponse) -> bytes:
    found = bytearray()
    async for piece in answer.content.iter_chunked(MOST_BYTES):
        found += piece
        if len(found) >= MOST_BYTES:
            break
    return bytes(found[:MOST_BYTES])


def _seconds(value: str | None) -> float | None:
    """What `Retry-After` says, as seconds or as a date; None for anything else."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value.strip()[:9])
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (at - datetime.now(UTC)).total_seconds()) if at.tzinfo else None
