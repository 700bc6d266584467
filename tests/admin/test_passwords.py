from __future__ import annotations

import asyncio
from xml.etree import ElementTree as ET

import pyotp
import pytest
from argon2 import extract_parameters
from hypothesis import given
from hypothesis import strategies as st

from admin import otp
from admin.passwords import Passwords, TooManyHashesError, refusal
from tests.admin.house import CHEAP
from tests.support.stores import MONDAY_MORNING
from triage.refusals import Reason


@pytest.mark.parametrize(
    "password",
    [
        "fire grønne kander på loftet",
        "Kaffe uden mælk i regnvejr",
        "7 tomme flasker, 3 cykler",
        "xK9#mQ2$vL5@nR8!",
        "   luft   mellem   ordene   her   ",
        "п" * 3 + "ароль нет совсем",
        "x9" + "Et ret langt ord om havets dybde " * 7,
    ],
)
@pytest.mark.asvs("6.2.8")
def test_a_long_password_of_ones_own_is_taken_as_it_is(password: str) -> None:
    assert refusal(password) is None


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "passwordpassword1234",
        "Adgangskode123456789",
        "p4ssw0rdp4ssw0rd2026",
        "qwertyuiopasdfghjkl",
        "1234567890123456789",
        "Velkommen2026!!!!!!",
        "correcthorsebatterystaple",
        "SommerSommer20262026",
    ],
)
@pytest.mark.asvs("6.2.4")
def test_a_password_that_would_be_guessed_early_is_not_taken(password: str) -> None:
    assert refusal(password) is Reason.WEAK_PASSWORD


def test_ones_own_name_and_address_make_no_password() -> None:
    about = ("Testperson Vagten", "vagten@example.org")

    assert refusal("testperson.vagten1!", about=about) is Reason.WEAK_PASSWORD


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("kort", Reason.SHORT_PASSWORD),
        ("fjorten tegn..", Reason.SHORT_PASSWORD),
        ("x" * 257, Reason.TOO_LONG),
    ],
)
@pytest.mark.asvs("6.2.1")
def test_a_password_of_the_wrong_length_is_told_so_and_not_that_it_is_easy(
    password: str, expected: Reason
) -> None:
    assert refusal(password) is expected


@given(st.text(max_size=300))
def test_any_text_is_judged_without_a_fault(password: str) -> None:
    assert refusal(password) in {None, Reason.SHORT_PASSWORD, Reason.TOO_LONG, Reason.WEAK_PASSWORD}


async def test_nobodys_password_is_never_right() -> None:
    passwords = Passwords(hasher=CHEAP)

    assert not await passwords.matches("nobody has this password", None)


async def test_checking_for_nobody_is_the_work_of_checking_for_somebody() -> None:
    passwords = Passwords(hasher=CHEAP)
    kept = await passwords.hash("fire grønne kander på loftet")

    assert extract_parameters(passwords._dummy) == extract_parameters(kept)


@pytest.mark.asvs("11.4.2")
async def test_too_many_at_once_are_sent_away_instead_of_piling_up() -> None:
    passwords = Passwords(hasher=CHEAP, most_waiting=3)

    results = await asyncio.gather(*(passwords.hash("x") for _ in range(12)), return_exceptions=True)

    assert sum(isinstance(each, TooManyHashesError) for each in results) == 9


@pytest.mark.asvs("11.4.2")
def test_the_real_parameters_are_those_that_were_measured() -> None:
    hasher = Passwords().hasher

    assert (hasher.memory_cost, hasher.time_cost, hasher.type.name) == (64 * 1024, 3, "ID")


SECRET = otp.written(b"twenty bytes of test")


@pytest.mark.asvs("6.5.5")
def test_a_code_counts_one_step_around_now() -> None:
    step = int(MONDAY_MORNING.timestamp()) // otp.SECONDS
    codes = {step + each: pyotp.HOTP(SECRET).at(step + each) for each in range(-2, 3)}

    found = {given: otp.step_of(SECRET, code, at=MONDAY_MORNING) for given, code in codes.items()}

    assert found == {step - 2: None, step - 1: step - 1, step: step, step + 1: step + 1, step + 2: None}


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "١٢٣٤٥٦", "abcdef", "12 34 5x"])
def test_what_is_no_code_has_no_step(typed: str) -> None:
    assert otp.step_of(SECRET, typed, at=MONDAY_MORNING) is None


def test_the_picture_of_a_secret_is_paths_alone_and_says_nothing_as_text() -> None:
    address = otp.address(SECRET, name="a@example.org", issuer="Æ & Ø")
    drawn = ET.fromstring(otp.picture(address))  # noqa: S314  it was drawn here

    assert {each.tag for each in drawn.iter()} == {"svg", "path"}
    assert {name for each in drawn.iter() for name in each.attrib} == {
        *("viewBox", "class"),
        *("fill", "stroke", "d"),
    }
    assert "".join(drawn.itertext()).strip() == ""


def test_each_secret_has_its_own_picture() -> None:
    addresses = [
        otp.address(otp.written(bytes(20 * [each])), name="a@example.org", issuer="T") for each in (1, 2)
    ]

    assert otp.picture(addresses[0]) != otp.picture(addresses[1])
