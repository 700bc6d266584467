"""What a demo shows, as an organisation declares it in `demo.toml`: who came, what they said, and what was done.

Times count back from the moment that the demo starts. Words stand in the profile's catalogues as `demo.<case>.<name>`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Self

from pydantic import model_validator

from triage.clocks.span import Duration
from triage.parts import Code, Part
from triage.people.person import Role


class Does(StrEnum):
    """What is done about a case of the demo."""

    CLAIM = "claim"
    WRITE = "write"
    """Somebody at the desk writes to the reporter."""
    ANSWER = "answer"
    """The reporter writes."""
    DECIDE = "decide"
    EXPLAIN = "explain"
    """Say why the case is late."""
    ANSWER_ALARM = "answer_alarm"


_SAID = frozenset({Does.WRITE, Does.ANSWER, Does.DECIDE, Does.EXPLAIN})


class DemoAct(Part):
    """One thing done, `at` this long before now, `by` the colleague of this role; `words` names its text."""

    at: Duration
    does: Does
    by: Role | None = None
    words: Code | None = None
    outcome: Code | None = None
    to_unit: bool = False
    """Whether the decision is that something is done here, with the coordination unit."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.by is None) != (self.does is Does.ANSWER):
            raise ValueError("everything is done by somebody at the desk, but an answer by the reporter")
        if (self.words is None) == (self.does in _SAID):
            raise ValueError(f"words belong to {', '.join(sorted(_SAID))}")
        if (self.outcome is None) == (self.does is Does.DECIDE):
            raise ValueError("a decision, and nothing else, has an outcome")
        return self


class DemoCase(Part):
    """One contact: `answers` by question, `words` the questions that are answered by a text; all others are passed by.

    Without `sent` it never is sent. An acute answer raises its alarm when it is given, which is at `begun`.
    """

    id: Code
    hotline: Code | None = None
    begun: Duration
    sent: Duration | None = None
    answers: Mapping[Code, str | tuple[str, ...] | Mapping[Code, str]] = {}
    words: tuple[Code, ...] = ()
    act: tuple[DemoAct, ...] = ()

    def key(self, name: str) -> str:
        """The key of one of its texts."""
        return f"demo.{self.id}.{name}"

    def text_keys(self) -> Iterator[str]:
        """The texts that it needs."""
        yield from map(self.key, self.words)
        yield from (self.key(act.words) for act in self.act if act.words)


class DemoScript(Part):
    """All contacts of the demo; without any it shows an empty desk."""

    case: tuple[DemoCase, ...] = ()
    unit_member_of: Code | None = None
    """The authority that the demo's member of the coordination unit comes from; without one there is no such member."""
