"""The roster's page: who has the duty, gaps first, and what may be changed of it by whom."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from admin.parts import HOME
from tests.admin.duty import a_roster
from tests.admin.house import Answer, Console
from tests.support.builders import a_case
from triage.cases.open_work import LISTED
from triage.people.person import Role

DUTY = f"{HOME}/duty"
TUESDAY = {"date": "2026-05-05", "from": "8.00", "until": "16"}


def words(answer: Answer) -> str:
    return answer.words.replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def engine() -> str:
    """Pages stand above the store, whose rules are shown on both engines in `tests/people`."""
    return "sqlite"


async def test_gaps_stand_first_in_words_and_the_queue_says_so_to_the_head(console: Console) -> None:
    other = await console.someone(name="Testperson Vagt")
    head = await console.come_in(Role.HEAD, name="Testperson Leder")
    before = words(await head.get(DUTY))

    added = await head.send(DUTY, f"{DUTY}/shift", {"person": str(other.id), **TUESDAY})
    page = words(await head.get(DUTY))
    officer = await console.sign_in(other)

    assert "Der er ingen vagtplan." in before
    assert added.location == f"{DUTY}?said=shift_added"
    assert page.index("Her er ingen på vagt") < page.index("De næste seks uger")
    assert "Mandag d. 4. maj kl. 9–16: ingen på vagt." in page
    assert "Onsdag d. 6. maj kl. 8–16: ingen på vagt." in page
    assert "Tirsdag d. 5. maj 8–16 Testperson Vagt" in page
    assert "Næste: Testperson Vagt, tirsdag kl. 8." in page
    # Ten working days and an hour of the eleventh, but for Ascension Day and the covered one.
    assert "Huller i vagtplanen de næste to uger: 9. Det første er mandag kl. 9." in words(
        await head.get(HOME)
    )
    assert "Huller i vagtplanen" not in words(await officer.get(HOME))


async def test_an_overlap_names_whoever_has_the_duty_then_and_keeps_what_was_typed(console: Console) -> None:
    one, two = await console.someone(name="Testperson Et"), await console.someone(name="Testperson To")
    head = await console.come_in(Role.HEAD)
    await head.send(DUTY, f"{DUTY}/shift", {"person": str(one.id), **TUESDAY})

    refused = await head.send(DUTY, f"{DUTY}/shift", {"person": str(two.id), **TUESDAY, "from": "15"})
    missing = await head.send(DUTY, f"{DUTY}/shift", {"date": "i morgen", "from": "8", "until": "x"})
    night = await head.send(
        DUTY, f"{DUTY}/shift", {"person": str(two.id), "date": "5.5.2026", "from": "16:00", "until": "8"}
    )

    assert refused.status == 422
    assert "Testperson Et har vagten fra tirsdag kl. 8 til tirsdag kl. 16." in words(refused)
    assert 'value="15"' in refused.text
    assert missing.status == 422
    assert "Vælg, hvem det gælder." in words(missing)
    assert night.status == 303
    assert "Tirsdag d. 5. maj 8–16 Testperson Et 16–24 Testperson To" in words(await head.get(DUTY))


async def test_a_form_that_comes_in_twice_is_taken_once(console: Console) -> None:
    one = await console.someone(name="Testperson Et")
    head = await console.come_in(Role.HEAD)
    fields = {**(await head.get(DUTY)).form(f"{DUTY}/shift"), "person": str(one.id), **TUESDAY}

    answers = [await head.post(f"{DUTY}/shift", fields) for _ in range(2)]

    assert [each.location for each in answers] == [f"{DUTY}?said=shift_added"] * 2
    shifts = await console.store.read(lambda tx: tx.duty.roster(tx.now, tx.now + timedelta(days=9)).shifts)
    assert len(shifts) == 1


async def test_a_shift_is_moved_and_taken_off(console: Console) -> None:
    one, two = await console.someone(name="Testperson Et"), await console.someone(name="Testperson To")
    head = await console.come_in(Role.HEAD)
    await head.send(DUTY, f"{DUTY}/shift", {"person": str(one.id), **TUESDAY})
    here = re.search(rf"{DUTY}/shift/[0-9a-f-]{{36}}", (await head.get(DUTY)).text)
    assert here is not None

    wrong = await head.send(here[0], here[0], {"person": str(two.id), **TUESDAY, "until": "", "do": "move"})
    moved = await head.send(here[0], here[0], {"person": str(two.id), **TUESDAY, "until": "12", "do": "move"})
    page = words(await head.get(DUTY))
    removed = await head.send(here[0], here[0], {"do": "remove"})

    assert wrong.status == 422
    assert moved.location == f"{DUTY}?said=shift_moved"
    assert "Tirsdag d. 5. maj 8–12 Testperson To" in page
    assert removed.location == f"{DUTY}?said=shift_removed"
    assert (await head.get(here[0])).location == f"{DUTY}?said=roster_gone"
    assert (await head.get(f"{DUTY}/shift/nothing")).status == 404


async def test_a_pattern_goes_in_for_weeks_in_one_form(console: Console) -> None:
    one = await console.someone(name="Testperson Et")
    head = await console.come_in(Role.HEAD)
    form = {"date": "2026-05-04", "weeks": "7", **{f"day{day}": str(one.id) for day in range(5)}}

    empty = await head.send(DUTY, f"{DUTY}/pattern", {"date": "2026-05-04", "weeks": "x"})
    done = await head.send(DUTY, f"{DUTY}/pattern", form)
    again = await head.send(DUTY, f"{DUTY}/pattern", {**form, "weeks": "1"})

    assert empty.status == 422
    assert "Vælg en for mindst én dag." in words(empty)
    assert "Skriv et antal uger fra 1 til 26." in words(empty)
    assert done.location == f"{DUTY}?said=pattern_added"
    assert "De næste seks uger er alle timer dækket." in words(await head.get(DUTY))
    assert "Testperson Et har vagten fra mandag kl. 9" in words(again)


async def test_an_officer_enters_their_own_absence_and_deputy_and_nobody_else_s(console: Console) -> None:
    one = await console.someone(name="Testperson Et")
    two = await console.someone(name="Testperson To")
    head = await console.come_in(Role.HEAD)
    officer = await console.sign_in(one)
    await head.send(DUTY, f"{DUTY}/shift", {"person": str(one.id), **TUESDAY})
    page = await officer.get(DUTY)

    away = await officer.send(
        DUTY, f"{DUTY}/absence", {"date": "2026-05-05", "until_date": "2026-05-06", "person": str(two.id)}
    )
    gone = words(await officer.get(DUTY))
    given = await officer.send(DUTY, f"{DUTY}/deputies", {"deputy0": str(two.id)})
    shown = await officer.get(DUTY)
    ring = await head.send(DUTY, f"{DUTY}/deputies", {"person": str(two.id), "deputy0": str(one.id)})
    remove = re.search(rf"{DUTY}/absence/[0-9a-f-]{{36}}", shown.text)
    assert remove is not None
    taken_back = await officer.send(DUTY, remove[0])
    twice = await officer.post(remove[0], shown.form(remove[0]))

    assert f'action="{DUTY}/shift"' not in page.text
    assert (away.location, given.location) == (f"{DUTY}?said=absence_added", f"{DUTY}?said=deputies_set")
    assert "Testperson Et er fraværende fra tirsdag kl. 0 til torsdag kl. 0." in gone
    assert "Tirsdag d. 5. maj kl. 8–16: ingen på vagt. Testperson Et er fraværende." in gone
    assert "8–16 Testperson To for Testperson Et" in words(shown)
    assert ring.status == 422
    assert "Det går i ring" in words(ring)
    assert taken_back.location == f"{DUTY}?said=absence_removed"
    assert twice.location == f"{DUTY}?said=roster_gone"
    posted = await officer.post(f"{DUTY}/shift", {"person": str(one.id), **TUESDAY})
    assert posted.status == 404


async def test_an_absence_in_hours_and_one_that_is_wrong(console: Console) -> None:
    officer = await console.come_in(name="Testperson Et")

    hours = {"date": "2026-05-05", "from": "10", "until": "12.30"}
    done = await officer.send(DUTY, f"{DUTY}/absence", hours)
    wrong = await officer.send(DUTY, f"{DUTY}/absence", {"date": "2026-05-05", "from": "12", "until": "10"})
    none = await officer.send(DUTY, f"{DUTY}/absence", {"from": "2026"})

    assert done.status == 303
    assert "fra tirsdag kl. 10 til tirsdag kl. 12.30" in words(await officer.get(DUTY))
    assert "Slutningen skal ligge efter begyndelsen." in words(wrong)
    assert none.status == 422


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "1.1.2200", "31.2.2026"])
async def test_a_day_at_the_edge_of_all_time_is_no_date(console: Console, *, day: str) -> None:
    head = await console.come_in(Role.HEAD)
    one = await console.someone(name="Testperson Et")
    case = await console.report()
    at = {"date": day, "from": "23:59", "until": "23:00", "until_date": day}
    forms = {
        "shift": {"person": str(one.id), **at},
        "pattern": {"day0": str(one.id), "weeks": "2", **at},
        "absence": {"person": str(one.id), **at},
    }

    refused = [await head.send(DUTY, f"{DUTY}/{name}", fields) for name, fields in forms.items()]
    refused.append(await head.act(case.code, "clock-start", {"policy": "followup_6m", "date": day}))

    assert [answer.status for answer in refused] == [422] * 4
    assert all("Skriv en dato, fx 3.5.2026." in words(answer) for answer in refused[:3])


async def test_the_deputy_who_has_the_duty_is_said_to_be_one(console: Console) -> None:
    head, other = (
        await console.someone(Role.HEAD, Role.DUTY_OFFICER, name="Testperson Leder"),
        await console.someone(name="Testperson Vagt"),
    )
    await a_roster(console, head, other)
    by_hand = words(await (await console.sign_in(other)).get(DUTY))
    console.clock.advance(timedelta(days=7))
    browser = await console.sign_in(head)

    assert "Du har vagten. Den er taget uden om vagtplanen." in by_hand
    assert "Du har vagten. Som stedfortræder for Testperson Vagt." in words(await browser.get(DUTY))


async def test_a_handover_is_written_read_and_accepted(console: Console) -> None:
    late = await console.report(reach={"reach_how": ("call",), "reach_when": ("evening",)})
    acute = await console.report(acute=True)
    one = await console.come_in(name="Testperson Et", on_duty=True)
    two = await console.come_in(name="Testperson To")
    here = f"{HOME}/handover"
    console.clock.advance(timedelta(minutes=5))

    before = words(await one.get(here))
    assert two.person is not None
    long = await one.send(here, f"{here}/give", {"note": "x" * 9000})
    given = await one.send(here, f"{here}/give", {"to": str(two.person.id), "note": "Ring. 010101-1234"})
    queue = words(await two.get(HOME))
    page = await two.get(here)
    accepts = re.search(rf"{here}/[0-9a-f-]{{36}}", page.text)
    assert accepts is not None
    own = await one.get(here)
    taken, again = [await two.post(accepts[0], page.form(accepts[0])) for _ in range(2)]
    late_comer = await one.post(accepts[0], own.form(f"{here}/give"))

    assert "Akut og ikke besvaret" in before
    assert [code in before for code in (late.code, acute.code)] == [True, True]
    assert "Ingen venter på et opkald." not in before
    assert (long.status, "x" * 100 in long.text) == (422, True)
    assert given.location == f"{here}?said=handed_over_cleaned"
    assert "Et vagtskifte venter på at blive taget imod." in queue
    assert "Vagten går videre til dig Fra Testperson Et, mandag kl. 9.05." in words(page)
    assert "Ring." in words(page)
    assert "010101-1234" not in page.text
    assert accepts[0] not in own.text
    assert (taken.location, again.location) == (f"{HOME}?said=handover_accepted",) * 2
    assert late_comer.location == f"{here}?said=handover_gone"
    assert "Du har taget over og har vagten. Du har vagten." in words(await two.get(taken.location))
    assert "Den forrige note" in words(await two.get(here))


async def test_whoever_comes_too_late_is_told_so_however_often_they_press(console: Console) -> None:
    one = await console.come_in(name="Testperson Et", on_duty=True)
    two, three = await console.come_in(name="Testperson To"), await console.come_in(name="Testperson Fire")
    here = f"{HOME}/handover"

    async def offered() -> str:
        await one.send(here, f"{here}/give", {"note": "Ring."})
        found = re.search(rf"{here}/[0-9a-f-]{{36}}", (await three.get(here)).text)
        assert found is not None
        return found[0]

    old = await offered()
    fields = (await three.get(here)).form(old)
    new = await offered()
    overtaken = [(await three.post(old, fields)).location for _ in range(2)]
    fields = (await three.get(here)).form(new)
    await two.post(new, (await two.get(here)).form(new))
    late = [(await three.post(new, fields)).location for _ in range(2)]

    assert overtaken == [f"{here}?said=handover_overtaken"] * 2
    assert late == [f"{here}?said=handover_gone"] * 2
    assert "Der er kommet et nyere vagtskifte i stedet." in words(await three.get(overtaken[0]))


async def test_a_note_that_comes_once_the_duty_is_gone_stands_there_to_be_copied(console: Console) -> None:
    one = await console.come_in(name="Testperson Et", on_duty=True)
    two = await console.come_in(name="Testperson To")
    here = f"{HOME}/handover"
    fields = (await one.get(here)).form(f"{here}/give")
    await two.send(HOME, f"{HOME}/duty/take", {})

    refused = await one.post(f"{here}/give", {**fields, "to": "", "note": "Ring til skolen."})

    assert refused.status == 422
    assert "Ring til skolen." in refused.text
    assert "Du har ikke vagten længere" in words(refused)
    assert "Testperson To har vagten." in words(refused)


async def test_a_call_that_is_wanted_stands_in_the_handover_however_much_waits(console: Console) -> None:
    old = await console.report(reach={"reach_how": ("call",), "reach_when": ("evening",)})
    await console.store.write(lambda tx: [a_case(tx, acute=True) for _ in range(LISTED + 1)])
    officer = await console.come_in(name="Testperson Et", on_duty=True)

    page = await officer.get(f"{HOME}/handover")

    assert str(old.code) in page.text
    assert "Der er flere." in page.words


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.CHAIR])
async def test_a_note_is_for_officers_and_the_head(console: Console, role: Role) -> None:
    browser = await console.come_in(role)

    assert (await browser.get(f"{HOME}/handover")).status == 404
