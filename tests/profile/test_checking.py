from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import bot.check_clocks
from bot.check import Finding, Severity, check_data, check_profile, telling_words_in
from bot.check_clocks import easter_sunday, simulate_clocks
from bot.check_texts import code_keys
from bot.profile import load_profile
from bot.profile_files import ProfileError
from tests.profile.copies import NAME, copied, edited, text_removed
from triage.clocks.calendar import Calendar
from triage.clocks.clock import Clock, Due, due
from triage.clocks.policy import ClockPolicy

TODAY = date(2026, 11, 23)


def a_payload(revision: int, code: str) -> str:
    return f"x:abcdefgh:{revision}:{code}"


def found_in(folder: Path | str) -> tuple[Finding, ...]:
    return check_data(load_profile(str(folder)), today=TODAY, payload=a_payload)


def said(findings: Iterable[Finding], severity: Severity) -> list[str]:
    return [f"{each.where}: {each.what}" for each in findings if each.severity is severity]


def test_the_shipped_profile_has_no_errors() -> None:
    assert said(found_in(NAME), Severity.ERROR) == []


def test_the_whole_check_runs_the_clocks_too() -> None:
    found = check_profile(load_profile(NAME), today=TODAY, payload=a_payload)
    (told,) = [line for line in said(found, Severity.INFO) if line.startswith("clock triage48")]
    assert told.startswith("clock triage48 version 1, hotline local: simulated from ")
    assert found[0].severity is not Severity.INFO


def test_figures_and_the_missing_signature_are_told_as_information() -> None:
    told = said(found_in(NAME), Severity.INFO)
    assert any(line.startswith("flow relative, da: LIX ") for line in told)
    assert any("is missing, so the trial banner shows" in line for line in told)
    assert "municipalities.csv: 98 municipalities, 12 police districts" in told


@pytest.mark.parametrize("lang", ["da", "en"])
def test_a_text_that_one_language_lacks_is_an_error(tmp_path: Path, lang: str) -> None:
    folder = text_removed(copied(tmp_path), f"locales/{lang}/profile.po", "flow.relative.story.ask")
    assert f"text flow.relative.story.ask: is missing in {lang}" in said(found_in(folder), Severity.ERROR)


