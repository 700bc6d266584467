"""The real keyboard: lines as they come, and Ctrl-C and Ctrl-D as leaving."""

from __future__ import annotations

import os
import signal

from handlers.terminal.keyboard import Keyboard


async def test_lines_come_in_order_and_the_end_means_leaving() -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, "første\r\nanden ".encode())
    os.write(write_end, b"linje\nresten \xff")
    os.close(write_end)
    async with Keyboard(read_end) as keyboard:
        assert [await keyboard.read_line("") for _ in range(4)] == [
            "første",
            "anden linje",
            "resten \ufffd",
            None,
        ]
    os.close(read_end)


async def test_an_interrupt_means_leaving() -> None:
    read_end, write_end = os.pipe()
    async with Keyboard(read_end) as keyboard:
        os.kill(os.getpid(), signal.SIGINT)
        assert await keyboard.read_line("") is None
    os.close(write_end)
