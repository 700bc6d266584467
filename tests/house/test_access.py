"""Every address of the console for every role and every relation to a case: what is not in the table is not shown."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from typing import Final

import pytest
from sqlalchemy import select

from admin.acts import ACTS
from admin.app import Route, routes_of
from admin.desk import Door
from storage.tables import outbox
from storage.transaction import Transaction
from tests.admin.house import a_report, console_parts
from tests.house.access_expected import ANYBODY, ENDS_THE_SESSION, OPENED_BY, WHOEVER_IS_SIGNED_IN
from tests.house.browser import Answer, Browser
from tests.house.staff import HOME
from tests.house.whole import House
from tests.support.profiles import shipped
from triage.access.table import TABLE, Relation, Right
from triage.cases.case import Case
from triage.cases.dialogue import write_from_reporter
from triage.ids import OutboxId, PersonId
from triage.notices.notice import NOTICE_KEYS, Notice, Subject
from triage.notices.telling import tell_person
from triage.people.invite import disable
from triage.people.person import Person, PersonState, Role
from triage.refusals import Refused

STORY: Final = "Kun sagen har denne sætning om den gule cykel."
NAME: Final = "Testperson Indsender"
LETTER: Final = "Kun brevet har denne sætning om den blå båd."
WORDS: Final = (STORY, NAME, LETTER)


@pytest.fixture
def engine() -> str:
    """Who may come is asked above the store, so one engine shows it."""
    return "sqlite"


@pytest.fixture
async def colleague(house: House) -> Person:
    """Whose case the foreign one is."""
    return await house.someone(Role.DUTY_OFFICER, name="Testperson Kollega")


def a_case(
    tx: Transaction,
    *,
    assignee: PersonId | None,
    conflicts: frozenset[PersonId] = frozenset(),
    acute: bool = False,
) -> Case:
    case = a_report(tx, story=STORY, name=NAME, acute=acute)
    done = write_from_reporter(tx, shipped().rules(), case_id=case.id, words=LETTER)
    assert not isinstance(done, Refused)
    held = replace(tx.cases.lock(case.id), assignee=assignee, conflicts=conflicts)
    tx.cases.save(held)
    return held


@pytest.mark.asvs("8.2.1")
def test_every_route_has_its_place_in_the_expectation(house: House) -> None:
    wrong = []
    for route in _routes(house):
        expected: Right | Door | None
        if route.path in ANYBODY:
            expected = Door.OPEN
        elif route.path in WHOEVER_IS_SIGNED_IN:
            expected = Door.SIGNED_IN
        else:
            expected = OPENED_BY.get(route.path)
        if route.may is not expected:
            wrong.append(f"{route.method} {route.path}: {route.may}, not {expected}")

    assert wrong == []


@pytest.mark.asvs("8.2.1")
async def test_each_route_for_each_role_and_nobody(house: House, colleague: Person) -> None:
    cells = 0
    wrong: list[str] = []
    case = await house.store.write(a_case, assignee=colleague.id)
    visitors: list[tuple[Role | None, Browser]] = [(None, await house.browser())]
    shut_out = await house.someone(*Role)
    browser = await house.come_in(shut_out)
    administrator = await house.someone(Role.ADMINISTRATOR)
    done = await house.store.write(disable, shipped().rules(), by=administrator.id, person_id=shut_out.id)
    assert not isinstance(done, Refused)
    visitors.append((None, browser))
    visitors += [(role, await house.come_in(await house.someone(role))) for role in Role]
    for who, visitor in visitors:
        token = "0" * 64 if who is None else await _token(visitor)
        reads = who is not None and bool(TABLE[Right.READ_CASE].get(who))
        for route in _routes(house):
            if route.path in ANYBODY | ENDS_THE_SESSION:
                continue
            path = _address(route, case, colleague)
            answer = await _come(visitor, route.method, path, token)
            cells += 1
            # Whoever looks into the audit sees which case was read, and no word of it.
            code = {str(case.code)} if route.may is Right.READ_AUDIT else set()
            if not reads:
                wrong += [f"{who} {path}: {word}" for word in _told(answer, case, path) if word not in code]
            if not _is_met(answer, route, who) or answer.status >= 500:
                wrong.append(f"{who} {route.method} {path}: {answer.status}")
        if who is None or not TABLE[Right.READ_QUEUE].get(who):
            line = await visitor.get(f"{HOME}/live")
            cells += 1
            if (line.status, line.text) != (204, ""):
                wrong.append(f"{who} /live: {line.status}")

    print(f"access: {cells} cells of route x visitor")
    assert wrong == []
    assert cells > 300


@pytest.mark.asvs("8.2.2")
async def test_each_act_on_a_case_for_each_role_and_relation(house: House, colleague: Person) -> None:
    cells = 0
    wrong: list[str] = []
    rights = {name: act.right for name, act in ACTS.items()} | {
        "identity": Right.READ_IDENTITY,
        "unsend": Right.WRITE_TO_REPORTER,
    }
    for role in Role:
        person = await house.someone(role)
        visitor = await house.come_in(person)
        token = await _token(visitor)
        # What an authority is asked is no page of a case: `test_access_of_authorities.py` walks it.
        for relation in set(Relation) - {Relation.NONE, Relation.ASKED}:

            async def fresh(relation: Relation = relation, person: Person = person) -> Case:
                return await house.store.write(
                    a_case,
                    assignee={Relation.OWN: person.id, Relation.UNASSIGNED: None}.get(relation, colleague.id),
                    conflicts=frozenset({person.id} if relation is Relation.CONFLICTED else ()),
                )

            case = await fresh()
            page = await visitor.get(f"{HOME}/case/{case.code}")
            offered = set(re.findall(rf'action="{HOME}/case/{case.code}/([\w-]+)"', page.text))
            cells += 1
            for name, right in rights.items():
                may = relation in TABLE[right].get(role, frozenset())
                if right is Right.ANSWER_ALARM and relation is not Relation.CONFLICTED:
                    may = bool(TABLE[right].get(role))
                if name == "identity":
                    may = may or relation in TABLE[Right.BREAK_GLASS].get(role, frozenset())
                if name in offered and not may:
                    wrong.append(f"{role} {relation} is offered {name}")
                before = await house.store.read(_standing, case)
                fields = [("csrf", token), ("input", uuid.uuid4().hex), *_filled(name)]
                answer = await visitor.post(f"{HOME}/case/{case.code}/{name}", fields)
                changed = await house.store.read(_standing, case) != before
                faults = _judge(house, answer, case, reads=_reads(role, relation), may=may, changed=changed)
                if NAME in answer.text and not (name == "identity" and may):
                    faults.append("names the reporter")
                wrong += [f"{role} {relation} {name}: {fault}" for fault in faults]
                cells += 1
                if changed:
                    case = await fresh()

    print(f"access: {cells} cells of act x role x relation")
    assert wrong == []
    assert cells == len(Role) * 4 * (len(ACTS) + 3)


@pytest.mark.parametrize("role", [Role.DUTY_OFFICER, Role.HEAD, Role.COORDINATOR])
@pytest.mark.asvs("8.2.2")
async def test_no_address_shows_a_trace_of_a_case_to_whoever_has_a_conflict_of_interest(
    house: House, colleague: Person, *, role: Role
) -> None:
    """Also of its alarm, of what could not be delivered about it, and of the notices to others."""
    person = await house.someone(role)
    case = await house.store.write(
        a_case, assignee=colleague.id, conflicts=frozenset({person.id}), acute=True
    )
    await house.store.write(_undelivered, case, colleague.id)
    traces: dict[PersonId, dict[str, list[str]]] = {}
    for who in (person, colleague):
        visitor = await house.come_in(who)
        traces[who.id] = {}
        for route in _routes(house):
            if route.method != "GET" or route.path in ANYBODY:
                continue
            path = _address(route, case, colleague)
            answer = await visitor.get(path)
            # The address of an act leads back to the case that was asked for, whichever that was.
            if found := _told(answer, case, answer.location or path):
                traces[who.id][route.path] = found

    assert traces[person.id] == {}
    # The same walk finds it where it is to be found.
    assert {"", "/case/{code}", "/handover"} <= set(traces[colleague.id])


def _undelivered(tx: Transaction, case: Case, to: PersonId) -> None:
    person = tx.people.get(to)
    notice = Notice(
        key=NOTICE_KEYS[Subject.REPORTER_WROTE],
        occasion=f"case:{case.id}|undelivered",
        topic=f"case:{case.id}:undelivered",
        about=case.id,
        case_id=case.id,
        case_code=case.code,
    )
    tell_person(tx, shipped().rules(), notice, person, not_before=tx.now, wakes=False)
    [row] = tx._work.all(select(outbox.c.id).where(outbox.c.topic == notice.topic))
    tx.outbox.bury(OutboxId(row.id), error="blocked")


def _reads(role: Role, relation: Relation) -> bool:
    return relation in TABLE[Right.READ_CASE].get(role, frozenset())


def _judge(house: House, answer: Answer, case: Case, *, reads: bool, may: bool, changed: bool) -> list[str]:
    """What is wrong with the answer to an act that the person may or may not do."""
    not_allowed = house.process.parts.translator.text("refused.not_allowed", "da")
    refused = answer.status == 404 or (answer.status == 409 and not_allowed in answer.words)
    faults = []
    # Somebody who reads the case may be told a truer reason first, such as who has it by now.
    if not may and (changed or not (refused or (reads and answer.status == 409))):
        faults.append(f"{answer.status}, and may not")
    if may and (refused or answer.status not in {200, 303, 409, 422}):
        faults.append(f"{answer.status}, and may")
    if not reads:
        faults += _told(answer, case, answer.location or f"{HOME}/case/{case.code}")
    return faults


def test_the_table_lets_nobody_in_by_an_empty_or_unknown_cell() -> None:
    assert set(TABLE) == set(Right)
    readers = {Role.DUTY_OFFICER, Role.HEAD, Role.COORDINATOR}
    about_cases = {
        right for right, cell in TABLE.items() if any(Relation.OWN in each for each in cell.values())
    }
    assert {role for right in about_cases for role in TABLE[right]} == readers
    assert PersonState.ACTIVE.value == "active"


def _routes(house: House) -> list[Route]:
    """Of the console as wired, and exactly what its application answers to."""
    return list(routes_of(console_parts(house.store)))


def _address(route: Route, case: Case, person: Person) -> str:
    path = route.path.replace("{code}", str(case.code)).replace("{person}", str(person.id))
    act = "note" if "/case/" in path else "roles"
    for name in (
        "{alarm}",
        "{row}",
        "{parked}",
        "{draft}",
        "{shift}",
        "{absence}",
        "{handover}",
        "{enquiry}",
        "{request}",
    ):
        path = path.replace(name, "00000000-0000-4000-8000-000000000000")
    return HOME + path.replace("{act}", act).replace("{what}", "police")


async def _token(visitor: Browser) -> str:
    page = await visitor.get(f"{HOME}/me")
    return dict(page.form(f"{HOME}/sign-out").hidden)["csrf"]


async def _come(visitor: Browser, method: str, path: str, token: str) -> Answer:
    if method == "GET":
        return await visitor.get(path)
    return await visitor.post(path, [("csrf", token), ("x", "y")])


def _told(answer: Answer, case: Case, path: str) -> list[str]:
    """What of the case stands in the answer, beside the address that was asked for."""
    content = answer.text.replace(path, "") + repr(dict(answer.headers)).replace(path, "")
    return [word for word in (*WORDS, str(case.code)) if word in content]


def _is_met(answer: Answer, route: Route, who: Role | None) -> bool:
    """Whether somebody of this role, or nobody (`None`), is met at the route as the table says."""
    if who is None:
        if route.method != "GET":
            return answer.status == 401
        return answer.status == 303 and answer.location.startswith(f"{HOME}/sign-in")
    relations = frozenset() if isinstance(route.may, Door) else TABLE[route.may].get(who, frozenset())
    may = isinstance(route.may, Door) or bool(relations)
    if "/sheet/" in route.path:
        # A page of its own of a colleague's case, whose page itself more people may look at.
        may = Relation.FOREIGN in relations
    # An alarm, an enquiry or a draft of nobody is a page that does not exist for those who may come, too.
    of_nobody = any(each in route.path for each in ("/alarm/", "{enquiry}")) or (
        route.method == "GET" and "{draft}" in route.path
    )
    return (answer.status == 404) is (of_nobody or not may)


def _filled(name: str) -> list[tuple[str, str]]:
    """A form that would be taken as far as forms go."""
    if name == "decide":
        answers = [("outcome", "advice_only"), ("local_action", "no"), ("to_unit", "no")]
        return [*answers, ("reason", "Talt med dem.")]
    if name == "kind":
        return [("kind", "self"), ("words", "Det handler om indsenderen selv.")]
    if name == "identity":
        return [("glass", "yes"), ("words", "Talt med dem i dag.")]
    if name == "let-in":
        return [("person", str(uuid.UUID(int=7))), ("words", "Talt med dem.")]
    if name == "ask":
        chosen = [("authority", "SSP"), ("basis", "rpl115_ssp"), ("necessity", "De kender skolen.")]
        return [*chosen, ("passed", f"{uuid.UUID(int=7)}:story")]
    if name == "link":
        return [("other", "K-0000000"), ("words", "Samme søskende.")]
    if name == "seen":
        return [("did", "called")]
    if name == "passed-on":
        return [("receiver", "police"), ("to", "Testvagt 12"), ("receipt", "Journal 7")]
    if name == "called":
        return [("did", "reached")]
    return [("words", "Talt med dem i dag.")]


def _standing(tx: Transaction, case: Case) -> str:
    parts = (
        # A refusal shown on the case's page is a reading of it, which those who read it are allowed.
        replace(tx.cases.get(case.id), first_read_at=None, revision=0),
        [event.id for event in tx.cases.timeline(case.id)],
        [message.id for message in tx.messages.of_case(case.id)],
        [(clock.id, clock.stopped_at) for clock in tx.clocks.of_case(case.id)],
    )
    return repr(parts)
