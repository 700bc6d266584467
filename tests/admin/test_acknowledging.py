"""The link of a mail: machines may follow it as often as they like; only the button on its page says anything."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import pytest

from admin.parts import HOME
from storage.keyring import Keyring
from storage.transaction import Transaction
from tests.admin.house import Browser, Console
from tests.cases.climbing import RULES, clock_of, local
from tests.support.builders import a_conversation
from tests.support.passing import let_pass
from tests.support.profiles import shipped
from triage.cases.acute import raise_alarm
from triage.cases.case import Case
from triage.cases.handle import claim
from triage.clocks.keep import stop_clocks
from triage.ids import ClockPolicyId
from triage.notices.acknowledge import WRONG_LINKS, link_token
from triage.notices.ladder import Ladder
from triage.people.person import Person, Role

OPEN = "Du har fået besked om en"
MACHINES = (
    {"User-Agent": "LinkScanner/1.0"},
    {"Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender"},
    {"X-Purpose": "preview"},
    {"User-Agent": "TelegramBot (like TwitterBot)"},
)


@pytest.fixture
def engine() -> str:
    """What the page says does not depend on the engine."""
    return "sqlite"


@dataclass(kw_only=True)
class Mailed:
    """Somebody who was told by mail of a case, and where the link of the mail leads."""

    console: Console
    case: Case
    officer: Person
    path: str
    browser: Browser

    async def ladder(self) -> tuple[Ladder | None, int]:
        """Where the telling stands, and how long the case's timeline is."""
        return await self.console.store.read(_standing, self.case)


@pytest.fixture
async def mailed(console: Console, keyring: Keyring) -> Mailed:
    """The officer on duty, told on Tuesday at 8 of a case of Monday at 9."""
    console.clock.at = local("4 09:00")
    officer = await console.someone(Role.DUTY_OFFICER, name="Testperson Vagt", on_duty=True)
    case = await console.report(story="Ingen fremmed må se den gule cykel.")
    await let_pass(console.store, console.clock, RULES, until=local("5 08:00"))
    clock_id = await console.store.read(clock_of, case, "triage48")
    token = link_token(keyring.digest, clock_id, officer.id)
    path = f"{HOME}/ack/{token}"
    return Mailed(console=console, case=case, officer=officer, path=path, browser=await console.browser())


def _standing(tx: Transaction, case: Case) -> tuple[Ladder | None, int]:
    clock_id = clock_of(tx, case, ClockPolicyId("triage48"))
    return tx.ladders.find(clock_id), len(tx.cases.timeline(case.id))


async def test_the_page_has_one_button_and_says_the_code_and_nothing_of_the_case(mailed: Mailed) -> None:
    page = await mailed.browser.get(mailed.path)

    assert page.status == 200
    assert mailed.case.code in page.words
    assert OPEN in page.words
    assert page.text.count("<form") == page.text.count("<button") == 1
    told = page.text + repr(dict(page.headers))
    assert [word for word in ("cykel", "Testperson", "testperson") if word in told] == []
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in page.headers


async def test_whatever_follows_the_link_changes_nothing(mailed: Mailed) -> None:
    before = await mailed.ladder()

    for head in MACHINES:
        assert (await mailed.browser.get(mailed.path, headers=head)).status == 200
        async with mailed.browser.session.head(mailed.browser.address + mailed.path, headers=head) as answer:
            assert answer.status == 200

    assert await mailed.ladder() == before


async def test_the_button_acknowledges_without_anybody_signed_in_and_a_second_press_says_so(
    mailed: Mailed,
) -> None:
    pressed = await mailed.browser.post(mailed.path)
    page = await mailed.browser.get(pressed.location)
    ladder, lines = await mailed.ladder()
    again = await mailed.browser.post(mailed.path)

    assert (pressed.status, pressed.location) == (303, mailed.path)
    assert "Du har den til tirsdag kl. 12." in page.words
    assert "<form" not in page.text
    assert ladder is not None
    assert ladder.acknowledged_by == mailed.officer.id
    assert (again.status, await mailed.ladder()) == (303, (ladder, lines))


async def test_the_page_of_notices_names_who_answered_each_notice_of_the_clock_and_of_no_other(
    mailed: Mailed,
) -> None:
    head = await mailed.console.come_in(Role.HEAD)
    assert "jeg har den" not in (await head.get(f"{HOME}/notices")).words

    await mailed.browser.post(mailed.path)
    page = await head.get(f"{HOME}/notices")

    # Of the case's notices one is of its arrival, which is of no clock.
    assert page.words.count("Testperson Vagt sagde: jeg har den, tirsdag kl. 8") == 1
    assert page.words.count("Til Testperson Vagt") > 1


