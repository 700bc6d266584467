"""What a walk must not have left out: every address that gives a page, and every template there is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import jinja2
from aiohttp import web


@dataclass(kw_only=True)
class Drawn:
    """An environment that keeps which templates were drawn, those that others include as well."""

    names: set[str] = field(default_factory=set)

    def watch(self, environment: jinja2.Environment) -> jinja2.Environment:
        """The same environment, watched. A template is loaded when it is first drawn."""
        loader = environment.loader
        assert loader is not None
        return environment.overlay(loader=_Watched(loader, self.names), cache_size=400)


class _Watched(jinja2.BaseLoader):
    def __init__(self, loader: jinja2.BaseLoader, names: set[str]) -> None:
        self._loader, self._names = loader, names

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        self._names.add(template)
        return self._loader.get_source(environment, template)


def pages_of(app: web.Application) -> set[str]:
    """Every address that can be looked at, as the application has it."""
    return {
        resource.canonical
        for resource in app.router.resources()
        for route in resource
        if route.method == "GET"
    }


def left_out(pages: Iterable[str], seen: AbstractSet[str]) -> list[str]:
    """The addresses that were not seen; an address counts for the plainest that fits it."""
    patterns = sorted(pages, key=lambda page: page.count("{"))
    found = set()
    for path in seen:
        for page in patterns:
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", page), path):
                found.add(page)
                break
    return sorted(set(patterns) - found)
