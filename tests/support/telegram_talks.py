"""Scripts of a person on Telegram: the shortest way to a place in the conversation, and the chat as text."""

from __future__ import annotations

from tests.support.botapi.person import Person
from tests.support.telegram_house import TelegramHouse

STORY = "Han taler om et sted langt væk, og jeg er bange"
TO_KIND = (("Vælg sprog", "dansk"), ("i fare lige nu", "Nej"))
TO_HOME = (
    ("Hvad drejer det sig om", "Jeg er bekymret for en, jeg kender"),
    ("Før du fortæller", "Fortsæt"),
    ("Du behøver ikke sige, hvem du er", "Jeg er anonym"),
    ("Hvordan kender du personen", "Mit barn"),
    ("Hvor gammel er personen", "15–17"),
    ("Hvor bor personen", "I udlandet"),
)
AFTER_STORY = (
    "Hvornår blev du bekymret",
    "blevet værre",
    "der passer",
    "Hvad går godt",
    "at du søger hjælp",
    "farligt eller svært",
    "hjælpe dig mest",
    "tolk",
)

CONTACT = (
    "Uden navn kan vi",
    "Cirka adresse",
    "Hvordan kan vi få fat i dig",
)
"""What whoever wants to be answered without giving a name is asked too, and passes by."""


async def press_through(person: Person, *steps: tuple[str, str]) -> None:
    """Wait for each of these questions and press the button named with it."""
    for question, button in steps:
        message = await person.wait_reply(containing=question)
        await person.press(button, message=message)


async def go_to_home(house: TelegramHouse, user: int = 4711) -> Person:
    """A person who is asked where the person lives."""
    person = house.api.person(user)
    await person.start()
    await press_through(person, *TO_KIND, *TO_HOME[:-1])
    await person.wait_reply(containing="Hvor bor personen")
    return person


async def go_to_choice(house: TelegramHouse, user: int = 4711) -> Person:
    """A person who stands before the first private question and has not said where to write it."""
    person = await go_to_home(house, user)
    await person.press("I udlandet")
    await person.wait_reply(containing="De næste svar er private")
    return person


async def go_to_story(house: TelegramHouse, user: int = 4711) -> Person:
    """A person who chose the chat and is asked to tell."""
    person = await go_to_choice(house, user)
    await person.press("Skriv her")
    await person.wait_reply(containing="Fortæl med dine egne ord")
    return person


async def go_to_review(house: TelegramHouse, user: int = 4711, *, story: str = STORY) -> Person:
    """A person who told and skipped the rest."""
    person = await go_to_story(house, user)
    await person.say(story)
    await press_through(person, *((question, "Spring over") for question in AFTER_STORY))
    await person.wait_reply(containing="Læs dine svar igennem")
    return person


async def send_report(house: TelegramHouse, user: int = 4711, *, story: str = STORY) -> Person:
    """A person whose report was sent, and who let us write to them that there is a reply."""
    person = house.api.person(user)
    await person.start()
    *first, (who, _), relation, age, home = TO_HOME
    answerable = (*first, (who, "Anonym, men I må svare mig"), relation, age, home)
    await press_through(person, *TO_KIND, *answerable, ("De næste svar er private", "Skriv her"))
    await person.wait_reply(containing="Fortæl med dine egne ord")
    await person.say(story)
    await press_through(person, *((question, "Spring over") for question in (*AFTER_STORY, *CONTACT)))
    await person.wait_reply(containing="Læs dine svar igennem")
    await person.press("Send")
    await person.wait_reply(containing="Din besked er sendt den")
    return person


def written_out(person: Person) -> str:
    """Everything that ever stood in the chat, as text; what was deleted is marked."""
    lines = []
    for message in person.history:
        who = "BOT" if message.from_bot else "PERSON"
        gone = "  (deleted)" if message.deleted else ""
        buttons = "".join(f"\n   {' '.join(_key(key) for key in row)}" for row in message.inline)
        lines.append(f"{who}{gone}: {message.text}{buttons}")
    return "\n\n".join(lines)


def _key(button: dict[str, object]) -> str:
    return f"[{button['text']}]"
