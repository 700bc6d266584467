"""Tests reach this machine only."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tests.support import network

# Addresses that are kept for documentation: nobody has them.
ELSEWHERE = ["192.0.2.1", "2001:db8::1"]


@pytest.mark.parametrize("address", ELSEWHERE)
@pytest.mark.asvs("13.2.4")
def test_another_machine_cannot_be_reached(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET

    with socket.socket(family) as outgoing, pytest.raises(network.NetworkBlockedError):
        outgoing.connect((address, 80))

    assert len(network.blocked) == 1
    network.blocked.clear()


def test_a_datagram_to_another_machine_is_refused() -> None:
    with (
        socket.socket(type=socket.SOCK_DGRAM) as outgoing,
        pytest.raises(network.NetworkBlockedError),
    ):
        outgoing.sendto(b"", ("192.0.2.1", 53))

    network.blocked.clear()


@pytest.mark.asvs("13.2.4")
async def test_names_are_not_looked_up() -> None:
    with pytest.raises(network.NetworkBlockedError):
        await asyncio.open_connection("tovholder.example", 443)

    assert network.blocked == ["tovholder.example"]
    network.blocked.clear()


async def test_this_machine_can_be_reached() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(hang_up, "localhost")
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("localhost", port)

    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
    server.close()
    await server.wait_closed()
