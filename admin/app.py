"""The console: its routes, each with who may open it, and the one wrapper that makes that true."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aiohttp import web

from admin.acknowledge_page import AcknowledgePage
from admin.alarm_page import AlarmPage
from admin.asked_page import AskedPage
from admin.case_page import CasePage
from admin.design_page import DesignPage
from admin.desk import FORM, Desk, Door, Handler, OpenHandler, see_other, way_back
from admin.doors import SIGN_IN, Doors
from admin.duty_page import DutyPage
from admin.factor import CODE_FIELD, RENEWED
from admin.handover_page import HandoverPage
from admin.health_page import HealthPage
from admin.joining import Joining
from admin.live import Live
from admin.mail_page import MailPage
from admin.notices_page import NoticesPage
from admin.own_page import OwnPage
from admin.parts import HOME, ConsoleParts
from admin.passkey_doors import PasskeyDoors
from admin.people_page import PeoplePage
from admin.person_search_page import PersonSearchPage
from admin.phone_desk import PhoneDesk
from admin.profile_page import ProfilePage
from admin.queue_page import QueuePage
from admin.roles_page import RolesPage
from admin.roster_files import RosterFiles
from admin.search_page import SearchPage
from admin.sheet_page import SheetPage
from admin.tasks_page import TasksPage
from admin.trail_page import TrailPage
from handlers.web.app import SAFE_METHODS, build_app
from handlers.web.cookies import Cookies
from handlers.web.forms import CSRF_FIELD, MULTIPART, Form, read_form
from triage.access.reader import reading_for
from triage.access.table import Right

_UNAUTHORIZED = 401
_FORBIDDEN = 403
_NOT_THERE = 404
_UNAVAILABLE = 503
_NOT_SHOWN = frozenset({CSRF_FIELD, CODE_FIELD, "input", "alarm", "password", "again", "old", "code"})
_LONG = 20
"""From here on a text is worth giving back: codes are shorter."""
_CODED = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.+]+")
"""Ids and instants, which nobody typed."""


@dataclass(frozen=True, slots=True)
class Route:
    """An address below `/desk`, and who may come: anybody, whoever is signed in, or whoever may ever use a right."""

    method: str
    path: str
    may: Right | Door
    serve: OpenHandler


def routes_of(parts: ConsoleParts) -> Sequence[Route]:
    """Every route of the console; what does not stand here does not exist."""
    desk = Desk(parts=parts, cookies=Cookies(parts.frame.https))
    return (*_open_routes(desk), *_house_routes(desk), *_case_routes(desk))


def build_console(parts: ConsoleParts) -> web.Application:
    """The console's application, to be mounted at `HOME`."""
    app = build_app(parts.frame)
    for route in routes_of(parts):
        app.router.add_route(route.method, route.path, route.serve)
    return app


def _open_routes(desk: Desk) -> Iterator[Route]:
    doors, joining = Doors(desk=desk), Joining(desk=desk)
    yield Route("GET", "/sign-in", Door.OPEN, doors.ask_password)
    yield Route("POST", "/sign-in", Door.OPEN, doors.take_password)
    yield Route("GET", "/sign-in/code", Door.OPEN, doors.ask_code)
    yield Route("POST", "/sign-in/code", Door.OPEN, doors.take_code)
    keys = PasskeyDoors(desk=desk)
    yield Route("POST", "/sign-in/passkey/options", Door.OPEN, keys.options_in)
    yield Route("GET", "/sign-in/passkey", Door.OPEN, keys.back)
    yield Route("POST", "/sign-in/passkey", Door.OPEN, keys.take_in)
    for path in ("/first/{token}", "/invited/{token}"):
        yield Route("GET", path, Door.OPEN, joining.see)
        yield Route("POST", path, Door.OPEN, joining.take)
    has_it = AcknowledgePage(desk=desk)
    for method in ("GET", "HEAD"):
        yield Route(method, "/ack/{token}", Door.OPEN, has_it.see)
    yield Route("POST", "/ack/{token}", Door.OPEN, has_it.take)
    # It looks at the session itself, because an open page must not keep a session alive.
    yield Route("GET", "/live", Door.OPEN, Live(desk=desk).listen)


