from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.postgres import PostgresServer


@pytest.fixture(scope="session")
def own_server() -> Iterator[PostgresServer]:
    """A server of its own: the others' tests must not wait behind these replicas."""
    server = PostgresServer().start()
    yield server
    server.stop()
