from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.backup import restore_backup, verify_backup, write_backup
from storage.backup_file import BackupKey
from storage.errors import AlreadyOpenError, BackupError, KeyringError
from storage.keyring import Keyring
from storage.schema import metadata
from storage.store import Store, open_store
from storage.transaction import Transaction
from tests.storage.builders import a_case, a_conversation, a_row
from tests.storage.test_canary import MARK, hand_over_everything
from tests.support.postgres import PostgresServer
from tests.support.stores import MONDAY_MORNING, SettableClock
from triage.ids import CaseCode


@pytest.fixture(scope="session")
def backup_key() -> BackupKey:
    return BackupKey("a passphrase of some length")


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_url(
    request: pytest.FixtureRequest, server: PostgresServer, tmp_path: Path
) -> AsyncIterator[str]:
    """The address of a database that holds nothing, not even tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'restored.db'}"
        return
    name = f"restored_{os.getpid()}_{abs(hash(tmp_path))}"
    yield await server.create_database(name)
    await server.drop_database(name)


@pytest.fixture
def server(postgres_server: PostgresServer) -> PostgresServer:
    return postgres_server


def everything(tx: Transaction) -> dict[str, list[tuple[object, ...]]]:
    return {
        table.name: sorted((tuple(map(str, row)) for row in tx._work.all(select(table))), key=str)
        for table in metadata.sorted_tables
    }


async def test_a_backup_restores_every_row_into_either_engine(  # noqa: PLR0917 - fixtures
    store: Store,
    database_url: str,
    empty_url: str,
    clock: SettableClock,
    keyring: Keyring,
    backup_key: BackupKey,
    tmp_path: Path,
) -> None:
    await store.write(hand_over_everything)
    path = tmp_path / "backup"

    written = await write_backup(database_url, path, backup_key, now=MONDAY_MORNING)
    restored = await restore_backup(path, empty_url, backup_key)

    assert written == restored == await verify_backup(path, backup_key, keyring=keyring)
    assert written.rows["outbox"] == 2
    copy = open_store(empty_url, clock=clock, keyring=keyring)
    await copy.open()
    assert await copy.read(everything) == await store.read(everything)
    found = await copy.read(lambda tx: tx.cases.find(CaseCode("K-TEST001")))
    assert found is not None
    _, opened = await copy.read(lambda tx: tx.cases.submissions(found.id, identity=True))
    assert opened.body == {"story": f"{MARK}body"}
    await copy.write(a_case, code="K-AFTER")
    await copy.write(a_row)
    await copy.write(lambda tx: a_row(tx, conversation_id=a_conversation(tx).id))
    await copy.close()


async def test_a_backup_file_shows_nothing_and_is_the_owners_alone(
    store: Store, database_url: str, backup_key: BackupKey, tmp_path: Path
) -> None:
    await store.write(hand_over_everything)
    path = tmp_path / "backup"
    await write_backup(database_url, path, backup_key, now=MONDAY_MORNING)

    assert b"example.org" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(BackupError, match="already"):
        await write_backup(database_url, path, backup_key, now=MONDAY_MORNING)


async def test_a_backup_is_of_one_moment(
    store: Store, database_url: str, backup_key: BackupKey, tmp_path: Path
) -> None:
    for number in range(5):
        await store.write(a_case, code=f"K-{number}")

    summary = await write_backup(database_url, tmp_path / "backup", backup_key, now=MONDAY_MORNING)

    assert summary.rows["case_keys"] == 2 * summary.rows["cases"] == 10


async def test_a_changed_or_cut_backup_is_never_taken(
    store: Store, database_url: str, backup_key: BackupKey, tmp_path: Path
) -> None:
    await store.write(hand_over_everything)
    path, other = tmp_path / "backup", tmp_path / "other"
    await write_backup(database_url, path, backup_key, now=MONDAY_MORNING)
    whole = path.read_bytes()
    broken = [whole[:length] for length in (0, 10, 30, 40, len(whole) // 2, len(whole) - 1)]
    broken += [whole + b"x"]
    broken += [
        whole[:position] + bytes((whole[position] ^ 1,)) + whole[position + 1 :]
        for position in (0, 20, 35, 36, 60, len(whole) - 1)
    ]

    taken = []
    for content in broken:
        other.write_bytes(content)
        try:
            taken.append(await verify_backup(other, backup_key))
        except BackupError:
            continue

    assert taken == []


async def test_a_backup_wants_its_own_key_and_keyring(
    store: Store, database_url: str, backup_key: BackupKey, tmp_path: Path
) -> None:
    await store.write(a_case)
    path = tmp_path / "backup"
    await write_backup(database_url, path, backup_key, now=MONDAY_MORNING)

    with pytest.raises(BackupError, match="backup key is another"):
        await verify_backup(path, BackupKey("another passphrase of some length"))
    with pytest.raises(KeyringError):
        await verify_backup(path, backup_key, keyring=Keyring.create(tmp_path / "other.json"))


async def test_a_backup_is_not_restored_over_data(
    store: Store, database_url: str, backup_key: BackupKey, tmp_path: Path
) -> None:
    await store.write(a_case)
    path = tmp_path / "backup"
    await write_backup(database_url, path, backup_key, now=MONDAY_MORNING)

    if database_url.startswith("sqlite"):
        with pytest.raises(AlreadyOpenError):
            await restore_backup(path, database_url, backup_key)
    await store.close()
    with pytest.raises(BackupError, match="not empty"):
        await restore_backup(path, database_url, backup_key)


async def test_a_backup_that_fails_leaves_no_file(
    store: Store, database_url: str, backup_key: BackupKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.write(a_case)
    folder = tmp_path / "backups"
    folder.mkdir()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        await write_backup(database_url, folder / "backup", backup_key, now=MONDAY_MORNING)

    assert list(folder.iterdir()) == []


def test_a_backup_key_is_kept_from_others_and_is_not_short(tmp_path: Path) -> None:
    path = tmp_path / "backup.key"
    BackupKey.create(path)

    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(BackupError, match="already"):
        BackupKey.create(path)
    BackupKey.load(path)
    path.chmod(0o644)
    with pytest.raises(BackupError, match="0600"):
        BackupKey.load(path)
    with pytest.raises(BackupError, match="at least"):
        BackupKey("short")
    with pytest.raises(BackupError, match="cannot be read"):
        BackupKey.load(tmp_path / "nothing")
