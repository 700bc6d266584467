"""Checking what a browser answers for a passkey: the library does the arithmetic; here stands what we ask of it."""

from __future__ import annotations

import ipaddress
import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Any

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from yarl import URL

from triage.people.passkey import Passkey
from triage.people.passkey_sign_in import NewPasskey
from triage.people.person import Person

_LOCALHOST = "localhost"
_LONGEST = 20_000
"""Characters of an answer; a real one has about two thousand."""


@dataclass(frozen=True, slots=True)
class Site:
    """The place for which a passkey is made: a name, and the origin of the page that asks."""

    name: str
    origin: str


def site_of(console_url: str, origin: str | None) -> Site | None:
    """The place of a page of this origin; None where it is not the console's own, or where there can be no passkey.

    There is none for a bare address: browsers want a name. A console on this machine is also met as `localhost`.
    """
    own, asked = URL(console_url).origin(), _origin(origin)
    if asked is None or own.host is None or asked.host is None:
        return None
    if _is_this_machine(own.host) and asked.host == _LOCALHOST and asked.scheme == "http":
        return Site(_LOCALHOST, str(asked))
    if asked != own or _is_address(own.host):
        return None
    return Site(own.host, str(own))


def making_options(site: Site, *, person: Person, issuer: str, challenge: str, known: list[Passkey]) -> str:
    """What a browser needs to make a passkey for this person, as JSON."""
    options = generate_registration_options(
        rp_id=site.name,
        rp_name=issuer,
        user_id=person.id.bytes,
        user_name=person.email,
        user_display_name=person.name,
        challenge=_bytes(challenge),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each.credential_id) for each in known],
    )
    return options_to_json(options)


def asking_options(site: Site, *, challenge: str) -> str:
    """What a browser needs to answer with any passkey that it has for this place, as JSON."""
    options = generate_authentication_options(
        rp_id=site.name,
        challenge=_bytes(challenge),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser answered: to which challenge and on which page, as it says. Nothing is checked yet."""

    challenge: str
    origin: str
    credential_id: bytes
    content: dict[str, Any]

    def made(self, site: Site) -> NewPasskey | None:
        """The new passkey, if the answer is one to its challenge, for this place, and whoever holds it was asked."""
        try:
            found = verify_registration_response(
                credential=self.content,
                expected_challenge=_bytes(self.challenge),
                expected_rp_id=site.name,
                expected_origin=site.origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError):
            return None
        return NewPasskey(
            credential_id=found.credential_id,
            public_key=found.credential_public_key,
            sign_count=found.sign_count,
        )

    def count_of(self, site: Site, passkey: Passkey) -> int | None:
        """The passkey's new count, if it gave this answer, to its challenge and for this place; else None."""
        try:
            found = verify_authentication_response(
                credential=self.content,
                expected_challenge=_bytes(self.challenge),
                expected_rp_id=site.name,
                expected_origin=site.origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError):
            return None
        return found.new_sign_count


def read_answer(text: str) -> Answer | None:
    """An answer as the page's script sends it; None for anything else."""
    if len(text) > _LONGEST:
        return None
    try:
        content = json.loads(text)
        said = json.loads(_bytes(content["response"]["clientDataJSON"]))
        challenge, origin = said["challenge"], said["origin"]
        credential_id = _bytes(content["rawId"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(challenge, str) or not isinstance(origin, str):
        return None
    return Answer(challenge, origin, credential_id, content)


def _bytes(text: str) -> bytes:
    """What base64url without padding stands for; `ValueError` or `TypeError` where it is none."""
    if not isinstance(text, str):
        raise TypeError(text)
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))


def _origin(written: str | None) -> URL | None:
    try:
        origin = None if not written else URL(written).origin()
        # A host may be written so that no name comes of it; that shows only once it is asked for.
        return None if origin is None or origin.host is None else origin
    except ValueError:
        return None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_this_machine(host: str) -> bool:
    return host == _LOCALHOST or (_is_address(host) and ipaddress.ip_address(host).is_loopback)
