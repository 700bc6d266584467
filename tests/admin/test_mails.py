"""Mails as files: nobody sees by them what they may not open, or says in somebody else's name that they have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from admin.parts import HOME, WrittenMail
from storage.store import Store
from tests.admin.house import open_console
from tests.support.stores import MONDAY_MORNING, SettableClock
from triage.cases.conflict import keep_out
from triage.people.person import Role


@pytest.fixture
def engine() -> str:
    """Which mails are shown is the page's own."""
    return "sqlite"


@dataclass
class Mails:
    """A folder of these."""

    mails: Sequence[WrittenMail] = ()
    place: str = "mails"

    async def read(self, *, limit: int) -> Sequence[WrittenMail]:
        return self.mails[:limit]


def a_mail(to: str, code: str, secret: str) -> WrittenMail:
    return WrittenMail(
        name="1.eml",
        at=MONDAY_MORNING,
        to=to,
        subject=f"{code}: noget venter",
        body=f"Log ind: http://127.0.0.1/desk/case/{code}\nJeg har den: http://127.0.0.1/desk/ack/{secret}\n",
    )


async def test_mails_show_no_hidden_case_and_no_link_of_somebody_else(
    store: Store, clock: SettableClock
) -> None:
    folder = Mails()
    async with open_console(store, clock) as console:
        officer = await console.someone(Role.DUTY_OFFICER)
        head, out = await console.someone(Role.HEAD), await console.someone(Role.HEAD)
        administrator = await console.someone(Role.ADMINISTRATOR)
        case = await console.report()
        await console.store.write(
            keep_out,
            console.parts.rules,
            case_id=case.id,
            by=officer.id,
            person_id=out.id,
            words="Synthetic.",
        )
    folder.mails = [a_mail(each.email, case.code, f"OF-{each.id}") for each in (officer, head, out)]

    seen = {}
    async with open_console(store, clock) as console:
        object.__setattr__(console.parts, "mails", folder)
        for person in (head, out, administrator):
            browser = await console.sign_in(person)
            seen[person.id] = await browser.get(f"{HOME}/mail")

    assert {page.status for page in seen.values()} == {200}
    assert case.code in seen[head.id].text
    assert f"OF-{head.id}" in seen[head.id].text
    assert f"OF-{officer.id}" not in seen[head.id].text
    for blind in (out, administrator):
        assert case.code not in seen[blind.id].text
        assert "OF-" not in seen[blind.id].text
