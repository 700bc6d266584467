"""A console for tests: the shipped organisation, a store, a listener, and people who come in through the doors."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import aiohttp
import pyotp
from aiohttp import web
from argon2 import PasswordHasher
from yarl import URL

from admin.app import build_console
from admin.parts import HOME, ConsoleParts, Entrance
from admin.passwords import Passwords
from bot.mail_folder import WrittenMails
from bot.profile_checks import CheckedProfile
from bot.web_side import looks
from bot.wiring import make_entrances
from handlers.dialog.flows import canonical_json
from handlers.web.app import Frame
from handlers.web.pages import Pages, Shell
from handlers.web.server import serve
from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_conversation
from tests.support.profiles import shipped
from tests.support.stores import SettableClock
from triage.cases.acute import raise_alarm
from triage.cases.case import Case
from triage.cases.receipts import make_receipt
from triage.cases.receive import receive
from triage.cases.records import Channel
from triage.cases.replying import UNDO, let_go
from triage.faults import StoreUnavailableError
from triage.ids import PersonId
from triage.people.invite import create_first_administrator_ticket
from triage.people.person import Person, PersonState, Role

PASSWORD = "fire grønne kander på loftet"
CSRF_KEY = b"a key for tests, thirty-two bytes"
CHECKED_AT = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Argon2id at its weakest: what is tested here is not how slow it is."""

_FORM = re.compile(r'<form method="post" action="([^"]*)".*?</form>', re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)"')


@cache
def shipped_hotlines() -> dict[str, Entrance]:
    entrances = make_entrances(shipped())
    return {name: Entrance(intake=each.intake, words=each.words) for name, each in entrances.items()}


@cache
def kept_password() -> str:
    return CHEAP.hash(PASSWORD)


