"""What a store looks at before it takes anything on: its tables and its keyring."""

from __future__ import annotations

import hmac

from sqlalchemy import Connection, inspect, select

from storage.errors import KeyringError, NotMigratedError
from storage.house_tables import keyring_checks
from storage.migrate import head
from storage.work import House, Work


def check_tables(connection: Connection) -> None:
    """Raise `NotMigratedError` unless the database is at this version's revision."""
    found = None
    if inspect(connection).has_table("alembic_version"):
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if found != head():
        raise NotMigratedError(
            f"The database's tables are at revision {found or 'none'}, and this version needs {head()}: migrate it."
        )


def check_keyring(connection: Connection, house: House) -> None:
    """Raise `KeyringError` unless the keyring is the one that the store was written with.

    Keys that the store has not seen are noted. A store without a keyring is checked by none.
    """
    if house.keyring is None:
        return
    ours = house.keyring.checks()
    stored = {row.key_id: bytes(row.value) for row in connection.execute(select(keyring_checks))}
    missing = sorted(stored.keys() - ours.keys())
    if missing:
        raise KeyringError(
            f"The store was written with the key {missing[0]}, which the key file does not hold."
        )
    for key_id, value in stored.items():
        if not hmac.compare_digest(ours[key_id], value):
            raise KeyringError(f"The key file's {key_id} is not the one that the store was written with.")
    work = Work(connection, house)
    for key_id in ours.keys() - stored.keys():
        values = {"key_id": key_id, "value": ours[key_id], "created_at": work.now}
        work.insert_if_absent(keyring_checks, values)
