"""What the shipped rules propose on a case's page."""

from __future__ import annotations

import pytest

from admin.parts import HOME
from tests.admin.house import Answer, Console
from tests.admin.test_case import DECISION
from triage.people.person import Role


@pytest.fixture
def engine() -> str:
    """What is asked of the store is shown on both engines in `tests/coordination/test_proposals.py`."""
    return "sqlite"


def card(page: Answer) -> str:
    """The words of the card."""
    start = page.text.index('id="proposals"')
    part = Answer(status=200, text=page.text[start : page.text.index("</section>", start)], headers={})
    return part.words


async def test_each_proposal_stands_with_its_rule_and_is_answered_by_itself(console: Console) -> None:
    browser = await console.come_in(Role.DUTY_OFFICER, name="Testperson Vagt")
    case = await console.report(municipality="0461")
    path = f"{HOME}/case/{case.code}"

    before = card(await browser.get(path))
    fields = {"rule": "elsewhere", "target": "outcome", "code": "forward_infohus", "taken": "yes"}
    done = await browser.act(case.code, "proposal", fields)
    after = await browser.get(done.location)

    assert "Beslut: Videre til andet infohus" in before
    assert "Reglen siger: Personen bor uden for København" in before
    assert "Testperson Vagt sagde ja" not in before
    assert "Testperson Vagt sagde ja" in card(after)
    # It is only a yes: nothing is chosen in the form in which it is done.
    assert 'value="forward_infohus" class="" checked' not in after.text
    assert "checked" not in after.text[after.text.index('id="decide"') :].partition("</form>")[0]


async def test_a_case_that_no_rule_fits_says_so_and_offers_what_a_person_may_pull(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()

    words = card(await browser.get(f"{HOME}/case/{case.code}"))
    fields = {"rule": "prison", "target": "authority", "code": "KF", "taken": "no"}
    await browser.act(case.code, "proposal", fields)
    pulled = card(await browser.get(f"{HOME}/case/{case.code}"))

    assert "Ingen regel passer på svarene." in words
    assert "Spørg Kriminalforsorgen" in words.partition("Regler, du selv kan bruge")[2]
    assert "Spørg Kriminalforsorgen" in pulled.partition("Regler, du selv kan bruge")[0]
    assert "sagde nej" in pulled


async def test_a_yes_leads_to_where_it_is_done_and_what_is_done_is_not_offered_again(
    console: Console,
) -> None:
    browser = await console.come_in(Role.DUTY_OFFICER, name="Testperson Vagt")
    case = await console.report(municipality="0461")
    path = f"{HOME}/case/{case.code}"
    fields = {"rule": "elsewhere", "target": "outcome", "code": "forward_infohus", "taken": "yes"}

    await browser.act(case.code, "proposal", fields)
    taken = await browser.get(path)
    await browser.act(case.code, "decide", {**DECISION, "outcome": "forward_infohus"})
    done = await browser.get(path)

    assert 'href="#decide">Beslut nu</a>' in taken.text
    assert "Det er gjort." not in card(taken)
    assert "Det er gjort." in card(done)
    assert 'value="forward_infohus"' not in done.text[done.text.index('id="proposals"') :]


async def test_a_proposal_that_cannot_be_followed_now_says_why(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()
    path = f"{HOME}/case/{case.code}"

    before = card(await browser.get(path))
    await browser.act(case.code, "decide", {**DECISION, "outcome": "to_unit", "to_unit": "yes"})
    after = card(await browser.get(path))

    assert "når det er besluttet, at sagen går til koordinationsenheden" in before
    assert "Ingen derfra kan logge ind endnu." in after


async def test_a_made_up_proposal_is_refused(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()

    fields = {"rule": "prison", "target": "authority", "code": "POL-DKS", "taken": "yes"}
    refused = await browser.act(case.code, "proposal", fields)

    assert refused.status == 409
    assert await console.store.read(lambda tx: tx.proposal_answers.of_case(case.id)) == []
