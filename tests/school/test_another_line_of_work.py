"""A school's line against bullying, made of data alone: its own words, outcomes and one clock; a case to its end."""

from __future__ import annotations

import datetime as dtm
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.check import Severity, check_profile
from bot.profile import Profile, load_profile
from bot.settings import Settings, TelegramSettings
from bot.web_side import build_public
from bot.wiring import Parts, SettingsError, wire
from storage.keyring import Keyring
from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_person
from tests.support.profiles import shipped
from tests.support.stores import SettableClock
from tests.web.house import listening
from tests.web.visiting import Visitor, code_of, enter, visiting
from triage.cases.case import Case, CaseState
from triage.cases.decide import decide
from triage.cases.dialogue import write_to_reporter
from triage.cases.handle import claim, close_case
from triage.cases.reading import QueueView, read_case, read_queue
from triage.cases.words import Done
from triage.clocks.clock import Clock
from triage.clocks.keep import tick
from triage.people.person import Person, Role
from triage.profile import TelegramRules
from triage.refusals import Reason, Refused

PROFILE = Path(__file__).parent / "profile"
DAY = dtm.timedelta(days=1)
ANSWERS = {
    "year": "7",
    "story": "They took my bag in the break.",
    "good": "Art.",
    "trusted": "The librarian.",
}
FOREIGN = re.compile(
    r"\b(?:VINK|CPR)\b|Copenhagen|Køben|extrem|radical|Telegram|\b11[24]\b|hotline", re.IGNORECASE
)


@pytest.fixture
def parts(store: Store, keyring: Keyring, tmp_path: Path) -> Parts:
    return wire(Settings(data_dir=tmp_path, profile=str(PROFILE)), keyring=keyring, store=store)


@pytest.fixture
async def site(parts: Parts) -> AsyncIterator[str]:
    async def healthy() -> bool:
        return True

    async with listening(build_public(parts, healthy=healthy, with_console=True)) as address:
        yield address


def school() -> Profile:
    return load_profile(str(PROFILE))


def test_the_check_finds_nothing_but_numbers_that_nobody_has_confirmed() -> None:
    found = check_profile(
        school(), today=dtm.date(2026, 11, 23), payload=lambda revision, code: f"x:abcdefgh:{revision}:{code}"
    )
    said = [f"{each.where}: {each.what}" for each in found if each.severity is not Severity.INFO]
    assert [line for line in said if "without a trial call" not in line] == []
    assert len(said) == 1


async def tell(visitor: Visitor) -> None:
    await visitor.get()
    await visitor.press("act", "begin")
    await visitor.tell(lambda name: ANSWERS[name])
    await visitor.press("act", "send")


def the_case(tx: Transaction) -> Case:
    (case,) = tx.cases.queue(reader=None, limit=5)
    return case


def a_lead(tx: Transaction) -> Person:
    return a_person(tx, roles=(Role.HEAD,))


def lies_open(tx: Transaction, parts: Parts, lead: Person) -> QueueView:
    found = read_queue(tx, parts.rules, by=lead.id)
    assert isinstance(found, QueueView)
    return found


async def test_a_pupil_reads_nothing_of_another_line_of_work(site: str) -> None:
    async with visiting(site) as visitor:
        await tell(visitor)
        for path in ("/hvad-sker-der", "/mens-du-venter", "/kode"):
            await visitor.get(path)
        found = {match[0] for page in visitor.seen for match in FOREIGN.finditer(page)}
    assert len(visitor.seen) > 8
    assert found == set()


async def test_a_case_walks_to_its_end_under_the_schools_own_clock_and_outcomes(
    site: str, parts: Parts, store: Store, clock: SettableClock
) -> None:
    rules = parts.rules
    lead, other = await store.write(a_lead), await store.write(a_lead)
    begun = clock.at
    async with visiting(site) as visitor:
        await tell(visitor)
        code = code_of(visitor)
        case = await store.read(the_case)
        (running,) = await store.read(lambda tx: list(tx.clocks.of_case(case.id)))
        assert (running.policy_id, running.due_at) == ("five_days", begun + 5 * DAY)
        (row,) = (await store.write(lambda tx: lies_open(tx, parts, lead))).waiting
        assert (row.case.kind, row.case.hotline, row.left) == ("pupil", "school", 5 * DAY)

        clock.advance(2 * DAY)
        ticked = await store.write(tick, rules)
        assert ticked.milestones == 1

        await store.write(claim, rules, case_id=case.id, by=lead.id)
        view = await store.write(lambda tx: read_case(tx, rules, code=case.code, by=lead.id))
        assert not isinstance(view, Refused)
        assert view.submissions[0].body["story"] == ANSWERS["story"]
        written = await store.write(
            write_to_reporter, rules, case_id=case.id, by=lead.id, words="Come to the library tomorrow."
        )
        assert isinstance(written, Done)

        async def decided(outcome: str, by: Person) -> Done | Refused:
            return await store.write(
                decide,
                rules,
                case_id=case.id,
                by=by.id,
                outcome=outcome,
                reason="We met.",
                local_action=False,
                to_unit=False,
            )

        assert await decided("to_unit", lead) == Refused(Reason.UNKNOWN_OUTCOME)
        done = await decided("plan_made", lead)
        assert isinstance(done, Done)
        assert done.case.state is CaseState.TRIAGED
        stopped: Clock = (await store.read(lambda tx: list(tx.clocks.of_case(case.id))))[0]
        assert stopped.stopped_at == clock.at

    async with visiting(site) as days_later:
        await enter(days_later, code)
        assert "Come to the library tomorrow." in days_later.words
    closed = await store.write(close_case, rules, case_id=case.id, by=other.id)
    assert isinstance(closed, Done)
    assert closed.case.state is CaseState.CLOSED


async def test_no_telegram_leads_to_a_line_of_work_that_wants_none(
    store: Store, keyring: Keyring, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path, telegram=TelegramSettings(token=SecretStr("123:token")))
    with pytest.raises(SettingsError, match="take TOVHOLDER_TELEGRAM__TOKEN away"):
        wire(settings, keyring=keyring, store=store, profile=load_profile(str(PROFILE)))


async def test_a_start_of_the_bot_leads_only_to_hotlines_that_want_it(
    store: Store, keyring: Keyring, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path, telegram=TelegramSettings(token=SecretStr("123:token")))
    profile = shipped()
    led = []
    for enabled in (True, False):
        first, further = profile.organisation.hotline
        without = further.model_copy(update={"telegram": TelegramRules(enabled=enabled)})
        organisation = profile.organisation.model_copy(update={"hotline": (first, without)})
        parts = wire(
            settings, keyring=keyring, store=store, profile=replace(profile, organisation=organisation)
        )
        assert parts.telegram is not None
        led.append(dict(parts.telegram.door.starts))
        await parts.telegram.request.shutdown()

    assert led == [{"landet": "national"}, {}]
