"""The ten-step form that both sides fill in: /start, nine answers by turns pressed and typed, and Send."""

from __future__ import annotations

from dataclasses import dataclass

FLOW_ID = "form"
QUESTIONS = 9
STEPS = QUESTIONS + 2
"""Updates of a conversation, and replies to them: /start, nine answers, Send."""

_CHOICES = ("one", "two", "three")


@dataclass(frozen=True)
class Shown:
    """A message as the person sees it: its text, its buttons row by row, and the place of the one to press.

    `press` counts the buttons from 0; None where the answer is typed. `mark` is what tells the message from all
    others, whoever answers: the rest may repeat the answers.
    """

    mark: str
    text: str
    rows: tuple[tuple[str, ...], ...]
    press: int | None


def is_choice(number: int) -> bool:
    """Whether a question (1 to 9) is answered by a button."""
    return number % 2 == 1


def ask(number: int) -> str:
    """The question's own sentence; no other holds it."""
    return f"Spørgsmål {number}: Hvad passer bedst på det, du vil fortælle os?"


def typed(number: int, who: int) -> str:
    """What a person answers in words."""
    return f"Svar {number} fra testperson {who}: det har varet et stykke tid, og det er blevet værre."


def flow() -> str:
    """The flow file."""
    lines = [f'id = "{FLOW_ID}"', "version = 1", "start = true", "", "[[sections]]", 'id = "all"', ""]
    for number in range(1, QUESTIONS + 1):
        lines += ["[[sections.questions]]", f'id = "q{number}"']
        if is_choice(number):
            lines += ['kind = "choice"', f"choices = {list(_CHOICES)}".replace("'", '"')]
        else:
            lines += ['kind = "text"', "max_length = 1000"]
        lines.append("")
    return "\n".join(lines)


def texts() -> dict[str, str]:
    """The texts of the flow file, by key."""
    found = {f"section.{FLOW_ID}.all.title": "Formular"}
    for number in range(1, QUESTIONS + 1):
        found[f"flow.{FLOW_ID}.q{number}.ask"] = ask(number)
        if is_choice(number):
            labels = ("Det første", "Det andet", "Det tredje")
            found |= {
                f"flow.{FLOW_ID}.q{number}.option.{code}": label
                for code, label in zip(_CHOICES, labels, strict=True)
            }
    return found
