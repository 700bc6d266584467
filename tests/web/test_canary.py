"""What somebody types into the pages lies in clear nowhere: store, logs, addresses, cookies, headers."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.schema import metadata
from storage.store import Store
from storage.transaction import Transaction
from tests.support.stores import ENGINES
from tests.web.house import listening, webchat_parts, webchat_with_design
from tests.web.visiting import PLAIN, code_of, visiting

MARK = "kendeord"
PHONE, MAIL = "31 41 59 26", f"{MARK}@example.org"


def marked(name: str) -> str:
    """A sentence of this field's own."""
    plain = {"part.phone": PHONE, "part.email": MAIL}
    return plain.get(name, f"{MARK} {name}")


@pytest.fixture
def every_log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """All that anything logs; asked for before the store opens, so that its engine hears of it, too."""
    caplog.set_level(logging.DEBUG)
    return caplog


@pytest.mark.parametrize("engine", ENGINES)
async def test_no_word_typed_into_the_pages_lies_in_clear(
    every_log: pytest.LogCaptureFixture, store: Store, tmp_path: Path
) -> None:
    async with listening(webchat_with_design(webchat_parts(store))) as site, visiting(site) as visitor:
        await visitor.begin()
        await visitor.tell(marked)
        await visitor.press("edit", "story")
        await visitor.fill({"answer": f"{MARK} edited {PHONE}, {MAIL} og {PHONE}"})
        for act, found in (("stand", "story.0"), ("blur", "story.0"), ("remove", "story.0")):
            await visitor.press(act, found)
        await visitor.press("act", "send")
        code = code_of(visitor)
        await visitor.fill({"group": f"{MARK} group"})
        await visitor.fill({"group": code[-4:]})
        await visitor.press("act", "open")
        await visitor.fill({"words": f"{MARK} letter"})
        hidden = visitor.page.forms[0].hidden
        await visitor.post("/kode", [*hidden, ("act", "code"), ("code", f"{MARK} code")])
        await visitor.post("/kode", [*hidden, ("act", "code"), ("code", code)])
        await visitor.post("/", {"answer": f"{MARK} forged", "question": "story", "kind": "text"})
        await visitor.get("/s/nowhere")
        assert any(f"{MARK} letter" in page for page in visitor.seen)
        said = "\n".join(visitor.headers)
    stored = await store.read(_every_row)
    files = [each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()]
    logged = "\n".join(f"{each.getMessage()} {each.__dict__}" for each in every_log.records)
    for secret in (MARK, PHONE, PHONE.replace(" ", ""), code, code.replace("-", ""), *(PLAIN["part.phone"],)):
        assert secret not in said
        assert secret not in stored
        assert secret not in logged
        assert not any(secret.encode() in each for each in files)
    assert "127.0.0.1" not in stored
    assert not any(b"127.0.0.1" in each for each in files)


def _every_row(tx: Transaction) -> str:
    found = []
    for table in metadata.sorted_tables:
        for row in tx._work.all(select(table)):
            found += [
                value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in row
            ]
    return "\n".join(found)
