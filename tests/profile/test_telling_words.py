"""What the shipped organisation points out to a writer before sending, and what it leaves alone."""

from __future__ import annotations

import time
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.check_patterns import loose_repeats
from bot.profile import load_profile
from handlers.dialog.findings import blurred, find_spans, removed
from tests.profile.copies import NAME
from triage.patterns import FindingRule

SHIPPED = load_profile(NAME)
_LONG = 100_000

FOUND = [
    # Danish telephone numbers, however they are grouped
    ("Ring til mig på 20 20 20 20 efter kl. 17", "20 20 20 20"),
    ("Mit nummer er 20202020.", "20202020"),
    ("tlf.: 2020 2020, helst om aftenen", "2020 2020"),
    ("skriv til 20-20-20-20", "20-20-20-20"),
    ("hans bror har 20.20.20.20", "20.20.20.20"),
    ("jeg kan nås på 2020 20 20", "2020 20 20"),
    ("nummeret er 70 101010", "70 101010"),
    ("nummeret er 701 01 010", "701 01 010"),
    ("+45 20202020", "+45 20202020"),
    ("+4520202020", "+4520202020"),
    ("(+45) 20 20 20 20", "(+45) 20 20 20 20"),
    ("0045 20 20 20 20", "0045 20 20 20 20"),
    ("han ringer fra +46 70 123 45 67", "+46 70 123 45 67"),
    ("call me at +44 (0)20 7946 0000", "+44 (0)20 7946 0000"),
    ("han har nummer 12345678", "12345678"),
    ("ring til 12 34 56 78", "12 34 56 78"),
    ("skriv til 01234567", "01234567"),
    ("٢٠ ٢٠ ٢٠ ٢٠", "٢٠ ٢٠ ٢٠ ٢٠"),
    ("20 20\u200e 20 20", "20 20\u200e 20 20"),
    ("20\u00a020\u00a020\u00a020", "20\u00a020\u00a020\u00a020"),
    # E-mail
    ("Min mail er testperson@example.org.", "testperson@example.org"),
    ("skriv til test.person-12+x@mail.example.dk", "test.person-12+x@mail.example.dk"),
    ("testperson (at) example.dk", "testperson (at) example.dk"),
    ("testperson[at]example.dk", "testperson[at]example.dk"),
    ("øjvind@example.dk", "øjvind@example.dk"),
    # Street addresses
    ("Han bor på Eksempelvej 12.", "Eksempelvej 12"),
    ("Han bor på eksempelvej 12", "eksempelvej 12"),
    ("Vi bor Eksempelgade 4B, 3. tv", "Eksempelgade 4B, 3. tv"),
    ("Eksempelgade 4b, st. th., i opgangen", "Eksempelgade 4b, st. th"),
    ("de mødes i Eksempelgade 14, 2. sal", "Eksempelgade 14, 2. sal"),
    ("Adressen er Vester Eksempelgade 6, 1. sal tv", "Vester Eksempelgade 6, 1. sal tv"),
    ("på Gl. Eksempelvej 10", "Gl. Eksempelvej 10"),
    ("H.C. Eksempels Boulevard 3", "H.C. Eksempels Boulevard 3"),
    ("Eksempels Allé 7, 2200 København N", "Eksempels Allé 7, 2200 København N"),
    ("klubben i Eksempelstræde 2", "Eksempelstræde 2"),
    ("hun bor i Eksempelparken 44", "Eksempelparken 44"),
    ("på Store Torv 1", "Store Torv 1"),
    ("i Prøvehaven 8, 4. mf", "Prøvehaven 8, 4. mf"),
    ("De bor på Prøvevej nr. 5 nu", "Prøvevej nr. 5"),
    ("They live at 12 Example Street.", "12 Example Street"),
    ("at 221b North Example Rd", "221b North Example Rd"),
    ("my flat, 4 Example's Close, is small", "4 Example's Close"),
    # Web addresses that open something
    ("se https://example.org/?token=abc123def.", "https://example.org/?token=abc123def"),
    ("(https://example.org/join/a1b2c3d4e5f6g7h8)", "https://example.org/join/a1b2c3d4e5f6g7h8"),
    ("www.example.org/x?id=20202020x", "www.example.org/x?id=20202020x"),
    ("https://example.org/doc#key=hemmelig", "https://example.org/doc#key=hemmelig"),
    # Who the writer is
    ("Det er min søn i 8.b, der er ændret", "min søn i 8.b"),
    ("Min datter går i 3. klasse", "Min datter går i 3. klasse"),
    ("mit yngste barn, der er i 0.a", "mit yngste barn, der er i 0.a"),
    ("Vores tvillinger går i 6 klasse.", "Vores tvillinger går i 6 klasse"),
    ("min elev i 9. C", "min elev i 9. C"),
    ("min lillebror er lige begyndt i 1. g", "min lillebror er lige begyndt i 1. g"),
    ("Min søn går i 8.b på Testskolen", "Min søn går i 8.b på Testskolen"),
    ("Han går i 9.b på Testskolen.", "9.b på Testskolen"),
    ("en dreng i 3. klasse fra Eksempel Skole", "3. klasse fra Eksempel Skole"),
    ("hun går i 2.g på Eksempel Gymnasium", "2.g på Eksempel Gymnasium"),
    ("Han går på Testskolen i 9.b", "Testskolen i 9.b"),
    ("He is in 9b at Example School.", "9b at Example School"),
    ("she is in year 9 at the Example Academy", "year 9 at the Example Academy"),
    ("Jeg går i 9. klasse og er bange", "Jeg går i 9. klasse"),
    ("jeg er lærer på Eksempelskolen.", "jeg er lærer på Eksempelskolen"),
    ("Jeg er klasselærer i en skole", "Jeg er klasselærer i en skole"),
    ("jeg er pædagog hos Eksempel Klub", "jeg er pædagog hos Eksempel Klub"),
    ("jeg arbejder som sagsbehandler i kommunen", "jeg arbejder som sagsbehandler i kommunen"),
    ("jeg er selv træner for holdet", "jeg er selv træner for holdet"),
    ("jeg arbejder på Eksempelskolen", "jeg arbejder på Eksempelskolen"),
    ("Jeg hedder Testperson Tolv", "Jeg hedder Testperson Tolv"),
    ("mit navn er testperson", "mit navn er testperson"),
    ("my daughter in 3rd grade is afraid", "my daughter in 3rd grade"),
    ("My son, who is in 8b, says", "My son, who is in 8b"),
    ("our youngest son goes to 5th grade", "our youngest son goes to 5th grade"),
    ("I am in year 9", "I am in year 9"),
    ("my brother's in class 7.", "my brother's in class 7"),
    ("I am a teacher at Example School", "I am a teacher at Example School"),
    ("I'm a youth worker in a club", "I'm a youth worker in a club"),
    ("I am his football coach at Example United", "I am his football coach at Example United"),
    ("I work at Example Hospital", "I work at Example Hospital"),
    ("My name is Testperson Twelve", "My name is Testperson Twelve"),
]  # fmt: skip

