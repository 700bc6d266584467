"""Every route by every method, as nobody's own form would send it: refused, dressed, never a fault of ours."""

from __future__ import annotations

import os

import aiohttp
import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.web.forms import CSRF_FIELD
from storage.store import Store
from tests.web.hostile import BAD_TEXTS
from tests.web.house import listening, webchat_parts, webchat_with_design
from tests.web.visiting import Visitor, look_at, plainly, visiting

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECTED")
BAD_HOSTS = ("", "x" * 300, "[::1", "a b", "evil.example", "\u00e6\u00f8\u00e5")
CALLS = int(os.environ.get("TOVHOLDER_FUZZ_CALLS", "500"))


def routes_of(app: web.Application) -> list[tuple[str, str]]:
    """Every route as the application has it, with something in place of what may vary."""
    return sorted(
        {
            (
                route.method,
                resource.canonical.replace("{secret}", "x").replace("{digest}", "0").replace("{name}", "y"),
            )
            for resource in app.router.resources()
            for route in resource
        }
    )


def posts_of(app: web.Application) -> list[str]:
    return [path for method, path in routes_of(app) if method not in {"GET", "HEAD"}]


@pytest.mark.asvs("3.5.1")
async def test_no_route_takes_a_form_that_is_not_its_own(store: Store) -> None:
    app = webchat_with_design(webchat_parts(store))
    known = routes_of(app)
    async with listening(app) as site, visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(plainly, until="story")
        real = dict(next(form for form in visitor.page.forms if "answer" in form.texts).hidden)
        before = (visitor.question, visitor.words)
        tokens = [{}, {CSRF_FIELD: "0" * 64}, {CSRF_FIELD: ""}, {CSRF_FIELD: "\ud800\0"}]
        heads = [
            {"Origin": "https://evil.example"},
            {"Origin": "http://[::1"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "nonsense"},
        ]
        for path in posts_of(app):
            for token in tokens:
                await visitor.post(path, {**real, CSRF_FIELD: "", **token, "answer": "x", "act": "forget"})
                assert visitor.status == 403
            for head in heads:
                form = aiohttp.FormData({**real, "answer": "x"})
                async with visitor.session.post(site + path, data=form, headers=head) as response:
                    look_at(response)
                    assert response.status == 403
        await visitor.get()
        assert (visitor.question, visitor.words) == before
    assert ("POST", "/kode") in known
    assert len(posts_of(app)) == 5


async def test_every_route_by_every_method_gives_a_dressed_answer(store: Store) -> None:
    app = webchat_with_design(webchat_parts(store))
    paths = {path for _, path in routes_of(app)} | {
        "/nowhere",
        "/%00",
        "/s/%ff%fe",
        "/s/" + "x" * 4_000,
        "//",
        "/../x",
    }
    allowed = set(routes_of(app))
    async with listening(app) as site, aiohttp.ClientSession() as session:
        for path in sorted(paths):
            for method in METHODS:
                async with session.request(method, site + path, allow_redirects=False) as response:
                    look_at(response)
                    assert response.status < 500
                    if (method, path) not in allowed and not path.startswith("/s/"):
                        assert response.status in {400, 403, 404, 405, 415}


@pytest.mark.parametrize("host", BAD_HOSTS)
async def test_a_host_that_is_none_is_no_fault(site: str, host: str) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("/", "/kode", "/s/x", "/ud"):
            headers = {"Host": host, "Origin": f"http://{host}"}
            async with session.get(site + path, headers=headers, allow_redirects=False) as response:
                look_at(response)
                assert response.status < 500
                assert "evil.example" not in response.headers.get("Location", "")
            async with session.post(site + path, headers=headers, data={"a": "b"}) as response:
                assert response.status < 500


