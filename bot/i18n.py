"""The words: text catalogues read once at start, and a translator that is handed down.

A text is found by its key, which is the `msgid` of a `.po` entry; placeholders are written `{name}`. An entry marked
fuzzy is not shown. Dates and times are told in the organisation's zone.
"""

from __future__ import annotations

import datetime as dtm
import gettext
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.messages.pofile import PoFileError, read_po
from babel.numbers import format_decimal
from babel.units import format_unit

PLURAL_FORMS = MappingProxyType(
    {
        "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
        "da": "nplurals=2; plural=(n != 1);",
        "en": "nplurals=2; plural=(n != 1);",
        "fa": "nplurals=2; plural=(n > 1);",
        "ps": "nplurals=2; plural=(n != 1);",
        "so": "nplurals=2; plural=(n != 1);",
        "tr": "nplurals=2; plural=(n != 1);",
        "uk": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
        "ur": "nplurals=2; plural=(n != 1);",
    },
)
"""The plural header that a catalogue of a language must carry: tools disagree about it, so it is pinned."""

FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
_NEAR_DAYS = 6
_GROUPED = 1000
_HOURS_UP_TO = dtm.timedelta(hours=72)
_MINUTES_UP_TO = dtm.timedelta(hours=2)


class CatalogueError(Exception):
    """A catalogue cannot be used: in which file, at which entry, and why."""

    def __init__(self, path: Path, key: str, what: str) -> None:
        self.file = f"{path.parent.name}/{path.name}"
        super().__init__(f"{self.file}: {key}: {what}" if key else f"{self.file}: {what}")
        self.key = key
        self.what = what


class UnknownText(LookupError):  # noqa: N818 -- the glossary's word
    """No catalogue has this text."""


@dataclass(frozen=True, slots=True)
class Text:
    """One entry: its forms (one, or one per plural form) and the file it stands in."""

    forms: tuple[str, ...]
    source: Path = field(compare=False)

    @property
    def placeholders(self) -> frozenset[str]:
        """The names in braces, over all forms."""
        return frozenset(name for form in self.forms for name in placeholders(form))


Texts = Mapping[str, Text]
"""Text key → text, of one language."""


def placeholders(text: str) -> frozenset[str]:
    """The names in braces. Raises `ValueError` for anything but a plain name, which no text needs."""
    names = set()
    for _, name, spec, conversion in Formatter().parse(text):
        if name is None:
            continue
        if not name.isidentifier() or spec or conversion:
            raise ValueError(f"a placeholder is a plain name in braces, not {{{name}}}")
        names.add(name)
    return frozenset(names)


def read_texts(folders: Iterable[Path], lang: str) -> Texts:
    """Every text of a language in `<folder>/<lang>/*.po`. Raises `CatalogueError`, also for a key that stands twice."""
    texts: dict[str, Text] = {}
    for folder in folders:
        for path in sorted((folder / lang).glob("*.po")):
            for key, text in _read_file(path, lang):
                if key in texts:
                    raise CatalogueError(path, key, f"stands in {texts[key].source.name} already")
                texts[key] = text
    return MappingProxyType(texts)


def _read_file(path: Path, lang: str) -> Iterable[tuple[str, Text]]:
    try:
        with path.open("rb") as file:
            catalogue = read_po(file, locale=lang, abort_invalid=True)
    except (PoFileError, UnicodeDecodeError) as error:
        raise CatalogueError(path, "", str(error)) from error
    _check_once(path)
    _check_plural_header(path, lang)
    for entry in catalogue:
        if not entry.id or entry.fuzzy:
            continue
        key = entry.id if isinstance(entry.id, str) else entry.id[0]
        forms = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ())
        if not all(forms):
            continue
        try:
            for form in forms:
                placeholders(form)
        except ValueError as error:
            raise CatalogueError(path, key, str(error)) from error
        yield key, Text(forms, path)


def _check_once(path: Path) -> None:
    # Babel silently keeps the last of two entries with one key, so the keys are counted in the file itself.
    seen: set[str] = set()
    for line in path.read_text("utf-8").splitlines():
        if line.startswith('msgid "') and line != 'msgid ""':
            if line in seen:
                raise CatalogueError(path, line[7:-1], "stands twice")
            seen.add(line)