def _house_routes(desk: Desk) -> Iterator[Route]:
    people, own, phone = PeoplePage(desk=desk), OwnPage(desk=desk), PhoneDesk(desk=desk)
    yield _route(desk, "POST", "/sign-out", Door.SIGNED_IN, Doors(desk=desk).leave)
    roles = RolesPage(desk=desk)
    yield _route(desk, "GET", "/roles", Right.AGREE_TO_ROLES, roles.see)
    yield _route(desk, "POST", "/roles/{request}", Right.AGREE_TO_ROLES, roles.end)
    yield _route(desk, "GET", "/people", Right.MANAGE_PEOPLE, people.see)
    yield _route(desk, "GET", "/people/invite", Right.MANAGE_PEOPLE, people.ask_invitation)
    yield _route(desk, "POST", "/people/invite", Right.MANAGE_PEOPLE, people.invite)
    yield _route(desk, "GET", "/people/{person}", Right.MANAGE_PEOPLE, people.see_one)
    yield _route(desk, "GET", "/people/{person}/{act}", Right.MANAGE_PEOPLE, people.back)
    yield _route(desk, "POST", "/people/{person}/{act}", Right.MANAGE_PEOPLE, people.act)
    for path, see, take in (("/contact", phone.ask, phone.open), ("/contact/{draft}", phone.see, phone.take)):
        yield _route(desk, "GET", path, Right.REPORT_BY_PHONE, see)
        yield _route(desk, "POST", path, Right.REPORT_BY_PHONE, take)
    yield _route(desk, "GET", "/notices", Right.READ_NOTICES, NoticesPage(desk=desk).see)
    trail = TrailPage(desk=desk)
    yield _route(desk, "GET", "/readings", Right.READ_AUDIT, trail.see_all)
    yield _route(
        desk, "GET", "/readings/searches", Right.READ_AUDIT, PersonSearchPage(desk=desk).see_searches
    )
    yield _route(desk, "GET", "/readings/mine", Right.READ_OWN_TRAIL, trail.see_own)
    asked = AskedPage(desk=desk)
    yield _route(desk, "GET", "/asked", Right.READ_ENQUIRIES, asked.see)
    yield _route(desk, "GET", "/asked/{enquiry}", Right.READ_ENQUIRIES, asked.see_one)
    yield _route(desk, "POST", "/asked/{enquiry}", Right.READ_ENQUIRIES, asked.answer)
    yield _route(desk, "GET", "/mail", Right.READ_MAILS, MailPage(desk=desk).see)
    yield _route(desk, "GET", "/health", Right.READ_HEALTH, HealthPage(desk=desk).see)
    yield _route(desk, "GET", "/profile", Right.READ_SETTINGS, ProfilePage(desk=desk).see)
    yield _route(desk, "GET", "/me", Door.SIGNED_IN, own.see)
    yield _route(desk, "GET", "/me/{act}", Door.SIGNED_IN, own.back)
    yield _route(desk, "POST", "/me/password", Door.SIGNED_IN, own.take_password)
    yield _route(desk, "POST", "/me/language", Door.SIGNED_IN, own.take_language)
    yield _route(desk, "POST", "/me/link", Right.LINK_TELEGRAM, own.link)
    yield _route(desk, "POST", "/me/unlink", Right.LINK_TELEGRAM, own.unlink)
    yield _route(desk, "POST", "/me/sms", Right.CHANGE_SMS, own.take_sms)
    yield _route(desk, "POST", "/me/no-sms", Right.CHANGE_SMS, own.clear_sms)
    yield _route(desk, "POST", "/me/session", Door.SIGNED_IN, own.leave_one)
    if desk.parts.design_page:
        yield _route(desk, "GET", "/design", Door.SIGNED_IN, DesignPage(desk=desk).see)
    keys = PasskeyDoors(desk=desk)
    yield _route(desk, "POST", "/me/fresh", Door.SIGNED_IN, keys.freshen)
    yield _route(desk, "POST", "/me/fresh/options", Door.SIGNED_IN, keys.options_fresh)
    yield _route(desk, "POST", "/me/fresh/passkey", Door.SIGNED_IN, keys.take_fresh)
    yield _route(desk, "POST", "/me/recovery-codes", Door.SIGNED_IN, own.make_codes)
    yield _route(desk, "POST", "/me/passkey", Door.SIGNED_IN, keys.take_new)
    yield _route(desk, "POST", "/me/passkey/options", Door.SIGNED_IN, keys.options_new)
    yield _route(desk, "POST", "/me/passkey/drop", Door.SIGNED_IN, keys.drop)
    yield _route(desk, "POST", "/me/leave", Door.SIGNED_IN, own.leave_everywhere)


