"""Every page in a language that is longer than ours, and in one that is written from the right.

One pass for each direction. A page that these walks do not visit makes them fail, by its address or its template.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser
from yarl import URL

from admin.parts import HOME
from admin.app import routes_of as console_routes
from handlers.webchat.routes import TEMPLATES as WEBCHAT_TEMPLATES
from storage.store import Store
from tests.looks.desk import walk_desk
from tests.looks.fits import Fitter, untranslated, words_of_time
from tests.looks.house import turned
from tests.looks.pseudo import OPEN, SHUT, pseudo
from tests.looks.reporting import walk_reporter
from tests.looks.walked import left_out, pages_of
from tests.support.stores import SettableClock

ADMIN_TEMPLATES = Path("admin/templates")
NO_PAGE = {
    "/ud": "leads away from the site",
    "/static/{digest}/{name}": "what pages are made of",
}


@pytest.mark.browser
@pytest.mark.long
@pytest.mark.parametrize(
    ("language", "other", "direction"), [("da", "en", "ltr"), ("ar", "da", "rtl")], ids=["longer", "from-the-right"]
)
async def test_every_page_fits_and_is_translated(
    chromium: Browser, store: Store, clock: SettableClock, tmp_path: Path, language: str, other: str, direction: str
) -> None:
    known = words_of_time(language) | words_of_time(other)
    fitter = Fitter(known=known, direction=direction)
    async with turned(store, clock, language=language, other=other, mails=tmp_path) as house:
        await walk_reporter(chromium, house, fitter)
        await walk_desk(chromium, house, fitter)
        pages = pages_of(house.app) - set(NO_PAGE)
        seen = {URL(address).path for address in fitter.addresses}
        print("left out", left_out(pages, seen))
        print([t for t in house.drawn.names])
    print("\n".join(fitter.wrong)); assert False
