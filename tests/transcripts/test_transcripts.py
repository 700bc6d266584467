"""The same conversations on every channel: what lies in the store is always the same report."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import TelegramMode
from bot.wiring import make_intake
from handlers.dialog.intake import Intake
from handlers.terminal.parts import TerminalParts
from handlers.webchat.routes import build_webchat
from storage.keyring import Keyring
from storage.store import Store
from tests.admin.house import open_console
from tests.support.botapi.server import FakeBotApi
from tests.support.people.console import ConsolePerson
from tests.support.people.engine import EnginePerson
from tests.support.people.telegram import TelegramPerson
from tests.support.people.terminal import TerminalPerson
from tests.support.people.web import Site, WebPerson
from tests.support.profiles import shipped
from tests.support.stores import ENGINES, MONDAY_MORNING, SettableClock
from tests.support.telegram_house import telegram_house
from tests.support.transcripts import Transcript, load
from tests.transcripts.playing import check_kept, check_report, look, play
from tests.web.house import listening, webchat_parts

TRANSCRIPTS = load(Path(__file__).parent)
PROFILE = shipped()
WORDS = PROFILE.translator()
every_transcript = pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda each: each.name)
on_every_channel = pytest.mark.parametrize(
    "transcript", [each for each in TRANSCRIPTS if not each.only_step], ids=lambda each: each.name
)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """Each channel of a transcript on one of both, its neighbours on the other."""
    channel = list(vars(request.module)).index(request.node.originalname)
    return ENGINES[(channel + TRANSCRIPTS.index(request.node.callspec.params["transcript"])) % 2]


def an_intake() -> Intake:
    return make_intake(PROFILE, WORDS, PROFILE.rules())


def a_site(store: Store) -> Site:
    return lambda: listening(build_webchat(webchat_parts(store)))


def a_model() -> EnginePerson:
    return EnginePerson(an_intake(), at=MONDAY_MORNING)


@every_transcript
async def test_the_pure_step_gives_the_report_that_the_transcript_tells(transcript: Transcript) -> None:
    model = a_model()
    await play(transcript, a_model(), model, WORDS, None)
    check_report(transcript, model)


@on_every_channel
async def test_the_terminal_gives_the_same_report(transcript: Transcript, store: Store) -> None:
    model = a_model()
    parts = TerminalParts(store=store, intake=an_intake(), words=WORDS, trial=True)
    person = TerminalPerson(parts)
    try:
        await play(transcript, person, model, WORDS, store)
    finally:
        await person.close()
    check_kept(transcript, model, await store.read(look))


@on_every_channel
async def test_the_web_chat_gives_the_same_report(transcript: Transcript, store: Store) -> None:
    model = a_model()
    person = WebPerson(a_site(store))
    try:
        await play(transcript, person, model, WORDS, store)
    finally:
        await person.close()
    check_kept(transcript, model, await store.read(look))


@on_every_channel
async def test_the_console_gives_the_same_report(
    transcript: Transcript, store: Store, clock: SettableClock
) -> None:
    model = a_model()
    async with open_console(store, clock) as console:
        person = ConsolePerson(await console.come_in(), hotline=PROFILE.default_hotline.id)
        try:
            await play(transcript, person, model, WORDS, store)
        finally:
            await person.close()
    check_kept(transcript, model, await store.read(look))


@pytest.mark.parametrize("mode", list(TelegramMode))
@on_every_channel
async def test_telegram_gives_the_same_report(
    transcript: Transcript, mode: TelegramMode, store: Store, keyring: Keyring, tmp_path: Path
) -> None:
    model = a_model()
    async with FakeBotApi() as api:
        person = TelegramPerson(
            api,
            lambda fake: telegram_house(store, keyring, tmp_path, mode=mode, api=fake),
            an_intake(),
            WORDS,
            a_site(store),
        )
        try:
            await play(transcript, person, model, WORDS, store)
        finally:
            await person.close()
    check_kept(transcript, model, await store.read(look))
