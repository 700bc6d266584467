"""The fixtures of the looks: one engine, and the organisation in a made language."""

from __future__ import annotations

import pytest


@pytest.fixture
def engine() -> str:
    """Looks do not depend on the engine."""
    return "sqlite"