async def test_a_form_of_another_site_is_refused(mailed: Mailed) -> None:
    before = await mailed.ladder()

    for head in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert (await mailed.browser.post(mailed.path, headers=head)).status == 403

    assert await mailed.ladder() == before


async def test_a_colleague_who_has_it_is_not_named_on_a_page_without_a_door(mailed: Mailed) -> None:
    coordinator = await mailed.console.someone(Role.COORDINATOR, name="Testperson Kollega")
    await mailed.console.store.write(claim, RULES, case_id=mailed.case.id, by=coordinator.id)

    page = await mailed.browser.get(mailed.path)

    assert shipped().translator().text("console.acknowledge.held", "da") in page.words
    assert "Kollega" not in page.text
    assert "<form" not in page.text


async def test_a_link_is_over_once_the_clock_has_stopped(mailed: Mailed) -> None:
    await mailed.console.store.write(stop_clocks, RULES, mailed.case.id)

    for page in (await mailed.browser.get(mailed.path), await mailed.browser.post(mailed.path)):
        assert page.status == 410
        assert "Uret er stoppet." in page.words
        assert mailed.case.code not in page.text


async def test_links_that_nobody_wrote_are_counted_and_stopped_and_stand_in_no_log(
    mailed: Mailed, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    first = await mailed.browser.get(f"{HOME}/ack/nobody-wrote-this")
    assert (first.status, "Linket virker ikke." in first.words) == (410, True)
    for number in range(WRONG_LINKS.burst - 1):
        await mailed.browser.post(f"{HOME}/ack/nobody-wrote-this-{number}")

    stopped = await mailed.browser.post(mailed.path)

    assert stopped.status == 429
    assert "for mange links" in stopped.words
    token = mailed.path.rpartition("/")[2]
    lines = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert [each for each in (token, "nobody-wrote") if each in lines] == []


async def test_the_page_of_the_case_has_no_button_for_whoever_was_not_told(mailed: Mailed) -> None:
    other = await mailed.console.come_in(Role.COORDINATOR)

    page = await other.get(f"{HOME}/case/{mailed.case.code}")

    assert "Sagt til: Vagthavende" in page.words
    assert f"{HOME}/ack/" not in page.text


async def test_an_alarm_that_nothing_was_sent_for_says_who_was_told_and_names_no_case(
    mailed: Mailed, keyring: Keyring
) -> None:
    store, officer = mailed.console.store, mailed.officer
    alarm = await store.write(
        lambda tx: raise_alarm(tx, RULES, conversation_id=a_conversation(tx).id, trigger="danger_yes")
    )
    [clock] = await store.read(lambda tx: tx.clocks.of_alarm(alarm.id))
    link = f"{HOME}/ack/{link_token(keyring.digest, clock.id, officer.id)}"
    visitor = await mailed.console.sign_in(officer)

    page = await visitor.get(f"{HOME}/alarm/{alarm.id}")
    behind = await mailed.browser.get(link)
    pressed = await visitor.post(link, page.form(link))
    after = await visitor.get(f"{HOME}/alarm/{alarm.id}")

    assert "Sagt til: Vagthavende, tirsdag kl. 8." in page.words
    assert (behind.status, "K-" in behind.words, OPEN in behind.words) == (200, False, True)
    assert pressed.location == link
    assert f"{officer.name} har den til tirsdag kl. 8.30." in after.words


async def test_the_page_of_the_case_says_who_was_told_and_who_is_next_and_has_the_button(
    mailed: Mailed,
) -> None:
    console = mailed.console
    await console.someone(Role.HEAD)
    visitor = await console.sign_in(mailed.officer)

    page = await visitor.get(f"{HOME}/case/{mailed.case.code}")
    before = page.words
    pressed = await visitor.post(mailed.path, page.form(mailed.path))
    after = (await visitor.get(f"{HOME}/case/{mailed.case.code}")).words

    assert pressed.location == f"{HOME}/case/{mailed.case.code}"
    told = "Sagt til: Vagthavende, tirsdag kl. 8."
    next_one = "Siger ingen, at de har den, siges det til: Leder af sekretariatet, tirsdag kl. 12."
    assert f"{told} {next_one}" in before
    assert f"{told} Testperson Vagt har den til tirsdag kl. 12." in after
    assert "Testperson Vagt · Sagde, at de har den: 48 timer til beslutning; til tirsdag kl. 12" in after
