"""What the doctor sees of a house that is set up well, and of each thing that can be wrong with one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.channel_settings import AppriseSettings, SmsSettings, WebhookSettings
from bot.doctor import Line, State, database, examine, further_ways, told
from bot.profile_checks import tightest_payload
from bot.settings import KeyringSettings, Settings, SmtpSettings, TelegramMode, TelegramSettings
from bot.settings_watch import WatchdogSettings
from bot.watchdog import note_trouble
from bot.wiring import machine_time
from storage.condition import Condition
from storage.keyring import Keyring
from storage.migrate import downgrade
from storage.store import DatabaseClock, open_store
from tests.support.botapi.server import FakeBotApi
from tests.support.builders import a_person
from tests.support.command import tovholder
from tests.support.postgres import PostgresServer
from tests.support.profiles import shipped
from triage.house.records import Trouble
from triage.people.person import Role

PROFILE = shipped()
PUBLIC = "https://kontakt.example.org"
HOOK = f"{PUBLIC}/telegram"
NOBODY = dict.fromkeys(
    ("cli.doctor.nobody_on_duty_nor_above", "cli.doctor.rung_empty_nor_above"), State.WARNING
)
"""In a house without people nobody is told of anything."""
ALWAYS = {"cli.doctor.profile", "cli.trial"}
"""The shipped profile is a draft: that it has things to look at, and is a trial, is always said."""


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    async with FakeBotApi() as opened:
        yield opened


@pytest.fixture
def keyring_file(tmp_path: Path) -> Path:
    (tmp_path / "keys").mkdir()
    Keyring.create(tmp_path / "keys" / "keyring.json")
    return tmp_path / "keys" / "keyring.json"


@pytest.fixture
def settings(tmp_path: Path, database_url: str, keyring_file: Path) -> Settings:
    """A house without Telegram, set up well; its database has tables, and nobody is on duty."""
    (tmp_path / "data").mkdir()
    return Settings(
        data_dir=tmp_path / "data",
        database_url=database_url,
        public_url=PUBLIC,
        send_outside_trial=True,
        smtp=SmtpSettings(host="mail.example.org", sender="kontakt@example.org"),
        sms=SmsSettings(url="https://sms.example.org/send"),
        keyring=KeyringSettings(file=keyring_file),
        watchdog=WatchdogSettings(ping_url=SecretStr("https://monitor.example.org/1234")),
    )


def with_bot(settings: Settings, api: FakeBotApi, *, mode: TelegramMode = TelegramMode.POLLING) -> Settings:
    bot = TelegramSettings(token=SecretStr(api.token), api_url=api.base_url.removesuffix("/bot"), mode=mode)
    return settings.model_copy(update={"telegram": bot})


def in_words(line: Line, lang: str) -> str:
    def text(key: str, **params: object) -> str:
        return PROFILE.translator().text(key, lang, **params)

    return line.said(text)


async def seen(settings: Settings) -> list[Line]:
    """All lines; none of them holds the token."""
    lines = [
        line
        async for line in examine(settings, PROFILE, now=lambda: datetime.now(UTC), payload=tightest_payload)
    ]
    token = settings.telegram.token
    said = [in_words(line, lang) for line in lines for lang in ("da", "en")]
    assert token is None or not any(token.get_secret_value() in text for text in said)
    return lines


async def faults(settings: Settings) -> dict[str, State]:
    """What is not as it should be."""
    return {
        line.key: line.state
        for line in await seen(settings)
        if line.state is not State.OK and line.key not in ALWAYS
    }


async def take_duty(settings: Settings, *others: Role) -> None:
    store = open_store(settings.store_url, clock=DatabaseClock(), keyring=Keyring.load(settings.keyring.file))
    await store.open()
    await store.write(a_person, on_duty=True)
    for role in others:
        await store.write(lambda tx: a_person(tx, roles=[role]))  # noqa: B023 - called here
    await store.close()


async def test_in_a_house_that_is_set_up_well_there_is_nothing_to_mend(
    settings: Settings, api: FakeBotApi
) -> None:
    await take_duty(settings, Role.HEAD, Role.CHAIR, Role.STEERING)

    assert await faults(with_bot(settings, api)) == {}


async def test_each_further_way_out_is_named_or_said_to_be_held_back(settings: Settings) -> None:
    key = SecretStr("synthetic-secret-of-32-signs-or-more")
    given = settings.model_copy(
        update={
            "webhook": WebhookSettings(url="https://machine.example.org/", secret=key),
            "apprise": AppriseSettings(urls=SecretStr("json://one.example.org json://two.example.org")),
        }
    )

    said = [in_words(line, "en") for line in further_ways(given, PROFILE)]
    held = further_ways(given.model_copy(update={"send_outside_trial": False}), PROFILE)
    nothing = further_ways(settings.model_copy(update={"sms": SmsSettings()}), PROFILE)

    assert said == [
        "SMS leave by sms.example.org.",
        "Notices go to machine.example.org too.",
        "Notices go to 2 addresses by apprise too.",
    ]
    assert [(line.state, line.key.removeprefix("cli.doctor.")) for line in held] == [
        (State.WARNING, each) for each in ("sms_held", "webhook_held", "apprise_held", "nothing_wakes")
    ]
    assert [line.key for line in nothing] == ["cli.doctor.nothing_wakes"]


async def test_a_superuser_of_the_database_is_a_warning_for_nothing_is_hidden_from_one(
    settings: Settings, engine: str, postgres_server: PostgresServer
) -> None:
    as_owner = {line.key for line in [each async for each in database(settings, PROFILE, now=machine_time)]}
    name = settings.database_url.rpartition("/")[2]
    url = settings.database_url if engine == "sqlite" else postgres_server.url(name)
    given = settings.model_copy(update={"database_url": url})
    as_superuser = {line.key for line in [each async for each in database(given, PROFILE, now=machine_time)]}

    assert "cli.doctor.no_row_security" not in as_owner
    assert ("cli.doctor.no_row_security" in as_superuser) is (engine == "postgresql")


async def test_a_database_beside_whose_process_it_looks_is_left_as_it_is(settings: Settings) -> None:
    store = open_store(settings.store_url, clock=DatabaseClock(), keyring=Keyring.load(settings.keyring.file))
    await store.open()
    await store.write(a_person, on_duty=True)

    assert await faults(settings) == {"cli.doctor.rung_empty": State.WARNING}
    await store.close()


async def test_nobody_on_duty_is_a_warning_and_that_nobody_is_told_at_all(settings: Settings) -> None:
    assert await faults(settings) == NOBODY


@pytest.mark.parametrize(
    ("on_duty", "roles", "expected"),
    [
        (True, (), ["Nobody is Head of secretariat, so Duty officer is told"]),
        (False, ("head",), ["Nobody is on duty, so Head of secretariat is told of danger instead."]),
        (False, ("steering",), ["Nobody is Head of secretariat, so Steering group is told"]),
        (False, ("analyst",), ["Nobody is on duty and nobody else stands on the ladder"]),
    ],
)
def test_for_each_rung_with_nobody_behind_it_the_line_says_who_is_told_instead(
    *, on_duty: bool, roles: tuple[str, ...], expected: list[str]
) -> None:
    found = Condition(revision=None, at=datetime.now(UTC), on_duty=on_duty, roles=frozenset(roles))

    lines = [in_words(line, "en") for line in told(PROFILE, found)]

    assert [each for each in expected if not any(line.startswith(each) for line in lines)] == []
    assert [line for line in lines if line.startswith("Nobody is Case coordinator")] == []


async def test_a_database_file_that_others_may_read_is_a_warning(settings: Settings) -> None:
    if not settings.store_url.startswith("sqlite:"):
        assert await faults(settings) == NOBODY
        return
    file = Path(settings.store_url.removeprefix("sqlite:///"))
    file.chmod(0o644)

    lines = [each for each in await seen(settings) if each.key == "cli.doctor.database_open"]

    assert [(each.state, dict(each.params)) for each in lines] == [(State.WARNING, {"file": file})]


async def test_tables_of_another_version_are_a_problem(settings: Settings) -> None:
    await downgrade(settings.store_url, "0001")

    assert await faults(settings) == {"cli.doctor.not_migrated": State.PROBLEM}


async def test_clocks_that_stand_apart_are_a_problem_either_way(settings: Settings) -> None:
    for apart in (timedelta(minutes=1), timedelta(minutes=-1)):
        lines = [line async for line in database(settings, PROFILE, now=lambda: datetime.now(UTC) + apart)]  # noqa: B023 - called here
        [skew] = [line for line in lines if line.key == "cli.doctor.skew"]
        assert (skew.state, 50 <= int(str(skew.params["seconds"])) <= 60) == (State.PROBLEM, True)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////nowhere/at/all.db",
        "postgresql+asyncpg://somebody:hemmelig-kode@127.0.0.1:1/nothing",
    ],
)
async def test_a_database_that_does_not_answer_is_a_problem_told_without_its_password(
    settings: Settings, url: str
) -> None:
    lines = await seen(settings.model_copy(update={"database_url": url}))

    [line] = [each for each in lines if each.state is State.PROBLEM]
    assert line.key == "cli.doctor.no_database"
    assert "hemmelig" not in str(line.params)


async def test_a_key_that_is_missing_broken_or_beside_the_data_is_a_problem(
    settings: Settings, keyring_file: Path
) -> None:
    beside = settings.model_copy(update={"data_dir": keyring_file.parent})
    assert await faults(beside) == {"cli.doctor.key_beside_data": State.PROBLEM, **NOBODY}
    keyring_file.write_text("{}")
    assert await faults(settings) == {"cli.doctor.bad_key": State.PROBLEM, **NOBODY}
    keyring_file.unlink()
    assert await faults(settings) == {"cli.doctor.no_key": State.PROBLEM, **NOBODY}


async def test_mails_that_do_not_leave_and_an_address_without_https_are_warnings(settings: Settings) -> None:
    bare = settings.model_copy(update={"smtp": SmtpSettings(), "public_url": "http://kontakt.example.org"})

    assert await faults(bare) == {
        "cli.mails_as_files": State.WARNING,
        "cli.doctor.no_https": State.WARNING,
        **NOBODY,
    }


async def test_a_house_that_nobody_outside_hears_of_is_a_warning(settings: Settings) -> None:
    alone = settings.model_copy(update={"watchdog": WatchdogSettings()})

    assert await faults(alone) == {"cli.doctor.no_ping": State.WARNING, **NOBODY}


async def test_an_alarm_about_the_house_that_lasts_is_a_problem_said_in_words(settings: Settings) -> None:
    store = open_store(settings.store_url, clock=DatabaseClock(), keyring=Keyring.load(settings.keyring.file))
    await store.open()
    await store.write(note_trouble, PROFILE.rules(), Trouble.TOKEN_REFUSED)
    await store.write(note_trouble, PROFILE.rules(), Trouble.MAIL_FAILING)
    await store.close()

    lines = [in_words(line, "en") for line in await seen(settings) if line.key == "cli.doctor.house_alarm"]

    assert lines == [
        "There is an alarm about the system itself: The bot's token. See what is wrong under The system in the console."
    ]


async def test_an_address_that_tells_a_bystander_is_named_with_the_word(settings: Settings) -> None:
    lines = await seen(settings.model_copy(update={"public_url": "https://ekstremisme.example.org"}))

    told = [(line.state, dict(line.params)) for line in lines if line.key == "cli.doctor.telling"]
    assert told == [(State.WARNING, {"where": "PUBLIC_URL", "word": "ekstrem"})]


async def test_what_a_bot_is_called_and_says_of_itself_must_tell_a_bystander_nothing(
    settings: Settings, api: FakeBotApi
) -> None:
    api.world.me["username"] = "politi_bot"
    api.world.profile["setMyName"] = [{"name": "Hotline", "language_code": "da"}, {"name": "Kontakt"}]
    api.world.profile["setMyDescription"] = [{"description": "About extremism"}]
    api.world.profile["setMyShortDescription"] = [{"short_description": "Din bekymring"}]

    lines = await seen(with_bot(settings, api))

    told = [dict(line.params) for line in lines if line.key == "cli.doctor.telling"]
    assert told == [
        {"where": "username", "word": "politi"},
        {"where": "getMyShortDescription", "word": "bekymring"},
        {"where": "getMyDescription", "word": "extrem"},
        {"where": "getMyName", "word": "hotline"},
    ]


async def test_a_bot_that_may_more_than_talk_in_private_is_a_problem(
    settings: Settings, api: FakeBotApi
) -> None:
    api.world.me |= {"can_join_groups": True, "supports_inline_queries": True}

    lines = await seen(with_bot(settings, api))

    [line] = [each for each in lines if each.state is State.PROBLEM]
    assert (line.key, line.params["what"]) == (
        "cli.doctor.bot_may",
        "can_join_groups, supports_inline_queries",
    )


@pytest.mark.parametrize(
    ("mode", "url", "expected"),
    [
        (TelegramMode.POLLING, "", None),
        (TelegramMode.POLLING, HOOK, "cli.doctor.webhook_while_polling"),
        (TelegramMode.WEBHOOK, HOOK, None),
        (TelegramMode.WEBHOOK, "", "cli.doctor.webhook_missing"),
        (TelegramMode.WEBHOOK, "https://other.example.org/telegram", "cli.doctor.webhook_elsewhere"),
    ],
)
async def test_updates_must_come_here_and_nowhere_else(
    settings: Settings, api: FakeBotApi, mode: TelegramMode, url: str, expected: str | None
) -> None:
    if url:
        api.webhook.set(url=url, secret="", max_connections=1, ip_address="")

    lines = await seen(with_bot(settings, api, mode=mode))

    assert [line.key for line in lines if line.state is State.PROBLEM] == ([expected] if expected else [])
    if url:
        api.webhook.clear()


async def test_a_token_that_telegram_does_not_know_is_a_problem_and_not_told(
    settings: Settings, api: FakeBotApi
) -> None:
    house = with_bot(settings, api)
    other = house.telegram.model_copy(update={"token": SecretStr("77:hemmelig-kode")})

    found = await faults(house.model_copy(update={"telegram": other}))

    assert found["cli.doctor.token_refused"] is State.PROBLEM


async def test_a_telegram_that_is_away_is_a_problem(settings: Settings) -> None:
    away = TelegramSettings(token=SecretStr("77:hemmelig-kode"), api_url="http://127.0.0.1:1")

    found = await faults(settings.model_copy(update={"telegram": away}))

    assert found["cli.doctor.telegram_away"] is State.PROBLEM


async def test_the_command_ends_with_1_on_a_problem_and_with_0_once_it_is_mended(tmp_path: Path) -> None:
    before = await tovholder(tmp_path, "doctor")
    await tovholder(tmp_path, "migrate")
    after = await tovholder(tmp_path, "doctor")

    assert (before.status, after.status) == (1, 0)
    assert "problem  There is no master key in" in before.out
    assert "ok       The database (SQLite) answers" in after.out
    assert before.err + after.err == ""
