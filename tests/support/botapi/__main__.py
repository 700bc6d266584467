"""`python -m tests.support.botapi`: the fake as a process of its own, driven over its control port.

Prints one line of JSON when it listens (`base_url`, `control_url`), and stops on SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal

from tests.support.botapi.control import Control
from tests.support.botapi.server import DEFAULT_TOKEN, FakeBotApi


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description="A fake Telegram Bot API on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0, help="port of the Bot API; 0 takes a free one")
    parser.add_argument("--control", type=int, default=0, help="port of the control API; 0 takes a free one")
    parser.add_argument("--token", default=DEFAULT_TOKEN)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--latency-ms", type=float, default=0.0, help="added to each answer")
    parser.add_argument("--validate", choices=["full", "light"], default="full")
    parser.add_argument("--no-record", action="store_true", help="keep counts only")
    asyncio.run(_serve(parser.parse_args()))


async def _serve(args: argparse.Namespace) -> None:
    api = FakeBotApi(
        token=args.token,
        port=args.port,
        seed=args.seed,
        latency=args.latency_ms / 1000,
        validate=args.validate,
        record=not args.no_record,
    )
    control = Control(api)
    await api.open()
    try:
        port = await control.open(args.control)
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        print(json.dumps({"base_url": api.base_url, "control_url": f"http://127.0.0.1:{port}"}), flush=True)
        await stop.wait()
    finally:
        await control.close()
        await api.close()


if __name__ == "__main__":
    main()
