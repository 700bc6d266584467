"""A real browser on every page of the way back: read well, and after the quick exit "back" shows nothing of it."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser
A_PAGE = 40_000


@pytest.fixture
def engine() -> str:
    """How these pages look does not depend on the engine."""
    return "sqlite"
