"""The municipalities as places of a hotline: what is its own area, what people call them, and who helps elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from handlers.dialog.places import ELSEWHERE, OWN_AREA, Place, Places
from triage.areas import District, Districts, Municipality, OtherNames
from triage.profile import Hotline, PlacesMode


@dataclass(frozen=True, kw_only=True)
class AreaWords:
    """The words for districts. `fallback` is the number that stands in for an office's own."""

    text: Callable[..., str]
    languages: tuple[str, ...]
    fallback: str


def areas(
    hotline: Hotline,
    municipalities: Iterable[Municipality],
    districts: Districts,
    names: OtherNames,
    words: AreaWords,
) -> Places:
    """The places of a hotline; each knows the office of its district, and whom to call instead of a missing one."""
    entries = []
    details = {each.code: _details(each, words) for each in districts.district}
    for each in municipalities:
        district = districts.of(each)
        entries.append(
            Place(
                code=each.municipality_code,
                name=each.municipality,
                also=names.also.get(each.municipality_code, ()),
                groups=frozenset({OWN_AREA if _is_own(hotline, each) else ELSEWHERE}),
                details=details[district.code] if district is not None else {},
            )
        )
    return Places(entries=tuple(entries), ignored=names.ignored)


def _is_own(hotline: Hotline, municipality: Municipality) -> bool:
    """A hotline for all places without an own area is at home everywhere; with one, it sends on what is elsewhere."""
    if hotline.places is PlacesMode.ALL and not hotline.own_municipalities:
        return True
    return municipality.municipality_code in hotline.own_municipalities


def _details(district: District, words: AreaWords) -> Mapping[str, Mapping[str, str]]:
    def said(key: str) -> Mapping[str, str]:
        return {lang: words.text(key, lang) for lang in words.languages}

    office = said(f"district.{district.code}.office")
    known = {"office": office, "district": said(f"district.{district.code}.name")}
    if district.number:
        reached = {"contact": office, "contact_number": {"": district.number}}
    else:
        reached = {"contact": said("district.fallback"), "contact_number": {"": words.fallback}}
    return {**known, **reached, "mail": {"": district.mail}}
