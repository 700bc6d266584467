"""What the commands do. Each returns the process's exit status."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import datetime
from pathlib import Path

import aiohttp

from bot import logs
from bot.check import Severity, check_profile
from bot.doctor import State, examine
from bot.leaving import ender
from bot.profile import load_profile
from bot.profile_checks import tightest_payload
from bot.returned_mail import MOST_BYTES, ReturnedMails, names_in
from bot.runtime import Process, bring_up_to_date, post_at_work, run, staff_address
from bot.says import Says, hand_over_first_link, write
from bot.settings import Settings, reachable
from bot.wiring import Parts, SettingsError, load_keyring, machine_time, mails_leave, wire
from handlers.terminal.chat import run_chat
from handlers.terminal.keyboard import Keyboard, print_text, terminal_width
from handlers.terminal.parts import TerminalParts
from handlers.web.addresses import CODE_PAGE
from storage.backup import restore_backup, write_backup
from storage.backup import verify_backup as verify
from storage.backup_file import BackupKey
from storage.errors import AlreadyOpenError, KeyringError
from storage.keyring import Keyring
from storage.store import DatabaseClock, Store, open_store
from triage.notices.returned import take_returned
from triage.people.invite import recover as recover_person
from triage.refusals import Refused

_HEALTH_SECONDS = 5.0


async def serve(settings: Settings, given: argparse.Namespace) -> int:
    """Serve until told to stop."""
    del given
    logs.set_up()
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    keyring, fresh = load_keyring(settings, create=True)
    parts = wire(settings, keyring=keyring)
    says = Says(parts.translator)
    if fresh:
        says.say("cli.keyring_made", file=settings.keyring.file)

    async def started(process: Process) -> None:
        say_where(process, says)
        await hand_over_first_link(parts.store, staff_address(settings, process), settings, says)

    await run(parts, started=started)
    says.say("cli.stopped")
    return 0


def say_where(process: Process, says: Says) -> None:
    """Tell the operator where everybody comes in, and what is not as it will be."""
    parts: Parts = process.parts
    settings = parts.settings
    says.say("cli.reporters", address=settings.public_url or process.public)
    says.say("cli.staff", address=staff_address(settings, process))
    if parts.profile.trial:
        says.say("cli.trial")
    if mails_leave(settings, parts.profile):
        return
    held = "cli.mails_held" if settings.smtp.host else "cli.mails_as_files"
    says.say(held, folder=settings.mail_folder)


async def check(settings: Settings, given: argparse.Namespace) -> int:
    """Check the profile; status 1 if anything in it is wrong."""
    del given
    profile = load_profile(settings.profile)
    found = check_profile(profile, today=datetime.now(profile.zone).date(), payload=tightest_payload)
    write(f"The files named here stand in {profile.folder}")
    for finding in found:
        write(f"{finding.severity:8} {finding.where}: {finding.what}")
    errors = sum(finding.severity is Severity.ERROR for finding in found)
    write(f"{profile.folder.name}: {errors} errors, {len(found) - errors} other findings")
    return 1 if errors else 0


async def doctor(settings: Settings, given: argparse.Namespace) -> int:
    """Look at the house as it is set up and runs; status 1 if there is a problem."""
    del given
    profile = load_profile(settings.profile)
    says = Says(profile.translator())
    problems = 0
    async for line in examine(settings, profile, now=machine_time, payload=tightest_payload):
        problems += line.state is State.PROBLEM
        mark = says.name(f"cli.doctor.state.{line.state}")
        write(f"{mark:8} {line.said(says.name)}")
    return 1 if problems else 0


async def chat(settings: Settings, given: argparse.Namespace) -> int:
    """The conversation in this terminal, with clocks and post at work: what it says of who was told is true."""
    keyring = await _prepare(settings)
    wired = wire(settings, keyring=keyring)
    entrance = wired.entrances.get(given.hotline or wired.intake.hotline)
    if entrance is None:
        known = ", ".join(wired.entrances)
        raise SettingsError(f"--hotline: there is no hotline {given.hotline}, only: {known}")
    await wired.store.open()
    try:
        async with post_at_work(wired), Keyboard() as keyboard:
            parts = TerminalParts(
                store=wired.store,
                intake=entrance.intake,
                words=entrance.words,
                trial=wired.profile.trial,
                end_dialogue=ender(wired.rules),
                code_address=f"{settings.public_url.rstrip('/')}{CODE_PAGE}" if settings.public_url else None,
            )
            await run_chat(parts, read_line=keyboard.read_line, write=print_text, width=terminal_width)
    finally:
        await wired.store.close()
    return 0


async def migrate(settings: Settings, given: argparse.Namespace) -> int:
    """Make the master key if there is none, and bring the tables up to date."""
    del given
    await _prepare(settings)
    return 0


async def health(settings: Settings, given: argparse.Namespace) -> int:
    """Ask the process that listens at `LISTEN`; status 1 unless it says that it is well."""
    del given
    says = _says(settings)
    address = f"{reachable(settings.listen)}/healthz"
    timeout = aiohttp.ClientTimeout(total=_HEALTH_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(address) as answer:
            well = answer.status == 200  # noqa: PLR2004 - HTTP's yes
    except (aiohttp.ClientError, TimeoutError):
        well = False
    says.say("cli.well" if well else "cli.not_well", address=address)
    return 0 if well else 1


async def first_link(settings: Settings, given: argparse.Namespace) -> int:
    """A one-time link for the first administrator."""
    del given
    store = await _open_for_command(settings)
    says = _says(settings)
    try:
        made = await hand_over_first_link(store, settings.console_url, settings, says)
    finally:
        await store.close()
    if not made:
        says.say("cli.first_administrator_exists")
        return 1
    _say_elsewhere(settings, says)
    return 0


async def recover(settings: Settings, given: argparse.Namespace) -> int:
    """A one-time link by which a person sets a new password and a new second factor."""
    store = await _open_for_command(settings)
    says = _says(settings)
    try:
        invited = await store.write(recover_person, email=given.email)
    finally:
        await store.close()
    if isinstance(invited, Refused):
        says.say("cli.no_such_person")
        return 1
    says.say("cli.recovery_link", link=f"{settings.console_url}/invited/{invited.token}")
    _say_elsewhere(settings, says)
    return 0


async def mail_returned(settings: Settings, given: argparse.Namespace) -> int:
    """Note that a mail came back; what is none of ours is no fault, or whoever hands mails over would try again."""
    del given
    says = _says(settings)
    raw = await asyncio.to_thread(sys.stdin.buffer.read, MOST_BYTES)
    names = names_in(raw, domain=settings.smtp.sender.rpartition("@")[2])
    if not names:
        says.say("cli.mail_not_ours")
        return 0
    try:
        store = await _open_for_command(settings)
    except AlreadyOpenError:
        ReturnedMails(settings.returned_folder).leave(names)
        says.say("cli.mail_left")
        return 0
    try:
        count = await store.write(take_returned, names=names)
    finally:
        await store.close()
    says.say("cli.mail_returned", count=count)
    return 0


async def backup(settings: Settings, given: argparse.Namespace) -> int:
    """Write a backup; the server may go on running."""
    says = _says(settings)
    key, fresh = _backup_key(given.key)
    if fresh:
        says.say("cli.backup_key_made", file=given.key)
    summary = await write_backup(settings.store_url, given.file, key, now=machine_time())
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings.backup_mark.touch(mode=0o600)
    says.say("cli.backup_made", file=given.file, rows=summary.total)
    return 0


async def restore(settings: Settings, given: argparse.Namespace) -> int:
    """Restore a backup into an empty database; refused when the keyring at hand cannot open what it holds."""
    keyring = _house_keyring(settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = BackupKey.load(given.key)
    await verify(given.file, key, keyring=keyring)
    summary = await restore_backup(given.file, settings.store_url, key)
    _says(settings).say("cli.backup_restored", rows=summary.total)
    return 0


async def verify_backup(settings: Settings, given: argparse.Namespace) -> int:
    """Open a backup, count, and see that the keyring at hand fits it."""
    keyring = _house_keyring(settings)
    summary = await verify(given.file, BackupKey.load(given.key), keyring=keyring)
    _says(settings).say("cli.backup_verified", file=given.file, rows=summary.total)
    return 0


def _backup_key(path: Path) -> tuple[BackupKey, bool]:
    """The key of this file, and whether it was made just now."""
    return (BackupKey.load(path), False) if path.exists() else (BackupKey.create(path), True)


def _say_elsewhere(settings: Settings, says: Says) -> None:
    # Where a running server listens is not known here; only an address that somebody has set is sure to reach it.
    if not (settings.staff_url or settings.public_url):
        says.say("cli.link_elsewhere")


def _house_keyring(settings: Settings) -> Keyring:
    """The keyring that a backup's words are opened with; a house that lacks it is told which one to find."""
    try:
        keyring, _ = load_keyring(settings, create=False)
    except KeyringError as error:
        raise KeyringError(
            f"{error} Put back the key file of the house that the backup came from (KEYRING__FILE) and try again."
        ) from error
    return keyring


def _says(settings: Settings) -> Says:
    return Says(load_profile(settings.profile).translator())


async def _prepare(settings: Settings) -> Keyring:
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    keyring, fresh = load_keyring(settings, create=True)
    if fresh:
        _says(settings).say("cli.keyring_made", file=settings.keyring.file)
    await bring_up_to_date(settings.store_url)
    return keyring


async def _open_for_command(settings: Settings) -> Store:
    keyring, _ = load_keyring(settings, create=False)
    await bring_up_to_date(settings.store_url)
    store = _open(settings, keyring)
    await store.open()
    return store


def _open(settings: Settings, keyring: Keyring) -> Store:
    return open_store(settings.store_url, clock=DatabaseClock(), keyring=keyring)
