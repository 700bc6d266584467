"""Ports that stay a test's own while nothing listens on them: before a start, or between two lives of a process."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager

# Lower than any port that a system gives away by itself, to a listener on port 0 or to an outgoing connection.
_PORTS = range(20_000, 32_000)
_CHANCE = random.SystemRandom()


@contextmanager
def held_port() -> Iterator[int]:
    """A port of 127.0.0.1 that nobody listens on, and that no test of any run is given until the block ends.

    A datagram socket of the same number is the sign that it is taken. It does not stand in a listener's way, and it
    goes with this process, however that ends.
    """
    with _sign() as sign:
        yield int(sign.getsockname()[1])


def _sign() -> socket.socket:
    while True:
        address = ("127.0.0.1", _CHANCE.choice(_PORTS))
        sign = socket.socket(type=socket.SOCK_DGRAM)
        try:
            sign.bind(address)
            with socket.socket() as probe:
                probe.bind(address)
        except OSError:
            sign.close()
        else:
            return sign
