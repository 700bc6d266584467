"""Asking authorities on a case's page, and the page on which their members answer."""

from __future__ import annotations

import re

import pytest

from admin.parts import HOME
from tests.admin.house import Answer, Console
from tests.admin.unit import STORY, an_enquiry, for_the_unit
from triage.coordination.enquiry import EnquiryState
from triage.people.person import Role

ASKED = f"{HOME}/asked"


@pytest.fixture
def engine() -> str:
    """Pages stand above the store, whose rules are shown on both engines in `tests/coordination`."""
    return "sqlite"


def boxes(page: Answer) -> list[str]:
    """The answers that could be passed on, as the page offers them."""
    return re.findall(r'name="passed" value="([^"]+)"', page.text)


async def test_an_authority_is_asked_by_ticks_of_which_none_is_made_beforehand(console: Console) -> None:
    member = await console.someone(Role.UNIT_MEMBER, name="Testperson Ssp", authority="SSP")
    officer = await console.come_in(Role.DUTY_OFFICER, name="Testperson Vagt")
    assert officer.person is not None
    case = await for_the_unit(console, officer.person.id)
    path = f"{HOME}/case/{case.code}"

    page = await officer.get(path)
    form = page.text[page.text.index('action="' + path + "/ask") :]
    story = next(each for each in boxes(page) if each.endswith(":story"))
    empty = await officer.act(case.code, "ask")
    typed = {"authority": "SSP", "basis": "rpl115_ssp", "necessity": "I kender vennerne. 010101-1234"}
    without = await officer.act(case.code, "ask", typed)
    done = await officer.act(case.code, "ask", {**typed, "passed": [story]})
    after = await officer.get(path)

    assert "checked" not in form[: form.index("</form>")]
    assert not any(each.endswith((":reporter", ":reach")) for each in boxes(page))
    # Whose sibling somebody is tells who wrote; what they saw need not.
    said = dict(re.findall(r'value="[^"]*:(\w+)"[^>]*><span>(.*?)</label>', form, re.DOTALL))
    told = {question: "Det kan vise, hvem der skrev." in text for question, text in said.items()}
    assert (told["relation"], told["kind"], told["story"], told["signs"]) == (True, True, False, False)
    assert "Koordineringsenheden" in page.words
    assert "At spørge er i sig selv en videregivelse" in page.words
    assert "SSP København" in page.words
    assert "Kriminalforsorgen" not in form[: form.index("</form>")]
    assert empty.status == 422
    assert (without.status, "Sæt kryds ved mindst ét svar" in without.words) == (422, True)
    assert "I kender vennerne." in without.text
    assert done.location == f"{path}?said=ask&removed=1"
    assert "Intet svar endnu;" in after.words
    assert "010101-1234" not in after.text
    [enquiry] = await console.store.read(lambda tx: tx.enquiries.of_case(case.id))
    assert (enquiry.state, [each.question for each in enquiry.passed]) == (EnquiryState.WAITS, ["story"])

    theirs = await console.sign_in(member)
    start = await theirs.get(HOME)
    queue = await theirs.get(ASKED)
    one = await theirs.get(f"{ASKED}/{enquiry.id}")
    assert start.location == ASKED
    assert case.code in queue.words
    assert STORY in one.text
    assert "I kender vennerne." in one.words
    assert "indsenderens ord – ikke undersøgt" in one.words.casefold()
    assert "Det må ikke bruges til efterforskning." in one.words
    assert "Testperson Indsender" not in one.text
    for forbidden in (path, f"{HOME}/decided", f"{HOME}/duty", f"{HOME}/people"):
        assert (await theirs.get(forbidden)).status == 404