LEFT = [
    # Years, dates, times, prices and other numbers
    "i årene 2019-2020 var han glad",
    "fra 2015 til 2026",
    "den 20-10-2015 og den 3.11.2026",
    "20/10/2015",
    "kl. 20.00-22.00",
    "det kostede 20.000.000 kr",
    "det kostede 25000000 kr",
    "50000000% sikker",
    "det kostede 12500000 kr",
    "den 12102015 eller 01102015",
    "filen 19991231",
    "3-4 gange om ugen, 12 timer",
    "han er 17 eller 18 år",
    "sagen har nr. 10203040506070809",
    "version 2.20.20.20.20",
    "ring 112, eller 114",
    # Addresses that are none
    "Han er på vej 3 gange om ugen",
    "på gaden 2 timer hver dag",
    "De mødes på Eksempelvej om aftenen",
    "på motorvejen 3 gange",
    "i børnehaven 5 dage om ugen",
    "i skolegården 10 minutter",
    "legepladsen 3",
    "Alle 3 kom",
    "He crossed the street 3 times",
    "2 men in the same way",
    "Testperson Prøvegård 17 år",
    # Mail and web addresses that tell nothing
    "@testperson skriver på nettet",
    "han var (på 20) hjemme. Nu er han væk",
    "se https://example.org/artikler.",
    "www.example.org/?side=2",
    "https://example.org/en-lang-artikel-om-unge-2019",
    # Classes, work and kin of others
    "klassen 8.b er urolig",
    "Han går i 8.b",
    "hun er i 3. klasse",
    "hun er i 3. klasse på en skole",
    "han går på Testskolen",
    "han gik i 9.b på vej hjem",
    "han havde 2 g på Eksempelbro",
    "he came home at 9 at Example",
    "min søn i går",
    "min søn er i 20'erne",
    "mine børn i alderen 3 til 8",
    "han er lærer på skolen",
    "jeg er bange på vej hjem",
    "jeg er leder, når vi spiller",
    "jeg arbejder på at forstå det",
    "Han hedder Testperson",
    "He is in 3rd grade",
    "my son in Jutland",
    "my son is in 2 minds about it",
    "I am in 3 different groups",
    "he is a teacher at the school",
    "I am worried at night",
    "I work at night",
    "His name is Testperson",
    # Names are not guessed
    "Testperson Nielsen og Testperson Hansen var der",
]


