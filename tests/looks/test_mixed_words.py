"""Arabic and Danish in one answer, and the longest answer there is: kept to the letter, and drawn whole.

By each way in, back to the code's page, to the desk's page of the case, and onto paper.
"""

from __future__ import annotations

import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser

from admin.parts import HOME
from bot.leaving import ender
from bot.profile import load_profile
from bot.wiring import make_intake
from handlers.terminal.parts import TerminalParts
from handlers.webchat.routes import build_webchat
from storage.keyring import Keyring
from storage.store import Store
from storage.transaction import Transaction
from tests.admin.house import open_console
from tests.admin.test_looks import enter
from tests.looks.fits import MISFITS
from tests.support.browsing import PHONE, View, browse
from tests.support.people.terminal import TerminalPerson
from tests.support.stores import SettableClock
from tests.support.telegram_house import telegram_house
from tests.terminal.test_talking import TO_STORY, type_all
from tests.web.house import listening, webchat_parts
from tests.web.test_own_copy import AT_WORK, seen_at_work
from tests.web.visiting import plainly, visiting
from triage.people.person import Role

MIXED = "Han skrev «سوف أسافر غدًا مع (أحمد-١٢)» til sin lærer kl. 14.30 – og så: “ok?” נכון."
LONGEST = f"{MIXED} {'Testogså' * 60} ".ljust(3_000, "æ")[:2_990] + " slut. شكرا"
"""As long as an answer may be, with a word of nearly five hundred letters in it, and an end that can be looked for."""


def stories(tx: Transaction) -> list[tuple[str, object]]:
    """Each case's code, and what was told."""
    return [
        (case.code, (submission.body.get("story") or submission.body.get("seen")))
        for case in tx.cases.queue(reader=None, limit=10)
        for submission in tx.cases.submissions(case.id, identity=False)
    ]


async def by_web(store: Store, words: str) -> None:
    async with listening(build_webchat(webchat_parts(store))) as site, visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(lambda name: words if name == "story" else plainly(name))
        await visitor.press("act", "send")


async def by_terminal(store: Store, words: str) -> None:
    profile = load_profile("koebenhavn")
    translator = profile.translator()
    person = TerminalPerson(
        TerminalParts(
            store=store,
            intake=make_intake(profile, translator, profile.rules()),
            words=translator,
            trial=profile.trial,
            end_dialogue=ender(profile.rules()),
        )
    )
    await person.open()
    await type_all(person, *TO_STORY, words, *("-",) * 8, "send")
    await person.close()


async def by_telegram(store: Store, keyring: Keyring, clock: SettableClock, words: str) -> None:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        house = await stack.enter_async_context(telegram_house(store, keyring, folder, now=lambda: clock.at))
        person = house.api.person(4711)
        await person.start()
        for asked, pressed in (
            ("Vælg sprog", "dansk"),
            ("i fare lige nu", "Nej"),
            ("Hvad drejer det sig om", "Jeg er bekymret for en, jeg kender"),
            ("Før du fortæller", "Fortsæt"),
            ("hvem du er", "Jeg er anonym"),
            ("Hvordan kender du personen", "Mit barn"),
            ("Hvor gammel er personen", "15–17"),
        ):
            await person.wait_reply(containing=asked)
            await person.press(pressed)
        await person.wait_reply(containing="Hvor bor personen")
        await person.say("Kobenhavn")
        await person.wait_reply(containing="De næste svar er private")
        await person.press("Skriv her")
        await person.wait_reply(containing="Fortæl med dine egne ord")
        await person.say(words)
        for asked in (
            *("Hvornår blev du bekymret", "blevet værre", "der passer", "Hvad går godt"),
            *("at du søger hjælp", "farligt eller svært", "hjælpe dig mest", "tolk"),
        ):
            await person.wait_reply(containing=asked)
            await person.press("Spring over")
        await person.wait_reply(containing="Læs dine svar igennem")
        await person.press("Send")
        await person.wait_reply(containing="Din besked er sendt den")


@pytest.mark.browser
@pytest.mark.parametrize("words", [MIXED, LONGEST], ids=["mixed", "longest"])
async def test_words_are_kept_by_every_way_in_and_drawn_whole_at_the_desk(
    chromium: Browser, store: Store, keyring: Keyring, clock: SettableClock, words: str
) -> None:
    await by_web(store, words)
    await by_terminal(store, words)
    await by_telegram(store, keyring, clock, words)
    told = await store.read(stories)
    assert [each for _, each in told] == [words] * 3

    async with open_console(store, clock) as console, browse(chromium, width=PHONE) as view:
        await enter(view.page, console, await console.someone(Role.DUTY_OFFICER))
        for code, _ in told:
            await view.page.goto(f"{console.address}{HOME}/case/{code}")
            await _stands_whole(view, words)


@pytest.mark.browser
async def test_the_longest_words_stand_whole_in_the_copy_on_screen_and_on_paper(
    chromium: Browser, store: Store
) -> None:
    async with (
        listening(build_webchat(webchat_parts(store))) as site,
        browse(chromium, width=PHONE) as view,
    ):
        async with visiting(site) as visitor:
            visitor.choices = AT_WORK
            await visitor.begin()
            await visitor.tell(lambda name: LONGEST if name == "seen" else seen_at_work(name))
            await visitor.press("act", "send")
            await visitor.press("act", "open")
            await visitor.fill({"words": MIXED})
            cookies = [(each.key, each.value) for each in visitor.session.cookie_jar]
        await view.context.add_cookies(
            [{"name": name, "value": value, "url": site} for name, value in cookies]
        )
        await view.page.goto(site)
        await view.page.click("main button[value=go_on_yes]")
        await view.page.locator("main button[value=open]").click()
        await view.page.locator("main button[value=copy]").click()
        await view.page.wait_for_url("**/kode/kopi")
        for medium in ("screen", "print"):
            await view.page.emulate_media(media=medium)
            await _stands_whole(view, LONGEST)
            await _stands_whole(view, MIXED)


async def _stands_whole(view: View, words: str) -> None:
    """The words, letter by letter, in one element that keeps them from turning what stands around them."""
    kept = await view.page.locator("bdi.told").evaluate_all(
        "all => all.map((each) => [each.textContent, getComputedStyle(each).unicodeBidi])"
    )
    assert [words, "isolate"] in kept
    assert await view.page.evaluate(MISFITS) == []
    assert not await view.scrolls_sideways()
