"""`tovholder demo`: the same process over synthetic cases, in a folder of its own that is made anew each time.

Nothing leaves a demo: it has no bot, and every mail is a file.
"""

from __future__ import annotations

import argparse
import secrets
import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from bot import logs
from bot.commands import say_where
from bot.demo_cases import Fills
from bot.profile import load_profile
from bot.runtime import Process, bring_up_to_date, run, staff_address
from bot.says import Says, hand_over_first_link
from bot.settings import KeyringSettings, Settings, SmtpSettings
from bot.wiring import load_keyring, wire
from storage.sqlite_file import ProcessLock, database_path
from storage.store import open_store
from storage.transaction import Transaction
from triage.ids import PersonId
from triage.people.invite import INVITATION_LIVES
from triage.people.person import Person, PersonState, Role, TicketKind
from triage.people.tickets import issue, new_token

FOLDER = Path("demo-data")
_MARK = "this-is-a-demo"

PEOPLE: Sequence[tuple[str, Role]] = (
    ("A", Role.DUTY_OFFICER),
    ("B", Role.COORDINATOR),
    ("C", Role.HEAD),
    ("D", Role.CHAIR),
    ("E", Role.STEERING),
    ("F", Role.DUTY_OFFICER),
    ("G", Role.DPO),
    ("H", Role.UNIT_MEMBER),
)
"""The first of each role acts in the cases, and has the duty."""


class NoDemoFolderError(OSError):
    """The demo's folder holds something that no demo made, and is left alone."""


async def serve(settings: Settings, given: argparse.Namespace) -> int:
    """Fill the demo's folder and serve it until told to stop."""
    del given
    logs.set_up()
    demo = settings.model_copy(
        update={
            "data_dir": FOLDER,
            "database_url": "",
            "keyring": KeyringSettings(file=FOLDER / "keyring.json"),
            "telegram": settings.telegram.model_copy(update={"token": None}),
            "smtp": SmtpSettings(),
            "design_page": True,
        }
    )
    _make_folder(demo)
    keyring, _ = load_keyring(demo, create=True)
    profile = load_profile(demo.profile)
    says = Says(profile.translator())
    await bring_up_to_date(demo.store_url)
    fills = Fills(settings=demo, profile=profile, keyring=keyring, language=says.language)
    store = open_store(demo.store_url, clock=fills.clock, keyring=keyring, new_secret=secrets.token_bytes)
    await store.open()
    try:
        # The clock of the past stands days back; the links must still work today.
        links_live = fills.begins + INVITATION_LIVES
        belongs_to = profile.demo.unit_member_of
        people = await store.write(_people, fills.language, links_live, authority=belongs_to)
        first = {person.roles: person for person, _ in reversed(people)}
        await fills.fill(store, first)
    finally:
        await store.close()
    parts = wire(demo, keyring=keyring, profile=profile)

    async def started(process: Process) -> None:
        say_where(process, says)
        says.say("cli.demo.made", folder=FOLDER)
        address = staff_address(demo, process)
        await hand_over_first_link(parts.store, address, demo, says)
        says.say("cli.demo.people")
        for person, token in people:
            role = says.name(f"role.{next(iter(person.roles)).value}")
            says.say("cli.demo.person", name=person.name, role=role, link=f"{address}/invited/{token}")
        says.say("cli.demo.commands", data=demo.data_dir, keyring=demo.keyring.file)

    await run(parts, started=started)
    says.say("cli.stopped")
    return 0


def _make_folder(demo: Settings) -> None:
    mark = FOLDER / _MARK
    if FOLDER.exists() and any(FOLDER.iterdir()):
        if not mark.exists():
            raise NoDemoFolderError(f"The folder {FOLDER} was not made by a demo, so it is left alone.")
        lock = ProcessLock(database_path(demo.store_url))
        lock.take()
        shutil.rmtree(FOLDER)
        lock.release()
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    mark.touch()


def _people(
    tx: Transaction, language: str, links_live: timedelta, *, authority: str | None
) -> list[tuple[Person, str]]:
    """Colleagues who work already, each with a link by which you can come in as them."""
    made = []
    for letter, role in PEOPLE:
        of_the_unit = role is Role.UNIT_MEMBER
        if of_the_unit and authority is None:
            continue
        person = Person(
            id=PersonId(tx.new_id()),
            name=f"Testperson {letter}",
            email=f"testperson.{letter.lower()}@example.org",
            roles=frozenset({role}),
            language=language,
            state=PersonState.ACTIVE,
            created_at=tx.now,
            authority=authority if of_the_unit else None,
        )
        tx.people.add(person)
        if role is Role.DUTY_OFFICER and tx.people.on_duty() is None:
            tx.people.set_on_duty(person.id)
        token = new_token(tx)
        issue(tx, TicketKind.INVITATION, token=token, person_id=person.id, lives=links_live)
        made.append((person, token))
    return made
