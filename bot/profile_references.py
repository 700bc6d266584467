"""Whether the parts of a profile fit each other: every code that one names must stand in the one it points to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bot.profile_files import ProfileError
from handlers.dialog.flow import Contact, Text
from triage.clocks.events import known_events
from triage.ids import ClockPolicyId
from triage.kinds import StopsClock
from triage.people.person import Role
from triage.profile import HELP, OrganisationProfile

if TYPE_CHECKING:
    from bot.profile import Profile


def check_references(profile: Profile) -> None:
    """Every code that one part names must stand in the part it points to."""
    of = profile.organisation
    numbers = {each.id for each in of.number}
    clocks = {str(each.id) for each in profile.clocks.clocks}
    outcomes = {each.code for each in of.outcome}
    authorities = {each.code for each in of.authority}
    codes = {each.municipality_code for each in profile.municipalities}
    for hotline in of.hotline:
        table = f"hotline {hotline.id}"
        _known("profile.toml", table, "number", (hotline.number,), numbers)
        _known("profile.toml", table, "own_municipalities", hotline.own_municipalities, codes)
        _known("profile.toml", table, "flows", hotline.flows, set(profile.flows.by_id))
        _known(
            "profile.toml", f"{table}.telegram", "sensitive", hotline.telegram.sensitive, set(hotline.flows)
        )
    _known("profile.toml", "card", "id", (HELP,), {each.id for each in of.card})
    for card in of.card:
        _known("profile.toml", f"card {card.id}", "numbers", card.numbers, numbers)
    for role in of.role:
        _known("profile.toml", f"role {role.code}", "code", (role.code,), {str(each) for each in Role})
    for step in of.ladder:
        _known("profile.toml", f"ladder {step.level}", "role", (step.role,), {each.code for each in of.role})
    for trigger in of.acute:
        _known("profile.toml", f"acute {trigger.id}", "clock", (trigger.clock,), clocks)
    for rule in profile.routing:
        table = f"rule {rule.id}"
        _known("routing.toml", table, "authorities", rule.authorities, authorities)
        _known("routing.toml", table, "clocks", rule.clocks, clocks)
        _known("routing.toml", table, "outcome", (rule.outcome,) if rule.outcome else (), outcomes)
    _check_kinds(profile, clocks)
    _check_receivers(profile, clocks)
    _check_events(profile)
    _check_person_search(profile)
    _check_demo(profile)
    fallback = profile.districts.fallback
    _known("districts.toml", "", "fallback", (fallback,) if fallback else (), numbers)
    if profile.districts.district:
        police = {each.police for each in profile.districts.district}
        named = (each.police_district for each in profile.municipalities)
        _known("municipalities.csv", "", "police_district", named, police)
    _known("places.toml", "also", "", profile.other_names.also, codes)
    triggers, cards = {each.id for each in of.acute}, {each.id for each in of.card}
    for flow in profile.flows.all():
        for _, question in flow.questions():
            table = f"questions {question.id}"
            _known(f"flows/{flow.id}.toml", table, "acute", getattr(question, "acute", {}).values(), triggers)
        _known(f"flows/{flow.id}.toml", "cards", "id", (card.id for card in flow.cards), cards)


def _check_events(profile: Profile) -> None:
    known = set(known_events(profile.organisation))
    for policy in profile.clocks.clocks:
        table = f"clock {policy.id} version {policy.version}"
        _known("clocks.toml", table, "starts_on", policy.starts_on, known)
        _known("clocks.toml", table, "stops_on", policy.stops_on, known)


def _check_person_search(profile: Profile) -> None:
    """What says who a worry is about: a person's own words, and never those that say who reports."""
    search = profile.organisation.person_search
    if not search.allowed:
        return
    known: set[str] = set()
    for flow in profile.flows.all():
        for _, question in flow.questions():
            if isinstance(question, Text) and not question.identity:
                known.add(question.id)
            if isinstance(question, Contact) and not question.identity:
                known |= {f"{question.id}.{part.id}" for part in question.parts}
    _known("profile.toml", "person_search", "names", search.names, known)
    _known("profile.toml", "person_search", "phones", search.phones, known)


