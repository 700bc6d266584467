"""What somebody may keep for their own file: a copy of what they wrote, and a dated receipt without content.

Which kinds of reporter are offered them stands in the profile: at home a copy may fall into the wrong hands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web

from handlers.dialog.answers import Value
from handlers.dialog.draft import value_from_json
from handlers.dialog.flow import UNKNOWN, Closed, Contact, Flow, Notice, Question
from handlers.dialog.flows import read_archived
from handlers.dialog.keys import DONT_KNOW, option_key, part_key, question_key
from handlers.dialog.ports import IntakeTransaction
from handlers.dialog.say import Line, Speaker
from handlers.dialog.values import said, values_of
from handlers.webchat.base import Routes
from handlers.webchat.crumbs import DOOR, LEFT, drop_once, is_here
from handlers.webchat.doors import digest_of, is_quiet, stayed
from handlers.webchat.parts import WebchatParts
from handlers.webchat.show import HOTLINE
from triage.audit import Act, Actor
from triage.cases.case import Case
from triage.cases.records import Channel, Direction, Message

COPY, RECEIPT = "/kode/kopi", "/kode/kvittering"
_UNKNOWN = "chat.answer.unknown"
ASKED_FOR = {"copy": COPY, "receipt": RECEIPT}
"""The buttons that lead here, and where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One submission: the flow as it was then, if it was archived, and what was answered."""

    flow: Flow | None
    answers: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReport:
    """What the reporter wrote, and nothing else; `taken_down` when staff wrote it, from what they were told.

    `clear` is what decides which sentences the receipt holds.
    """

    case: Case
    taken_down: bool
    clear: Mapping[str, object]
    given: tuple[Given, ...] = field(repr=False)
    added: tuple[Message, ...] = field(repr=False)

    @property
    def sent_at(self) -> datetime:
        """When it was sent (aware UTC)."""
        return self.case.received_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A page for paper: what is told of it, and what the reporter wrote, first and later."""

    title: str
    told: tuple[str, ...]
    lines: tuple[Line, ...] = field(default=(), repr=False)
    added: tuple[tuple[str, str], ...] = field(default=(), repr=False)


def own_report(tx: IntakeTransaction, parts: WebchatParts, token: str | None) -> OwnReport | None:
    """The report behind this browser's door, where its kind of reporter may keep a copy. Reads only."""
    door = tx.conversations.find_door(digest_of(tx, token)) if token else None
    if door is None or door.case_id is None or is_quiet(tx, door):
        return None
    case = tx.cases.get(door.case_id)
    if not parts.intake.rules.organisation.kind(case.kind).own_copy:
        return None
    submissions = tx.cases.submissions(case.id, identity=True)
    given = []
    for each in submissions:
        archived = tx.conversations.archived_flow(each.fingerprint)
        answers = {**each.clear, **each.body, **each.identity}
        given.append(Given(flow=None if archived is None else read_archived(archived), answers=answers))
    return OwnReport(
        case=case,
        taken_down=any(each.channel is Channel.CONSOLE for each in submissions),
        clear=dict(submissions[0].clear) if submissions else {},
        given=tuple(given),
        added=tuple(
            each for each in tx.messages.of_case(case.id) if each.direction is Direction.FROM_REPORTER
        ),
    )


def read_own(tx: IntakeTransaction, parts: WebchatParts, token: str | None) -> OwnReport | None:
    """As `own_report`, to be shown: recorded each time, as any read of a case is."""
    seen = own_report(tx, parts, token)
    if seen is not None:
        tx.audit.record(Act.CASE_READ, actor=Actor.REPORTER, object_id=seen.case.id)
    return seen


def ask_for_own(tx: IntakeTransaction, parts: WebchatParts, token: str) -> bool:
    """Somebody asks for their copy or receipt, which the page that follows shows. False where there is none."""
    seen = own_report(tx, parts, token)
    digest = digest_of(tx, token)
    door = tx.conversations.find_door(digest)
    if seen is None or door is None:
        return False
    tx.conversations.save_door(digest, stayed(tx, door))
    return True


