"""What of the list can be seen in the sources themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.envelopes import Place, split
from storage.keyring import Keyring, Part

ROOT = Path(__file__).parents[2]
CODE = ("bot", "handlers", "triage", "storage", "admin")
TAKES_SQL = frozenset({"text", "literal_column", "exec_driver_sql", "execute", "executescript", "DDL"})


def calls(*folders: str) -> Iterator[tuple[str, ast.Call]]:
    for folder in folders:
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", node


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


@pytest.mark.asvs("1.2.4")
def test_no_statement_is_put_together_from_text() -> None:
    seen, made = 0, []
    # Nobody else speaks to a database: the floors see to that.
    for where, call in calls("storage"):
        if name_of(call) in TAKES_SQL and call.args:
            seen += 1
            if isinstance(call.args[0], ast.JoinedStr | ast.BinOp):
                made.append(where)

    assert seen > 20
    assert made == []


@pytest.mark.asvs("4.4.1")
def test_nothing_opens_a_web_socket() -> None:
    sockets = [where for where, call in calls(*CODE) if "websocket" in name_of(call).casefold()]

    assert sockets == []
    assert any(name_of(call) == "StreamResponse" for _, call in calls("admin"))


@pytest.mark.asvs("11.3.4")
def test_a_hundred_thousand_envelopes_have_a_hundred_thousand_nonces(keyring: Keyring) -> None:
    key, _ = keyring.new_key("synthetic", Part.BODY)
    place = Place("cases", "body", "synthetic")

    nonces = {split(key.seal(place, b"the same"))[1] for _ in range(100_000)}

    assert len(nonces) == 100_000
