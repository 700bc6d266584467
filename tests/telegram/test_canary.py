"""Marker sentences typed into every field are found in clear nowhere: store, log, mails, notices, addresses."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.logs import JsonLines
from handlers.telegram import take
from storage.keyring import Keyring
from storage.schema import metadata
from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_person
from tests.support.stores import SettableClock
from tests.support.telegram_house import telegram_house
from tests.support.telegram_talks import TO_HOME, TO_KIND, press_through
from triage.cases.dialogue import write_to_reporter
from triage.people.person import Role

TOKEN_PART = ":test-token"
REPORTER_CHAT = 471188009904
"""So long that no random id and no sealed byte holds it by chance."""


def mark(name: str) -> str:
    return f"Kanariefugl {name} xq"


class Broken:
    """A handler that breaks and quotes what the person wrote."""

    def __init__(self, _tx: object, _door: object, _bag: object, _talk: object, incoming: object) -> None:
        self.incoming = incoming

    def run(self) -> None:
        raise ValueError(self.incoming.what.text)  # type: ignore[attr-defined]


def every_row(tx: Transaction) -> str:
    return "\n".join(
        f"{table.name} {tuple(_plain(value) for value in row)}"
        for table in metadata.sorted_tables
        for row in tx._work.all(select(table))
    )


def _plain(value: object) -> object:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def every_byte(folder: Path) -> str:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return "\n".join(path.read_bytes().decode("utf-8", "replace") for path in files)


async def test_no_word_of_anybody_lies_in_clear_anywhere(  # noqa: PLR0915, PLR0917 - one walk through every field
    store: Store,
    keyring: Keyring,
    tmp_path: Path,
    clock: SettableClock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    officer = await store.write(
        a_person, on_duty=True, telegram=8001, roles=(Role.DUTY_OFFICER, Role.COORDINATOR, Role.HEAD)
    )
    caplog.set_level(logging.DEBUG)
    for name in ("aiohttp", "telegram", "sqlalchemy", "asyncio", "tovholder"):
        caplog.set_level(logging.DEBUG, logger=name)
    async with telegram_house(store, keyring, tmp_path, now=lambda: clock.at) as house:
        house.api.person(8001, started=True)
        person = house.api.person(REPORTER_CHAT, first_name=mark("fornavn"))
        await person.start("kanariefugl-link")
        await press_through(person, *TO_KIND, *TO_HOME[:2])
        await person.wait_reply(containing="hvem du er")
        await person.press("I må vide, hvem jeg er")
        await press_through(person, *TO_HOME[3:5])
        await person.wait_reply(containing="Hvor bor")
        await person.say(mark("sted"))
        await person.wait_reply(containing="kender jeg ikke")
        await person.press("I udlandet")
        await person.wait_reply(containing="private")
        await person.say(mark("for tidligt"))
        await person.wait_reply(containing="ikke gemt")
        await person.press("Sikker side (bedst)")
        await person.wait_reply(containing="Linket")
        link = person.link("Åbn den sikre side").rpartition("/")[2]
        await person.press("Skriv her")
        await person.wait_reply(containing="Fortæl")
        with monkeypatch.context() as broken:
            broken.setattr(take, "Turn", Broken)
            await person.say(mark("parkeret"))
            await person.wait_reply(containing="Det blev ikke gemt")
        await person.send_kind("document", caption=mark("billedtekst"))
        await person.wait_reply(containing="kun læse tekst")
        # Everything that can be typed, whatever is asked.
        number = 0
        while not any("Læs dine svar igennem" in message.text for message in person.messages):
            await house.settled()
            asked = person.last
            if "Spring over" in asked.labels and "Skriv dit svar" not in asked.text and number % 2:
                await person.press("Spring over", message=asked)
            else:
                await person.say(mark(f"svar {number}"))
                await house.settled()
                if "Vælg med en" in person.last.text or "ligner ikke" in person.last.text:
                    await person.press("Spring over")
            number += 1
            assert number < 60
        await house.settled()
        during = await store.read(every_row)
        await person.press("Send")
        await person.wait_reply(containing="Din besked er sendt den")
        [case] = await store.read(lambda tx: tx.cases.queue(reader=None, limit=5))
        await person.press("Skriv mere")
        await person.wait_reply(containing="Skriv til os")
        await person.say(mark("mere"))
        await person.wait_reply(containing="Det er sendt")
        await store.write(
            write_to_reporter, house.parts.rules, case_id=case.id, by=officer.id, words=mark("fra os")
        )
        await person.wait_for(lambda message: message.text == "Der er et svar til dig.")
        await person.start()
        await person.wait_reply(containing="Vi har skrevet")
        await person.press("Vis svaret her")
        await person.wait_for(lambda message: mark("fra os") in message.text)
        await house.settled()
        await asyncio.sleep(0.1)
        submissions = await store.read(lambda tx: tx.cases.submissions(case.id, identity=True))
        assert str(submissions[0].body).lower().count("kanariefugl") > 2, "the markers were really stored"
        staff_read = "\n".join(message.text for message in house.api.sent(8001))

    places = {
        "rows while writing": during,
        "rows after": await store.read(every_row),
        "files": every_byte(tmp_path),
        "log lines": "\n".join(JsonLines().format(record) for record in caplog.records),
        "log messages": "\n".join(caplog.messages),
        "what staff read": staff_read,
    }
    for where, text in places.items():
        assert "kanariefugl" not in text.casefold(), where
        assert link not in text, where
    assert TOKEN_PART not in places["log lines"]
    assert str(REPORTER_CHAT) not in places["rows after"]
