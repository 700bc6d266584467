"""A notice leads to a page that its reader may open."""

from __future__ import annotations

from datetime import timedelta

from bot.senders.words import NoticeWords
from storage.store import Store
from tests.support.builders import a_case, a_person, notices, some_rules
from tests.support.passing import let_pass
from tests.support.profiles import shipped
from tests.support.stores import SettableClock
from triage.clocks.keep import start_clock
from triage.ids import ClockPolicyId
from triage.people.person import Role

RULES = some_rules()
DESK = "https://desk.example.org/desk"


async def test_whoever_may_open_no_case_is_led_to_a_page_of_their_own(
    store: Store, clock: SettableClock
) -> None:
    words = NoticeWords(translator=shipped().translator(), console_url=DESK, now=lambda: clock.at)
    people = {
        role: (await store.write(a_person, roles=[role])).id
        for role in (Role.DUTY_OFFICER, Role.HEAD, Role.CHAIR, Role.DPO)
    }
    case = await store.write(a_case)
    breach = ClockPolicyId("breach72")
    await store.write(lambda tx: start_clock(tx, RULES, breach, wakes=False, case_id=case.id))
    clock.advance(timedelta(hours=45))
    await let_pass(store, clock, RULES, until=clock.at)

    links: dict[object, set[str]] = {}
    for row in await store.read(notices):
        if row.payload:
            links.setdefault(row.person_id, set()).add(words.link(row.payload["params"]))

    assert links[people[Role.HEAD]] == {f"{DESK}/case/{case.code}"}
    assert links[people[Role.CHAIR]] == {DESK}
    assert links[people[Role.DPO]] == {f"{DESK}/readings?case={case.code}"}
