"""The search for a place, over the shipped data: what people would type, and what is found at the first try."""

from __future__ import annotations

import pytest

from bot.profile import load_profile
from handlers.dialog.places import fold
from tests.profile.copies import NAME

PLACES = load_profile(NAME).places("local")

SHARED = {"Amager": {"0101", "0185", "0155"}, "Hasle": {"0400", "0751"}, "Ærø": {"0492", "0510"}}
"""Names that several municipalities share, Aarø and Ærø by their plain spelling: the search asks which."""

TYPED = {
    "København": "København kobenhavn Koebenhavn KØBENHAVN Copenhagen copenhagen Kbh Nørrebro Norrebro Noerrebro "
    "nørrebo Vesterbro Østerbro osterbro Oesterbro Valby Vanløse Vanlose Brønshøj bronshoj Tingbjerg Bispebjerg "
    "Nordvest Sydhavnen Christianshavn Ørestad Orestad Mjølnerparken Christiania",
    "Aarhus": "Århus Aarhus arhus århus Gellerup Brabrand Risskov Åbyhøj Aabyhoej abyhoj Trøjborg Bispehaven "
    "Højbjerg Lystrup Gellerupparken",
    "Odense": "Odense odense Oddense Vollsmose vollsmosse Dalum Bolbro",
    "Aalborg": "Ålborg Aalborg alborg Nørresundby Norresundby Hasseris Nibe",
    "Helsingør": "Helsingør Helsingor Elsinore Espergærde Hornbæk hornbaek",
    "Hillerød": "Hillerød hillerod Hilleroed Skævinge",
    "Frederikssund": "Frederikssund Fredrikssund Slangerup Skibby",
    "Frederiksberg": "Frederiksberg Frederiksbjærg",
    "Bornholm": "Bornholm Rønne Ronne Nexø Neksø Christiansø christianso Gudhjem Svaneke",
    "Ærø": "Ærø Aeroe Aero Marstal Ærøskøbing aeroskobing",
    "Lolland": "Lolland Fejø Fejo Femø Maribo Nakskov Rødby",
    "Guldborgsund": "Guldborgsund Gedser Sakskøbing Falster",
    "Vordingborg": "Vordingborg Præstø Praesto Møn Moen Stege",
    "Samsø": "Samsø Samso Tranebjerg",
    "Læsø": "Læsø Laeso Byrum",
    "Fanø": "Fanø Fano Sønderho",
    "Tønder": "Tønder Tonder Rømø Romo",
    "Esbjerg": "Esbjerg Ribe Mandø Bramming",
    "Norddjurs": "Norddjurs Grenå Grenaa Anholt",
    "Syddjurs": "Ebeltoft Hornslet",
    "Slagelse": "Slagelse Korsør Korsor Skælskør",
    "Høje-Taastrup": "Taastrup Tåstrup Hedehusene",
    "Gentofte": "Hellerup Charlottenlund Klampenborg",
    "Gladsaxe": "Søborg Soborg Bagsværd Bagsvaerd",
    "Tårnby": "Kastrup Tårnby Taarnby Tarnby",
    "Rudersdal": "Birkerød Holte Vedbæk",
    "Ringkøbing-Skjern": "Ringkøbing Skjern Ringkobing Videbæk",
    "Frederikshavn": "Skagen Sæby Saeby Frederikshavn",
    "Hjørring": "Hjørring Hjorring Hirtshals Løkken",
    "Svendborg": "Svendborg Tåsinge Taasinge Thurø",
    "Sønderborg": "Sønderborg Sonderborg Als Gråsten",
    "Aabenraa": "Åbenrå Aabenraa Abenra Padborg",
    "Morsø": "Mors Morsø",
    "Mariagerfjord": "Hobro Hadsund",
    "Vejle": "Vejle Jelling Egtved",
}
WHOLE_PHRASES = {
    "København Kommune": "København",
    "Københavns kommune": "København",
    "København N": "København",
    "2200 København N": "København",
    "kbh nv": "København",
    "Islands Brygge": "København",
    "Islandsbrygge": "København",
    "Århus C": "Aarhus",
    "Aarhus Kommune": "Aarhus",
    "Viby J": "Aarhus",
    "Viby Sjælland": "Roskilde",
    "Nykøbing Falster": "Guldborgsund",
    "Nykobing F": "Guldborgsund",
    "Nykøbing Mors": "Morsø",
    "Nykøbing Sj": "Odsherred",
    "Kongens Lyngby": "Lyngby-Taarbæk",
    "lyngby taarbæk": "Lyngby-Taarbæk",
    "Brøndby Strand": "Brøndby",
    "han bor på Nørrebro": "København",
    "i Gellerup ved Aarhus": "Aarhus",
    "Odense SØ": "Odense",
    "Hvide Sande": "Ringkøbing-Skjern",
    "Faaborg": "Faaborg-Midtfyn",
    "Fåborg": "Faaborg-Midtfyn",
    "Ikast": "Ikast-Brande",
    "Bornholms Regionskommune": "Bornholm",
}
TABLE = [(typed, place) for place, words in TYPED.items() for typed in words.split()] + list(
    WHOLE_PHRASES.items()
)


def test_what_people_would_type_is_found_at_the_first_try_and_never_surely_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    missed, wrong, sure = [], [], 0
    for typed, wanted in TABLE:
        found = PLACES.search(typed)
        sure += found.sure
        if not found.places or found.places[0].name != wanted:
            missed.append(typed)
            wrong += [typed] if found.sure else []
    with capsys.disabled():
        first = len(TABLE) - len(missed)
        print(
            f"\nplaces: {len(TABLE)} spellings, {first / len(TABLE):.1%} found at first try, {sure} of them sure"
        )
        print(f"not first: {', '.join(missed) or 'none'}")
    assert len(TABLE) >= 120
    assert wrong == []
    assert len(missed) / len(TABLE) <= 0.03, missed


def test_a_name_means_one_municipality_unless_the_search_asks_which() -> None:
    meant: dict[str, set[str]] = {}
    for place in PLACES.entries:
        for name in (place.name, *place.also):
            meant.setdefault(fold(name), set()).add(place.code)
    shared = {name: codes for name, codes in meant.items() if len(codes) > 1}
    assert shared == {fold(name): codes for name, codes in SHARED.items()}
    for name, codes in SHARED.items():
        found = PLACES.search(name)
        assert ({place.code for place in found.places}, found.sure) == (codes, False)


@pytest.mark.parametrize("typed", ["Viby", "Nykøbing", "Frederiks", "Nordby"])
def test_half_a_name_that_means_several_places_asks_which(typed: str) -> None:
    found = PLACES.search(typed)
    assert not found.sure
    assert len(found.places) > 1


def test_every_name_that_is_written_down_finds_its_own_place() -> None:
    lost = [
        (name, place.name)
        for place in PLACES.entries
        for name in (place.name, *place.also)
        if place.code not in {each.code for each in PLACES.search(name).places}
    ]
    assert lost == []


@pytest.mark.parametrize(
    "typed", ["Malmö", "Berlin", "Fyn", "Jylland", "Strand", "Sjælland", "ved ikke", "Qwertyville"]
)
def test_what_is_no_municipality_is_never_taken_for_one(typed: str) -> None:
    assert not PLACES.search(typed).sure
