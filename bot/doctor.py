"""`tovholder doctor`: looks at a house as it is set up and runs, says what to do about each thing, changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from telegram.error import InvalidToken, TelegramError

from bot.check import Severity, check_data, telling_words_in
from bot.profile import Profile
from bot.senders.botapi import AiohttpRequest, ready_call
from bot.settings import Settings, TelegramMode
from bot.telegram_side import WEBHOOK_PATH
from bot.wiring import channels_of, mails_leave
from storage.condition import Condition, UnreachableError, look_at
from storage.errors import KeyringError
from storage.keyring import Keyring
from storage.sqlite_file import open_to_others
from triage.clocks.policy import Audience
from triage.notices.audience import rungs
from triage.notices.outbox import Via

MOST_SKEW = timedelta(seconds=5)
"""How far the machine's clock may stand from the database's: deadlines are told by one, links expire by the other."""
MANY_WAITING = 50
"""So many updates that Telegram holds back are more than a moment's."""
MUST_BE_OFF = (
    "can_join_groups",
    "can_read_all_group_messages",
    "supports_inline_queries",
    "supports_guest_queries",
    "can_connect_to_business",
    "has_main_web_app",
    "can_manage_bots",
)
"""What a bot that talks with frightened people in private has no use for; BotFather turns each off."""
_CALL_SECONDS = 10.0


class State(StrEnum):
    """How a thing stands; a problem makes the command's status 1."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at, as a text key and what fills it; what `named` fills in are text keys too."""

    state: State
    key: str
    params: Mapping[str, object] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)

    def said(self, text: Callable[..., str]) -> str:
        """The line in words, by what turns a text key and what fills it into them."""
        return text(self.key, **self.params, **{name: text(key) for name, key in self.named.items()})


def _ok(key: str, **params: object) -> Line:
    return Line(State.OK, key, params)


def _warning(key: str, **params: object) -> Line:
    return Line(State.WARNING, key, params)


def _problem(key: str, **params: object) -> Line:
    return Line(State.PROBLEM, key, params)


async def examine(
    settings: Settings, profile: Profile, *, now: Callable[[], datetime], payload: Callable[[int, str], str]
) -> AsyncIterator[Line]:
    """Every line, in the order in which an operator would mend things."""
    for line in (*keyring(settings), *profile_lines(profile, now=now(), payload=payload)):
        yield line
    async for line in database(settings, profile, now=now):
        yield line
    ways = (*mails(settings, profile), *further_ways(settings, profile))
    for line in (*ways, *address(settings, profile), outside(settings)):
        yield line
    async for line in telegram(settings, profile):
        yield line


def keyring(settings: Settings) -> Iterator[Line]:
    """The master key: there, whole, private, and apart from the data."""
    file = settings.keyring.file
    if not file.exists():
        yield _problem("cli.doctor.no_key", file=file)
        return
    try:
        Keyring.load(file)
    except KeyringError as error:
        yield _problem("cli.doctor.bad_key", file=file, why=error)
        return
    if file.resolve().is_relative_to(settings.data_dir.resolve()):
        yield _problem("cli.doctor.key_beside_data", file=file, folder=settings.data_dir)
    else:
        yield _ok("cli.doctor.key", file=file)


def profile_lines(profile: Profile, *, now: datetime, payload: Callable[[int, str], str]) -> Iterator[Line]:
    """What `tovholder check` finds, without running the clocks; whether it is a trial."""
    found = check_data(profile, today=now.astimezone(profile.zone).date(), payload=payload)
    errors = sum(each.severity is Severity.ERROR for each in found)
    warnings = sum(each.severity is Severity.WARNING for each in found)
    line = _problem if errors else _warning if warnings else _ok
    key = "cli.doctor.profile_clean" if not errors + warnings else "cli.doctor.profile"
    yield line(key, name=profile.folder.name, errors=errors, warnings=warnings)
    if profile.trial:
        yield _warning("cli.trial")


