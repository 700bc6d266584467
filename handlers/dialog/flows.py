"""All flows of a hotline: read from tables, includes resolved, chosen by the answers, known by fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Self

from pydantic import ValidationError

from handlers.dialog.answers import Value
from handlers.dialog.flow import (
    Card,
    Choice,
    Closed,
    Flow,
    FlowFile,
    Include,
    Multi,
    NextFlow,
    Question,
    Section,
)


class FlowError(Exception):
    """A flow file is wrong; says in which file, table and key, and how."""

    def __init__(self, file: str, where: str, what: str) -> None:
        """`where` is the table and key, such as sections[about].questions[age].choices."""
        super().__init__(f"{file}: {where}: {what}" if where else f"{file}: {what}")
        self.file = file
        self.where = where
        self.what = what


@dataclass(frozen=True)
class Flows:
    """The flow that begins every conversation, and those that an answer given in it leads to."""

    start: Flow
    by_id: Mapping[str, Flow]
    _fingerprints: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compute each fingerprint once; a step asks for one every time."""
        object.__setattr__(self, "_fingerprints", {flow.id: fingerprint(flow) for flow in self.all()})

    @classmethod
    def load(cls, tables: Mapping[str, Mapping[str, Any]]) -> Self:
        """The flows of parsed TOML files, by file name. Raises FlowError."""
        files = {name: _file(name, table) for name, table in tables.items()}
        for name, file in files.items():
            if name.removesuffix(".toml") != file.id:
                raise FlowError(name, "id", f"is {file.id}, but the texts go by the file's name")
        by_id = {file.id: file for file in files.values()}
        starts = [file for file in by_id.values() if file.start]
        if len(starts) != 1:
            raise FlowError(
                ", ".join(sorted(files)), "start", f"exactly one file has start = true, not {len(starts)}"
            )
        whole = [file for file in by_id.values() if not file.part or file.start]
        flows = {file.id: _compose(file, by_id) for file in whole}
        start = flows[starts[0].id]
        if start.next_flow:
            _check_next(start, start.next_flow, flows)
        return cls(start=start, by_id=flows)

    @classmethod
    def of(cls, flow: Flow) -> Self:
        """A single flow that is the whole conversation."""
        return cls(start=flow, by_id={flow.id: flow})

    def all(self) -> Sequence[Flow]:
        """Every flow, the start flow first."""
        return [self.start, *(flow for flow in self.by_id.values() if flow.id != self.start.id)]

    def for_answers(self, answers: Mapping[str, Value]) -> Flow:
        """The flow that these answers have led to: the start flow until its choosing question is answered."""
        following = self.start.next_flow
        chosen = answers.get(following.question) if following else None
        if following is None or not isinstance(chosen, str):
            return self.start
        return self.by_id[following.by[chosen]] if chosen in following.by else self.start

    def fingerprint(self, flow: Flow) -> str:
        """The fingerprint of one of these flows."""
        return self._fingerprints[flow.id]


def canonical_json(flow: Flow) -> str:
    """The flow as text, the same for equal flows; what is archived, so that a report stays readable."""
    plain = flow.model_dump(mode="json", exclude_defaults=True)
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def fingerprint(flow: Flow) -> str:
    """SHA-256 of the canonical JSON, in hex."""
    return hashlib.sha256(canonical_json(flow).encode()).hexdigest()


def read_archived(text: str) -> Flow:
    """The flow that `canonical_json` wrote."""
    return Flow.model_validate_json(text)


def _file(name: str, table: Mapping[str, Any]) -> FlowFile:
    try:
        return FlowFile.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = _where(table, first["loc"], key_last=first["type"] in {"missing", "extra_forbidden"})
        raise FlowError(name, where, first["msg"].removeprefix("Value error, ")) from error


def _where(table: object, location: Sequence[str | int], *, key_last: bool) -> str:
    """The place of an error in the words of the file: lists by their ids, without the model's own names."""
    said, here = "", table
    for at, step in enumerate(location, start=1):
        if isinstance(step, int):
            here = here[step] if isinstance(here, Sequence) and step < len(here) else None
            named = here.get("id", here.get("include")) if isinstance(here, Mapping) else None
            said += f"[{named or step}]"
        elif isinstance(here, Mapping) and step not in here and not (key_last and at == len(location)):
            continue  # the name of a kind in a union, not a key that someone wrote
        else:
            here = here.get(step) if isinstance(here, Mapping) else None
            said += f".{step}" if said else step
    return said


def _compose(file: FlowFile, by_id: Mapping[str, FlowFile]) -> Flow:
    sections, cards, version = _resolve(file, by_id, trail=())
    _no_double(file, sections, cards)
    _cards_exist(file, sections, cards)
    _offers_exist(file, sections)
    return Flow(
        id=file.id,
        version=version,
        sections=tuple(sections),
        cards=tuple(cards),
        next_flow=file.next_flow if file.start else None,
    )


