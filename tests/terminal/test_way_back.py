"""Coming back to a report at a terminal with its code."""

from __future__ import annotations

import re
from dataclasses import replace

from handlers.terminal.parts import TerminalParts
from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_person
from tests.support.people.terminal import TerminalPerson
from tests.terminal.test_talking import TO_REVIEW, Flickering, type_all
from triage.cases.case import CaseEvent, EventKind
from triage.cases.dialogue import write_to_reporter
from triage.cases.words import Done
from triage.ids import CaseId

CODE = re.compile(r"\b[0-9A-Z]{4}(-[0-9A-Z]{4}){3}\b")


def code_in(printed: str) -> str:
    found = CODE.search(printed)
    assert found is not None
    return found[0]


def flat(printed: str) -> str:
    return " ".join(printed.split())


async def a_report(parts: TerminalParts) -> str:
    """Somebody reports and leaves; the code."""
    somebody = TerminalPerson(parts)
    await somebody.open()
    code = code_in(await type_all(somebody, *TO_REVIEW, "send"))
    await somebody.close()
    return code


def record_ended(tx: Transaction, case_id: CaseId) -> None:
    tx.cases.record(
        CaseEvent(id=tx.new_id(), case_id=case_id, kind=EventKind.CONTACT_ENDED, at=tx.now, by=None)
    )


def the_case(tx: Transaction) -> CaseId:
    [case] = tx.cases.queue(reader=None, limit=5)
    return case.id


def last_event(tx: Transaction, case_id: CaseId) -> CaseEvent:
    return tx.cases.timeline(case_id)[-1]


async def test_the_code_shows_where_it_stands_and_takes_more(parts: TerminalParts, store: Store) -> None:
    code = await a_report(parts)
    person = TerminalPerson(parts)
    await person.open()
    assert "[kode] Jeg har en kode" in flat(person.sees())

    printed = flat(await type_all(person, "kode", code.lower()))
    assert "Din besked er sendt mandag" in printed
    assert "Ingen har læst den endnu." in printed
    printed = flat(await type_all(person, "skriv", "Han ringede\\", "i går, 010190-1234."))

    assert "CPR" in printed
    assert "En medarbejder læser det sammen med det, du skrev før." in printed
    case_id = await store.read(the_case)
    [message] = await store.read(lambda tx: tx.messages.of_case(case_id))
    assert message.words == "Han ringede\ni går, [CPR-nummer slettet]."
    assert "Vælg sprog" in await type_all(person, "tilbage")
    await person.close()


async def test_what_staff_wrote_is_read_and_the_code_is_then_no_longer_replaced(
    parts: TerminalParts, store: Store
) -> None:
    code = await a_report(parts)
    officer = await store.write(a_person)
    case_id = await store.read(the_case)
    done = await store.write(
        write_to_reporter, parts.intake.rules, case_id=case_id, by=officer.id, words="Må vi ringe?"
    )
    assert isinstance(done, Done)
    person = TerminalPerson(parts)
    await person.open()

    printed = flat(await type_all(person, "kode", code))

    assert "Må vi ringe?" in printed
    assert "Vi har skrevet til dig mandag" in printed
    assert "[ny kode]" not in printed
    [message] = await store.read(lambda tx: tx.messages.of_case(case_id))
    assert message.read_at is not None
    await person.close()


async def test_a_new_code_takes_the_old_ones_place(parts: TerminalParts) -> None:
    old = await a_report(parts)
    person = TerminalPerson(parts)
    await person.open()
    printed = await type_all(person, "kode", old, "ny kode")
    assert "Så virker den gamle ikke mere." in flat(printed)
    new = code_in(await type_all(person, "ny kode"))
    await type_all(person, "tilbage")
    assert "Den kode kender vi ikke" in flat(await type_all(person, "kode", old))
    assert "Din besked er sendt" in flat(await type_all(person, "kode", new))
    await person.close()


async def test_contact_ends_when_asked_twice_and_the_code_opens_nothing(
    parts: TerminalParts, store: Store
) -> None:
    code = await a_report(parts)
    case_id = await store.read(the_case)
    person = TerminalPerson(parts)
    await person.open()
    printed = flat(await type_all(person, "kode", code, "afslut"))
    assert "Det, du har sendt, bliver hos os, og sagen går videre." in printed
    assert "Din besked er sendt" in flat(await type_all(person, ""))

    printed = flat(await type_all(person, "afslut", "afslut"))

    assert "Kontakten er afsluttet." in printed
    event = await store.read(last_event, case_id)
    assert (event.kind, event.by) == (EventKind.CONTACT_ENDED, None)
    assert "Den kode kender vi ikke" in flat(await type_all(person, "kode", code))
    await person.close()


