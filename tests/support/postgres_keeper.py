"""A process of its own that keeps one PostgreSQL and ends it when its parent is gone.

It reads JSON lines from its parent and answers each with one. The first is the order; after it come
`"stop"` and `"start"`. When the pipe closes, however the parent ended, the server is stopped and its folder
removed. It runs by file name and imports the standard library only, because it outlives its parent.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

READY_SECONDS = 60.0
PR_SET_PDEATHSIG = 1


def world_traversable() -> str:
    """A temporary folder that another user can reach: the usual one may lie in somebody's home."""
    usual = Path(tempfile.gettempdir()).resolve()
    reachable = all(folder.stat().st_mode & 0o001 for folder in (usual, *usual.parents))
    return str(usual) if reachable else "/tmp"  # noqa: S108  `mkdtemp` makes a new folder in it


def end_with_parent(number: signal.Signals = signal.SIGQUIT) -> None:
    """Let the kernel send this process a signal when its parent is killed (Linux; elsewhere the pipe must do)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


def link_or_copy(source: str | Path, target: str | Path) -> None:
    """The file under another name; a copy, where links do not reach or where only its owner may read it."""
    if Path(source).stat().st_mode & 0o004:
        with contextlib.suppress(OSError):
            os.link(source, target)
            return
    shutil.copy2(source, target)


class Keeper:
    """One data folder and the server on it."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.order = order
        self.folder = Path(tempfile.mkdtemp(prefix="tovholder-postgres-", dir=world_traversable()))
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.binaries = Path(order["binaries"])
        self.as_user: dict[str, Any] = {}
        self.server: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Make the data folder. PostgreSQL refuses to run as root, so root hands everything to `nobody`."""
        self.data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self.as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            self.folder.chmod(0o755)
            os.chown(self.data, nobody.pw_uid, nobody.pw_gid)
            self.copy_binaries()
        password = self.data.parent / "password"
        password.write_text(self.order["password"])
        if self.as_user:
            os.chown(password, self.as_user["user"], self.as_user["group"])
        password.chmod(0o400)
        command: list[str | Path] = [self.binaries / "bin" / "initdb", "--pgdata", self.data]
        command += ["--username", "postgres"]
        command += ["--encoding", "UTF8", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
        command += ["--locale", "C", "--auth", "scram-sha-256", "--pwfile", password, "--no-sync"]
        # A test's password needs no stretching, and every connection would pay for it.
        command += ["--set", "scram_iterations=1"]
        with self.log.open("ab") as log:
            made = subprocess.run(command, cwd="/", stdout=log, stderr=log, check=False, **self.as_user)
        password.unlink()
        if made.returncode:
            raise RuntimeError(self.told())

    def copy_binaries(self) -> None:
        """Lay the server and its libraries as they lie to each other: the clone may be closed to `nobody`."""
        package = self.folder / "program" / self.binaries.parent.name
        for part in ("bin/initdb", "bin/postgres", "lib/postgresql", "share"):
            source, target = self.binaries / part, package / self.binaries.name / part
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, symlinks=True, copy_function=link_or_copy)
            else:
                link_or_copy(source, target)
        libraries = self.binaries.parent.parent / f"{self.binaries.parent.name}.libs"
        if libraries.is_dir():
            shutil.copytree(
                libraries, package.parent / libraries.name, symlinks=True, copy_function=link_or_copy
            )
        for folder, folders, _ in os.walk(self.folder / "program"):
            for name in (".", *folders):
                Path(folder, name).chmod(0o755)
        self.binaries = package / self.binaries.name

    def start(self) -> None:
        """Start on the data that lie there; returns when connections are taken."""
        command: list[str | Path] = [self.binaries / "bin" / "postgres", "-D", self.data]
        for name, value in self.order["settings"].items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            self.server = subprocess.Popen(
                command,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=end_with_parent,  # noqa: PLW1509  the keeper has no threads
                **self.as_user,
            )
        until = time.monotonic() + READY_SECONDS
        while not self.is_ready():
            if self.server.poll() is not None or time.monotonic() > until:
                self.stop()
                raise ChildProcessError(self.told())
            time.sleep(0.02)

    def is_ready(self) -> bool:
        """Whether the server itself says so, in the eighth line of its pid file."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        started = self.server is not None and lines[:1] == [str(self.server.pid)]
        return started and len(lines) > 7 and lines[7].strip() == "ready"

    def stop(self) -> None:
        """Stop at once, as a power cut would, but for what the kernel already holds."""
        if self.server is not None:
            if self.server.poll() is None:
                self.server.send_signal(signal.SIGQUIT)
            self.server.wait()
            self.server = None

    def told(self) -> str:
        """The last lines of the server's log, for the error."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "PostgreSQL did not start:\n" + "\n".join(lines[-20:])

    def remove(self) -> None:
        """Leave nothing behind."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def answer(**words: str) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Serve one parent until its end of the pipe closes."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    keeper = Keeper(json.loads(sys.stdin.readline()))
    try:
        keeper.prepare()
        keeper.start()
        answer(folder=str(keeper.folder))
        for line in sys.stdin:
            if json.loads(line) == "stop":
                keeper.stop()
            else:
                keeper.start()
            answer()
    except (RuntimeError, ChildProcessError, OSError) as failed:
        # A parent that is gone needs no answer.
        with contextlib.suppress(BrokenPipeError):
            answer(error=str(failed))
    finally:
        keeper.remove()


if __name__ == "__main__":
    main()
