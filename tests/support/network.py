"""No test talks to the outside: sockets reach this machine only, and names are not looked up."""

from __future__ import annotations

import ipaddress
import socket
import sys

LOOKUPS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}

blocked: list[str] = []
"""What was tried since the last test, so that a test fails even when the product caught the error."""


class NetworkBlockedError(OSError):
    """A test tried to reach another machine."""


def is_loopback(host: object) -> bool:
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


def is_local_name(host: object) -> bool:
    """Whether looking the name up asks nobody: an address, this machine's own name, or none at all."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost", socket.gethostname()):
        return True
    try:
        ipaddress.ip_address(str(name).partition("%")[0])
    except ValueError:
        return False
    return True


def _refuse(what: str) -> None:
    blocked.append(what)
    message = f"Tests reach this machine only, not {what}."
    raise NetworkBlockedError(message)


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = arguments[1]
        # A path is a unix socket; None is a datagram on a socket that was connected before.
        if isinstance(address, tuple) and isinstance(address[0], str) and not is_loopback(address[0]):
            _refuse(f"{address[0]}:{address[1]}")
    elif event in LOOKUPS and not is_local_name(arguments[0]):
        _refuse(str(arguments[0]))


def guard() -> None:
    """Close the network for the rest of this process. There is no way back, on purpose."""
    sys.addaudithook(_watch)
