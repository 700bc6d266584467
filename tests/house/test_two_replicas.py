"""Two equal processes on one PostgreSQL: what was used, ended or sent on one is used, ended and sent on the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.keyring import Keyring
from storage.transaction import Transaction
from tests.house.browser import Browser, filled
from tests.house.markers import Markers
from tests.house.staff import HOME, Worker, first_administrator
from tests.house.telling import begin, tell, tell_on
from tests.house.whole import CODE_LIVES, PASSWORD, House, a_house, code_at
from tests.support.stores import SettableClock
from triage.people.person import Role


@pytest.fixture
def engine() -> str:
    """Replicas are PostgreSQL's; SQLite refuses a second process."""
    return "postgresql"


@pytest.fixture
async def other(
    house: House, database_url: str, tmp_path: Path, clock: SettableClock, keyring: Keyring
) -> AsyncIterator[House]:
    """A second process of the same bot on the same database."""
    async with a_house(
        database_url, tmp_path / "other", clock=clock, keyring=keyring, api=house.api, trail=house.trail
    ) as opened:
        yield opened


async def moved(browser: Browser, house: House) -> Browser:
    """The same browser, sent to the other replica by the proxy."""
    same = await house.browser()
    same.cookies = browser.cookies
    return same


@pytest.mark.asvs("7.4.1")
async def test_whoever_signs_out_on_one_is_out_on_the_other(house: House, other: House) -> None:
    here = await house.come_in(await house.someone(Role.DUTY_OFFICER))
    there = await other.browser()
    there.cookies = dict(here.cookies)
    assert (await there.get(HOME)).status == 200
    form = (await here.get(f"{HOME}/me")).form(f"{HOME}/sign-out")

    assert (await here.send(form)).status == 303

    assert (await there.get(HOME)).status == 303
    assert (await there.send(form)).status == 401


@pytest.mark.asvs("6.5.1")
async def test_a_code_of_the_app_counts_once_on_both_together(house: House, other: House) -> None:
    person = await house.someone(Role.DUTY_OFFICER)
    halves = []
    for replica in (house, other):
        browser = await replica.browser()
        path = f"{HOME}/sign-in"
        await browser.fill(path, path, ("email", person.email), ("password", PASSWORD))
        halves.append((browser, (await browser.get(f"{path}/code")).form(f"{path}/code")))
    code = code_at(person.totp_secret or "", house.clock.advance(CODE_LIVES))

    answers = await asyncio.gather(*(browser.send(form, ("code", code)) for browser, form in halves))
    again = await halves[1][0].fill(f"{HOME}/sign-in/code", f"{HOME}/sign-in/code", ("code", code))

    statuses = sorted(answer.status for answer in answers)
    assert statuses == [303, 422]
    # Whoever lost the race is still outside and refused; whoever won has no half session any more.
    assert again.status == 422 or (await halves[1][0].get(HOME)).status == 200


@pytest.mark.asvs("6.4.1")
async def test_an_invitation_used_on_both_at_once_lets_one_in(house: House, other: House) -> None:
    administrator = await first_administrator(house)
    path = await administrator.invite(name="Testperson B", email="b@example.org", role="head")
    workers = [
        Worker(house=replica, browser=await replica.browser(), email="b@example.org", password=password)
        for replica, password in ((house, "syv våde støvler i gangen"), (other, "ni grå gæs bag laden"))
    ]

    answers = await asyncio.gather(*(worker.join(path) for worker in workers))

    assert sorted(answer.status for answer in answers) == [303, 410]
    winner, loser = sorted(workers, key=lambda worker: answers[workers.index(worker)].status)
    assert (await winner.sign_in()).status == 303
    sign_in = f"{HOME}/sign-in"
    refused = await loser.browser.fill(sign_in, sign_in, ("email", loser.email), ("password", loser.password))
    assert refused.status == 422


async def test_a_form_posted_to_both_at_once_has_one_effect(house: House, other: House) -> None:
    here = await house.browser()
    first = await here.get("/")
    there = await moved(here, other)
    form = next(form for form in first.page.forms if ("language", "da") in form.buttons)
    # The very first input opens one conversation, not two.
    await asyncio.gather(*(browser.send(form, ("language", "da")) for browser in (here, there)))
    review = await tell_on(here, await here.get("/"), Markers())
    send = review.form("/", holding="send")

    sent = await asyncio.gather(*(each.send(send, ("act", "send")) for each in (here, there, here, there)))

    assert {answer.status for answer in sent} == {303}
    cases = await house.store.read(lambda tx: list(tx.cases.queue(reader=None, limit=9)))
    assert len(cases) == 1
    assert await house.store.read(lambda tx: len(tx.cases.submissions(cases[0].id, identity=False))) == 1

    person = await house.someone(Role.DUTY_OFFICER)
    desk = await house.come_in(person)
    far = await moved(desk, other)
    case = f"{HOME}/case/{cases[0].code}"
    for act, typed in (("note", "En note."), ("reply", "Et svar.")):
        fields = filled((await desk.get(case)).form(f"{case}/{act}"), ("words", typed))
        posted = await asyncio.gather(
            *(each.post(f"{case}/{act}", fields) for each in (desk, far, desk, far))
        )
        assert {answer.status for answer in posted} == {303}

    def written(tx: Transaction) -> list[str]:
        notes = [event.words or "" for event in tx.cases.timeline(cases[0].id)]
        return [*notes, *(reply.words for reply in tx.messages.held_of_case(cases[0].id))]

    words = await house.store.read(written)
    assert (words.count("En note."), words.count("Et svar.")) == (1, 1)


async def test_two_who_decide_at_once_on_two_replicas_do_not_both_decide(house: House, other: House) -> None:
    browser = await house.browser()
    review = await tell(browser, Markers())
    await browser.send(review.form("/", holding="send"), ("act", "send"))
    found = await house.store.read(lambda tx: tx.cases.queue(reader=None, limit=1)[0])
    case = f"{HOME}/case/{found.code}"
    desks = [await each.come_in(await house.someone(Role.DUTY_OFFICER)) for each in (house, other)]
    answer = await desks[0].fill(case, f"{case}/answer", ("action", "called_reporter"), ("words", "Ringet."))
    decision = [("outcome", "advice_only"), ("reason", "Talt."), ("local_action", "no"), ("to_unit", "no")]
    fields = [filled((await desk.get(case)).form(f"{case}/decide"), *decision) for desk in desks]

    answers = await asyncio.gather(
        *(desk.post(f"{case}/decide", each) for desk, each in zip(desks, fields, strict=True))
    )

    assert sorted(each.status for each in answers) == [303, 409], (answer.status, answers[0].words)
    assert "Talt." in next(each.text for each in answers if each.status == 409)


async def test_a_conversation_goes_on_wherever_the_proxy_sends_it(house: House, other: House) -> None:
    here = await house.browser()
    page = await begin(here)
    there = await moved(here, other)
    form = page.form("/", holding="no")

    answers = await asyncio.gather(here.send(form, ("answer", "no")), there.send(form, ("answer", "no")))
    page = await there.follow(answers[1])

    assert {answer.status for answer in answers} == {303}
    assert "Hvad drejer det sig om" in page.words
