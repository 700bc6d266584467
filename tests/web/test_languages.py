"""Which language a page is in before anybody chose one, and after."""

from __future__ import annotations

import aiohttp
import pytest
from yarl import URL

from handlers.web.languages import wished
from tests.web.visiting import Visitor

ENGLISH = {"Accept-Language": "en-GB,en;q=0.9,da;q=0.4"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("en", "en"),
        ("EN-gb, da;q=0.5", "en"),
        ("da;q=0.5, en;q=0.8", "en"),
        ("da-DK, en", "da"),
        ("ar, so;q=0.9, en;q=0.1", "en"),
        ("ar, *;q=0.5", "da"),
        ("*, da;q=0", "en"),
        ("en;q=0", None),
        ("enx, dansk", None),
        ("", None),
        (",;,=;q", None),
        ("en;q=much, da;q=nan", None),
        ("en;q=-1, da;q=2", None),
        ("x" * 10_000 + ",en", None),
    ],
)
def test_a_browser_s_wishes_choose_among_the_languages_there_are(header: str, expected: str | None) -> None:
    assert wished(header, ("da", "en")) == expected


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/kode", 200),
        ("GET", "/s/no-such-link", 200),
        ("GET", "/nowhere", 404),
        ("GET", "/sprog", 405),
        ("POST", "/sprog", 403),
        ("POST", "/kode", 403),
        ("POST", "/s/no-such-link", 403),
    ],
)
async def test_a_page_that_knows_nobody_speaks_as_the_browser_asks(
    site: str, method: str, path: str, status: int
) -> None:
    spoken = []
    async with aiohttp.ClientSession() as session:
        for wish in (ENGLISH, {"Accept-Language": "ar"}, {}):
            async with session.request(
                method, site + path, headers={**FORM, **wish}, data=b"" if method == "POST" else None
            ) as response:
                spoken.append((response.status, _language_of(await response.text())))
    assert spoken == [(status, "en"), (status, "da"), (status, "da")]


async def test_a_language_that_was_chosen_wins_over_the_browser_s_wishes(site: str) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), headers=ENGLISH) as session:
        visitor = Visitor(site=site, session=session)
        await visitor.get()
        before = _language_of(visitor.html)
        await visitor.press("language", "da")
        spoken = []
        for path in ("/", "/kode", "/nowhere"):
            await visitor.get(path)
            spoken.append(_language_of(visitor.html))
    assert (before, spoken) == ("en", ["da", "da", "da"])


async def test_a_language_that_there_is_not_is_not_spoken_for_a_cookie(site: str) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    jar.update_cookies({"lang": "tlh"}, URL(site))
    async with aiohttp.ClientSession(cookie_jar=jar) as session, session.get(f"{site}/nowhere") as response:
        assert _language_of(await response.text()) == "da"


def _language_of(html: str) -> str:
    return html.partition('<html lang="')[2].partition('"')[0]
