"""A run of the kill test that is ended outright leaves no replica behind."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from storage.keyring import Keyring
from tests.support.patience import PATIENCE

ROOT = Path(__file__).parents[2]

if sys.platform == "linux":  # Only Linux tells a child that its parent died.

    async def test_replicas_end_when_the_run_that_started_them_does(tmp_path: Path) -> None:
        Keyring.create(tmp_path / "keyring.json")
        settings = {
            "data_dir": str(tmp_path),
            "profile": "koebenhavn",
            "listen": "127.0.0.1:0",
            "keyring": {"file": str(tmp_path / "keyring.json")},
        }
        order = {"start": "one", "settings": settings, "log": str(tmp_path / "log")}
        nursery = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.support.replica",
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        async with asyncio.timeout(PATIENCE):
            await nursery.stdout.readline()
            nursery.stdin.write(json.dumps(order).encode() + b"\n")
            replica = json.loads(await nursery.stdout.readline())["pid"]
            os.kill(replica, 0)

            nursery.stdin.close()

            await nursery.wait()
            while Path(f"/proc/{replica}").exists():
                await asyncio.sleep(0.02)
