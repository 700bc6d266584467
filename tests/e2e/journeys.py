"""Two people's way through the product, walked on a phone and written down. All that they tell is made up."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import Browser

from handlers.webchat.routes import build_webchat
from storage.store import Store
from storage.transaction import Transaction
from tests.e2e.telling import TOLD, Choose, Fill, Press, Say, Step, Tick, do, use_code
from tests.support.browsing import PHONE, View, browse
from tests.support.builders import a_person, notices
from tests.support.profiles import shipped
from tests.support.stores import SettableClock
from tests.web.house import listening, webchat_parts
from tests.web.talking import begin, press
from triage.cases.dialogue import write_to_reporter
from triage.cases.handle import claim
from triage.clocks.climb import climb
from triage.clocks.keep import tick
from triage.ids import PersonId
from triage.people.person import Role

SATURDAY_NIGHT = datetime(2026, 5, 9, 21, 40, tzinfo=UTC)
"""Saturday 9 May 2026 at 23.40 in Copenhagen."""
BREAK = datetime(2026, 5, 5, 8, 10, tzinfo=UTC)
"""Tuesday 5 May 2026 at 10.10 in Copenhagen: the long break."""

A_TAP = 1.5
"""Seconds to find a button and press it."""
TYPED = 40
"""Words a minute that a teacher types on a phone."""
READ = 200
"""Words a minute that somebody reads who has never seen the page."""

_TALL = 600
"""How much of a page a picture shows: what stands on a small phone at once."""

_SEEN = """() => {
    const said = [...document.querySelectorAll("main .ask h1, main .ask p, main .ask .hint, main .ask label, " +
        "main .ask .choices button, main section[data-here] > h1, main section[data-here] > p, " +
        "main section[data-here] .card p, main section[data-here] .standing")];
    const open = said.filter((each) => each.checkVisibility() && !each.closest("details:not([open])"));
    return [...new Set(open)].map((each) => each.innerText.trim().replace(/\\s+/g, " ")).filter(Boolean);
}"""
_HEARD = """() => [...document.querySelectorAll("main h1, main section[data-here] > p, main .ask p:not(.progress)")]
    .filter((each) => each.checkVisibility() && !each.closest("details, .choices, .said, .notice"))
    .map((each) => each.innerText.trim().replace(/\\s+/g, " ")).filter(Boolean)"""


@dataclass(frozen=True, kw_only=True)
class Screen:
    """One page: what stands there, how many words that is, what the person does, and how much work it was."""

    says: tuple[str, ...]
    words: int
    does: str
    taps: int
    typed: int


@dataclass(kw_only=True)
class Walk:
    """A person's screens, in order, and how long the product took to answer each press, in seconds."""

    pictures: Path | None
    name: str
    screens: list[Screen] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)

    @property
    def taps(self) -> int:
        return sum(screen.taps for screen in self.screens)

    @property
    def typed(self) -> int:
        return sum(screen.typed for screen in self.screens)

    @property
    def read(self) -> int:
        return sum(screen.words for screen in self.screens)

    async def step(self, view: View, step: Step) -> None:
        """Look at the page, then answer it."""
        await self.look(view, await _does(view, step), taps=_taps(step), typed=_typed(step))
        began = time.perf_counter()
        await do(view, step)
        self.answered.append(time.perf_counter() - began)

    async def look(self, view: View, does: str, *, taps: int = 0, typed: int = 0) -> None:
        """Write down the page as it stands."""
        seen: list[str] = await view.page.evaluate(_SEEN)
        says: list[str] = await view.page.evaluate(_HEARD)
        count = sum(len(text.split()) for text in seen)
        self.screens.append(Screen(says=tuple(says), words=count, does=does, taps=taps, typed=typed))

    async def picture(self, view: View, name: str) -> None:
        """The page as a picture, where pictures are made."""
        if self.pictures is None:
            return
        self.pictures.mkdir(parents=True, exist_ok=True)
        before = view.page.viewport_size
        await view.page.set_viewport_size({"width": PHONE, "height": _TALL})
        await view.page.evaluate("document.activeElement.blur()")
        await view.page.screenshot(path=self.pictures / f"{self.name}-{name}.png")
        if before is not None:
            await view.page.set_viewport_size(before)


