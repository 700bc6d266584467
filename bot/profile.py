"""An organisation as data: a folder read once at start, into frozen parts that each room understands.

A mistake in it is a `ProfileError`, which names file, table and key.
"""

from __future__ import annotations

import csv
import datetime as dtm
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from pydantic import ValidationError

from bot.areas import AreaWords, areas
from bot.demo_script import DemoScript
from bot.i18n import CatalogueError, Text, Translator, read_texts
from bot.profile_files import ProfileError, parse, parse_if_there, read_toml
from bot.profile_references import check_references
from handlers.dialog.clean import IdentityPattern, clean_text
from handlers.dialog.findings import FindingPattern
from handlers.dialog.flows import FlowError, Flows
from handlers.dialog.places import Places
from triage.areas import Districts, Municipality, OtherNames
from triage.clocks.calendar import Calendar
from triage.clocks.policy import ClockPolicies
from triage.parts import Part
from triage.profile import Hotline, OrganisationProfile, RetentionRule, RoutingRule
from triage.rules import Rules

SHIPPED = Path(__file__).parent / "profiles"
PRODUCT_TEXTS = Path(__file__).parent / "locales"
NOT_SIGNED = frozenset({"cli.po", "console.po", "notices.po"})
"""The product's texts that no reporter reads; all others are signed off together with the profile's own."""

DEMO_TEXTS = "demo.po"
"""A profile's words for `tovholder demo`: nobody who writes to the hotline reads them."""
LONG_WORDS = "long_words.toml"
_FOR_STAFF = frozenset(
    {
        "authority",
        "basis",
        "clock",
        "district",
        "kind",
        "notice",
        "outcome",
        "receiver",
        "role",
        "routing",
        "trigger",
    }
)
"""What the keys of a profile's texts begin with that name things of the desk, or are nothing but names."""

CALENDAR_YEARS = range(2015, 2051)


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
    demo: DemoScript
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
        return self._places[self.organisation.get_hotline(hotline_id).id]

    @cached_property
    def _places(self) -> Mapping[str, Places]:
        """The places of every hotline: hundreds of names, made ready for searching once."""
        organisation = self.organisation
        fallback = self.districts.fallback
        words = AreaWords(
            text=self.base_texts.text,
            languages=organisation.organisation.languages,
            fallback=organisation.get_number(fallback).number if fallback else "",
        )
        return {
            hotline.id: areas(hotline, self.municipalities, self.districts, self.other_names, words)
            for hotline in organisation.hotline
        }

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
        return Calendar(
            zone=self.zone,
            staffed=hotline.staffed,
            closed_days=self._closed_days,
            daytime=self.organisation.calendar.daytime,
        )

    @cached_property
    def _closed_days(self) -> Mapping[dtm.date, str]:
        """Each closed day of many years, with the name of a public holiday."""
        rules = self.organisation.calendar
        named = holidays.country_holidays(rules.country, years=CALENDAR_YEARS)
        days: dict[dtm.date, str] = dict(named.items())
        for written in rules.closed:
            days.update(dict.fromkeys(_days(written), ""))
        return MappingProxyType(days)

    def telephone(self, hotline_id: str) -> Calendar | None:
        """When the telephone of a hotline is answered, where that is known."""
        hotline = self.organisation.get_hotline(hotline_id)
        if hotline.telephone is None:
            return None
        closed = {} if hotline.telephone_on_closed_days else self.calendar(hotline_id).closed_days
        return Calendar(zone=self.zone, staffed=hotline.telephone, closed_days=closed)

    def rules(self, hotline_id: str | None = None) -> Rules:
        """What the case side is handed, with the opening hours of a hotline; without an id those of the first."""
        return Rules(
            organisation=self.organisation,
            policies=self.clocks,
            calendar=self.calendar(hotline_id),
            clean=self._cleaner(),
            routing=self.routing,
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
    organisation = parse(OrganisationProfile, folder / "profile.toml")
    profile = Profile(
        folder=folder,
        organisation=organisation,
        flows=_read_flows(folder / "flows"),
        clocks=parse(ClockPolicies, folder / "clocks.toml"),
        routing=parse(_Routing, folder / "routing.toml").rule,
        retention=parse(_Retention, folder / "retention.toml").rule,
        municipalities=_read_municipalities(folder / "municipalities.csv"),
        districts=parse_if_there(Districts, folder / "districts.toml"),
        other_names=parse_if_there(OtherNames, folder / "places.toml"),
        long_words=parse(LongWords, PRODUCT_TEXTS / LONG_WORDS).joined(
            parse_if_there(LongWords, folder / LONG_WORDS)
        ),
        demo=parse_if_there(DemoScript, folder / "demo.toml"),
        base_texts=_read_translator(folder, organisation),
    )
    check_references(profile)
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
    if text.source.is_relative_to(profile.folder):
        return text.source.name != DEMO_TEXTS
    return text.source.name not in NOT_SIGNED


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


def _read_flows(folder: Path) -> Flows:
    tables = {path.name: read_toml(path) for path in sorted(folder.glob("*.toml"))}
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
