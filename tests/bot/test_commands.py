"""The commands end to end on both engines: tables, ways in, whole backups, and a store that goes away."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import func, select

from bot.profile import SHIPPED
from bot.settings import KeyringSettings, Settings
from bot.wiring import load_keyring
from storage.schema import metadata
from storage.store import open_store
from storage.transaction import Transaction
from tests.support.builders import a_case, a_person
from tests.support.command import serving, tovholder
from tests.support.postgres import PostgresServer
from tests.support.stores import SettableClock
from triage.cases.case import Case
from triage.people.person import Role


@pytest.fixture
def settings(tmp_path: Path, engine: str, database_url: str) -> dict[str, str]:
    """The settings of a house on the engine of the test; its database has tables and is empty."""
    (tmp_path / "data").mkdir()
    if engine == "sqlite":
        Path(database_url.removeprefix("sqlite:///")).rename(tmp_path / "data" / "tovholder.db")
        return {}
    return {"DATABASE_URL": database_url}


async def _write_something(tmp_path: Path, settings: dict[str, str]) -> Case:
    given = Settings(
        data_dir=tmp_path / "data",
        database_url=settings.get("DATABASE_URL", ""),
        keyring=KeyringSettings(file=tmp_path / "keys" / "keyring.json"),
    )
    keyring, _ = load_keyring(given, create=True)
    store = open_store(given.store_url, clock=SettableClock(), keyring=keyring)
    await store.open()
    await store.write(lambda tx: a_person(tx, roles=[Role.ADMINISTRATOR, Role.DUTY_OFFICER], on_duty=True))
    case = await store.write(a_case, acute=True)
    await store.close()
    return case


def _counts(tx: Transaction) -> dict[str, int]:
    return {
        table.name: tx._work.run(select(func.count()).select_from(table)).scalar_one()
        for table in metadata.sorted_tables
    }


async def _contents(tmp_path: Path, url: str) -> tuple[dict[str, int], str]:
    given = Settings(data_dir=tmp_path, keyring=KeyringSettings(file=tmp_path / "keys" / "keyring.json"))
    keyring, _ = load_keyring(given, create=False)
    store = open_store(url, clock=SettableClock(), keyring=keyring)
    await store.open()
    counts = await store.read(_counts)
    [case] = await store.read(lambda tx: tx.cases.queue(reader=None, limit=5))
    [submission] = await store.read(lambda tx: tx.cases.submissions(case.id, identity=True))
    await store.close()
    return counts, f"{case.code} {submission.body} {submission.identity}"


async def test_migrate_makes_key_and_tables_and_can_be_run_again(
    tmp_path: Path, engine: str, request: pytest.FixtureRequest
) -> None:
    given = {}
    if engine == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        given = {"DATABASE_URL": await server.create_database("for_migrate")}
    # Both at once, as two replicas that start together would.
    first, second = await asyncio.gather(
        tovholder(tmp_path, "migrate", **given), tovholder(tmp_path, "migrate", **given)
    )
    statuses = [first.status, second.status]
    assert "Traceback" not in first.err + second.err
    if engine == "postgresql":
        # The loser of the race for the key file says so; the database's tables are never the matter.
        assert 0 in statuses
    again = await tovholder(tmp_path, "migrate", **given)
    assert (again.status, again.out, again.err) == (0, "", "")
    assert stat.S_IMODE((tmp_path / "keys" / "keyring.json").stat().st_mode) == 0o600


async def test_a_backup_made_beside_the_server_holds_everything_and_restores_elsewhere(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    case = await _write_something(tmp_path, settings)
    url = settings.get("DATABASE_URL") or f"sqlite:///{tmp_path / 'data' / 'tovholder.db'}"
    at_least, _ = await _contents(tmp_path, url)
    async with serving(tmp_path, until="becomes a file", **settings) as served:
        made = await tovholder(tmp_path, "backup", "b.backup", "--key", "b.key", **settings)
        await served.stop()
    assert (made.status, made.err) == (0, "")
    assert stat.S_IMODE((tmp_path / "b.key").stat().st_mode) == 0o600
    assert case.code.encode() not in (tmp_path / "b.backup").read_bytes()

    verified = await tovholder(tmp_path, "verify-backup", "b.backup", "--key", "b.key")
    assert (verified.status, verified.err) == (0, "")
    other = {"DATABASE_URL": f"sqlite:///{tmp_path / 'restored.db'}"}
    restored = await tovholder(tmp_path, "restore", "b.backup", "--key", "b.key", **other)
    assert (restored.status, restored.err) == (0, "")
    at_most, said = await _contents(tmp_path, url)
    held, said_again = await _contents(tmp_path, other["DATABASE_URL"])
    # The running process fires what is due: the backup is one moment between the two looks at the store.
    moved = {name for name, number in held.items() if not at_least[name] <= number <= at_most[name]}
    # It also sweeps notices that are a month old, as those of this store are by its own time.
    assert moved <= {"leases", "notices"}
    assert said_again == said
    assert "Testperson R" in said


async def test_a_backup_that_cannot_be_used_is_refused_with_a_sentence(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    await _write_something(tmp_path, settings)
    await tovholder(tmp_path, "backup", "b.backup", "--key", "b.key", **settings)
    whole = (tmp_path / "b.backup").read_bytes()
    (tmp_path / "damaged").write_bytes(whole[:-40] + bytes(40))
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "other.key").write_text("another key that is long enough")
    (tmp_path / "other.key").chmod(0o600)
    for file, key in (("damaged", "b.key"), ("cut", "b.key"), ("b.backup", "other.key"), ("none", "b.key")):
        refused = await tovholder(tmp_path, "verify-backup", file, "--key", key)
        assert refused.status == 1, file
        assert len(refused.err.strip().splitlines()) == 1
    over = await tovholder(tmp_path, "restore", "b.backup", "--key", "b.key", **settings)
    assert over.status == 1
    assert over.err.startswith("The database is not empty")
    twice = await tovholder(tmp_path, "backup", "b.backup", "--key", "b.key", **settings)
    assert twice.status == 1
    assert (tmp_path / "b.backup").read_bytes() == whole


async def test_a_restore_under_another_master_key_is_refused_before_anything_is_written(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    await _write_something(tmp_path, settings)
    await tovholder(tmp_path, "backup", "b.backup", "--key", "b.key", **settings)
    other = tmp_path / "other"
    other.mkdir()
    await tovholder(other, "migrate")
    (other / "data" / "tovholder.db").unlink()
    refused = await tovholder(other, "restore", "../b.backup", "--key", "../b.key")
    assert refused.status == 1
    assert "The master key is not the one that this backup was made with" in refused.err
    (other / "keys" / "keyring.json").unlink()
    for command in (["restore"], ["verify-backup"]):
        keyless = await tovholder(other, *command, "../b.backup", "--key", "../b.key")
        assert keyless.status == 1
        assert "cannot be read. Put back the key file of the house that the backup came from" in keyless.err
    assert list((other / "data").glob("*.db")) == []


async def test_ways_in_are_made_by_command(tmp_path: Path, settings: dict[str, str]) -> None:
    await tovholder(tmp_path, "migrate", **settings)
    made = await tovholder(tmp_path, "first-link", **settings)
    assert (made.status, made.err) == (0, "")
    assert "/first/" not in made.out
    link = (tmp_path / "data" / "first-administrator.link").read_text()
    assert link.startswith("http://127.0.0.1:8080/desk/first/")
    assert "If the server listens elsewhere" in made.out

    await _write_something(tmp_path, settings)
    refused = await tovholder(tmp_path, "first-link", **settings)
    assert refused.status == 1
    assert not (tmp_path / "data" / "first-administrator.link").exists()
    unknown = await tovholder(tmp_path, "recover", "nobody@example.org", **settings)
    assert (unknown.status, unknown.out) == (1, "No member of staff has that e-mail address.\n")


async def test_a_person_who_lost_their_way_in_gets_a_link_on_the_terminal(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    await _write_something(tmp_path, settings)
    store_settings = Settings(
        data_dir=tmp_path / "data",
        database_url=settings.get("DATABASE_URL", ""),
        keyring=KeyringSettings(file=tmp_path / "keys" / "keyring.json"),
    )
    keyring, _ = load_keyring(store_settings, create=False)
    store = open_store(store_settings.store_url, clock=SettableClock(), keyring=keyring)
    await store.open()
    [person] = await store.read(lambda tx: tx.people.all())
    await store.close()
    made = await tovholder(
        tmp_path, "recover", person.email.upper(), STAFF_URL="https://desk.example.org/desk", **settings
    )
    assert (made.status, made.err) == (0, "")
    assert "https://desk.example.org/desk/invited/" in made.out
    assert "elsewhere" not in made.out
    unset = await tovholder(tmp_path, "recover", person.email, **settings)
    assert unset.out.rstrip().endswith("put its address in front of /desk/… in the link.")


async def test_check_finds_the_shipped_profile_whole(tmp_path: Path) -> None:
    checked = await tovholder(tmp_path, "check")
    assert (checked.status, checked.err) == (0, "")
    first, *_, last = checked.out.strip().splitlines()
    assert first == f"The files named here stand in {SHIPPED / 'koebenhavn'}"
    assert last.startswith("koebenhavn: 0 errors")


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server that a test may stop."""
    server = PostgresServer().start()
    yield server
    server.stop()