@dataclass(frozen=True, kw_only=True)
class Told:
    """A notice to staff: when it goes out, to whom, and its subject."""

    at: datetime
    to: str
    subject: str


@dataclass(frozen=True, kw_only=True)
class Night:
    """The mother's way: hers until she has sent, what staff are told and when, and her two times of coming back."""

    telling: Walk
    back: Walk
    told: tuple[Told, ...]


HER_STORY = (
    "Min søn er holdt op med at gå til fodbold. Om natten sidder han med videoer, som han lukker, når jeg kommer. "
    "I aften sagde han, at vi andre er forrædere."
)
HERS: tuple[tuple[str, Step], ...] = tuple(
    (name, Say(HER_STORY) if name == "story" else step) for name, step in TOLD
)
HER_PICTURES = {"danger": "first", "story": "story", "reach": "reach"}

SEEN_AT_SCHOOL = (
    "I går i frikvarteret viste han to gange en film med en skudepisode og sagde, at de fik, hvad de fortjente. "
    "I dag tegnede han det samme mærke på tavlen. Han er 15 og plejer at være stille."
)
AT_SCHOOL: tuple[tuple[str, Step], ...] = (
    ("danger", Choose("no")),
    ("kind", Choose("professional")),
    ("before you tell", Press("go_on")),
    ("work", Choose("school")),
    ("age", Choose("15_17")),
    ("notified", Choose("no")),
    ("how to", Press("go_on")),
    ("home", Say("København")),
    ("seen", Say(SEEN_AT_SCHOOL)),
    (
        "you",
        Fill(
            (
                ("part.name", "Testperson Lærer"),
                ("part.title", "Lærer"),
                ("part.workplace", "Skolen på Eksempelvej"),
                ("part.email", "testperson12@example.org"),
                ("part.phone", "12 34 56 78"),
            )
        ),
    ),
    ("next step", Choose("call_me")),
)


async def the_night(
    store: Store, clock: SettableClock, browser: Browser, pictures: Path | None = None
) -> Night:
    """A mother writes on Saturday at 23.40, looks on Sunday, and finds an answer on Monday."""
    clock.at = SATURDAY_NIGHT
    rules = shipped().rules()
    staff = await store.write(_staff)
    telling = Walk(pictures=pictures, name="mother")
    back = Walk(pictures=pictures, name="mother")
    async with listening(build_webchat(webchat_parts(store))) as site:
        async with browse(browser, width=PHONE, reduced_motion="reduce") as view:
            await _start(view, site, telling)
            for name, step in HERS:
                if name in HER_PICTURES:
                    await telling.picture(view, HER_PICTURES[name])
                await telling.step(view, step)
            while not await view.page.locator("main button[value=send]").count():
                await telling.step(view, Press("skip"))
            await telling.look(view, "Send", taps=1)
            await telling.picture(view, "review")
            await press(view, "main button[value=send]")
            await telling.look(view, "writes the code down")
            await telling.picture(view, "sent")
            code = (await view.page.locator("main .code.big").inner_text()).strip()
        told = await _until_monday(store, clock, staff)
        [case_id] = await store.read(lambda tx: [case.id for case in tx.cases.queue(reader=None, limit=5)])
        officer = next(each for each, role in staff.items() if role == "duty officer")
        clock.at = SATURDAY_NIGHT + timedelta(hours=15)
        await _comes_back(browser, site, code, back, "sunday")
        clock.at = SATURDAY_NIGHT + timedelta(hours=33, minutes=40)
        await store.write(claim, rules, case_id=case_id, by=officer)
        await store.write(
            write_to_reporter,
            rules,
            case_id=case_id,
            by=officer,
            words="Tak, fordi du skrev. Det lyder svært. Må vi ringe til dig i dag? Skriv, hvornår det passer.",
        )
        clock.at += timedelta(hours=2)
        await _comes_back(browser, site, code, back, "monday")
    return Night(telling=telling, back=back, told=told)


