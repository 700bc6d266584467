"""Whether a page fits: nothing cut, nothing over something else, nothing beside the screen, no word untranslated."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from babel import Locale
from babel.units import format_unit

from tests.looks.pseudo import OPEN, SHUT
from tests.support.browsing import LARGE_TEXT, PHONE, SMALL, View, narrowed

_TALL = 900
_WIDTHS = (PHONE, narrowed(SMALL, LARGE_TEXT))

MISFITS = """() => {
    const said = (node) => (node.textContent || "").trim().replace(/\\s+/g, " ").slice(0, 60);
    const seen = (element) => element.checkVisibility({visibilityProperty: true, opacityProperty: true});
    const unseen = (element) => element.closest(".unseen, svg, option, [hidden]");
    const moves = (element) => {
        for (let each = element; each; each = each.parentElement) {
            if (["fixed", "sticky"].includes(getComputedStyle(each).position)) return true;
        }
        return false;
    };
    const wrong = [];
    for (const element of document.body.querySelectorAll("*")) {
        if (!seen(element) || unseen(element)) continue;
        const style = getComputedStyle(element);
        if (style.display === "inline" || element.tagName === "TEXTAREA" || element.tagName === "INPUT") continue;
        const wide = element.scrollWidth > element.clientWidth + 1;
        const tall = element.scrollHeight > element.clientHeight + 1 && style.overflowY !== "visible";
        if (element.clientWidth && (wide || tall)) {
            wrong.push(`cut: ${element.tagName} ${element.className}: ${said(element)}`);
        }
    }
    const boxes = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const parent = node.parentElement;
        if (!node.data.trim() || !seen(parent) || unseen(parent) || parent.closest("script, textarea")) continue;
        const range = document.createRange();
        for (const number of node.data.matchAll(/[-−+]?\\d[\\d\u00a0 :.]{2,}\\d/g)) {
            const ends = [number.index, number.index + number[0].length - 1].map((at) => {
                range.setStart(node, at);
                range.setEnd(node, at + 1);
                return range.getBoundingClientRect();
            });
            const apart = Math.abs(ends[0].top - ends[1].top) > 3;
            if (!apart && ends[0].left > ends[1].left) wrong.push(`a number is turned: ${number[0]}`);
        }
        range.selectNodeContents(node);
        for (const box of range.getClientRects()) {
            if (box.width < 1) continue;
            if (box.left < -1 || box.right > innerWidth + 1) wrong.push(`beside the screen: ${said(node)}`);
            if (!moves(parent)) boxes.push([box, node]);
        }
    }
    boxes.sort((one, other) => one[0].top - other[0].top);
    boxes.forEach(([one, node], number) => {
        for (let next = number + 1; next < boxes.length && boxes[next][0].top < one.bottom; next++) {
            const [other, beside] = boxes[next];
            if (beside === node) continue;
            const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
            const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
            if (across > 2 && down > 0.5 * Math.min(one.height, other.height)) {
                wrong.push(`over each other: ${said(node)} | ${said(beside)}`);
            }
        }
    });
    return [...new Set(wrong)];
}"""

_BLOCKS = """() => {
    const inline = (element) => getComputedStyle(element).display.startsWith("inline") &&
        element.tagName !== "BUTTON" && !element.classList.contains("button");
    const outside = "script, style, bdi, time, textarea, code, .code, [hidden], main [lang], footer [lang]";
    const found = new Map();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const parent = node.parentElement;
        if (!node.data.trim() || parent.closest(outside)) continue;
        let block = parent;
        while (inline(block) && block !== document.body) block = block.parentElement;
        found.set(block, (found.get(block) || "") + node.data + " ");
    }
    const named = [...document.querySelectorAll("[aria-label], [title], [alt], [placeholder]")].flatMap((each) =>
        ["aria-label", "title", "alt", "placeholder"].map((name) => each.getAttribute(name)).filter(Boolean));
    // A title may be shortened, and says so; of the language buttons each is in its own language.
    const title = document.title.replace(/^.*… – /, "");
    return [title, ...found.values(), ...named].map((text) => text.replace(/\\s+/g, " ").trim());
}"""

_MADE_OF = """() => [...new Set([...document.body.querySelectorAll("*")].map((each) =>
    [each.tagName, each.className, each.type, ...each.getAttributeNames()].join(" ")))].sort().join("\\n")"""
"""Which kinds of elements stand on a page, without what they say."""

_DATA = re.compile(
    r"Testperson( \w+)?|[\w.+-]+@[\w.-]+|https?://\S+|\b[KH]-?[0-9A-Z]{4,}\b|[\u2068\u2069\u200e\u200f]"
)
"""What the pages show of people and of addresses, which no catalogue has."""


def words_of_time(lang: str) -> frozenset[str]:
    """The names of days, months and units, which come with the language and from no catalogue of ours."""
    locale = Locale.parse(lang)
    days = [name for forms in locale.days.values() for names in forms.values() for name in names.values()]
    months = [name for forms in locale.months.values() for names in forms.values() for name in names.values()]
    units = [
        format_unit(number, f"duration-{unit}", "long", locale=lang)
        for unit in ("minute", "hour", "day")
        for number in (0, 1, 2, 3, 11, 100)
    ]
    return frozenset(word for text in (*days, *months, *units) for word in re.findall(r"[^\W\d_]+", text))


def untranslated(text: str, known: frozenset[str]) -> str:
    """The words outside brackets that nobody knows, or the text itself where a bracket is lost."""
    depth, outside = 0, ""
    for letter in text:
        depth += (letter == OPEN) - (letter == SHUT)
        if depth < 0:
            return f"lost its beginning: {text}"
        outside += letter if depth == 0 and letter != SHUT else " "
    if depth:
        return f"lost its end: {text}"
    words = re.findall(r"[^\W\d_]{2,}", _DATA.sub(" ", outside))
    return " ".join(word for word in words if word not in known)


@dataclass(kw_only=True)
class Fitter:
    """Looks at pages in a made language and keeps what does not fit, and which addresses it has seen."""

    known: frozenset[str]
    direction: str
    seen: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    addresses: set[str] = field(default_factory=set)
    _asked: set[str] = field(default_factory=set)

    def follow(self, view: View) -> None:
        """Note every page that this browser is given."""
        view.page.on("response", self._note)

    def _note(self, response: Any) -> None:
        if response.status >= 500:
            self.wrong.append(f"a fault at {response.url.partition('?')[0]}: {response.status}")
        if response.request.is_navigation_request() and response.status == 200:
            self.addresses.add(response.url.partition("?")[0])

    async def look(self, view: View, name: str) -> None:
        """Look at the page as it stands, on two phones, and leave it as it was."""
        self.seen.append(name)
        page, before = view.page, view.page.viewport_size
        await page.evaluate(
            "document.querySelectorAll('main details').forEach((each) => { each.open = true; })"
        )
        self._note_wrong(
            name, [] if await page.locator("html").get_attribute("dir") == self.direction else ["turned"]
        )
        blocks = await page.evaluate(_BLOCKS)
        self._note_wrong(name, [found for text in blocks if (found := untranslated(text, self.known))])
        for width in _WIDTHS:
            await page.set_viewport_size({"width": width, "height": _TALL})
            self._note_wrong(f"{name}, {width} wide", await page.evaluate(MISFITS))
            if await view.scrolls_sideways():
                self._note_wrong(f"{name}, {width} wide", ["scrolls sideways"])
        if before is not None:
            await page.set_viewport_size(before)
        await self._ask_axe(view, name)
        self._note_wrong(name, view.complaints)
        view.complaints.clear()

    async def _ask_axe(self, view: View, name: str) -> None:
        # What axe finds lies in how a page is made: the next question of a talk is made as the last one was.
        made = await view.page.evaluate(_MADE_OF)
        if made not in self._asked:
            self._asked.add(made)
            self._note_wrong(name, await view.axe())

    def _note_wrong(self, where: str, found: list[str]) -> None:
        self.wrong += [f"{where}: {each}" for each in found]
