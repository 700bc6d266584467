"""The one place that wires: every part is made here and handed to whoever needs it; any may come in as an argument."""

from __future__ import annotations

import ipaddress
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.i18n import Translator, UnknownText
from bot.metrics import Metrics
from bot.profile import Profile, load_profile
from bot.senders.botapi import AiohttpRequest
from bot.senders.delivery import Carrier
from bot.senders.desk import OutboxDesk
from bot.senders.long_tail import AppriseCarrier, BadAddressError
from bot.senders.mail import FileCarrier, MailLetters, SmtpCarrier
from bot.senders.outside import Outside
from bot.senders.post import Post
from bot.senders.sms import SmsCarrier
from bot.senders.telegram import TelegramCarrier
from bot.senders.webhook import WebhookCarrier
from bot.senders.words import NoticeWords
from bot.settings import Settings
from bot.telegram_side import StoreTaker, TelegramSide
from handlers.dialog.intake import Intake
from handlers.telegram.door import TelegramDoor
from handlers.web.server import Network
from storage.errors import KeyringError
from storage.keyring import Keyring
from storage.store import LEASE, DatabaseClock, Store, open_store
from storage.work import Timekeeper
from triage.notices.acknowledge import link_token
from triage.notices.outbox import Via
from triage.profile import Hotline, SensitiveMode
from triage.rules import Rules

if TYPE_CHECKING:
    from storage.transaction import Transaction


log = logging.getLogger(__name__)


class SettingsError(Exception):
    """The settings and the profile do not fit each other; says what to change."""


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """One hotline: its conversations, and its texts with its own name, number and hours."""

    word: str
    intake: Intake
    words: Translator


@dataclass(frozen=True, kw_only=True)
class Parts:
    """One process, wired but not started."""

    settings: Settings
    profile: Profile
    translator: Translator
    rules: Rules
    intake: Intake
    """That of the first hotline."""
    entrances: Mapping[str, Entrance]
    """Every hotline by its id, the first included."""
    store: Store
    keyring: Keyring
    post: Post
    outside: Outside
    telegram: TelegramSide | None
    now: Callable[[], datetime]
    metrics: Metrics
    networks: tuple[Network, ...] = field(default=())
    new_secret: Callable[[int], bytes] = secrets.token_bytes
    new_token: Callable[[], str] = secrets.token_urlsafe


def machine_time() -> datetime:
    """The machine's own time, aware UTC: for what a reader sees, never for a deadline."""
    return datetime.now(UTC)


def mails_leave(settings: Settings, profile: Profile) -> bool:
    """Whether mails go to a mail server; else each is a file.

    During a trial nothing is sent unless the operator says so: the texts are not signed off, and a mail that has
    left cannot be taken back.
    """
    return bool(settings.smtp.host) and (settings.send_outside_trial or not profile.trial)


def channels_of(settings: Settings, profile: Profile) -> frozenset[Via]:
    """The ways out that this house has. During a trial mails are files, and Telegram goes to staff who linked it."""
    found = {Via.MAIL}
    if settings.telegram.token is not None:
        found.add(Via.TELEGRAM)
    if settings.send_outside_trial or not profile.trial:
        further = {
            Via.SMS: settings.sms.url,
            Via.WEBHOOK: settings.webhook.url,
            Via.APPRISE: settings.apprise.addresses,
        }
        found |= {via for via, is_set in further.items() if is_set}
    return frozenset(found)


def load_keyring(settings: Settings, *, create: bool) -> tuple[Keyring, bool]:
    """The keyring of the settings, and whether it was made just now. It lies apart from the data folder."""
    path = settings.keyring.file
    if path.exists() or not create:
        return Keyring.load(path), False
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        return Keyring.create(path), True
    except KeyringError:
        # Another process that starts beside this one has just made it.
        return Keyring.load(path), False


def wire(
    settings: Settings,
    *,
    keyring: Keyring,
    profile: Profile | None = None,
    timekeeper: Timekeeper | None = None,
    now: Callable[[], datetime] = machine_time,
    lease: timedelta = LEASE,
    store: Store | None = None,
) -> Parts:
    """Make every part of a process. Opens nothing; raises SettingsError where settings and profile do not fit."""
    profile = profile or load_profile(settings.profile)
    translator = profile.translator()
    channels = channels_of(settings, profile)
    rules = replace(profile.rules(), channels=channels)
    entrances = make_entrances(profile, channels=channels)
    intake = entrances[profile.default_hotline.id].intake
    store = store or open_store(
        settings.store_url, clock=timekeeper or DatabaseClock(), keyring=keyring, lease=lease
    )
    words = NoticeWords(
        translator=translator,
        console_url=settings.console_url,
        now=now,
        link_token=partial(link_token, keyring.digest),
    )
    desk = OutboxDesk(store, rules, holder=store.holder)
    outside = Outside()
    carriers = _carriers(settings, profile, channels, words, outside, now=now)
    telegram, metrics = None, Metrics()
    if settings.telegram.token is not None:
        telegram = _telegram(settings, profile, entrances, store, rules, keyring, metrics)
        carriers[Via.TELEGRAM] = TelegramCarrier(
            telegram.request, base=telegram.base, words=words, remote_ids=desk.remote_ids
        )
    post = Post(desk, carriers, jitter=secrets.SystemRandom().random, lease=lease)
    store.on_leased(post.hand_over)
    return Parts(
        settings=settings,
        profile=profile,
        translator=translator,
        rules=rules,
        intake=intake,
        entrances=entrances,
        store=store,
        keyring=keyring,
        post=post,
        outside=outside,
        telegram=telegram,
        now=now,
        metrics=metrics,
        networks=tuple(ipaddress.ip_network(each, strict=False) for each in settings.trusted_proxies),
    )


