"""A connection as repositories use it: statements are written in SQLAlchemy Core and sent by the driver itself.

Core's own way of executing costs several times what the driver needs. Here a statement is compiled once for each
engine; what is left to do when it is sent is to put its values in order and to read its rows.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlalchemy import Dialect, Insert, Select, TextClause, UpdateBase
from sqlalchemy.types import TypeEngine

Values = Mapping[str, Any]
Statement = Select[Any] | UpdateBase | TextClause
Arguments = Sequence[Any]
Process = Callable[[Any], Any]


class Row(tuple[Any, ...]):
    """A row, its columns read by name."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...  # noqa: ANN401 - a column's value


@dataclass(frozen=True, slots=True)
class Answer:
    """What a statement gave: its rows, or how many rows it changed."""

    rows: Sequence[Row] = ()
    changed: int = 0

    def first(self) -> Row | None:
        """The first row, if there is one."""
        return self.rows[0] if self.rows else None

    def scalar_one(self) -> Any:  # noqa: ANN401 - a column's value
        """The first column of the only row."""
        (row,) = self.rows
        return row[0]


class Connection(ABC):
    """A driver's connection, in a transaction."""

    dialect: Dialect

    def execute(self, statement: Statement, values: Values | Sequence[Values] | None = None) -> Answer:
        """Send a statement; with several sets of values once for each, and then nothing is answered."""
        if isinstance(values, Sequence):
            if values:
                plan = _plan(statement, values[0], self.dialect)
                self._change_many(plan.sql, [plan.arguments(each) for each in values])
            return Answer()
        given: Values = values or {}
        plan = _plan(statement, given, self.dialect)
        arguments = plan.arguments(given)
        if plan.reads:
            return Answer(rows=plan.rows(self._fetch(plan.sql, arguments)))
        return Answer(changed=self._change(plan.sql, arguments))

    @abstractmethod
    def _fetch(self, sql: str, arguments: Arguments) -> Iterable[Iterable[Any]]:
        """Send a statement and read its rows."""

    @abstractmethod
    def _change(self, sql: str, arguments: Arguments) -> int:
        """Send a statement; how many rows it changed."""

    @abstractmethod
    def _change_many(self, sql: str, arguments: Sequence[Arguments]) -> None:
        """Send a statement once for each of these."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """A statement as one engine's driver takes it."""

    sql: str
    parameters: tuple[tuple[str, Process | None, Any], ...]
    """In the driver's order: name, how its value is told to the driver, and the value if the statement holds it."""
    reads: bool
    row: Callable[[Iterable[Any]], Row]
    columns: tuple[Process | None, ...]
    plain: bool
    """Whether every column is told by the driver as it is."""

    def arguments(self, values: Values) -> Arguments:
        return [
            fixed if name not in values else values[name] if process is None else process(values[name])
            for name, process, fixed in self.parameters
        ]

    def rows(self, found: Iterable[Iterable[Any]]) -> list[Row]:
        if self.plain:
            return [self.row(each) for each in found]
        return [
            self.row(
                [
                    value if process is None else process(value)
                    for process, value in zip(self.columns, each, strict=True)
                ]
            )
            for each in found
        ]


_plans: WeakKeyDictionary[Statement, dict[tuple[str, tuple[str, ...]], _Plan]] = WeakKeyDictionary()


def _plan(statement: Statement, values: Values, dialect: Dialect) -> _Plan:
    """The statement's plan. It lives as long as the statement does, so one made on the spot is compiled each time."""
    plans = _plans.get(statement)
    if plans is None:
        plans = _plans[statement] = {}
    key = (dialect.name, tuple(values))
    plan = plans.get(key)
    if plan is None:
        plan, lasting = _compiled(statement, values, dialect)
        if lasting:
            plans[key] = plan
    return plan


def _compiled(statement: Statement, values: Values, dialect: Dialect) -> tuple[_Plan, bool]:
    """The plan, and whether it fits other values, too: a list of values is written out one by one."""
    if isinstance(statement, Insert):
        # What the database fills in by itself is not asked for beforehand.
        statement = statement.inline()
    compiled = statement.compile(dialect=dialect, column_keys=list(values))
    lasting = not compiled.post_compile_params
    sql, order, fixed = compiled.string, [*(compiled.positiontup or ())], dict(compiled.params)
    types: dict[str, TypeEngine[Any]] = {name: each.type for name, each in compiled.binds.items()}
    if not lasting:
        expanded = compiled.construct_expanded_state({**fixed, **values})
        sql, order, fixed = expanded.statement, [*(expanded.positiontup or ())], dict(expanded.parameters)
        for name, parts in expanded.parameter_expansion.items():
            types |= dict.fromkeys(parts, types[name])
    parameters = []
    for name in order:
        process = types[name].dialect_impl(dialect).bind_processor(dialect)
        bound = compiled.binds.get(name)
        if bound is not None and bound.required:
            if name not in values:
                raise LookupError(f"The statement needs a value for {name}.")
            parameters.append((name, process, None))
        else:
            value = fixed[name]
            parameters.append((name, process, value if process is None else process(value)))
    found = () if isinstance(statement, TextClause) else tuple(statement.exported_columns)
    columns = tuple(column.type.dialect_impl(dialect).result_processor(dialect, None) for column in found)
    return (
        _Plan(
            sql=sql,
            parameters=tuple(parameters),
            reads=bool(found) or isinstance(statement, TextClause),
            row=_row_type(tuple(str(column.key) for column in found))._make if found else Row,
            columns=columns,
            plain=not any(columns),
        ),
        lasting,
    )


@cache
def _row_type(names: tuple[str, ...]) -> Any:  # noqa: ANN401 - a class made on the spot
    return type("Row", (namedtuple("Row", names, rename=True), Row), {"__slots__": ()})  # noqa: PYI024 - as above