def _resolve(
    file: FlowFile, by_id: Mapping[str, FlowFile], *, trail: tuple[str, ...]
) -> tuple[list[Section], list[Card], int]:
    if file.id in trail:
        raise FlowError(f"{file.id}.toml", "sections", f"includes itself by way of {' > '.join(trail)}")
    sections: list[Section] = []
    cards = [card.model_copy(update={"owner": file.id}) for card in file.cards]
    version = file.version
    for section in file.sections:
        if not isinstance(section, Include):
            sections.append(section.model_copy(update={"owner": file.id}))
            continue
        included = by_id.get(section.include)
        if included is None:
            raise FlowError(
                f"{file.id}.toml", f"sections[{section.include}]", "there is no such file to include"
            )
        more = _resolve(included, by_id, trail=(*trail, file.id))
        sections += _included(file, section, more[0])
        cards += more[1]
        version += more[2]
    return sections, cards, version


def _included(file: FlowFile, include: Include, sections: Sequence[Section]) -> list[Section]:
    """The sections as this include wants them: when they are asked, and without the choices it leaves out."""
    named = {name: getattr(include, name) for name in ("ask_when", "offered_when", "asked_with")}
    said = {name: value for name, value in named.items() if value is not None}
    left = set(include.without)
    found = []
    for section in sections:
        questions: list[Question] = []
        for question in section.questions:
            here = {each for each in left if each.startswith(f"{question.id}.")}
            codes = {each.partition(".")[2] for each in here}
            if isinstance(question, Choice | Multi) and codes and codes < set(question.choices):
                left -= here
                questions.append(_without_choices(question, codes))
            else:
                questions.append(question)
        found.append(section.model_copy(update={**said, "questions": tuple(questions)}))
    if left:
        where = f"sections[{include.include}].without"
        raise FlowError(f"{file.id}.toml", where, f"is no choice there: {', '.join(sorted(left))}")
    return found


def _without_choices(question: Choice | Multi, codes: AbstractSet[str]) -> Choice | Multi:
    plain = question.model_dump(exclude_defaults=True)
    plain["choices"] = [code for code in question.choices if code not in codes]
    for name in ("acute", "card"):
        plain[name] = {code: value for code, value in plain.get(name, {}).items() if code not in codes}
    return type(question).model_validate({"kind": question.kind, **plain})


def _offers_exist(file: FlowFile, sections: Sequence[Section]) -> None:
    offered: set[str] = set()
    for section in sections:
        if section.asked_with is not None and section.asked_with not in offered:
            where = f"sections[{section.id}].asked_with"
            raise FlowError(f"{file.id}.toml", where, f"{section.asked_with} is no offered section before it")
        if section.offered_when is not None:
            offered.add(section.id)


def _cards_exist(file: FlowFile, sections: Sequence[Section], cards: Sequence[Card]) -> None:
    known = {card.id for card in cards}
    named = [(f"cards[{card.id}].next", target) for card in cards for target in card.next.values()]
    for section in sections:
        for question in section.questions:
            if isinstance(question, Closed):
                where = f"sections[{section.id}].questions[{question.id}].card"
                named += [(where, target) for target in question.card.values()]
    for where, target in named:
        if target not in known:
            raise FlowError(f"{file.id}.toml", where, f"there is no card {target}")


def _no_double(file: FlowFile, sections: Sequence[Section], cards: Sequence[Card]) -> None:
    named = [("sections", section.id) for section in sections] + [("cards", card.id) for card in cards]
    named += [("questions", question.id) for section in sections for question in section.questions]
    if twice := [name for name in named if named.count(name) > 1]:
        kind, name = twice[0]
        raise FlowError(
            f"{file.id}.toml", f"{kind}[{name}]", "stands twice in this flow, its includes counted"
        )


def _check_next(start: Flow, following: NextFlow, flows: Mapping[str, Flow]) -> None:
    file = f"{start.id}.toml"
    found = start.find_question(following.question)
    if found is None or not isinstance(found[1], Choice):
        raise FlowError(file, "next_flow.question", "is no choice question of the start flow")
    question = found[1]
    if not question.required or question.optional_when or question.dont_know or question.ask_when:
        raise FlowError(file, "next_flow.question", "must always be asked and answered")
    if set(following.by) != set(question.choices):
        raise FlowError(file, "next_flow.by", "must name each choice of its question, and no other")
    for code, target in following.by.items():
        if target not in flows:
            raise FlowError(file, f"next_flow.by.{code}", f"there is no flow {target}")
        if flows[target].find_question(question.id) != found:
            # Without it the way back into the opening, and the change of kind, would be lost.
            raise FlowError(f"{target}.toml", "sections", f"must include {start.id}, which chose it")
