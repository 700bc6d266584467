"""An organisation as data: a folder read once at start, into frozen parts that each room understands.

A mistake in it is a `ProfileError`, which names file, table and key.
"""

from __future__ import annotations

import csv
import datetime as dtm
import hashlib
import json
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from pydantic import BaseModel, ValidationError

from bot.areas import AreaWords, areas
from bot.i18n import CatalogueError, Text, Translator, read_texts
from handlers.dialog.clean import IdentityPattern, clean_text
from handlers.dialog.findings import FindingPattern
from handlers.dialog.flows import FlowError, Flows
from handlers.dialog.places import Places
from triage.clocks.calendar import Calendar
from triage.clocks.policy import ClockPolicies
from triage.ids import ClockPolicyId
from triage.parts import Part
from triage.people.person import Role
from triage.profile import (
    Districts,
    Hotline,
    Municipality,
    OrganisationProfile,
    OtherNames,
    RetentionRule,
    RoutingRule,
    StopsClock,
)
from triage.rules import Rules

SHIPPED = Path(__file__).parent / "profiles"
PRODUCT_TEXTS = Path(__file__).parent / "locales"
NOT_SIGNED = frozenset({"cli.po", "console.po", "notices.po"})
"""The product's texts that no reporter reads; all others are signed off together with the profile's own."""

LONG_WORDS = "long_words.toml"
_FOR_STAFF = frozenset(
    {"authority", "basis", "clock", "district", "kind", "notice", "outcome", "role", "routing", "trigger"}
)
"""What the keys of a profile's texts begin with that name things of the desk, or are nothing but names."""

CALENDAR_YEARS = range(2015, 2051)
_M = TypeVar("_M", bound=BaseModel)


class ProfileError(Exception):
    """A profile cannot be used: in which file, which table, which key, and why."""

    def __init__(self, *, file: str, table: str = "", key: str = "", what: str) -> None:
        place = ", ".join(part for part in (file, f"[{table}]" if table else "", key) if part)
        super().__init__(f"{place}: {what}")
        self.file = file
        self.table = table
        self.key = key
        self.what = what


class _Routing(Part):
    rule: tuple[RoutingRule, ...] = ()


class _Retention(Part):
    rule: tuple[RetentionRule, ...] = ()


