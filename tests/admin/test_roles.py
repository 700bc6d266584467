"""The page on which a second person agrees to roles."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from admin.parts import HOME
from tests.admin.house import Console
from triage.people.person import Role

ROLES = f"{HOME}/roles"
FIVE_MINUTES = timedelta(minutes=5, seconds=1)


@pytest.fixture
def engine() -> str:
    """What is asked of the store is shown on both engines in `tests/people/test_roles.py`."""
    return "sqlite"


@pytest.mark.asvs("2.3.5")
async def test_roles_are_given_once_the_head_agrees_with_a_fresh_factor(console: Console) -> None:
    analyst = await console.someone(Role.ANALYST, name="Testperson Tal")
    admin = await console.come_in(Role.ADMINISTRATOR, name="Testperson Admin")
    head = await console.come_in(Role.HEAD, name="Testperson Leder")
    person = f"{HOME}/people/{analyst.id}"

    waits = await admin.send(person, f"{person}/roles", {"roles": ["analyst", "coordinator"]})
    own = await admin.get(ROLES)
    page = await head.get(ROLES)
    found = re.search(rf'action="({ROLES}/[0-9a-f-]{{36}})"', page.text)
    assert found is not None
    done = await head.send(ROLES, found[1], {"do": "agree"})
    after = await head.get(ROLES)

    assert waits.location == f"{HOME}/people?said=roles_wait"
    assert "En anden skal sige ja" in own.words
    assert 'value="agree"' not in own.text
    assert "Testperson Tal" in page.words
    assert "Bedt om af Testperson Admin" in page.words
    assert done.location == f"{ROLES}?said=agreed"
    assert "Ingen venter på at få roller." in after.words
    roles = (await console.store.read(lambda tx: tx.people.get(analyst.id))).roles
    assert roles == {Role.ANALYST, Role.COORDINATOR}


async def test_without_a_fresh_factor_nobody_agrees_but_anybody_asked_says_no(console: Console) -> None:
    admin = await console.come_in(Role.ADMINISTRATOR)
    head = await console.come_in(Role.HEAD)
    invite = f"{HOME}/people/invite"
    who = {"name": "Testperson Ny", "email": "ny@example.org", "language": "da", "roles": ["head"]}

    handed = await admin.send(invite, invite, who)
    page = await head.get(ROLES)
    found = re.search(rf'action="({ROLES}/[0-9a-f-]{{36}})"', page.text)
    assert found is not None
    console.clock.advance(FIVE_MINUTES)
    stale = await head.send(ROLES, found[1], {"do": "agree"})
    no = await head.send(ROLES, found[1], {"do": "decline"})

    assert "får først sine roller, når en anden administrator eller lederen har sagt ja" in handed.words
    assert stale.status == 422
    assert no.location == f"{ROLES}?said=declined"
    people = await console.store.read(lambda tx: list(tx.people.all()))
    [new] = [each for each in people if each.email == "ny@example.org"]
    assert new.roles == frozenset()


async def test_pressing_twice_is_agreeing_once_and_no_refusal(console: Console) -> None:
    analyst = await console.someone(Role.ANALYST)
    admin = await console.come_in(Role.ADMINISTRATOR)
    head = await console.come_in(Role.HEAD)
    person = f"{HOME}/people/{analyst.id}"
    await admin.send(person, f"{person}/roles", {"roles": ["analyst", "coordinator"]})
    page = await head.get(ROLES)
    found = re.search(rf'action="({ROLES}/[0-9a-f-]{{36}})"', page.text)
    assert found is not None
    fields = {**page.form(found[1]), "do": "agree"}

    answers = [await head.post(found[1], fields) for _ in range(2)]

    assert [answer.location for answer in answers] == [f"{ROLES}?said=agreed"] * 2


async def test_an_invitation_that_was_sent_twice_shows_a_link_that_works(console: Console) -> None:
    admin = await console.come_in(Role.ADMINISTRATOR)
    invite = f"{HOME}/people/invite"
    who = {"name": "Testperson Ny", "email": "ny@example.org", "language": "da", "roles": ["head"]}
    fields = {**(await admin.get(invite)).form(invite), **who}

    links = [re.search(r"/invited/[\w-]+", (await admin.post(invite, fields)).text) for _ in range(2)]

    assert links[1] is not None
    stranger = await console.browser()
    assert (await stranger.get(f"{HOME}{links[1][0]}")).status == 200
