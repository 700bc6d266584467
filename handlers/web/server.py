"""The listener: deadlines and numbers that the library below does not keep by itself.

A connection that does not send a complete request in time is closed, one that takes nothing is cut off, and when there
are too many, the one that has waited longest for a request goes. No access log is written: addresses of reporters and
one-time links stand in no file.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from handlers.web.headers import dress
from handlers.web.limits import DEFAULT_LIMITS, Limits

log = logging.getLogger(__name__)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_SWEEP_SECONDS = 1.0


class _Plain(web.Response):
    """A dressed answer to what was no request at all; it names no server."""

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        dress(self, https=False)


class _Connection(RequestHandler):
    """One connection; it says nothing about its peer in any log."""

    __slots__ = ()

    def is_waiting(self) -> bool:
        """Whether no request is being answered."""
        return self._current_request is None

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        del message  # it may quote what was sent
        log.info("web.no_request", extra={"status": status, "reason": type(exc).__name__})
        if request.writer.output_size > 0:
            raise ConnectionError
        response = _Plain(status=status, text=f"{status}\n")
        response.force_close()
        return response


class _Server(web.Server):
    """Makes the connections, counts them, and cuts off those that take nothing."""

    def __init__(self, plain: web.Server, limits: Limits) -> None:
        super().__init__(
            plain.request_handler,
            request_factory=plain.request_factory,
            handler_cancellation=plain.handler_cancellation,
            **plain._kwargs,  # noqa: SLF001  the app has just made it, and it is taken over whole
        )
        self._limits = limits
        self._pending: dict[RequestHandler, tuple[int, float]] = {}
        self._sweeper: asyncio.Task[None] | None = None

    def __call__(self) -> RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        if self._sweeper is None:
            self._sweeper = self._loop.create_task(self._sweep())
        if len(self._connections) > self._limits.connections:
            waiting = (
                other for other in self._connections if isinstance(other, _Connection) and other.is_waiting()
            )
            # The order of the table is the order of arrival, so the first is the oldest; it may be this one.
            oldest = next(waiting, handler)
            self._connections[oldest].abort()

    def connection_lost(self, handler: RequestHandler, exc: BaseException | None = None) -> None:
        super().connection_lost(handler, exc)
        self._pending.pop(handler, None)

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109  the library's signature
        if self._sweeper is not None:
            self._sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sweeper
        await super().shutdown(timeout)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(min(_SWEEP_SECONDS, self._limits.stalled_seconds / 4))
            now = self._loop.time()
            for handler, transport in list(self._connections.items()):
                waiting = transport.get_write_buffer_size()
                before, since = self._pending.get(handler, (0, now))
                if waiting == 0:
                    self._pending.pop(handler, None)
                elif before == 0 or waiting < before:
                    self._pending[handler] = (waiting, now)
                elif now - since > self._limits.stalled_seconds:
                    transport.abort()


class _Runner(web.AppRunner):
    def __init__(self, app: web.Application, limits: Limits) -> None:
        super().__init__(
            app,
            access_log=None,
            handle_signals=False,
            # From the connection's first moment, and again after each answer: until a request has come in whole.
            keepalive_timeout=limits.header_seconds,
            # What is left of a body is read away by `drain`, which counts bytes; the library would count seconds only.
            lingering_time=0,
            shutdown_timeout=limits.stop_seconds,
        )
        self._limits = limits

    async def _make_server(self) -> web.Server:
        return _Server(await super()._make_server(), self._limits)


async def serve(
    app: web.Application, *, host: str, port: int, limits: Limits = DEFAULT_LIMITS, backlog: int = 512
) -> tuple[web.AppRunner, int]:
    """Listen. Returns the runner, whose `cleanup()` ends it after the requests in work, and the port (for port 0)."""
    runner = _Runner(app, limits)
    await runner.setup()
    site = web.TCPSite(runner, host, port, backlog=backlog)
    await site.start()
    return runner, int(runner.addresses[0][1])


async def drain(request: web.Request, *, limits: Limits) -> None:
    """Read away a little of a body that nobody wanted, so that its sender hears the answer instead of a reset."""
    left = limits.overrun_bytes
    with contextlib.suppress(TimeoutError, web.RequestPayloadError, ConnectionError):
        async with asyncio.timeout(min(2.0, limits.body_seconds)):
            while left > 0 and (chunk := await request.content.readany()):
                left -= len(chunk)


def client_address(request: web.Request, *, trusted: Sequence[Network]) -> str:
    """The address of the client, for limits only. A forwarded one counts only from a proxy that settings name."""
    peer = request.transport.get_extra_info("peername") if request.transport else None
    address = str(peer[0]) if isinstance(peer, tuple) else ""
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    while forwarded and _is_trusted(address, trusted):
        nearer = forwarded.pop()
        if _parse(nearer) is None:
            break
        address = nearer
    return address


def _is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    parsed = _parse(address)
    return parsed is not None and any(parsed in network for network in trusted)


def _parse(address: str) -> Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None


def add_health(app: web.Application, probe: Callable[[], Awaitable[bool]]) -> None:
    """Answer `/healthz` with 200 as long as the probe says yes, else with 503."""

    async def healthz(_request: web.Request) -> web.Response:
        healthy = await probe()
        return web.Response(status=200 if healthy else 503, text="ok\n" if healthy else "not ready\n")

    app.router.add_get("/healthz", healthz)
