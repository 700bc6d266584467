"""Whose address counts."""

from __future__ import annotations

import ipaddress

import pytest
from aiohttp.test_utils import make_mocked_request

from handlers.web.server import client_address

PROXY = ipaddress.ip_network("10.0.0.0/8")


class _Transport:
    def __init__(self, peer: str) -> None:
        self.peer = peer

    def get_extra_info(self, name: str, default: object = None) -> object:
        return (self.peer, 1) if name == "peername" else default


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
    ],
)
@pytest.mark.asvs("4.1.3")
def test_a_forwarded_address_counts_only_from_a_named_proxy(peer: str, forwarded: str, expected: str) -> None:
    request = make_mocked_request(
        "GET", "/", headers={"X-Forwarded-For": forwarded}, transport=_Transport(peer)
    )
    assert client_address(request, trusted=[PROXY]) == expected
