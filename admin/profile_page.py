"""The organisation's data as the process reads it, and what `tovholder check` finds in it; nothing is edited here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import time, timedelta
from itertools import groupby

from aiohttp import web

from admin.desk import Desk, Visit
from triage.clocks.calendar import OpeningHours
from triage.profile import Hotline, PhoneNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Days of the week, Monday being 0, that have the same hours; none where it is closed."""

    first: int
    last: int
    hours: tuple[tuple[time, time], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HotlineView:
    """A hotline with its number, and its hours by days that are alike."""

    hotline: Hotline
    number: PhoneNumber
    staffed: tuple[Days, ...]
    telephone: tuple[Days, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfilePage:
    """`/desk/profile`."""

    desk: Desk

    async def see(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """The profile as it was read at start, and what was found in it today."""
        parts = self.desk.parts
        words, lang = parts.words, self.desk.language(request)
        organisation = parts.rules.organisation
        names = organisation.organisation.name
        checked = await parts.checks.findings()

        def hours(given: Iterable[tuple[time, time]]) -> str:
            return words.hours(given, lang)

        return self.desk.page(
            request,
            "profile.html",
            visit=visit,
            o=organisation,
            # The name in another language, where the page is in one that it has none in.
            organisation=names.get(lang, next(iter(names.values()))),
            hotlines=[_view(each, organisation.get_number(each.number)) for each in organisation.hotline],
            languages=[(each, words.name_of(each)) for each in organisation.organisation.languages],
            clocks=parts.rules.policies.all_newest(),
            trial=parts.checks.trial,
            checked_on=checked.on,
            serious=[each for each in checked.findings if each.severity != "info"],
            remarks=[each for each in checked.findings if each.severity == "info"],
            full_day=lambda day: words.full_date(day, lang),
            hours=hours,
            minutes=lambda number: words.span(timedelta(minutes=number), lang),
        )


def _view(hotline: Hotline, number: PhoneNumber) -> HotlineView:
    return HotlineView(
        hotline=hotline,
        number=number,
        staffed=tuple(_days(hotline.staffed)),
        telephone=None if hotline.telephone is None else tuple(_days(hotline.telephone)),
    )


def _days(hours: OpeningHours) -> Iterator[Days]:
    for periods, alike in groupby(range(7), key=hours.on):
        days = list(alike)
        said = tuple((each.start, each.end) for each in periods)
        yield Days(first=days[0], last=days[-1], hours=said)