def _case_routes(desk: Desk) -> Iterator[Route]:
    queue, case, alarm = QueuePage(desk=desk), CasePage(desk=desk), AlarmPage(desk=desk)
    tasks = TasksPage(desk=desk)
    yield _route(desk, "GET", "", Door.SIGNED_IN, queue.home)
    yield _route(desk, "GET", "/", Door.SIGNED_IN, queue.home)
    yield _route(desk, "GET", "/search", Right.READ_QUEUE, SearchPage(desk=desk).see)
    person = PersonSearchPage(desk=desk)
    yield _route(desk, "GET", "/search/person", Right.SEARCH_PERSON, person.see)
    yield _route(desk, "POST", "/search/person", Right.SEARCH_PERSON, person.take)
    yield _route(desk, "GET", "/decided", Right.READ_QUEUE, queue.decided)
    yield _route(desk, "POST", "/duty/take", Right.TAKE_DUTY, queue.take)
    yield _route(desk, "POST", "/duty/leave", Right.TAKE_DUTY, queue.leave)
    yield from _duty_routes(desk)
    yield _route(desk, "GET", "/alarm/{alarm}", Right.ANSWER_ALARM, alarm.see)
    yield _route(desk, "POST", "/alarm/{alarm}", Right.ANSWER_ALARM, alarm.answer)
    yield _route(desk, "POST", "/undelivered/{row}", Right.READ_UNDELIVERED, tasks.settle)
    yield _route(desk, "POST", "/parked/{parked}", Right.SETTLE_PARKED, tasks.settle_parked)
    yield _route(desk, "GET", "/case/{code}", Right.READ_CASE, case.see)
    yield _route(desk, "POST", "/case/{code}/identity", Right.READ_IDENTITY, case.identity)
    yield _route(desk, "POST", "/case/{code}/here", Right.READ_CASE, case.here)
    yield _route(desk, "POST", "/case/{code}/unsend", Right.WRITE_TO_REPORTER, case.unsend)
    yield _route(desk, "GET", "/case/{code}/sheet/{what}", Right.DECIDE, SheetPage(desk=desk).see)
    yield _route(desk, "GET", "/case/{code}/{act}", Right.READ_CASE, case.back)
    yield _route(desk, "POST", "/case/{code}/{act}", Right.READ_CASE, case.act)


