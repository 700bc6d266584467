"""What the commands do. Each returns the process's exit status."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from datetime import datetime

from storage.backup import read_or_make_key, restore_backup, write_backup
from storage.backup import verify_backup as verify

from bot import logs
from bot.check import Severity, check_profile
from bot.i18n import Translator
from bot.profile import load_profile
from bot.runtime import Process, run
from bot.settings import Settings
from bot.wiring import load_keyring, make_intake, wire
from handlers.telegram.callback import Press, Verb, pack
from handlers.terminal.chat import run_chat
from handlers.terminal.parts import TerminalParts
from storage.keyring import Keyring
from storage.migrate import upgrade
from storage.store import DatabaseClock, Store, open_store
from triage.people.invite import create_first_administrator_ticket
from triage.people.invite import recover as recover_person
from triage.refusals import Refused


async def serve(settings: Settings, given: argparse.Namespace) -> int:
    """Serve until told to stop."""
    del given
    logs.set_up()
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    keyring, fresh = load_keyring(settings, create=True)
    parts = wire(settings, keyring=keyring)
    texts = _Says(parts.translator)
    if fresh:
        texts.say("cli.keyring_made", file=settings.keyring.file)

    async def started(process: Process) -> None:
        texts.say("cli.reporters", address=process.public)
        texts.say("cli.staff", address=process.staff)
        if parts.profile.trial:
            texts.say("cli.trial")
        if not settings.smtp.host:
            texts.say("cli.mails_as_files", folder=settings.mail_folder)
        await _first_administrator(parts.store, process.staff, settings, texts)

    await run(parts, started=started)
    texts.say("cli.stopped")
    return 0


async def check(settings: Settings, given: argparse.Namespace) -> int:
    """Check the profile; status 1 if anything in it is wrong."""
    del given
    profile = load_profile(settings.profile)
    found = check_profile(profile, today=datetime.now(profile.zone).date(), payload=_payload)
    for finding in found:
        _write(f"{finding.severity:8} {finding.where}: {finding.what}")
    errors = sum(finding.severity is Severity.ERROR for finding in found)
    _write(f"{profile.folder.name}: {errors} errors, {len(found) - errors} other findings")
    return 1 if errors else 0


async def chat(settings: Settings, given: argparse.Namespace) -> int:
    """The conversation in this terminal."""
    del given
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    keyring, _ = load_keyring(settings, create=True)
    await upgrade(settings.store_url)
    profile = load_profile(settings.profile)
    translator = profile.translator()
    store = _open(settings, keyring)
    await store.open()
    try:
        parts = TerminalParts(
            store=store,
            intake=make_intake(profile, translator, profile.rules()),
            words=translator,
            trial=profile.trial,
        )
        await run_chat(parts, read_line=_read_line, write=_write)
    finally:
        await store.close()
    return 0


async def migrate(settings: Settings, given: argparse.Namespace) -> int:
    """Bring the tables up to date."""
    del given
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    await upgrade(settings.store_url)
    return 0


async def first_link(settings: Settings, given: argparse.Namespace) -> int:
    """A one-time link for the first administrator, to the terminal."""
    del given
    store, texts = await _open_for_command(settings)
    try:
        made = await _first_administrator(store, settings.console_url, settings, texts)
    finally:
        await store.close()
    if not made:
        texts.say("cli.first_administrator_exists")
    return 0 if made else 1


async def recover(settings: Settings, given: argparse.Namespace) -> int:
    """A one-time link by which a person sets a new password and a new second factor."""
    store, texts = await _open_for_command(settings)
    try:
        invited = await store.write(recover_person, email=given.email)
    finally:
        await store.close()
    if isinstance(invited, Refused):
        texts.say("cli.no_such_person")
        return 1
    texts.say("cli.recovery_link", link=f"{settings.console_url}/invited/{invited.token}")
    return 0


async def backup(settings: Settings, given: argparse.Namespace) -> int:
    """Write a backup; the server may go on running."""
    key = read_or_make_key(given.key)
    rows = await write_backup(settings.store_url, given.file, key)
    _Says(load_profile(settings.profile).translator()).say("cli.backup_made", file=given.file, rows=rows)
    return 0


async def restore(settings: Settings, given: argparse.Namespace) -> int:
    """Restore a backup into an empty database."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    rows = await restore_backup(given.file, settings.store_url, read_or_make_key(given.key, make=False))
    _Says(load_profile(settings.profile).translator()).say("cli.backup_restored", rows=rows)
    return 0


async def verify_backup(settings: Settings, given: argparse.Namespace) -> int:
    """Open a backup and count."""
    rows = await verify(given.file, read_or_make_key(given.key, make=False))
    _Says(load_profile(settings.profile).translator()).say("cli.backup_verified", file=given.file, rows=rows)
    return 0


class _Says:
    """Sentences for the operator, in the first language of the locale that is there."""

    def __init__(self, translator: Translator) -> None:
        self._translator = translator
        wanted = os.environ.get("LANG", "").partition("_")[0]
        languages = translator.languages()
        self._language = wanted if wanted in languages else "en" if "en" in languages else languages[0]

    def say(self, key: str, **params: object) -> None:
        _write(self._translator.text(key, self._language, **params))


async def _first_administrator(store: Store, address: str, settings: Settings, texts: _Says) -> bool:
    """Hand the one-time link to the terminal, or to a file that only its owner can read; never to a log."""
    token = await store.write(create_first_administrator_ticket)
    if isinstance(token, Refused):
        return False
    link = f"{address}/first/{token}"
    if sys.stdout.isatty():
        texts.say("cli.first_link", link=link)
        return True
    path = settings.data_dir / "first-administrator.link"
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(link + "\n")
    texts.say("cli.first_link_in_file", file=path)
    return True


async def _open_for_command(settings: Settings) -> tuple[Store, _Says]:
    keyring, _ = load_keyring(settings, create=False)
    await upgrade(settings.store_url)
    store = _open(settings, keyring)
    await store.open()
    return store, _Says(load_profile(settings.profile).translator())


def _open(settings: Settings, keyring: Keyring) -> Store:
    return open_store(settings.store_url, clock=DatabaseClock(), keyring=keyring)


def _payload(revision: int, code: str) -> str:
    return pack(Press(nonce="abcdefgh", revision=revision, verb=Verb.ANSWER, argument=code))


async def _read_line(prompt: str) -> str | None:
    try:
        return await asyncio.to_thread(input, prompt)
    except EOFError:
        return None


def _write(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command speaks to its terminal
