"""Statements on their way to the driver: what is compiled once fits every later use."""

from __future__ import annotations

import gc
import weakref
from datetime import timedelta

import pytest
from sqlalchemy import bindparam, insert, select

from storage.house_tables import meta
from storage.store import Store
from storage.tables import inputs
from storage.transaction import Transaction

_OF = select(meta.c.name).where(meta.c.name.in_(bindparam("names", expanding=True))).order_by(meta.c.name)
_ADD = insert(meta)
_BY_NAME = select(meta.c.name, meta.c.value).where(meta.c.name == bindparam("name"))


async def test_a_list_may_have_another_length_each_time(store: Store) -> None:
    await store.write(lambda tx: tx._work.run(_ADD, [{"name": name, "value": None} for name in "abc"]))

    def names(tx: Transaction, wanted: str) -> str:
        return "".join(row.name for row in tx._work.all(_OF, {"names": list(wanted)}))

    assert [await store.read(names, wanted) for wanted in ("a", "cb", "", "abcd")] == ["a", "bc", "", "abc"]


async def test_a_statement_takes_other_columns_the_next_time(store: Store) -> None:
    await store.write(lambda tx: tx._work.run(_ADD, {"name": "a"}))
    await store.write(lambda tx: tx._work.run(_ADD, {"value": "Testord", "name": "b"}))

    def both(tx: Transaction) -> list[object]:
        return [tx._work.one(_BY_NAME, {"name": name}) for name in "ab"]

    assert await store.read(both) == [("a", None), ("b", "Testord")]


async def test_a_value_that_is_missing_is_said(store: Store) -> None:
    with pytest.raises(LookupError, match="needs a value for name"):
        await store.read(lambda tx: tx._work.one(_BY_NAME, {"key": "a"}))


async def test_an_instant_comes_back_as_it_went_in_also_beside_a_value_of_the_statement(store: Store) -> None:
    await store.write(lambda tx: tx.remember("probe", "a"))

    def found(tx: Transaction) -> object:
        later = inputs.c.at < tx.now + timedelta(microseconds=1)
        row = tx._work.one(select(inputs.c.at).where(later, inputs.c.source == "probe"))
        return None if row is None else row.at - tx.now

    assert await store.read(found) == timedelta()


async def test_what_is_asked_on_the_spot_is_not_kept(store: Store) -> None:
    def on_the_spot(tx: Transaction) -> weakref.ref[object]:
        statement = select(meta.c.name).where(meta.c.name == "a")
        tx._work.all(statement)
        return weakref.ref(statement)

    kept = await store.read(on_the_spot)
    gc.collect()

    assert kept() is None
