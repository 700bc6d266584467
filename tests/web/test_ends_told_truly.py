"""What is said when something ends: only what holds of this report, this browser and this press."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from yarl import URL

from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_person
from tests.support.stores import SettableClock
from tests.web.house import webchat_parts
from tests.web.test_coming_back import _ticket, a_link, cases, reply, sent
from tests.web.test_own_copy import sent_at_work
from tests.web.test_the_way_back import _first_reply
from tests.web.visiting import Visitor, enter, plainly, visiting
from triage.cases.case import EventKind
from triage.ids import CaseId

SENT_STAYS = "Det, du har sendt, er stadig sendt."


async def post_twice(visitor: Visitor, path: str, fields: list[tuple[str, str]]) -> list[str]:
    """A double tap: the second is on its way before the first has taken the cookie back. What each answers."""
    before = {each.key: each.value for each in visitor.session.cookie_jar}
    said = []
    for _ in range(2):
        visitor.session.cookie_jar.update_cookies(before, URL(visitor.site))
        await visitor.post(path, fields)
        said.append(visitor.words)
    return said


async def test_whoever_sent_and_says_no_later_is_asked_to_close_the_page_and_not_to_delete(
    site: str, store: Store
) -> None:
    async with visiting(site) as visitor:
        code = await sent(visitor)
        await visitor.get("/", here=False)
        await visitor.press("act", "go_on_no")
        assert "Vil du lukke siden?" in visitor.words
        assert SENT_STAYS in visitor.words
        assert "Vil du slette" not in visitor.words
        await visitor.press("act", "leave")
        assert SENT_STAYS in visitor.words
        assert "Det er slettet" not in visitor.words
        assert visitor.has("language", "da")
        await enter(visitor, code)
        assert "Skriv til os" in visitor.words
        await visitor.get("/", here=False)
        await visitor.press("act", "go_on_no")
        assert "Vil du lukke siden?" in visitor.words
    assert len(await cases(store)) == 1


async def test_what_is_unsent_is_deleted_once_and_each_of_two_taps_says_so(site: str) -> None:
    async with visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(plainly, until="story")
        await visitor.get("/", here=False)
        await visitor.press("act", "go_on_no")
        assert "Vil du slette alt" in visitor.words
        fields = [*visitor.form_with("act", "forget").hidden, ("act", "forget")]
        for words in await post_twice(visitor, "/", fields):
            assert "Det er slettet" in words


async def test_nothing_is_said_to_be_deleted_when_it_was_sent_meanwhile(site: str) -> None:
    async with visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(plainly)
        await visitor.press("act", "go_on_no")
        fields = [*visitor.form_with("act", "forget").hidden, ("act", "forget")]
        await visitor.get()
        await visitor.press("act", "send")
        await visitor.post("/", fields)
        assert SENT_STAYS in visitor.words
        assert "Det er slettet" not in visitor.words


async def test_contact_that_did_not_end_because_the_time_was_up_is_not_said_to_have_ended(
    site: str, store: Store, clock: SettableClock
) -> None:
    async with visiting(site) as visitor:
        await sent(visitor)
        await visitor.press("act", "open")
        await visitor.press("act", "end")
        fields = [*visitor.form_with("act", "end_yes").hidden, ("act", "end_yes")]
        clock.advance(timedelta(minutes=61))
        await visitor.post("/kode", fields)
        assert "Siden er udløbet" in visitor.words
        assert "Kontakten er afsluttet" not in visitor.words
    assert await store.read(_ends, (await cases(store))[0]) == 0


async def test_contact_ends_once_and_each_of_two_taps_says_so(site: str, store: Store) -> None:
    async with visiting(site) as visitor:
        await sent(visitor)
        await visitor.press("act", "open")
        await visitor.press("act", "end")
        fields = [*visitor.form_with("act", "end_yes").hidden, ("act", "end_yes")]
        for words in await post_twice(visitor, "/kode", fields):
            assert "Kontakten er afsluttet" in words
    assert await store.read(_ends, (await cases(store))[0]) == 1


async def test_an_hour_on_the_page_of_a_chat_leads_back_to_the_chat_where_the_draft_is(
    site: str, store: Store, clock: SettableClock
) -> None:
    await store.write(a_link, webchat_parts(store))
    async with visiting(site) as visitor:
        await visitor.get("/s/one-time")
        await visitor.post("/s/one-time", _ticket(visitor))
        await visitor.press("answer", "no")
        clock.advance(timedelta(minutes=61))
        await visitor.get()
        assert "Siden er udløbet" in visitor.words
        assert "Gå tilbage til chatten." in visitor.words
        assert "kan ikke hentes frem" not in visitor.words


async def test_going_back_from_the_copy_opens_no_reply(site: str, store: Store) -> None:
    async with visiting(site) as visitor:
        await sent_at_work(visitor)
        [case_id] = await cases(store)
        await store.write(reply, case_id)
        await visitor.press("act", "copy")
        await visitor.press("act", "back")
        assert visitor.url.endswith("/kode")
        assert "Der er et svar til dig." in visitor.words
        assert "Må vi ringe?" not in visitor.html
    assert await store.read(lambda tx: [each.read_at for each in tx.messages.of_case(case_id)]) == [None]


async def test_when_it_is_read_is_told_as_of_now_and_not_as_of_the_sending(
    site: str, store: Store, clock: SettableClock
) -> None:
    clock.at = datetime(2026, 5, 4, 13, 40, tzinfo=UTC)
    await store.write(a_person, on_duty=True)
    async with visiting(site) as visitor:
        await sent(visitor)
        assert "Vi er på arbejde nu" in visitor.words
        clock.advance(timedelta(minutes=50))
        await visitor.get("/")
        await visitor.press("act", "go_on_yes")
        assert "Din besked er sendt den" in visitor.words
        assert "Vi er på arbejde nu" not in visitor.words


async def test_no_new_code_is_announced_where_none_was_made(site: str, store: Store) -> None:
    async with visiting(site) as visitor:
        await sent(visitor)
        await visitor.press("act", "open")
        await visitor.press("act", "replace")
        fields = [*visitor.form_with("act", "replace_yes").hidden, ("act", "replace_yes")]
        await store.write(_first_reply, (await cases(store))[0])
        for _ in range(2):
            await visitor.post("/kode", fields)
            assert "Vi har svaret dig, så koden kan ikke skiftes mere." in visitor.words
            assert "Her er din nye kode" not in visitor.words


async def test_words_for_another_question_are_shown_and_not_put_into_the_field_of_this_one(
    site: str,
) -> None:
    async with visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(plainly, until="story")
        form = next(form for form in visitor.page.forms if "answer" in form.texts)
        await visitor.fill({"answer": "Testperson A er stille"})
        while not any("answer" in each.texts for each in visitor.page.forms):
            await visitor._answer(visitor.question or "", plainly)
        await visitor.post("/", [*form.hidden, ("answer", "Han spiller fodbold")])
        assert "Han spiller fodbold" in visitor.words
        assert [each.texts["answer"].strip() for each in visitor.page.forms if "answer" in each.texts] == [""]


def _ends(tx: Transaction, case_id: CaseId) -> int:
    return [event.kind for event in tx.cases.timeline(case_id)].count(EventKind.CONTACT_ENDED)
