"""Whatever is typed into whatever field, a page's own elements stay its own, and a clear answer comes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from handlers.dialog.clean import IdentityPattern
from storage.store import Store
from storage.transaction import Transaction
from tests.web.hostile import BAD_TEXTS, xss_corpus
from tests.web.house import listening, webchat_parts, webchat_with_design
from tests.web.visiting import Visitor, plainly, visiting
from triage.cases.records import Submission

CORPUS = xss_corpus()
MOST = 60


class Tree(HTMLParser):
    """The elements of a page with the names of their attributes, in order; what is told is left out."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))


def elements(html: str) -> list[tuple[str, tuple[str, ...]]]:
    return Tree(html).found


def packed(most: int) -> Iterator[str]:
    """The corpus in pieces of a field's size."""
    piece = ""
    for payload in CORPUS:
        if piece and len(piece) + len(payload) + 1 > most:
            yield piece
            piece = ""
        piece = f"{piece}\n{payload}" if piece else payload
    yield piece


def test_the_corpus_has_two_hundred_payloads() -> None:
    assert len(set(CORPUS)) >= 200


@pytest.mark.asvs("1.2.1")
async def test_no_words_become_elements_on_any_page_of_the_reporter(site: str) -> None:
    """Every payload in the long fields, one in each short one, on every page that shows them again."""
    long = [piece for most in (3_000, 1_000) for piece in packed(most)]
    short = itertools.cycle(payload for payload in CORPUS if len(payload) <= MOST)

    async def pages(words: dict[str, str]) -> list[str]:
        async with visiting(site) as visitor:
            await visitor.begin()
            await visitor.tell(words.__getitem__)
            await visitor.press("edit", "story")
            await visitor.press("act", "keep")
            await visitor.press("act", "send")
            await visitor.press("act", "open")
            await visitor.fill({"words": words["story"]})
            return visitor.seen

    names = ("home", "story", "strengths", "afraid_why", "interpreter_language", "call_us")
    parts = ("part.name", "part.where", "part.phone", "part.email")
    blank = {name: plainly(name) for name in (*names, *parts)}
    plain = [
        elements(page) for page in await pages({**blank, "home": "?!", "part.phone": "!", "part.email": "!"})
    ]
    for piece in long:
        fields = {name: next(short) for name in (*names, *parts)}
        fields |= {"story": piece[:3_000], "strengths": piece[:1_000], "afraid_why": piece[-1_000:]}
        assert [elements(page) for page in await pages(fields)] == plain


@pytest.mark.asvs("1.5.3")
async def test_bad_text_gets_a_clear_answer_and_the_talk_goes_on(site: str) -> None:
    async with visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(plainly, until="story")
        for bad in BAD_TEXTS:
            await visitor.post("/", _typed(visitor, "answer", bad), more=b"%FF%FE\xff\xed\xa0\x80")
            assert visitor.status in {200, 422}
            if visitor.question != "story":
                await visitor.press("edit", "story")
            assert visitor.question == "story"


@pytest.mark.parametrize("shift", range(4))
async def test_bad_text_in_every_field_stops_no_report(site: str, shift: int) -> None:
    texts = itertools.cycle([*BAD_TEXTS[shift * 6 :], *BAD_TEXTS[: shift * 6]])
    async with visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(lambda _: next(texts))
        await visitor.press("act", "send")
        await visitor.press("act", "open")
        for bad in BAD_TEXTS[shift * 6 : shift * 6 + 6]:
            await visitor.post("/kode", _typed(visitor, "words", bad))
            assert visitor.status in {200, 422}
        await visitor.get("/kode")
        assert visitor.status == 200


def _typed(visitor: Visitor, name: str, text: str) -> list[tuple[str, str]]:
    form = next(form for form in visitor.page.forms if name in form.texts)
    return [*form.hidden, (name, text)]


@pytest.mark.parametrize("number", ["010190-1234", "0101901234", "010190 1234", "０１０１９０－１２３４"])
async def test_an_identity_number_is_stored_from_no_field_and_the_writer_is_told(
    site: str, store: Store, number: str
) -> None:
    async with visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(lambda name: number if name != "story" else f"Testperson A {number} er stille")
        assert any("Vi har fjernet" in page or "CPR" in page for page in visitor.seen)
        await visitor.press("act", "send")
        await visitor.press("act", "open")
        await visitor.fill({"words": f"Jeg glemte {number}"})
    stored = repr(await store.read(_stored))
    for written in (number, "010190-1234", "0101901234"):
        assert written not in stored


async def test_only_the_kind_of_number_that_was_taken_out_is_named(store: Store) -> None:
    parts = webchat_parts(store)
    other = IdentityPattern(id="nobody_told", regex=re.compile(r"P\d{8}"), marker="[P]")
    patterns = {lang: (*found, other) for lang, found in parts.intake.patterns.items()}
    parts = replace(parts, intake=replace(parts.intake, patterns=patterns))
    said = "Jeg har slettet det, der lignede et CPR-nummer."
    async with listening(webchat_with_design(parts)) as site, visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(plainly, until="story")
        await visitor.fill({"answer": "Testperson A er 010190-1234"})
        told = (visitor.status, said in visitor.words, "nobody_told" in visitor.html)
        await visitor.tell(plainly)
        await visitor.press("act", "send")
        await visitor.press("act", "open")
        await visitor.fill({"words": "Jeg glemte 010190-1234"})
        told_later = (visitor.status, said in visitor.words, "nobody_told" in visitor.html)
    assert (told, told_later) == ((200, True, False), (200, True, False))


def _stored(tx: Transaction) -> list[object]:
    found: list[object] = []
    for case in tx.cases.queue(reader=None, limit=10):
        submissions: list[Submission] = list(tx.cases.submissions(case.id, identity=True))
        found += [(each.body, each.identity, each.clear) for each in submissions]
        found += [each.words for each in tx.messages.of_case(case.id)]
    return found
