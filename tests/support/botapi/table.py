"""The field table of the Bot API: which methods exist, what they need, and what type each field has.

`fields.json` is reduced to the methods that the product or the fake uses and to the types that they reach. A type
that the reduced table does not hold is accepted as any JSON object.
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.botapi.refusals import Json

_TABLE: Json = json.loads(Path(__file__).with_name("fields.json").read_text(encoding="utf-8"))
METHODS: Mapping[str, Json] = _TABLE["methods"]
TYPES: Mapping[str, Json] = _TABLE["types"]

_ARRAY = "Array of "
_INTEGER = re.compile(r"-?\d{1,19}\Z")


class ProblemKind(enum.StrEnum):
    """What a field can have wrong with it."""

    MISSING = "missing"
    WRONG_TYPE = "wrong_type"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One difference between a request or an object and the table."""

    kind: ProblemKind
    where: str
    expected: str


@dataclass(frozen=True, kw_only=True)
class UploadedFile:
    """A file that came as a part of a multipart body."""

    name: str
    content: bytes
    content_type: str


def decode_text(method: str, name: str, raw: str) -> object:
    """The value that a form field stands for: forms carry only text, the table says what it means.

    Text that does not fit is given back as it is, so that the check reports the wrong type.
    """
    field = METHODS[method]["fields"].get(name)
    if field is None:
        return raw
    types: list[str] = field["types"]
    if "Integer" in types and _INTEGER.match(raw):
        return int(raw)
    if "String" in types or "InputFile" in types:
        return raw
    if types == ["Boolean"]:
        return {"true": True, "1": True, "false": False, "0": False}.get(raw.lower(), raw)
    if types == ["Integer"]:
        return raw
    try:
        return json.loads(raw)
    except ValueError:
        return raw


def missing_fields(method: str, params: Mapping[str, Any]) -> list[Problem]:
    """The required fields that a call leaves out."""
    return [
        Problem(kind=ProblemKind.MISSING, where=name, expected=" or ".join(field["types"]))
        for name, field in METHODS[method]["fields"].items()
        if field["required"] and params.get(name) is None
    ]


def check_call(method: str, params: Mapping[str, Any]) -> list[Problem]:
    """Every difference between a call and the table: left out, of the wrong type, not in the table."""
    problems = missing_fields(method, params)
    fields = METHODS[method]["fields"]
    for name, value in params.items():
        field = fields.get(name)
        if field is None:
            problems.append(Problem(kind=ProblemKind.UNKNOWN, where=name, expected="no such parameter"))
        elif value is not None:
            problems.extend(_check(value, field["types"], name))
    return problems


def check_object(type_name: str, value: object) -> list[Problem]:
    """Every difference between an object, for example an Update that the fake made, and its type."""
    return _check(value, [type_name], type_name)


def _check(value: object, types: list[str], where: str) -> list[Problem]:
    found: list[Problem] | None = None
    for type_name in types:
        problems = _check_one(value, type_name, where)
        if not problems:
            return []
        # Of several possible types the one that fits best is the one that was meant.
        if found is None or _weight(problems) < _weight(found):
            found = problems
    return found or []


def _weight(problems: list[Problem]) -> int:
    return sum(1 if problem.kind is ProblemKind.UNKNOWN else 10 for problem in problems)


def _check_one(value: object, type_name: str, where: str) -> list[Problem]:
    if type_name.startswith(_ARRAY):
        if not isinstance(value, list):
            return [_wrong(where, type_name)]
        inner = [type_name.removeprefix(_ARRAY)]
        return [problem for at, item in enumerate(value) for problem in _check(item, inner, f"{where}[{at}]")]
    match type_name:
        case "Integer":
            fits = isinstance(value, int) and not isinstance(value, bool)
        case "Float":
            fits = isinstance(value, int | float) and not isinstance(value, bool)
        case "Boolean":
            fits = isinstance(value, bool)
        case "String":
            fits = isinstance(value, str)
        case "InputFile":
            fits = isinstance(value, UploadedFile)
        case _:
            return _check_fields(value, type_name, where)
    return [] if fits else [_wrong(where, type_name)]


def _check_fields(value: object, type_name: str, where: str) -> list[Problem]:
    if not isinstance(value, dict):
        return [_wrong(where, type_name)]
    known = TYPES.get(type_name)
    if known is None:
        return []
    subtypes: list[str] = known.get("subtypes", [])
    if subtypes:
        return _check(value, subtypes, where)
    fields: Json = known["fields"]
    problems = [
        Problem(kind=ProblemKind.MISSING, where=f"{where}.{name}", expected=" or ".join(field["types"]))
        for name, field in fields.items()
        if field["required"] and name not in value
    ]
    for name, item in value.items():
        if name not in fields:
            problems.append(
                Problem(kind=ProblemKind.UNKNOWN, where=f"{where}.{name}", expected="no such field")
            )
        else:
            problems.extend(_check(item, fields[name]["types"], f"{where}.{name}"))
    return problems


def _wrong(where: str, type_name: str) -> Problem:
    return Problem(kind=ProblemKind.WRONG_TYPE, where=where, expected=type_name)
