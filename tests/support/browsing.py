"""What a person's browser shows: a page at a size, in a light, with or without script, and what axe says of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.support.patience import PATIENCE

Light = Literal["light", "dark"]
PHONE = 390
DESK = 1280
SMALL = 360
LARGE_TEXT = 200
"""How large text must be readable, in percent (WCAG 2.2, 1.4.4). On the small phone that leaves a page half of its
360 px, narrower than the 320 px at which 1.4.10 forbids sideways scrolling."""

_TALL = 900
AXE_OPTIONS = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    # What it would fetch once more is for a rule of sound, which no page has, and for one that is on trial.
    "preload": False,
}
_AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
_RUN = """async (options) => (await axe.run(options)).violations.flatMap(
    (found) => found.nodes.map((node) => `${found.id} at ${node.target}: ${node.failureSummary}`))"""


@dataclass(kw_only=True)
class View:
    """One open page, and all that the browser complained of on it."""

    page: Page
    context: BrowserContext
    complaints: list[str] = field(default_factory=list)

    def noted(self, message: ConsoleMessage) -> None:
        # An error page's own status is reported as an error of loading; that is the test's to judge, not a complaint.
        if message.type in {"error", "warning"} and "status of" not in message.text:
            self.complaints.append(message.text)

    async def axe(self, options: Mapping[str, Any] = AXE_OPTIONS) -> list[str]:
        """What axe finds wrong on the page as it stands: rule and place of each.

        Only that comes over from the browser: all that is right takes several times as long to send as to find.
        """
        if not await self.page.evaluate("typeof axe === 'object'"):
            await self.page.evaluate(_AXE)
        found: list[str] = await self.page.evaluate(_RUN, {**options, "resultTypes": ["violations"]})
        return found

    async def scrolls_sideways(self) -> bool:
        """Whether a person must scroll the page from side to side."""
        return bool(await self.page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"))

    async def picture(self, folder: Path, name: str) -> Path:
        """The whole page as a picture in this folder."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.png"
        await self.page.screenshot(path=path, full_page=True)
        return path


def narrowed(width: int, text_size: int) -> int:
    """The CSS pixels that a page has on a screen of this width once somebody made all of it so much larger."""
    return width * 100 // text_size


@asynccontextmanager
async def browse(
    browser: Browser,
    *,
    width: int = PHONE,
    light: Light = "light",
    script: bool = True,
    text_size: int = 100,
    language: str = "da-DK",
    **more: Any,
) -> AsyncIterator[View]:
    """A fresh browser of its own, without cookies. `text_size` in percent is how large the person set all text."""
    context = await browser.new_context(
        viewport={"width": narrowed(width, text_size), "height": narrowed(_TALL, text_size)},
        device_scale_factor=text_size / 100,
        color_scheme=light,
        java_script_enabled=script,
        locale=language,
        **more,
    )
    context.set_default_timeout(PATIENCE * 1000)
    page = await context.new_page()
    view = View(page=page, context=context)
    page.on("console", view.noted)
    page.on("pageerror", lambda error: view.complaints.append(str(error)))
    try:
        yield view
    finally:
        await context.close()
