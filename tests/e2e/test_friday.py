"""A report on Friday at 16.55 goes as `docs/JOURNEYS.md` says, mail by mail, until Monday."""

from __future__ import annotations

from pathlib import Path

from storage.keyring import Keyring
from storage.store import Store
from tests.e2e.friday import Weekend, the_weekend, the_weekend_s
from tests.e2e.journeys_page import PAGE
from tests.support.stores import SettableClock
from triage.people.person import Role


async def test_the_weekend_goes_as_the_page_says(
    store: Store, clock: SettableClock, keyring: Keyring, tmp_path: Path
) -> None:
    weekend = await the_weekend(store, clock, keyring, tmp_path)

    page = PAGE.read_text(encoding="utf-8")
    assert "\n".join(the_weekend_s(weekend)) == page[page.index("## A report on Friday") :].rstrip("\n")
    _holds(weekend)


def _holds(weekend: Weekend) -> None:
    """What the page says in words under its table."""
    assert all(8 <= each.at.hour < 21 for each in weekend.heard)
    before = [each for each in weekend.heard if each.at < weekend.due]
    assert {each.role for each in before} == {Role.DUTY_OFFICER, Role.HEAD}
    monday = [each.role for each in weekend.heard if each.at > weekend.due]
    assert len(monday) == len(set(monday))
    # After the deadline nobody is told that half of the time has gone.
    late = [each for each in weekend.heard if each.at > weekend.due]
    assert all("overskredet" in f"{each.subject} {each.body}" for each in late)