class LongWords(Part):
    """Words that are long and stay, each with the reason; by language, in small letters."""

    word: Mapping[str, Mapping[str, str]] = {}

    def reasons(self, lang: str) -> Mapping[str, str]:
        """Word → reason, in a language."""
        return self.word.get(lang, {})

    def joined(self, other: LongWords) -> LongWords:
        """Both lists as one."""
        langs = {*self.word, *other.word}
        return LongWords(word={lang: {**self.reasons(lang), **other.reasons(lang)} for lang in langs})


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One organisation, parsed. `base_texts` knows its names; `translator` adds those of a hotline."""

    folder: Path
    organisation: OrganisationProfile
    flows: Flows
    clocks: ClockPolicies
    routing: tuple[RoutingRule, ...]
    retention: tuple[RetentionRule, ...]
    municipalities: tuple[Municipality, ...]
    districts: Districts
    other_names: OtherNames
    long_words: LongWords
    base_texts: Translator = field(repr=False)

    @property
    def zone(self) -> ZoneInfo:
        """The organisation's time zone."""
        return self.base_texts.zone

    @property
    def default_hotline(self) -> Hotline:
        """The hotline that is meant where none is named: the first."""
        return self.organisation.hotline[0]

    @cached_property
    def fingerprint(self) -> str:
        """What a signature is about; see `texts_fingerprint`."""
        return texts_fingerprint(self)

    @property
    def trial(self) -> bool:
        """Whether the texts are not signed off, or were changed after: then the trial banner shows."""
        signed = self.organisation.signed_off
        return signed is None or signed.fingerprint != self.fingerprint

    def translator(self, hotline_id: str | None = None) -> Translator:
        """The texts with a hotline's name, number and hours filled in; without an id those of the first."""
        hotline = self.organisation.get_hotline(hotline_id) if hotline_id else self.default_hotline
        number = self.organisation.get_number(hotline.number).number
        return self.base_texts.with_constants(
            {
                lang: {
                    "hotline_name": self.base_texts.text(f"hotline.{hotline.id}.name", lang),
                    "hotline_entrance": self.base_texts.text(f"hotline.{hotline.id}.entrance", lang),
                    "hotline_number": number,
                    "hotline_hours": self.base_texts.text(f"hotline.{hotline.id}.hours", lang),
                }
                for lang in self.organisation.organisation.languages
            },
        )

    def places(self, hotline_id: str) -> Places:
        """The municipalities as places; the hotline's own are in the group `own_area`, the others in `elsewhere`."""
        organisation = self.organisation
        fallback = self.districts.fallback
        return areas(
            organisation.get_hotline(hotline_id),
            self.municipalities,
            self.districts,
            self.other_names,
            AreaWords(
                text=self.base_texts.text,
                languages=organisation.organisation.languages,
                fallback=organisation.get_number(fallback).number if fallback else "",
            ),
        )

    def identity_patterns(self, lang: str) -> tuple[IdentityPattern, ...]:
        """What is taken out of every text, with the marker that a reader of this language understands."""
        return tuple(
            IdentityPattern(id=each.id, regex=each.regex, marker=self.base_texts.text(each.marker, lang))
            for each in self.organisation.identity_number
        )

    def finders(self, lang: str) -> tuple[FindingPattern, ...]:
        """What is pointed out to a writer of this language at the review, with the marker that blurs it."""
        return tuple(
            FindingPattern(
                kind=each.kind,
                regex=each.regex,
                marker=self.base_texts.text(f"finding.{each.kind}.marker", lang),
            )
            for each in self.organisation.finding
            if not each.languages or lang in each.languages
        )

    def calendar(self, hotline_id: str | None = None) -> Calendar:
        """Staffed hours and closed days: public holidays of the country and the organisation's own."""
        hotline = self.organisation.get_hotline(hotline_id) if hotline_id else self.default_hotline
        rules = self.organisation.calendar
        named = holidays.country_holidays(rules.country, years=CALENDAR_YEARS)
        days: dict[dtm.date, str] = dict(named.items())
        for written in rules.closed:
            days.update(dict.fromkeys(_days(written), ""))
        return Calendar(zone=self.zone, staffed=hotline.staffed, closed_days=MappingProxyType(days))

    def rules(self, hotline_id: str | None = None) -> Rules:
        """What the case side is handed, with the opening hours of a hotline; without an id those of the first."""
        return Rules(
            organisation=self.organisation,
            policies=self.clocks,
            calendar=self.calendar(hotline_id),
            clean=self._cleaner(),
        )

    def _cleaner(self) -> Callable[[str], tuple[str, int]]:
        patterns = self.identity_patterns(self.organisation.organisation.languages[0])

        def clean(words: str) -> tuple[str, int]:
            cleaned = clean_text(words, patterns)
            return cleaned.text, cleaned.removed_count

        return clean


def load_profile(name_or_folder: str) -> Profile:
    """The shipped profile of this name, or the one in this folder. Raises `ProfileError`."""
    folder = SHIPPED / name_or_folder
    if "/" in name_or_folder or not folder.is_dir():
        folder = Path(name_or_folder)
    if not (folder / "profile.toml").is_file():
        known = ", ".join(
            sorted(path.name for path in SHIPPED.iterdir() if (path / "profile.toml").is_file())
        )
        raise ProfileError(file=name_or_folder, what=f"no profile there (shipped: {known})")
    organisation = _parse(OrganisationProfile, folder / "profile.toml")
    profile = Profile(
        folder=folder,
        organisation=organisation,
        flows=_read_flows(folder / "flows"),
        clocks=_parse(ClockPolicies, folder / "clocks.toml"),
        routing=_parse(_Routing, folder / "routing.toml").rule,
        retention=_parse(_Retention, folder / "retention.toml").rule,
        municipalities=_read_municipalities(folder / "municipalities.csv"),
        districts=_parse_if_there(Districts, folder / "districts.toml"),
        other_names=_parse_if_there(OtherNames, folder / "places.toml"),
        long_words=_parse(LongWords, PRODUCT_TEXTS / LONG_WORDS).joined(
            _parse_if_there(LongWords, folder / LONG_WORDS)
        ),
        base_texts=_read_translator(folder, organisation),
    )
    _check_references(profile)
    return profile


def texts_fingerprint(profile: Profile) -> str:
    """SHA-256 over what reporters may read: the profile's texts, the product's texts for them, names and numbers."""
    signed: dict[str, object] = {"constants": profile.base_texts.constants}
    for lang in profile.organisation.organisation.languages:
        texts = profile.base_texts.texts[lang]
        signed[lang] = {key: text.forms for key, text in texts.items() if _is_signed(profile, text)}
    plain = json.dumps(signed, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=dict)
    return hashlib.sha256(plain.encode()).hexdigest()


