"""What the pieces of a profile are made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=40)]
"""A stored code: it never changes once a report or a case has kept it."""

TextKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]*$", max_length=120)]
"""The name of a text in the catalogues."""


class Part(BaseModel):
    """A piece of a profile: immutable, and an unknown key in it is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=False)
