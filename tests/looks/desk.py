"""Every page of the console, one after the other."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from playwright.async_api import Browser
from yarl import URL

from admin.parts import HOME
from admin.taking_down import drop
from storage.transaction import Transaction
from tests.admin.duty import a_roster, roster_file
from tests.admin.test_health_page import a_report as a_house_report
from tests.admin.test_looks import a_full_day, enter
from tests.admin.test_phone_desk_looks import answer, begin
from tests.admin.unit import an_enquiry, for_the_unit
from tests.looks.fits import Fitter
from tests.looks.house import Turned
from tests.support.browsing import View
from tests.support.profiles import shipped
from tests.web.talking import press
from triage.cases.case import Case
from triage.cases.person_marks import name_marks
from triage.cases.presence import be_here
from triage.clocks.policy import Audience
from triage.house.records import Trouble
from triage.ids import ConversationId, PersonId
from triage.notices.acknowledge import link_token
from triage.notices.ladder import Heard, told
from triage.people.person import Role
from triage.people.roles import change_roles
from triage.people.upkeep import recover_person


async def walk_desk(browser: Browser, house: Turned, fitter: Fitter) -> None:
    """All of it."""
    async with house.browse(browser) as view:
        fitter.follow(view)
        await _cases(view, house, fitter)
    async with house.browse(browser) as view:
        fitter.follow(view)
        await _people(view, house, fitter)
    async with house.browse(browser) as view:
        fitter.follow(view)
        await _by_phone(view, house, fitter)
    async with house.browse(browser) as view:
        fitter.follow(view)
        await _duty(view, house, fitter)
    async with house.browse(browser) as view:
        fitter.follow(view)
        await _unit(view, house, fitter)


async def _unit(view: View, house: Turned, fitter: Fitter) -> None:
    """What authorities are asked: on the case's page, and on their members' own."""
    console, page = house.console, view.page
    desk = f"{console.address}{HOME}"
    officer = await console.someone(Role.HEAD, name="Testperson Leder", language=house.language)
    member = await console.someone(
        Role.UNIT_MEMBER, name="Testperson Ssp", language=house.language, authority="SSP"
    )
    await console.someone(Role.UNIT_MEMBER, name="Testperson Kf", authority="KF")
    await enter(page, console, member)
    await fitter.look(view, "nothing asked")
    case = await for_the_unit(console, officer.id)
    await page.context.clear_cookies()
    console.clock.advance(timedelta(minutes=1))
    await enter(page, console, officer)
    await page.goto(f"{desk}/case/{case.code}")
    await fitter.look(view, "a case for the unit")
    await press(view, "#unit form[action$='/ask'] .row button")
    await fitter.look(view, "asking refused")
    enquiry = await an_enquiry(console, case, officer.id)
    await page.context.clear_cookies()
    console.clock.advance(timedelta(minutes=1))
    await enter(page, console, member)
    await fitter.look(view, "asked")
    await page.goto(f"{desk}/asked/{enquiry.id}")
    await fitter.look(view, "an enquiry")
    await press(view, "form[action*='/asked/'] .row button")
    await fitter.look(view, "an answer refused")
    await page.check("[name=says][value=why_asked]")
    await page.fill("[name=words]", "Hvorfor bliver vi spurgt om netop det?")
    await press(view, "form[action*='/asked/'] .row button")
    await page.context.clear_cookies()
    console.clock.advance(timedelta(minutes=1))
    await enter(page, console, officer)
    await page.goto(f"{desk}/case/{case.code}")
    await fitter.look(view, "a case with an answer")


async def _cases(view: View, house: Turned, fitter: Fitter) -> None:
    console, page = house.console, view.page
    desk = f"{console.address}{HOME}"
    await page.goto(f"{desk}/first/{await console.first_ticket()}")
    await fitter.look(view, "the first link")
    officer = await console.someone(
        Role.DUTY_OFFICER, Role.HEAD, name="Testperson Vagt", language=house.language
    )
    await page.goto(f"{desk}/sign-in")
    await fitter.look(view, "sign in")
    await enter(page, console, officer)
    await fitter.look(view, "empty queue")
    cases = await a_full_day(console, officer)
    cases["from elsewhere"] = await console.report(municipality="0461", forward="yes")
    await page.context.clear_cookies()
    await enter(page, console, officer)
    await fitter.look(view, "queue")
    colleague = await console.someone(Role.COORDINATOR, name="Testperson Her")
    await console.store.write(be_here, code=cases["late"].code, by=colleague.id)
    for name, case in cases.items():
        await page.goto(f"{desk}/case/{case.code}")
        await fitter.look(view, f"case {name}")
    await page.goto(f"{desk}/case/{cases['acute'].code}/sheet/child")
    await fitter.look(view, "a sheet to tell others by")
    token = await console.store.write(_told, cases["late"], officer.id)
    await page.goto(f"{desk}/ack/{token}")
    await fitter.look(view, "a link to say that one has it")
    await press(view, "form .row button")
    await fitter.look(view, "a link that was pressed")
    for path in ("decided", "search", "search?state=received", "search?place=Nowhere", "me", "mail"):
        await page.goto(f"{desk}/{path}")
        await fitter.look(view, path)
    await _searching(view, house, fitter)
    await console.store.write(a_house_report, Trouble.MAIL_FAILING, Trouble.WEBHOOK_FOREIGN)
    await page.goto(f"{desk}/health")
    await fitter.look(view, "health")
    await page.goto(f"{desk}/case/{cases['late'].code}")
    await page.check("#decide [value=need_more]")
    await press(view, "#decide form .row button")
    await fitter.look(view, "a decision refused")
    await page.goto(f"{desk}/")
    await press(view, ".alarm >> nth=-1 >> a.button")
    await fitter.look(view, "alarm")


async def _searching(view: View, house: Turned, fitter: Fitter) -> None:
    """A search for a person, and a link to what was offered."""
    console, page = house.console, view.page
    cases = [await console.report() for _ in range(2)]
    for each in cases:
        await console.store.write(_marked, each)
    case = cases[-1]
    await page.goto(f"{console.address}{HOME}/search/person?case={case.code}")
    await press(view, "form[action$='/search/person'] .row button")
    await fitter.look(view, "a search for a person refused")
    await page.fill("[name=name]", "Testperson Fem")
    await page.fill("[name=purpose]", "Testperson 5")
    await press(view, "form[action$='/search/person'] .row button")
    await page.click(".offered summary >> nth=0")
    await fitter.look(view, "what a search for a person offers")
    await page.fill(".offered textarea >> nth=0", "Testperson 5")
    await press(view, ".offered .row button >> nth=0")
    await fitter.look(view, "a case that was linked")


def _marked(tx: Transaction, case: Case) -> None:
    tx.persons.add_marks(case.id, name_marks(tx.digest, "Testperson Fem"))


def _told(tx: Transaction, case: Case, person_id: PersonId) -> str:
    """Let somebody be told of a case's clock; what stands in the link of their mail."""
    [clock, *_] = tx.clocks.of_case(case.id)
    ladder = tx.ladders.find(clock.id)
    heard = Heard(person=person_id, rung=Audience.DUTY_OFFICER, at=tx.now)
    assert ladder is None
    after = told(ladder, shipped().rules(), clock, [heard], now=tx.now)
    assert after is not None
    tx.ladders.save(after)
    return link_token(tx.digest, clock.id, person_id)


