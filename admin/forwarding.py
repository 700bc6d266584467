"""Whom staff call when a worry is sent on, and what the reporter said about that. Nothing is sent by the product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from handlers.dialog.places import ELSEWHERE, Places
from handlers.dialog.values import said
from triage.cases.case import Case
from triage.cases.records import Submission
from triage.profile import OrganisationProfile


class Wish(StrEnum):
    """What the reporter said to sending it on."""

    YES = "yes"
    NO = "no"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Who helps where the person lives. `contact` is whom the number reaches; without a number of its own, another."""

    place: str
    office: str
    district: str
    contact: str
    number: str
    mail: str
    wish: Wish


def elsewhere(
    case: Case, told: Sequence[Submission], organisation: OrganisationProfile, places: Places, *, lang: str
) -> Elsewhere | None:
    """What to know before sending a case on; None where the person lives in the own area, or nobody knows where."""
    place = places.find(case.municipality or "")
    if place is None or ELSEWHERE not in place.groups or not place.details:
        return None
    words = said(place.details, lang)
    return Elsewhere(
        place=place.name,
        office=words["office"],
        district=words["district"],
        contact=words["contact"],
        number=words["contact_number"],
        mail=words["mail"],
        wish=_wish(told, organisation),
    )


def _wish(told: Sequence[Submission], organisation: OrganisationProfile) -> Wish:
    """The latest answer counts."""
    rules = organisation.forwarding
    answers = [each.clear.get(rules.question) for each in told] if rules is not None else []
    latest = next((answer for answer in reversed(answers) if answer is not None), None)
    if rules is None or latest not in {rules.yes, rules.no}:
        return Wish.NOT_ASKED
    return Wish.YES if latest == rules.yes else Wish.NO
