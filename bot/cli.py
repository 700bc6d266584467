"""The command `tovholder`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot import commands
from bot.profile import ProfileError
from bot.settings import Settings
from bot.wiring import SettingsError
from storage.errors import StorageError
from triage.faults import StoreUnavailableError

_EXPECTED = (ProfileError, SettingsError, StorageError, StoreUnavailableError, OSError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; what is wrong with settings, profile or store is one sentence on standard error."""
    given = _parser().parse_args(arguments)
    try:
        settings = Settings()
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            name = "TOVHOLDER_" + "__".join(str(step).upper() for step in fault["loc"])
            print(f"{name.rstrip('_')}: {fault['msg']}", file=sys.stderr)
        return 2
    try:
        status: int = asyncio.run(given.command(settings, given))
    except _EXPECTED as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tovholder", description="A hotline for worries, and the case desk behind it."
    )
    verbs = parser.add_subparsers(required=True, metavar="command")
    _add(verbs, "serve", commands.serve, "serve the reporter's pages, the console, the bot and the clocks")
    _add(verbs, "check", commands.check, "check the profile: flows, texts, clocks, numbers")
    _add(verbs, "chat", commands.chat, "hold the conversation in this terminal")
    _add(verbs, "migrate", commands.migrate, "bring the database's tables up to date")
    _add(verbs, "first-link", commands.first_link, "print a one-time link for the first administrator")
    recover = _add(
        verbs, "recover", commands.recover, "print a one-time link for somebody who lost their way in"
    )
    recover.add_argument("email", help="the person's e-mail address")
    backup = _add(verbs, "backup", commands.backup, "write everything into one encrypted file")
    backup.add_argument("file", type=Path, help="the file to write")
    backup.add_argument(
        "--key", type=Path, required=True, help="the backup key's file; made if it is not there"
    )
    restore = _add(verbs, "restore", commands.restore, "restore a backup into an empty database")
    restore.add_argument("file", type=Path, help="the backup")
    restore.add_argument("--key", type=Path, required=True, help="the backup key's file")
    verify = _add(
        verbs, "verify-backup", commands.verify_backup, "open a backup, count its rows, change nothing"
    )
    verify.add_argument("file", type=Path, help="the backup")
    verify.add_argument("--key", type=Path, required=True, help="the backup key's file")
    return parser


def _add(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    command: Callable[[Settings, argparse.Namespace], Coroutine[Any, Any, int]],
    words: str,
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=words, description=words)
    parser.set_defaults(command=command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