def _check_plural_header(path: Path, lang: str) -> None:
    # Read from the file: Babel answers with its own rule for the language, not with what is written.
    pinned = PLURAL_FORMS.get(lang)
    if pinned is None:
        raise CatalogueError(path, "", f"no plural header is pinned for {lang}")
    if f'"Plural-Forms: {pinned}\\n"' not in path.read_text("utf-8").splitlines():
        raise CatalogueError(path, "", f"the header must say: Plural-Forms: {pinned}")


@cache
def plural_rule(lang: str) -> Callable[[int], int]:
    """Which plural form a number takes in a language, from the pinned header."""
    return gettext.c2py(PLURAL_FORMS[lang].partition(" plural=")[2].rstrip(";"))


@cache
def _direction(lang: str) -> str:
    return Locale.parse(lang).text_direction


class _Filling(dict[str, object]):
    """What fills placeholders; the constants are asked only for what the text's own parameters do not name."""

    def __init__(self, shown: Mapping[str, object], constants: Mapping[str, object]) -> None:
        super().__init__(shown)
        self._constants = constants

    def __missing__(self, name: str) -> object:
        return self._constants[name]


def _said(value: object, lang: str) -> object:
    """A number as people write it: "3.000" in Danish."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _GROUPED:
        return format_decimal(value, locale=lang)
    return value


def _isolated(values: Mapping[str, object]) -> dict[str, object]:
    return {name: f"{FIRST_STRONG_ISOLATE}{value}{POP_ISOLATE}" for name, value in values.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Translator:
    """Texts by key, and times as people say them. `constants` fill placeholders that are the same everywhere."""

    texts: Mapping[str, Texts]
    """Language → texts."""
    complete: tuple[str, ...]
    """The languages people may choose; the first stands in where another lacks a text."""
    zone: ZoneInfo
    constants: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Language → placeholder → value: names and numbers of the organisation."""

    def languages(self) -> tuple[str, ...]:
        """The languages in which every text exists."""
        return self.complete

    def name_of(self, lang: str) -> str:
        """A language's own name for itself, such as "dansk"."""
        return Locale.parse(lang).get_display_name(lang) or lang

    def direction(self, lang: str) -> str:
        """`ltr` or `rtl`."""
        return _direction(lang)

    def has(self, key: str, lang: str) -> bool:
        """Whether this language itself has the text."""
        return key in self.texts.get(lang, {})

    def find(self, key: str, lang: str) -> str | None:
        """The text as it stands, its placeholders not filled; None where no language has it."""
        try:
            return self._find(key, lang).forms[0]
        except UnknownText:
            return None

    def text(self, key: str, lang: str, /, **params: object) -> str:
        """The text, its placeholders filled. Raises `UnknownText`, or `KeyError` for a placeholder without a value."""
        return self._fill(self._find(key, lang).forms[0], lang, params)

    def count(self, key: str, lang: str, number: int, /, **params: object) -> str:
        """The plural form that `number` takes; it fills `{n}`. Raises as `text` does."""
        found = self._find(key, lang)
        language = lang if self.has(key, lang) else self.complete[0]
        form = found.forms[plural_rule(language)(number)] if len(found.forms) > 1 else found.forms[0]
        return self._fill(form, lang, {"n": number, **params})

    def with_constants(self, constants: Mapping[str, Mapping[str, str]]) -> Translator:
        """The same texts with more constant placeholders, such as those of one hotline."""
        languages = {*self.constants, *constants}
        merged = {lang: {**self.constants.get(lang, {}), **constants.get(lang, {})} for lang in languages}
        return Translator(
            texts=self.texts, complete=self.complete, zone=self.zone, constants=MappingProxyType(merged)
        )

    def time(self, at: dtm.datetime, lang: str) -> str:
        """The time of day: "8" or "8.12" in Danish, "8:00" and "8:12" in English."""
        local = self._local(at)
        key = "time.pattern.minute" if local.minute else "time.pattern.hour"
        return format_time(local.time(), self.text(key, lang), locale=lang)

    def date(self, at: dtm.datetime, lang: str) -> str:
        """Day, month and year: "3. marts 2026", "3 March 2026"."""
        return self.full_date(self._local(at).date(), lang)

    def full_date(self, day: dtm.date, lang: str) -> str:
        """The same of a day."""
        return format_date(day, self.text("time.pattern.date", lang), locale=lang)

    def date_time(self, at: dtm.datetime, lang: str) -> str:
        """Date with year, and time: "3. marts 2026 kl. 8.12"."""
        return self.text("time.date_time", lang, date=self.date(at, lang), time=self.time(at, lang))

    def day_time(self, at: dtm.datetime, lang: str, *, near: dtm.datetime | None = None) -> str:
        """Weekday and time as people say it.

        "mandag kl. 8" when the day is within six days of `near`, else with the date: "mandag d. 3. marts kl. 8.12",
        and with the year where it is not that of `near`.
        """
        local = self._local(at)
        weekday = format_date(local.date(), "EEEE", locale=lang)
        time = self.time(at, lang)
        if near is not None and abs((local.date() - self._local(near).date()).days) <= _NEAR_DAYS:
            return self.text("time.day_time", lang, weekday=weekday, time=time)
        another = near is not None and local.year != self._local(near).year
        pattern = self.text("time.pattern.date" if another else "time.pattern.day", lang)
        day = format_date(local.date(), pattern, locale=lang)
        return self.text("time.day_date_time", lang, weekday=weekday, date=day, time=time)

    def day(self, day: dtm.date, lang: str) -> str:
        """Weekday and date: "fredag d. 25. december", "Friday 25 December"."""
        weekday = format_date(day, "EEEE", locale=lang)
        said = format_date(day, self.text("time.pattern.day", lang), locale=lang)
        return self.text("time.weekday_date", lang, weekday=weekday, date=said)

    def hours(self, hours: Iterable[tuple[dtm.time, dtm.time]], lang: str) -> str:
        """Hours of a day, each from and to, such as from 8 to 12 and from 16 to 20; the midnight that ends it is 24."""
        said = [
            self.text(
                "time.hours", lang, start=self._hour(start, lang), end=self._hour(end, lang, is_end=True)
            )
            for start, end in hours
        ]
        return format_list(said, locale=lang) if said else ""

    def span(self, length: dtm.timedelta, lang: str) -> str:
        """A length of time in one unit, rounded down: minutes below 2 hours, hours below 72, then days."""
        length = abs(length)
        if length < _MINUTES_UP_TO:
            unit, size = "duration-minute", dtm.timedelta(minutes=1)
        elif length < _HOURS_UP_TO:
            unit, size = "duration-hour", dtm.timedelta(hours=1)
        else:
            unit, size = "duration-day", dtm.timedelta(days=1)
        return format_unit(length // size, unit, "long", locale=lang)

    def _hour(self, at: dtm.time, lang: str, *, is_end: bool = False) -> str:
        key = "time.pattern.minute" if at.minute else "time.pattern.hour"
        said = format_time(at, self.text(key, lang), locale=lang)
        return f"24{said.lstrip('0')}" if is_end and at == dtm.time(0) else said

    def _find(self, key: str, lang: str) -> Text:
        for language in (lang, *self.complete):
            found = self.texts.get(language, {}).get(key)
            if found is not None:
                return found
        raise UnknownText(key)

    def _fill(self, form: str, lang: str, params: Mapping[str, object]) -> str:
        if "{" not in form and "}" not in form:
            return form
        constants: Mapping[str, object] = self.constants.get(lang) or self.constants.get(self.complete[0], {})
        shown = {name: _said(value, lang) for name, value in params.items()}
        if self.direction(lang) == "rtl":
            # A name or a number in the other direction must not turn the sentence around it.
            constants, shown = _isolated(constants), _isolated(shown)
        return form.format_map(_Filling(shown, constants))

    def _local(self, at: dtm.datetime) -> dtm.datetime:
        if at.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return at.astimezone(self.zone)
