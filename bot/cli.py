"""The command `tovholder`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from bot import clock_commands, commands, demo
from bot.profile_files import ProfileError
from bot.runtime import CannotListenError
from bot.settings import BadSettingsError, Settings, read_settings
from bot.wiring import SettingsError
from storage.errors import StorageError
from triage.faults import StoreUnavailableError

EXPECTED = (
    CannotListenError,
    ProfileError,
    BadSettingsError,
    SettingsError,
    StorageError,
    StoreUnavailableError,
    OSError,
)
"""What an operator can mend: told in a sentence, without a trace."""

Command = Callable[[Settings, argparse.Namespace], Coroutine[Any, Any, int]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; what is wrong with settings, profile or store is said in sentences on standard error."""
    given = _parser().parse_args(arguments)
    try:
        status: int = asyncio.run(given.command(read_settings(given.settings), given))
    except BadSettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except EXPECTED as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tovholder", description="A hotline for worries, and the case desk behind it."
    )
    parser.add_argument(
        "--settings",
        type=Path,
        metavar="FILE",
        help="the settings file; tovholder.env is read if it is there",
    )
    verbs = parser.add_subparsers(required=True, metavar="command")
    _add(verbs, "serve", commands.serve, "serve the reporter's pages, the console, the bot and the clocks")
    _add(verbs, "demo", demo.serve, "serve with synthetic cases, in the folder demo-data")
    _add(verbs, "check", commands.check, "check the profile: flows, texts, clocks, numbers")
    _add(verbs, "doctor", commands.doctor, "look at the house as it is set up and runs, and say what to do")
    chat = _add(verbs, "chat", commands.chat, "hold the conversation in this terminal")
    chat.add_argument("--hotline", default="", metavar="ID", help="a hotline of the profile; else the first")
    _add(
        verbs, "migrate", commands.migrate, "make the master key if there is none, and the database's tables"
    )
    _add(verbs, "health", commands.health, "ask the process that listens here whether it is well")
    _add(verbs, "first-link", commands.first_link, "make a one-time link for the first administrator")
    clocks = verbs.add_parser(
        "clocks", help="try changed deadlines on the past, or let running ones follow them"
    )
    ways = clocks.add_subparsers(required=True, metavar="what")
    simulate = _add(
        ways,
        "simulate",
        clock_commands.simulate,
        "replay past clocks under a changed clocks.toml and compare",
    )
    simulate.add_argument("file", type=Path, help="the changed clocks.toml")
    simulate.add_argument("--since", metavar="YYYY-MM-DD", help="from which day on; else a year back")
    moving = _add(
        ways,
        "move",
        clock_commands.move_clocks,
        "say what becomes of running clocks under the newest version of their policy, and with --yes do it",
    )
    moving.add_argument("policy", help="the clock's id in clocks.toml")
    moving.add_argument("--yes", action="store_true", help="do it, with an audit entry for each clock")
    recover = _add(
        verbs, "recover", commands.recover, "print a one-time link for somebody who lost their way in"
    )
    recover.add_argument("email", help="the person's e-mail address")
    _add(
        verbs, "mail-returned", commands.mail_returned, "note a mail that came back, read from standard input"
    )
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
    verbs: argparse._SubParsersAction[argparse.ArgumentParser], name: str, command: Command, words: str
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=words, description=words)
    parser.set_defaults(command=command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
