"""How a page is looked at: by axe in light and dark, wide and on a small phone with large text, and for complaints."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser

from tests.support.browsing import AXE_OPTIONS, DESK, LARGE_TEXT, SMALL, View, browse, narrowed

_TALL = 900
_COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
"""The rules that a dark page can break where the light one did not: the words and their order are the same."""


@dataclass(kw_only=True)
class Looker:
    """Looks at pages and keeps what is wrong with them; `thorough` also asks axe."""

    thorough: bool = True
    pictures: Path | None = None
    widths: Sequence[int] = (DESK, narrowed(SMALL, LARGE_TEXT))
    seen: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    async def look(self, view: View, name: str) -> None:
        """Look at the page as it stands, and leave it as it was."""
        self.seen.append(name)
        self.wrong += [f"{name}: the browser said {said}" for said in view.complaints]
        view.complaints.clear()
        if not self.thorough:
            return
        page, before = view.page, view.page.viewport_size
        for width in self.widths:
            await page.set_viewport_size({"width": width, "height": _TALL})
            await self._ask_axe(view, f"{name}, {width} wide, light", AXE_OPTIONS)
            if await view.scrolls_sideways():
                self.wrong.append(f"{name}, {width} wide: it scrolls sideways")
        await page.emulate_media(color_scheme="dark")
        await self._ask_axe(view, f"{name}, dark", _COLOURS)
        await page.emulate_media(color_scheme="light")
        if before is not None:
            await page.set_viewport_size(before)
        await self._take_pictures(view, name)

    async def _ask_axe(self, view: View, where: str, options: dict[str, Any]) -> None:
        self.wrong += [f"{where}: {found}" for found in await view.axe(options)]

    async def _take_pictures(self, view: View, name: str) -> None:
        if self.pictures is None:
            return
        before = view.page.viewport_size
        number = len(self.seen)
        for width in (390, DESK):
            await view.page.set_viewport_size({"width": width, "height": _TALL})
            for light in ("light", "dark"):
                await view.page.emulate_media(color_scheme=light)
                await view.picture(self.pictures, f"{number:02}-{name.replace(' ', '-')}-{width}-{light}")
        await view.page.emulate_media(color_scheme="light")
        if before is not None:
            await view.page.set_viewport_size(before)


def a_looker(*more_widths: int, thorough: bool = True) -> Looker:
    """One that also takes pictures, into the folder that `TOVHOLDER_TEST_PICTURES` names."""
    pictures = os.environ.get("TOVHOLDER_TEST_PICTURES")
    return Looker(
        thorough=thorough,
        pictures=Path(pictures) if pictures else None,
        widths=(DESK, *more_widths, narrowed(SMALL, LARGE_TEXT)),
    )


@asynccontextmanager
async def a_person(browser: Browser, *, script: bool = True, width: int = DESK) -> AsyncIterator[View]:
    """A browser of somebody's own; nothing moves in it, so that colours are looked at when they stand still."""
    async with browse(browser, width=width, script=script, reduced_motion="reduce") as view:
        yield view
