"""A form that comes in twice, by a double tap or because the first answer got lost on the line."""

from __future__ import annotations

from storage.store import Store
from storage.transaction import Transaction
from tests.web.test_coming_back import cases, sent
from tests.web.test_the_way_back import close
from tests.web.visiting import Visitor, plainly, visiting
from triage.cases.words import LONGEST
from triage.ids import CaseId

STORY = "Testperson A er blevet meget stille"


async def test_words_that_a_closed_case_did_not_take_are_never_said_to_be_sent(
    site: str, store: Store
) -> None:
    async with visiting(site) as visitor:
        await sent(visitor)
        await visitor.press("act", "open")
        letter = [*_letter(visitor), ("words", "Det er sket igen.")]
        [case_id] = await cases(store)
        await store.write(close, case_id)
        for _ in range(2):
            await visitor.post("/kode", letter)
            assert "Det, du skrev nu, blev ikke sendt." in visitor.words
            assert "Det er sket igen." in visitor.words


async def test_words_that_are_too_long_are_handed_back_each_time(site: str, store: Store) -> None:
    async with visiting(site) as visitor:
        await sent(visitor)
        await visitor.press("act", "open")
        letter = [*_letter(visitor), ("words", "x" * (LONGEST + 1))]
        for _ in range(2):
            await visitor.post("/kode", letter)
            assert "Der var mere tekst" in visitor.words
            assert "x" * (LONGEST + 1) in visitor.html
    assert await store.read(_letters, (await cases(store))[0]) == []


async def test_words_that_were_sent_are_said_to_be_sent_even_if_the_case_closed_since(
    site: str, store: Store
) -> None:
    async with visiting(site) as visitor:
        await sent(visitor)
        await visitor.press("act", "open")
        letter = [*_letter(visitor), ("words", "Det er sket igen.")]
        [case_id] = await cases(store)
        await visitor.post("/kode", letter)
        await store.write(close, case_id)
        await visitor.post("/kode", letter)
        assert "Det er sendt." in visitor.words
        assert "blev ikke sendt" not in visitor.words
    assert await store.read(_letters, case_id) == ["Det er sket igen."]


async def test_an_answer_that_was_not_taken_comes_back_with_its_words_each_time(site: str) -> None:
    too_long = f"{STORY} " * 2_000
    async with visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(plainly, until="story")
        form = next(form for form in visitor.page.forms if "answer" in form.texts)
        for _ in range(2):
            await visitor.post("/", [*form.hidden, ("answer", too_long[:30_000])])
            assert visitor.status == 422
            assert visitor.question == "story"
            assert (
                STORY in next(each for each in visitor.page.forms if "answer" in each.texts).texts["answer"]
            )


async def test_an_answer_that_was_taken_is_taken_once_and_its_repeat_finds_the_next_question(
    site: str,
) -> None:
    async with visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(plainly, until="story")
        form = next(form for form in visitor.page.forms if "answer" in form.texts)
        for _ in range(2):
            await visitor.post("/", [*form.hidden, ("answer", STORY)])
            assert visitor.status == 200
            assert visitor.question != "story"
            assert "en gammel knap" not in visitor.words


async def test_words_for_a_report_that_was_sent_are_shown_at_every_repeat(site: str) -> None:
    async with visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(plainly, until="strengths")
        form = next(form for form in visitor.page.forms if "answer" in form.texts)
        await visitor.tell(plainly)
        await visitor.press("act", "send")
        for _ in range(2):
            await visitor.post("/", [*form.hidden, ("answer", "Han spiller fodbold")])
            assert visitor.status == 410
            assert "Han spiller fodbold" in visitor.words


def _letter(visitor: Visitor) -> list[tuple[str, str]]:
    return next(form.hidden for form in visitor.page.forms if "words" in form.texts)


def _letters(tx: Transaction, case_id: CaseId) -> list[str]:
    return [each.words for each in tx.messages.of_case(case_id)]
