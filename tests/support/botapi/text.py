"""What Telegram does to a text before it shows it: cleaning, formatting, trimming, counting in UTF-16 units."""

from __future__ import annotations

import html
import re
from typing import Any

from tests.support.botapi.refusals import Json, malformed

MAX_TEXT = 4096
MAX_CAPTION = 1024

_HTML_TAG = re.compile(r"<(/?)([a-zA-Z0-9-]+)([^<>]*)>|<")
_HTML_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
_HREF = re.compile(r"href\s*=\s*[\"']([^\"']*)[\"']")
_RESERVED_V2 = frozenset("_*[]()~`>#+-=|{}.!")
_PAIRED_V2 = ("```", "__", "||", "*", "_", "~", "`")
_LINK = re.compile(r"\[([^\]]*)\]\(([^()]*)\)")


def utf16_units(text: str) -> int:
    """The length that Telegram counts: code units of UTF-16, so that most emoji count two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """The text as Telegram keeps it: control characters become spaces, line and direction overrides go."""
    if text.isprintable():
        # Lone surrogates are not printable, so this text holds none.
        return text
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise malformed("strings must be encoded in UTF-8") from error
    kept = (char for char in text.replace("\r", "") if not "\u2028" <= char <= "\u202e")
    return "".join(" " if char < " " and char != "\n" else char for char in kept)


def prepare(
    text: str, parse_mode: str | None, entities: list[Json] | None, *, limit: int, what: str
) -> tuple[str, list[Json]]:
    """The text that stands in the chat and its entities, or a 400 as Telegram would answer."""
    found: list[Json]
    match (parse_mode or "").lower():
        case "":
            plain, found = clean(text), _checked_entities(text, entities or [])
        case "html":
            plain, found = _from_html(clean(text))
        case "markdown":
            plain, found = _from_markdown(clean(text)), []
        case "markdownv2":
            plain, found = _from_markdown_v2(clean(text)), []
        case _:
            msg = "unsupported parse_mode"
            raise malformed(msg)
    # Offsets stay right: only the end is trimmed when there are entities.
    plain = plain.rstrip() if found else plain.strip()
    if utf16_units(plain) > limit:
        raise malformed(f"{what} is too long")
    return plain, found


def _checked_entities(text: str, entities: list[Json]) -> list[Json]:
    length = utf16_units(text)
    for entity in entities:
        if entity["offset"] < 0 or entity["length"] < 0 or entity["offset"] + entity["length"] > length:
            msg = "receive an entity with incorrect offset or length"
            raise malformed(msg)
    return entities


def _cannot_parse(why: str) -> Exception:
    return malformed(f"can't parse entities: {why}")


def _from_html(text: str) -> tuple[str, list[Json]]:
    plain: list[str] = []
    units = at = 0
    open_tags: list[tuple[str, int, str]] = []
    entities: list[Json] = []

    def add(raw: str) -> int:
        shown = html.unescape(raw)
        plain.append(shown)
        return utf16_units(shown)

    for tag in _HTML_TAG.finditer(text):
        units += add(text[at : tag.start()])
        at = tag.end()
        offset = len(text[: tag.start()].encode())
        if tag.group(2) is None:
            raise _cannot_parse(f"Unsupported start tag at byte offset {offset}")
        name, rest = tag.group(2).lower(), tag.group(3)
        if tag.group(1):
            if not open_tags or open_tags[-1][0] != name:
                raise _cannot_parse(f"Unmatched end tag at byte offset {offset}")
            _, begun, attributes = open_tags.pop()
            entities.append(_html_entity(name, attributes, begun, units - begun))
        elif name not in _HTML_KINDS:
            raise _cannot_parse(f'Unsupported start tag "{name}" at byte offset {offset}')
        else:
            open_tags.append((name, units, rest))
    add(text[at:])
    if open_tags:
        raise _cannot_parse(f'Can\'t find end tag corresponding to start tag "{open_tags[-1][0]}"')
    return "".join(plain), [entity for entity in entities if entity["length"]]


def _html_entity(name: str, attributes: str, offset: int, length: int) -> Json:
    entity: dict[str, Any] = {"type": _HTML_KINDS[name], "offset": offset, "length": length}
    href = _HREF.search(attributes)
    if name == "a" and href:
        entity["url"] = html.unescape(href.group(1))
    return entity


def _from_markdown(text: str) -> str:
    shown = _LINK.sub(r"\1", text)
    at = 0
    plain: list[str] = []
    while at < len(shown):
        char = shown[at]
        if char == "\\" and shown[at + 1 : at + 2] in {"_", "*", "`", "["}:
            plain.append(shown[at + 1])
            at += 2
        elif char in "_*`[":
            mark = "```" if shown.startswith("```", at) else char
            end = -1 if char == "[" else shown.find(mark, at + len(mark))
            if end < 0:
                offset = len(shown[:at].encode())
                raise _cannot_parse(f"Can't find end of the entity starting at byte offset {offset}")
            plain.append(shown[at + len(mark) : end])
            at = end + len(mark)
        else:
            plain.append(char)
            at += 1
    return "".join(plain)


def _from_markdown_v2(text: str) -> str:
    shown = _LINK.sub(r"\1", text)
    plain: list[str] = []
    open_marks: list[str] = []
    at = 0
    while at < len(shown):
        char = shown[at]
        mark = next((pair for pair in _PAIRED_V2 if shown.startswith(pair, at)), None)
        if char == "\\" and at + 1 < len(shown):
            plain.append(shown[at + 1])
            at += 2
        elif mark is not None:
            if open_marks and open_marks[-1] == mark:
                open_marks.pop()
            else:
                open_marks.append(mark)
            at += len(mark)
        elif char in _RESERVED_V2 and not (char == ">" and (at == 0 or shown[at - 1] == "\n")):
            raise _cannot_parse(f"Character '{char}' is reserved and must be escaped with the preceding '\\'")
        else:
            plain.append(char)
            at += 1
    if open_marks:
        raise _cannot_parse(f"Can't find end of the entity with the mark '{open_marks[-1]}'")
    return "".join(plain)
