"""Column types that come back from both engines as what went in."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Dialect, Integer, LargeBinary, Text, Uuid
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Sequence = BigInteger().with_variant(Integer(), "sqlite")
"""A number that grows with each row; on SQLite it is the row's own."""


def to_microseconds(instant: datetime) -> int:
    """An aware instant as whole microseconds since 1970 in UTC."""
    return (instant - _EPOCH) // _MICROSECOND


def from_microseconds(value: int) -> datetime:
    """The aware UTC instant of so many microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=value)


# Each type says itself what is done to a value: the way around by `process_bind_param` costs two calls more, and a
# step passes some sixty values.


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant, stored as whole microseconds since 1970: equal, ordered and indexed alike everywhere."""

    impl = BigInteger
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], int | None]:  # noqa: ARG002 - the type's interface
        return lambda value: None if value is None else (value - _EPOCH) // _MICROSECOND

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:  # noqa: ARG002 - as above
        return lambda value: None if value is None else _EPOCH + timedelta(microseconds=value)


class Id(TypeDecorator[UUID]):
    """A UUID: PostgreSQL's own type, sixteen bytes on SQLite."""

    impl = LargeBinary(16)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Uuid())
        return dialect.type_descriptor(LargeBinary(16))

    def bind_processor(self, dialect: Dialect) -> Callable[[UUID | None], Any] | None:
        return None if dialect.name == "postgresql" else lambda value: None if value is None else value.bytes

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], UUID | None] | None:  # noqa: ARG002 - the type's interface
        if dialect.name == "postgresql":
            return None
        return lambda value: None if value is None else UUID(bytes=value)


class Json(TypeDecorator[Any]):
    """JSON as plain text in ASCII, so that no character that a database refuses can stand in it."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str | None]:  # noqa: ARG002 - the type's interface
        return lambda value: None if value is None else to_json(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002 - as above
        return lambda value: None if value is None else json.loads(value)


# Made once: `json.dumps` makes an encoder anew for each call that asks for more than the usual.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def to_json(value: object) -> str:
    """Compact JSON in ASCII; the same text for equal values."""
    return _ENCODER.encode(value)