def _carriers(
    settings: Settings,
    profile: Profile,
    channels: frozenset[Via],
    words: NoticeWords,
    outside: Outside,
    *,
    now: Callable[[], datetime],
) -> dict[Via, Carrier]:
    """Every way out but Telegram, which is a way in too."""
    letters = MailLetters(words, sender=settings.smtp.sender, now=now)
    carriers: dict[Via, Carrier] = {
        Via.MAIL: SmtpCarrier(letters, settings.smtp)
        if mails_leave(settings, profile)
        else FileCarrier(letters, settings.mail_folder)
    }
    if Via.SMS in channels:
        carriers[Via.SMS] = SmsCarrier(outside, settings.sms, words)
    if Via.WEBHOOK in channels:
        carriers[Via.WEBHOOK] = WebhookCarrier(outside, settings.webhook, words, now=now)
    if Via.APPRISE in channels:
        try:
            carriers[Via.APPRISE] = AppriseCarrier(settings.apprise.addresses, words)
        except BadAddressError as error:
            raise SettingsError(f"{error}.") from error
    return carriers


def make_entrances(
    profile: Profile, *, channels: frozenset[Via] = frozenset({Via.MAIL, Via.TELEGRAM})
) -> dict[str, Entrance]:
    """Every hotline of the profile by its id: one desk behind several doors."""
    entrances = {}
    for hotline in profile.organisation.hotline:
        words = profile.translator(hotline.id)
        rules = replace(profile.rules(hotline.id), channels=channels)
        intake = make_intake(profile, words, rules, hotline=hotline)
        entrances[hotline.id] = Entrance(word=hotline.word, intake=intake, words=words)
    return entrances


def make_intake(
    profile: Profile, translator: Translator, rules: Rules, *, hotline: Hotline | None = None
) -> Intake:
    """The conversations of a hotline; the first where none is named."""
    hotline = hotline or profile.default_hotline
    languages = translator.languages()

    def words(key: str, language: str) -> str | None:
        try:
            return translator.text(key, language)
        except (UnknownText, KeyError):
            return None

    return Intake(
        hotline=hotline.id,
        rules=rules,
        flows=profile.flows,
        places=profile.places(hotline.id),
        patterns={language: profile.identity_patterns(language) for language in languages},
        finders={language: profile.finders(language) for language in languages},
        languages=languages,
        zone=profile.zone,
        words=words,
    )


def _telegram(  # noqa: PLR0917 - the parts of the wiring, each once
    settings: Settings,
    profile: Profile,
    entrances: Mapping[str, Entrance],
    store: Store,
    rules: Rules,
    keyring: Keyring,
    metrics: Metrics,
) -> TelegramSide:
    assert settings.telegram.token is not None  # noqa: S101 - the caller has looked
    token = settings.telegram.token.get_secret_value()
    bot_id = token.partition(":")[0]
    if not bot_id.isdigit():
        raise SettingsError(
            "TOVHOLDER_TELEGRAM__TOKEN is no bot token: one begins with a number and a colon."
        )
    led_to = {
        hotline.id: entrances[hotline.id]
        for hotline in profile.organisation.hotline
        if hotline.telegram.enabled
    }
    if profile.default_hotline.id not in led_to:
        raise SettingsError(
            f'The profile lets no Telegram lead to its hotline "{profile.default_hotline.id}" '
            "([hotline.telegram] enabled = false): take TOVHOLDER_TELEGRAM__TOKEN away."
        )
    public_url = settings.public_url.rstrip("/") if settings.has_public_https else None
    if public_url is None and SensitiveMode.HANDOVER in {
        hotline.telegram.mode(flow) for hotline in profile.organisation.hotline for flow in hotline.flows
    }:
        # The bot says so to whoever comes for one of these, with the number to call.
        log.warning("telegram.nothing_to_hand_over_to")
    doors = {
        hotline_id: TelegramDoor(
            intake=entrance.intake,
            words=entrance.words,
            bot_id=int(bot_id),
            public_url=public_url,
            trial=profile.trial,
        )
        for hotline_id, entrance in entrances.items()
    }
    door = replace(doors[profile.default_hotline.id], hotlines=doors, starts=words_of(led_to))
    request = AiohttpRequest()
    base = f"{settings.telegram.api_url.rstrip('/')}/bot{token}"
    secret = settings.telegram.webhook_secret
    return TelegramSide(
        door=door,
        request=request,
        base=base,
        taker=StoreTaker(store, door, rules, note=metrics.note_update),
        store=store,
        mode=settings.telegram.mode,
        public_url=settings.public_url.rstrip("/"),
        webhook_secret=secret.get_secret_value()
        if secret
        else keyring.digest("webhook", token.encode()).hex(),
    )


def words_of(entrances: Mapping[str, Entrance]) -> dict[str, str]:
    """The word that leads to each further hotline."""
    return {entrance.word: hotline_id for hotline_id, entrance in entrances.items() if entrance.word}


def is_reachable(tx: Transaction) -> bool:
    """Whether the store answers."""
    return tx.now.tzinfo is not None
