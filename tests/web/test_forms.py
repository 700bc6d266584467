"""Forms are bounded, read by our own hand, and known to be ours."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest

from handlers.web.forms import URLENCODED, Form, csrf_token, is_own_form

KEY = b"key"


async def send(address: str, request: bytes) -> tuple[bytes, float]:
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    started = time.monotonic()
    writer.write(request)
    answer = await reader.read()
    writer.close()
    return answer, time.monotonic() - started


async def test_a_form_of_another_kind_is_refused_with_a_page(site: str) -> None:
    async with aiohttp.ClientSession() as session, session.post(site, json={"a": 1}) as response:
        page = await response.text()
    assert response.status == 415
    assert "Vi kan kun læse" in page


async def test_a_multipart_body_without_its_boundary_is_cut_at_the_limit(site: str) -> None:
    host, port = site.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    writer.write(f"{head}Content-Length: 1000000000\r\n\r\n".encode())
    taken = 0
    answer = b""
    try:
        while taken < 200_000_000:
            writer.write(b"x" * 65_536)
            await asyncio.wait_for(writer.drain(), 5)
            taken += 65_536
        answer = await reader.read()
    except (ConnectionError, TimeoutError):
        answer = b"cut"
    finally:
        writer.transport.abort()
    # What the kernels hold between the two ends comes on top of what the server reads.
    assert taken < 20_000_000
    assert answer == b"cut" or answer.startswith(b"HTTP/1.1 415")


async def test_a_form_above_the_limit_is_refused_and_hears_why(site: str) -> None:
    body = b"answer=" + b"x" * 80_000
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: {URLENCODED}\r\nContent-Length: {len(body)}\r\n\r\n"
    answer, _ = await send(site, head.encode() + body)
    assert answer.startswith(b"HTTP/1.1 413")


async def test_a_packed_form_is_refused(site: str) -> None:
    headers = {"Content-Type": URLENCODED, "Content-Encoding": "gzip"}
    async with aiohttp.ClientSession() as session, session.post(site, data=b"", headers=headers) as response:
        assert response.status in {400, 415}


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
    ],
)
@pytest.mark.asvs("3.5.1")
async def test_a_form_from_another_site_is_refused(site: str, headers: dict[str, str]) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(site, data={"act": "begin"}, headers=headers) as response,
    ):
        assert response.status == 403


@pytest.mark.asvs("3.5.1")
async def test_a_form_without_the_sessions_token_is_handed_back_with_its_words(site: str) -> None:
    fields = {
        "kind": "text",
        "question": "story",
        "answer": "Testperson A <b>er</b> stille",
        "csrf": "0" * 64,
    }
    async with aiohttp.ClientSession() as session, session.post(site, data=fields) as response:
        page = await response.text()
    assert response.status == 403
    assert "Testperson A &lt;b&gt;er&lt;/b&gt; stille" in page


@pytest.mark.parametrize("text", ["%00", "%ED%A0%80", "%FF%FE", "%E2%80%AE", "%"])
async def test_broken_text_is_read_and_never_a_fault(site: str, text: str) -> None:
    headers = {"Content-Type": URLENCODED}
    async with (
        aiohttp.ClientSession() as session,
        session.post(site, data=f"answer={text}&csrf={text}&input={text}", headers=headers) as response,
    ):
        assert response.status == 403


def test_a_field_that_came_twice_counts_by_its_last_value() -> None:
    form = Form({"answer": ("first", "last")})
    assert form.get("answer") == "last"
    assert form.all("answer") == ("first", "last")


def test_a_token_is_worth_nothing_with_another_session() -> None:
    form = Form({"csrf": (csrf_token(KEY, "mine"),)})
    assert is_own_form(form, key=KEY, session="mine")
    assert not is_own_form(form, key=KEY, session="yours")
    assert not is_own_form(form, key=b"other", session="mine")
