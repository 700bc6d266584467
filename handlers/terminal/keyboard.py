"""The real terminal: lines as they are typed, Ctrl-C and Ctrl-D as leaving."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import threading
from collections import deque
from types import TracebackType
from typing import Self

_AT_ONCE = 65536


class Keyboard:
    """Reads standard input, as an async context manager. Ctrl-C is heard at the next question, never inside a write."""

    def __init__(self, fd: int = 0) -> None:
        self._fd = fd
        self._lines: deque[str | None] = deque()
        self._came = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._loop.add_signal_handler(signal.SIGINT, self._put, None)
        # A daemon: a thread that waits for a key must not keep the process from ending.
        threading.Thread(target=self._read_all, name="keyboard", daemon=True).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None:
            self._loop.remove_signal_handler(signal.SIGINT)
            self._loop = None

    async def read_line(self, prompt: str) -> str | None:
        """The next line without its end, or None when the person leaves."""
        print_text(prompt)
        while not self._lines:
            self._came.clear()
            await self._came.wait()
        return self._lines.popleft()

    def _put(self, line: str | None) -> None:
        self._lines.append(line)
        self._came.set()

    def _read_all(self) -> None:
        # `os.read`, not `sys.stdin`: its lock would stop the interpreter from ending while a read waits.
        rest = b""
        while piece := _read(self._fd):
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                self._tell(line.decode("utf-8", "replace").removesuffix("\r"))
        if rest:
            self._tell(rest.decode("utf-8", "replace"))
        self._tell(None)

    def _tell(self, line: str | None) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._put, line)


def _read(fd: int) -> bytes:
    try:
        return os.read(fd, _AT_ONCE)
    except OSError:
        return b""  # the terminal was closed


def print_text(text: str) -> None:
    """Print at once, as it stands; a sign that this terminal cannot show is replaced."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


def terminal_width() -> int:
    """The width of the window, asked each time: people change it."""
    return shutil.get_terminal_size().columns
