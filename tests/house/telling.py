"""A reporter at the pages who types a marker into every field there is, and what is refused as well."""

from __future__ import annotations

from tests.house.browser import Answer, Browser
from tests.house.markers import Markers
from tests.support.people.web import HtmlForm

PHONE = "59 41 73 28"
CHOSEN = {
    "danger": "no",
    "kind": "relative",
    "anonymity": "known",
    "relation": "child",
    "age": "15_17",
    "afraid": "yes",
    "interpreter": "yes",
}
TICKED = {"reach_how": ("call", "mail")}
_MOST = 80


def asked_by(form: HtmlForm) -> str:
    """The question that a form answers."""
    return dict(form.hidden).get("question", "")


async def begin(browser: Browser) -> Answer:
    """From the first page to the first question."""
    page = await browser.get("/")
    form = page.form("/", holding="language") if ("language", "da") in _buttons(page) else page.form("/")
    button = next(each for each in form.buttons if each in {("language", "da"), ("act", "begin")})
    page = await browser.follow(await browser.send(form, button))
    if ("act", "begin") in _buttons(page):
        page = await browser.follow(await browser.send(page.form("/", holding="begin"), ("act", "begin")))
    return page


async def tell(browser: Browser, markers: Markers) -> Answer:
    """From the first page to the review."""
    return await tell_on(browser, await begin(browser), markers)


async def tell_on(browser: Browser, page: Answer, markers: Markers, *, at: str = "/") -> Answer:
    """Answer whatever is asked from this page on, up to the review."""
    for _ in range(_MOST):
        if ("act", "send") in _buttons(page):
            return page
        page = await _answer(browser, page, markers, at)
    raise AssertionError(f"no review came: {page.words[:400]}")


def _buttons(page: Answer) -> set[tuple[str, str]]:
    return {button for form in page.page.forms for button in form.buttons}


async def _answer(browser: Browser, page: Answer, markers: Markers, at: str) -> Answer:
    form = next(
        form
        for form in page.page.forms
        if form.action == at
        and (asked_by(form) or any(name in {"button", "act"} for name, _ in form.buttons))
    )
    question = asked_by(form)
    parts = [name for name in form.texts if name.startswith("part.")]
    if parts:
        for wrong in (markers.say, lambda where: "x" * 4000 + markers.short(where)):
            refused = await browser.send(form, *((name, wrong(f"forkert {question}")) for name in parts))
            if refused.status == 303:
                return await browser.follow(refused)
        return await browser.follow(
            await browser.send(form, *((name, _contact(name, question, markers)) for name in parts))
        )
    if "answer" in form.texts:
        await browser.send(form, ("answer", "x" * 4000 + markers.short(f"for langt {question}")))
        typed = markers.say(question)
        if question == "home":
            await browser.send(form, ("answer", markers.short("intet sted")))
            typed = "Aarhus"
        elif question in {"interpreter_language", "call_us"}:
            typed = markers.short(question)
        return await browser.follow(await browser.send(form, ("answer", typed)))
    if form.ticks:
        ticked = [(form.tick_name, code) for code in TICKED.get(question, tuple(form.ticks)[:2])]
        form.ticks = dict.fromkeys(form.ticks, False)
        return await browser.follow(await browser.send(form, *ticked))
    buttons = [each for each in form.buttons if each[0] in {"answer", "button"} or each == ("act", "go_on")]
    wanted = ("answer", CHOSEN.get(question, ""))
    return await browser.follow(await browser.send(form, wanted if wanted in buttons else buttons[0]))


def _contact(name: str, question: str, markers: Markers) -> str:
    if "mail" in name:
        return markers.mail()
    return PHONE if "phone" in name else markers.short(f"{question} {name}")