async def the_break(
    store: Store, clock: SettableClock, browser: Browser, pictures: Path | None = None
) -> Walk:
    """A teacher tells the short way in the long break."""
    clock.at = BREAK
    await store.write(_staff)
    walk = Walk(pictures=pictures, name="teacher")
    async with (
        listening(build_webchat(webchat_parts(store))) as site,
        browse(browser, width=PHONE, reduced_motion="reduce") as view,
    ):
        await _start(view, site, walk)
        for name, step in AT_SCHOOL:
            if name in {"seen", "next step"}:
                await walk.picture(view, name.replace(" ", "-"))
            await walk.step(view, step)
        while not await view.page.locator("main button[value=send]").count():
            await walk.step(view, Press("skip"))
        await walk.look(view, "Send", taps=1)
        began = time.perf_counter()
        await press(view, "main button[value=send]")
        walk.answered.append(time.perf_counter() - began)
        await walk.look(view, "writes the code down")
        await walk.picture(view, "sent")
    return walk


async def _start(view: View, site: str, walk: Walk) -> None:
    await view.page.goto(site)
    await walk.look(view, "Dansk", taps=1)
    await begin(view, site)


async def _comes_back(browser: Browser, site: str, code: str, walk: Walk, name: str) -> None:
    async with browse(browser, width=PHONE, reduced_motion="reduce") as view:
        await use_code(view, site, code)
        await walk.look(view, "reads")
        letters = await view.page.locator("main .letter").all_inner_texts()
        walk.screens[-1] = replace(
            walk.screens[-1], says=(*walk.screens[-1].says, *(" ".join(each.split()) for each in letters))
        )
        await walk.picture(view, name)


def _staff(tx: Transaction) -> dict[PersonId, str]:
    """Somebody of each role, and one on duty."""
    return {
        a_person(tx, roles=(role,), language="da", on_duty=role is Role.DUTY_OFFICER).id: name
        for role, name in (
            (Role.COORDINATOR, "coordinator"),
            (Role.DUTY_OFFICER, "duty officer"),
            (Role.HEAD, "head"),
        )
    }


async def _until_monday(store: Store, clock: SettableClock, staff: dict[PersonId, str]) -> tuple[Told, ...]:
    """Let every half hour pass until Monday noon in which nobody does anything; what was to be told, and when."""
    words, rules = shipped().translator(), shipped().rules()
    seen: list[Told] = []
    known = 0
    while clock.at <= SATURDAY_NIGHT + timedelta(hours=37):
        await store.write(tick, rules)
        await store.write(climb, rules)
        rows = await store.read(notices)
        for row in rows[known:]:
            subject = words.find(f"{row.notice}.subject", "da") or row.notice
            role = staff[row.person_id] if row.person_id is not None else "everybody"
            seen.append(
                Told(
                    at=max(clock.at, row.not_before),
                    to=f"{role}, by {row.via}",
                    subject=subject.replace("{code}", "[sag]"),
                )
            )
        known = len(rows)
        clock.advance(timedelta(minutes=30))
    return tuple(sorted(seen, key=lambda each: (each.at, each.to)))


async def _does(view: View, step: Step) -> str:
    ask = view.page.locator("main .ask")
    match step:
        case Choose(code):
            return await ask.locator(f"button[value='{code}']").first.inner_text()
        case Press(act):
            return await ask.locator(f"button[value='{act}']").first.inner_text()
        case Tick(codes):
            labels = [
                await ask.locator(f"label:has(input[value='{code}'])").first.inner_text() for code in codes
            ]
            return "ticks " + ", ".join(labels)
        case Say(words):
            return f"types “{words}”"
        case Fill(fields):
            return "types " + ", ".join(words for _, words in fields)


def _taps(step: Step) -> int:
    """Every touch: on a button, a box, or the field that is to be typed into."""
    match step:
        case Choose() | Press():
            return 1
        case Tick(codes):
            return len(codes) + 1
        case Say():
            return 2
        case Fill(fields):
            return len(fields) + 1


def _typed(step: Step) -> int:
    match step:
        case Say(words):
            return len(words.split())
        case Fill(fields):
            return sum(len(words.split()) for _, words in fields)
        case _:
            return 0
