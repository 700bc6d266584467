"""A flow as a drawing (Mermaid), for people who decide about it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from handlers.dialog.conditions import All, AnyOf, Condition, Is
from handlers.dialog.flow import Closed, Flow, Question


def mermaid(flow: Flow) -> str:
    """The flow from top to bottom: sections as boxes, questions in order, conditions and cards on the lines."""
    return "\n".join(["flowchart TD", *_sections(flow), *_lines(flow), *_cards(flow)]) + "\n"


def _sections(flow: Flow) -> Iterator[str]:
    for section in flow.sections:
        when = [f"if {_said(section.ask_when)}"] if section.ask_when else []
        when += [f"offered if {_said(section.offered_when)}"] if section.offered_when else []
        when += [f"with {section.asked_with}"] if section.asked_with else []
        yield f'  subgraph s_{section.id}["{", ".join([section.id, *when])}"]'
        for question in section.questions:
            yield f'    q_{question.id}["{_label(question)}"]'
        yield "  end"
    yield '  review(["review"])'


def _lines(flow: Flow) -> Iterator[str]:
    questions = [question for _, question in flow.questions()]
    for before, after in pairwise(questions):
        when = f'|"if {_said(after.ask_when)}"|' if after.ask_when else ""
        yield f"  q_{before.id} -->{when} q_{after.id}"
    yield f"  q_{questions[-1].id} --> review"


def _cards(flow: Flow) -> Iterator[str]:
    for card in flow.cards:
        yield f'  c_{card.id}{{{{"card {card.id}"}}}}'
        for code, following in card.next.items():
            yield f'  c_{card.id} -.->|"{code}"| c_{following}'
    for _, question in flow.questions():
        if isinstance(question, Closed):
            for code, card_id in question.card.items():
                yield f'  q_{question.id} -.->|"{code}"| c_{card_id}'


def _label(question: Question) -> str:
    marks: list[str] = [question.kind]
    marks += ["required"] if question.required else []
    marks += ["sensitive"] if question.sensitive else []
    return f"{question.id}<br/>{', '.join(marks)}"


def _said(condition: Condition | None) -> str:
    match condition:
        case None:
            return ""
        case Is(question=question, is_in=is_in, not_in=not_in):
            return (
                f"{question} is {' or '.join(is_in)}" if is_in else f"{question} is not {' or '.join(not_in)}"
            )
        case All(all=inner):
            return " and ".join(f"({_said(each)})" for each in inner)
        case AnyOf(any=inner):
            return " or ".join(f"({_said(each)})" for each in inner)
