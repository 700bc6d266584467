"""The settings of what watches the house: the watchdog, the outside monitor, the metrics."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator


class WatchdogSettings(BaseModel):
    """How the house watches itself, and who outside hears that all is well."""

    seconds: float = Field(default=15.0, gt=0, le=60, description="Seconds between two looks at the house.")
    ping_url: SecretStr | None = Field(
        default=None,
        description="Address of an outside monitor, asked by GET while all is well. Empty: no ping.",
    )
    ping_seconds: float = Field(default=60.0, ge=1, le=3600, description="Seconds between two pings.")
    ping_fail: bool = Field(
        default=False, description="Ask the same address with `/fail` behind it while something is wrong."
    )
    backup_days: int = Field(
        default=8,
        ge=0,
        le=400,
        description="Days after which a missing `tovholder backup` is an alarm. 0: not looked at.",
    )

    @field_validator("ping_url")
    @classmethod
    def _is_web_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value().strip():
            return None
        parts = urlsplit(value.get_secret_value())
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            # What was written is not repeated: it may hold the monitor's secret.
            msg = "write the web address that the monitor gave, such as https://monitor.example.org/ping/1234"
            raise ValueError(msg)
        return value


class MetricsSettings(BaseModel):
    """Who may read `/metrics`."""

    token: SecretStr | None = Field(
        default=None,
        description="What a scraper must send as `Authorization: Bearer …`. Needed where one address serves all.",
    )

    @field_validator("token")
    @classmethod
    def _empty_is_none(cls, value: SecretStr | None) -> SecretStr | None:
        return value if value is not None and value.get_secret_value().strip() else None
