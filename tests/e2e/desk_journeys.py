"""An officer's Monday morning and an authority member's two minutes, walked at the desk and written down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import Browser

from admin.parts import HOME
from storage.store import Store
from tests.admin.house import PASSWORD, Console, open_console
from tests.e2e.journeys import A_TAP, READ, TYPED
from tests.support.browsing import DESK, PHONE, View, browse
from tests.support.profiles import shipped
from tests.support.stores import SettableClock
from tests.web.talking import press
from triage.cases.decide import decide
from triage.cases.words import Done
from triage.people.person import Person, Role

EIGHT = datetime(2026, 5, 11, 6, 0, tzinfo=UTC)
"""Monday 11 May 2026 at 8 in Copenhagen."""
_TALL = 620
_TWO_MINUTES = 120

_SAYS = """() => [...document.querySelectorAll("main h1:not(.unseen), main h2:not(.unseen), main .done, " +
        "main .goes-out > p")]
    .filter((each) => each.checkVisibility() && !each.closest("details:not([open])"))
    .map((each) => each.innerText.trim().replace(/\\s+/g, " ")).filter(Boolean)"""
_WORDS = "() => document.querySelector('main').innerText.split(/\\s+/).filter(Boolean).length"


@dataclass(frozen=True, kw_only=True)
class Stop:
    """One page: when, what stands there, how many words, what is done, and how much work that is."""

    at: datetime
    says: tuple[str, ...]
    words: int
    does: str
    taps: int
    typed: int


@dataclass(kw_only=True)
class Morning:
    """Somebody's way over the desk."""

    name: str
    console: Console
    view: View
    pictures: Path | None
    codes: dict[str, str]
    """Case codes, which are drawn anew on every walk, and what stands for them."""
    stops: list[Stop] = field(default_factory=list)

    @property
    def clock(self) -> SettableClock:
        return self.console.clock

    @property
    def taps(self) -> int:
        return sum(stop.taps for stop in self.stops)

    @property
    def typed(self) -> int:
        return sum(stop.typed for stop in self.stops)

    @property
    def read(self) -> int:
        return sum(stop.words for stop in self.stops)

    async def does(
        self,
        what: str,
        selector: str | None,
        *fields: tuple[str, str],
        form: str = "main form",
        minutes: int = 0,
        picture: str = "",
    ) -> None:
        """Note the page, fill in these fields of a form, and press; then so many minutes pass."""
        page = self.view.page
        says: list[str] = await page.evaluate(_SAYS)
        words: int = await page.evaluate(_WORDS)
        if picture:
            await self._picture(picture)
        typed, opened = 0, await self._unfold(f"{form} [name='{fields[0][0]}']" if fields else selector)
        for name, value in fields:
            typed += await self._fill(f"{form} [name='{name}']", value)
        self.stops.append(
            Stop(
                at=self.clock.at,
                says=tuple(self._named(text) for text in says),
                words=words,
                does=what,
                taps=len(fields) + opened + (selector is not None),
                typed=typed,
            )
        )
        if selector is not None:
            await press(self.view, selector)
        self.clock.advance(timedelta(minutes=minutes))

    async def replies_go(self) -> None:
        """Let the half minute pass in which a reply can be undone."""
        await self.console.let_replies_go()

    async def _unfold(self, selector: str | None) -> int:
        """Open what the form is folded into; how many presses that is."""
        if selector is None or await self.view.page.locator(selector).first.is_visible():
            return 0
        await self.view.page.locator(f"details:not([open]):has({selector}) > summary").first.click()
        return 1

    async def _fill(self, selector: str, value: str) -> int:
        """Choose or type; how many words were typed."""
        found = self.view.page.locator(selector)
        kind = await found.first.get_attribute("type")
        if kind in {"radio", "checkbox"}:
            await self.view.page.check(f"{selector}[value='{value}']")
            return 0
        if await found.first.evaluate("each => each.tagName") == "SELECT":
            await found.first.select_option(label=value)
            return 0
        await found.first.fill(value)
        return len(value.split())

    def _named(self, text: str) -> str:
        for code, name in self.codes.items():
            text = text.replace(code, name)
        return text

    async def _picture(self, name: str) -> None:
        if self.pictures is None:
            return
        self.pictures.mkdir(parents=True, exist_ok=True)
        page, before = self.view.page, self.view.page.viewport_size
        await page.set_viewport_size({"width": before["width"] if before else DESK, "height": _TALL})
        await page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
        await page.screenshot(path=self.pictures / f"{self.name}-{name}.png")
        if before is not None:
            await page.set_viewport_size(before)


