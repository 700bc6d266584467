from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.envelopes import DataKey, Place
from storage.errors import EnvelopeError, KeyringError
from storage.keyring import House, Keyring, Part

PLACE = Place("messages", "words", "row-1")
KEY = DataKey.of("body", b"k" * 32)


@given(st.binary(max_size=2000))
def test_what_was_sealed_opens_in_its_place(plaintext: bytes) -> None:
    assert KEY.open(PLACE, KEY.seal(PLACE, plaintext)) == plaintext


@given(st.text(alphabet=st.characters()))
def test_any_text_that_python_holds_survives(text: str) -> None:
    assert KEY.open_text(PLACE, KEY.seal_text(PLACE, text)) == text


def test_lone_surrogates_and_nul_survive() -> None:
    assert KEY.open_text(PLACE, KEY.seal_text(PLACE, "a\ud800\0b")) == "a\ud800\0b"


@pytest.mark.parametrize("length", [0, 1, 100, 508])
def test_short_values_have_one_length(length: int) -> None:
    assert len(KEY.seal(PLACE, b"x" * length)) == len(KEY.seal(PLACE, b""))


@pytest.mark.asvs("11.3.2")
def test_no_flipped_bit_ever_opens() -> None:
    envelope = KEY.seal(PLACE, b"Testord")
    opened = []
    for position in range(len(envelope)):
        flipped = bytearray(envelope)
        flipped[position] ^= 1
        try:
            opened.append(KEY.open(PLACE, bytes(flipped)))
        except EnvelopeError:
            continue

    assert opened == []


@pytest.mark.parametrize("length", [0, 1, 2, 3, 10, 19, 30, 500])
def test_a_cut_envelope_does_not_open(length: int) -> None:
    with pytest.raises(EnvelopeError):
        KEY.open(PLACE, KEY.seal(PLACE, b"Testord")[:length])


@pytest.mark.parametrize(
    "elsewhere",
    [
        Place("case_events", "words", "row-1"),
        Place("messages", "body", "row-1"),
        Place("messages", "words", "row-2"),
    ],
)
@pytest.mark.asvs("11.3.3")
def test_a_moved_envelope_does_not_open(elsewhere: Place) -> None:
    envelope = KEY.seal(PLACE, b"Testord")

    with pytest.raises(EnvelopeError):
        KEY.open(elsewhere, envelope)


def test_a_wrapped_key_opens_for_its_owner_and_part_only(keyring: Keyring) -> None:
    key, wrapped = keyring.new_key("case-1", Part.BODY)
    envelope = key.seal(PLACE, b"Testord")

    assert keyring.open_key(wrapped, "case-1", Part.BODY).open(PLACE, envelope) == b"Testord"
    with pytest.raises(EnvelopeError):
        keyring.open_key(wrapped, "case-2", Part.BODY)
    with pytest.raises(EnvelopeError):
        keyring.open_key(wrapped, "case-1", Part.IDENTITY)


def test_digests_differ_by_purpose_and_are_the_same_again(keyring: Keyring) -> None:
    assert keyring.digest("peer", b"1") == keyring.digest("peer", b"1")
    assert len({keyring.digest(purpose, b"1") for purpose in ("peer", "link", "door", "session")}) == 4


def test_a_key_file_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    made = Keyring.create(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert Keyring.load(path).checks() == made.checks()
    with pytest.raises(KeyringError, match="already"):
        Keyring.create(path)
    path.chmod(0o640)
    with pytest.raises(KeyringError, match="0600"):
        Keyring.load(path)


@pytest.mark.asvs("11.2.2")
def test_a_new_active_key_still_opens_what_an_older_one_wrapped(tmp_path: Path) -> None:
    path = tmp_path / "keyring.json"
    old = Keyring.create(path)
    document = json.loads(path.read_text(encoding="ascii"))
    document["keys"]["second"] = base64.b64encode(b"2" * 32).decode("ascii")
    document["active"] = "second"
    new = Keyring.parse(json.dumps(document))
    key, wrapped = old.new_key("case-1", Part.BODY)
    envelope = key.seal(PLACE, b"Testord")

    assert new.open_key(wrapped, "case-1", Part.BODY).open(PLACE, envelope) == b"Testord"
    assert new.digest("peer", b"1") == old.digest("peer", b"1")
    house = old.house_key(House.PARKED).seal(PLACE, b"Testord")
    assert new.house_key_of(house, House.PARKED).open(PLACE, house) == b"Testord"
    _, fresh = new.new_key("case-1", Part.BODY)
    with pytest.raises(EnvelopeError, match="does not hold"):
        old.open_key(fresh, "case-1", Part.BODY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"active": "a", "keys": {}, "digests": ""}',
        '{"active": "a", "keys": {"a": "AAAA"}, "digests": "AAAA"}',
        '{"active": "a", "keys": {"a": "?"}, "digests": "AAAA"}',
    ],
)
def test_a_broken_key_file_is_refused(text: str) -> None:
    with pytest.raises(KeyringError):
        Keyring.parse(text)
