"""Markers typed into every field of every door lie in clear nowhere: not stored, logged, mailed, told or addressed."""

from __future__ import annotations

import asyncio
import logging
import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.logs import JsonLines
from handlers.telegram import take
from storage.backup import write_backup
from storage.backup_file import BackupKey
from storage.transaction import Transaction
from tests.house.browser import Browser
from tests.house.markers import Markers, data_files, every_row, files, found_in, secret_needles
from tests.house.staff import HOME, Worker, codes_on, first_administrator, invited
from tests.house.telling import PHONE, tell, tell_on
from tests.house.whole import House
from tests.support.botapi.person import Person
from tests.support.patience import PATIENCE
from tests.support.postgres import PostgresServer
from tests.support.profiles import shipped
from tests.support.telegram_talks import TO_HOME, TO_KIND, press_through
from triage.cases.dialogue import write_from_reporter
from triage.ids import CaseCode, CaseId
from triage.refusals import Refused
from triage.rules import Rules

STAFF_CHAT = 8001
REPORTER_CHAT = 4711880099
DECISION = {"local_action": "no", "to_unit": "no"}


class Broken:
    """A handler that breaks and quotes what the person wrote."""

    def __init__(self, _tx: object, _door: object, _bag: object, _talk: object, incoming: object) -> None:
        self.incoming = incoming

    def run(self) -> None:
        raise ValueError(self.incoming.what.text)  # type: ignore[attr-defined]


