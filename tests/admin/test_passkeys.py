"""The pages of passkeys: for which place one is made, what is no answer of a device, and a real browser's way in."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.async_api import Browser, Page

from admin.parts import HOME
from admin.passkeys import Site, read_answer, site_of
from tests.admin.house import PASSWORD, Console
from tests.e2e.looking import a_looker, a_person
from triage.people.person import Person, Role

LOCAL = "http://localhost:8080"
_NAMES = st.sampled_from(["response", "rawId", "clientDataJSON", "challenge"])
_ANSWERS = st.recursive(
    st.none() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=8,
).map(json.dumps)


@pytest.fixture
def engine() -> str:
    """What is asked of the store is shown on both engines in `tests/people/test_passkeys.py`."""
    return "sqlite"


@pytest.mark.parametrize(
    ("console", "origin", "site"),
    [
        (
            "https://desk.example.org/desk",
            "https://desk.example.org",
            Site("desk.example.org", "https://desk.example.org"),
        ),
        (
            "https://desk.example.org:8444/desk",
            "https://desk.example.org:8444",
            Site("desk.example.org", "https://desk.example.org:8444"),
        ),
        ("https://desk.example.org/desk", "https://evil.example.org", None),
        ("https://desk.example.org/desk", "http://desk.example.org", None),
        ("https://desk.example.org/desk", LOCAL, None),
        ("https://desk.example.org/desk", "null", None),
        ("https://desk.example.org/desk", None, None),
        ("https://desk.example.org/desk", "http://xn--a", None),
        ("http://127.0.0.1:8080/desk", "http://xn--a.ß。", None),
        ("https://192.0.2.7/desk", "https://192.0.2.7", None),
        ("http://127.0.0.1:8080/desk", LOCAL, Site("localhost", LOCAL)),
        ("http://127.0.0.1:8080/desk", "http://127.0.0.1:8080", None),
        ("http://127.0.0.1:8080/desk", "http://evil.example.org", None),
    ],
)
def test_a_passkey_is_for_the_console_s_own_name_and_no_other(
    console: str, origin: str | None, site: Site | None
) -> None:
    assert site_of(console, origin) == site


@pytest.mark.asvs("1.5.3")
@given(st.one_of(st.text(max_size=200), _ANSWERS))
def test_what_is_no_answer_of_a_device_is_none(text: str) -> None:
    answer = read_answer(text)

    assert answer is None or isinstance(answer.challenge, str)


def an_answer(challenge: str = "abc", origin: str = LOCAL) -> str:
    client = {"challenge": challenge, "origin": origin, "type": "webauthn.get"}
    said = urlsafe_b64encode(json.dumps(client).encode()).decode()
    return json.dumps(
        {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {"clientDataJSON": said}}
    )


def test_an_answer_that_nothing_is_right_about_is_made_and_counted_as_none() -> None:
    answer = read_answer(an_answer())
    assert answer is not None

    assert answer.made(Site("localhost", LOCAL)) is None


async def test_a_made_up_answer_lets_nobody_in_and_says_nothing(console: Console) -> None:
    browser = await console.browser()
    door = f"{HOME}/sign-in"
    browser.address = console.address.replace("127.0.0.1", "localhost")
    fields = (await browser.get(door)).form(f"{door}/passkey")

    odd = [
        await browser.post(f"{door}/passkey", {**fields, "credential": each})
        for each in ("", "{}", "\x00", an_answer(), an_answer(origin="https://evil.example.org"), "[" * 5000)
    ]
    here = {"Origin": browser.address}
    bare = await browser.post(f"{door}/passkey/options", fields)
    without = await browser.post(f"{door}/passkey/options", {"csrf": "0" * 64}, headers=here)
    looked = await browser.get(f"{door}/passkey")

    assert [answer.location for answer in odd] == [f"{door}?said=passkey"] * 6
    assert bare.status == 422
    assert "Det lykkedes ikke med adgangsnøglen." in (await browser.get(odd[0].location)).words
    assert without.status == 403
    assert looked.location == door


@pytest.mark.browser
@pytest.mark.asvs("6.3.3")
async def test_a_real_browser_makes_a_passkey_and_comes_in_by_it(console: Console, chromium: Browser) -> None:
    officer = await console.someone(Role.DUTY_OFFICER, name="Testperson Vagt")
    looker = a_looker(390)
    desk = console.address.replace("127.0.0.1", "localhost") + HOME
    async with a_person(chromium) as view:
        page = view.page
        await a_device(page)
        await page.goto(f"{desk}/sign-in")
        await looker.look(view, "door")
        # Nobody has made one yet: the device has nothing to answer with.
        await by_password(page, console, officer)
        await page.goto(f"{desk}/me")
        await page.fill("#f-passkey-name", "Den bærbare")
        await looker.look(view, "no-passkey")
        await page.click("form[action$='/me/passkey'] button")
        await page.wait_for_selector("text=Adgangsnøglen er gemt.")
        await looker.look(view, "a-passkey")
        await page.click("form[action$='/sign-out'] button")
        await page.wait_for_url("**/sign-in?said=out")
        await page.click("form[action$='/sign-in/passkey'] button")
        await page.wait_for_selector(".who")
        came_in = await page.inner_text(".who")
        console.clock.advance(timedelta(minutes=6))
        await page.goto(f"{desk}/me")
        used = await page.inner_text("#passkeys")
        # A fresh factor, on the very form that asks for one.
        await looker.look(view, "factor")
        await page.click("#codes .by-passkey button")
        await page.wait_for_selector("#codes >> text=Bekræftet.")
        await page.click("#codes .row button")
        await page.wait_for_selector(".codes code")
        await looker.look(view, "codes")
        await page.goto(f"{desk}/me")
        await page.click("form[action$='/me/passkey/drop'] button")
        await page.wait_for_selector("text=Adgangsnøglen er fjernet.")
        await page.click("form[action$='/sign-out'] button")
        await page.wait_for_url("**/sign-in?said=out")
        await page.click("form[action$='/sign-in/passkey'] button")
        await page.wait_for_selector("text=Det lykkedes ikke med adgangsnøglen.")

    assert "Testperson Vagt" in came_in
    assert "Den bærbare" in used
    assert "Brugt sidst" in used
    assert "\n".join(looker.wrong) == ""


async def a_device(page: Page) -> None:
    """An authenticator of the browser's own, that knows its person without asking."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    await devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


async def by_password(page: Page, console: Console, person: Person) -> None:
    await page.fill("[name=email]", person.email)
    await page.fill("[name=password]", PASSWORD)
    await page.click("form[action$='/sign-in'] .row button")
    await page.fill("[name=code]", console.code_now(person.totp_secret or ""))
    await page.click("form .row button")
    await page.wait_for_selector(".who")