async def database(
    settings: Settings, profile: Profile, *, now: Callable[[], datetime]
) -> AsyncIterator[Line]:
    """Reachable, migrated, in step with the machine's clock; and who is told of danger and of what runs late."""
    engine = "PostgreSQL" if settings.database_url.startswith("postgresql") else "SQLite"
    before = now()
    try:
        found = await look_at(settings.store_url)
    except UnreachableError as error:
        yield _problem("cli.doctor.no_database", engine=engine, why=error)
        return
    if not found.is_current:
        yield _problem("cli.doctor.not_migrated", engine=engine, revision=found.revision or "0")
        return
    yield _ok("cli.doctor.database", engine=engine, revision=found.revision)
    for file in open_to_others(settings.store_url):
        yield _warning("cli.doctor.database_open", file=file)
    if found.passes_by:
        yield _warning("cli.doctor.no_row_security")
    # It was looked at at some moment between these two.
    skew = max(before - found.at, found.at - now())
    if skew > MOST_SKEW:
        yield _problem("cli.doctor.skew", seconds=round(skew.total_seconds()))
    else:
        yield _ok("cli.doctor.clock")
    for line in told(profile, found):
        yield line
    for trouble in found.troubles:
        yield Line(
            State.PROBLEM, "cli.doctor.house_alarm", named={"what": f"console.health.trouble.{trouble}"}
        )


def told(profile: Profile, found: Condition) -> Iterator[Line]:
    """Whether somebody stands behind each audience of the ladder, and who is told instead.

    Who holds a case is another person for each, so that rung neither lacks anybody nor stands in for one here.
    """
    ladder = profile.organisation.ladder
    there = {each for each in Audience if each.value in found.roles} - {
        Audience.COORDINATOR,
        Audience.DUTY_OFFICER,
    }
    there |= {Audience.DUTY_OFFICER} if found.on_duty else set()
    for audience in (Audience.DUTY_OFFICER, *rungs(ladder, Audience.DUTY_OFFICER)[1:]):
        on_duty = audience is Audience.DUTY_OFFICER
        instead = next((rung for rung in rungs(ladder, audience) if rung in there), None)
        if audience in there:
            yield from [_ok("cli.doctor.on_duty")] if on_duty else []
        elif audience is Audience.COORDINATOR:
            continue
        elif instead is None:
            key = "cli.doctor.nobody_on_duty_nor_above" if on_duty else "cli.doctor.rung_empty_nor_above"
            yield Line(State.WARNING, key, named={"role": f"role.{audience}"})
        else:
            key = "cli.doctor.nobody_on_duty" if on_duty else "cli.doctor.rung_empty"
            yield Line(State.WARNING, key, named={"role": f"role.{audience}", "instead": f"role.{instead}"})


def mails(settings: Settings, profile: Profile) -> Iterator[Line]:
    """Whether mails leave, and how."""
    if not mails_leave(settings, profile):
        key = "cli.mails_held" if settings.smtp.host else "cli.mails_as_files"
        yield _warning(key, folder=settings.mail_folder)
        return
    if settings.smtp.username and not settings.smtp.starttls and settings.smtp.port != 465:  # noqa: PLR2004 - TLS at once
        yield _warning("cli.doctor.mail_open", host=settings.smtp.host)
    else:
        yield _ok("cli.doctor.mail", host=settings.smtp.host, sender=settings.smtp.sender)


def further_ways(settings: Settings, profile: Profile) -> Iterator[Line]:
    """Whether something wakes people by night, and which further ways are set; none of them is tried here."""
    set_up = {
        Via.SMS: urlsplit(settings.sms.url).hostname,
        Via.WEBHOOK: urlsplit(settings.webhook.url).hostname,
        Via.APPRISE: len(settings.apprise.addresses),
    }
    used = channels_of(settings, profile)
    for via, where in set_up.items():
        if where:
            yield _ok(f"cli.doctor.{via}", where=where) if via in used else _warning(f"cli.doctor.{via}_held")
    if not used & {Via.SMS, Via.TELEGRAM}:
        yield _warning("cli.doctor.nothing_wakes")


