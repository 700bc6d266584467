"""Conditions of a flow: declared data that holds, or not, by the codes chosen for earlier questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag, model_validator

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$", max_length=40)]
PlaceOrCode = Annotated[str, StringConstraints(pattern=r"^@?[a-z0-9_]+$", max_length=41)]


class Spec(BaseModel):
    """A frozen piece of declared data; a key that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Is(Spec):
    """Holds by the codes chosen for one earlier question."""

    question: Id
    is_in: tuple[PlaceOrCode, ...] = ()
    not_in: tuple[PlaceOrCode, ...] = ()

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if bool(self.is_in) == bool(self.not_in):
            msg = "a condition has either is_in or not_in"
            raise ValueError(msg)
        return self


class All(Spec):
    """Holds when every one of its conditions holds."""

    all: tuple[Condition, ...] = Field(min_length=1)


class AnyOf(Spec):
    """Holds when at least one of its conditions holds."""

    any: tuple[Condition, ...] = Field(min_length=1)


def _which_condition(value: object) -> str:
    if isinstance(value, Mapping):
        return "all" if "all" in value else "any" if "any" in value else "is"
    return "all" if isinstance(value, All) else "any" if isinstance(value, AnyOf) else "is"


Condition = Annotated[
    Annotated[Is, Tag("is")] | Annotated[All, Tag("all")] | Annotated[AnyOf, Tag("any")],
    Discriminator(_which_condition),
]
