"""Databases of the kill tests' own."""

from __future__ import annotations

import os
from itertools import count

from tests.support.postgres import PostgresServer

_numbers = count(1)


async def database(server: PostgresServer) -> str:
    """A fresh database; its address."""
    return await server.create_database(f"tovholder_kill_{os.getpid()}_{next(_numbers)}")