@pytest.mark.parametrize(("text", "words"), FOUND)
@pytest.mark.parametrize("lang", ["da", "en"])
def test_what_tells_who_somebody_is_is_found_just_as_far_as_it_goes(text: str, words: str, lang: str) -> None:
    assert [text[span.start : span.end] for span in find_spans(text, SHIPPED.finders(lang))] == [words]


@pytest.mark.parametrize("text", LEFT)
@pytest.mark.parametrize("lang", ["da", "en"])
def test_what_tells_nothing_is_left_alone(text: str, lang: str) -> None:
    assert [text[span.start : span.end] for span in find_spans(text, SHIPPED.finders(lang))] == []


SCRAPS = st.sampled_from(
    [*(text for text, _ in FOUND), *LEFT, "20", "20 20", "Eksempelvej", "12", "\n", ".", " "]
)
TEXTS = st.lists(SCRAPS, max_size=6).map(" ".join)


@given(text=TEXTS, lang=st.sampled_from(["da", "en"]), blurs=st.randoms(use_true_random=False))
def test_deciding_until_nothing_is_found_ends_and_leaves_no_marker_to_find(
    text: str, lang: str, blurs: Random
) -> None:
    finders = SHIPPED.finders(lang)
    markers = {finder.kind: finder.marker for finder in finders}
    for _ in range(len(text)):
        spans = find_spans(text, finders)
        if not spans:
            break
        span = blurs.choice(spans)
        assert not any(marker in text[span.start : span.end] for marker in markers.values())
        if blurs.random() < 0.5:
            text = blurred(text, span.start, span.end, markers[span.kind])
        else:
            text = removed(text, span.start, span.end)
    assert find_spans(text, finders) == ()


@pytest.mark.asvs("1.3.12")
def test_no_shipped_pattern_repeats_without_an_end_or_within_a_repeat() -> None:
    assert {rule.id: list(loose_repeats(rule.pattern)) for rule in SHIPPED.organisation.finding} == {
        rule.id: [] for rule in SHIPPED.organisation.finding
    }


@pytest.mark.proof
@pytest.mark.parametrize("rule", SHIPPED.organisation.finding, ids=lambda rule: rule.id)
@pytest.mark.asvs("1.3.12")
def test_no_text_of_a_hundred_thousand_signs_keeps_a_pattern_busy(rule: FindingRule) -> None:
    pieces = [*rule.finds, *rule.leaves]
    cut = [part for text in pieces for part in (text[:-1], text[:-2] + " ", text[: len(text) // 2])]
    hostile = [
        *pieces,
        *cut,
        "a",
        "A ",
        "Aa ",
        "20 ",
        "1",
        "a@",
        "www.",
        "https://a/?a=",
        "/a",
        "jeg er ",
        "I am a ",
        "9.b på ",
        "på A",
        "på Aa i ",
        "year 9 at ",
        "12 ",
    ]
    for text in hostile:
        whole = (text * (_LONG // len(text) + 1))[:_LONG]
        began = time.process_time()
        rule.regex.sub("", whole)
        assert time.process_time() - began < 0.05, text


@pytest.mark.parametrize(
    ("pattern", "faults"),
    [
        (r"a*", ["repeats something without an end"]),
        (r"\d+x", ["repeats something without an end"]),
        (r"(?:ab){2,}", ["repeats something without an end"]),
        (r"(?:a{1,9} ){1,9}", ["repeats something that repeats"]),
        (r"(?:(?:a{1,9}b) ){3}", ["repeats something that repeats"]),
        (r"(?:a+)+", ["repeats something without an end"] * 2 + ["repeats something that repeats"]),
        (r"(?:a{1,9} )?(?:\d{2} ){1,4}[+*]\+\(a?b{3}(?<!x)", []),
        (r"(?x) (?: a{2} [ ] ){4} a{1,30}+", []),
    ],
)
def test_a_loose_repeat_is_seen(pattern: str, faults: list[str]) -> None:
    assert list(loose_repeats(pattern)) == faults