@dataclass(frozen=True, kw_only=True)
class Day:
    """Both ways."""

    officer: Morning
    member: Morning


async def the_monday(
    store: Store, clock: SettableClock, browser: Browser, pictures: Path | None = None
) -> Day:
    """The officer comes at 8 and works off what the week-end left; the school's member of the unit answers at 10."""
    clock.at = EIGHT - timedelta(days=3)
    async with open_console(store, clock) as console:
        officer = await console.someone(Role.DUTY_OFFICER, name="Testperson Vagt")
        colleague = await console.someone(Role.COORDINATOR, name="Testperson Kollega")
        member = await console.someone(Role.UNIT_MEMBER, name="Testperson Ssp", authority="SSP")
        codes = await _the_week_end(console, clock, colleague)
        clock.at = EIGHT
        async with browse(browser, width=DESK, reduced_motion="reduce") as view:
            morning = Morning(name="officer", console=console, view=view, pictures=pictures, codes=codes)
            await _comes_in(morning, console, officer)
            await _the_morning(morning, codes)
        await console.let_replies_go()
        clock.at = EIGHT + timedelta(hours=2)
        async with browse(browser, width=PHONE, reduced_motion="reduce") as view:
            minutes = Morning(name="member", console=console, view=view, pictures=pictures, codes=codes)
            await _comes_in(minutes, console, member)
            await _two_minutes(minutes)
    return Day(officer=morning, member=minutes)


async def _the_week_end(console: Console, clock: SettableClock, colleague: Person) -> dict[str, str]:
    """A colleague's decision that waits, a mother who wants a call, and a question without a name."""
    clock.at = EIGHT - timedelta(hours=40)
    waits = await console.report(story="Naboen siger, at han er anderledes.")
    done = await console.store.write(
        decide,
        shipped().rules(),
        case_id=waits.id,
        by=colleague.id,
        outcome="unfounded",
        reason="Talt med skolen: det var et skoleprojekt.",
        local_action=False,
        to_unit=False,
    )
    assert isinstance(done, Done)
    clock.at = EIGHT - timedelta(hours=32, minutes=20)
    reach = {"reach_how": ("call",), "reach_when": ("any_time",), "leave_message": "no", "call_us": "Anna"}
    mother = await console.report(story="Hun taler om at rejse væk med dem.", reach=reach)
    clock.at = EIGHT - timedelta(hours=16)
    advice = await console.report(
        kind="advice", story="Hvordan taler man med en elev om det?", anonymous=True
    )
    return {waits.code: "[A]", mother.code: "[B]", advice.code: "[C]"}


async def _comes_in(walk: Morning, console: Console, person: Person) -> None:
    await walk.view.page.goto(console.address + HOME)
    sign_in = "main form .row button"
    await walk.does("mail and password", sign_in, ("email", person.email), ("password", PASSWORD))
    code = console.code_now(person.totp_secret or "")
    await walk.does("the code of the app", sign_in, ("code", code), minutes=1)


