from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.profile import Profile, load_profile
from bot.profile_files import ProfileError
from handlers.dialog.clean import clean_text
from tests.profile.copies import NAME, copied, edited


@pytest.fixture(scope="module")
def shipped() -> Profile:
    return load_profile(NAME)


def test_a_shipped_profile_is_found_by_name_and_any_other_by_folder(tmp_path: Path) -> None:
    assert load_profile(str(copied(tmp_path))).organisation == load_profile(NAME).organisation


def test_an_unknown_profile_is_named_beside_those_that_exist() -> None:
    with pytest.raises(ProfileError, match=r"nowhere: no profile there .*koebenhavn"):
        load_profile("nowhere")


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("profile.toml", 'places = "own"', 'places = "mine"', ("hotline local", "places")),
        ("profile.toml", 'number = "line"', 'number = "lines"', ("hotline local", "number")),
        ("profile.toml", '= ["0101"]', '= ["9999"]', ("hotline local", "own_municipalities")),
        ("profile.toml", 'zone = "Europe/Copenhagen"', 'zone = "Europe/Nowhere"', ("organisation", "zone")),
        ("profile.toml", 'code = "duty_officer"', 'code = "magician"', ("role magician", "code")),
        ("profile.toml", '"receipt"', '"never"', ("outcome forward_infohus", "stops_clock")),
        ("profile.toml", 'clock = "answer48"', 'clock = "acute_check"', ("reporter_kind advice", "clock")),
        ("profile.toml", 'code = "relative"', 'code = "kin"', ("hotline local", "flows")),
        ("profile.toml", 'kinds = ["talk_request"]', 'kinds = ["walk"]', ("outcome planned", "kinds")),
        ("profile.toml", 'clock = "addition24"', 'clock = "addition"', ("additions", "clock")),
        ("profile.toml", "[organisation]", '[organisation]\ncolour = "red"', ("organisation", "colour")),
        ("profile.toml", "pattern = '''(?<!", "pattern = '''(?<", ("identity_number cpr", "pattern")),
        ("clocks.toml", 'at = "36h"', 'at = "soon"', ("clock triage48.milestone three_quarters", "at")),
        ("routing.toml", 'authorities = ["KF"]', 'authorities = ["XX"]', ("rule prison", "authorities")),
        ("retention.toml", 'keep = "24h"', 'keep = "a day"', ("rule draft", "keep")),
        ("flows/opening.toml", 'yes = "danger_yes"', 'yes = "danger_maybe"', ("questions danger", "acute")),
        ("municipalities.csv", "0147,", "147,", ("line 3", "municipality_code")),
    ],
)  # fmt: skip
def test_a_mistake_is_named_by_file_table_and_key(
    tmp_path: Path, file: str, old: str, new: str, expected: tuple[str, str]
) -> None:
    folder = edited(copied(tmp_path), file, old, new)
    with pytest.raises(ProfileError) as caught:
        load_profile(str(folder))
    assert caught.value.file.endswith(Path(file).name)
    assert (caught.value.table, caught.value.key) == expected


def test_additions_have_a_clock_that_no_kind_of_contact_has(tmp_path: Path) -> None:
    folder = edited(copied(tmp_path), "profile.toml", 'clock = "addition24"', 'clock = "answer48"')
    with pytest.raises(
        ProfileError, match=r"answer48 is the clock of advice, talk_request as well"
    ) as caught:
        load_profile(str(folder))
    assert (caught.value.table, caught.value.key) == ("additions", "clock")


def test_a_file_that_is_no_toml_or_missing_is_named(tmp_path: Path) -> None:
    folder = edited(copied(tmp_path), "clocks.toml", "[[clock]]", "[[clock")
    with pytest.raises(ProfileError, match=r"clocks\.toml"):
        load_profile(str(folder))
    (folder / "clocks.toml").unlink()
    with pytest.raises(ProfileError, match=r"clocks\.toml: the file is missing"):
        load_profile(str(folder))


def test_a_broken_flow_and_a_broken_catalogue_are_named(tmp_path: Path) -> None:
    broken = edited(copied(tmp_path / "a"), "flows/relative.toml", 'kind = "multi"', 'kind = "planet"')
    with pytest.raises(ProfileError, match=r"flows/relative\.toml"):
        load_profile(str(broken))
    doubled = edited(copied(tmp_path / "b"), "locales/da/profile.po", 'msgid "role.dpo"', 'msgid "role.head"')
    with pytest.raises(ProfileError, match=r"da/profile\.po, role\.head: stands twice"):
        load_profile(str(doubled))


def test_all_municipalities_are_places_and_only_the_own_ones_are_the_own_area(shipped: Profile) -> None:
    places = shipped.places("local")
    own = [place.name for place in places.entries if "own_area" in place.groups]
    assert (len(places.entries), own) == (98, ["København"])
    assert places.search("Århus Kommune").places[0].name == "Aarhus"


