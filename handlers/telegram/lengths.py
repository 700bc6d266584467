"""How long a message may be: Telegram counts UTF-16 units."""

from __future__ import annotations

import unicodedata

LONGEST_MESSAGE = 3500
"""UTF-16 units that a message may have; Telegram refuses more than 4096."""


def split(text: str, longest: int = LONGEST_MESSAGE) -> list[str]:
    """The text in pieces of at most so many UTF-16 units, cut between lines or words, never inside a character."""
    pieces: list[str] = []
    while _units(text) > longest:
        cut = _cut(text, longest)
        pieces.append(text[:cut].rstrip() or text[:cut])
        text = text[cut:].lstrip("\n ")
    pieces.append(text or "\u2060")
    return pieces


def _cut(text: str, longest: int) -> int:
    end = units = 0
    for sign in text:
        units += 2 if ord(sign) > 0xFFFF else 1  # noqa: PLR2004 - the end of the plane that one UTF-16 unit reaches
        if units > longest:
            break
        end += 1
    for mark in ("\n", " "):
        found = text.rfind(mark, end // 2, end)
        if found > 0:
            return found + 1
    while end > 1 and (unicodedata.combining(text[end]) or text[end] in "\u200d\ufe0f"):
        end -= 1
    return end


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
