"""The reporter's pages and the console over one store, both in a made language, with every template watched."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aiohttp import web
from playwright.async_api import Browser

from admin.parts import Entrance
from bot.profile import Profile
from bot.wiring import make_entrances
from handlers.web.app import Frame
from handlers.web.pages import Shell
from handlers.webchat.routes import build_webchat
from storage.store import Store
from tests.admin.house import Console, open_console
from tests.cases.test_person_search import switched_on
from tests.looks.pseudo import pseudo_profile
from tests.looks.walked import Drawn
from tests.support.browsing import PHONE, Light, View, browse
from tests.support.stores import SettableClock
from tests.web.house import a_frame, listening, webchat_parts


@dataclass(frozen=True, kw_only=True, repr=False)
class Turned:
    """Where both stand, what they were built of, and which of their templates were drawn."""

    site: str
    app: web.Application
    console: Console
    language: str
    light: Light
    store: Store
    drawn: Drawn

    def browse(self, browser: Browser) -> AbstractAsyncContextManager[View]:
        """A phone in this language and light, for which nothing moves."""
        return browse(browser, width=PHONE, light=self.light, reduced_motion="reduce", language=self.language)


@asynccontextmanager
async def turned(
    store: Store, clock: SettableClock, *, language: str, other: str, light: Light, mails: Path
) -> AsyncIterator[Turned]:
    """Both, listening."""
    profile, drawn = pseudo_profile(language, other), Drawn()
    frame = _watched(a_frame(profile=profile), drawn)
    parts = webchat_parts(store, frame=frame, profile=profile)
    app = build_webchat(parts)
    async with (
        listening(app) as site,
        open_console(store, clock, mails=mails, **_console(profile, frame)) as console,
    ):
        yield Turned(
            site=site, app=app, console=console, language=language, light=light, store=store, drawn=drawn
        )


def _console(profile: Profile, frame: Frame) -> dict[str, Any]:
    return {
        "frame": replace(frame, shell=Shell(console=True, home="/desk")),
        "words": profile.translator(),
        "rules": switched_on(profile.rules()),
        "hotlines": {
            name: Entrance(intake=each.intake, words=each.words)
            for name, each in make_entrances(profile).items()
        },
    }


def _watched(frame: Frame, drawn: Drawn) -> Frame:
    return replace(frame, pages=replace(frame.pages, environment=drawn.watch(frame.pages.environment)))