def _duty_routes(desk: Desk) -> Iterator[Route]:
    duty = DutyPage(desk=desk)
    handover = HandoverPage(desk=desk)
    yield _route(desk, "GET", "/handover", Right.READ_HANDOVER, handover.see)
    yield _route(desk, "POST", "/handover/give", Right.HAND_OVER, handover.hand_over)
    yield _route(desk, "POST", "/handover/{handover}", Right.TAKE_DUTY, handover.accept)
    yield _route(desk, "GET", "/duty", Right.READ_ROSTER, duty.see)
    yield _route(desk, "POST", "/duty/shift", Right.MANAGE_ROSTER, duty.add_shift)
    yield _route(desk, "POST", "/duty/pattern", Right.MANAGE_ROSTER, duty.add_pattern)
    yield _route(desk, "GET", "/duty/shift/{shift}", Right.MANAGE_ROSTER, duty.see_shift)
    yield _route(desk, "POST", "/duty/shift/{shift}", Right.MANAGE_ROSTER, duty.change_shift)
    roster = RosterFiles(desk=desk)
    yield _route(desk, "GET", "/duty/roster.ics", Right.READ_ROSTER, roster.export)
    yield _route(desk, "GET", "/duty/import", Right.MANAGE_ROSTER, roster.ask)
    yield _route(desk, "POST", "/duty/import", Right.MANAGE_ROSTER, roster.take)
    yield _route(desk, "POST", "/duty/absence", Right.OWN_ABSENCE, duty.add_absence)
    yield _route(desk, "POST", "/duty/absence/{absence}", Right.OWN_ABSENCE, duty.remove_absence)
    yield _route(desk, "POST", "/duty/deputies", Right.OWN_ABSENCE, duty.set_deputies)


def _route(desk: Desk, method: str, path: str, may: Right | Door, handler: Handler) -> Route:
    """The handler behind its door. Whoever may not come learns nothing, not even that there is something."""
    untaken: tuple[type[Exception], ...] = (web.HTTPForbidden, *desk.parts.frame.unavailable)

    async def serve(request: web.Request) -> web.StreamResponse:
        visit = await desk.visit(request)
        if visit is None:
            return await _stranger(desk, request)
        if isinstance(may, Right) and not visit.may(may):
            await _read_what_was_typed(desk, request)
            return _not_there(desk, request)
        try:
            with reading_for(visit.by):
                response = await handler(request, visit)
        except web.HTTPNotFound:
            return _not_there(desk, request)
        except untaken as error:
            if FORM not in request:
                raise
            old = isinstance(error, web.HTTPForbidden)
            return _kept(
                desk, request, "too_old" if old else "not_saved", _FORBIDDEN if old else _UNAVAILABLE
            )
        renewed = request.get(RENEWED)
        if renewed:
            desk.give_session(response, renewed)
        return response

    return Route(method, path, may, serve)


async def _stranger(desk: Desk, request: web.Request) -> web.StreamResponse:
    """Send somebody who is not signed in to the door; what they had typed is given back to them first."""
    if request.method in SAFE_METHODS:
        path = way_back(request.path.rstrip("/"))
        return see_other(SIGN_IN, {"to": path} if path != HOME else None)
    await _read_what_was_typed(desk, request)
    return _kept(desk, request, "signed_out", _UNAUTHORIZED)


async def _read_what_was_typed(desk: Desk, request: web.Request) -> None:
    """The form of somebody who may not send it. A file of theirs is not even read."""
    if request.method in SAFE_METHODS:
        return
    is_file = request.content_type == MULTIPART
    request[FORM] = Form() if is_file else await read_form(request, limits=desk.parts.frame.limits)


def _not_there(desk: Desk, request: web.Request) -> web.Response:
    """No such page; with the words of whoever was writing while it went, or their right to it: these tell nothing."""
    if not _texts(request):
        raise web.HTTPNotFound
    return _kept(desk, request, "not_there", _NOT_THERE)


def _kept(desk: Desk, request: web.Request, why: str, status: int) -> web.Response:
    """A form that could not be taken at all: why, and every longer text that somebody had typed into it."""
    return desk.page(request, "kept.html", visit=None, status=status, why=why, texts=_texts(request))


def _texts(request: web.Request) -> list[str]:
    form = request.get(FORM)
    return [
        value
        for name, values in (form.values.items() if form else ())
        for value in values
        if name not in _NOT_SHOWN and len(value.strip()) > _LONG and not _CODED.fullmatch(value)
    ]
