from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from admin.parts import HOME
from admin.passwords import Passwords
from storage.house_tables import sessions
from storage.store import Store
from storage.transaction import Transaction
from tests.admin.house import CHEAP, PASSWORD, Answer, Console, open_console
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.people.invite import disable
from triage.people.person import Role
from triage.people.sign_in import ACCOUNT_TRIES, SOURCE_TRIES


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


async def test_password_and_app_open_the_desk_under_a_new_token(console: Console) -> None:
    person = await console.someone()
    browser = await console.browser()
    browser.secret = person.totp_secret or ""

    first = await console.password(browser, person.email)
    half = browser.cookie("desk")
    early = await browser.get(HOME)
    second = await console.code(browser)
    whole = browser.cookie("desk")

    assert (first.location, early.location) == (f"{HOME}/sign-in/code", f"{HOME}/sign-in")
    assert (second.location, (await browser.get(HOME)).status) == (HOME, 200)
    assert half != whole


async def test_an_address_of_nobody_is_answered_like_a_wrong_password(console: Console) -> None:
    person = await console.someone()
    browser = await console.browser()

    known = await console.password(browser, person.email, "noget helt andet end det")
    unknown = await console.password(browser, "nobody@example.org", "noget helt andet end det")

    assert known.status == unknown.status == 422
    assert known.words == unknown.words


async def test_a_code_is_taken_once(console: Console) -> None:
    person = await console.someone()
    one, two = await console.browser(), await console.browser()
    for browser in (one, two):
        browser.secret = person.totp_secret or ""
        await console.password(browser, person.email)

    assert (await console.code(one)).status == 303
    assert (await console.code(two)).status == 422
    console.clock.advance(seconds(30))
    assert (await console.code(two)).status == 303


async def test_wrong_codes_are_counted(console: Console) -> None:
    person = await console.someone()
    browser = await console.browser()
    browser.secret = person.totp_secret or ""
    await console.password(browser, person.email)

    statuses = [(await console.code(browser, "000000")).status for _ in range(8)]

    assert statuses[0] == 422
    assert statuses[-1] == 429


@pytest.mark.asvs("6.3.1")
async def test_strangers_use_up_the_tries_but_the_known_browser_still_comes_in(console: Console) -> None:
    person = await console.someone()
    known = await console.sign_in(person)
    await known.send(HOME + "/me", HOME + "/sign-out")
    console.clock.advance(seconds(60))
    stranger = await console.browser()

    tried = [
        (await console.password(stranger, person.email, "er det mon den her, tro")).status
        for _ in range(SOURCE_TRIES.burst + 2)
    ]
    locked_for_strangers = await console.password(stranger, person.email)
    known.secret = person.totp_secret or ""
    first = await console.password(known, person.email)

    # Signing in from a browser that was still unknown had taken one of them.
    assert tried[: ACCOUNT_TRIES.burst] == [*[422] * (ACCOUNT_TRIES.burst - 1), 429]
    assert tried[-1] == locked_for_strangers.status == 429
    assert first.location == f"{HOME}/sign-in/code"
    assert (await console.code(known)).status == 303


@pytest.mark.parametrize(("away", "still_in"), [(19 * 60, True), (20 * 60, False)])
@pytest.mark.asvs("7.3.1")
async def test_a_session_ends_after_twenty_idle_minutes(
    console: Console, away: int, *, still_in: bool
) -> None:
    browser = await console.come_in()
    console.clock.advance(seconds(away))

    answer = await browser.get(HOME)

    assert (answer.status == 200) is still_in


@pytest.mark.asvs("7.3.2")
async def test_a_session_ends_after_eight_hours_however_busy(console: Console) -> None:
    browser = await console.come_in()
    statuses = set()
    for _ in range(8 * 6 - 1):
        console.clock.advance(timedelta(minutes=10))
        statuses.add((await browser.get(HOME)).status)
    console.clock.advance(timedelta(minutes=10))

    assert statuses == {200}
    assert (await browser.get(HOME)).location == f"{HOME}/sign-in"


