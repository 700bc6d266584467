from __future__ import annotations

import json
from dataclasses import replace

from handlers.dialog.draft import Draft, dumps, loads


def a_full_draft() -> Draft:
    return Draft(
        flow_id="worry",
        flow_version=4,
        fingerprint="f",
        language="da",
        answers={
            "story": "MARKER he said",
            "signs": ("weapons", "prison"),
            "people": 3,
            "reach": {"name": "MARKER"},
        },
        skipped=frozenset({"b", "a"}),
        unknown=frozenset({"since"}),
        offers_taken=frozenset({"who"}),
        editing="signs",
        selecting=("prison",),
        parts={"name": "MARKER", "email": ""},
        cards=(("call_now", "signs"),),
        kept=frozenset({("story", 0, 6), ("story", 9, 12)}),
        revision=7,
    )


def test_a_draft_survives_json() -> None:
    draft = a_full_draft()
    assert loads(dumps(draft)) == draft


def test_equal_drafts_are_the_same_text() -> None:
    assert dumps(loads(dumps(a_full_draft()))) == dumps(a_full_draft())


def test_what_a_person_said_is_hidden_from_repr() -> None:
    assert "MARKER" not in repr(a_full_draft())
    assert "weapons" not in repr(a_full_draft())


def test_a_draft_of_the_version_before_is_read() -> None:
    plain = json.loads(dumps(a_full_draft()))
    del plain["kept"]
    assert loads(json.dumps(plain)) == replace(a_full_draft(), kept=frozenset())