def _check_demo(profile: Profile) -> None:
    hotlines = {each.id for each in profile.organisation.hotline}
    outcomes = {each.code for each in profile.organisation.outcome}
    unit = () if profile.demo.unit_member_of is None else (profile.demo.unit_member_of,)
    _known("demo.toml", "", "unit_member_of", unit, {each.code for each in profile.organisation.authority})
    for case in profile.demo.case:
        _known("demo.toml", f"case {case.id}", "hotline", (case.hotline,) if case.hotline else (), hotlines)
        decided = (act.outcome for act in case.act if act.outcome)
        _known("demo.toml", f"case {case.id}.act", "outcome", decided, outcomes)


def _check_kinds(profile: Profile, clocks: set[str]) -> None:
    of = profile.organisation
    kinds = {each.code for each in of.reporter_kind}
    for hotline in of.hotline:
        # What comes in by a flow is a contact of the kind with the flow's name.
        _known("profile.toml", f"hotline {hotline.id}", "flows", hotline.flows, kinds)
    _check_own_clocks(of, clocks)
    for answer in of.answer:
        _known("profile.toml", f"answer {answer.id}", "kinds", answer.kinds, kinds)
    for kind in of.reporter_kind:
        table = f"reporter_kind {kind.code}"
        _known("profile.toml", table, "clock", (kind.clock,), clocks)
        if profile.clocks.newest(ClockPolicyId(kind.clock)).off:
            what = f"{kind.clock} is switched off, so nobody would be promised anything"
            raise ProfileError(file="profile.toml", table=table, key="clock", what=what)
        if not profile.clocks.newest(ClockPolicyId(kind.clock)).limit_is_promise:
            what = f"{kind.clock} is no promise (limit_is_promise), so it could be paused"
            raise ProfileError(file="profile.toml", table=table, key="clock", what=what)
        if not any(each.is_for(kind.code) and each.stops_clock is StopsClock.YES for each in of.outcome):
            what = "no outcome that stops the clock is there for it"
            raise ProfileError(file="profile.toml", table=table, key="code", what=what)
    for outcome in of.outcome:
        _known("profile.toml", f"outcome {outcome.code}", "kinds", outcome.kinds, kinds)
    for rule in of.text_rule:
        _known("profile.toml", f"text_rule {rule.text}", "kinds", rule.kinds, kinds)


def _check_own_clocks(of: OrganisationProfile, clocks: set[str]) -> None:
    """The clocks that the profile itself names for a purpose."""
    if of.additions is not None:
        _known("profile.toml", "additions", "clock", (of.additions.clock,), clocks)
        if same := [kind.code for kind in of.reporter_kind if kind.clock == of.additions.clock]:
            what = (
                f"{of.additions.clock} is the clock of {', '.join(same)} as well; additions need one of their own, "
                "or what stops one of the two promises stops the other"
            )
            raise ProfileError(file="profile.toml", table="additions", key="clock", what=what)
    if of.coordination is not None:
        _known("profile.toml", "coordination", "clock", (of.coordination.clock,), clocks)


def _check_receivers(profile: Profile, clocks: set[str]) -> None:
    of = profile.organisation
    numbers, outcomes = {each.id for each in of.number}, {each.code for each in of.outcome}
    questions = {question.id for flow in profile.flows.all() for _, question in flow.questions()}
    for each in of.receiver:
        table = f"receiver {each.code}"
        _known("profile.toml", table, "outcome", (each.outcome,), outcomes)
        _known("profile.toml", table, "numbers", each.numbers, numbers)
        _known("profile.toml", table, "shows", each.shows, questions)
        _known("profile.toml", table, "leaves_out", each.leaves_out, questions)
        if each.clock is not None and each.result is not None:
            _known("profile.toml", table, "clock", (each.clock,), clocks)
            results = profile.clocks.newest(ClockPolicyId(each.clock)).results
            _known("profile.toml", table, "result", (each.result,), set(results))


def _known(file: str, table: str, key: str, named: Iterable[str], known: set[str]) -> None:
    for name in named:
        if name not in known:
            raise ProfileError(file=file, table=table, key=key, what=f"nothing is called {name}")