@pytest.mark.asvs("1.5.3")
async def test_fields_that_come_twice_are_huge_or_many_are_no_fault(site: str) -> None:
    async with visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(plainly, until="story")
        own = next(form for form in visitor.page.forms if "answer" in form.texts).hidden
        twice = [*own, *own, ("answer", "a"), ("answer", "b"), ("kind", "multi"), ("kind", "text")]
        many = [*own, *((f"part.{number}", "x") for number in range(600))]
        huge = [*own, ("answer", "x" * 70_000)]
        for fields, expected in ((twice, {200, 422}), (many, {413}), (huge, {413})):
            await visitor.post("/", fields)
            assert visitor.status in expected
        for revision in ("-1", "9" * 400, "٣", "1e3", "0x1", ""):
            await visitor.post("/", [*own, ("revision", revision), ("answer", "x")])
            assert visitor.status < 500
        await visitor.post("/sprog", [*own, ("language", "en\r\nSet-Cookie: s=x"), ("at", "//evil.example")])
        assert visitor.status == 400
        await visitor.post("/sprog", [*own, ("language", "en"), ("at", "https://evil.example/")])
        assert visitor.url == f"{site}/"
        assert not any("evil.example" in header for header in visitor.headers)


NAMES = (
    *(
        "act",
        "answer",
        "question",
        "kind",
        "revision",
        "edit",
        "button",
        "offer",
        "language",
        "section",
        "input",
    ),
    *("part.name", "part.phone", "part.x", "words", "code", "group", "at", "csrf"),
)
VALUES = (
    *("begin", "back", "skip", "unknown", "keep", "go_on", "answer", "abroad", "leave_offer", "go_on_yes"),
    *(
        "extend",
        "try_code",
        "replace",
        "replace_yes",
        "new",
        "open",
        "write",
        "close",
        "end",
        "end_yes",
        "move",
        "stay",
        "code",
    ),
    *(
        "danger",
        "kind",
        "relation",
        "home",
        "story",
        "signs",
        "subject",
        "reach",
        "contact",
        "yes",
        "no",
        "relative",
    ),
    *("multi", "text", "place", "da", "en", "0", "1", "7"),
)
field_values = st.one_of(
    st.sampled_from(VALUES),
    st.sampled_from(BAD_TEXTS),
    st.text(st.characters(exclude_categories=()), max_size=40),
)
requests = st.tuples(
    st.sampled_from(("/", "/", "/kode", "/sprog", "/s/x", "/flyt")),
    st.lists(st.tuples(st.sampled_from(NAMES), field_values), max_size=5),
    st.binary(max_size=12),
)


@pytest.mark.asvs("1.5.3")
async def test_whatever_our_own_forms_are_made_to_say_is_no_fault(site: str) -> None:
    """Forms with the right token and any fields, one after the other in one browser, from talk to dialogue."""
    async with visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(plainly, until="story")
        calls: list[tuple[str, list[tuple[str, str]], bytes]] = []

        @settings(
            max_examples=CALLS,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        )
        @given(requests)
        def collect(request: tuple[str, list[tuple[str, str]], bytes]) -> None:
            calls.append(request)

        collect()
        faults = []
        for path, fields, more in calls:
            own = await _own(visitor)
            given_names = {name for name, _ in fields}
            await visitor.post(
                path, [*(pair for pair in own if pair[0] not in given_names), *fields], more=more
            )
            if visitor.status >= 500:
                faults.append((path, fields, more, visitor.status))
        assert faults == []
        assert len(calls) >= CALLS


async def _own(visitor: Visitor) -> list[tuple[str, str]]:
    """The fixed fields of the page that stands; where there is none to send, the sitting begins again."""
    if not any(form.hidden for form in visitor.page.forms):
        await visitor.get()
        if visitor.has("act", "go_on_yes"):
            await visitor.press("act", "go_on_yes")
        elif visitor.has("language", "da"):
            await visitor.press("language", "da")
    forms = [form for form in visitor.page.forms if form.hidden]
    return forms[0].hidden if forms else []