async def test_a_page_that_refreshes_itself_keeps_no_session_alive(console: Console) -> None:
    browser = await console.come_in()
    answers = []
    for _ in range(3):
        console.clock.advance(timedelta(minutes=7))
        answers.append(await browser.get(HOME, headers={"X-Refresh": "1"}))

    assert [answer.status for answer in answers] == [200, 200, 303]


@pytest.mark.asvs("14.3.1")
async def test_signing_out_ends_the_session_on_the_server(console: Console) -> None:
    browser = await console.come_in()
    stolen = browser.cookie("desk")

    out = await browser.send(f"{HOME}/me", f"{HOME}/sign-out")
    again = await browser.get(HOME, headers={"Cookie": f"desk={stolen}"})

    assert out.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert again.location == f"{HOME}/sign-in"


@pytest.mark.asvs("7.4.5")
async def test_another_browser_of_ones_own_is_seen_and_signed_out(console: Console) -> None:
    here = await console.come_in()
    assert here.person is not None
    console.clock.advance(timedelta(minutes=1))
    elsewhere = await console.sign_in(here.person)

    page = await here.get(f"{HOME}/me")
    done = await here.send(f"{HOME}/me", f"{HOME}/me/session")
    after = await here.get(done.location)

    assert page.text.count(f'action="{HOME}/me/session"') == 1
    assert done.location == f"{HOME}/me?said=session_ended"
    assert f'action="{HOME}/me/session"' not in after.text
    assert ((await here.get(HOME)).status, (await elsewhere.get(HOME)).status) == (200, 303)


@pytest.mark.asvs("7.4.2")
async def test_a_disabled_person_is_out_with_the_next_request(console: Console) -> None:
    administrator = await console.someone(Role.ADMINISTRATOR)
    browser = await console.come_in(Role.DUTY_OFFICER)
    assert browser.person is not None

    await console.store.write(disable, console.parts.rules, by=administrator.id, person_id=browser.person.id)

    assert (await browser.get(HOME)).location == f"{HOME}/sign-in"


async def test_after_signing_in_the_wanted_case_opens_and_no_foreign_place(console: Console) -> None:
    person = await console.someone()
    case = await console.report()
    browser = await console.browser()
    wanted = await browser.get(f"{HOME}/case/{case.code}")
    assert wanted.location == f"{HOME}/sign-in?to={HOME}/case/{case.code}"

    for to, goes_to in (
        (f"{HOME}/case/{case.code}", f"{HOME}/case/{case.code}"),
        ("//example.org", HOME),
        ("https://example.org", HOME),
        (f"{HOME}/../x", HOME),
    ):
        visitor = await console.browser()
        action = f"{HOME}/sign-in"
        first = await visitor.send(action, action, {"email": person.email, "password": PASSWORD, "to": to})
        console.clock.advance(seconds(30))
        code = console.code_now(person.totp_secret or "")
        done = await visitor.send(first.location, f"{action}/code", {"code": code})
        assert done.location == goes_to


@pytest.mark.asvs("16.3.1")
async def test_every_try_is_an_audit_entry_without_the_address(console: Console) -> None:
    person = await console.someone()
    browser = await console.browser()
    await console.password(browser, person.email, "noget helt andet end det")

    def acts(tx: Transaction) -> list[Act]:
        return [entry.act for entry in tx.audit.of_object(person.id)]

    assert Act.SIGN_IN_FAILED in await console.store.read(acts)


