"""The web listeners of a process: reporter's pages and the webhook on one, the console on the other or beside them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import cache

import jinja2
from aiohttp import web

from admin import parts as console_parts
from admin.app import build_console
from admin.parts import ConsoleParts
from admin.parts import Entrance as DeskEntrance
from admin.passwords import Passwords
from bot.i18n import Translator
from bot.leaving import ender
from bot.mail_folder import WrittenMails
from bot.metrics import add_metrics
from bot.profile_checks import CheckedProfile
from bot.telegram_side import WEBHOOK_PATH
from bot.wiring import Entrance, Parts, mails_leave, words_of
from handlers.dialog.say import Phone
from handlers.telegram.leaving import leave_chat
from handlers.web.app import Frame
from handlers.web.pages import Pages, Shell, build_environment
from handlers.web.server import add_health
from handlers.web.statics import Statics
from handlers.webchat.parts import WebchatParts
from handlers.webchat.routes import TEMPLATES as WEBCHAT_TEMPLATES
from handlers.webchat.routes import build_webchat
from triage.faults import StoreUnavailableError
from triage.notices.outbox import Via
from triage.profile import HELP, PhoneNumber


def build_public(
    parts: Parts, *, healthy: Callable[[], Awaitable[bool]], with_console: bool
) -> web.Application:
    """The application that reporters and Telegram reach; with the console under its own path on a single port."""
    hotlines = {hotline: _webchat(parts, entrance) for hotline, entrance in parts.entrances.items()}
    first = hotlines[parts.intake.hotline]
    app = build_webchat(replace(first, hotlines=hotlines, words_of_hotlines=words_of(parts.entrances)))
    add_health(app, healthy)
    if parts.telegram is not None:
        app.router.add_post(WEBHOOK_PATH, parts.telegram.webhook.handle)
    if with_console:
        app.add_subapp(console_parts.HOME, build_staff(parts))
        # Reporters reach this address too, so that only whoever knows a secret may read the numbers.
        if parts.settings.metrics.token is not None:
            add_metrics(app, parts.metrics, parts.store, token=parts.settings.metrics.token)
    return parts.metrics.timed(app)


def _webchat(parts: Parts, entrance: Entrance) -> WebchatParts:
    near = _numbers(parts, entrance.intake.hotline)
    shell = Shell(numbers=tuple((each.shown, each.dialled) for each in near))
    frame = _frame(parts, https=parts.settings.has_public_https, shell=shell, translator=entrance.words)
    return WebchatParts(
        frame=frame,
        store=parts.store,
        intake=entrance.intake,
        words=entrance.words,
        csrf_key=parts.keyring.digest("csrf", b"webchat"),
        new_token=parts.new_token,
        public_url=parts.settings.public_url,
        exit_url=parts.profile.organisation.names.exit_url,
        numbers=near,
        card_numbers=tuple(each for each in _all_numbers(parts) if each not in near),
        telephone=parts.profile.telephone(entrance.intake.hotline),
        trusted=parts.networks,
        end_dialogue=ender(parts.rules),
        leave_chat=leave_chat,
    )


def build_staff(parts: Parts) -> web.Application:
    """The console."""
    settings = parts.settings
    https = settings.console_url.startswith("https://")
    return build_console(
        ConsoleParts(
            frame=_frame(parts, https=https, shell=Shell(console=True, home=console_parts.HOME)),
            store=parts.store,
            rules=parts.rules,
            words=parts.translator,
            places=parts.intake.places,
            hotlines={
                hotline: DeskEntrance(intake=each.intake, words=each.words)
                for hotline, each in parts.entrances.items()
            },
            passwords=Passwords(),
            checks=CheckedProfile(parts.profile, now=parts.now),
            new_token=parts.new_token,
            csrf_key=parts.keyring.digest("csrf", b"console"),
            console_url=settings.console_url,
            public_url=settings.public_url or (None if settings.staff_listen else ""),
            bot_name=None if parts.telegram is None else parts.telegram.bot_name,
            mails=None if mails_leave(settings, parts.profile) else WrittenMails(settings.mail_folder),
            sms=Via.SMS in parts.rules.channels,
            trusted=parts.networks,
            design_page=settings.design_page,
        )
    )


@cache
def looks() -> tuple[Statics, jinja2.Environment]:
    """What every page is drawn with: read once and compiled once in a process, whoever listens."""
    statics = Statics.read()
    folders = (WEBCHAT_TEMPLATES, console_parts.TEMPLATES)
    return statics, build_environment(folders=folders, statics=statics)


def _frame(parts: Parts, *, https: bool, shell: Shell, translator: Translator | None = None) -> Frame:
    statics, environment = looks()
    pages = Pages(
        environment=environment,
        text=(translator or parts.translator).text,
        languages=parts.intake.languages,
        names=parts.profile.organisation.names.page,
        banner="trial.banner" if parts.profile.trial else None,
    )
    return Frame(
        pages=pages,
        statics=statics,
        https=https,
        unavailable=(StoreUnavailableError,),
        foreign_allowed=frozenset({WEBHOOK_PATH}),
        shell=shell,
    )


def _numbers(parts: Parts, hotline_id: str) -> tuple[Phone, ...]:
    """Where help is, one tap away from every step: what the card says, and the hotline's own line."""
    organisation = parts.rules.organisation
    wanted = (*organisation.get_card(HELP).numbers, organisation.get_hotline(hotline_id).number)
    return tuple(_phone(organisation.get_number(each)) for each in dict.fromkeys(wanted))


def _all_numbers(parts: Parts) -> tuple[Phone, ...]:
    return tuple(_phone(each) for each in parts.rules.organisation.number)


def _phone(number: PhoneNumber) -> Phone:
    return Phone(id=number.id, shown=number.number, dialled=number.dialled)
