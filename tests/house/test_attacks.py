"""What a malicious reporter, a curious colleague and somebody with the reporter's phone try, and do not get."""

from __future__ import annotations

import asyncio
import secrets

import aiohttp
import pytest

from tests.house.browser import Browser, filled
from tests.house.markers import Markers
from tests.house.staff import HOME, codes_on
from tests.house.telling import begin, tell
from tests.house.whole import PASSWORD, SECRET, House
from tests.support.botapi.updates import KINDS
from triage.cases.case import Case
from triage.people.person import Role
from triage.people.sign_in import remember_device


async def cases_of(house: House) -> list[Case]:
    return await house.store.read(lambda tx: list(tx.cases.queue(reader=None, limit=20)))


async def send(browser: Browser, markers: Markers) -> str:
    """A report sent from this browser; its receipt code."""
    review = await tell(browser, markers)
    return codes_on(
        await browser.follow(await browser.send(review.form("/", holding="send"), ("act", "send")))
    )[0]


async def test_a_mark_of_a_known_browser_written_otherwise_gives_no_more_tries(house: House) -> None:
    person = await house.someone(Role.DUTY_OFFICER)
    mark = await house.store.write(remember_device, person_id=person.id)
    path = f"{HOME}/sign-in"
    statuses = []
    for number in range(14):
        browser = await house.browser()
        form = (await browser.get(path)).form(path)
        # Signs that base64 skips make another text of the same mark.
        browser.cookies["__Host-desk_device"] = mark[:4] + "!" * number + mark[4:]
        answer = await browser.send(form, ("email", person.email), ("password", "forkert"))
        statuses.append(answer.status)

    assert statuses == [422] * 10 + [429] * 4


async def test_a_browser_cannot_reach_into_anothers_report(house: House) -> None:
    victim, thief = await house.browser(), await house.browser()
    markers, others = Markers(), Markers()
    page = await tell(victim, markers)
    form = page.form("/", holding="send")
    other = await tell(thief, others)

    # The victim's whole form, token and all, from the thief's browser; then the thief's token in it.
    stolen = await thief.post("/", filled(form, ("act", "send")))
    own = dict(other.form("/", holding="send").hidden)["csrf"]
    forged = await thief.post("/", filled(form, ("csrf", own), ("act", "go_on_no")))
    seen = await thief.follow(forged)

    assert stolen.status == 403
    assert markers.word not in stolen.text + forged.text + seen.text
    assert await cases_of(house) == []
    sent = await victim.follow(await victim.send(form, ("act", "send")))
    assert len(codes_on(sent)) == 1
    assert len(await cases_of(house)) == 1


async def test_whoever_holds_the_phone_sees_nothing_unasked_and_deletes_nothing_that_was_sent(
    house: House,
) -> None:
    browser, markers = await house.browser(), Markers()
    await tell(browser, markers)
    await browser.get("/ud")
    for path in ("/", "/kode"):
        page = await browser.get(path)
        assert markers.word not in page.text
    # A preview, a link from elsewhere, and a page restored by the browser say who they are.
    for site in ("cross-site", "none"):
        assert markers.word not in (await browser.get("/", headers={"Sec-Fetch-Site": site})).text
    code = await send(await house.browser(), markers)
    other = await house.browser()
    form = (await other.get("/kode")).form("/kode", holding="code")
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert (await other.send(form, ("code", wrong), ("act", "code"))).status == 422
    assert "__Host-o" not in other.cookies
    page = await browser.get("/")
    thrown = await browser.send(page.form("/", holding="go_on_no"), ("act", "go_on_no"))
    await browser.send(thrown.form("/", holding="forget"), ("act", "forget"))
    assert len(await cases_of(house)) == 1
    assert markers.word not in (await browser.get("/")).text