def test_a_fuzzy_text_is_a_missing_one(tmp_path: Path) -> None:
    folder = edited(
        copied(tmp_path),
        "locales/en/profile.po",
        'msgid "flow.relative.relation.ask"',
        '#, fuzzy\nmsgid "flow.relative.relation.ask"',
    )
    assert "text flow.relative.relation.ask: is missing in en" in said(found_in(folder), Severity.ERROR)


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (
            "locales/en/profile.po",
            "Trial – do not write about real people. The real hotline: {hotline_number}.",
            "Trial.",
            "text trial.banner: has other placeholders in en than in da",
        ),
        (
            "profile.toml",
            'page = { da = "Kontakt"',
            'page = { da = "Mod radikalisering"',
            'profile.toml [names], page: "Mod radikalisering" tells a bystander: it contains "radikal"',
        ),
        (
            "profile.toml",
            "last_checked = 2016-04-07",
            "last_checked = 2027-04-07",
            "profile.toml [number police], last_checked: 2027-04-07 has not come yet",
        ),
        (
            "profile.toml",
            "pattern = '''(?<!",
            "pattern = '''(?:\\d*)*x|(?<!",
            "profile.toml [identity_number cpr], pattern: takes more than 0.25 s over a hostile text",
        ),
        (
            "profile.toml",
            'morning = "08:00-12:00", ',
            "",
            "profile.toml [safe_hours]: morning stands only here or only in the question reach_when",
        ),
        (
            "profile.toml",
            'next_step = ["call_me"]',
            'next_step = ["ring_me"]',
            "profile.toml [calls]: ring_me is no answer to next_step",
        ),
        (
            "profile.toml",
            'forbids = ["anonymous"]',
            'forbids = ["nameless"]',
            "profile.toml [notice_choice]: nameless is no answer to anonymity",
        ),
        (
            "profile.toml",
            'question = "reply_here"',
            'question = "reply_there"',
            "profile.toml [notice_choice]: no flow asks reply_there",
        ),
        (
            "routing.toml",
            'home = ["abroad"]',
            'home = ["moon"]',
            "routing.toml [rule abroad], when.home: moon is never an answer, so the rule cannot be reached by it",
        ),
        (
            "routing.toml",
            'home = ["abroad"]',
            'signs = ["gang"]',
            "routing.toml [rule abroad], when.signs: is not an answer stored in clear, so the rule can never apply",
        ),
        (
            "profile.toml",
            "pattern = '''(?<!",
            "pattern = '''\\d*\\d*\\d*x|(?<!",
            "profile.toml [identity_number cpr], pattern: takes more than 0.25 s over a hostile text",
        ),
        (
            "profile.toml",
            'leaves = ["i årene 2019-2020"',
            'leaves = ["på 20202020"',
            'profile.toml [finding phone], leaves: finds "20202020" in: på 20202020',
        ),
        (
            "profile.toml",
            'finds = ["Ring til mig',
            'finds = ["Ring til ham", "Ring til mig',
            "profile.toml [finding phone], finds: finds nothing in: Ring til ham",
        ),
        (
            "profile.toml",
            "(?: [A-ZÆØÅ][\\w.]{0,20}+ [ ] (?!\\d|nr) )?+",
            "(?: [A-ZÆØÅ][\\w.]{0,20} [ ] )*",
            "profile.toml [finding street_da], pattern: repeats something that repeats",
        ),
        (
            "locales/en/profile.po",
            'msgstr "[link]"',
            'msgstr "[link 20202020]"',
            'profile.toml [finding phone], pattern: finds the marker "[link 20202020]"',
        ),
        (
            "profile.toml",
            'id = "email"\nkind = "email"',
            'id = "email"\nkind = "email"\nlanguages = ["fo"]',
            "profile.toml [finding email], languages: nobody is spoken to in fo",
        ),
        (
            "profile.toml",
            'id = "email"\nkind = "email"',
            'id = "email"\nkind = "pigeon"',
            "text finding.pigeon.name: is missing in da",
        ),
        (
            "municipalities.csv",
            "0147,",
            "0101,",
            "municipalities.csv: 0101 stands twice",
        ),
        (
            "flows/relative.toml",
            'ask_when = { question = "afraid", is_in = ["yes"] }',
            'ask_when = { question = "wish", is_in = ["advice"] }',
            "flow relative.afraid_why: has a condition on wish, which is not asked earlier",
        ),
    ],
)  # fmt: skip
def test_a_planted_mistake_is_found(tmp_path: Path, file: str, old: str, new: str, expected: str) -> None:
    assert expected in said(found_in(edited(copied(tmp_path), file, old, new)), Severity.ERROR)


