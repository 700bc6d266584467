from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from admin.app import Route, routes_of
from admin.desk import Door
from admin.parts import HOME
from storage.schema import metadata
from storage.transaction import Transaction
from tests.admin.house import Console
from triage.access.table import TABLE, Right
from triage.people.person import Role

LOOKED_AT = {"audit_entries", "presences", "sessions", "throttles"}
"""Tables that a reading may write to: that it was read, that somebody is there, that a link was none of ours."""


OF_NOBODY = "00000000-0000-4000-8000-000000000000"


async def address_of(console: Console, route: Route) -> str:
    """The route's address with a case, an alarm and a person that exist in it."""
    filled = {
        "{code}": await _code(console),
        **{
            f"{{{name}}}": OF_NOBODY
            for name in (
                "alarm",
                "row",
                "parked",
                "draft",
                "shift",
                "absence",
                "handover",
                "enquiry",
                "request",
            )
        },
        "{person}": str((await console.someone(Role.ANALYST)).id),
        "{act}": "note" if "/case/" in route.path else "roles" if "/people/" in route.path else "password",
        "{token}": "no-such-token",
        "{what}": "police",
    }
    path = route.path
    for name, value in filled.items():
        path = path.replace(name, value)
    return HOME + path


async def _code(console: Console) -> str:
    def first(tx: Transaction) -> str | None:
        waiting = tx.cases.queue(reader=None, limit=1)
        return waiting[0].code if waiting else None

    return await console.store.read(first) or (await console.report()).code


def may(role: Role, right: Right | Door) -> bool:
    """What the table says, whatever the case."""
    if isinstance(right, Door):
        return right is Door.SIGNED_IN
    return bool(TABLE.get(right, {}).get(role))


@pytest.fixture
def engine() -> str:
    """Who may come is asked above the store, so one engine shows it."""
    return "sqlite"


@pytest.mark.parametrize("role", Role)
async def test_each_role_comes_where_the_table_says_and_nowhere_else(console: Console, role: Role) -> None:
    browser = await console.come_in(role)
    token = (await browser.get(f"{HOME}/me")).form(f"{HOME}/sign-out")["csrf"]
    wrong = []
    for route in routes_of(console.parts):
        if route.may is Door.OPEN or route.path in {"/sign-out", "/me/leave"}:
            continue
        path = await address_of(console, route)
        answer = await (
            browser.get(path) if route.method == "GET" else browser.post(path, {"csrf": token, "x": "y"})
        )
        hidden = answer.status == 404
        # What nobody has, an alarm, an enquiry or a draft, is a page that does not exist for those who may come, too.
        of_nobody = (route.method, route.path) == ("GET", "/contact/{draft}") or any(
            each in route.path for each in ("/alarm/", "{enquiry}")
        )
        expected = of_nobody or not may(role, route.may)
        if hidden is not expected:
            wrong.append(f"{route.method} {route.path}: {answer.status}")

    assert wrong == []


async def test_nobody_comes_in_without_a_session(console: Console) -> None:
    browser = await console.browser()
    for route in routes_of(console.parts):
        if route.may is Door.OPEN:
            continue
        path = await address_of(console, route)
        answer = await (browser.get(path) if route.method == "GET" else browser.post(path, {"x": "y"}))
        assert (answer.status, route.path) == (303 if route.method == "GET" else 401, route.path)
        assert answer.location.startswith(f"{HOME}/sign-in") or answer.status == 401


async def test_no_form_is_taken_without_its_token_or_from_another_site(console: Console) -> None:
    browser = await console.come_in(*Role)
    token = (await browser.get(f"{HOME}/me")).form(f"{HOME}/sign-out")["csrf"]
    statuses: dict[str, set[int]] = {}
    for route in routes_of(console.parts):
        if route.method != "POST":
            continue
        path = await address_of(console, route)
        statuses[route.path] = {
            (await browser.post(path, {"x": "y"})).status,
            (await browser.post(path, {"csrf": "0" * 64})).status,
            (await browser.post(path, {"csrf": token}, headers={"Origin": "https://example.org"})).status,
            (await browser.post(path, {"csrf": token}, headers={"Sec-Fetch-Site": "cross-site"})).status,
        }

    # What a mail leads to proves itself by its own address, which no other site knows.
    assert statuses.pop("/ack/{token}") == {403, 410}
    assert {path: seen for path, seen in statuses.items() if seen != {403}} == {}


async def test_looking_changes_nothing(console: Console) -> None:
    browser = await console.come_in(*Role)
    paths = [
        await address_of(console, route)
        for route in routes_of(console.parts)
        if route.method == "GET" and route.path != "/live"
    ]
    for path in paths:
        await browser.get(path)
    before = await console.store.read(_everything)
    for path in paths:
        await browser.get(path)

    assert await console.store.read(_everything) == before


async def test_an_administrator_sees_no_word_of_a_case(console: Console) -> None:
    case = await console.report(story="En sætning, som kun sagen har.")
    browser = await console.come_in(Role.ADMINISTRATOR)
    for path in ("", "/decided", "/people", "/me", "/mail", f"/case/{case.code}"):
        answer = await browser.get(HOME + path)
        assert case.code not in answer.text.replace(f"{HOME}/case/{case.code}", "")
        assert "En sætning" not in answer.text


async def test_a_coordinator_keeps_off_a_colleagues_case(console: Console) -> None:
    holder, other = await console.come_in(Role.COORDINATOR), await console.come_in(Role.COORDINATOR)
    case = await console.report()
    await holder.act(case.code, "claim")

    page = await other.get(f"{HOME}/case/{case.code}")
    acts = set(re.findall(rf'action="{HOME}/case/[^"]*/(\w[\w-]*)"', page.text))
    token = page.form(f"{HOME}/sign-out")["csrf"]
    tried = await other.post(f"{HOME}/case/{case.code}/decide", {**_decision(), "csrf": token, "input": "1"})

    assert acts == {"acute", "note", "conflict", "identity", "task", "link"}
    assert tried.status == 409


async def test_roles_change_with_the_next_request(console: Console) -> None:
    administrator = await console.come_in(Role.ADMINISTRATOR)
    officer = await console.come_in(Role.DUTY_OFFICER)
    assert officer.person is not None
    path = f"{HOME}/people/{officer.person.id}"

    await administrator.send(path, f"{path}/roles", {"roles": ["analyst"]})

    assert (await officer.get(f"{HOME}/decided")).status == 404


@pytest.mark.asvs("7.5.1")
async def test_changing_roles_needs_a_fresh_code(console: Console) -> None:
    administrator = await console.come_in(Role.ADMINISTRATOR)
    person = await console.someone(Role.ANALYST)
    console.clock.advance(timedelta(minutes=6))
    path = f"{HOME}/people/{person.id}"

    stale = await administrator.send(path, f"{path}/roles", {"roles": ["head"]})
    code = console.code_now(administrator.secret)
    fresh = await administrator.send(path, f"{path}/roles", {"roles": ["head"], "factor": code})

    assert (stale.status, fresh.status) == (422, 303)


def _decision() -> dict[str, str]:
    return {"outcome": "advice_only", "reason": "Talt med dem.", "local_action": "no", "to_unit": "no"}


def _everything(tx: Transaction) -> dict[str, list[Any]]:
    return {
        table.name: sorted((tuple(row) for row in tx._work.all(select(table))), key=repr)
        for table in metadata.sorted_tables
        if table.name not in LOOKED_AT
    }
