"""The shipped conversations: who is asked what, as the organisation decided it."""

from __future__ import annotations

import pytest

from bot.profile import load_profile
from handlers.dialog.draft import Draft
from handlers.dialog.flow import Choice, Text
from handlers.dialog.path import Path, path
from triage.profile import SensitiveMode

PROFILE = load_profile("koebenhavn")
FLOWS = PROFILE.flows
PLACES = PROFILE.places(PROFILE.default_hotline.id)
NO_PUBLIC_EMPLOYEE = {"housing", "association"}
SHORT_PATH = ("work", "age", "home", "seen", "you")


def at(kind: str, **answers: str | tuple[str, ...]) -> Path:
    """The questions that these answers lead to."""
    flow = FLOWS.by_id[kind]
    draft = Draft(
        flow_id=kind,
        flow_version=flow.version,
        fingerprint=FLOWS.fingerprint(flow),
        answers={"danger": "no", "kind": kind, **answers},
    )
    return path(flow, draft, places=PLACES)


def own(asked: Path) -> list[str]:
    """What is asked beyond the opening, in order."""
    opening = {question.id for _, question in FLOWS.start.questions()}
    return [each.question.id for each in asked.asked if each.question.id not in opening]


def works() -> list[str]:
    found = FLOWS.by_id["professional"].find_question("work")
    assert found is not None
    assert isinstance(found[1], Choice)
    return [code for code in found[1].codes if code != "other"]


@pytest.mark.parametrize("work", works())
def test_the_duty_and_the_need_of_a_name_follow_from_where_somebody_works(work: str) -> None:
    public = work not in NO_PUBLIC_EMPLOYEE
    for age, minor in (("under_15", True), ("15_17", True), ("unknown", True), ("25_39", False)):
        asked = at("professional", work=work, age=age)
        assert (asked.find("notified") is not None) == (public and minor)
        you = asked.find("you")
        assert you is not None
        assert you.skippable is not public
        assert (asked.find("next_step") is not None) == public
        assert (asked.find("next_step_open") is not None) != public


@pytest.mark.parametrize(("employed", "public"), [("yes", True), ("no", False), ("unknown", False)])
def test_whoever_works_elsewhere_is_asked_whether_it_is_public(employed: str, *, public: bool) -> None:
    asked = at("professional", work="other", public_employee=employed, age="under_15")
    assert (asked.find("notified") is not None) == public


def test_a_teacher_has_a_short_path_and_the_rest_is_one_offer() -> None:
    asked = at("professional", work="school", age="25_39", home="0101", next_step="call_me")
    assert own(asked) == [*SHORT_PATH, "next_step"]
    assert [offer.id for offer in asked.offers] == ["more"]


def test_going_on_asks_for_the_manager_first_and_always_for_what_goes_well() -> None:
    asked = at("professional", work="school", age="25_39", home="0101", next_step="go_on")
    ids = own(asked)
    assert ids[ids.index("next_step") + 1] == "manager"
    found = FLOWS.by_id["professional"].find_question("strengths")
    assert found is not None
    assert found[1].ask_when is None
    assert found[0].ask_when is None
    assert {"seen", "told_by_others", "own_thoughts", "strengths"} <= set(ids)


def test_children_ticked_later_raise_the_duty_unless_it_was_asked_before() -> None:
    later: dict[str, str | tuple[str, ...]] = {
        "work": "school",
        "home": "0101",
        "next_step": "go_on",
        "signs": ("children",),
    }
    assert at("professional", age="25_39", **later).find("notified_home") is not None
    assert at("professional", age="15_17", **later).find("notified_home") is None
    assert at("professional", age="25_39", **{**later, "work": "housing"}).find("notified_home") is None


def test_whoever_writes_about_themselves_reads_first_what_not_to_write() -> None:
    assert own(at("self"))[:3] == ["before_you_write", "own_danger", "reporter_under_18"]


@pytest.mark.parametrize(("anonymity", "asked"), [("may_reply", False), ("known", True)])
def test_whoever_wants_an_answer_without_giving_a_name_is_not_asked_for_one(
    anonymity: str, *, asked: bool
) -> None:
    contact = at("relative", anonymity=anonymity)
    assert contact.find("subject") is not None
    assert (contact.find("reporter") is not None) == asked


@pytest.mark.parametrize("flow", ["relative", "self"])
def test_when_it_is_safe_is_asked_of_those_who_named_a_way_to_be_reached(flow: str) -> None:
    assert at(flow, anonymity="known").find("reach_when") is None
    for how in ("here", "call", "text_message", "mail"):
        assert at(flow, anonymity="known", reach_how=(how,)).find("reach_when") is not None


@pytest.mark.parametrize("how", ["here", "call", "mail"])
def test_advice_asks_only_for_the_address_that_it_needs(how: str) -> None:
    asked = at("advice", answer_how=how)
    assert [name for name in ("call_at", "mail_to") if asked.find(name)] == (
        {"here": [], "call": ["call_at"], "mail": ["mail_to"]}[how]
    )


def test_what_is_told_at_work_never_goes_into_a_chat() -> None:
    rules = PROFILE.default_hotline.telegram
    assert rules.mode("professional") is SensitiveMode.HANDOVER
    told = [question for _, question in FLOWS.by_id["professional"].questions() if isinstance(question, Text)]
    assert [question.id for question in told if not question.sensitive] == ["interpreter_language"]


def test_every_kind_leads_to_a_conversation_of_the_hotline() -> None:
    following = FLOWS.start.next_flow
    assert following is not None
    assert set(following.by.values()) == set(PROFILE.default_hotline.flows)
    assert {flow.id for flow in FLOWS.all()} - {FLOWS.start.id} == set(PROFILE.default_hotline.flows)
