from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.i18n import Text, Texts, Translator


def a_translator(
    *, constants: Mapping[str, Mapping[str, str]] | None = None, **languages: Mapping[str, str] | Texts
) -> Translator:
    """A translator of these texts; the first language stands in for the others."""
    texts = {
        lang: {
            key: text if isinstance(text, Text) else Text((text,), Path("test.po"))
            for key, text in entries.items()
        }
        for lang, entries in languages.items()
    }
    return Translator(
        texts=texts,
        complete=tuple(languages),
        zone=ZoneInfo("Europe/Copenhagen"),
        constants=constants or {},
    )
