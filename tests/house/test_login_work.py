"""Signing in says nothing of who exists: the same words, the same work, the same writing, whoever is asked for."""

from __future__ import annotations

import re
from statistics import median
from time import perf_counter
from typing import Any

import pytest
from argon2 import PasswordHasher

from tests.house.staff import HOME
from tests.house.whole import House
from tests.support.profiles import shipped
from triage.people.invite import disable
from triage.people.person import Role
from triage.refusals import Refused

TRIES = 5


@pytest.fixture
def engine() -> str:
    """What signing in says and costs is decided above the store."""
    return "sqlite"


@pytest.mark.asvs("6.3.8")
async def test_an_account_that_exists_costs_what_one_of_nobody_costs(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, kept: str | bytes, password: str | bytes) -> Any:
        checked.append(re.sub(r"\$[^$]*\$[^$]*$", "", str(kept)))
        return verify(self, kept, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    existing = await house.someone(Role.DUTY_OFFICER)
    shut_out = await house.someone(Role.DUTY_OFFICER)
    administrator = await house.someone(Role.ADMINISTRATOR)
    done = await house.store.write(disable, shipped().rules(), by=administrator.id, person_id=shut_out.id)
    assert not isinstance(done, Refused)
    asked = {"existing": existing.email, "disabled": shut_out.email, "nobody": "nobody@example.org"}
    took: dict[str, list[float]] = {name: [] for name in asked}
    pages: dict[str, set[str]] = {name: set() for name in asked}
    work: dict[str, list[str]] = {name: [] for name in asked}
    path = f"{HOME}/sign-in"
    for _ in range(TRIES):
        for name, email in asked.items():
            browser = await house.browser()
            form = (await browser.get(path)).form(path)
            checked.clear()
            began = perf_counter()
            answer = await browser.send(form, ("email", email), ("password", "en forkert adgangskode"))
            took[name].append(perf_counter() - began)
            work[name] += checked
            text = re.sub(r'value="[^"]*"', "", answer.text)
            pages[name].add(f"{answer.status} {sorted(set(answer.headers) - {'Date'})} {text}")

    medians = ", ".join(f"{name} {median(times) * 1000:.1f} ms" for name, times in took.items())
    print(f"sign-in, median of {TRIES}: {medians}")
    assert pages["existing"] == pages["disabled"] == pages["nobody"]
    assert len(pages["nobody"]) == 1
    assert work["existing"] == work["disabled"] == work["nobody"]
    assert len(work["nobody"]) == TRIES


async def test_who_exists_does_not_show_in_how_many_tries_are_left(house: House) -> None:
    existing = await house.someone(Role.DUTY_OFFICER)
    path = f"{HOME}/sign-in"
    statuses: dict[str, list[int]] = {}
    for email in (existing.email, "nobody@example.org"):
        statuses[email] = []
        for _ in range(12):
            browser = await house.browser()
            answer = await browser.fill(path, path, ("email", email), ("password", "forkert"))
            statuses[email].append(answer.status)

    assert statuses[existing.email] == statuses["nobody@example.org"] == [422] * 10 + [429] * 2