@pytest.fixture
def loud(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Every logger there is, at DEBUG, from before the house is built."""
    caplog.set_level(logging.DEBUG)
    known = [name for name in logging.root.manager.loggerDict if not name.startswith("faker")]
    for name in {*known, "sqlalchemy.engine", "sqlalchemy.pool", "asyncpg", "telegram", "aiohttp.access"}:
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


async def on_the_web(house: House, markers: Markers) -> tuple[Browser, str]:
    """A report with every field filled in, corrected once; the browser that sent it, and the receipt code."""
    browser = await house.browser()
    review = await tell(browser, markers)
    edited = await browser.follow(await browser.send(review.form("/", holding="story"), ("edit", "story")))
    again = await browser.follow(
        await browser.send(edited.form("/", holding="answer"), ("answer", markers.say("rettet")))
    )
    sent = await browser.follow(await browser.send(again.form("/", holding="send"), ("act", "send")))
    code = codes_on(sent)[0]
    house.secrets.append(code)
    house.secrets += [value for value in browser.cookies.values() if len(value) > 16]
    await browser.send(sent.form("/", holding="group"), ("group", markers.short("gruppe")))
    return browser, code


async def come_back(house: House, code: str, markers: Markers) -> Browser:
    """Somebody with the code, in another browser: types a marker as a code, reads and writes."""
    browser = await house.browser()
    page = await browser.get("/kode")
    wrong = await browser.send(
        page.form("/kode", holding="code"), ("code", markers.say("kode")), ("act", "code")
    )
    assert wrong.status == 422
    page = await browser.follow(
        await browser.send(wrong.form("/kode", holding="code"), ("code", code), ("act", "code"))
    )
    house.secrets += [value for value in browser.cookies.values() if len(value) > 16]
    form = page.form("/kode", holding="words")
    await browser.send(form, ("words", "x" * 9000 + markers.short("for langt brev")))
    await browser.send(form, ("words", markers.say("brev")))
    return browser


async def on_telegram(house: House, markers: Markers, monkeypatch: pytest.MonkeyPatch) -> Person:
    """A report in the chat: whatever is asked is answered by typing; one handler breaks, one link is made."""
    person = house.api.person(REPORTER_CHAT, first_name=markers.say("fornavn"))
    await person.start("kanarie-link")
    await press_through(person, *TO_KIND, *TO_HOME[:2])
    await person.wait_reply(containing="hvem du er")
    await person.press("I må vide, hvem jeg er")
    await press_through(person, *TO_HOME[3:5])
    await person.wait_reply(containing="Hvor bor")
    await person.say(markers.say("sted"))
    await person.wait_reply(containing="kender jeg ikke")
    await person.press("I udlandet")
    await person.wait_reply(containing="private")
    await person.say(markers.say("for tidligt"))
    await person.wait_reply(containing="ikke gemt")
    await person.press("Sikker side (bedst)")
    await person.wait_reply(containing="Linket")
    house.secrets.append(person.link("Åbn den sikre side").rpartition("/")[2])
    await person.press("Skriv her")
    story = await person.wait_reply(containing="Fortæl")
    with monkeypatch.context() as broken:
        broken.setattr(take, "Turn", Broken)
        await person.say(markers.say("parkeret"))
        await person.wait_reply(containing="Det blev ikke gemt")
    # Eight digits could be a link code of staff, and are somebody's telephone.
    await person.say(PHONE.replace(" ", ""))
    await house.settled()
    await person.send_kind("document", caption=markers.say("billedtekst"))
    await person.wait_reply(containing="kun læse tekst")
    await person.say("x" * 3500 + markers.short("for langt"))
    await house.settled()
    await person.forge_press(f"{markers.word}:1", message=story)
    said = await person.say(markers.say("rettes"))
    await house.settled()
    await person.edit(said, markers.say("rettet besked"))
    for number in range(60):
        await house.settled()
        if any("Læs dine svar igennem" in message.text for message in person.messages):
            break
        asked = person.last
        if "Spring over" in asked.labels and "Skriv dit svar" not in asked.text and number % 2:
            await person.press("Spring over", message=asked)
            continue
        await person.say(markers.short(f"svar {number}"))
        await house.settled()
        if "Vælg med en" in person.last.text or "ligner ikke" in person.last.text:
            await person.press("Spring over")
    await person.press("Send")
    await person.wait_reply(containing="Din besked er sendt den")
    await person.press("Skriv mere")
    await person.wait_reply(containing="Skriv til os")
    await person.say(markers.say("mere"))
    await person.wait_reply(containing="Det er sendt")
    return person


async def link_telegram(house: House, worker: Worker, markers: Markers) -> None:
    page = await worker.browser.fill(f"{HOME}/me", f"{HOME}/me/link")
    code = next(each for each in codes_on(page) if re.fullmatch(r"\w{4}-\w{4}", each))
    house.secrets.append(code)
    chat = house.api.person(STAFF_CHAT, first_name=markers.say("medarbejder"))
    await chat.say(f"/start {code}")
    await house.settled()
    await chat.say(code)
    await house.settled()
    linked = await house.store.read(lambda tx: tx.people.find_by_telegram(STAFF_CHAT))
    assert linked is not None


async def at_the_desk(house: House, officer: Worker, markers: Markers) -> None:
    """A call written down in the console, with every field filled in; the code is told and no more."""
    browser, path = officer.browser, f"{HOME}/contact"
    form = (await browser.get(path)).form(path)
    typed = [
        (name, markers.short(name))
        for name in ("hotline", "source", "date", "time", "which", "late", "language")
    ]
    assert (await browser.send(form, *typed)).status == 422
    local = shipped().rules().calendar.local(house.clock.at)
    when = [("date", local.date().isoformat()), ("time", local.strftime("%H:%M"))]
    opened = await browser.send(form, ("hotline", "local"), ("source", "phone"), ("language", "da"), *when)
    review = await tell_on(browser, await browser.follow(opened), markers, at=opened.location)
    sent = await browser.send(review.form(opened.location, holding="send"), ("act", "send"))
    assert sent.status == 200, sent.words
    house.secrets.append(codes_on(sent)[0])


async def work(house: House, officer: Worker, head: Worker, cases: list[str], markers: Markers) -> None:
    """Everything that staff can type, taken and refused."""
    first, second = cases
    await officer.browser.fill(HOME, f"{HOME}/duty/take")
    note = ("note", markers.say("vagtskifte"))
    await officer.browser.fill(
        f"{HOME}/handover", f"{HOME}/handover/give", note, ("to", markers.short("til"))
    )
    given = await officer.browser.fill(f"{HOME}/handover", f"{HOME}/handover/give", note)
    assert given.status == 303
    await officer.browser.get(f"{HOME}/case/{markers.word}")
    for case in cases:
        await officer.act(case, "claim")
        await officer.act(case, "note", ("words", markers.say("note")))
        await officer.act(case, "note", ("words", "x" * 30_000 + markers.short("for lang note")))
        await officer.act(case, "reply", ("words", markers.say("svar")))
        opened = await officer.act(
            case, "identity", ("words", markers.say("grund")), ("factor", officer.next_code())
        )
        assert (opened.status, markers.word in opened.text) == (200, True)
    # What was ticked on the pages has raised an alarm of its own.
    await officer.act(second, "acute", ("words", markers.say("akut")))
    for case in cases:
        answered = await officer.act(case, "answer", ("action", "other"), ("words", markers.say("gjort")))
        assert answered.status == 303, answered.words
    page = await officer.browser.get(f"{HOME}/case/{first}")
    step = {
        "next_what": markers.say("næste skridt"),
        "next_owner": re.search(r'<option value="([0-9a-f-]{36})"', page.text).group(1),  # type: ignore[union-attr]
        "next_date": markers.say("dato"),
        "next_time": "12:00",
    }
    typed = {**DECISION, **step, "outcome": "need_more", "reason": markers.say("begrundelse")}
    refused = await officer.act(first, "decide", *typed.items())
    assert refused.status == 422
    typed["next_date"] = (house.clock.at + timedelta(days=1)).date().isoformat()
    assert (await officer.act(first, "decide", *typed.items())).status == 303
    house.clock.advance(timedelta(hours=49))
    await officer.sign_in()
    await officer.act(first, "explain", ("words", markers.say("for sent")))
    unfounded = {**DECISION, "outcome": "unfounded", "reason": markers.say("ubegrundet")}
    assert (await officer.act(first, "decide", *unfounded.items())).status == 303
    await head.sign_in()
    assert (await head.act(first, "decline", ("words", markers.say("nej tak")))).status == 303
    for kind, told in (("advice", ""), ("relative", "child")):
        asked = [("kind", kind), ("told", told), ("words", markers.say(f"slags {kind}"))]
        assert (await officer.act(first, "kind", *asked)).status == 303
    assert (await head.act(first, "decline-kind", ("words", markers.say("nej til slags")))).status == 303
    forward = {**DECISION, "outcome": "forward_infohus", "reason": markers.say("videre")}
    late = ("overdue_reason", markers.say("overskredet"))
    child = [("to", markers.say("fortalt til")), ("receipt", markers.say("kvittering"))]
    assert (await officer.act(second, "passed-on", ("receiver", "child"), *child)).status == 303
    assert (await officer.act(second, "decide", *forward.items(), late)).status == 303
    assert (await officer.act(second, "receipt", ("words", markers.say("modtaget")))).status == 303
    await house.store.write(_adds, shipped().rules(), second, markers.say("mere"))
    seen = [("did", "other"), ("words", markers.say("set"))]
    assert (await officer.act(second, "seen", *seen)).status == 303
    assert (await officer.act(second, "close", ("words", markers.say("lukket")))).status == 303
    for form, field in (("password", "old"), ("language", "language")):
        await officer.browser.fill(f"{HOME}/me", f"{HOME}/me/{form}", (field, markers.say(form)))


def _adds(tx: Transaction, rules: Rules, code: str, words: str) -> None:
    case = tx.cases.find(CaseCode(code))
    assert case is not None
    done = write_from_reporter(tx, rules, case_id=case.id, words=words)
    assert not isinstance(done, Refused)


@pytest.mark.asvs("14.2.1")
async def test_no_marker_lies_in_clear_anywhere(  # noqa: PLR0917 - where it looks
    loud: pytest.LogCaptureFixture,
    house: House,
    engine: str,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    markers = Markers()
    administrator = await first_administrator(house)
    officer = await invited(
        administrator,
        name="Testperson B",
        email="b@example.org",
        role="duty_officer",
        password="syv våde støvler i gangen",
    )
    head = await invited(
        administrator,
        name="Testperson C",
        email="c@example.org",
        role="head",
        password="otte tunge kasser med æbler",
    )
    await link_telegram(house, officer, markers)
    stranger = await house.browser()
    path = f"{HOME}/sign-in"
    await stranger.fill(path, path, ("email", markers.mail()), ("password", markers.say("adgangskode")))
    _, code = await on_the_web(house, markers)
    person = await on_telegram(house, markers, monkeypatch)
    queue = await house.store.read(lambda tx: list(tx.cases.queue(reader=None, limit=5)))
    cases = [str(case.code) for case in sorted(queue, key=lambda case: not case.acute)]
    assert len(cases) == 2
    await come_back(house, code, markers)
    await at_the_desk(house, officer, markers)
    await work(house, officer, head, cases, markers)
    await person.start()
    await house.settled()
    await person.press("Vis svaret her")
    await house.settled()
    async with asyncio.timeout(PATIENCE):
        while not list(house.settings.mail_folder.glob("*")) or len(house.api.sent(STAFF_CHAT)) < 3:
            await asyncio.sleep(0.05)
    stored = await house.store.read(lambda tx: _stored(tx, [case.id for case in queue], markers))
    assert stored > 30, "the markers were really stored"
    assert any(markers.word in message.text for message in person.history), "and really read"

    backup = tmp_path / "backup"
    backup.mkdir()
    await write_backup(
        house.settings.store_url, backup / "b", BackupKey.create(tmp_path / "backup.key"), now=house.clock.at
    )
    staff = [call.params for call in house.api.records.calls if call.chat_id == STAFF_CHAT]
    assert len(staff) > 2
    places = {
        **files(house.settings.data_dir),
        **files(backup),
        "log lines": "\n".join(JsonLines().format(record) for record in loud.records).encode(),
        "log messages": "\n".join(record.getMessage() for record in loud.records).encode(),
        "told to staff": repr(staff).encode(),
        "addresses": "\n".join(house.trail.addresses).replace(f"{HOME}/case/{markers.word}", "").encode(),
    }
    if engine == "sqlite":
        places |= {f"store {path.name}": path.read_bytes() for path in tmp_path.glob("store.db*")}
        assert "store store.db-wal" in places
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        places |= await every_row(database_url)
        places |= await data_files(database_url, server.folder)
        assert sum(len(content) for name, content in places.items() if name.startswith("server")) > 10**6
    print(
        f"canary on {engine}: {len(markers.typed)} markers and {len(set(house.secrets))} secrets, "
        f"{len(places)} places, {sum(map(len, places.values())) // 1024} KiB searched"
    )
    assert markers.hits({**places, "cookies": "\n".join(house.trail.cookies).encode()}) == []
    # A one-time link is an address by its nature; nothing else of what is secret ever is.
    addresses = re.sub(r"/(first|invited|s)/[\w-]+", "", places.pop("addresses").decode()).encode()
    wanted = dict(pair for secret in set(house.secrets) for pair in secret_needles(secret))
    wanted |= {
        "reporter's chat": str(REPORTER_CHAT).encode(),
        PHONE: PHONE.encode(),
        "phone": PHONE.replace(" ", "").encode(),
    }
    assert found_in({**places, "addresses": addresses}, wanted) == []


def _stored(tx: Transaction, cases: list[CaseId], markers: Markers) -> int:
    found = []
    for case in cases:
        found += [each.words or "" for each in tx.cases.timeline(case)]
        found += [each.words for each in tx.messages.of_case(case)]
        found += [f"{each.body} {each.identity}" for each in tx.cases.submissions(case, identity=True)]
    found += [each.note or "" for each in tx.duty.last_handovers(limit=5)]
    return sum(text.count(markers.word) for text in found)