def test_texts_that_nothing_uses_and_old_numbers_are_warnings(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    for lang in ("da", "en"):
        path = folder / "locales" / lang / "profile.po"
        path.write_text(path.read_text("utf-8") + '\nmsgid "closing.nobody"\nmsgstr "Nu"\n', "utf-8")
    warned = said(found_in(folder), Severity.WARNING)
    assert "text closing.nobody: is used nowhere" in warned
    assert any(
        line.startswith("profile.toml [number line], last_checked: 41 74 90 90 was last") for line in warned
    )


def test_no_number_is_called_to_try_it_and_an_emergency_number_is_not_asked_about() -> None:
    warned = [line for line in said(found_in(NAME), Severity.WARNING) if "[number" in line]
    told = [line.partition("]")[0].rpartition(" ")[2] for line in warned if "without a trial call" in line]
    assert (len(warned), told) == (4, ["child_line", "lifeline", "line", "police"])


def test_whoever_signs_is_told_the_file_and_the_line_to_write(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (told,) = [line for line in said(found_in(folder), Severity.INFO) if "[signed_off]" in line]

    assert f"write in {folder / 'profile.toml'} under [signed_off]" in told
    assert told.endswith(f'and fingerprint = "{load_profile(str(folder)).fingerprint}"')


def test_a_flow_that_is_hard_to_read_is_a_warning(tmp_path: Path) -> None:
    hard = "Uddannelsesinstitutionernes sikkerhedsforanstaltninger vanskeliggjorde samarbejdet. " * 90
    folder = edited(copied(tmp_path), "locales/da/profile.po", "Hvordan kender du personen?", hard)
    warned = said(found_in(folder), Severity.WARNING)
    assert any(line.startswith("flow relative, da: LIX ") for line in warned)


def test_a_signature_under_other_texts_is_a_warning(tmp_path: Path) -> None:
    signature = f'[signed_off]\nwho = "Testperson A"\ndate = 2026-11-01\nfingerprint = "{"0" * 64}"\n\n'
    folder = edited(copied(tmp_path), "profile.toml", "[organisation]", f"{signature}[organisation]")
    assert any("Testperson A signed other texts" in line for line in said(found_in(folder), Severity.WARNING))


def test_telling_words_are_found_inside_longer_words_whatever_the_case() -> None:
    assert telling_words_in("Afradikaliseringen", ("RADIKAL", "vink")) == ("RADIKAL",)


@pytest.mark.parametrize("name", ["triage48", "acute_check"])
def test_every_clock_fires_each_milestone_once_through_the_year(name: str) -> None:
    profile = load_profile(NAME)
    policy = next(each for each in profile.clocks.clocks if each.id == name)
    run = simulate_clocks(policy, profile.calendar(), year=2028)
    assert (run.faults, run.starts > 1000) == ((), True)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("lost", "with nothing due"), ("doubled", "fires twice"), ("early", "fires at")],
)
def test_a_clock_that_does_not_keep_its_word_is_noticed(
    monkeypatch: pytest.MonkeyPatch, fault: str, expected: str
) -> None:
    def faulty(policy: ClockPolicy, calendar: Calendar, clock: Clock, now: datetime) -> tuple[Due, ...]:
        dues = due(policy, calendar, clock, now)
        match fault:
            case "lost":
                return ()
            case "doubled":
                return dues + dues
            case _:
                return tuple(
                    Due(
                        milestone=each.milestone,
                        occurrence=each.occurrence,
                        fell_due_at=each.fell_due_at.replace(year=2040),
                        lateness=each.lateness,
                        audiences=each.audiences,
                        notice_at=each.notice_at,
                    )
                    for each in dues
                )

    profile = load_profile(NAME)
    monkeypatch.setattr(bot.check_clocks, "due", faulty)
    run = simulate_clocks(profile.clocks.clocks[0], profile.calendar(), year=2028)
    assert len(run.faults) == run.starts
    assert expected in run.faults[0]


def test_the_weeks_that_are_simulated_hold_both_changes_of_the_clocks() -> None:
    profile = load_profile(NAME)
    calendar = Calendar(zone=ZoneInfo("Europe/Copenhagen"), staffed=profile.default_hotline.staffed)
    hours = set(bot.check_clocks._starts(profile.clocks.clocks[0], calendar, 2028))
    assert {datetime(2028, 3, 26, 1, 30, tzinfo=UTC), datetime(2028, 10, 29, 0, 30, tzinfo=UTC)} <= hours


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2025, date(2025, 4, 20)),
        (2026, date(2026, 4, 5)),
        (2027, date(2027, 3, 28)),
        (2038, date(2038, 4, 25)),
    ],
)
def test_easter_is_found(year: int, expected: date) -> None:
    assert easter_sunday(year) == expected