@dataclass(kw_only=True)
class Answer:
    """What the console answered."""

    status: int
    text: str
    headers: Mapping[str, str]
    cookies: Iterable[str] = ()

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    def form(self, action: str) -> dict[str, str]:
        """The hidden fields of the form that posts to this address."""
        for found in _FORM.finditer(self.text):
            if unescape(found[1]) == action:
                return {name: unescape(value) for name, value in _HIDDEN.findall(found[0])}
        raise AssertionError(f"no form posts to {action}")

    @property
    def words(self) -> str:
        """The text of the page as a person reads it, without tags."""
        body = re.sub(r"<(script|style).*?</\1>", " ", self.text, flags=re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@dataclass(kw_only=True)
class Browser:
    """A browser of somebody, signed in or not."""

    session: aiohttp.ClientSession
    address: str
    person: Person | None = None
    secret: str = ""

    def cookie(self, name: str) -> str:
        """The value of a cookie that the browser keeps."""
        return self.session.cookie_jar.filter_cookies(URL(self.address))[name].value

    async def get(self, path: str, **more: Any) -> Answer:
        async with self.session.get(self.address + path, allow_redirects=False, **more) as response:
            return await _answer(response)

    async def post(self, path: str, fields: Mapping[str, Any] | None = None, **more: Any) -> Answer:
        data = [
            (name, each)
            for name, value in (fields or {}).items()
            for each in ([value] if isinstance(value, str) else value)
        ]
        body = aiohttp.FormData(data)
        async with self.session.post(
            self.address + path, data=body if data else b"", allow_redirects=False, **_headers(data, more)
        ) as response:
            return await _answer(response)

    async def send(self, page: str, action: str, fields: Mapping[str, Any] | None = None) -> Answer:
        """Open a page, fill in one of its forms, send it."""
        hidden = (await self.get(page)).form(action)
        return await self.post(action, {**hidden, **(fields or {})})

    async def act(self, code: str, act: str, fields: Mapping[str, Any] | None = None) -> Answer:
        """Do something on a case by the form on its page."""
        return await self.send(f"{HOME}/case/{code}", f"{HOME}/case/{code}/{act}", fields)


@dataclass(kw_only=True, repr=False)
class Console:
    """The console and those who come to it."""

    address: str
    store: Store
    clock: SettableClock
    parts: ConsoleParts
    app: web.Application
    stack: AsyncExitStack
    people: dict[PersonId, Browser] = field(default_factory=dict)

    async def browser(self) -> Browser:
        """A browser of nobody yet."""
        session = await self.stack.enter_async_context(
            aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        )
        return Browser(session=session, address=self.address)

    async def someone(
        self,
        *roles: Role,
        name: str = "",
        language: str = "da",
        on_duty: bool = False,
        authority: str | None = None,
    ) -> Person:
        """A member of staff who has a password and an app."""
        return await self.store.write(
            _someone,
            roles=roles or (Role.DUTY_OFFICER,),
            name=name,
            language=language,
            on_duty=on_duty,
            authority=authority,
        )

    async def sign_in(self, person: Person) -> Browser:
        """The person, signed in from a new browser."""
        browser = await self.browser()
        browser.person, browser.secret = person, person.totp_secret or ""
        answer = await self.password(browser, person.email)
        assert answer.status == 303, answer.words
        answer = await self.code(browser)
        assert answer.status == 303, answer.words
        return browser

    async def password(self, browser: Browser, email: str, password: str = PASSWORD) -> Answer:
        action = f"{HOME}/sign-in"
        return await browser.send(action, action, {"email": email, "password": password})

    async def code(self, browser: Browser, code: str | None = None) -> Answer:
        action = f"{HOME}/sign-in/code"
        typed = code if code is not None else self.code_now(browser.secret)
        return await browser.send(action, action, {"code": typed})

    def code_now(self, secret: str) -> str:
        """What the app shows at the time of the store."""
        return pyotp.TOTP(secret).at(self.clock.at)

    async def come_in(self, *roles: Role, name: str = "", on_duty: bool = False) -> Browser:
        """Somebody with these roles, signed in."""
        return await self.sign_in(await self.someone(*roles, name=name, on_duty=on_duty))

    async def report(self, **more: Any) -> Case:
        """A report of a relative, as the conversation would have sent it."""
        return await self.store.write(a_report, **more)

    async def let_replies_go(self) -> None:
        """Half a minute later, as the house's own loop does it."""
        self.clock.advance(UNDO)
        for case_id, reply_id in await self.store.read(lambda tx: tx.messages.held_until_now(limit=9)):
            await self.store.write(let_go, self.parts.rules, case_id=case_id, reply_id=reply_id)

    async def first_ticket(self) -> str:
        """The first administrator's secret."""
        token = await self.store.write(create_first_administrator_ticket)
        assert isinstance(token, str)
        return token


@asynccontextmanager
async def open_console(
    store: Store, clock: SettableClock, *, mails: Path | None = None, https: bool = False, **more: Any
) -> AsyncIterator[Console]:
    """The console under its own path in an application of its own."""
    parts = console_parts(store, mails=mails, https=https, **more)
    app = build_console(parts)
    outer = web.Application()
    parts.frame.statics.add_to(outer)
    outer.add_subapp(HOME, app)
    async with AsyncExitStack() as stack:
        runner, port = await serve(outer, host="127.0.0.1", port=0)
        stack.push_async_callback(runner.cleanup)
        yield Console(
            address=f"http://127.0.0.1:{port}", store=store, clock=clock, parts=parts, app=app, stack=stack
        )


def console_parts(
    store: Store, *, mails: Path | None = None, https: bool = False, **more: Any
) -> ConsoleParts:
    profile = shipped()
    statics, environment = looks()
    words = profile.translator()
    pages = Pages(
        environment=environment,
        text=words.text,
        languages=profile.organisation.organisation.languages,
        names=profile.organisation.names.page,
        banner="trial.banner",
    )
    frame = Frame(
        pages=pages,
        statics=statics,
        https=https,
        unavailable=(StoreUnavailableError,),
        shell=Shell(console=True, home=HOME),
    )
    given: dict[str, Any] = {
        "frame": frame,
        "store": store,
        "rules": profile.rules(),
        "words": words,
        "places": profile.places(profile.default_hotline.id),
        "hotlines": shipped_hotlines(),
        "passwords": Passwords(hasher=CHEAP),
        "checks": CheckedProfile(profile, now=lambda: CHECKED_AT),
        "new_token": lambda: secrets.token_urlsafe(18),
        "csrf_key": CSRF_KEY,
        "console_url": "http://127.0.0.1/desk",
        "bot_name": "testbot",
        "sms": True,
        "mails": None if mails is None else WrittenMails(mails),
        "live_seconds": 0.05,
    }
    return ConsoleParts(**{**given, **more})


def a_report(
    tx: Transaction,
    *,
    acute: bool = False,
    story: str = "Han går ikke ud mere.",
    name: str = "Testperson R",
    channel: Channel = Channel.WEBCHAT,
    municipality: str = "0101",
    kind: str = "relative",
    forward: str | None = None,
    reach: Mapping[str, object] | None = None,
    anonymous: bool = False,
    danger: str | None = None,
) -> Case:
    """A report under the shipped flow, which is archived as the intake does."""
    profile = shipped()
    flow = profile.flows.by_id["relative"]
    fingerprint = profile.flows.fingerprint(flow)
    tx.conversations.archive_flow(fingerprint, canonical_json(flow))
    conversation = a_conversation(tx, channel=channel)
    if acute:
        raise_alarm(tx, profile.rules(), conversation_id=conversation.id, trigger="danger_yes")
    case = receive(
        tx,
        profile.rules(),
        conversation_id=conversation.id,
        channel=channel,
        hotline="local",
        kind=kind,
        language="da",
        flow_id="relative",
        flow_version=flow.version,
        fingerprint=fingerprint,
        clear={
            "danger": danger or ("yes" if acute else "no"),
            "kind": "relative",
            "anonymity": "may_reply",
            "relation": "sibling",
            "age": "18_24",
            "home": municipality,
            **({} if forward is None else {"forward": forward}),
        },
        body={
            "before_you_tell": "seen",
            "story": story,
            "since": "month",
            "worse": "yes",
            "signs": ("pressured", "younger_siblings"),
            "strengths": None,
            **(reach or {}),
        },
        identity={} if anonymous else {"reporter": {"name": name}, "reach": {"phone": "00 00 00 00"}},
        municipality=municipality,
    )
    make_receipt(tx, case_id=case.id)
    return case


def _someone(
    tx: Transaction,
    *,
    roles: Collection[Role],
    name: str,
    language: str,
    on_duty: bool,
    authority: str | None,
) -> Person:
    number = len(tx.people.all()) + 1
    person = Person(
        id=PersonId(tx.new_id()),
        name=name or f"Testperson {number}",
        email=f"testperson{number}@example.org",
        roles=frozenset(roles),
        language=language,
        state=PersonState.ACTIVE,
        created_at=tx.now,
        authority=authority,
        password_hash=kept_password(),
        totp_secret=pyotp.random_base32(),
    )
    tx.people.add(person)
    if on_duty:
        tx.people.set_on_duty(person.id)
    return person


async def _answer(response: aiohttp.ClientResponse) -> Answer:
    return Answer(
        status=response.status,
        text=await response.text(),
        headers=response.headers,
        cookies=response.headers.getall("Set-Cookie", []),
    )


def _headers(data: list[Any], more: Mapping[str, Any]) -> dict[str, Any]:
    if data:
        return dict(more)
    headers = {"Content-Type": "application/x-www-form-urlencoded", **more.get("headers", {})}
    return {**more, "headers": headers}
