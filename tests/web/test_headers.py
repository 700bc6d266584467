"""What every response says about itself, also those that no handler made."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from aiohttp import web

from handlers.web.app import build_app
from handlers.web.headers import ALWAYS, CONTENT_SECURITY_POLICY
from tests.web.house import a_frame, listening


async def _fault(_request: web.Request) -> web.Response:
    raise RuntimeError("testperson")


def app_with_fault(*, https: bool = False) -> web.Application:
    app = build_app(a_frame(https=https))
    app.router.add_get("/fault", _fault)
    return app


def assert_dressed(headers: object) -> None:
    said = {name: headers.get(name) for name in ALWAYS}  # type: ignore[attr-defined]
    assert said == {**ALWAYS, "Cache-Control": said["Cache-Control"]}
    assert "Server" not in headers  # type: ignore[operator]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/", None, 200),
        ("GET", "/nowhere", None, 404),
        ("GET", "/kode", None, 200),
        ("DELETE", "/", None, 405),
        ("POST", "/", b"answer=" + b"x" * 70_000, 413),
        ("POST", "/", None, 415),
        ("GET", "/static/0/nothing.css", None, 404),
        ("GET", "/static/0/design.css", None, 200),
        ("GET", "/ud", None, 303),
    ],
)
@pytest.mark.asvs("3.4.1")
@pytest.mark.asvs("3.4.8")
async def test_every_kind_of_response_is_dressed(
    site: str, method: str, path: str, body: bytes | None, status: int
) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, site + path, data=body, headers=headers, allow_redirects=False) as response,
    ):
        assert response.status == status
        assert_dressed(response.headers)


@pytest.mark.asvs("16.5.1")
async def test_a_fault_is_a_dressed_page_that_quotes_nothing() -> None:
    async with (
        listening(app_with_fault()) as address,
        aiohttp.ClientSession() as session,
        session.get(f"{address}/fault") as response,
    ):
        page = await response.text()
        assert response.status == 500
        assert_dressed(response.headers)
    assert "testperson" not in page
    assert "Der skete en fejl hos os" in page


async def test_what_is_no_request_at_all_gets_a_dressed_answer(site: str) -> None:
    host, port = site.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"NONSENSE\r\n\r\n")
    answer = (await reader.read()).decode()
    writer.close()
    assert answer.startswith("HTTP/1.0 400")
    assert CONTENT_SECURITY_POLICY in answer
    assert "\r\nServer:" not in answer


async def test_https_is_kept_for_a_year() -> None:
    async with (
        listening(app_with_fault(https=True)) as address,
        aiohttp.ClientSession() as session,
        session.get(f"{address}/nowhere") as response,
    ):
        assert response.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


async def test_a_file_is_kept_for_ever_only_under_its_own_hash(site: str) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{site}/static/0/design.css") as response:
            other = response.headers["Cache-Control"]
        async with session.get(f"{site}/design") as response:
            page = await response.text()
        path = page.partition('href="/static/')[2].partition('"')[0]
        async with session.get(f"{site}/static/{path}") as response:
            own = response.headers["Cache-Control"]
    assert other == "no-store"
    assert own == "public, max-age=31536000, immutable"


@pytest.mark.asvs("3.3.1")
async def test_every_cookie_is_for_the_session_and_out_of_reach_of_scripts(site: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(site) as response:
        cookies = response.headers.getall("Set-Cookie")
    assert cookies
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Path=/" in cookie
        assert "Expires" not in cookie
