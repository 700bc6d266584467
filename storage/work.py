"""What the repositories of one transaction share: the connection, the time, the keys and a few statements' helpers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import (
    Column,
    Connection,
    CursorResult,
    Executable,
    Row,
    Table,
    bindparam,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from storage.errors import KeyErasedError, NoKeyError
from storage.keyring import Keyring
from storage.rows import Claimed, Held
from triage.ids import ConversationId, PersonId

Values = Mapping[str, Any]
_READ_FOR = select(func.set_config("tovholder.reader", bindparam("reader"), literal(value=True)))


class Timekeeper(Protocol):
    """Where a transaction's time comes from: asked once, on the transaction's own connection."""

    def now(self, connection: Connection) -> datetime:
        """The time, aware UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What is the same for every transaction of a store."""

    timekeeper: Timekeeper
    keyring: Keyring | None
    new_id: Callable[[], UUID]
    new_secret: Callable[[int], bytes]
    holder: str
    lease: timedelta


class Work:
    """One transaction as its repositories see it."""

    __slots__ = ("_now", "_reader", "connection", "held", "house", "leased")

    def __init__(self, connection: Connection, house: House) -> None:
        self.connection = connection
        self.house = house
        self.held: dict[ConversationId, Held] = {}
        """Conversations that this transaction has read, with their open keys."""
        self.leased: list[Claimed] = []
        """Outbox rows born leased, which the process sends as soon as the transaction is committed."""
        self._now: datetime | None = None
        self._reader: PersonId | None = None

    @property
    def now(self) -> datetime:
        """The transaction's time."""
        if self._now is None:
            self._now = self.house.timekeeper.now(self.connection)
        return self._now

    def read_for(self, person_id: PersonId) -> None:
        """Hide from here on what is hidden from this person; for the transaction only, on whichever connection."""
        self._reader = person_id
        self.run(_READ_FOR, {"reader": str(person_id)})

    def read_for_the_house(self) -> None:
        """Hide nothing any more: what follows is the house's own work."""
        if self._reader is not None:
            self._reader = None
            self.run(_READ_FOR, {"reader": ""})

    @property
    def keyring(self) -> Keyring:
        """The keyring; `NoKeyError` in a store that was opened without one."""
        if self.house.keyring is None:
            raise NoKeyError("This needs the keyring, and the store was opened without one.")
        return self.house.keyring

    def run(
        self, statement: Executable, values: Values | Sequence[Values] | None = None
    ) -> CursorResult[Any]:
        """Send a statement."""
        return self.connection.execute(statement, values)

    def one(self, statement: Executable, values: Values | None = None) -> Row[Any] | None:
        """The first row, if there is one."""
        return self.connection.execute(statement, values).first()

    def all(self, statement: Executable, values: Values | None = None) -> Sequence[Row[Any]]:
        """All rows."""
        return self.connection.execute(statement, values).all()

    def changed(self, statement: Executable, values: Values | None = None) -> int:
        """Send a statement that changes rows; how many it changed."""
        return self.run(statement, values).rowcount

    def run_all(self, statement: Executable, values: Sequence[Values]) -> None:
        """Send a statement once for each of these; none is no statement."""
        if values:
            self.run(statement, values)

    def insert_if_absent(self, table: Table, values: Values) -> bool:
        """Insert a row unless a unique column has its value already; False if it did."""
        statement = _insert_absent(table, self.connection.dialect.name, ())
        return self.run(statement, values).rowcount == 1

    def insert_absent(
        self, table: Table, values: Sequence[Values], *, returning: tuple[Column[Any], ...] = ()
    ) -> Sequence[Row[Any]]:
        """Insert those rows of which no unique column has its value already; of these `returning`, in any order."""
        if not values:
            return []
        found = self.run(_insert_absent(table, self.connection.dialect.name, returning), values)
        return found.all() if returning else []

    def insert_or_update(self, table: Table, values: Sequence[Values], *, by: Column[Any]) -> None:
        """Insert rows, or update those that are there by this column; all rows name the same columns."""
        if values:
            names = tuple(name for name in values[0] if name != by.name)
            self.run(_insert_or_update(table, self.connection.dialect.name, by, names), values)


@cache
def _insert_absent(table: Table, dialect: str, returning: tuple[Column[Any], ...]) -> Executable:
    if dialect == "postgresql":
        statement = postgresql.insert(table).on_conflict_do_nothing()
        return statement.returning(*returning) if returning else statement.inline()
    lite = sqlite.insert(table).on_conflict_do_nothing()
    return lite.returning(*returning) if returning else lite.inline()


@cache
def _insert_or_update(table: Table, dialect: str, by: Column[Any], names: tuple[str, ...]) -> Executable:
    if dialect == "postgresql":
        statement = postgresql.insert(table)
        new = {name: statement.excluded[name] for name in names}
        return statement.on_conflict_do_update(index_elements=[by], set_=new).inline()
    lite = sqlite.insert(table)
    fresh = {name: lite.excluded[name] for name in names}
    return lite.on_conflict_do_update(index_elements=[by], set_=fresh).inline()


def erased(what: str) -> KeyErasedError:
    """The error for a key that was destroyed."""
    return KeyErasedError(f"The key of this {what} was destroyed; what it sealed cannot be read any more.")
