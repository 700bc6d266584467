"""Which browser there is: the system's Chromium, never a downloaded one. Nothing is started, and nothing imported."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

CANDIDATES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
OVERRIDE = "TOVHOLDER_TEST_CHROMIUM"


def find_chromium() -> Path | None:
    """The browser to test with, or None where there is none; where one is named, no other is tried."""
    named = os.environ.get(OVERRIDE)
    candidates = (named,) if named else CANDIDATES
    return next((Path(found) for name in candidates if (found := shutil.which(name))), None)


def missing() -> str:
    """Why there is no browser, as the end of a sentence."""
    named = os.environ.get(OVERRIDE)
    if named:
        return f"{OVERRIDE} names {named}, which is no program"
    return f"no Chromium was found ({OVERRIDE} can name one)"
