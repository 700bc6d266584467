"""Forms that come twice, too late or to the wrong place, sent as a browser without script sends them."""

from __future__ import annotations

import re
from typing import ParamSpec, TypeVar

import aiohttp

P = ParamSpec("P")
T = TypeVar("T")

STORY = "Testperson A er blevet meget stille"


async def test_a_form_that_comes_twice_counts_once(site: str) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        fields = await _fields_of(session, site)
        pages = []
        for _ in range(3):
            async with session.post(site, data={**fields, "language": "da"}) as response:
                pages.append(_without_own(await response.text()))
        asked = await _fields_of(session, site, again=True)
        for _ in range(2):
            answer = {**asked, "question": "danger", "kind": "choice", "answer": "no"}
            async with session.post(site, data=answer) as response:
                pages.append(_without_own(await response.text()))
    assert pages[0] == pages[1] == pages[2]
    assert pages[3] == pages[4]
    assert "Hvad drejer det sig om?" in pages[4]


async def test_words_sent_to_a_question_that_is_gone_are_shown_again(site: str) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        fields = await _fields_of(session, site)
        await (await session.post(site, data={**fields, "language": "da"})).release()
        asked = await _fields_of(session, site, again=True)
        stale = {**asked, "question": "story", "kind": "text", "answer": STORY}
        async with session.post(site, data=stale) as response:
            page = await response.text()
    assert STORY in page
    assert "Her er vi nået til" in page


async def test_looking_at_a_link_twice_learns_nothing_and_using_a_wrong_one_says_how_to_get_another(
    site: str,
) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        address = f"{site}/s/{'x' * 22}"
        pages = []
        for _ in range(2):
            async with session.get(address) as response:
                pages.append(await response.text())
                assert response.status == 200
        async with session.post(address, data=_own(pages[-1])) as response:
            used = await response.text()
    assert response.status == 410
    assert "bed om et nyt" in used


async def _fields_of(session: aiohttp.ClientSession, site: str, *, again: bool = False) -> dict[str, str]:
    headers = {"Sec-Fetch-Site": "same-origin"} if again else {}
    async with session.get(site, headers=headers) as response:
        return _own(await response.text())


def _own(page: str) -> dict[str, str]:
    main = (
        page.partition("<main")[2].partition("</main>")[0].rpartition("data-idle")[0]
        or page.partition("<main")[2]
    )
    return dict(re.findall(r'<input type="hidden" name="(csrf|input|revision)" value="([^"]*)">', main))


def _without_own(page: str) -> str:
    return re.sub(r'value="[^"]*"', "", page)
