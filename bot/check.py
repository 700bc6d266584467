"""Everything that can be known to be wrong with an organisation's data before a person meets it."""

from __future__ import annotations

import datetime as dtm
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.check_clocks import simulate_clocks
from bot.check_patterns import check_patterns
from bot.check_plain import check_plain
from bot.check_texts import (
    code_keys,
    missing_from,
    required_keys,
    unequal_placeholders,
    unfilled_placeholders,
)
from bot.profile import Profile
from handlers.dialog.checks import Finding as FlowFinding
from handlers.dialog.checks import Severity as FlowSeverity
from handlers.dialog.checks import check_flows
from handlers.dialog.flow import ABROAD, Closed, PlaceQuestion
from handlers.dialog.places import ELSEWHERE, OWN_AREA
from triage.clocks.calendar import Calendar

CHECKED_WITHIN = dtm.timedelta(days=365)
"""Somebody makes sure of a telephone number at least this often."""
_CONFIRM = "confirm it with whoever answers it, without a trial call, and note the day"


class Severity(StrEnum):
    """How bad: an error keeps a profile from being used, a warning from being finished."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that was found: where, and what."""

    severity: Severity
    where: str
    what: str


def check_profile(
    profile: Profile, *, today: dtm.date, payload: Callable[[int, str], str]
) -> tuple[Finding, ...]:
    """All findings about a loaded profile, errors first.

    `today` is what "last checked" is held against, and the clocks are run over the year after it. `payload`
    writes a revision and a code into a button as the channel with the tightest limit does.
    """
    return _sorted([*check_data(profile, today=today, payload=payload), *_clocks(profile, today)])


def check_data(
    profile: Profile, *, today: dtm.date, payload: Callable[[int, str], str]
) -> tuple[Finding, ...]:
    """As `check_profile`, without running the clocks, which takes seconds."""
    return _sorted(
        [
            *_flows(profile, payload),
            *_texts(profile),
            *_plain(profile),
            *_patterns(profile),
            *_numbers(profile, today),
            *_names(profile),
            *_routes(profile),
            *_safe_hours(profile),
            *_calls(profile),
            *_notice_choices(profile),
            *_rights(profile),
            *_telephone(profile),
            *_forwarding(profile),
            *_places(profile),
            *_signature(profile),
        ]
    )


def _sorted(found: Iterable[Finding]) -> tuple[Finding, ...]:
    order = list(Severity)
    return tuple(
        sorted(dict.fromkeys(found), key=lambda each: (order.index(each.severity), each.where, each.what))
    )


def _error(where: str, what: str) -> Finding:
    return Finding(Severity.ERROR, where, what)


def _warning(where: str, what: str) -> Finding:
    return Finding(Severity.WARNING, where, what)


def _info(where: str, what: str) -> Finding:
    return Finding(Severity.INFO, where, what)


def _flows(profile: Profile, payload: Callable[[int, str], str]) -> Iterator[Finding]:
    # Texts are looked for in every language by `_texts`, which names the language.
    for hotline in profile.organisation.hotline:
        found: Iterable[FlowFinding] = check_flows(
            profile.flows, places=profile.places(hotline.id), has_text=lambda _key: True, payload=payload
        )
        for each in found:
            severity = Severity.ERROR if each.severity is FlowSeverity.ERROR else Severity.WARNING
            yield Finding(severity, f"flow {each.where}", each.what)


def _texts(profile: Profile) -> Iterator[Finding]:
    texts = profile.base_texts.texts
    languages = profile.organisation.organisation.languages
    required = required_keys(profile)
    named = code_keys()
    for lang in languages:
        for key in missing_from(texts[lang], required | named.whole):
            yield _error(f"text {key}", f"is missing in {lang}")
    everywhere = {key for lang in languages for key in texts[lang]}
    for lang in languages:
        for key in missing_from(texts[lang], everywhere - required - named.whole):
            yield _error(f"text {key}", f"is missing in {lang}")
    for key, lang in unequal_placeholders(texts, languages):
        yield _error(f"text {key}", f"has other placeholders in {lang} than in {languages[0]}")
    for key, what in unfilled_placeholders(profile):
        yield _error(f"text {key}", what)
    for key in sorted(everywhere - required):
        if not named.uses(key):
            yield _warning(f"text {key}", "is used nowhere")


def _plain(profile: Profile) -> Iterator[Finding]:
    for each in check_plain(profile):
        yield (_warning if each.too_hard else _info)(each.where, each.what)


