"""Who helps elsewhere, as the shipped profile tells it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bot.profile import load_profile
from handlers.dialog.conditions import Is
from tests.profile.copies import NAME, copied, edited

SHIPPED = load_profile(NAME)

PER_DISTRICT = {
    "Nordjyllands Politi": 9,
    "Østjyllands Politi": 7,
    "Midt- og Vestjyllands Politi": 11,
    "Sydøstjyllands Politi": 7,
    "Syd- og Sønderjyllands Politi": 8,
    "Fyns Politi": 10,
    "Sydsjællands og Lolland-Falsters Politi": 7,
    "Midt- og Vestsjællands Politi": 10,
    "Nordsjællands Politi": 13,
    "Københavns Vestegns Politi": 11,
    "Københavns Politi": 4,
    "Bornholms Politi": 1,
}

OFTEN_MISTAKEN = {
    "Ringsted": "Midt- og Vestsjællands Politi",
    "Greve": "Midt- og Vestsjællands Politi",
    "Solrød": "Midt- og Vestsjællands Politi",
    "Slagelse": "Sydsjællands og Lolland-Falsters Politi",
    "Sorø": "Sydsjællands og Lolland-Falsters Politi",
    "Skanderborg": "Sydøstjyllands Politi",
    "Silkeborg": "Midt- og Vestjyllands Politi",
    "Morsø": "Midt- og Vestjyllands Politi",
    "Thisted": "Midt- og Vestjyllands Politi",
    "Gentofte": "Nordsjællands Politi",
    "Frederiksberg": "Københavns Politi",
    "Tårnby": "Københavns Politi",
    "Dragør": "Københavns Politi",
    "Bornholm": "Bornholms Politi",
}


def test_all_municipalities_stand_in_the_twelve_districts_in_the_known_numbers() -> None:
    assert len(SHIPPED.municipalities) == 98
    assert len({each.municipality_code for each in SHIPPED.municipalities}) == 98
    assert len({each.municipality for each in SHIPPED.municipalities}) == 98
    assert dict(Counter(each.police_district for each in SHIPPED.municipalities)) == PER_DISTRICT
    assert {each.police for each in SHIPPED.districts.district} == set(PER_DISTRICT)


def test_the_municipalities_that_are_often_mistaken_stand_where_they_belong() -> None:
    districts = {each.municipality: each.police_district for each in SHIPPED.municipalities}
    assert {name: districts[name] for name in OFTEN_MISTAKEN} == OFTEN_MISTAKEN
    codes = {each.municipality: each.municipality_code for each in SHIPPED.municipalities}
    assert (codes["København"], codes["Bornholm"], codes["Aarhus"]) == ("0101", "0400", "0751")
    # An island under the state, no municipality of its own.
    assert "0411" not in codes.values()


@pytest.mark.parametrize("hotline", ["local", "national"])
def test_only_the_units_own_municipality_is_its_own_area_on_both_lines(hotline: str) -> None:
    places = SHIPPED.places(hotline)
    own = [place.name for place in places.entries if "own_area" in place.groups]
    elsewhere = [place.name for place in places.entries if "elsewhere" in place.groups]
    assert own == ["København"]
    assert len(elsewhere) == 97
    assert {"Frederiksberg", "Tårnby", "Dragør"} <= set(elsewhere)


def test_while_no_number_is_filled_in_people_are_given_the_national_line() -> None:
    place = SHIPPED.places("local").find("0461")
    assert place is not None
    assert place.details == {
        "office": {"da": "infohuset på Fyn", "en": "the info house on Funen"},
        "district": {"da": "Fyns Politi", "en": "Funen Police"},
        "mail": {"": ""},
        "contact": {"da": "den nationale hotline", "en": "the national hotline"},
        "contact_number": {"": "41 74 90 90"},
    }


def test_a_number_that_is_filled_in_is_given_instead(tmp_path: Path) -> None:
    folder = edited(
        copied(tmp_path),
        "districts.toml",
        'Fyns Politi"\nnumber = ""',
        'Fyns Politi"\nnumber = "12 34 56 78"',
    )
    place = load_profile(str(folder)).places("local").find("0461")
    assert place is not None
    assert place.details["contact"] == {"da": "infohuset på Fyn", "en": "the info house on Funen"}
    assert place.details["contact_number"] == {"": "12 34 56 78"}


def test_danger_and_a_child_go_first_where_it_is_asked_whether_to_send_it_on() -> None:
    found = SHIPPED.flows.by_id["relative"].find_question("forward")
    assert found is not None
    notes = {note.id: note.when for note in found[1].notes}
    assert notes == {
        "danger_first": Is(question="danger", is_in=("yes", "unsure")),
        "child_first": Is(question="age", is_in=("under_15", "15_17")),
        "office": None,
    }
    texts = SHIPPED.translator("local")
    for lang, first in (("da", "Fare går først. Ring 112"), ("en", "Danger goes first. Call 112")):
        assert texts.text("flow.elsewhere.forward.note.danger_first", lang).startswith(first)