async def test_what_was_typed_is_given_back_when_the_session_has_ended(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()
    page = await browser.get(f"{HOME}/case/{case.code}")
    action = f"{HOME}/case/{case.code}/reply"
    hidden = page.form(action)
    console.clock.advance(timedelta(minutes=21))

    answer = await browser.post(action, {**hidden, "words": "Et langt svar, som nogen har skrevet på."})

    assert answer.status == 401
    assert "Et langt svar, som nogen har skrevet på." in answer.words
    assert hidden["csrf"] not in answer.text


async def test_a_form_of_an_old_page_is_refused_and_its_words_given_back(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()
    action = f"{HOME}/case/{case.code}/reply"
    fields = {"csrf": "0" * 64, "input": "1", "words": "Et langt svar, som nogen har skrevet på."}

    answer = await browser.post(action, fields)

    assert answer.status == 403
    assert "Et langt svar, som nogen har skrevet på." in answer.words
    assert await console.store.read(lambda tx: len(tx.messages.of_case(case.id))) == 0


async def test_over_https_cookies_belong_to_this_host_alone(store: Store, clock: SettableClock) -> None:
    async with open_console(store, clock, https=True) as console:
        answer = await (await console.browser()).get(f"{HOME}/sign-in")

    [cookie] = answer.cookies
    assert cookie.startswith("__Host-desk_form=")
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.asvs("7.2.3")
async def test_only_hashes_of_sessions_are_stored(console: Console) -> None:
    browser = await console.come_in()
    token = browser.cookie("desk").encode()

    digests = await console.store.read(
        lambda tx: [bytes(row.digest) for row in tx._work.all(select(sessions))]
    )

    assert digests
    assert all(token not in digest and len(digest) == 32 for digest in digests)


@pytest.mark.asvs("6.3.8")
async def test_an_address_of_nobody_costs_the_same_work(console: Console) -> None:
    checked: list[str] = []

    class Counting(Passwords):
        def _verify(self, kept: str, password: str) -> bool:
            checked.append(kept[:9])
            return super()._verify(kept, password)

    async with open_console(console.store, console.clock, passwords=Counting(hasher=CHEAP)) as other:
        person = await other.someone()
        browser = await other.browser()
        await other.password(browser, person.email, "noget helt andet end det")
        await other.password(browser, "nobody@example.org", "noget helt andet end det")

    assert checked == ["$argon2id", "$argon2id"]


async def test_the_doors_speak_as_the_browser_asks(console: Console) -> None:
    first = f"{HOME}/first/{await console.first_ticket()}"
    browser = await console.browser()
    headings = [
        _heading(await browser.get(path, headers={"Accept-Language": "en-US,en;q=0.8"}))
        for path in (f"{HOME}/sign-in", first, f"{HOME}/invited/no-such-link", f"{HOME}/nowhere")
    ]

    assert headings == [
        ("en", "Sign in"),
        ("en", "Getting started"),
        ("en", "The link cannot be used"),
        ("en", "There is no such page"),
    ]


async def test_the_language_of_a_person_wins_over_the_browser_s_and_stays_after_signing_out(
    console: Console,
) -> None:
    browser = await console.sign_in(await console.someone(language="en"))
    danish = {"Accept-Language": "da"}

    spoken = [_heading(await browser.get(path, headers=danish))[0] for path in (HOME, f"{HOME}/nowhere")]
    await browser.send(f"{HOME}/me", f"{HOME}/me/language", {"language": "da"})
    spoken.append(_heading(await browser.get(f"{HOME}/nowhere", headers={"Accept-Language": "en"}))[0])
    await browser.send(f"{HOME}/me", f"{HOME}/me/language", {"language": "en"})
    await browser.send(f"{HOME}/me", f"{HOME}/sign-out")
    spoken.append(_heading(await browser.get(f"{HOME}/sign-in", headers=danish))[0])

    assert spoken == ["en", "en", "da", "en"]


async def test_the_door_offers_the_other_languages_and_keeps_the_one_that_was_chosen(
    console: Console,
) -> None:
    browser = await console.browser()
    danish = {"Accept-Language": "da"}
    door = f"{HOME}/sign-in"

    offered = re.findall(
        r'href="([^"]*lang=[^"]*)"', (await browser.get(f"{door}?to=/desk/me", headers=danish)).text
    )
    unknown = await browser.get(f"{door}?lang=xx", headers=danish)
    chosen = await browser.get(offered[0].replace("&amp;", "&"), headers=danish)
    later = await browser.get(door, headers=danish)

    assert offered == [f"{door}?lang=en&amp;to=/desk/me"]
    assert [_heading(each)[0] for each in (unknown, chosen, later)] == ["da", "en", "en"]
    assert 'name="to" value="/desk/me"' in chosen.text


def _heading(answer: Answer) -> tuple[str, str]:
    """The page's language and heading."""
    found = re.search(r'<html lang="(\w+)".*?<h1[^>]*>(.*?)</h1>', answer.text, re.DOTALL)
    assert found is not None, answer.words
    return found[1], found[2].strip()
