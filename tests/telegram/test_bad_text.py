"""Text that breaks other programs: each gets a clear sentence, is stored whole, or is refused without a loss."""

from __future__ import annotations

import pytest

from handlers.telegram.drawing import Button, Drawn, messages
from handlers.telegram.lengths import split
from storage.store import Store
from storage.transaction import Transaction
from tests.support.telegram_house import TelegramHouse
from tests.support.telegram_talks import AFTER_STORY, go_to_home, go_to_story, press_through

CPR = "010203-1234"
MARKED = "[CPR-nummer slettet]"


def stories(tx: Transaction) -> list[object]:
    return [
        submission.body["story"]
        for case in tx.cases.queue(reader=None, limit=9)
        for submission in tx.cases.submissions(case.id, identity=True)
    ]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Han\x00 er bange", "Han er bange"),
        ("Han \ud800er bange", "Han er bange"),
        ("\u202eegnab re naH\u202c", "egnab re naH"),
        ("😟" * 1000, "😟" * 1000),
        ("a" + "\u0301" * 20 + " slut", "á" + "\u0301" * 19 + " slut"),
        ("<b>Han</b> _er_ *bange* [x](http://example.org) {story} %s", None),
        (f"Nummeret er {CPR}.", f"Nummeret er {MARKED}."),
        ("Nummeret er ٠١٠٢٠٣-١٢٣٤.", f"Nummeret er {MARKED}."),
        ("أخي خائف", None),
    ],
    ids=["nul", "surrogate", "override", "emoji", "zalgo", "markup", "cpr", "cpr in other digits", "arabic"],
)
async def test_strange_text_is_stored_whole_and_sent(
    house: TelegramHouse, store: Store, typed: str, stored: str | None
) -> None:
    person = await go_to_story(house)
    await person.say(typed)
    reply = await person.wait_reply(containing="Hvornår blev du bekymret")
    assert ("Jeg har slettet det, der lignede et CPR-nummer." in reply.text) == (MARKED in (stored or ""))
    await press_through(person, *((question, "Spring over") for question in AFTER_STORY))
    await person.wait_reply(containing="Læs dine svar igennem")
    await person.press("Send")
    await person.wait_reply(containing="Din besked er sendt den")

    assert await store.read(stories) == [stored or typed]


@pytest.mark.parametrize(
    "typed", ["\x00", "\u202e\u202c", " \n\t ", "\u200b", "Å" * 3001, "😟" * 3001, "x" * 19_000]
)
async def test_empty_and_endless_answers_are_refused_with_a_sentence(
    house: TelegramHouse, typed: str
) -> None:
    person = await go_to_story(house)

    await person.say(typed)

    reply = await person.wait_reply(containing="Fortæl med dine egne ord")
    assert reply.text.startswith(("Der stod ikke noget.", "Det er for langt. Der er plads til 3.000 tegn."))


async def test_an_identity_number_is_taken_out_on_every_way_in(house: TelegramHouse, store: Store) -> None:
    person = await go_to_home(house)
    await person.say(CPR)
    await person.wait_reply(containing="Den kommune kender jeg ikke")
    await person.press("Ved ikke")
    await person.wait_reply(containing="private")
    await person.press("Skriv her")
    await person.wait_reply(containing="Fortæl")
    await person.say(f"Han hedder {CPR}")
    await press_through(person, *((question, "Spring over") for question in AFTER_STORY[:3]))
    await person.wait_reply(containing="Hvad går godt")
    await person.say(f"Godt: {CPR}")
    await press_through(person, *((question, "Spring over") for question in AFTER_STORY[4:7]))
    await press_through(person, ("tolk", "Ja"))
    await person.wait_reply(containing="Hvilket sprog")
    await person.say(f"Arabisk {CPR}")
    await person.wait_reply(containing="Læs dine svar igennem")
    await person.press("Vil du skrive, hvem personen er, eller hvor vi kan få fat i dig?")
    await person.wait_reply(containing="Uden navn")
    for part in ("navn", "sted", "eget navn"):
        await person.say(f"{part} {CPR}")
        await house.settled()
    for _ in range(2):
        await person.press("Spring over")
        await house.settled()
    await person.say("/start")
    await person.wait_reply(containing="Fortsæt?")
    await person.press("Ja, fortsæt")
    review = await person.wait_reply(containing="Læs dine svar igennem")
    assert CPR not in review.text
    await person.press("Send")
    await person.wait_reply(containing="Din besked er sendt den")

    found = await store.read(
        lambda tx: str(
            [
                (dict(submission.clear), dict(submission.body), dict(submission.identity or {}))
                for case in tx.cases.queue(reader=None, limit=9)
                for submission in tx.cases.submissions(case.id, identity=True)
            ]
        )
    )
    assert CPR not in found
    assert found.count(MARKED) == 6


async def test_typed_words_of_a_button_are_the_button(house: TelegramHouse) -> None:
    person = house.api.person(4711)
    await person.start()
    for question, words in (
        ("Vælg sprog", "Dansk"),
        ("i fare lige nu", "nej"),
        ("drejer", "jeg er bekymret for en, jeg kender"),
        ("Før du fortæller", "fortsæt"),
        ("hvem du er", "jeg er anonym"),
    ):
        await person.wait_reply(containing=question)
        await person.say(words)
    await person.wait_reply(containing="Hvordan kender du personen")


async def test_words_where_a_button_is_asked_are_not_stored_and_the_person_is_told(
    house: TelegramHouse,
) -> None:
    person = house.api.person(4711)
    await person.say("Min bror er væk")
    first = await person.wait_reply(containing="Vælg sprog")
    assert "Det, du skrev, er ikke gemt endnu." in first.text
    assert "not saved yet" in first.text
    await person.say("Jamen han er væk")
    await person.wait_reply(containing="Vælg med en af knapperne. Det, du skrev, er ikke gemt.")
    await person.press("dansk")
    await person.wait_reply(containing="i fare lige nu")
    await person.say("Han er væk")
    reply = await person.wait_reply(containing="Vælg med en af knapperne")
    assert reply.labels[:3] == ["Ja", "Jeg er i tvivl", "Nej"]
    await person.press("Ja")
    await person.wait_reply(containing="Ring 112 nu")
    await person.say("Kom nu")
    card = await person.wait_reply(containing="Vælg med en af knapperne")
    assert "Ring 112 nu" in card.text


def test_a_long_review_comes_in_pieces_with_its_buttons_under_the_last() -> None:
    text = "\n".join(f"{number}. Spørgsmål?\n→ {'😟' * 60}" for number in range(60))
    pieces = messages(Drawn(text, [[Button(text="Send", data="x")]]))

    assert [bool(piece.rows) for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert all(len(piece.text.encode("utf-16-le")) // 2 <= 4096 for piece in pieces)
    assert "".join(piece.text for piece in pieces).replace("\n", "") == text.replace("\n", "")
    assert all(piece and "\ufffd" not in piece for piece in split("👩‍👩‍👧" * 3000))
