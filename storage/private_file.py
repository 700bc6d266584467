"""Reading a secret from a file that nobody but its owner may open."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

PRIVATE = 0o600
"""The mode of a file that holds a secret."""


def read_private(path: Path, *, called: str, fault: Callable[[str], Exception]) -> str:
    """Its text. Raises the fault, which calls the file so, when it is missing, open to others or broken."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise fault(f"The {called} {path} cannot be read.") from error
    if mode & ~PRIVATE:
        raise fault(f"The {called} {path} is open to others: give it the mode 0600.")
    return text
