from __future__ import annotations

from datetime import timedelta
from html.parser import HTMLParser

import pytest

from admin.parts import HOME
from tests.admin.house import Console
from triage.cases.dialogue import write_from_reporter
from triage.people.person import Role

CORPUS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "</title><style>*{display:none}</style>",
    "{{ 7 * 7 }}{% raw %}",
    '" autofocus onfocus=alert(1) x="',
    "javascript:alert(1)",
    "\u202etxet desrever\u202c",
    "<!-- <base href=//example.org>",
)


class Tree(HTMLParser):
    """The elements of a page with their attributes' names."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))


def tree(text: str) -> list[tuple[str, tuple[str, ...]]]:
    parser = Tree()
    parser.feed(text)
    return parser.elements


@pytest.fixture
def engine() -> str:
    """Drawing is the same on both engines."""
    return "sqlite"


@pytest.mark.asvs("1.2.1")
async def test_words_of_people_never_become_a_part_of_the_page(console: Console) -> None:
    pages = []
    all_words = ("almindelige ord", *CORPUS)
    people = [await console.someone(Role.HEAD, Role.ADMINISTRATOR, name=words) for words in all_words]
    for words, person in zip(all_words, people, strict=True):
        head = await console.sign_in(person)
        case = await console.report(story=words, name=words)
        for act, fields in (
            ("note", {"words": words}),
            ("reply", {"words": words}),
            ("acute", {"words": words}),
        ):
            console.clock.advance(timedelta(seconds=1))
            assert (await head.act(case.code, act, fields)).status == 303
        console.clock.advance(timedelta(seconds=1))
        await console.store.write(write_from_reporter, console.parts.rules, case_id=case.id, words=words)
        refused = await head.act(case.code, "decide", {"reason": words, "outcome": words, "next_what": words})
        console.clock.advance(timedelta(seconds=1))
        opened = await head.act(case.code, "identity", {"words": words})
        me = await head.get(f"{HOME}/me")
        pages.append([tree(page.text) for page in (refused, opened, me)])
        assert words.strip("\u202e\u202c") in opened.words or "<" in words or "{" in words

    assert [page for page in pages if page != pages[0]] == []


async def test_texts_that_no_store_would_like_are_taken_or_refused_in_words(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()
    statuses = {
        words[:8]: (await browser.act(case.code, "note", {"words": words})).status
        for words in ("\x00\x00", "a\x00b", "👩‍👩‍👧" * 1000, "x" * 8001, " ", "\u202eabc")
    }

    assert set(statuses.values()) <= {303, 422}


async def test_a_form_that_is_too_large_is_refused_as_a_page(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()

    answer = await browser.act(case.code, "note", {"words": "x" * 70_000})

    assert answer.status == 413
