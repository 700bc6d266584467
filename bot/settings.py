"""Settings: from the environment (prefix `TOVHOLDER_`, `__` between levels) or a `.env`-like file.

A secret may also be given as a file: `TOVHOLDER_TELEGRAM__TOKEN_FILE=/run/secrets/token` stands for the token
that the file holds. Every setting appears in `docs/SETTINGS.md`; a test keeps it so.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "TOVHOLDER_"
FILE_SUFFIX = "_FILE"


class TelegramMode(StrEnum):
    """How updates come in."""

    POLLING = "polling"
    WEBHOOK = "webhook"


class TelegramSettings(BaseModel):
    """The Telegram door; shut as long as there is no token."""

    token: SecretStr | None = Field(default=None, description="The bot's token. Empty: no Telegram.")
    api_url: str = Field(default="https://api.telegram.org", description="The Bot API's address.")
    mode: TelegramMode = Field(default=TelegramMode.POLLING, description="polling or webhook.")
    webhook_secret: SecretStr | None = Field(
        default=None,
        description="Secret that Telegram sends with each update; derived from the keyring if empty.",
    )


class SmtpSettings(BaseModel):
    """How mail leaves the house; without a host each mail becomes a file under the data folder."""

    host: str = Field(default="", description="The mail server. Empty: mails are written as files.")
    port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    username: str = Field(default="", description="Name to sign in with, if the server wants one.")
    password: SecretStr | None = Field(default=None, description="Password to sign in with.")
    starttls: bool = Field(default=True, description="Encrypt before signing in.")
    sender: str = Field(default="tovholder@localhost", description="The address that mails come from.")


class KeyringSettings(BaseModel):
    """Where the master key lies: apart from the data folder, so that one copy never holds both."""

    file: Path = Field(default=Path("keys/keyring.json"), description="The key file, mode 0600.")


class Settings(BaseSettings):
    """Everything an operator can set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    data_dir: Path = Field(
        default=Path("data"), description="Folder of the SQLite store, mails and the lock."
    )
    database_url: str = Field(
        default="", description="postgresql+asyncpg://…; empty: SQLite under the data folder."
    )
    profile: str = Field(default="koebenhavn", description="A shipped profile's name, or a profile folder.")
    listen: str = Field(
        default="127.0.0.1:8080", description="Address of the reporter's pages and the webhook."
    )
    staff_listen: str = Field(
        default="", description="Address of the console. Empty: on the same address, under /desk."
    )
    public_url: str = Field(
        default="", description="The https address reporters reach; empty: no secure page from Telegram."
    )
    staff_url: str = Field(
        default="", description="The address in staff notices; empty: built from the listener."
    )
    trusted_proxies: tuple[str, ...] = Field(
        default=(), description="Addresses or networks whose X-Forwarded-For and -Proto are believed."
    )
    tick_seconds: float = Field(default=10.0, gt=0, le=60, description="How often clocks are looked at.")
    send_outside_trial: bool = Field(
        default=False, description="Let notices leave the house although the profile is not signed off."
    )
    telegram: TelegramSettings = TelegramSettings()
    smtp: SmtpSettings = SmtpSettings()
    keyring: KeyringSettings = KeyringSettings()

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

    @model_validator(mode="after")
    def _webhook_needs_https(self) -> Self:
        if self.telegram.token is None or self.telegram.mode is TelegramMode.POLLING:
            return self
        loopback = (urlsplit(self.telegram.api_url).hostname or "") in {"127.0.0.1", "::1", "localhost"}
        if not self.public_url.startswith("https://") and not (loopback and self.public_url):
            msg = (
                "TELEGRAM__MODE=webhook needs PUBLIC_URL to be an https address; set it, or use "
                "TELEGRAM__MODE=polling"
            )
            raise ValueError(msg)
        return self

    @property
    def store_url(self) -> str:
        """The address of the store."""
        return self.database_url or f"sqlite:///{self.data_dir / 'tovholder.db'}"

    @property
    def mail_folder(self) -> Path:
        """Where mails are written while there is no mail server."""
        return self.data_dir / "mails"

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
            return f"http://{self.staff_listen}/desk"
        return f"{self.public_url.rstrip('/') or f'http://{self.listen}'}/desk"


def split_address(address: str) -> tuple[str, int]:
    """`host:port` in its parts; a `ValueError` says what is wrong with it."""
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isdigit() or int(port) > 65535:  # noqa: PLR2004 - the last port
        msg = f"{address!r} is no address to listen on; write host:port, such as 127.0.0.1:8080"
        raise ValueError(msg)
    return host.strip("[]"), int(port)


class SecretsInFiles(PydanticBaseSettingsSource):
    """Reads `TOVHOLDER_…_FILE`: the setting is what the file holds, without the line's end."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002, ANN401
        """Every value comes through `__call__` at once."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """The settings that were given as files, nested as the model is."""
        return secrets_in_files(os.environ)


def secrets_in_files(environment: Mapping[str, str]) -> dict[str, Any]:
    """What the `…_FILE` variables of this environment stand for; `KEYRING__FILE` is a setting of its own."""
    found: dict[str, Any] = {}
    for name, value in environment.items():
        if not name.startswith(PREFIX) or not name.endswith(FILE_SUFFIX) or name == PREFIX + "KEYRING__FILE":
            continue
        path = name.removeprefix(PREFIX).removesuffix(FILE_SUFFIX).lower().split("__")
        level = found
        for step in path[:-1]:
            level = level.setdefault(step, {})
        level[path[-1]] = Path(value).read_text(encoding="utf-8").rstrip("\r\n")
    return found