def test_keys_in_code_are_found_and_log_events_are_not(tmp_path: Path) -> None:
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "a.py").write_text(
        'say("chat.stale")\nsay(f"state.{name}")\nlog.info("web.started")\nsay("notice.counts")\nread("web.css")\n'
    )
    keys = code_keys(tmp_path)
    assert keys.whole == {"chat.stale"}
    assert [keys.uses(key) for key in ("state.read", "notice.counts.body", "web.started", "chat.help")] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("lang", "old", "new", "told"),
    [
        (
            "da",
            "kommune er {place}",
            "kommune er {home}",
            "has the placeholder home in da, which nothing fills",
        ),
        ("en", "Call {contact}:", "Call:", "is given the value contact, which it does not show in en"),
        ("da", "Hvor bor personen?", "{place}?", "has the placeholder place in da, which nothing fills"),
    ],
)
def test_a_text_shows_what_its_flow_gives_it_and_nothing_else(
    tmp_path: Path, lang: str, old: str, new: str, told: str
) -> None:
    folder = edited(copied(tmp_path), f"locales/{lang}/profile.po", old, new)
    assert any(line.endswith(told) for line in said(found_in(folder), Severity.ERROR))


def test_a_district_that_nobody_can_be_reached_in_is_a_warning_until_it_is_filled_in(tmp_path: Path) -> None:
    before = [line for line in said(found_in(NAME), Severity.WARNING) if line.startswith("districts.toml")]
    assert len(before) == 12
    folder = edited(
        copied(tmp_path),
        "districts.toml",
        'Fyns Politi"\nnumber = ""',
        'Fyns Politi"\nnumber = "12 34 56 78"',
    )
    after = [line for line in said(found_in(folder), Severity.WARNING) if line.startswith("districts.toml")]
    what = "has neither number nor mail, so people are given the fallback"
    assert set(before) - set(after) == {f"districts.toml [district fyn]: {what}"}


def test_a_municipality_of_no_known_district_is_refused(tmp_path: Path) -> None:
    folder = edited(
        copied(tmp_path), "districts.toml", 'police = "Fyns Politi"', 'police = "Nordpolens Politi"'
    )
    with pytest.raises(ProfileError, match="nothing is called Fyns Politi"):
        load_profile(str(folder))


def test_the_word_of_a_further_hotline_tells_a_bystander_nothing(tmp_path: Path) -> None:
    folder = edited(copied(tmp_path), "profile.toml", 'word = "landet"', 'word = "bekymring"')
    what = '"bekymring" tells a bystander: it contains "bekymring"'
    assert f"profile.toml [hotline national], word: {what}" in said(found_in(folder), Severity.ERROR)


@pytest.mark.parametrize("word", ["", "Landet", "ud/af", "for det andet"])
def test_a_further_hotline_needs_a_plain_word_of_its_own(tmp_path: Path, word: str) -> None:
    folder = edited(copied(tmp_path), "profile.toml", 'word = "landet"', f'word = "{word}"')
    with pytest.raises(ProfileError):
        load_profile(str(folder))


def test_hotlines_that_are_read_at_other_hours_than_the_first_are_told(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    path = folder / "profile.toml"
    before, national = path.read_text("utf-8").split('id = "national"')
    path.write_text(f'{before}id = "national"{national.replace("08:00", "09:00", 1)}', "utf-8")
    assert (
        "profile.toml [hotline national]: has other staffed hours than the first, by which staff are told"
        in said(found_in(folder), Severity.WARNING)
    )


def test_what_the_reporter_said_about_sending_on_must_be_asked_and_stored_in_clear(tmp_path: Path) -> None:
    folder = edited(copied(tmp_path), "profile.toml", 'question = "forward"', 'question = "story"')
    what = "story is not asked and stored in clear with the answers yes and no"
    assert f"profile.toml [forwarding]: {what}" in said(found_in(folder), Severity.ERROR)


@pytest.mark.parametrize(
    ("old", "key", "name"),
    [
        ("decided by {due} what", "closing.what_next", "soon"),
        ("The real hotline: {hotline_number}.", "trial.banner", "soon"),
        ("Thank you. We read it at the earliest {earliest}.", "closing.read.earliest", "soon"),
    ],
)
def test_a_text_of_the_profile_with_a_placeholder_that_nobody_fills_is_an_error(
    tmp_path: Path, old: str, key: str, name: str
) -> None:
    folder = edited(copied(tmp_path), "locales/en/profile.po", old, f"{old} {{{name}}}")
    found = said(found_in(folder), Severity.ERROR)
    assert f"text {key}: has the placeholder {name} in en, which nothing fills" in found
