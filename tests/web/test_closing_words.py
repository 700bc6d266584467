"""What stands below the receipt on the page: the profile's rules pick it, as on every channel."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage.store import Store
from tests.support.profiles import shipped
from tests.web.house import listening, webchat_parts, webchat_with_design
from tests.web.test_coming_back import sent
from tests.web.visiting import visiting
from triage.profile import TextRule

FOR_RELATIVES = "Det er ikke din skyld, og du er ikke alene."


@pytest.mark.parametrize(
    ("rules", "told"), [((), True), ((TextRule(text="closing.for_relatives", kinds=("relative",)),), False)]
)
async def test_what_relatives_are_told_follows_from_the_profile(
    store: Store, *, rules: tuple[TextRule, ...], told: bool
) -> None:
    organisation = shipped().organisation.model_copy(update={"text_rule": rules})
    parts = webchat_parts(store, profile=replace(shipped(), organisation=organisation))
    async with listening(webchat_with_design(parts)) as site, visiting(site) as visitor:
        await sent(visitor)
        assert (FOR_RELATIVES in visitor.words) is told