def is_for_reporters(profile: Profile, key: str, text: Text) -> bool:
    """Whether a text is written for reporters to read, and not for staff or as a mere name."""
    return _is_signed(profile, text) and key.partition(".")[0] not in _FOR_STAFF


def _is_signed(profile: Profile, text: Text) -> bool:
    return text.source.is_relative_to(profile.folder) or text.source.name not in NOT_SIGNED


def _days(written: str) -> Iterable[dtm.date]:
    if written.count("-") == 1:
        month, day = map(int, written.split("-"))
        return [dtm.date(year, month, day) for year in CALENDAR_YEARS if _exists(year, month, day)]
    return [dtm.date.fromisoformat(written)]


def _exists(year: int, month: int, day: int) -> bool:
    try:
        dtm.date(year, month, day)
    except ValueError:
        return False
    return True


def _read_toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ProfileError(file=path.name, what="the file is missing") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(file=path.name, what=str(error)) from error


def _parse(model: type[_M], path: Path) -> _M:
    table = _read_toml(path)
    try:
        return model.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        *outer, last = first["loc"] or ("",)
        where, key = (
            (_named(table, outer), str(last)) if isinstance(last, str) else (_named(table, first["loc"]), "")
        )
        what = first["msg"].removeprefix("Value error, ")
        raise ProfileError(file=path.name, table=where, key=key, what=what) from error


def _parse_if_there(model: type[_M], path: Path) -> _M:
    return _parse(model, path) if path.is_file() else model()


def _named(table: object, location: Sequence[str | int]) -> str:
    """A place in a file in its own words: entries of a list go by their id or code."""
    said, here = "", table
    for step in location:
        if isinstance(step, int):
            here = here[step] if isinstance(here, Sequence) and step < len(here) else None
            name = here.get("id", here.get("code")) if isinstance(here, Mapping) else None
            said += f" {name if name is not None else step}"
        else:
            here = here.get(step) if isinstance(here, Mapping) else None
            said += f".{step}" if said else step
    return said


def _read_flows(folder: Path) -> Flows:
    tables = {path.name: _read_toml(path) for path in sorted(folder.glob("*.toml"))}
    try:
        return Flows.load(tables)
    except FlowError as error:
        raise ProfileError(file=f"flows/{error.file}", table=error.where, what=error.what) from error


def _read_municipalities(path: Path) -> tuple[Municipality, ...]:
    if not path.is_file():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        rows = []
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                rows.append(Municipality.model_validate(row))
            except ValidationError as error:
                first = error.errors(include_url=False, include_context=False)[0]
                key = str(first["loc"][0]) if first["loc"] else ""
                raise ProfileError(
                    file=path.name, table=f"line {number}", key=key, what=first["msg"]
                ) from error
    return tuple(rows)


def _read_translator(folder: Path, profile: OrganisationProfile) -> Translator:
    organisation = profile.organisation
    try:
        texts = {
            lang: read_texts((PRODUCT_TEXTS, folder / "locales"), lang) for lang in organisation.languages
        }
    except CatalogueError as error:
        raise ProfileError(file=error.file, key=error.key, what=error.what) from error
    try:
        zone = ZoneInfo(organisation.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        what = f"there is no time zone {organisation.zone}"
        raise ProfileError(file="profile.toml", table="organisation", key="zone", what=what) from error
    numbers = {f"number_{each.id}": each.number for each in profile.number}
    constants = {
        lang: {"organisation": organisation.name[lang], "unit": organisation.unit, **numbers}
        for lang in organisation.languages
    }
    return Translator(texts=texts, complete=organisation.languages, zone=zone, constants=constants)


def _check_references(profile: Profile) -> None:
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


def _check_kinds(profile: Profile, clocks: set[str]) -> None:
    of = profile.organisation
    kinds = {each.code for each in of.reporter_kind}
    for hotline in of.hotline:
        # What comes in by a flow is a contact of the kind with the flow's name.
        _known("profile.toml", f"hotline {hotline.id}", "flows", hotline.flows, kinds)
    _known("profile.toml", "additions", "clock", (of.additions.clock,), clocks)
    for kind in of.reporter_kind:
        table = f"reporter_kind {kind.code}"
        _known("profile.toml", table, "clock", (kind.clock,), clocks)
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


def _known(file: str, table: str, key: str, named: Iterable[str], known: set[str]) -> None:
    for name in named:
        if name not in known:
            raise ProfileError(file=file, table=table, key=key, what=f"nothing is called {name}")
