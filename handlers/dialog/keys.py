"""The text keys of a flow; the scheme stands at the top of `flow.py`."""

from __future__ import annotations

from collections.abc import Iterator

from handlers.dialog.flow import Card, Closed, Contact, Flow, Question, Section

SKIP = "dialog.skip"
DONT_KNOW = "dialog.dont_know"
ABROAD = "dialog.abroad"
GO_ON = "dialog.go_on"


def language_key(code: str) -> str:
    """The key of a language's own name, the same in every language."""
    return f"language.{code}"


def question_key(owner: str, question: str, what: str) -> str:
    """The key of a question's own text: ask, hint or why."""
    return f"flow.{owner}.{question}.{what}"


def option_key(owner: str, question: str, code: str) -> str:
    """The key of an option's label."""
    return f"flow.{owner}.{question}.option.{code}"


def part_key(owner: str, question: str, part: str) -> str:
    """The key of the label of a contact question's part."""
    return f"flow.{owner}.{question}.part.{part}"


def note_key(owner: str, question: str, note: str) -> str:
    """The key of a note shown with a question."""
    return f"flow.{owner}.{question}.note.{note}"


def invalid_keys(owner: str, question: str, reason: str) -> tuple[str, str]:
    """The keys of an error's text: the question's own, which may be missing, then the shared one."""
    return f"flow.{owner}.{question}.invalid.{reason}", f"dialog.invalid.{reason}"


def section_key(owner: str, section: str, what: str) -> str:
    """The key of a section's text: title or offer."""
    return f"section.{owner}.{section}.{what}"


def card_key(owner: str, card: str) -> str:
    """The key of a card's text."""
    return f"card.{owner}.{card}.text"


def button_key(owner: str, card: str, code: str) -> str:
    """The key of a card's button."""
    return f"card.{owner}.{card}.button.{code}"


def finding_key(kind: str, what: str) -> str:
    """The key of what telling words look like: name, or the marker in their place."""
    return f"finding.{kind}.{what}"


def removed_key(identity: str) -> str:
    """The key of what is told to a writer of whom an identity number was removed."""
    return f"identity.{identity}.removed"


def required_text_keys(flow: Flow) -> set[str]:
    """Every key that must have a text in every complete language for this flow to be spoken."""
    keys: set[str] = set()
    for section, question in flow.questions():
        keys.update(_of_question(section.owner, question))
    for section in flow.sections:
        keys.update(_of_section(section))
    for card in flow.cards:
        keys.update(_of_card(card))
    return keys


def filled_text_groups(flow: Flow) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """For each question and card with values: the keys of its texts that they fill, and the placeholders."""
    for section, question in flow.questions():
        if question.values:
            labels = tuple(kind(section.owner, question.id, "") for kind in (option_key, part_key))
            keys = (key for key in _of_question(section.owner, question) if not key.startswith(labels))
            yield frozenset(keys), frozenset(question.values)
    for card in flow.cards:
        if card.values:
            yield frozenset({card_key(card.owner, card.id)}), frozenset(card.values)


def filled_text_keys(flow: Flow) -> dict[str, frozenset[str]]:
    """Every key whose text is filled by values of the flow, with the placeholders that they fill."""
    return {key: names for keys, names in filled_text_groups(flow) for key in keys}


def _of_question(owner: str, question: Question) -> Iterator[str]:
    yield question_key(owner, question.id, "ask")
    if question.hint:
        yield question_key(owner, question.id, "hint")
    if question.why:
        yield question_key(owner, question.id, "why")
    for note in question.notes:
        yield note_key(owner, question.id, note.id)
    if isinstance(question, Closed):
        for code in question.choices:
            yield option_key(owner, question.id, code)
    if isinstance(question, Contact):
        for part in question.parts:
            yield part_key(owner, question.id, part.id)


def _of_section(section: Section) -> Iterator[str]:
    if section.offered_when:
        yield section_key(section.owner, section.id, "offer")


def _of_card(card: Card) -> Iterator[str]:
    yield card_key(card.owner, card.id)
    for code in card.buttons:
        yield button_key(card.owner, card.id, code)
