"""The organisation's data on a page: what stands in the files, and what the check finds in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pytest

from admin.parts import HOME, Checked, Finding
from bot.check import check_data
from bot.profile_checks import CheckedProfile, tightest_payload
from storage.store import Store
from tests.admin.house import CHECKED_AT, Console, open_console
from tests.support.profiles import shipped
from tests.support.stores import SettableClock
from triage.people.person import Role
from triage.profile import SignedOff


@pytest.fixture
def engine() -> str:
    """The page asks the store nothing."""
    return "sqlite"


async def test_it_shows_what_the_files_say_and_what_the_check_finds_and_has_no_form(console: Console) -> None:
    browser = await console.come_in(Role.DPO)

    page = await browser.get(f"{HOME}/profile")

    for words in (
        "Opsætning: Københavns Kommune",
        "Teksterne er ikke godkendt.",
        "41 74 90 90 Sidst kontrolleret 7. april 2016",
        "Ringes aldrig op for at prøve",
        "Mandag–Fredag: 8–16 Lørdag–Søndag: lukket",
        "dansk",
        "Ubegrundet, afsluttes · en anden skal bekræfte",
        "Retsplejeloven § 115, stk. 1, nr. 1",
        "Set efter 4. maj 2026",
        "districts.toml [district fyn] : has neither number nor mail",
    ):
        assert words in page.words, words
    assert page.text.count("<form") == 1, "only the one that signs out"


@pytest.mark.parametrize(
    ("trial", "said"),
    [
        (False, "Teksterne er godkendt af Testperson 9 1. marts 2026."),
        (True, "Testperson 9 godkendte andre tekster end disse 1. marts 2026. Derfor står der på hver side"),
    ],
)
async def test_it_says_who_signed_and_whether_it_was_these_texts_and_that_nothing_is_missing(
    store: Store, clock: SettableClock, *, trial: bool, said: str
) -> None:
    rules = shipped().rules()
    signed = SignedOff(who="Testperson 9", date=date(2026, 3, 1), fingerprint="0" * 64)
    rules = replace(rules, organisation=rules.organisation.model_copy(update={"signed_off": signed}))
    async with open_console(store, clock, rules=rules, checks=Sound(trial)) as console:
        browser = await console.come_in(Role.ADMINISTRATOR)
        words = (await browser.get(f"{HOME}/profile")).words

    assert said in words
    assert "Der er ikke fundet noget, som skal rettes." in words


@dataclass
class Sound:
    """A profile in which nothing is found."""

    trial: bool

    async def findings(self) -> Checked:
        return Checked(on=date(2026, 5, 4), findings=())


async def test_the_checks_are_made_once_a_day_and_are_those_of_the_command() -> None:
    days = [CHECKED_AT, CHECKED_AT, CHECKED_AT.replace(day=5)]
    checks = CheckedProfile(shipped(), now=lambda: days.pop(0))

    first, again, next_day = [await checks.findings() for _ in range(3)]

    asked = check_data(shipped(), today=date(2026, 5, 4), payload=tightest_payload)
    assert first.findings == tuple(
        Finding(severity=each.severity, where=each.where, what=each.what) for each in asked
    )
    assert again is first
    assert next_day.on == date(2026, 5, 5)
