from __future__ import annotations

import shutil
from pathlib import Path

from bot.profile import SHIPPED

NAME = "koebenhavn"


def copied(tmp_path: Path) -> Path:
    """A copy of the shipped profile that a test may spoil."""
    return Path(shutil.copytree(SHIPPED / NAME, tmp_path / NAME))


def edited(folder: Path, file: str, old: str, new: str) -> Path:
    """The folder with the first `old` in a file replaced, which must be there."""
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text, f"{file} has no {old!r}"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return folder


def text_removed(folder: Path, file: str, key: str) -> Path:
    """The folder with one entry taken out of a catalogue."""
    path = folder / file
    entries = path.read_text("utf-8").split("\n\n")
    kept = [entry for entry in entries if f'msgid "{key}"' not in entry]
    assert len(kept) == len(entries) - 1
    path.write_text("\n\n".join(kept), "utf-8")
    return folder