def test_public_holidays_and_own_closed_days_are_closed(shipped: Profile) -> None:
    closed = shipped.calendar().closed_days
    for day in (date(2027, 3, 28), date(2027, 6, 5), date(2027, 12, 24), date(2027, 12, 25)):
        assert day in closed
    assert date(2027, 12, 27) not in closed


@pytest.mark.parametrize("written", ["010190-1234", "0101901234", "010190 1234", "710190-1234"])
def test_an_identity_number_is_taken_out_and_marked(shipped: Profile, written: str) -> None:
    cleaned = clean_text(f"Han har {written}, tror jeg", shipped.identity_patterns("da"))
    assert (cleaned.text, cleaned.removed_count) == ("Han har [CPR-nummer slettet], tror jeg", 1)


def test_the_rules_clean_words_for_the_case_side(shipped: Profile) -> None:
    assert shipped.rules().clean("nr. 010190-1234") == ("nr. [CPR-nummer slettet]", 1)


def test_outcomes_stop_the_clock_as_the_hotline_decided(shipped: Profile) -> None:
    stops = {each.code: each.stops_clock.value for each in shipped.organisation.outcome}
    assert stops["need_more"] == "no"
    assert stops["unfounded"] == "second_person"
    assert stops["forward_infohus"] == "receipt"
    assert shipped.organisation.get_outcome("unfounded").needs_second_person


def test_only_danger_now_and_staff_wake_people(shipped: Profile) -> None:
    assert {each.id for each in shipped.organisation.acute if each.wakes} == {
        "danger_yes",
        "self_danger",
        "staff",
    }


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"relation": "child", "age": "15_17"}, "closing.what_next.parent"),
        ({"relation": "child", "age": "18_24"}, "closing.what_next"),
        ({"relation": "sibling", "age": "under_15"}, "closing.what_next"),
        ({}, "closing.what_next"),
    ],
)
def test_a_parent_of_someone_under_18_is_not_told_that_we_say_nothing(
    shipped: Profile, answers: dict[str, str], expected: str
) -> None:
    assert shipped.organisation.text_for("closing.what_next", answers, kind="relative") == expected


@pytest.mark.parametrize("kind", ["advice", "talk_request", "self"])
def test_what_is_promised_fits_the_kind_and_only_relatives_are_spoken_to_as_such(
    shipped: Profile, kind: str
) -> None:
    of = shipped.organisation

    assert of.text_for("closing.what_next", {}, kind=kind) == f"closing.what_next.{kind}"
    assert of.text_for("closing.for_relatives", {}, kind=kind) is None
    assert of.text_for("closing.for_relatives", {}, kind="relative") == "closing.for_relatives"


def test_the_hotlines_number_and_hours_stand_in_its_texts(shipped: Profile) -> None:
    said = shipped.translator("local").text("trial.banner", "da")
    assert said == "Prøve – skriv ikke om rigtige mennesker. Den rigtige hotline: 41 74 90 90."


def test_the_trial_ends_with_a_signature_and_begins_again_with_any_change(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    before = load_profile(str(folder))
    assert before.trial
    signature = (
        f'[signed_off]\nwho = "Testperson A"\ndate = 2026-11-01\nfingerprint = "{before.fingerprint}"\n\n'
    )
    edited(folder, "profile.toml", "[organisation]", f"{signature}[organisation]")
    assert not load_profile(str(folder)).trial
    edited(folder, "locales/da/profile.po", "Mens du venter", "Imens du venter")
    assert load_profile(str(folder)).trial


def test_the_same_texts_have_the_same_fingerprint_wherever_they_stand(tmp_path: Path) -> None:
    assert load_profile(str(copied(tmp_path))).fingerprint == load_profile(NAME).fingerprint


def test_who_a_worry_is_about_is_said_by_answers_that_exist_and_never_by_those_of_the_reporter(
    tmp_path: Path,
) -> None:
    folder = edited(
        copied(tmp_path),
        "profile.toml",
        "[person_search]\nallowed = false",
        "[person_search]\nallowed = true",
    )
    assert load_profile(str(folder)).organisation.person_search.names == ("subject.name", "person.name")
    for number, name in enumerate(("reporter.name", "reach.phone", "subject", "nobody.name")):
        wrong = copied(tmp_path / str(number))
        edited(wrong, "profile.toml", "[person_search]\nallowed = false", "[person_search]\nallowed = true")
        edited(wrong, "profile.toml", '"subject.name", "person.name"', f'"{name}"')
        with pytest.raises(ProfileError, match=f"nothing is called {name}") as caught:
            load_profile(str(wrong))
        assert (caught.value.table, caught.value.key) == ("person_search", "names")
