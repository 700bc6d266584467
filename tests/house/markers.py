"""A word that occurs nowhere else, and the search for it in every dress that bytes wear."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from tests.support.postgres import OWNER


def needles(word: str) -> dict[str, bytes]:
    """The ASCII word as UTF-8 (which JSON and percent encoding keep), UTF-16, hexadecimal and base64 at each offset."""
    plain = word.encode("ascii")
    found = {
        "utf-8": plain,
        "utf-16-le": word.encode("utf-16-le"),
        "utf-16-be": word.encode("utf-16-be"),
        "hex": plain.hex().encode(),
        "reversed": plain[::-1],
    }
    for offset in range(3):
        shifted = base64.b64encode(b"\0" * offset + plain)
        # The signs at both ends hold bits of the neighbours too.
        found[f"base64+{offset}"] = shifted[(offset * 8 + 5) // 6 : len(plain) * 8 // 6 - 1 + offset]
    return found


def dressed(word: str) -> dict[str, bytes]:
    """The needles of the word as it is, in small and in capital letters."""
    return {
        f"{kind} {how}": needle
        for how, each in (("as typed", word), ("small", word.lower()), ("capital", word.upper()))
        for kind, needle in needles(each).items()
    }


@dataclass
class Markers:
    """Sentences that all hold one word of this test's own; `typed` is what was handed out."""

    word: str = field(default_factory=lambda: f"Mejse{secrets.token_hex(6)}Kanarie")
    typed: list[str] = field(default_factory=list)

    def say(self, where: str) -> str:
        """A sentence for this field, with signs that encodings treat differently."""
        sentence = f"Blå {self.word} på {where} & \"ø\" <i> 100% \\n 'x'"
        self.typed.append(sentence)
        return sentence

    def short(self, where: str) -> str:
        """A marker for a field that takes few signs."""
        self.typed.append(f"{self.word} {where}")
        return f"{self.word} {where}"[:60]

    def mail(self) -> str:
        """A marker that is a mail address."""
        self.typed.append(f"{self.word}@example.org")
        return f"{self.word}@example.org"

    def hits(self, places: Mapping[str, bytes]) -> list[str]:
        """Where the word lies, and in which dress."""
        return found_in(places, dressed(self.word))


def found_in(places: Mapping[str, bytes], wanted: Mapping[str, bytes]) -> list[str]:
    """Which needle lies in which place."""
    return [
        f"{place}: {name}"
        for place, content in places.items()
        for name, each in wanted.items()
        if each in content
    ]


def secret_needles(secret: str) -> Iterator[tuple[str, bytes]]:
    """A secret as it is, without its separators, in small letters, and in hexadecimal and base64."""
    bare = "".join(sign for sign in secret if sign.isalnum())
    for text in {secret, bare, bare.lower(), secret.lower()}:
        raw = text.encode()
        yield text, raw
        yield f"{text} in hex", raw.hex().encode()
        yield f"{text} in base64", base64.b64encode(raw).rstrip(b"=")[:-1]


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, its name included."""
    return {
        f"file {path.relative_to(folder)}": path.name.encode() + b"\n" + path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


async def every_row(url: str) -> dict[str, bytes]:
    """Every row of every table as PostgreSQL writes it out, and every bytea as the bytes that it is."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        names = await connection.fetch(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        found = {}
        for (name,) in names:
            as_text = await connection.fetch(f'SELECT t::text FROM "{name}" AS t')  # noqa: S608 - names of the catalogue
            as_bytes = await connection.fetch(f'SELECT * FROM "{name}"')  # noqa: S608 - as above
            content = [row[0].encode() for row in as_text]
            content += [value for row in as_bytes for value in row.values() if isinstance(value, bytes)]
            found[f"table {name}"] = b"\n".join(content)
        return found
    finally:
        await connection.close()


async def data_files(url: str, folder: Path) -> dict[str, bytes]:
    """The files of this database in the server's folder and the whole write-ahead log, after a checkpoint."""
    # The house's own role may not ask for either; the superuser of the test's server has the same password.
    connection = await asyncpg.connect(url.replace("+asyncpg", "").replace(f"//{OWNER}:", "//postgres:"))
    try:
        await connection.execute("CHECKPOINT")
        number = await connection.fetchval("SELECT oid FROM pg_database WHERE datname = current_database()")
        where = Path(await connection.fetchval("SHOW data_directory"))
    finally:
        await connection.close()
    assert where.is_relative_to(folder)
    return {
        f"server {path.relative_to(where)}": path.read_bytes()
        for part in (where / "base" / str(number), where / "pg_wal")
        for path in part.rglob("*")
        if path.is_file()
    }
