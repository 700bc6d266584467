"""Peers that are slow on purpose are let go, and the others do not notice them."""

from __future__ import annotations

import asyncio
import time

import aiohttp
from aiohttp import web

from handlers.web.app import build_app
from handlers.web.forms import URLENCODED
from handlers.web.limits import Limits
from storage.store import Store
from tests.web.house import a_frame, listening, webchat_parts, webchat_with_design

QUICK = Limits(header_seconds=0.6, body_seconds=0.6, stalled_seconds=0.6, connections=40)


async def dribble(address: str, pieces: list[bytes], *, every: float) -> float:
    """Send piece by piece until cut off; how long that took."""
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    started = time.monotonic()
    gone = asyncio.ensure_future(reader.read())
    try:
        for piece in pieces:
            writer.write(piece)
            done, _ = await asyncio.wait([gone], timeout=every)
            if done:
                break
        await asyncio.wait([gone], timeout=5)
        assert gone.done()
    finally:
        gone.cancel()
        writer.transport.abort()
    return time.monotonic() - started


def slow_site(store: Store) -> web.Application:
    return webchat_with_design(webchat_parts(store, frame=a_frame(limits=QUICK)))


async def test_headers_that_do_not_end_are_cut_off(store: Store) -> None:
    async with listening(slow_site(store), limits=QUICK) as address:
        lines = [b"GET / HTTP/1.1\r\n", *[b"X-Slow: 1\r\n"] * 50]
        assert await dribble(address, lines, every=0.1) < 2


async def test_a_peer_that_says_nothing_is_cut_off(store: Store) -> None:
    async with listening(slow_site(store), limits=QUICK) as address:
        assert await dribble(address, [], every=0.1) < 2


async def test_headers_of_a_second_request_have_the_same_time(store: Store) -> None:
    async with listening(slow_site(store), limits=QUICK) as address:
        first = b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
        assert await dribble(address, [first, *[b"GET / HTTP/1.1\r\nX-Slow: 1\r\n"] * 30], every=0.1) < 2


async def test_a_body_that_does_not_end_is_given_up(store: Store) -> None:
    async with listening(slow_site(store), limits=QUICK) as address:
        head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: {URLENCODED}\r\nContent-Length: 500\r\n\r\n"
        assert await dribble(address, [head.encode(), *[b"a"] * 100], every=0.1) < 3


async def test_a_peer_that_takes_nothing_is_cut_off() -> None:
    app = build_app(a_frame(limits=QUICK))
    ended = asyncio.Event()

    async def flood(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            for _ in range(2_000):
                await response.write(b"x" * 65_536)
        finally:
            ended.set()
        return response

    app.router.add_get("/flood", flood)
    async with listening(app, limits=QUICK) as address:
        host, port = address.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
        writer.write(b"GET /flood HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.wait_for(ended.wait(), 5)
        writer.transport.abort()
        assert reader is not None


async def test_too_many_idle_connections_do_not_keep_a_person_out(store: Store) -> None:
    patient = Limits(header_seconds=30, body_seconds=5, stalled_seconds=5, connections=40)
    site = webchat_with_design(webchat_parts(store, frame=a_frame(limits=patient)))
    async with listening(site, limits=patient) as address:
        host, port = address.removeprefix("http://").split(":")
        held = [await asyncio.open_connection(host, int(port)) for _ in range(100)]
        for _, writer in held:
            writer.write(b"GET / HTTP/1.1\r\n")
        started = time.monotonic()
        async with aiohttp.ClientSession() as session, session.get(address) as response:
            assert response.status == 200
        assert time.monotonic() - started < 1
        for _, writer in held:
            writer.transport.abort()
