"""Pages: one Jinja environment, one way to draw a page, and a page for everything that can go wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

import jinja2
from aiohttp import web
from markupsafe import Markup, escape

from handlers.web.statics import Statics

FOLDER = Path(__file__).parent / "templates"
"""The shared templates: `base.html`, `parts.html` (the macros), `error.html`, `design.html`."""

RIGHT_TO_LEFT = frozenset({"ar", "fa", "ur", "ps"})

LANGUAGE = web.RequestKey("language", str)
"""The language of the page that answers this request; set by whoever knows it."""


class Text(Protocol):
    """The translator: the text of a key in a language, its placeholders filled."""

    def __call__(self, key: str, lang: str, /, **params: object) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Draws pages.

    `languages` are those that pages can be in, the organisation's own first; `names` is the neutral name of the site
    by language; `banner` the text key of the trial banner, or None once the texts are signed off.
    """

    environment: jinja2.Environment = field(repr=False)
    text: Text
    languages: tuple[str, ...]
    names: Mapping[str, str]
    banner: str | None = None

    @property
    def default_language(self) -> str:
        """The language where nobody wishes for another."""
        return self.languages[0]

    def html(
        self,
        request: web.Request,
        name: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **context: object,
    ) -> web.Response:
        """The page as a response, in the request's language."""
        body = self.draw(name, lang=request.get(LANGUAGE, self.default_language), **context)
        return web.Response(
            status=status, text=body, content_type="text/html", charset="utf-8", headers=headers
        )

    def draw(self, name: str, *, lang: str, **context: object) -> str:
        """The page as text."""

        def say(key: str, **params: object) -> str:
            return self.text(key, lang, **params)

        def say_in(key: str, language: str, **params: object) -> str:
            return self.text(key, language, **params)

        template = self.environment.get_template(name)
        name_here = self.names.get(lang, self.names[self.default_language])
        return template.render(
            lang=lang,
            dir=direction(lang),
            t=say,
            t_in=say_in,
            site_name=name_here,
            banner=self.banner,
            **context,
        )

    def error(self, request: web.Request, status: int) -> web.Response:
        """The page for a status of 400 and above."""
        kind = error_kind(status)
        return self.html(
            request, "error.html", status=status, kind=kind, shell=request.get(SHELL, DEFAULT_SHELL)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """What stands around a page: which style sheet, and where its start is."""

    console: bool = False
    home: str = "/"
    numbers: tuple[tuple[str, str], ...] = ()
    """Help to call from every page of trouble: as it is shown, and as it is dialled."""


DEFAULT_SHELL = Shell()
SHELL = web.RequestKey("shell", Shell)

_KINDS = {
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "not_found",
    HTTPStatus.REQUEST_TIMEOUT: "slow",
    HTTPStatus.GONE: "gone",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "media",
    HTTPStatus.TOO_MANY_REQUESTS: "busy",
    HTTPStatus.SERVICE_UNAVAILABLE: "not_saved",
}
ERROR_KINDS = (*dict.fromkeys(_KINDS.values()), "bad_request", "fault")
"""Each has the text keys `page.error.<kind>.title` and `.text`."""


def error_kind(status: int) -> str:
    """Which error page belongs to a status."""
    fallback = "bad_request" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "fault"
    return _KINDS.get(HTTPStatus(status), fallback)


def direction(lang: str) -> str:
    """Which way the language is written: `ltr` or `rtl`."""
    return "rtl" if lang.partition("-")[0] in RIGHT_TO_LEFT else "ltr"


def build_environment(*, folders: Sequence[Path], statics: Statics, trim: bool = True) -> jinja2.Environment:
    """The one environment: everything is escaped, and a name that is missing is an error, not a blank.

    `folders` come before the shared one, so a room's template may extend or include the shared ones.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([*folders, FOLDER]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=trim,
        lstrip_blocks=trim,
        auto_reload=False,
    )
    environment.filters["told"] = told
    environment.filters["words"] = words
    environment.globals["static"] = statics.url
    return environment


def words(text: str) -> Markup:
    """A text of ours as paragraphs: blank lines part them, `**…**` is strong. What is filled in is escaped."""
    parts = (part.strip() for part in text.replace("\r\n", "\n").split("\n\n"))
    return Markup("").join(Markup("<p>{}</p>").format(_strong(part)) for part in parts if part)


def told(text: str) -> Markup:
    """Words of a person: escaped, with their line breaks, kept apart from the direction of the text around them."""
    return Markup('<bdi class="told">{}</bdi>').format(text)


def _strong(text: str) -> Markup:
    escaped = str(escape(text))
    marked = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escaped)
    return Markup(marked.replace("\n", "<br>"))  # noqa: S704  escaped two lines above
