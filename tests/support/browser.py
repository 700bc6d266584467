"""The browser of the walks: the system's Chromium, never a downloaded one."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from playwright.async_api import async_playwright, expect

from tests.support.chromium import find_chromium
from tests.support.patience import PATIENCE

if TYPE_CHECKING:
    from playwright.async_api import Browser


def arguments() -> list[str]:
    """How Chromium is started: it reaches this machine only, and asks nobody for updates."""
    chosen = [
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
        "--no-proxy-server",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-dev-shm-usage",
        "--no-first-run",
    ]
    # Chromium's sandbox refuses root; the pages are our own.
    return [*chosen, "--no-sandbox"] if os.geteuid() == 0 else chosen


@asynccontextmanager
async def open_chromium() -> AsyncIterator[Browser]:
    """A running headless browser; each test makes its own context in it."""
    expect.set_options(timeout=PATIENCE * 1000)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=arguments())
        try:
            yield browser
        finally:
            await browser.close()
