"""Conflicts of interest: whoever is kept out of a case finds no trace of it and is told nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import pytest

from admin.ladder_view import ladder_lines
from storage.store import Store
from storage.transaction import Transaction
from tests.cases.climbing import RULES, a_team, clock_of, local, only
from tests.support.builders import a_case, a_person, notices, waiting_notices
from tests.support.passing import Went, let_pass
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.cases.acute import Action, answer_alarm
from triage.cases.case import Case, EventKind
from triage.cases.conflict import keep_out, let_back_in
from triage.cases.decide import NextStep, decide
from triage.cases.handle import add_note, claim, close_case
from triage.cases.reading import CaseView, QueueView, read_alarm, read_case, read_queue
from triage.cases.words import Done
from triage.clocks.policy import Audience
from triage.ids import PersonId
from triage.notices.acknowledge import Acknowledgement, acknowledge
from triage.notices.life import Notices, read_notices
from triage.people.invite import disable
from triage.people.person import Person, Role
from triage.people.roles import Asked, change_roles
from triage.refusals import Reason, Refused

REASON = "Synthetic: they are neighbours."


async def kept_out(store: Store, case: Case, who: PersonId, *, by: PersonId | None = None) -> Case:
    done = await store.write(
        lambda tx: keep_out(tx, RULES, case_id=case.id, by=by or who, person_id=who, words=REASON)
    )
    assert isinstance(done, Done)
    return done.case


def queue_of(tx: Transaction, by: PersonId) -> QueueView:
    view = read_queue(tx, RULES, by=by)
    assert isinstance(view, QueueView)
    return view


def told_to(went: Collection[Went], person: PersonId) -> list[str]:
    return [each.notice for each in went if each.person_id == person]


async def test_the_case_does_not_exist_any_more_for_whoever_is_kept_out(store: Store) -> None:
    first, second = await store.write(a_person, on_duty=True), await store.write(a_person)
    case = await store.write(lambda tx: a_case(tx, acute=True))
    other = await store.write(a_case)
    [alarm] = await store.read(lambda tx: tx.alarms.of_case(case.id))

    await kept_out(store, case, first.id)

    mine, theirs = await store.write(queue_of, first.id), await store.write(queue_of, second.id)
    assert [row.case.id for row in mine.waiting] == [other.id]
    assert [row.case.id for row in theirs.waiting] == [case.id, other.id]
    assert ([each.id for each in mine.alarms], [each.id for each in theirs.alarms]) == ([], [alarm.id])
    assert await store.write(read_case, RULES, code=case.code, by=first.id) == Refused(Reason.NOT_FOUND)
    assert isinstance(await store.write(read_case, RULES, code=case.code, by=second.id), CaseView)
    assert await store.write(read_alarm, alarm_id=alarm.id, by=first.id) == Refused(Reason.NOT_FOUND)
    answered = await store.write(
        answer_alarm, RULES, alarm_id=alarm.id, by=first.id, action=Action.CALLED_POLICE
    )
    assert answered == Refused(Reason.NOT_FOUND)
    noted = await store.write(add_note, RULES, case_id=case.id, by=first.id, words="Synthetic.")
    assert noted == Refused(Reason.NOT_ALLOWED)
    heard = await store.read(read_notices, RULES.channels, by=first.id)
    assert isinstance(heard, Notices)
    assert case.code not in {life.case_code for life in heard.lives}


async def test_it_is_written_down_without_a_word_in_the_audit(store: Store) -> None:
    first, second = await store.write(a_person, on_duty=True), await store.write(a_person)
    case = await store.write(a_case)

    await kept_out(store, case, second.id, by=first.id)

    event = (await store.read(lambda tx: tx.cases.timeline(case.id)))[-1]
    assert (event.kind, event.by, event.words) == (EventKind.KEPT_OUT, first.id, REASON)
    entries = await store.read(lambda tx: tx.audit.of_object(case.id))
    [entry] = [each for each in entries if each.act is Act.CASE_KEPT_OUT]
    assert entry.facts["person"] == str(second.id)
    assert "neighbours" not in str(entry)


async def test_a_case_that_they_held_is_nobodys_and_the_officer_on_duty_is_told_at_once(
    store: Store, clock: SettableClock
) -> None:
    clock.at = local("4 09:00")
    officer = await store.write(a_person, on_duty=True)
    holder = await store.write(a_person, roles=[Role.COORDINATOR])
    case = await store.write(a_case)
    await store.write(claim, RULES, case_id=case.id, by=holder.id)
    await let_pass(store, clock, RULES, until=local("5 10:00"))

    after = await kept_out(store, case, holder.id)

    assert after.assignee is None
    rows = [row for row in await store.read(notices) if row.state == "pending"]
    assert {row.person_id for row in rows} == {officer.id}
    assert {row.notice for row in rows} == {"notice.nobody_holds", "notice.triage48.unclaimed"}
    clocks = await store.read(lambda tx: tx.clocks.of_case(case.id))
    assert not any(each.claimed for each in clocks if each.stopped_at is None)


async def test_nothing_of_it_is_told_to_them_ever_and_the_next_rung_stands_in(
    store: Store, clock: SettableClock
) -> None:
    clock.at = local("4 09:00")
    team = await store.write(a_team)
    officer, head = only(team, Role.DUTY_OFFICER), only(team, Role.HEAD)
    case = await store.write(a_case)
    before = [row for row in await store.read(notices) if row.person_id == officer]

    await kept_out(store, case, officer)
    went = await let_pass(store, clock, RULES, until=local("7 09:00"))

    # What waited for them was taken back before it went out.
    assert [row.state for row in before] == ["pending"]
    assert told_to(went, officer) == []
    assert "notice.triage48.unclaimed" in told_to(went, head)


@pytest.mark.parametrize("how", ["kept out", "shut out"])
async def test_what_waited_for_them_is_told_at_once_to_whoever_stands_in_their_place(
    store: Store, clock: SettableClock, *, how: str
) -> None:
    clock.at = local("4 20:00")
    team = await store.write(a_team)
    officer, head = only(team, Role.DUTY_OFFICER), only(team, Role.HEAD)
    other = await store.write(a_person, roles=[Role.ADMINISTRATOR])
    case = await store.write(a_case)
    await store.write(claim, RULES, case_id=case.id, by=officer)
    await let_pass(store, clock, RULES, until=local("6 06:00"))
    [before] = [row for row in await store.read(notices) if row.state == "pending"]

    if how == "kept out":
        await kept_out(store, case, officer)
    else:
        assert isinstance(await store.write(disable, RULES, by=other.id, person_id=officer), Person)

    # What the head now hears of the clock itself overtakes the warning that was meant for whoever held the case.
    waits = [(row.notice, row.person_id) for row in await store.read(notices) if row.state == "pending"]
    assert (before.notice, before.person_id) == ("notice.triage48.halfway", officer)
    assert set(waits) == {("notice.nobody_holds", head), ("notice.triage48.unclaimed", head)}
    clock_id = await store.read(clock_of, case, "triage48")
    ladder = await store.read(lambda tx: tx.ladders.find(clock_id))
    assert ladder is not None
    assert ladder.rung_of(head) is not None


async def test_that_a_case_came_is_told_to_the_head_when_the_officer_is_kept_out_before_they_heard(
    store: Store, clock: SettableClock
) -> None:
    clock.at = local("4 20:00")
    team = await store.write(a_team)
    officer, head = only(team, Role.DUTY_OFFICER), only(team, Role.HEAD)
    case = await store.write(a_case)
    assert await store.read(waiting_notices) == [("notice.case_received", officer, "mail")]

    await kept_out(store, case, officer)

    assert await store.read(waiting_notices) == [("notice.case_received", head, "mail")]


async def test_the_page_names_no_rung_as_next_on_which_nobody_but_they_stand(
    store: Store, clock: SettableClock
) -> None:
    clock.at = local("4 09:00")
    team = await store.write(a_team)
    case = await store.write(a_case)
    await kept_out(store, case, only(team, Role.HEAD), by=only(team, Role.HEAD))
    await let_pass(store, clock, RULES, until=local("5 10:00"))
    clocks = await store.read(lambda tx: tx.clocks.of_case(case.id))

    lines = await store.read(ladder_lines, RULES, clocks, by=only(team, Role.DUTY_OFFICER))

    line = lines[await store.read(clock_of, case, "triage48")]
    assert (line.rung, line.next) == (Audience.DUTY_OFFICER, Audience.CHAIR)


async def test_what_they_had_said_that_they_have_climbs_anew(store: Store, clock: SettableClock) -> None:
    clock.at = local("4 09:00")
    team = await store.write(a_team)
    officer = only(team, Role.DUTY_OFFICER)
    case = await store.write(a_case)
    await let_pass(store, clock, RULES, until=local("5 10:00"))
    clock_id = await store.read(clock_of, case, "triage48")
    done = await store.write(acknowledge, RULES, clock_id=clock_id, by=officer)
    assert isinstance(done, Acknowledgement)

    await kept_out(store, case, officer)

    ladder = await store.read(lambda tx: tx.ladders.find(clock_id))
    assert ladder is not None
    assert (ladder.acknowledged_by, officer in ladder.told_people) == (None, False)
    assert ladder.climbs_at is not None
    again = await store.write(acknowledge, RULES, clock_id=clock_id, by=officer)
    assert again == Refused(Reason.NOT_ALLOWED)
    went = await let_pass(store, clock, RULES, until=clock.at + timedelta(days=1))
    assert told_to(went, officer) == []
    assert "notice.not_acknowledged" in told_to(went, only(team, Role.HEAD))


@pytest.mark.parametrize("how", ["shut out", "other roles"])
async def test_the_open_cases_of_whoever_leaves_are_nobodys_and_the_closed_ones_keep_their_name(
    store: Store, clock: SettableClock, *, how: str
) -> None:
    clock.at = local("4 09:00")
    officer = await store.write(a_person, on_duty=True)
    administrator = await store.write(a_person, roles=[Role.ADMINISTRATOR])
    holder = await store.write(a_person, roles=[Role.COORDINATOR])
    open_one, closed, other = [await store.write(a_case) for _ in range(3)]
    for case, by in ((open_one, holder), (closed, holder), (other, officer)):
        await store.write(claim, RULES, case_id=case.id, by=by.id)
    await store.write(
        lambda tx: decide(
            tx,
            RULES,
            case_id=closed.id,
            by=holder.id,
            outcome="advice_only",
            reason="Synthetic.",
            local_action=False,
            to_unit=False,
        )
    )
    assert isinstance(await store.write(close_case, RULES, case_id=closed.id, by=holder.id), Done)

    gone: Person | Asked | Refused
    if how == "shut out":
        gone = await store.write(disable, RULES, by=administrator.id, person_id=holder.id)
    else:
        gone = await store.write(
            change_roles, RULES, by=administrator.id, person_id=holder.id, roles=[Role.ANALYST]
        )

    assert isinstance(gone, Person)
    after = await store.read(lambda tx: tx.cases.get_all([open_one.id, closed.id, other.id]))
    assert [after[each.id].assignee for each in (open_one, closed, other)] == [None, holder.id, officer.id]
    assert ("notice.nobody_holds", officer.id, "mail") in await store.read(waiting_notices)
    event = (await store.read(lambda tx: tx.cases.timeline(open_one.id)))[-1]
    assert (event.kind, event.by) == (EventKind.RELEASED, administrator.id)
    clocks = await store.read(lambda tx: tx.clocks.of_case(open_one.id))
    assert not any(each.claimed for each in clocks)


@pytest.mark.parametrize(
    ("role", "of_a_colleague", "lets_in"),
    [
        (Role.DUTY_OFFICER, None, Reason.NOT_ALLOWED),
        (Role.HEAD, None, None),
        (Role.COORDINATOR, Reason.NOT_ALLOWED, Reason.NOT_ALLOWED),
        (Role.DPO, Reason.NOT_ALLOWED, Reason.NOT_ALLOWED),
    ],
)
async def test_who_may_name_a_colleague_and_who_may_take_it_back(
    store: Store, *, role: Role, of_a_colleague: Reason | None, lets_in: Reason | None
) -> None:
    who, colleague = await store.write(a_person, roles=[role]), await store.write(a_person)
    await store.write(a_person)
    case = await store.write(a_case)

    def name(tx: Transaction, words: str = REASON) -> Done | Refused:
        return keep_out(tx, RULES, case_id=case.id, by=who.id, person_id=colleague.id, words=words)

    bare = await store.write(name, "")
    named = await store.write(name)
    if of_a_colleague is not None:
        await kept_out(store, case, colleague.id)
    twice = await store.write(name)
    back = await store.write(
        let_back_in, RULES, case_id=case.id, by=who.id, person_id=colleague.id, words=REASON
    )

    def reason(done: object) -> Reason | None:
        return done.reason if isinstance(done, Refused) else None

    assert reason(named) is of_a_colleague
    assert reason(bare) is (of_a_colleague or Reason.REASON_NEEDED)
    assert reason(twice) is (of_a_colleague or Reason.SOMEONE_ELSE_WAS_FIRST)
    assert reason(back) is lets_in
    reads = isinstance(await store.write(read_case, RULES, code=case.code, by=colleague.id), CaseView)
    assert reads is (lets_in is None)


async def test_somebody_who_may_read_the_case_is_always_left(store: Store) -> None:
    first, second = await store.write(a_person, on_duty=True), await store.write(a_person, roles=[Role.HEAD])
    await store.write(a_person, roles=[Role.CHAIR])
    case = await store.write(a_case)
    await kept_out(store, case, first.id)

    last = await store.write(keep_out, RULES, case_id=case.id, by=second.id, person_id=second.id)

    assert last == Refused(Reason.LAST_READER)
    assert (await store.read(lambda tx: tx.cases.get(case.id))).conflicts == {first.id}


async def test_no_next_step_is_given_to_whoever_is_kept_out(store: Store) -> None:
    officer, other = await store.write(a_person, on_duty=True), await store.write(a_person)
    case = await store.write(a_case)
    await kept_out(store, case, other.id, by=officer.id)

    def gives(tx: Transaction, owner: PersonId) -> Done | Refused:
        return decide(
            tx,
            RULES,
            case_id=case.id,
            by=officer.id,
            outcome="need_more",
            reason="Synthetic.",
            local_action=False,
            to_unit=False,
            next_step=NextStep(what="Synthetic.", owner=owner, due=tx.now + timedelta(days=1)),
        )

    assert await store.write(gives, other.id) == Refused(Reason.NEXT_STEP_NEEDED)
    assert isinstance(await store.write(gives, officer.id), Done)


async def test_nobody_lets_themself_back_in(store: Store) -> None:
    head, other = [await store.write(a_person, roles=[Role.HEAD]) for _ in range(2)]
    case = await store.write(a_case)
    await kept_out(store, case, head.id)

    async def lets(by: Person) -> object:
        return await store.write(
            let_back_in, RULES, case_id=case.id, by=by.id, person_id=head.id, words=REASON
        )

    assert await lets(head) == Refused(Reason.NOT_ALLOWED)
    assert isinstance(await lets(other), Done)
    assert await lets(other) == Refused(Reason.NOT_WAITING)


async def test_keeping_a_colleague_out_is_told_to_head_and_data_protection_officer(store: Store) -> None:
    officer, coordinator = await store.write(a_person, on_duty=True), await store.write(a_person)
    head = await store.write(a_person, roles=[Role.HEAD])
    dpo = await store.write(a_person, roles=[Role.DPO])
    case = await store.write(a_case)

    await kept_out(store, case, officer.id)
    of_oneself = [who for key, who, _ in await store.read(waiting_notices) if key == "notice.kept_out"]
    await kept_out(store, case, coordinator.id, by=head.id)
    of_a_colleague = {who for key, who, _ in await store.read(waiting_notices) if key == "notice.kept_out"}

    assert of_oneself == []
    assert of_a_colleague == {dpo.id}


async def test_nobody_keeps_out_the_last_who_could_let_somebody_back_in(store: Store) -> None:
    officer = await store.write(a_person, on_duty=True)
    first, second = [await store.write(a_person, roles=[Role.HEAD]) for _ in range(2)]
    case = await store.write(a_case)
    await kept_out(store, case, first.id, by=officer.id)

    def out(tx: Transaction, by: PersonId) -> Done | Refused:
        return keep_out(tx, RULES, case_id=case.id, by=by, person_id=second.id, words=REASON)

    assert await store.write(out, officer.id) == Refused(Reason.LAST_WHO_LETS_IN)
    # Of oneself it is always said.
    assert isinstance(await store.write(out, second.id), Done)
