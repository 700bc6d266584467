"""What a page of the reporter's weighs with all that it loads: nobody is kept out by an old phone or a slow line."""

from __future__ import annotations

import re
from pathlib import Path

from yarl import URL

from handlers.web.statics import FOLDER
from handlers.webchat.routes import build_webchat
from storage.store import Store
from tests.looks.walked import left_out, pages_of
from tests.web.house import listening, webchat_parts
from tests.web.test_own_copy import AT_WORK, seen_at_work
from tests.web.test_the_way_back_looks import LINK, a_report
from tests.web.visiting import Visitor, code_of, enter, visiting

A_PAGE = 40_000
"""The most that a page and all it loads may weigh, in bytes and not compressed."""

NO_PAGE = frozenset({"/ud", "/static/{digest}/{name}"})


def weight(html: str) -> int:
    """The page and each file that it names, once; an icon's file counts for one icon or all."""
    named = set(re.findall(r'(?:href|src)="[^"]*/static/[^/"]+/([\w.-]+)', html))
    return len(html.encode()) + sum(Path(FOLDER / name).stat().st_size for name in named)


def test_everything_that_a_page_names_counts() -> None:
    html = '<link href="/static/0/design.css"><script src="/static/0/app.js"></script>'
    files = sum(Path(FOLDER / name).stat().st_size for name in ("design.css", "app.js"))
    assert weight(html) == len(html) + files


async def test_no_page_of_the_reporter_s_weighs_more_than_forty_kilobytes(store: Store) -> None:
    app = build_webchat(webchat_parts(store))
    async with listening(app) as site:
        async with visiting(site) as visitor:
            code = await _a_relative(visitor)
        async with visiting(site) as back, visiting(site) as teacher:
            await _comes_back(back, code)
            await _a_teacher(teacher)
        async with visiting(site) as moving:
            await store.write(a_report)
            await moving.get(f"/s/{LINK}", here=False)
            await moving.post(f"/s/{LINK}", moving.page.forms[0].hidden)
            await moving.get("/flyt")
        walks = (visitor, back, teacher, moving)
        heaviest = max((weight(html), _heading(html)) for walk in walks for html in walk.seen)
        addresses = {URL(line).path for walk in walks for line in walk.headers if line.startswith(site)}
    print(f"the heaviest page: {heaviest[0]} bytes, {heaviest[1]}")
    assert left_out(pages_of(app) - NO_PAGE, addresses) == []
    assert [
        (weight(html), _heading(html)) for walk in walks for html in walk.seen if weight(html) > A_PAGE
    ] == []


async def _a_relative(visitor: Visitor) -> str:
    """Everything that can be asked is asked and answered, so that the most stands above the last question."""
    await visitor.begin()
    await visitor.tell(
        lambda name: (
            "Han hedder Testperson Hansen og har nummer 20 20 20 20." if name == "story" else "Testperson A"
        )
    )
    await visitor.get(here=False)
    await visitor.press("act", "go_on_no")
    await visitor.press("act", "go_on_yes")
    await visitor.press("act", "send")
    code = code_of(visitor)
    for path in ("/hvad-sker-der", "/mens-du-venter", "/tider", "/om-dig", "/nowhere"):
        await visitor.get(path)
    return code


async def _comes_back(visitor: Visitor, code: str) -> None:
    await visitor.begin()
    await visitor.press("answer", "yes")  # danger now, with its numbers
    await enter(visitor, "0000-0000-0000-0000")
    await enter(visitor, code)
    await visitor.fill({"words": "Det skete igen."})
    await visitor.press("act", "replace")
    await visitor.press("act", "replace_yes")
    await visitor.press("act", "end")
    await visitor.press("act", "end_yes")


async def _a_teacher(visitor: Visitor) -> None:
    visitor.choices = AT_WORK
    await visitor.begin()
    await visitor.tell(seen_at_work)
    await visitor.press("act", "send")
    await visitor.press("act", "copy")
    await visitor.get("/")
    await visitor.press("act", "receipt")


def _heading(html: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)
    return re.sub(r"<[^>]*>", "", found[1]).strip() if found else ""