async def test_a_member_answers_and_the_secretariat_reads_it_on_the_case(console: Console) -> None:
    member = await console.someone(Role.UNIT_MEMBER, name="Testperson Ssp", authority="SSP")
    colleague = await console.someone(Role.UNIT_MEMBER, name="Testperson Kollega", authority="SSP")
    officer = await console.come_in(Role.DUTY_OFFICER)
    assert officer.person is not None
    case = await for_the_unit(console, officer.person.id)
    enquiry = await an_enquiry(console, case, officer.person.id)
    here = f"{ASKED}/{enquiry.id}"
    browser = await console.sign_in(member)

    empty = await browser.send(here, here)
    bare = await browser.send(here, here, {"says": "shared", "words": "Vi kender klubben."})
    asks = await browser.send(here, here, {"says": "why_asked", "words": "Hvorfor os?"})
    page = await officer.get(f"{HOME}/case/{case.code}")
    explained = await officer.send(
        f"{HOME}/case/{case.code}",
        f"{HOME}/case/{case.code}/ask-explain",
        {"enquiry": str(enquiry.id), "words": "Fordi I har klubben."},
    )
    handed = await browser.send(here, here, {"says": "handed_on", "to": str(colleague.id)})
    other = await console.sign_in(colleague)
    read = await other.get(here)
    shares = {"says": "shared", "basis": "rpl115_ssp", "words": "Vi kender klubben. 010101-1234"}
    fields = read.form(here)
    done, again = [await other.post(here, {**fields, **shares}) for _ in range(2)]
    late = await browser.post(here, {**(await browser.get(here)).form(f"{HOME}/sign-out"), **shares})
    after = await officer.get(f"{HOME}/case/{case.code}")

    assert (empty.status, bare.status) == (422, 422)
    assert "Vælg den regel, som det bygger på." in bare.words
    assert "Vi kender klubben." in bare.text
    assert asks.location == f"{ASKED}?said=answered"
    assert "Hvorfor bliver vi spurgt?" in page.words
    assert explained.status == 303
    assert handed.status == 303
    assert "Fordi I har klubben." in read.words
    assert done.location == f"{ASKED}?said=answered&removed=1"
    assert again.status == 303
    assert (late.status, "Dine ord er ikke sendt." in late.words or "Der er svaret." in late.words) == (
        409,
        True,
    )
    assert "Deler noget" in after.words
    assert "Vi kender klubben." in after.words
    assert "010101-1234" not in after.text
    entries = await console.store.read(lambda tx: tx.audit.of_object(case.id))
    assert not any("klubben" in str(entry) for entry in entries)


async def test_before_a_second_person_agrees_the_authority_finds_nothing(console: Console) -> None:
    member = await console.someone(Role.UNIT_MEMBER, name="Testperson Ssp", authority="SSP")
    officer = await console.come_in(Role.DUTY_OFFICER)
    assert officer.person is not None
    case = await for_the_unit(console, officer.person.id, anonymous=True)
    enquiry = await an_enquiry(console, case, officer.person.id)
    path = f"{HOME}/case/{case.code}"
    second = await console.come_in(Role.COORDINATOR)
    browser = await console.sign_in(member)

    alone = await officer.get(path)
    nothing = await browser.get(f"{ASKED}/{enquiry.id}")
    agreed = await second.act(case.code, "ask-agree", {"enquiry": str(enquiry.id)})
    now = await browser.get(f"{ASKED}/{enquiry.id}")

    assert enquiry.state is EnquiryState.AWAITS_SECOND_PERSON
    assert f'action="{path}/ask-agree"' not in alone.text
    assert (nothing.status, agreed.status, now.status) == (404, 303, 200)


async def test_a_member_of_the_unit_is_invited_with_their_authority(console: Console) -> None:
    admin = await console.come_in(Role.ADMINISTRATOR)
    invite = f"{HOME}/people/invite"
    who = {"name": "Testperson Ny", "email": "ny@example.org", "language": "da", "roles": ["unit_member"]}

    bare = await admin.send(invite, invite, who)
    odd = await admin.send(invite, invite, {**who, "authority": "NO-SUCH"})
    done = await admin.send(invite, invite, {**who, "authority": "KF"})

    assert (bare.status, odd.status, done.status) == (422, 422, 200)
    assert "Vælg den myndighed, som personen kommer fra." in bare.words
    people = await console.store.read(lambda tx: list(tx.people.all()))
    [new] = [each for each in people if each.email == "ny@example.org"]
    assert new.authority == "KF"
