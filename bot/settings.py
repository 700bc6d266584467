"""Settings: from the environment (prefix `TOVHOLDER_`, `__` between levels) or a file of such lines.

A secret may also be given as a file: `TOVHOLDER_TELEGRAM__TOKEN_FILE=/run/secrets/token` stands for the token
that the file holds. Every setting appears in `docs/SETTINGS.md`; a test keeps it so.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.channel_settings import AppriseSettings, SmsSettings, WebhookSettings
from bot.settings_watch import MetricsSettings, WatchdogSettings

PREFIX = "TOVHOLDER_"
FILE_SUFFIX = "_FILE"
SETTINGS_FILE = Path("tovholder.env")
"""The settings file that is read where the command line names no other; it need not be there."""
_FOR_TESTS = f"{PREFIX}TEST_"
_LAST_PORT = 65535


class BadSettingsError(Exception):
    """Something is wrong with the settings: one sentence for each."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))


class TelegramMode(StrEnum):
    """How updates come in."""

    POLLING = "polling"
    WEBHOOK = "webhook"


class TelegramSettings(BaseModel):
    """The Telegram door; shut as long as there is no token."""

    token: SecretStr | None = Field(default=None, description="The bot's token. Empty: no Telegram.")
    api_url: str = Field(default="https://api.telegram.org", description="The Bot API's address.")
    mode: TelegramMode = Field(
        default=TelegramMode.POLLING, description="How updates come in: `polling` or `webhook`."
    )
    webhook_secret: SecretStr | None = Field(
        default=None,
        description="Secret that Telegram sends with each update. Empty: derived from the keyring.",
    )

    @field_validator("token", "webhook_secret")
    @classmethod
    def _empty_is_none(cls, value: SecretStr | None) -> SecretStr | None:
        return value if value is not None and value.get_secret_value().strip() else None

    @field_validator("api_url")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        return web_address(value)


class SmtpSettings(BaseModel):
    """How mail leaves the house; without a host each mail becomes a file under the data folder."""

    host: str = Field(default="", description="The mail server. Empty: mails are written as files.")
    port: int = Field(default=587, ge=1, le=65535, description="Its port; on 465 TLS is spoken at once.")
    username: str = Field(default="", description="Name to sign in with, if the server wants one.")
    password: SecretStr | None = Field(default=None, description="Password to sign in with.")
    starttls: bool = Field(
        default=True, description="Encrypt before signing in; a server that cannot is refused."
    )
    sender: str = Field(default="tovholder@localhost", description="The address that mails come from.")

    @field_validator("sender")
    @classmethod
    def _one_address(cls, value: str) -> str:
        name, at, host = value.partition("@")
        if not (name and at and host) or not value.isascii() or any(sign in value for sign in " \r\n<>,;"):
            msg = "write one plain mail address, such as tovholder@example.org"
            raise ValueError(msg)
        return value


class KeyringSettings(BaseModel):
    """Where the master key lies: apart from the data folder, so that one copy never holds both."""

    file: Path = Field(default=Path("keys/keyring.json"), description="The key file, mode 0600.")


