"""Recovery codes at the doors and on one's own page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from admin.parts import HOME
from tests.admin.house import Console


@pytest.fixture
def engine() -> str:
    """What is asked of the store is shown on both engines in `tests/people/test_ways_back.py`."""
    return "sqlite"


def codes_on(page: str) -> list[str]:
    return re.findall(r'<code dir="ltr">(\d{4} \d{4} \d{4})</code>', page)


async def test_codes_are_shown_once_and_let_in_without_the_phone(console: Console) -> None:
    person = await console.someone()
    browser = await console.sign_in(person)

    made = await browser.send(f"{HOME}/me", f"{HOME}/me/recovery-codes")
    codes = codes_on(made.text)
    page = await browser.get(f"{HOME}/me")
    other = await console.browser()
    await console.password(other, person.email)
    wrong = await console.code(other, "000000000000")
    came = await console.code(other, codes[3])

    assert len(codes) == 10
    assert made.headers["Cache-Control"] == "no-store"
    assert codes_on(page.text) == []
    assert "Du har 10 tilbage." in page.words
    assert (wrong.status, came.status) == (422, 303)
    assert "Du har 9 tilbage." in (await other.get(f"{HOME}/me")).words


async def test_making_codes_and_a_sensitive_act_ask_for_a_fresh_factor_which_a_code_is(
    console: Console,
) -> None:
    person = await console.someone()
    browser = await console.sign_in(person)
    codes = codes_on((await browser.send(f"{HOME}/me", f"{HOME}/me/recovery-codes")).text)
    console.clock.advance(timedelta(minutes=6))

    refused = await browser.send(f"{HOME}/me", f"{HOME}/me/recovery-codes")
    made = await browser.send(f"{HOME}/me", f"{HOME}/me/recovery-codes", {"factor": codes[0]})

    assert refused.status == 422
    assert codes_on(refused.text) == []
    assert len(codes_on(made.text)) == 10
    assert set(codes_on(made.text)).isdisjoint(codes)
