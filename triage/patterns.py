"""What is looked for in a person's own words: numbers that are taken out, and what the writer is asked about."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated

from pydantic import AfterValidator, Field

from triage.parts import Code, Part, TextKey


def _compiled(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"the pattern does not compile: {error}") from error
    return pattern


class IdentityNumber(Part):
    """A national number that is taken out of every text before it is stored; `marker` stands in its place."""

    id: Code
    pattern: Annotated[str, AfterValidator(_compiled)]
    marker: TextKey
    told: TextKey

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The pattern, compiled."""
        return re.compile(self.pattern)


class FindingRule(Part):
    """What looks as if it could tell who somebody is; the writer is asked about it before sending, and decides.

    Several patterns may be of one `kind`, shown as `finding.<kind>.name` and blurred by `finding.<kind>.marker`.
    `languages` limits it to conversations in these; without it, people are found whatever language they write in.
    Every sentence of `finds` holds it and none of `leaves` does; both are checked.
    """

    id: Code
    kind: Code
    pattern: Annotated[str, AfterValidator(_compiled)]
    languages: tuple[str, ...] = ()
    finds: tuple[str, ...] = Field(min_length=1)
    leaves: tuple[str, ...] = Field(min_length=1)

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The pattern, compiled."""
        return re.compile(self.pattern)
