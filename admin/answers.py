"""The standard answers of the desk: texts of the profile, in the reporter's language, to be changed before sending."""

from __future__ import annotations

from dataclasses import dataclass

from admin.case_view import CasePageView
from admin.parts import ConsoleWords
from triage.rules import Rules


@dataclass(frozen=True, slots=True)
class Offered:
    """A standard answer as it is offered: by its name, with its text."""

    id: str
    name: str
    text: str


def standard_answers(words: ConsoleWords, rules: Rules, drawn: CasePageView) -> tuple[Offered, ...]:
    """Those for this reporter; none where nobody may write to them."""
    if "reply" not in drawn.acts:
        return ()
    language = next((each.submission.language for each in drawn.reports), words.languages()[0])
    return tuple(
        Offered(
            id=each.id,
            name=words.text(f"answer.{each.id}.name", language),
            text=words.text(f"answer.{each.id}.text", language),
        )
        for each in rules.organisation.answer
        if each.is_for(drawn.case.kind)
    )
