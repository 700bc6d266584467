"""A reporter's web chat for tests: the shipped organisation, a store, and a listener on this machine."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bot.profile import Profile
from bot.web_side import looks
from handlers.dialog.intake import Intake
from handlers.dialog.ports import IntakeTransaction
from handlers.dialog.say import Phone
from handlers.telegram.leaving import leave_chat
from handlers.web.app import Frame
from handlers.web.design import add_design_page
from handlers.web.limits import DEFAULT_LIMITS, Limits
from handlers.web.pages import Pages, Shell
from handlers.web.server import serve
from handlers.webchat.parts import Store, WebchatParts
from handlers.webchat.routes import build_webchat
from tests.support.profiles import shipped
from triage.cases.reporter_side import end_by_reporter
from triage.faults import StoreUnavailableError
from triage.ids import CaseId

NEAR = frozenset({"emergency", "police", "line"})
"""The numbers that help now stands with."""
EXIT_URL = "http://127.0.0.1:9/"


def a_frame(*, https: bool = False, limits: Limits = DEFAULT_LIMITS, profile: Profile | None = None) -> Frame:
    profile = profile or shipped()
    statics, environment = looks()
    pages = Pages(
        environment=environment,
        text=profile.translator().text,
        languages=profile.organisation.organisation.languages,
        names=profile.organisation.names.page,
        banner="trial.banner" if profile.trial else None,
    )
    near = [each for each in profile.organisation.number if each.id in NEAR]
    return Frame(
        pages=pages,
        statics=statics,
        https=https,
        limits=limits,
        unavailable=(StoreUnavailableError,),
        shell=Shell(numbers=tuple((each.number, each.dialled) for each in near)),
    )


def webchat_parts(
    store: Store, *, frame: Frame | None = None, profile: Profile | None = None
) -> WebchatParts:
    profile = profile or shipped()
    words = profile.translator()
    hotline = profile.default_hotline
    languages = profile.organisation.organisation.languages
    intake = Intake(
        hotline=hotline.id,
        rules=profile.rules(),
        flows=profile.flows,
        places=profile.places(hotline.id),
        patterns={lang: profile.identity_patterns(lang) for lang in languages},
        finders={lang: profile.finders(lang) for lang in languages},
        languages=languages,
        zone=profile.zone,
        words=lambda key, lang: words.text(key, lang) if words.has(key, lang) else None,
    )
    return WebchatParts(
        frame=frame or a_frame(profile=profile),
        store=store,
        intake=intake,
        words=words,
        csrf_key=b"a key for tests, thirty-two bytes",
        new_token=lambda: secrets.token_urlsafe(18),
        exit_url=EXIT_URL,
        numbers=tuple(
            Phone(id=number.id, shown=number.number, dialled=number.dialled)
            for number in profile.organisation.number
            if number.id in {"emergency", "police", hotline.number}
        ),
        telephone=profile.telephone(hotline.id),
        leave_chat=leave_chat,
        end_dialogue=lambda tx, case_id: _end(tx, intake, case_id),
    )


def _end(tx: IntakeTransaction, intake: Intake, case_id: CaseId) -> None:
    end_by_reporter(tx, intake.rules, case_id=case_id)


@asynccontextmanager
async def listening(app: web.Application, *, limits: Limits = DEFAULT_LIMITS) -> AsyncIterator[str]:
    """The app behind our own server; gives its address."""
    runner, port = await serve(app, host="127.0.0.1", port=0, limits=limits)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


def webchat_with_design(parts: WebchatParts) -> web.Application:
    app = build_webchat(parts)
    add_design_page(app, parts.frame.pages)
    return app
