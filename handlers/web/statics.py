"""The files that pages load: read once, packed once, and addressed by their content's hash."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from aiohttp import hdrs, web

from handlers.web.headers import FOR_EVER

FOLDER = Path(__file__).parent / "static"
"""What both kinds of pages share."""

_HASH_LENGTH = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    digest: str
    kind: str
    plain: bytes = field(repr=False)
    packed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Statics:
    """The files by name. A later folder's file takes the place of an earlier one's of the same name."""

    files: Mapping[str, _File]

    @classmethod
    def read(cls, folders: Sequence[Path] = (FOLDER,)) -> Statics:
        """Every file directly in these folders."""
        files = {}
        for path in (path for folder in folders for path in sorted(folder.iterdir()) if path.is_file()):
            plain = path.read_bytes()
            files[path.name] = _File(
                digest=hashlib.sha256(plain).hexdigest()[:_HASH_LENGTH],
                kind=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
                plain=plain,
                packed=gzip.compress(plain, mtime=0),
            )
        return cls(MappingProxyType(files))

    def url(self, name: str) -> str:
        """The address of a file; it changes with the content. `KeyError` if there is no such file."""
        return f"/static/{self.files[name].digest}/{name}"

    def add_to(self, app: web.Application) -> None:
        """Serve the files."""
        app.router.add_get("/static/{digest}/{name}", self._serve)

    async def _serve(self, request: web.Request) -> web.Response:
        file = self.files.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound
        headers = {
            hdrs.CONTENT_TYPE: f"{file.kind}; charset=utf-8" if file.kind.startswith("text/") else file.kind
        }
        headers[hdrs.VARY] = "Accept-Encoding"
        if request.match_info["digest"] == file.digest:
            headers[hdrs.CACHE_CONTROL] = FOR_EVER
        # Another hash is a page of another version, as while replicas are exchanged: it gets what there is, unkept.
        body = file.plain
        if "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, "") and len(file.packed) < len(file.plain):
            body = file.packed
            headers[hdrs.CONTENT_ENCODING] = "gzip"
        return web.Response(body=body, headers=headers)