async def _the_morning(walk: Morning, codes: dict[str, str]) -> None:
    own = {name: code for code, name in codes.items()}
    case = f"form[action$='{own['[B]']}"
    await walk.does("takes the duty", "form[action$='/duty/take'] button", minutes=1)
    await walk.does(
        "opens [A], which waits for a second person", f"a[href$='/case/{own['[A]']}']", picture="first"
    )
    await walk.does("confirms the colleague's decision", "form[action$='/confirm'] .row button", minutes=6)
    await walk.does("back to the first page", ".crumbs a")
    await walk.does("opens [B], which presses most", f".queue a[href$='/case/{own['[B]']}']", minutes=1)
    await walk.does("takes the case and calls", f"{case}/claim'] button", minutes=4, picture="case")
    await walk.does("nobody answers", f"{case}/called'] button[value='no_answer']", minutes=1)
    await walk.does(
        "a task for herself: to call again",
        f"{case}/task'] .row button",
        ("words", "Ring igen, sig Anna."),
        ("owner", "Testperson Vagt"),
        ("due_date", "2026-05-11"),
        ("due_time", "13:00"),
        form=f"{case}/task']",
        minutes=2,
    )
    await walk.does(
        "writes to the mother",
        f"{case}/reply'] .row button",
        ("words", "Tak, fordi du skrev. Vi har ringet uden held og prøver igen kl. 13."),
        form=f"{case}/reply']",
        minutes=0,
    )
    await walk.does("looks whether it is right; it could be undone", None, picture="undo")
    await walk.replies_go()
    await walk.does(
        "decides: to the coordination unit",
        f"{case}/decide'] .row button",
        ("outcome", "to_unit"),
        ("reason", "Taler om udrejse. Skolen kan kende vennerne."),
        ("local_action", "yes"),
        ("to_unit", "yes"),
        form=f"{case}/decide']",
        minutes=3,
    )
    story = await walk.view.page.locator("#unit [name=passed][value$=':story']").get_attribute("value")
    await walk.does(
        "asks the school's authority, and passes on the story alone",
        f"{case}/ask'] .row button",
        ("authority", "SSP"),
        ("necessity", "I kender vennerne fra skolen."),
        ("basis", "rpl115_ssp"),
        ("passed", story or ""),
        form=f"{case}/ask']",
        minutes=2,
    )
    await walk.does("back to the first page", ".crumbs a")
    await walk.does(
        "opens [C], the question without a name", f".queue a[href$='/case/{own['[C]']}']", minutes=1
    )
    advice = f"form[action$='{own['[C]']}"
    await walk.does(
        "answers it",
        f"{advice}/reply'] .row button",
        ("words", "Tag det op med klassen som et emne, ikke med den ene. Ring gerne til os."),
        form=f"{advice}/reply']",
        minutes=4,
    )
    await walk.replies_go()
    await walk.does(
        "decides: answered",
        f"{advice}/decide'] .row button",
        ("outcome", "answered"),
        ("reason", "Råd givet."),
        form=f"{advice}/decide']",
        minutes=1,
    )
    await walk.does("back to the first page", ".crumbs a")
    await walk.does("looks at what waits for others", "nav.shows a[href$='others']", picture="left")
    await walk.does("has worked off the week-end", None, picture="others")


async def _two_minutes(walk: Morning) -> None:
    await walk.does("opens what is asked", ".queue a", picture="list")
    await walk.does(
        "reads what was passed on, and answers",
        "form[action*='/asked/'] .row button",
        ("says", "nothing_known"),
        form="form[action*='/asked/']",
        picture="asked",
    )
    await walk.does("has answered", None)


def the_monday_s(day: Day) -> Iterator[str]:
    """Both parts of the page, line by line."""
    officer, member = day.officer, day.member
    last = officer.stops[-1].at - EIGHT
    yield "## An officer's Monday morning"
    yield ""
    yield (
        "The week-end left three cases: [A], which a colleague decided on Saturday and a second person must confirm; "
        "[B], a mother who wrote on Saturday night and wants a call; [C], a question without a name. She is through "
        f"{int(last.total_seconds() // 60)} minutes after 8, telephone included, with {officer.taps} presses and "
        f"{officer.typed} words. The hours are those of the walk; how long somebody thinks is not known."
    )
    yield ""
    yield _pictures("officer", ("first", "case", "undo", "left", "others"), width=320)
    yield ""
    yield from _table(officer)
    spent = round(member.taps * A_TAP + member.typed * 60 / TYPED + member.read * 60 / READ)
    yield "## An authority member's two minutes"
    yield ""
    within = "within" if spent <= _TWO_MINUTES else "more than"
    yield (
        "The school's member of the unit finds in the mail of the morning that something waits, without a word of "
        f"what. On a phone, every word read: {member.taps} presses, {member.typed} words typed, {member.read} words "
        f"read, by the model above {spent // 60} min {spent % 60} s, {within} two minutes. Deciding what may be "
        "shared is not in it."
    )
    yield ""
    yield _pictures("member", ("list", "asked"), width=195)
    yield ""
    yield from _table(member)


def _table(walk: Morning) -> Iterator[str]:
    yield "| at | what stands there | what is done |"
    yield "|---|---|---|"
    for stop in walk.stops:
        at = f"{stop.at.astimezone(shipped().zone):%H.%M}".lstrip("0")
        yield f"| {at} | {'<br>'.join(stop.says)} | {stop.does} |"
    yield ""


def _pictures(name: str, shown: tuple[str, ...], *, width: int) -> str:
    return " ".join(
        f'<img src="pictures/journeys/{name}-{each}.png" width="{width}" alt="{name}, {each}">'
        for each in shown
    )
