"""Somebody reports in a terminal: numbers, words, commands, and a store that is away for a while."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar

from handlers.dialog.clean import IdentityPattern
from handlers.terminal.chat import run_chat
from handlers.terminal.parts import TerminalParts
from storage.store import Store
from storage.transaction import Transaction
from tests.support.people.terminal import TerminalPerson
from tests.support.stores import SettableClock
from tests.transcripts.playing import look
from triage.cases.receipts import Opened, open_with_code
from triage.cases.records import Alarm
from triage.faults import StoreDownError
from triage.limits import Limit

P = ParamSpec("P")
T = TypeVar("T")

TO_STORY = ("1", "3", "1", "1", "1", "6", "3", "København")
TO_REVIEW = (*TO_STORY, "Han råber om natten.", *("-",) * 8)


async def type_all(person: TerminalPerson, *lines: str) -> str:
    """Type these lines one after the other; what the last one led to."""
    for line in lines:
        await person.type(line)
    return person.sees()


def alarms(tx: Transaction) -> list[Alarm]:
    return list(tx.alarms.waiting(reader=None, limit=10))


class Flickering:
    """A store that cannot be reached while `away` is set."""

    def __init__(self, store: Store) -> None:
        self.away = False
        self.lost_answers = 0
        """So many writes are done although their answer gets lost."""
        self._store = store

    async def write_repeatable(
        self, use_case: Callable[Concatenate[Any, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        if self.away:
            raise StoreDownError
        done = await self._store.write_repeatable(use_case, *args, **kwargs)
        if self.lost_answers:
            self.lost_answers -= 1
            raise StoreDownError
        return done

    async def read(self, query: Callable[Concatenate[Any, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._store.read(query, *args, **kwargs)


async def test_the_talk_begins_with_the_trial_banner_and_the_languages(person: TerminalPerson) -> None:
    printed = person.sees()
    assert "Prøve – skriv ikke om rigtige mennesker" in printed
    assert "Vælg sprog" in printed
    assert "  1  Dansk" in printed
    assert "  2  English" in printed


async def test_options_may_be_answered_by_their_words(person: TerminalPerson) -> None:
    printed = await type_all(person, "english", "no", "I am worried about someone I know", "Continue")
    assert "You need not say who you are" in " ".join(printed.split())


async def test_the_receipt_code_is_shown_and_opens_the_case(person: TerminalPerson, store: Store) -> None:
    printed = await type_all(person, *TO_REVIEW, "send")
    assert "Din besked er sendt den 4. maj 2026" in printed
    code = re.search(r"\b[0-9A-Z]{4}(-[0-9A-Z]{4}){3}\b", printed)
    assert code is not None
    limit = Limit(burst=5, refill=timedelta(minutes=1))
    opened = await store.write(open_with_code, typed=code[0].lower(), source="somebody", limit=limit)
    assert isinstance(opened, Opened)
    assert "Det passer ikke" in await type_all(person, "0000")
    assert "Det passer ikke" in await type_all(person, f"koden er {code[0][-4:]}")
    misread = code[0].lower().replace("0", "o").replace("1", "l").replace("-", " ")
    assert "Det passer." in await type_all(person, misread)


async def test_beside_the_code_stands_the_page_that_takes_it_where_there_is_one(parts: TerminalParts) -> None:
    said = []
    for address in ("https://kontakt.example.org/kode", None):
        person = TerminalPerson(replace(parts, code_address=address))
        await person.open()
        said += re.findall(
            r"denne side: (\S+)", " ".join((await type_all(person, *TO_REVIEW, "send")).split())
        )
        await person.close()
    assert said == ["https://kontakt.example.org/kode"]


async def test_lines_stay_within_the_width_of_the_window(parts: TerminalParts) -> None:
    narrow = TerminalPerson(parts, width=40)
    await narrow.open()
    await type_all(narrow, *TO_REVIEW)
    assert max(map(len, narrow.sees().splitlines())) < 40
    await narrow.close()


async def test_help_is_there_at_every_step_and_changes_nothing(person: TerminalPerson) -> None:
    printed = " ".join((await type_all(person, *TO_STORY, "?")).split())
    assert "Er der nogen i fare, så ring" in printed or "112" in printed
    assert "Fortæl med dine egne ord" in printed


async def test_after_help_nothing_looks_like_a_mistake_but_places_to_choose_from_stay(
    person: TerminalPerson,
) -> None:
    wrong = "Vælg et af svarene."
    assert wrong in await type_all(person, "dansk", "måske")
    assert wrong not in await type_all(person, "?")
    await type_all(person, *TO_STORY[1:-1])
    found = await type_all(person, "Nykøbing")
    assert "Guldborgsund" in found
    assert "Guldborgsund" in await type_all(person, "?")


async def test_what_looks_like_a_command_can_be_an_answer(person: TerminalPerson) -> None:
    await type_all(person, *TO_STORY, "\\slet", *("-",) * 8)
    assert "slet" in person.sees()
    assert "Læs dine svar igennem" in person.sees()


async def test_an_answer_is_changed_by_the_number_of_its_line(person: TerminalPerson) -> None:
    printed = await type_all(person, *TO_REVIEW, "ret 7")
    assert "Du valgte: Han råber om natten." in printed
    assert "Læs dine svar igennem" in await type_all(person, "behold")


async def test_telling_words_are_numbered_and_decided_by_their_numbers(person: TerminalPerson) -> None:
    printed = await type_all(person, *TO_STORY, "Ring 20 20 20 20 til mig", *("-",) * 8)
    place = "[1] I »Fortæl med dine egne ord« står noget, der ligner et telefonnummer: 20 20 20 20"
    assert place in " ".join(printed.split())
    for wrong in ("slør 2", "slør 0", "slør"):
        assert place in " ".join((await type_all(person, wrong)).split())
    printed = await type_all(person, "slør 1")
    assert "Ring [telefonnummer] til mig" in " ".join(printed.split())
    assert "Vi fandt ikke det hele" not in printed


async def test_leaving_destroys_the_draft_and_says_so(parts: TerminalParts, store: Store) -> None:
    somebody = TerminalPerson(parts)
    await somebody.open()
    await type_all(somebody, *TO_STORY, "Han råber om natten.")
    await somebody.close()
    printed = " ".join(somebody.sees().split())
    assert "Det, du ikke har sendt, er slettet." in printed
    assert "luk det" in printed.lower()
    assert (await store.read(look)).cases == ()


async def test_leaving_after_an_alarm_says_that_the_alarm_stands(parts: TerminalParts, store: Store) -> None:
    somebody = TerminalPerson(parts)
    await somebody.open()
    await type_all(somebody, "1", "1")
    await somebody.close()
    assert "Vi kan stadig se, at nogen kan være i fare" in " ".join(somebody.sees().split())
    assert [alarm.trigger for alarm in await store.read(alarms)] == ["danger_yes"]


async def test_a_card_shows_the_way_back_the_way_out_and_help(person: TerminalPerson) -> None:
    printed = " ".join((await type_all(person, "1", "1")).split())
    assert "Ring 112 nu" in printed
    assert "[<] Tilbage [slet] Slet det hele [?] Hjælp nu" in printed
    assert "Vil du slette alt" in await type_all(person, "slet")


async def test_deleting_asks_once_more(person: TerminalPerson) -> None:
    assert "Vil du slette alt" in await type_all(person, *TO_REVIEW, "slet")
    assert "Læs dine svar igennem" in await type_all(person, "")
    assert "er slettet" in await type_all(person, "slet", "slet")


async def test_an_answer_that_was_not_stored_is_kept_and_tried_again(
    parts: TerminalParts, store: Store
) -> None:
    flickering = Flickering(store)
    somebody = TerminalPerson(replace(parts, store=flickering))
    await somebody.open()
    await type_all(somebody, *TO_STORY)
    flickering.away = True
    printed = await type_all(somebody, "Han råber om natten.")
    assert "Ikke gemt, prøv igen." in printed
    assert "Er nogen i fare, så ring 112." in " ".join(printed.split())
    assert "Ikke gemt, prøv igen." in await type_all(somebody, "")
    flickering.away = False
    assert "Hvornår blev du bekymret?" in await type_all(somebody, "")
    await type_all(somebody, *("-",) * 8, "send")
    await somebody.close()
    assert (await store.read(look)).submissions[0].body["story"] == "Han råber om natten."


async def test_a_report_whose_answer_got_lost_is_sent_once(parts: TerminalParts, store: Store) -> None:
    flickering = Flickering(store)
    somebody = TerminalPerson(replace(parts, store=flickering))
    await somebody.open()
    await type_all(somebody, *TO_REVIEW)
    flickering.lost_answers = 1
    assert "Ikke gemt, prøv igen." in await type_all(somebody, "send")
    assert "Din besked er sendt" in await type_all(somebody, "")
    await somebody.close()
    assert len((await store.read(look)).cases) == 1


async def test_only_the_kind_of_number_that_was_taken_out_is_named(parts: TerminalParts) -> None:
    other = IdentityPattern(id="nobody_told", regex=re.compile(r"P\d{8}"), marker="[P]")
    patterns = {lang: (*found, other) for lang, found in parts.intake.patterns.items()}
    person = TerminalPerson(replace(parts, intake=replace(parts.intake, patterns=patterns)))
    await person.open()
    printed = " ".join((await type_all(person, *TO_STORY, "Han er 010190-1234.")).split())
    assert "Jeg har slettet det, der lignede et CPR-nummer." in printed
    assert "nobody_told" not in printed
    await person.close()


async def test_a_draft_that_expired_is_not_answered_by_a_number(
    person: TerminalPerson, clock: SettableClock, store: Store
) -> None:
    await type_all(person, "1", "3", "1", "1")
    clock.advance(timedelta(hours=25))
    printed = " ".join((await type_all(person, "1")).split())
    assert "Der gik mere end 24 timer" in printed
    assert await store.read(alarms) == []


async def test_leaving_while_the_store_is_away_promises_nothing(parts: TerminalParts, store: Store) -> None:
    flickering = Flickering(store)
    somebody = TerminalPerson(replace(parts, store=flickering))
    await somebody.open()
    await type_all(somebody, *TO_STORY)
    flickering.away = True
    await somebody.close()
    assert "Vi kunne ikke slette det" in " ".join(somebody.sees().split())


async def test_a_program_that_never_reached_the_store_ends_quietly(
    parts: TerminalParts, store: Store
) -> None:
    flickering = Flickering(store)
    flickering.away = True
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    for line in ("", None):
        lines.put_nowait(line)
    printed: list[str] = []

    async def read_line(prompt: str) -> str | None:
        assert prompt == "> "
        return await lines.get()

    await run_chat(replace(parts, store=flickering), read_line=read_line, write=printed.append)
    assert "Ikke gemt, prøv igen." in "\n".join(printed)


async def test_what_to_do_meanwhile_is_told_at_any_time(person: TerminalPerson) -> None:
    printed = " ".join((await type_all(person, *TO_STORY, "mens du venter")).split())
    assert "Du behøver ikke løse det hele i aften" in printed
    assert "Fortæl med dine egne ord" in printed
