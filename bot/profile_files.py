"""A profile's files, read into frozen models; a mistake names file, table and key."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

_M = TypeVar("_M", bound=BaseModel)


class ProfileError(Exception):
    """A profile cannot be used: in which file, which table, which key, and why."""

    def __init__(self, *, file: str, table: str = "", key: str = "", what: str) -> None:
        place = ", ".join(part for part in (file, f"[{table}]" if table else "", key) if part)
        super().__init__(f"{place}: {what}")
        self.file = file
        self.table = table
        self.key = key
        self.what = what


def read_toml(path: Path) -> dict[str, object]:
    """The file as plain tables. Raises `ProfileError`."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ProfileError(file=path.name, what="the file is missing") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(file=path.name, what=str(error)) from error


def parse(model: type[_M], path: Path) -> _M:
    """The file as a model; the first mistake is a `ProfileError`."""
    table = read_toml(path)
    try:
        return model.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        *outer, last = first["loc"] or ("",)
        where, key = (
            (_named(table, outer), str(last)) if isinstance(last, str) else (_named(table, first["loc"]), "")
        )
        what = first["msg"].removeprefix("Value error, ")
        raise ProfileError(file=path.name, table=where, key=key, what=what) from error


def parse_if_there(model: type[_M], path: Path) -> _M:
    """As `parse`; without the file the model as it is by default."""
    return parse(model, path) if path.is_file() else model()


def _named(table: object, location: Sequence[str | int]) -> str:
    """A place in a file in its own words: entries of a list go by their id or code."""
    said, here = "", table
    for step in location:
        if isinstance(step, int):
            here = here[step] if isinstance(here, Sequence) and step < len(here) else None
            name = here.get("id", here.get("code")) if isinstance(here, Mapping) else None
            said += f" {name if name is not None else step}"
        else:
            here = here.get(step) if isinstance(here, Mapping) else None
            said += f".{step}" if said else step
    return said
