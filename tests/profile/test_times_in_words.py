from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from bot.i18n import Translator
from bot.profile import load_profile

TUESDAY = datetime(2026, 3, 3, 7, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def words() -> Translator:
    return load_profile("koebenhavn").translator()


@pytest.mark.parametrize(
    ("lang", "expected"),
    [("da", "tirsdag d. 3. marts kl.\N{NO-BREAK SPACE}8.12"), ("en", "Tuesday 3 March at 8:12")],
)
def test_a_far_day_is_told_with_its_date(words: Translator, lang: str, expected: str) -> None:
    assert words.day_time(TUESDAY, lang) == expected


@pytest.mark.parametrize(
    ("lang", "expected"), [("da", "tirsdag kl.\N{NO-BREAK SPACE}8.12"), ("en", "Tuesday at 8:12")]
)
def test_a_near_day_is_told_by_its_weekday(words: Translator, lang: str, expected: str) -> None:
    assert words.day_time(TUESDAY, lang, near=TUESDAY - timedelta(days=6)) == expected


def test_a_week_away_is_not_near(words: Translator) -> None:
    said = words.day_time(TUESDAY, "da", near=TUESDAY - timedelta(days=7))
    assert said == "tirsdag d. 3. marts kl.\N{NO-BREAK SPACE}8.12"


@pytest.mark.parametrize(
    ("lang", "expected"),
    [("da", "tirsdag d. 3. marts 2026 kl.\N{NO-BREAK SPACE}8.12"), ("en", "Tuesday 3 March 2026 at 8:12")],
)
def test_another_year_is_named(words: Translator, lang: str, expected: str) -> None:
    assert words.day_time(TUESDAY, lang, near=TUESDAY - timedelta(days=90)) == expected


@pytest.mark.parametrize(
    ("lang", "expected"), [("da", "tirsdag kl.\N{NO-BREAK SPACE}8"), ("en", "Tuesday at 8:00")]
)
def test_a_full_hour_is_told_without_minutes_in_danish(words: Translator, lang: str, expected: str) -> None:
    assert words.day_time(TUESDAY.replace(minute=0), lang, near=TUESDAY) == expected


@pytest.mark.parametrize(
    ("lang", "expected"), [("da", "3. marts 2026 kl.\N{NO-BREAK SPACE}8.12"), ("en", "3 March 2026, 8:12")]
)
def test_a_receipt_carries_the_year(words: Translator, lang: str, expected: str) -> None:
    assert words.date_time(TUESDAY, lang) == expected


def test_times_follow_the_clocks_of_the_organisation(words: Translator) -> None:
    summer = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert words.day_time(summer, "da", near=summer) == "torsdag kl.\N{NO-BREAK SPACE}0.30"


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (timedelta(minutes=1), "1 minut"),
        (timedelta(minutes=119), "119 minutter"),
        (timedelta(hours=12, minutes=59), "12 timer"),
        (timedelta(hours=48), "48 timer"),
        (timedelta(days=14), "14 dage"),
        (timedelta(hours=-3), "3 timer"),
    ],
)
def test_a_length_of_time_is_told_in_one_unit(words: Translator, length: timedelta, expected: str) -> None:
    assert words.span(length, "da") == expected


def test_a_time_without_a_zone_is_refused(words: Translator) -> None:
    with pytest.raises(ValueError, match="time zone"):
        words.day_time(TUESDAY.replace(tzinfo=None), "da")


def test_each_language_names_itself(words: Translator) -> None:
    assert [words.name_of(lang) for lang in words.languages()] == ["dansk", "English"]


@pytest.mark.parametrize(
    ("lang", "expected"), [("da", "8.30–12 og 22–24"), ("en", "8:30–12:00 and 22:00–24:00")]
)
def test_hours_of_a_day_are_told_from_and_to(words: Translator, lang: str, expected: str) -> None:
    hours = [(time(8, 30), time(12)), (time(22), time(0))]
    assert words.hours(hours, lang) == expected
