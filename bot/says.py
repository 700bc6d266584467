"""What a command says to its operator, and the one-time link that it hands over."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from bot.i18n import Translator
from bot.settings import Settings
from storage.store import Store
from triage.people.invite import create_first_administrator_ticket
from triage.refusals import Refused

LINK_FILE = "first-administrator.link"


class Says:
    """Sentences for the operator, in the language of the terminal if the house has it."""

    def __init__(self, translator: Translator) -> None:
        self._translator = translator
        wanted = os.environ.get("LANG", "").partition("_")[0]
        languages = translator.languages()
        self.language = wanted if wanted in languages else "en" if "en" in languages else languages[0]

    def say(self, key: str, **params: object) -> None:
        """Print the text of this key."""
        write(self._translator.text(key, self.language, **params))

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return self._translator.has(key, self.language)

    def name(self, key: str, **params: object) -> str:
        """The text itself, to stand in another."""
        return self._translator.text(key, self.language, **params)


def write(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)  # noqa: T201 - a command speaks to its terminal


def link_file(settings: Settings) -> Path:
    """Where the first administrator's link lies when nobody watches the terminal."""
    return settings.data_dir / LINK_FILE


async def hand_over_first_link(store: Store, address: str, settings: Settings, says: Says) -> bool:
    """Hand the one-time link to the terminal, or to a file that only its owner can read; never to a log.

    False once there is an administrator; a link that still lies there is then removed.
    """
    token = await store.write(create_first_administrator_ticket)
    path = link_file(settings)
    if isinstance(token, Refused):
        path.unlink(missing_ok=True)
        return False
    link = f"{address}/first/{token}"
    if sys.stdout.isatty():
        says.say("cli.first_link", link=link)
        return True
    _write_privately(path, f"{link}\n")
    says.say("cli.first_link_in_file", file=path)
    return True


def _write_privately(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Replicas that share the folder may do this at once: each writes its own file, and one of them stays.
    handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(fresh).replace(path)
