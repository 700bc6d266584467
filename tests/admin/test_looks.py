"""Every page in a real browser: nothing for axe to find, no sideways scrolling, no complaint; also without script.

Set `TOVHOLDER_TEST_PICTURES` to a folder to look at them.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page

from admin.parts import HOME
from tests.admin.duty import a_roster, roster_file
from tests.admin.house import PASSWORD, Console
from tests.admin.test_health_page import a_report as a_house_report
from tests.e2e.looking import a_looker, a_person
from tests.support.browsing import DESK, browse
from tests.support.builders import a_conversation
from tests.support.profiles import shipped
from triage.cases.acute import raise_alarm
from triage.cases.case import Case
from triage.cases.classify import reclassify
from triage.cases.decide import decide
from triage.cases.dialogue import write_from_reporter, write_to_reporter
from triage.cases.handle import add_note
from triage.cases.tasks import make_task
from triage.house.records import Trouble
from triage.people.person import Person, Role
from triage.people.upkeep import recover_person

pytestmark = pytest.mark.browser

A_CALL_IN_THE_EVENING = {
    "reach_how": ("call",),
    "reach_when": ("evening",),
    "leave_message": "no",
    "call_us": "Testfirma 12",
}


@pytest.fixture
def engine() -> str:
    """Looks do not depend on the engine."""
    return "sqlite"


async def enter(page: Page, console: Console, person: Person) -> None:
    """Sign in as a person does."""
    await page.goto(console.address + HOME)
    await page.fill("[name=email]", person.email)
    await page.fill("[name=password]", PASSWORD)
    await page.click("form .row button")
    await page.fill("[name=code]", console.code_now(person.totp_secret or ""))
    await page.click("form .row button")
    await page.wait_for_selector(".who")


async def a_full_day(console: Console, officer: Person) -> dict[str, Case]:
    """An overdue case, one that waits for a second person, and an acute one with letters and notes.

    Beside them an asker whose contact somebody wants to be a concern, and an answered one who wrote again. The
    reporter of the first wants a call.
    """
    rules = shipped().rules()
    other = await console.someone(Role.COORDINATOR, name="Testperson Kollega")
    late = await console.report(story="Han er holdt op med at komme.", reach=A_CALL_IN_THE_EVENING)
    console.clock.advance(timedelta(hours=30))
    second = await console.report()
    await console.store.write(
        decide,
        rules,
        case_id=second.id,
        by=officer.id,
        outcome="unfounded",
        reason="Det er opklaret med skolen.",
        local_action=False,
        to_unit=False,
    )
    console.clock.advance(timedelta(hours=19))
    acute = await console.report(acute=True, story="Han vil rejse.\n\nHan har sagt det to gange.")
    await console.store.write(
        write_to_reporter, rules, case_id=acute.id, by=officer.id, words="Må vi ringe til dig?"
    )
    await console.store.write(write_from_reporter, rules, case_id=acute.id, words="Ja, efter klokken 16.")
    await console.store.write(
        add_note, rules, case_id=acute.id, by=officer.id, words="Ringer i dag kl. 16.15."
    )
    for what, hours in (("Ring til skolen.", 24), ("Skriv til kommunen.", 1)):
        await console.store.write(
            make_task,
            rules,
            case_id=acute.id,
            by=officer.id,
            what=what,
            owner=officer.id,
            due=console.clock.at + timedelta(hours=hours),
        )
    await console.store.write(
        lambda tx: raise_alarm(tx, rules, conversation_id=a_conversation(tx).id, trigger="danger_yes")
    )
    asked = await console.report(kind="advice", story="Hvad gør man, når en på 12 siger sådan?")
    await console.store.write(
        reclassify,
        rules,
        case_id=asked.id,
        by=other.id,
        kind="relative",
        reason="Han er 12.",
        because="child",
    )
    added = await console.report(kind="advice", story="Hvordan taler man om det?")
    await console.store.write(
        decide,
        rules,
        case_id=added.id,
        by=officer.id,
        outcome="answered",
        reason="Talt i telefon.",
        local_action=False,
        to_unit=False,
    )
    await console.store.write(
        write_from_reporter, rules, case_id=added.id, words="Tak. Det er min bror, det handler om."
    )
    return {"late": late, "second": second, "acute": acute, "asked": asked, "added": added}


async def test_every_page_of_the_desk_is_sound(console: Console, chromium: Browser) -> None:
    officer = await console.someone(Role.DUTY_OFFICER, Role.HEAD, name="Testperson Vagt")
    looker = a_looker()
    async with a_person(chromium) as view:
        page = view.page
        await page.goto(f"{console.address}{HOME}/sign-in")
        await looker.look(view, "sign-in")
        await enter(page, console, officer)
        await looker.look(view, "empty")
        cases = await a_full_day(console, officer)
        await console.store.write(a_house_report, Trouble.MAIL_FAILING, Trouble.WEBHOOK_FOREIGN)
        await page.context.clear_cookies()
        await enter(page, console, officer)
        await looker.look(view, "queue")
        for name, path in {
            "acute": f"/case/{cases['acute'].code}",
            "late": f"/case/{cases['late'].code}",
            "second": f"/case/{cases['second'].code}",
            "asked": f"/case/{cases['asked'].code}",
            "added": f"/case/{cases['added'].code}",
            "decided": "/decided",
            "me": "/me",
            "mail": "/mail",
            "health": "/health",
            "notices": "/notices",
            "missing": "/case/K-0000000",
        }.items():
            await page.goto(console.address + HOME + path)
            for shut in await page.locator("summary").all():
                await shut.click()
            await looker.look(view, name)
        await page.goto(f"{console.address}{HOME}/case/{cases['late'].code}")
        await page.check("#decide [value=need_more]")
        await page.click("#decide form .row button")
        await page.wait_for_selector("#decide .errors")
        await looker.look(view, "refused")
        await page.goto(console.address + HOME)
        await page.click(".alarm >> nth=-1 >> a.button")
        await looker.look(view, "alarm")

    assert "\n".join(looker.wrong) == ""


async def test_every_page_about_people_is_sound(console: Console, chromium: Browser) -> None:
    administrator = await console.someone(Role.ADMINISTRATOR, name="Testperson Admin")
    other = await console.someone(Role.COORDINATOR, name="Testperson Koordinator")
    looker = a_looker()
    async with a_person(chromium) as view:
        page = view.page
        await enter(page, console, administrator)
        for name, path in {
            "people": "/people",
            "invite": "/people/invite",
            "person": f"/people/{other.id}",
        }.items():
            await page.goto(console.address + HOME + path)
            await looker.look(view, name)
        await page.goto(f"{console.address}{HOME}/people/invite")
        await page.click("form .row button")
        await looker.look(view, "invite-refused")
        await page.goto(f"{console.address}{HOME}/people/{other.id}")
        await page.click("form[action$=recover] button")
        await looker.look(view, "handed")
        made = await console.store.write(
            recover_person, shipped().rules(), by=administrator.id, person_id=other.id
        )
        link = f"{console.address}{HOME}/invited/{getattr(made, 'token', '')}"
        await page.context.clear_cookies()
        await page.goto(link)
        await looker.look(view, "join")
        await page.click("form .row button")
        await looker.look(view, "join-refused")
        await page.goto(f"{console.address}{HOME}/invited/no-such-link")
        await looker.look(view, "over")

    assert "\n".join(looker.wrong) == ""


async def test_every_page_about_the_duty_is_sound(console: Console, chromium: Browser) -> None:
    head = await console.someone(Role.HEAD, Role.DUTY_OFFICER, name="Testperson Leder")
    other = await console.someone(Role.DUTY_OFFICER, name="Testperson Vagt")
    looker = a_looker()
    async with a_person(chromium) as view:
        page = view.page
        await enter(page, console, head)
        await page.goto(f"{console.address}{HOME}/duty")
        await looker.look(view, "no-roster")
        await a_roster(console, head, other)
        for name, path in {"roster": "/duty", "gaps-on-the-queue": "", "handover": "/handover"}.items():
            await page.goto(console.address + HOME + path)
            await looker.look(view, name)
        await page.goto(f"{console.address}{HOME}/duty")
        await page.click("#pattern form .row button")
        await page.wait_for_selector("#pattern .errors")
        await looker.look(view, "pattern-refused")
        await page.goto(f"{console.address}{HOME}/duty")
        await page.click(".roster a >> nth=0")
        await looker.look(view, "shift")
        await page.goto(f"{console.address}{HOME}/duty/import")
        await looker.look(view, "import")
        file = roster_file(console, head, other)
        await page.set_input_files(
            "[name=file]", {"name": "x.ics", "mimeType": "text/calendar", "buffer": file}
        )
        await page.click("form[enctype] button")
        await page.wait_for_selector("[name=mark]", state="attached")
        await looker.look(view, "import-preview")

    assert "\n".join(looker.wrong) == ""


async def test_everything_works_without_javascript(console: Console, chromium: Browser) -> None:
    officer = await console.someone(Role.DUTY_OFFICER)
    case = await console.report()
    async with browse(chromium, width=DESK, script=False) as view:
        page = view.page
        await enter(page, console, officer)
        await page.click(f"text={case.code}")
        await page.click("form[action$=claim] button")
        await page.check("#decide [value=advice_only]")
        await page.fill("#f-decide-reason", "Talt med indsenderen.")
        await page.check("#f-decide-local_action [value=no]")
        await page.check("#f-decide-to_unit [value=no]")
        await page.click("#decide form .row button")
        text = await page.inner_text("main")

    assert "Beslutningen er gemt." in text


async def test_a_case_appears_on_an_open_page_by_itself(console: Console, chromium: Browser) -> None:
    officer = await console.someone(Role.DUTY_OFFICER)
    async with browse(chromium, width=DESK) as view:
        await enter(view.page, console, officer)
        await view.page.wait_for_timeout(200)
        case = await console.report()
        await view.page.wait_for_selector(f"#live >> text={case.code}")

        assert view.complaints == []
