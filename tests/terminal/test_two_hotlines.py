"""The terminal takes up a talk at the hotline that the command names."""

from __future__ import annotations

import pytest

from bot.cli import main
from bot.wiring import make_entrances
from handlers.terminal.parts import TerminalParts
from storage.store import Store
from tests.support.people.terminal import TerminalPerson
from tests.support.profiles import shipped

ENTRANCES = make_entrances(shipped())


@pytest.mark.parametrize(
    ("hotline", "said"),
    [("local", "indgang til VINK i Københavns Kommune"), ("national", "den nationale hotline, som VINK")],
)
async def test_the_talk_says_whose_entrance_it_is(store: Store, hotline: str, said: str) -> None:
    entrance = ENTRANCES[hotline]
    parts = TerminalParts(store=store, intake=entrance.intake, words=entrance.words, trial=True)
    person = TerminalPerson(parts)
    try:
        await person.open()
        await person.type("1")
        assert said in " ".join(person.sees().split())
    finally:
        await person.close()


def test_a_hotline_that_is_not_there_is_named_with_those_that_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("TOVHOLDER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TOVHOLDER_KEYRING__FILE", f"{tmp_path}/keys.json")
    assert main(["chat", "--hotline", "paradise"]) != 0
    assert "paradise, only: local, national" in capsys.readouterr().err