class Settings(BaseSettings):
    """Everything an operator can set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="ignore", frozen=True
    )

    data_dir: Path = Field(
        default=Path("data"), description="Folder of the SQLite store, written mails and the one-time link."
    )
    database_url: str = Field(
        default="",
        description="`postgresql+asyncpg://name:password@host/database`. Empty: SQLite under the data folder.",
    )
    profile: str = Field(default="koebenhavn", description="A shipped profile's name, or a profile folder.")
    listen: str = Field(
        default="127.0.0.1:8080",
        description="`host:port` of the reporter's pages, the webhook and `/healthz`.",
    )
    staff_listen: str = Field(
        default="", description="`host:port` of the console. Empty: on the same address, under `/desk`."
    )
    public_url: str = Field(
        default="", description="The https address reporters reach. Empty: no secure page from Telegram."
    )
    staff_url: str = Field(
        default="",
        description="The console's address in staff notices, with `/desk`. Empty: built from the listener.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Addresses or networks, with commas between, whose `X-Forwarded-For` is believed.",
    )
    tick_seconds: float = Field(
        default=10.0, gt=0, le=60, description="Seconds between two looks at the clocks."
    )
    send_outside_trial: bool = Field(
        default=False,
        description="Let mails, SMS and the like leave the house although the profile is not signed off.",
    )
    design_page: bool = Field(
        default=False,
        description="Show all parts of the pages at `/desk/design`, to whoever builds them.",
    )
    telegram: TelegramSettings = TelegramSettings()
    smtp: SmtpSettings = SmtpSettings()
    sms: SmsSettings = SmsSettings()
    webhook: WebhookSettings = WebhookSettings()
    apprise: AppriseSettings = AppriseSettings()
    keyring: KeyringSettings = KeyringSettings()
    watchdog: WatchdogSettings = WatchdogSettings()
    metrics: MetricsSettings = MetricsSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is the library's
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then secrets in files, then the settings file."""
        return init_settings, env_settings, SecretsInFiles(settings_cls), dotenv_settings

    @field_validator("listen", "staff_listen")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        if value:
            split_address(value)
        return value

    @field_validator("public_url", "staff_url")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        return web_address(value) if value else value

    @field_validator("database_url")
    @classmethod
    def _known_engine(cls, value: str) -> str:
        if value and not value.startswith(("postgresql+asyncpg://", "sqlite:///")):
            msg = "write postgresql+asyncpg://name:password@host/database, or leave it empty for SQLite"
            raise ValueError(msg)
        try:
            _ = urlsplit(value).port
        except ValueError:
            # The library's own words would repeat the address, and its password with it.
            msg = (
                "the port behind the host is no number; in a password the signs / @ : are written %2F %40 %3A"
            )
            raise ValueError(msg) from None
        return value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split_at_commas(cls, value: object) -> object:
        return (
            [each.strip() for each in value.split(",") if each.strip()] if isinstance(value, str) else value
        )

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            try:
                ipaddress.ip_network(each, strict=False)
            except ValueError:
                msg = f"{each!r} is no address and no network; write 10.0.0.7 or 10.0.0.0/8"
                raise ValueError(msg) from None
        return value

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.staff_listen and self.staff_listen == self.listen and not self.listen.endswith(":0"):
            msg = "TOVHOLDER_STAFF_LISTEN is the same address as TOVHOLDER_LISTEN; give it another port, or none"
            raise ValueError(msg)
        if self.telegram.token is None or self.telegram.mode is TelegramMode.POLLING:
            return self
        loopback = (urlsplit(self.telegram.api_url).hostname or "") in {"127.0.0.1", "::1", "localhost"}
        if not self.public_url.startswith("https://") and not (loopback and self.public_url):
            msg = (
                "TOVHOLDER_TELEGRAM__MODE=webhook needs TOVHOLDER_PUBLIC_URL to be an https address; set it, or "
                "use TOVHOLDER_TELEGRAM__MODE=polling"
            )
            raise ValueError(msg)
        return self

    @property
    def store_url(self) -> str:
        """The address of the store."""
        return self.database_url or f"sqlite:///{self.data_dir / 'tovholder.db'}"

    @property
    def mail_folder(self) -> Path:
        """Where mails are written while none may leave."""
        return self.data_dir / "mails"

    @property
    def backup_mark(self) -> Path:
        """The file whose age says when `tovholder backup` was last run here."""
        return self.data_dir / "last-backup"

    @property
    def returned_folder(self) -> Path:
        """Where the names of mails that came back wait for the process that serves."""
        return self.data_dir / "returned"

    @property
    def has_public_https(self) -> bool:
        """Whether a secure page can be offered from a chat."""
        return self.public_url.startswith("https://")

    @property
    def console_url(self) -> str:
        """Where staff reach the console, without a slash at the end."""
        if self.staff_url:
            return self.staff_url.rstrip("/")
        if self.staff_listen:
            return f"{reachable(self.staff_listen)}/desk"
        return f"{self.public_url.rstrip('/') or reachable(self.listen)}/desk"