async def _people(view: View, house: Turned, fitter: Fitter) -> None:
    console, page = house.console, view.page
    admin = await console.someone(
        Role.ADMINISTRATOR, Role.DPO, name="Testperson Admin", language=house.language
    )
    other = await console.someone(Role.COORDINATOR, name="Testperson Koordinator", language=house.language)
    desk = f"{console.address}{HOME}"
    await page.goto(f"{desk}/sign-in")
    await page.fill("[name=email]", admin.email)
    await page.fill("[name=password]", "forkert")
    await press(view, "form .row button")
    await fitter.look(view, "a wrong password")
    await enter(page, console, admin)
    for path in (
        "people",
        "people/invite",
        f"people/{other.id}",
        "notices",
        "readings",
        "readings/mine",
        "readings/searches",
        "mail",
        "profile",
        "me",
    ):
        await page.goto(f"{desk}/{path}")
        await fitter.look(view, f"{path.partition('/')[2][:6] or path} of an administrator")
    await page.goto(f"{desk}/me")
    await press(view, "#codes .row button")
    await fitter.look(view, "recovery codes")
    await console.someone(Role.HEAD, name="Testperson Leder", language=house.language)
    await page.goto(f"{desk}/roles")
    await fitter.look(view, "no roles wait")
    await console.store.write(
        change_roles, shipped().rules(), by=admin.id, person_id=other.id, roles=[Role.HEAD, Role.COORDINATOR]
    )
    await page.goto(f"{desk}/roles")
    await fitter.look(view, "roles that wait")
    await page.goto(f"{desk}/people/{other.id}")
    await press(view, "form[action$=recover] button")
    await fitter.look(view, "a link to hand over")
    made = await console.store.write(recover_person, shipped().rules(), by=admin.id, person_id=other.id)
    await page.context.clear_cookies()
    await page.goto(f"{desk}/invited/{getattr(made, 'token', '')}")
    await fitter.look(view, "invited")
    await press(view, "form .row button")
    await fitter.look(view, "joining refused")
    await page.goto(f"{desk}/invited/no-such-link")
    await fitter.look(view, "a link that is over")


