"""Settings of the further ways out: SMS, a webhook of the organisation's own, and the long tail."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator


class SmsMethod(StrEnum):
    """How the gateway is called."""

    GET = "get"
    POST = "post"


class SmsBody(StrEnum):
    """Where the fields stand in the call."""

    QUERY = "query"
    FORM = "form"
    JSON = "json"


class SmsAuth(StrEnum):
    """How the gateway knows us."""

    NONE = "none"
    BASIC = "basic"
    BEARER = "bearer"
    HEADER = "header"


def _secret_or_none(value: SecretStr | None) -> SecretStr | None:
    return value if value is not None and value.get_secret_value().strip() else None


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.fragment):
        msg = f"{parts.hostname or value!r} is no web address; write https://host/path"
        raise ValueError(msg)
    return value


class SmsSettings(BaseModel):
    """A gateway that sends an SMS when it is called over HTTP; without an address there is none."""

    url: str = Field(default="", description="The gateway's address. Empty: no SMS.")
    method: SmsMethod = Field(default=SmsMethod.POST, description="How it is called: `get` or `post`.")
    body: SmsBody = Field(
        default=SmsBody.FORM,
        description="Where the fields stand: `form`, `json` or `query`; `get` needs `query`.",
    )
    recipient_field: str = Field(
        default="to",
        min_length=1,
        description="Name of the number's field. In JSON `a.0.b` leads into lists.",
    )
    text_field: str = Field(default="text", min_length=1, description="Name of the text's field.")
    sender_field: str = Field(default="", description="Name of the sender's field. Empty: none is sent.")
    sender: str = Field(default="", description="What stands in it: a number, or up to 11 letters.")
    plus: bool = Field(default=True, description="Write numbers with + in front, as +4512345678.")
    extra: str = Field(default="", description="Further fields, written as in an address: `class=1&dlr=0`.")
    auth: SmsAuth = Field(
        default=SmsAuth.NONE, description="How the gateway knows us: `none`, `basic`, `bearer` or `header`."
    )
    username: str = Field(default="", description="Name for `basic`.")
    secret: SecretStr | None = Field(default=None, description="Password, token or value of the header.")
    auth_header: str = Field(default="X-API-Key", description="Name of the header for `header`.")
    accepted_path: str = Field(
        default="",
        description="Where its JSON says yes, as `messages.0.status`. Empty: any status 2xx is a yes.",
    )
    accepted_value: str = Field(default="", description="What stands there when it took the message.")
    id_path: str = Field(default="", description="Where its JSON holds the message's id.")

    _url = field_validator("url")(_web_address)
    _secret = field_validator("secret")(_secret_or_none)

    @field_validator("method", "body", "auth", mode="before")
    @classmethod
    def _in_small_letters(cls, value: object) -> object:
        return value.strip().lower() if isinstance(value, str) else value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.method is SmsMethod.GET and self.body is not SmsBody.QUERY:
            msg = "TOVHOLDER_SMS__METHOD=get carries no body; set TOVHOLDER_SMS__BODY=query"
            raise ValueError(msg)
        if "?" in self.url:
            msg = (
                "TOVHOLDER_SMS__URL ends before the question mark; fixed fields go into TOVHOLDER_SMS__EXTRA"
            )
            raise ValueError(msg)
        if self.accepted_path and not self.accepted_value:
            msg = "TOVHOLDER_SMS__ACCEPTED_PATH says where the yes stands; set TOVHOLDER_SMS__ACCEPTED_VALUE too"
            raise ValueError(msg)
        if self.url and self.auth is not SmsAuth.NONE and self.secret is None:
            msg = f"TOVHOLDER_SMS__AUTH={self.auth} needs TOVHOLDER_SMS__SECRET: the gateway would refuse every text"
            raise ValueError(msg)
        self._check_fields()
        return self

    def _check_fields(self) -> None:
        """Raise where two fields would have one name, or one would have to be a value and hold others at once."""
        names = [
            self.recipient_field,
            self.text_field,
            *filter(None, [self.sender_field]),
            *self.fixed_fields,
        ]
        for name in names:
            inside = self.body is SmsBody.JSON and any(other.startswith(f"{name}.") for other in names)
            if names.count(name) > 1 or inside:
                msg = f"TOVHOLDER_SMS__: two fields are called {name}; each needs a name of its own"
                raise ValueError(msg)

    @property
    def fixed_fields(self) -> Mapping[str, str]:
        """The further fields by name."""
        return dict(parse_qsl(self.extra, keep_blank_values=True))


class WebhookSettings(BaseModel):
    """A machine of the organisation's own that is told each notice once; without an address there is none."""

    url: str = Field(default="", description="The address that each notice is posted to. Empty: none.")
    secret: SecretStr | None = Field(default=None, description="What the posts are signed with.")

    _url = field_validator("url")(_web_address)
    _secret = field_validator("secret")(_secret_or_none)

    @model_validator(mode="after")
    def _is_signed(self) -> Self:
        if self.url and self.secret is None:
            msg = (
                "TOVHOLDER_WEBHOOK__URL needs TOVHOLDER_WEBHOOK__SECRET: without it anybody could post there"
            )
            raise ValueError(msg)
        return self


class AppriseSettings(BaseModel):
    """Further channels of the optional library."""

    urls: SecretStr | None = Field(
        default=None,
        description="Addresses of apprise, with spaces between. Needs `tovholder[notify]`. Empty: none.",
    )

    _urls = field_validator("urls")(_secret_or_none)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Each address."""
        return () if self.urls is None else tuple(self.urls.get_secret_value().split())