def _clocks(profile: Profile, today: dtm.date) -> Iterator[Finding]:
    run_before: list[Calendar] = []
    for hotline in profile.organisation.hotline:
        calendar = profile.calendar(hotline.id)
        if calendar in run_before:
            continue  # hotlines of one desk have one calendar, and a year of it takes seconds
        run_before.append(calendar)
        for policy in profile.clocks.clocks:
            run = simulate_clocks(policy, calendar, year=today.year + 1)
            where = f"clock {policy.id} version {policy.version}, hotline {hotline.id}"
            yield _info(
                where, f"simulated from {run.starts} instants of {today.year + 1}: {run.firings} milestones"
            )
            for fault in run.faults:
                yield _error(where, fault)


def _patterns(profile: Profile) -> Iterator[Finding]:
    for where, what in check_patterns(profile):
        yield _error(where, what)


def _numbers(profile: Profile, today: dtm.date) -> Iterator[Finding]:
    for each in profile.organisation.number:
        where = f"profile.toml [number {each.id}], last_checked"
        if each.last_checked is not None and each.last_checked > today:
            yield _error(where, f"{each.last_checked} has not come yet")
        elif each.emergency:
            continue  # nobody calls it to try it: a trial takes the place of somebody in need
        elif each.last_checked is None:
            yield _warning(where, f"nobody has noted that {each.number} is right; {_CONFIRM}")
        elif today - each.last_checked > CHECKED_WITHIN:
            yield _warning(where, f"{each.number} was last checked on {each.last_checked}; {_CONFIRM}")


def _names(profile: Profile) -> Iterator[Finding]:
    for what, names in (("bot", profile.organisation.names.bot), ("page", profile.organisation.names.page)):
        for lang in profile.organisation.organisation.languages:
            where = f"profile.toml [names], {what}"
            if lang not in names:
                yield _error(where, f"is missing in {lang}")
                continue
            for word in telling_words_in(names[lang], profile.organisation.telling_words):
                yield _error(where, f'"{names[lang]}" tells a bystander: it contains "{word}"')
    for hotline in profile.organisation.hotline:
        where = f"profile.toml [hotline {hotline.id}]"
        for word in telling_words_in(hotline.word, profile.organisation.telling_words):
            yield _error(f"{where}, word", f'"{hotline.word}" tells a bystander: it contains "{word}"')
        if hotline.staffed != profile.default_hotline.staffed:
            yield _warning(where, "has other staffed hours than the first, by which staff are told")


def telling_words_in(name: str, words: Iterable[str]) -> tuple[str, ...]:
    """The telling words that a name contains, also inside longer words."""
    folded = name.casefold()
    return tuple(word for word in words if word.casefold() in folded)


def _routes(profile: Profile) -> Iterator[Finding]:
    known = _clear_codes(profile)
    for rule in profile.routing:
        yield from _reachable(f"routing.toml [rule {rule.id}], when", rule.when, known)
    for policy in profile.clocks.clocks:
        where = f"clocks.toml [clock {policy.id} version {policy.version}], starts_if"
        yield from _reachable(where, policy.starts_if, known)


def _reachable(
    table: str, when: Mapping[str, tuple[str, ...]], known: dict[str, set[str]]
) -> Iterator[Finding]:
    for question, codes in when.items():
        where = f"{table}.{question}"
        if question not in known:
            yield _error(where, "is not an answer stored in clear, so the rule can never apply")
            continue
        for code in codes:
            if code not in known[question]:
                yield _error(where, f"{code} is never an answer, so the rule cannot be reached by it")


def _clear_codes(profile: Profile) -> dict[str, set[str]]:
    known: dict[str, set[str]] = {"acute": {each.id for each in profile.organisation.acute}}
    for flow in profile.flows.all():
        for _, question in flow.questions():
            if not question.clear:
                continue
            codes = known.setdefault(question.id, set())
            if isinstance(question, Closed):
                codes.update(question.codes)
            elif isinstance(question, PlaceQuestion):
                codes.update({f"@{OWN_AREA}", f"@{ELSEWHERE}"})
                codes.update(each.municipality_code for each in profile.municipalities)
                codes.update({"unknown"} if question.dont_know else ())
                codes.update({ABROAD} if question.abroad else ())
    return known