async def _duty(view: View, house: Turned, fitter: Fitter) -> None:
    console, page = house.console, view.page
    desk = f"{console.address}{HOME}"
    head = await console.someone(Role.HEAD, Role.DUTY_OFFICER, name="Testperson L", language=house.language)
    other = await console.someone(Role.DUTY_OFFICER, name="Testperson V", language=house.language)
    await enter(page, console, head)
    await page.goto(f"{desk}/duty")
    await fitter.look(view, "no roster")
    await press(view, "#shift form .row button")
    await fitter.look(view, "a shift refused")
    await a_roster(console, head, other)
    await page.goto(f"{desk}/duty")
    await fitter.look(view, "roster")
    await press(view, ".roster a >> nth=0")
    await fitter.look(view, "one shift")
    await page.goto(f"{desk}/duty/import")
    await fitter.look(view, "which calendar")
    file = roster_file(console, head, other)
    await page.set_input_files("[name=file]", {"name": "x.ics", "mimeType": "text/calendar", "buffer": file})
    await press(view, "form[enctype] button")
    await fitter.look(view, "what a calendar would change")
    await page.goto(f"{desk}/handover")
    await fitter.look(view, "handing over")


async def _by_phone(view: View, house: Turned, fitter: Fitter) -> None:
    console, page = house.console, view.page
    officer = await console.someone(
        Role.DUTY_OFFICER, name="Testperson Telefon", language=house.language, on_duty=True
    )
    await enter(page, console, officer)
    await page.goto(f"{console.address}{HOME}/contact")
    await fitter.look(view, "somebody calls")
    await begin(page, console)
    await fitter.look(view, "the first question by phone")
    await answer(page, "unsure")
    await fitter.look(view, "a card by phone")
    await press(view, "[name=button]")
    await answer(page, "advice")
    for _ in range(20):
        if await page.locator("[value=send]").count():
            break
        if await page.locator(".ask textarea").count():
            await page.fill(".ask textarea", "Min kollega Testperson 7 er bekymret.")
            await fitter.look(view, "words by phone")
            await press(view, ".ask .row button:not([name])")
        elif await page.locator("[value=go_on]").count():
            await press(view, "[value=go_on]")
        elif await page.locator(".ask [value=skip]").count():
            await press(view, ".ask [value=skip]")
        else:
            await press(view, ".ask [name=answer] >> nth=0")
    await fitter.look(view, "review by phone")
    await press(view, "[value=send]")
    await fitter.look(view, "sent by phone")
    await press(view, "a.button[href*='/case/']")
    await fitter.look(view, "a case told by phone")
    await begin(page, console)
    draft = ConversationId(UUID(URL(page.url).name))
    await console.store.write(drop, conversation_id=draft, by=officer.id)
    await press(view, ".ask [name=answer] >> nth=0")
    await fitter.look(view, "a talk by phone that a colleague ended")
