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
