"""Settings come from environment, file and secret files; whatever is wrong with one is said in one clear sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.settings import BadSettingsError, TelegramMode, read_settings, secrets_in_files, setting_names

PAGE = Path(__file__).parents[2] / "docs" / "SETTINGS.md"


@pytest.fixture(autouse=True)
def _an_empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, _ in setting_names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def _said(monkeypatch: pytest.MonkeyPatch, **given: str) -> str:
    for name, value in given.items():
        monkeypatch.setenv(f"TOVHOLDER_{name}", value)
    with pytest.raises(BadSettingsError) as refused:
        read_settings()
    return str(refused.value)


def test_without_any_setting_the_house_runs_on_this_machine_alone() -> None:
    settings = read_settings()
    assert settings.store_url == "sqlite:///data/tovholder.db"
    assert settings.console_url == "http://127.0.0.1:8080/desk"
    assert settings.telegram.token is None
    assert settings.smtp.host == ""


def test_levels_are_written_with_two_underlines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOVHOLDER_TELEGRAM__TOKEN", "1:a")
    monkeypatch.setenv("TOVHOLDER_SMTP__PORT", "25")
    monkeypatch.setenv("TOVHOLDER_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1")
    settings = read_settings()
    assert settings.telegram.token == SecretStr("1:a")
    assert settings.smtp.port == 25
    assert settings.trusted_proxies == ("10.0.0.0/8", "192.0.2.1")


def test_a_file_gives_what_the_environment_does_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("2:b\n")
    file = tmp_path / "house.env"
    file.write_text(
        f"TOVHOLDER_PROFILE=elsewhere\nTOVHOLDER_LISTEN=127.0.0.1:1\nTOVHOLDER_TELEGRAM__TOKEN_FILE={secret}\n"
    )
    monkeypatch.setenv("TOVHOLDER_LISTEN", "127.0.0.1:2")
    monkeypatch.setenv("TOVHOLDER_TELEGRAM__MODE", "webhook")
    monkeypatch.setenv("TOVHOLDER_PUBLIC_URL", "https://chat.example.org")
    settings = read_settings(file)
    assert (settings.profile, settings.listen) == ("elsewhere", "127.0.0.1:2")
    assert settings.telegram.token == SecretStr("2:b")
    assert settings.telegram.mode is TelegramMode.WEBHOOK


def test_the_file_in_the_working_folder_is_read_without_being_named(tmp_path: Path) -> None:
    (tmp_path / "tovholder.env").write_text("TOVHOLDER_PROFILE=elsewhere\n")
    assert read_settings().profile == "elsewhere"


def test_every_secret_can_be_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secrets = [name for name, field in setting_names() if "SecretStr" in str(field.annotation)]
    assert len(secrets) == 8
    for name in secrets:
        path = tmp_path / name
        path.write_text(f"http://value.of/{name}\r\n" if name.endswith("URL") else f"value of {name}\r\n")
        monkeypatch.setenv(f"{name}_FILE", str(path))
    settings = read_settings()
    assert settings.telegram.token == SecretStr("value of TOVHOLDER_TELEGRAM__TOKEN")
    assert settings.telegram.webhook_secret == SecretStr("value of TOVHOLDER_TELEGRAM__WEBHOOK_SECRET")
    assert settings.smtp.password == SecretStr("value of TOVHOLDER_SMTP__PASSWORD")
    assert settings.metrics.token == SecretStr("value of TOVHOLDER_METRICS__TOKEN")
    assert settings.watchdog.ping_url == SecretStr("http://value.of/TOVHOLDER_WATCHDOG__PING_URL")
    assert "value of" not in repr(settings)
    assert "value.of" not in repr(settings)


def test_the_address_of_the_database_can_be_a_file_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "url").write_text("postgresql+asyncpg://a:b@db/c\n")
    monkeypatch.setenv("TOVHOLDER_DATABASE_URL_FILE", str(tmp_path / "url"))
    assert read_settings().store_url == "postgresql+asyncpg://a:b@db/c"


def test_the_key_file_is_a_setting_of_its_own(tmp_path: Path) -> None:
    assert secrets_in_files({"TOVHOLDER_KEYRING__FILE": str(tmp_path / "none")}) == {}


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("LISTEN", "8080", "'8080' is no address to listen on; write host:port, such as 127.0.0.1:8080."),
        (
            "LISTEN",
            "a:99999",
            "'a:99999' is no address to listen on; write host:port, such as 127.0.0.1:8080.",
        ),
        (
            "PUBLIC_URL",
            "chat.example.org",
            "'chat.example.org' is no web address; write https://host, without ? or #.",
        ),
        (
            "DATABASE_URL",
            "mysql://a:secret@b/c",
            "write postgresql+asyncpg://name:password@host/database, or leave it empty for SQLite.",
        ),
        (
            "DATABASE_URL",
            "postgresql+asyncpg://a:se/cret@b/c",
            "the port behind the host is no number; in a password the signs / @ : are written %2F %40 %3A.",
        ),
        (
            "TRUSTED_PROXIES",
            "10.0.0.0/8,proxy",
            "'proxy' is no address and no network; write 10.0.0.7 or 10.0.0.0/8.",
        ),
        ("TELEGRAM__MODE", "push", "Input should be 'polling' or 'webhook'."),
        ("SMTP__PORT", "0", "Input should be greater than or equal to 1."),
        (
            "SMTP__SENDER",
            "a\nBcc: b@example.org",
            "write one plain mail address, such as tovholder@example.org.",
        ),
        (
            "WATCHDOG__PING_URL",
            "monitor/secret",
            "write the web address that the monitor gave, such as https://monitor.example.org/ping/1234.",
        ),
        ("TICK_SECONDS", "soon", "Input should be a valid number, unable to parse string as a number."),
    ],
)
def test_a_wrong_value_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    said = _said(monkeypatch, **{name: value})
    assert said == f"TOVHOLDER_{name}: {sentence}"
    assert "secret" not in said


def test_a_misspelt_name_is_no_silent_default(monkeypatch: pytest.MonkeyPatch) -> None:
    said = _said(monkeypatch, LISTN="127.0.0.1:1")
    assert said == "TOVHOLDER_LISTN: there is no such setting. Did you mean TOVHOLDER_LISTEN?"


def test_a_secret_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("1:a")
    said = _said(monkeypatch, TELEGRAM__TOKEN="1:b", TELEGRAM__TOKEN_FILE=str(tmp_path / "token"))
    assert said == "TOVHOLDER_TELEGRAM__TOKEN_FILE: TOVHOLDER_TELEGRAM__TOKEN is set too; set one of them."


def test_a_secret_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    said = _said(monkeypatch, SMTP__PASSWORD_FILE="/nowhere/at/all")
    assert said == "TOVHOLDER_SMTP__PASSWORD_FILE: the file /nowhere/at/all cannot be read."


def test_a_settings_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(BadSettingsError, match="There is no settings file"):
        read_settings(tmp_path / "none.env")


def test_a_webhook_needs_an_https_address(monkeypatch: pytest.MonkeyPatch) -> None:
    said = _said(
        monkeypatch, TELEGRAM__TOKEN="1:a", TELEGRAM__MODE="webhook", PUBLIC_URL="http://example.org"
    )
    assert said == (
        "TOVHOLDER_TELEGRAM__MODE=webhook needs TOVHOLDER_PUBLIC_URL to be an https address; set it, or use "
        "TOVHOLDER_TELEGRAM__MODE=polling."
    )


def test_the_two_listeners_are_not_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    said = _said(monkeypatch, LISTEN="127.0.0.1:80", STAFF_LISTEN="127.0.0.1:80")
    assert said.startswith("TOVHOLDER_STAFF_LISTEN is the same address as TOVHOLDER_LISTEN")


def test_a_listener_on_every_address_is_shown_as_one_that_can_be_typed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TOVHOLDER_LISTEN", "0.0.0.0:8080")
    assert read_settings().console_url == "http://127.0.0.1:8080/desk"


def test_the_page_of_settings_names_each_with_its_meaning_and_no_other() -> None:
    page = PAGE.read_text("utf-8")
    rows = dict(re.findall(r"^\| `(TOVHOLDER_\w+)` \| .*? \| (.+) \|$", page, re.MULTILINE))
    assert rows == {name: field.description for name, field in setting_names()}
    mentioned = set(re.findall(r"TOVHOLDER_\w+", page)) - {"TOVHOLDER_TELEGRAM__TOKEN_FILE"}
    assert mentioned == set(rows)