async def test_once_staff_have_ended_contact_it_says_that_no_reply_will_come(
    parts: TerminalParts, store: Store
) -> None:
    code = await a_report(parts)
    case_id = await store.read(the_case)
    await store.write(record_ended, case_id)
    person = TerminalPerson(parts)
    await person.open()

    printed = flat(await type_all(person, "kode", code))

    assert "Vi har afsluttet kontakten om den her besked, så vi kan ikke svare dig mere her." in printed
    await person.close()


async def test_a_word_that_is_a_command_behind_the_code_is_an_answer_in_the_talk(
    person: TerminalPerson,
) -> None:
    assert "skriv" in await type_all(person, *TO_REVIEW[:8], "skriv", *("-",) * 8)


async def test_what_was_given_up_while_the_store_was_away_is_not_called_sent(
    parts: TerminalParts, store: Store
) -> None:
    code = await a_report(parts)
    case_id = await store.read(the_case)
    flickering = Flickering(store)
    person = TerminalPerson(replace(parts, store=flickering))
    await person.open()
    await type_all(person, "kode", code, "skriv")
    flickering.away = True
    assert "Ikke gemt" in flat(await type_all(person, "Han ringede i går."))

    printed = flat(await type_all(person, "tilbage"))

    assert "Det, du skrev nu, blev ikke sendt." in printed
    assert "Det er sendt" not in printed
    flickering.away = False
    await person.close()
    assert await store.read(lambda tx: list(tx.messages.of_case(case_id))) == []


async def test_a_message_whose_answer_got_lost_is_sent_once_and_called_sent(
    parts: TerminalParts, store: Store
) -> None:
    code = await a_report(parts)
    case_id = await store.read(the_case)
    flickering = Flickering(store)
    person = TerminalPerson(replace(parts, store=flickering))
    await person.open()
    await type_all(person, "kode", code, "skriv")
    flickering.lost_answers = 1
    assert "Ikke gemt" in flat(await type_all(person, "Han ringede i går."))
    assert "Det er sendt." in flat(await type_all(person, ""))
    await person.close()
    messages = await store.read(lambda tx: list(tx.messages.of_case(case_id)))
    assert [each.words for each in messages] == ["Han ringede i går."]


async def test_contact_that_could_not_be_ended_is_not_called_ended(
    parts: TerminalParts, store: Store
) -> None:
    code = await a_report(parts)
    flickering = Flickering(store)
    person = TerminalPerson(replace(parts, store=flickering))
    await person.open()
    await type_all(person, "kode", code, "afslut")
    flickering.away = True
    assert "Ikke gemt" in flat(await type_all(person, "afslut"))

    assert "Kontakten er afsluttet" not in flat(await type_all(person, "tilbage"))

    flickering.away = False
    await type_all(person, "", "tilbage")
    assert "Din besked er sendt" in flat(await type_all(person, "kode", code))
    await person.close()


async def test_contact_whose_end_got_lost_on_the_way_is_called_ended(
    parts: TerminalParts, store: Store
) -> None:
    code = await a_report(parts)
    flickering = Flickering(store)
    person = TerminalPerson(replace(parts, store=flickering))
    await person.open()
    await type_all(person, "kode", code, "afslut")
    flickering.lost_answers = 1
    assert "Ikke gemt" in flat(await type_all(person, "afslut"))
    assert "Kontakten er afsluttet." in flat(await type_all(person, ""))
    await person.close()


async def test_a_new_code_whose_answer_got_lost_is_shown_at_the_next_try(
    parts: TerminalParts, store: Store
) -> None:
    old = await a_report(parts)
    flickering = Flickering(store)
    person = TerminalPerson(replace(parts, store=flickering))
    await person.open()
    await type_all(person, "kode", old, "ny kode")
    flickering.lost_answers = 1
    assert "Ikke gemt" in flat(await type_all(person, "ny kode"))
    new = code_in(await type_all(person, ""))
    await type_all(person, "tilbage")
    assert "Din besked er sendt" in flat(await type_all(person, "kode", new))
    await person.close()


async def test_a_text_that_is_too_long_is_refused_with_its_reason(parts: TerminalParts) -> None:
    code = await a_report(parts)
    person = TerminalPerson(parts)
    await person.open()
    printed = flat(await type_all(person, "kode", code, "skriv", "x" * 20_000))
    assert "Det, du skrev nu, blev ikke sendt. Teksten er for lang." in printed
    await person.close()