async def test_a_flood_of_nonsense_leaves_the_process_and_a_report_standing(house: House) -> None:
    browser, markers = await house.browser(), Markers()
    review = await tell(browser, markers)
    token = dict(review.form("/", holding="send").hidden)["csrf"]
    strange = [
        "",
        "\0",
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
        "\u202e",
        "9" * 5000,
        "%s{0}",
        "../../x",
    ]
    names = [
        "act",
        "answer",
        "edit",
        "button",
        "offer",
        "language",
        "section",
        "part.x",
        "revision",
        "input",
        "at",
    ]
    statuses = set()
    for path in ("/", "/kode", "/sprog", "/s/x", f"{HOME}/sign-in", f"{HOME}/first/x"):
        for name in names:
            for value in strange:
                fields = [("csrf", token), ("question", "story"), (name, value)]
                statuses.add((await browser.post(path, fields)).status)
    bodies = [b"", b"{", b"[]", b"null", b'{"update_id": 1e999}', b'{"update_id": "x"}', b"\xff" * 100]
    bodies += [b'{"update_id":1,"message":{}}', b'{"update_id":' + b"9" * 400 + b"}", b"[" * 50_000]
    head = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
    async with aiohttp.ClientSession() as session:
        for body in bodies:
            async with session.post(house.hook, data=body, headers=head) as response:
                statuses.add(response.status)
            async with session.post(house.hook, data=body) as response:
                assert response.status in {401, 403, 404}

    assert not {status for status in statuses if status >= 500}
    assert (await browser.get("/healthz")).status == 200
    page = await browser.get("/", headers={"Sec-Fetch-Site": "same-origin"})
    assert markers.word in page.text, "the draft stands as it was"


async def test_a_chat_is_not_confused_by_another_person_who_presses_its_buttons(house: House) -> None:
    victim, thief = house.api.person(4711), house.api.person(4712)
    await victim.start()
    asked = await victim.wait_reply()
    await thief.start()
    await thief.wait_reply()
    before = [message.text for message in victim.messages]
    for button in asked.buttons:
        await thief.forge_press(str(button["callback_data"]))
    for kind in sorted(KINDS):
        await thief.send_kind(kind)
    await house.settled()

    assert [message.text for message in victim.messages] == before
    assert house.api.records.webhook_attempts["503"] == 0


async def test_a_curious_colleague_learns_no_code_and_sees_no_alarm_by_guessing(house: House) -> None:
    await send(await house.browser(), Markers())
    [case] = await cases_of(house)
    [alarm] = await house.store.read(lambda tx: list(tx.alarms.of_case(case.id)))
    colleague = await house.come_in(await house.someone(Role.UNIT_MEMBER))
    there = [await colleague.get(f"{HOME}/case/{case.code}"), await colleague.get(f"{HOME}/alarm/{alarm.id}")]
    nowhere = [await colleague.get(f"{HOME}/case/K-0000000"), await colleague.get(f"{HOME}/alarm/{case.id}")]

    assert [answer.status for answer in (*there, *nowhere)] == [404] * 4
    assert {answer.words for answer in there} == {answer.words for answer in nowhere}


@pytest.mark.asvs("7.2.4")
async def test_a_session_that_was_planted_before_signing_in_is_worth_nothing(house: House) -> None:
    person = await house.someone(Role.DUTY_OFFICER)
    planted = secrets.token_urlsafe(32)
    browser = await house.browser()
    browser.cookies["__Host-desk"] = planted
    path = f"{HOME}/sign-in"
    answer = await browser.fill(path, path, ("email", person.email), ("password", PASSWORD))

    assert answer.status == 303
    assert browser.cookies["__Host-desk"] != planted
    half = await house.browser()
    half.cookies = dict(browser.cookies)
    for place in ("", "/me", "/people", "/decided"):
        assert (await half.get(HOME + place)).status == 303


async def test_a_hundred_first_pages_at_once_open_nothing(house: House) -> None:
    browser = await house.browser()
    answers = await asyncio.gather(*(browser.get("/") for _ in range(100)))
    assert {answer.status for answer in answers} == {200}
    page = await begin(await house.browser())
    assert page.status == 200


@pytest.fixture
def engine() -> str:
    """What is tried here is refused above the store; the stores' own faults have tests of their own."""
    return "sqlite"