def _safe_hours(profile: Profile) -> Iterator[Finding]:
    rules = profile.organisation.safe_hours
    if rules is None:
        return
    where = "profile.toml [safe_hours]"
    pairs = [flow.find_question(rules.question) for flow in profile.flows.all()]
    questions = [pair[1] for pair in pairs if pair is not None]
    if not questions:
        yield _error(where, f"no flow asks {rules.question}")
    for question in questions:
        codes = set(question.choices) if isinstance(question, Closed) else set()
        for code in sorted(codes ^ {*rules.hours, *rules.always}):
            yield _error(where, f"{code} stands only here or only in the question {rules.question}")


def _calls(profile: Profile) -> Iterator[Finding]:
    rules = profile.organisation.calls
    if rules is None:
        return
    wanted = {**rules.wanted, rules.message: (rules.message_yes, rules.message_no), rules.name: ()}
    for name, codes in wanted.items():
        yield from _answers(profile, "profile.toml [calls]", name, codes)


def _notice_choices(profile: Profile) -> Iterator[Finding]:
    for choice in profile.organisation.notice_choice:
        codes = (*choice.forbids, *choice.allows)
        yield from _answers(profile, "profile.toml [notice_choice]", choice.question, codes)


def _answers(profile: Profile, where: str, name: str, codes: Iterable[str]) -> Iterator[Finding]:
    pairs = [flow.find_question(name) for flow in profile.flows.all()]
    questions = [pair[1] for pair in pairs if pair is not None]
    if not questions:
        yield _error(where, f"no flow asks {name}")
    known = {code for each in questions if isinstance(each, Closed) for code in each.choices}
    for code in sorted({*codes} - known if questions else ()):
        yield _error(where, f"{code} is no answer to {name}")


def _rights(profile: Profile) -> Iterator[Finding]:
    for name, value in profile.organisation.rights or ():
        if not value:
            what = "is empty, so whom it is about is told to call the hotline"
            yield _warning(f"profile.toml [rights], {name}", what)


def _telephone(profile: Profile) -> Iterator[Finding]:
    for hotline in profile.organisation.hotline:
        if hotline.telephone is None:
            what = "is missing, so the page of opening hours cannot say whether it is open now"
            yield _info(f"profile.toml [hotline {hotline.id}], telephone", what)


def _forwarding(profile: Profile) -> Iterator[Finding]:
    rules = profile.organisation.forwarding
    if rules is not None and not {rules.yes, rules.no} <= _clear_codes(profile).get(rules.question, set()):
        what = (
            f"{rules.question} is not asked and stored in clear with the answers {rules.yes} and {rules.no}"
        )
        yield _error("profile.toml [forwarding]", what)


def _places(profile: Profile) -> Iterator[Finding]:
    codes = [each.municipality_code for each in profile.municipalities]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield _error("municipalities.csv", f"{code} stands twice")
    if codes:
        districts = {each.police_district for each in profile.municipalities}
        yield _info("municipalities.csv", f"{len(codes)} municipalities, {len(districts)} police districts")
    yield from _districts(profile)


def _districts(profile: Profile) -> Iterator[Finding]:
    lived_in = {each.police_district for each in profile.municipalities}
    codes = [each.code for each in profile.districts.district]
    for each in profile.districts.district:
        where = f"districts.toml [district {each.code}]"
        if codes.count(each.code) > 1:
            yield _error(where, "stands twice")
        if each.police not in lived_in:
            yield _error(where, f"no municipality belongs to {each.police}")
        if not each.number and not each.mail:
            yield _warning(where, "has neither number nor mail, so people are given the fallback")


def _signature(profile: Profile) -> Iterator[Finding]:
    signed = profile.organisation.signed_off
    where = "profile.toml [signed_off]"
    if signed is None:
        yield _info(where, f"is missing, so the trial banner shows; {_how_to_sign(profile)}")
    elif profile.trial:
        what = f"{signed.who} signed other texts on {signed.date}, so the trial banner shows"
        yield _warning(where, f"{what}; {_how_to_sign(profile)}")
    elif not re.fullmatch(r"[0-9a-f]{64}", signed.fingerprint):
        yield _error(where, "the fingerprint is not one")


def _how_to_sign(profile: Profile) -> str:
    return (
        f"to sign these texts, write in {profile.folder / 'profile.toml'} under [signed_off]: "
        f'who = "…", date = YYYY-MM-DD and fingerprint = "{profile.fingerprint}"'
    )