def outside(settings: Settings) -> Line:
    """Whether somebody outside is told when the process, the machine or the line is gone."""
    return _warning("cli.doctor.no_ping") if settings.watchdog.ping_url is None else _ok("cli.doctor.ping")


def address(settings: Settings, profile: Profile) -> Iterator[Line]:
    """The address that reporters reach, which is read over their shoulder; the page's and bot's own names."""
    telling = profile.organisation.telling_words
    if not settings.has_public_https:
        yield _warning("cli.doctor.no_https")
    else:
        yield _ok("cli.doctor.https", address=settings.public_url)
    host = urlsplit(settings.public_url).hostname or ""
    names = profile.organisation.names
    yield from _neutral(
        [("PUBLIC_URL", host), *(("[names] page", each) for each in names.page.values())], telling
    )


async def telegram(settings: Settings, profile: Profile) -> AsyncIterator[Line]:
    """The bot as Telegram knows it: what it may do, how it is named, where its updates go. Its token is never told."""
    if settings.telegram.token is None:
        yield _ok("cli.doctor.no_telegram")
        return
    base = f"{settings.telegram.api_url.rstrip('/')}/bot{settings.telegram.token.get_secret_value()}"
    request = AiohttpRequest(read_seconds=_CALL_SECONDS)
    await request.initialize()

    async def call(method: str, **params: object) -> Mapping[str, object]:
        answer = await request.post(f"{base}/{method}", request_data=ready_call(params))
        return answer if isinstance(answer, dict) else {}

    try:
        me = await call("getMe")
        for line in _bot(me):
            yield line
        shown = [("username", str(me.get("username", "")))]
        for language in ("", *profile.organisation.organisation.languages):
            given = {"language_code": language} if language else {}
            for method, name in _SHOWN.items():
                shown.append((method, str((await call(method, **given)).get(name, ""))))
        for line in _neutral(shown, profile.organisation.telling_words):
            yield line
        for line in _updates(settings, await call("getWebhookInfo")):
            yield line
    except InvalidToken:
        yield _problem("cli.doctor.token_refused")
    except TelegramError as error:
        yield _problem("cli.doctor.telegram_away", why=type(error).__name__)
    finally:
        await request.shutdown()


_SHOWN = {
    "getMyName": "name",
    "getMyShortDescription": "short_description",
    "getMyDescription": "description",
}
"""What people see of a bot before they write to it: the method that tells, and the field it tells it in."""


def _bot(me: Mapping[str, object]) -> Iterator[Line]:
    yield _ok("cli.doctor.bot", name=f"@{me.get('username', '')}")
    on = [name for name in MUST_BE_OFF if me.get(name)]
    if on:
        yield _problem("cli.doctor.bot_may", what=", ".join(on))


def _neutral(shown: Iterable[tuple[str, str]], telling: tuple[str, ...]) -> Iterator[Line]:
    found = dict.fromkeys((where, word) for where, text in shown for word in telling_words_in(text, telling))
    for where, word in found:
        yield _warning("cli.doctor.telling", where=where, word=word)


def _updates(settings: Settings, hook: Mapping[str, object]) -> Iterator[Line]:
    url, waiting = str(hook.get("url", "")), hook.get("pending_update_count", 0)
    ours = f"{settings.public_url.rstrip('/')}{WEBHOOK_PATH}"
    if settings.telegram.mode is TelegramMode.WEBHOOK and url != ours:
        yield _problem("cli.doctor.webhook_elsewhere" if url else "cli.doctor.webhook_missing", ours=ours)
    elif settings.telegram.mode is TelegramMode.POLLING and url:
        yield _problem("cli.doctor.webhook_while_polling")
    else:
        yield _ok("cli.doctor.updates", mode=settings.telegram.mode.value)
    if isinstance(waiting, int) and waiting > MANY_WAITING:
        yield _warning("cli.doctor.waiting", number=waiting)
    if hook.get("last_error_message"):
        yield _warning("cli.doctor.webhook_error", why=hook["last_error_message"])
