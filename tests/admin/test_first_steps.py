from __future__ import annotations

import re

import pyotp

from admin.parts import HOME
from tests.admin.house import PASSWORD, Browser, Console
from triage.people.person import PersonState, Role


async def join(console: Console, browser: Browser, path: str, **fields: str) -> tuple[str, int]:
    page = await browser.get(path)
    hidden = page.form(path)
    code = pyotp.TOTP(hidden["secret"]).at(console.clock.at)
    given = {"password": PASSWORD, "again": PASSWORD, "code": code, **fields}
    answer = await browser.post(path, {**hidden, **given})
    return hidden["secret"], answer.status


async def test_the_first_administrator_comes_in_by_a_link_that_works_once(console: Console) -> None:
    browser = await console.browser()
    path = f"{HOME}/first/{await console.first_ticket()}"

    secret, status = await join(console, browser, path, name="Testperson A", email="a@example.org")
    again = await browser.get(path)

    assert (status, again.status) == (303, 410)
    browser.secret = secret
    assert (await console.password(browser, "a@example.org")).location == f"{HOME}/sign-in/code"


async def test_once_somebody_came_in_an_unused_link_of_another_start_is_over(console: Console) -> None:
    used, unused = [f"{HOME}/first/{await console.first_ticket()}" for _ in range(2)]
    browser = await console.browser()

    await join(console, browser, used, name="Testperson A", email="a@example.org")

    assert (await browser.get(unused)).status == 410


async def test_looking_at_a_link_uses_nothing_up(console: Console) -> None:
    browser = await console.browser()
    path = f"{HOME}/first/{await console.first_ticket()}"

    for _ in range(3):
        assert (await browser.get(path)).status == 200


async def test_somebody_invited_comes_in_and_sees_their_room(console: Console) -> None:
    administrator = await console.come_in(Role.ADMINISTRATOR)
    action = f"{HOME}/people/invite"

    handed = await administrator.send(
        action,
        action,
        {"name": "Testperson B", "email": "b@example.org", "roles": ["duty_officer"], "language": "da"},
    )
    link = re.search(r"/desk/invited/[\w-]+", handed.text)
    assert link is not None
    browser = await console.browser()
    _, status = await join(console, browser, link[0])

    assert (handed.status, status) == (200, 303)
    people = await console.store.read(lambda tx: {each.name: each.state for each in tx.people.all()})
    assert people["Testperson B"] is PersonState.ACTIVE