def lines_of(given: Given, speaker: Speaker) -> list[Line]:
    """Every question that was answered, in the order of the flow, with the answer as it was given.

    What the catalogues have lost since then is shown by its code.
    """
    found = []
    for section, question in given.flow.questions() if given.flow is not None else ():
        if question.id not in given.answers or isinstance(question, Notice):
            continue
        stored = given.answers[question.id]
        value = None if stored is None else value_from_json(stored)  # type: ignore[arg-type]
        known = value is not None
        found.append(
            Line(
                id=question.id,
                ask=_asked(section.owner, question, given.answers, speaker),
                answer=_said(section.owner, question, value, speaker) if known else speaker.text(_UNKNOWN),
                shut=False,
                quiet=not known,
            )
        )
    return found


def _asked(owner: str, question: Question, answers: Mapping[str, object], speaker: Speaker) -> str:
    key = question_key(owner, question.id, "ask")
    values = said(values_of(question.values, answers, speaker.intake.places), speaker.lang)
    return speaker.text(key, **values) if speaker.words.has(key, speaker.lang) else question.id


def _said(owner: str, question: Question, value: Value | None, speaker: Speaker) -> str:
    if isinstance(question, Closed):
        codes = value if isinstance(value, tuple) else (str(value),)
        return ", ".join(_option(owner, question, code, speaker) for code in codes)
    if isinstance(question, Contact) and isinstance(value, Mapping):
        known = [part.id for part in question.parts]
        given = [part for part in (*known, *sorted(set(value) - set(known))) if value.get(part)]
        names = {part: speaker.optional(part_key(owner, question.id, part)) or part for part in given}
        return "\n".join(
            speaker.text("chat.answer.part", name=names[part], value=value[part]) for part in given
        )
    return "" if value is None else speaker.answer(owner, question, value)


def _option(owner: str, question: Closed, code: str, speaker: Speaker) -> str:
    if code == UNKNOWN:
        return speaker.text(DONT_KNOW)
    return speaker.optional(option_key(owner, question.id, code)) or code


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRoutes(Routes):
    """The routes of the copy and of the receipt; both are asked for by a button at `/kode`."""

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(COPY, self.copy)
        app.router.add_get(RECEIPT, self.receipt)

    async def copy(self, request: web.Request) -> web.StreamResponse:
        """What the person wrote, to be printed."""
        seen = await self._seen(request)
        if seen is None:
            return self._to_code()
        speaker = self.shower.speaker(request)
        at = self.parts.words.date_time(seen.sent_at, speaker.lang)
        lead = "page.own.copy.lead.taken_down" if seen.taken_down else "page.own.copy.lead"
        return self._shown(
            request,
            Shown(
                title=speaker.text("page.own.copy.title"),
                told=(speaker.text(lead, at=at), self._where(request, speaker)),
                lines=tuple(line for each in seen.given for line in lines_of(each, speaker)),
                added=tuple(
                    (self.parts.words.date_time(each.at, speaker.lang), each.words) for each in seen.added
                ),
            ),
        )

    async def receipt(self, request: web.Request) -> web.StreamResponse:
        """That something was sent, when and to whom; no content."""
        seen = await self._seen(request)
        if seen is None:
            return self._to_code()
        speaker = self.shower.speaker(request)
        organisation = self.parts.intake.rules.organisation
        more = organisation.text_for("closing.for_file", seen.clear, kind=seen.case.kind)
        told = (
            speaker.text("page.own.receipt.text", at=self.parts.words.date_time(seen.sent_at, speaker.lang)),
            speaker.text(more) if more else "",
            speaker.text("page.own.receipt.no_content"),
            self._where(request, speaker),
        )
        return self._shown(request, Shown(title=speaker.text("page.own.receipt.title"), told=told))

    def _where(self, request: web.Request, speaker: Speaker) -> str:
        return speaker.text("page.own.where", address=self.shower.code_address(request))

    async def _seen(self, request: web.Request) -> OwnReport | None:
        if not is_here(request, self.cookies) or self.cookies.read(request, LEFT) is not None:
            return None
        seen = await self.parts.store.write(read_own, self.parts, self.cookies.read(request, DOOR))
        if seen is not None:
            request[HOTLINE] = seen.case.hotline
        return seen

    def _shown(self, request: web.Request, shown: Shown) -> web.Response:
        # What is pressed there goes to the page of the code.
        token = self.cookies.read(request, DOOR) or ""
        response = self.shower.draw(request, "own.html", token, idle=True, at="/kode", shown=shown)
        drop_once(request, response, self.cookies)
        return response

    def _to_code(self) -> web.Response:
        return web.Response(status=303, headers={"Location": "/kode"})
