"""A real browser walks the whole way: a report, a desk with people, a decision, an answer, and a word back."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.house import House
from tests.e2e.looking import a_looker, a_person
from tests.e2e.telling import SEND, STORY, Choose, Seen, do, send, tell, use_code
from tests.e2e.working import Worker
from tests.support.browsing import PHONE, View
from tests.web.talking import begin, press, sees

pytestmark = pytest.mark.browser

REPLY = "Tak, fordi du skrev. Vi vil gerne tale med dig. Er du alene torsdag formiddag?"
WORD_BACK = "Ja, torsdag kl. 10 er jeg alene."
REASON = "Der er flere tegn på mistrivsel. Vi tilbyder forælderen en samtale."


async def unseen(view: View, name: str) -> None:
    """Pass the page by."""
    del view, name


async def test_a_report_becomes_a_case_and_its_answer_is_read_with_the_code(
    house: House, chromium: Browser, engine: str
) -> None:
    # The pages are the same on both engines, what lies behind them is not.
    looker = a_looker(thorough=engine == "sqlite")
    look = looker.look
    async with (
        a_person(chromium, width=PHONE) as reporter,
        a_person(chromium) as first,
        a_person(chromium) as second,
    ):
        await tell(reporter, house.site, look)
        await look(reporter, "review")
        code = await send(reporter)
        await look(reporter, "the receipt")

        admin = await the_first_administrator(first, house, look)
        officer = await the_duty_officer(admin, second, look)
        await no_case_content(admin, await the_case_of(officer), look)
        await decide_and_reply(officer, look)

    async with a_person(chromium, width=PHONE) as elsewhere:
        await use_code(elsewhere, house.site, code)
        await sees(elsewhere, "Er du alene torsdag formiddag")
        await look(elsewhere, "the answer")
        await elsewhere.page.fill("main textarea[name=words]", WORD_BACK)
        await press(elsewhere, SEND)
        await sees(elsewhere, "torsdag kl. 10")
        await look(elsewhere, "the word back")

    async with a_person(chromium) as again:
        officer.view = again
        await again.page.goto(f"{house.desk}/sign-in")
        await officer.sign_in(unseen)
        # What a reporter writes to a decided case brings it back, under a clock of its own.
        await the_case_of(officer, left=r"^23:5[0-9]$")
        await look(again, "the queue with the word back")
        await press(again, "main .queue li:not(.heads) a")
        await officer.reads(WORD_BACK)
        await officer.reads(REASON)
        await look(again, "the case with the word back")
        await officer.act("seen", ("did", "nothing_needed"))
        await again.page.goto(f"{house.desk}/decided")
        await look(again, "decided cases")
        await expect(again.page.locator("main .queue li:not(.heads) a")).to_have_count(1)
    assert "\n".join(looker.wrong) == ""


@pytest.mark.parametrize("engine", ["sqlite"])
async def test_the_same_way_without_javascript(house: House, chromium: Browser) -> None:
    async with a_person(chromium, script=False, width=PHONE) as reporter:
        await tell(reporter, house.site, unseen)
        code = await send(reporter)
    async with (
        a_person(chromium, script=False) as first,
        a_person(chromium, script=False) as second,
    ):
        admin = await the_first_administrator(first, house, unseen)
        officer = await the_duty_officer(admin, second, unseen)
        await the_case_of(officer)
        await decide_and_reply(officer, unseen)
    async with a_person(chromium, script=False, width=PHONE) as elsewhere:
        await use_code(elsewhere, house.site, code)
        await sees(elsewhere, "Er du alene torsdag formiddag")
        await elsewhere.page.fill("main textarea[name=words]", WORD_BACK)
        await press(elsewhere, SEND)
        await sees(elsewhere, "torsdag kl. 10")


async def test_danger_now_stands_in_the_queue_before_anything_is_sent(
    house: House, chromium: Browser, engine: str
) -> None:
    # The pages are the same on both engines, what lies behind them is not.
    looker = a_looker(thorough=engine == "sqlite")
    async with (
        a_person(chromium) as first,
        a_person(chromium) as second,
        a_person(chromium, width=PHONE) as reporter,
    ):
        admin = await the_first_administrator(first, house, unseen)
        officer = await the_duty_officer(admin, second, unseen)
        desk = officer.view.page
        await looker.look(officer.view, "the empty queue")

        await begin(reporter, house.site)
        await do(reporter, Choose("yes"))
        await looker.look(reporter, "danger now")
        # Nobody reloads the page: it says so by itself.
        await expect(desk.locator("main .alarm")).to_contain_text("Akut, intet sendt endnu")
        await expect(desk.locator("main .queue")).to_have_count(0)
        await looker.look(officer.view, "acute, nothing sent yet")
        await press(officer.view, "main .alarm a")
        await looker.look(officer.view, "the alarm")
        await press(reporter, "main .ask button[value=cannot_call]")
        await looker.look(reporter, "cannot call")
    assert "\n".join(looker.wrong) == ""


async def the_first_administrator(view: View, house: House, look: Seen) -> Worker:
    admin = Worker(view=view, house=house, email="admin@example.org")
    await admin.join(await house.first_link(), look, name="Testperson Admin")
    await admin.sign_in(look)
    await look(view, "the people, one")
    return admin


async def the_duty_officer(admin: Worker, view: View, look: Seen) -> Worker:
    """A duty officer and a head are invited; the officer joins, signs in and takes the duty."""
    officer = Worker(view=view, house=admin.house, email="vagt@example.org")
    link = await admin.invite(name="Testperson Vagt", email=officer.email, role="duty_officer", seen=look)
    await admin.invite(name="Testperson Leder", email="leder@example.org", role="head", seen=unseen)
    await admin.view.page.goto(f"{admin.house.desk}/people")
    await look(admin.view, "the people, three")
    await press(admin.view, "main .people li:not(.heads) a")
    await look(admin.view, "one person")
    await officer.join(link, look)
    await officer.sign_in(unseen)
    await look(view, "nobody is on duty")
    await press(view, "main .duty button")
    await officer.reads("Du har vagten")
    return officer


async def the_case_of(officer: Worker, *, left: str = r"^23:5[0-9]$") -> str:
    """The one case in the queue; its address. `left` is the time that its clock must show."""
    row = officer.view.page.locator("main .queue li:not(.heads) a")
    await expect(row).to_have_count(1)
    # The time left is counted by the page itself where there is a script, and stands there in any case.
    await expect(row.locator("time.left")).to_have_text(re.compile(left))
    address = await row.get_attribute("href")
    assert address is not None
    return address


async def no_case_content(admin: Worker, address: str, look: Seen) -> None:
    """An administrator who knows a case's address learns nothing by it, nor has a queue."""
    page = admin.view.page
    for path in (address, "/desk/decided"):
        answer = await page.goto(f"{admin.house.site}{path}")
        assert answer is not None
        assert answer.status == 404
        assert "fodbold" not in await page.content()
    await look(admin.view, "no such page for an administrator")
    await page.goto(admin.house.desk)
    await expect(page).to_have_url(f"{admin.house.desk}/people")


async def decide_and_reply(officer: Worker, look: Seen) -> None:
    """Claim the case, decide it, write to the reporter."""
    view = officer.view
    await look(view, "the queue")
    await press(view, "main .queue li:not(.heads) a")
    await officer.reads(STORY.splitlines()[0])
    await look(view, "an unclaimed case")
    await officer.act("claim")
    await look(view, "a claimed case")
    await officer.act("decide", ("outcome", "advice_only"))
    await look(view, "a decision without its reason")
    await officer.act(
        "decide",
        ("outcome", "advice_only"),
        ("reason", REASON),
        ("local_action", "yes"),
        ("to_unit", "no"),
    )
    await officer.act("reply", ("words", REPLY))
    await officer.reads(REPLY)
    await look(view, "a reply that can be undone")
    await officer.house.replies_go()
    await view.page.goto(view.page.url.partition("?")[0])
    await officer.reads(REPLY)
    await look(view, "a decided case")
