"""A relative at the reporter's pages: what is told, question by question."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import assert_never

from tests.support.browsing import View
from tests.web.talking import begin, press

Seen = Callable[[View, str], Awaitable[None]]
"""What is done with each page on the way, such as looking at it."""

SEND = "main .ask form .row button >> nth=0"

STORY = (
    "Testperson A er holdt op med at spille fodbold og ser ikke længere sine gamle venner.\n"
    "Han sidder oppe om natten med videoer, som han lukker, når jeg kommer ind."
)
STRENGTHS = "Han lytter til sin morfar, og han passer sit fritidsjob."


@dataclass(frozen=True)
class Choose:
    """Press one of several."""

    code: str


@dataclass(frozen=True)
class Tick:
    """Tick some, and go on."""

    codes: tuple[str, ...]


@dataclass(frozen=True)
class Say:
    """Type into the one field, and go on."""

    words: str


@dataclass(frozen=True)
class Fill:
    """Type into named fields, and go on."""

    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Press:
    """Press what stands beside the answer, such as skip."""

    act: str


Step = Choose | Tick | Say | Fill | Press

TOLD: tuple[tuple[str, Step], ...] = (
    ("danger", Choose("no")),
    ("kind", Choose("relative")),
    ("before you tell", Press("go_on")),
    ("anonymity", Choose("may_reply")),
    ("relation", Choose("child")),
    ("age", Choose("15_17")),
    ("home", Say("Albertslund")),
    ("forward", Choose("yes")),
    ("story", Say(STORY)),
    ("since", Choose("half_year")),
    ("worse", Choose("yes")),
    ("signs", Tick(("mental_health", "younger_siblings"))),
    ("strengths", Say(STRENGTHS)),
    ("person knows", Choose("no")),
    ("afraid", Choose("no")),
    ("wish", Tick(("advice", "talk"))),
    ("interpreter", Choose("no")),
    ("subject", Press("skip")),
    ("reach", Tick(("here",))),
)
"""A report from the first question to the review."""


async def do(view: View, step: Step) -> None:
    """Answer the question that stands there, and wait for what follows."""
    match step:
        case Choose(code):
            await press(view, f"main .ask .choices button[value='{code}']")
        case Tick(codes):
            for code in codes:
                await view.page.locator(f"main .ask input[type=checkbox][value='{code}']").check()
            await press(view, SEND)
        case Say(words):
            await view.page.locator("main .ask [name=answer]:is(input, textarea)").fill(words)
            await press(view, SEND)
        case Fill(fields):
            for name, words in fields:
                await view.page.locator(f"main .ask [name='{name}']").fill(words)
            await press(view, SEND)
        case Press(act):
            await press(view, f"main .ask button[value='{act}']")
        case _:
            assert_never(step)


async def tell(view: View, site: str, seen: Seen, *, steps: tuple[tuple[str, Step], ...] = TOLD) -> None:
    """From the first page to the review, answering as these steps say."""
    await view.page.goto(site)
    await seen(view, "start")
    await begin(view, site)
    for name, step in steps:
        await seen(view, f"question {name}")
        await do(view, step)
    while not await view.page.locator("main button[value=send]").count():
        await press(view, "main .ask button[value=skip]")


async def send(view: View) -> str:
    """Send what was told; the receipt code, as the person copies it from the page."""
    await press(view, "main button[value=send]")
    return (await view.page.locator("main .code.big").inner_text()).strip()


async def use_code(view: View, site: str, code: str) -> None:
    """Come back with the receipt code, from the first page on."""
    await view.page.goto(site)
    await press(view, "footer a[href='/kode']")
    await view.page.fill("main input[name=code]", code)
    await press(view, "main button[value=code]")