async def test_a_store_that_goes_away_is_said_and_is_used_again_when_it_comes_back(
    tmp_path: Path, own_server: PostgresServer
) -> None:
    url = await own_server.create_database("house")
    async with serving(tmp_path, DATABASE_URL=url) as served:
        assert await _until_status(f"{served.public}/healthz", 200)
        await asyncio.to_thread(own_server.stop_immediately)
        assert await _until_status(f"{served.public}/healthz", 503)
        await asyncio.sleep(3)
        await asyncio.to_thread(own_server.start_again)
        assert await _until_status(f"{served.public}/healthz", 200)
        async with asyncio.timeout(20):
            while not any("post.store_back" in line for line in served.err):
                await asyncio.sleep(0.1)
        assert await served.stop() == 0
    lines = "\n".join(served.err)
    assert lines.count("post.store_away") == lines.count("post.store_back") == 1
    assert len(served.err) < 30


async def _until_status(address: str, status: int) -> bool:
    async with asyncio.timeout(20), aiohttp.ClientSession() as session:
        while True:
            async with session.get(address) as answer:
                if answer.status == status:
                    return True
            await asyncio.sleep(0.1)


async def test_an_alarm_raised_in_the_terminal_is_told_before_the_command_ends(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    await _write_something(tmp_path, settings)
    folder = tmp_path / "data" / "mails"
    before = len(list(folder.glob("*.eml"))) if folder.is_dir() else 0
    talked = await tovholder(tmp_path, "chat", typed="English\nyes\n", **settings)
    assert talked.status == 0, talked.err
    assert "We have told the person on duty" in talked.out
    subjects = [path.read_text("utf-8") for path in folder.glob("*.eml")]
    assert len(subjects) > before
    assert any("nothing" in subject.lower() for subject in subjects)
