from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest

from admin.parts import HOME
from tests.admin.house import PASSWORD, Browser, Console
from tests.support.joining import secret_on
from tests.support.profiles import shipped
from triage.access.table import TABLE, Relation, Right
from triage.people.invite import Invited
from triage.people.person import PersonState, Role
from triage.people.upkeep import recover_person


async def join(console: Console, browser: Browser, path: str, **fields: str) -> tuple[str, int]:
    page = await browser.get(path)
    hidden, secret = page.form(path), secret_on(page.text)
    code = pyotp.TOTP(secret).at(console.clock.at)
    given = {"password": PASSWORD, "again": PASSWORD, "code": code, **fields}
    answer = await browser.post(path, {**hidden, **given})
    return secret, answer.status


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


async def test_every_look_at_a_link_shows_the_same_second_factor(console: Console) -> None:
    path, other = [f"{HOME}/first/{await console.first_ticket()}" for _ in range(2)]
    one, two = await console.browser(), await console.browser()

    scanned = await one.get(path)
    refused = await one.post(path, {**scanned.form(path), "name": "Testperson A", "code": "000000"})
    console.clock.advance(timedelta(minutes=50))
    later = await two.get(path)

    assert refused.status == 422
    assert [secret_on(page.text) for page in (refused, later)] == [secret_on(scanned.text)] * 2
    assert [picture_on(page.text) for page in (refused, later)] == [picture_on(scanned.text)] * 2
    assert secret_on((await one.get(other)).text) != secret_on(scanned.text)
    browser = await console.browser()
    code = pyotp.TOTP(secret_on(scanned.text)).at(console.clock.at)
    given = {"name": "Testperson A", "email": "a@example.org", "password": PASSWORD, "again": PASSWORD}
    joined = await browser.send(path, path, {**given, "code": code})
    assert joined.status == 303


async def test_a_form_cannot_bring_a_second_factor_of_its_own(console: Console) -> None:
    browser = await console.browser()
    path = f"{HOME}/first/{await console.first_ticket()}"
    own = pyotp.random_base32()
    given = {"name": "Testperson A", "email": "a@example.org", "password": PASSWORD, "again": PASSWORD}

    answer = await browser.send(
        path, path, {**given, "secret": own, "code": pyotp.TOTP(own).at(console.clock.at)}
    )

    assert answer.status == 422


@pytest.mark.asvs("6.4.3")
async def test_a_new_way_in_brings_a_new_second_factor(console: Console) -> None:
    administrator = await console.someone(Role.ADMINISTRATOR)
    other = await console.someone()
    browser = await console.browser()

    secrets = set()
    for _ in range(2):
        made = await console.store.write(
            recover_person, shipped().rules(), by=administrator.id, person_id=other.id
        )
        assert isinstance(made, Invited)
        secrets.add(secret_on((await browser.get(f"{HOME}/invited/{made.token}")).text))

    assert len(secrets) == 2


async def test_somebody_invited_is_met_in_their_language_at_every_door(console: Console) -> None:
    administrator = await console.come_in(Role.ADMINISTRATOR)
    action = f"{HOME}/people/invite"
    offered = await administrator.get(action)
    given = {"name": "Testperson B", "email": "b@example.org", "roles": ["duty_officer"], "language": "en"}
    handed = await administrator.send(action, action, given)
    link = re.search(r"/desk/invited/[\w-]+", handed.text)
    assert link is not None
    browser = await console.browser()
    await join(console, browser, link[0])

    assert 'name="language" value="da" checked' in offered.text
    assert '<html lang="en"' in (await browser.get(f"{HOME}/sign-in", headers={"Accept-Language": "da"})).text


async def test_a_used_link_of_the_first_administrator_says_who_can_make_another(console: Console) -> None:
    browser = await console.browser()
    path = f"{HOME}/first/{await console.first_ticket()}"
    await join(console, browser, path, name="Testperson A", email="a@example.org")

    first, invited = (await browser.get(path)).words, (await browser.get(f"{HOME}/invited/nothing")).words

    assert "tovholder first-link" in first
    assert "tovholder" not in invited


@pytest.mark.parametrize(
    ("right", "da", "en"),
    [
        (Right.READ_CASE, "Ser alle sager", "Sees every case"),
        (Right.READ_IDENTITY, "åbne, hvem indsenderen er", "open who the reporter is"),
        (Right.TAKE_DUTY, "vagten", "take the duty"),
        (Right.MANAGE_PEOPLE, "Styrer, hvem der kommer ind", "Decides who comes in"),
    ],
)
def test_what_the_form_says_a_role_sees_is_what_it_sees(right: Right, da: str, en: str) -> None:
    words = shipped().translator()

    for lang, claim in (("da", da), ("en", en)):
        said = {role for role in Role if claim in words.text(f"console.role_sees.{role}", lang)}
        assert said == set(TABLE[right])


def test_a_role_is_told_only_of_those_cases_that_it_may_open() -> None:
    words = shipped().translator()
    shut = {
        role for role in Role if words.text(f"console.role_sees.{role}", "da").startswith("Ser ingen sager")
    }
    own = {role for role in Role if "i egne og ledige" in words.text(f"console.role_sees.{role}", "da")}

    assert shut == set(Role) - set(TABLE[Right.READ_CASE])
    assert own == {role for role, to in TABLE[Right.READ_IDENTITY].items() if Relation.FOREIGN not in to}


def picture_on(page: str) -> str:
    """The QR code on the page."""
    found = re.search(r'<div class="qr" role="img" aria-label="[^"]{10,}">(<svg .*?</svg>)</div>', page)
    assert found is not None
    return found[1]
