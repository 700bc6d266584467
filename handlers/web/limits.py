"""How much, how long and how many: what the edge allows before it lets go."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The edge's own limits. The library below has no deadline for headers and can be overrun, so these are ours."""

    header_seconds: float = 10.0
    """A connection whose next request is not complete by then is closed; also how long an idle one is kept."""
    body_seconds: float = 10.0
    """A body that has not arrived whole by then is given up."""
    stalled_seconds: float = 10.0
    """A peer that takes nothing of what waits for it for this long is cut off."""
    stop_seconds: float = 3.0
    """How long requests in work may go on once the process stops; live lines of open pages are cut then."""
    form_bytes: int = 64 * KIB
    """The largest form."""
    upload_bytes: int = 512 * KIB
    """The largest form that brings a file."""
    overrun_bytes: int = 64 * KIB
    """How much of a body that nobody wants is read away, so that its sender still hears why, before the cut."""
    connections: int = 1_000
    """Open connections; above it the longest waiting one goes."""


DEFAULT_LIMITS = Limits()