def read_settings(file: Path | None = None) -> Settings:
    """The settings of environment and file; `BadSettingsError` says what is wrong with each that is."""
    path = SETTINGS_FILE if file is None else file
    if file is not None and not file.is_file():
        raise BadSettingsError(f"There is no settings file {file}.")
    found = (
        DotEnvSettingsSource(Settings, env_file=path, case_sensitive=True).env_vars if path.is_file() else {}
    )
    written = {name: value or "" for name, value in found.items()}
    given = {**written, **os.environ}
    known = {name for name, _ in setting_names()}
    wrong = [sentence for name in sorted(given) if (sentence := _wrong_name(name, known, given))]
    if wrong:
        raise BadSettingsError(*wrong)
    try:
        return Settings(_env_file=path if written else None, **secrets_in_files(written))
    except ValidationError as error:
        raise BadSettingsError(*_sentences(error)) from None


def setting_names(model: type[BaseModel] = Settings, prefix: str = PREFIX) -> Iterator[tuple[str, Any]]:
    """Each setting's name in the environment, with its field."""
    for name, found in model.model_fields.items():
        kind = found.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from setting_names(kind, f"{prefix}{name.upper()}__")
        else:
            yield prefix + name.upper(), found


def split_address(address: str) -> tuple[str, int]:
    """`host:port` in its parts; a `ValueError` says what is wrong with it."""
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > _LAST_PORT:
        msg = f"{address!r} is no address to listen on; write host:port, such as 127.0.0.1:8080"
        raise ValueError(msg)
    return host.strip("[]"), int(port)


def reachable(address: str) -> str:
    """The web address of a listener, as somebody on this machine would type it."""
    host, port = split_address(address)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - what is listened on, not an act
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def web_address(value: str) -> str:
    """The value, if it is the address of a web page; a `ValueError` says that it is none."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        msg = f"{value!r} is no web address; write https://host, without ? or #"
        raise ValueError(msg)
    return value


class SecretsInFiles(PydanticBaseSettingsSource):
    """Reads `TOVHOLDER_…_FILE`: the setting is what the file holds, without the line's end."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002, ANN401
        """Every value comes through `__call__` at once."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """The settings that were given as files, nested as the model is."""
        return secrets_in_files(os.environ)


def secrets_in_files(given: Mapping[str, str]) -> dict[str, Any]:
    """What the `…_FILE` names stand for; `KEYRING__FILE` is a setting of its own."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        stands_for = _stands_for(name)
        if stands_for is None:
            continue
        *levels, last = stands_for.removeprefix(PREFIX).lower().split("__")
        level = found
        for step in levels:
            level = level.setdefault(step, {})
        try:
            level[last] = Path(value).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise BadSettingsError(f"{name}: the file {value} cannot be read.") from error
    return found


def _stands_for(name: str) -> str | None:
    if not name.startswith(PREFIX) or not name.endswith(FILE_SUFFIX) or name == f"{PREFIX}KEYRING__FILE":
        return None
    return name.removesuffix(FILE_SUFFIX)


def _wrong_name(name: str, known: set[str], given: Mapping[str, str]) -> str | None:
    """A misspelt setting would otherwise be a silent default."""
    if not name.startswith(PREFIX) or name.startswith(_FOR_TESTS):
        return None
    stands_for = _stands_for(name)
    if stands_for in known and stands_for in given:
        return f"{name}: {stands_for} is set too; set one of them."
    if name in known or stands_for in known:
        return None
    near = difflib.get_close_matches(name, sorted(known), n=1)
    return f"{name}: there is no such setting." + (f" Did you mean {near[0]}?" if near else "")


def _sentences(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_input=False):
        said = fault["msg"].removeprefix("Value error, ")
        name = PREFIX + "__".join(str(step).upper() for step in fault["loc"])
        yield f"{name}: {said}." if fault["loc"] else f"{said}."
