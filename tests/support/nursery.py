"""Processes of the command `tovholder`, each forked from one that has imported the product: a start costs no imports.

`python -m tests.support.nursery FD` takes orders on a socket: where to run, with which arguments and environment, and
the files that become standard input, output and error. Nothing of the product runs in it: no loop, no store, no
thread. What is forked runs `bot.cli.main` to the end of the interpreter, as the installed command does.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, TypedDict

from bot import cli

ROOT = Path(__file__).parents[2]
_LONGEST_ORDER = 1 << 16


class Order(TypedDict):
    """What a command is started with, beside its files."""

    folder: str
    arguments: list[str]
    environment: dict[str, str]


@dataclass(kw_only=True)
class Born:
    """A process that was forked. Its status is negative if a signal ended it, as everywhere."""

    pid: int
    out: asyncio.StreamReader
    err: asyncio.StreamReader
    _ended: asyncio.StreamReader
    returncode: int | None = None

    async def wait(self) -> int:
        """Its status, once it has ended."""
        if self.returncode is None:
            self.returncode = int(await self._ended.read())
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal; one that has ended gets none."""
        if self.returncode is None:
            os.kill(self.pid, number)


async def bear(
    folder: Path, arguments: Sequence[str], *, environment: Mapping[str, str], typed: str = ""
) -> Born:
    """Start the command in this folder; `typed` is what it finds on its standard input."""
    order = Order(folder=str(folder), arguments=list(arguments), environment=dict(environment))
    with tempfile.TemporaryFile() as given:
        given.write(typed.encode())
        given.seek(0)
        pipes = [os.pipe() for _ in range(3)]
        writers = [writer for _, writer in pipes]
        nursery = _nursery()
        socket.send_fds(nursery, [json.dumps(order).encode()], [given.fileno(), *writers])
        pid = int(nursery.recv(32))
        for writer in writers:
            os.close(writer)
    out, err, ended = [await _reader(os.fdopen(reader, "rb", buffering=0)) for reader, _ in pipes]
    return Born(pid=pid, out=out, err=err, _ended=ended)


async def _reader(pipe: IO[bytes]) -> asyncio.StreamReader:
    """What is written into the pipe; it closes itself at its end."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    return reader


@cache
def _nursery() -> socket.socket:
    """The one nursery of this process, started when first needed; it ends with this process."""
    ours, theirs = socket.socketpair()
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.nursery", str(theirs.fileno())],
        cwd=ROOT,
        env={**kept, "LANG": "en"},
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def main(orders: socket.socket) -> int:
    """Fork a process for each order until nobody gives any more; the status of whichever process returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        line, files, _, _ = socket.recv_fds(orders, _LONGEST_ORDER, 4)
        if not line:
            return 0
        if os.fork() == 0:
            return _keep(orders, json.loads(line), files)
        for file in files:
            os.close(file)


def _keep(orders: socket.socket, order: Order, files: Sequence[int]) -> int:
    """Fork the command and wait for it, to say how it ended. Only the command returns from here."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    *standard, ended = files
    pid = os.fork()
    if pid:
        orders.sendall(str(pid).encode())
        for file in standard:
            os.close(file)
        os.write(ended, str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())
        os._exit(0)
    orders.close()
    os.close(ended)
    for number, file in enumerate(standard):
        os.dup2(file, number)
        os.close(file)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    return cli.main(order["arguments"])


if __name__ == "__main__":
    sys.exit(main(socket.socket(fileno=int(sys.argv[1]))))
