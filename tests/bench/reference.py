"""REF: the same form as a plain python-telegram-bot application, in memory, as its documentation shows it.

`python -m tests.bench.reference --base-url … --token … --script …`: Application, ConversationHandler and the pattern
of its custom webhook example (an own web server puts updates into `update_queue`), here over aiohttp. Updates are
handled one at a time, because a ConversationHandler asks for that; requests go through its own client, httpx.
Prints one line of JSON (`webhook`) when it listens.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

from aiohttp import web
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    filters,
)

SECRET = "reference-secret"


class Form:
    """The handlers, one for each step; `script` is what each step shows, the last one being the receipt."""

    def __init__(self, script: list[dict[str, Any]]) -> None:
        """Read the messages."""
        self._script = script
        self.stored: list[dict[int, str]] = []

    def handler(self) -> ConversationHandler[ContextTypes.DEFAULT_TYPE]:
        """The conversation: the state is the number of the message that stands open."""
        states: dict[object, list[Any]] = {}
        for number, shown in enumerate(self._script[:-1]):
            if shown["press"] is None:
                states[number] = [MessageHandler(filters.TEXT & ~filters.COMMAND, self._typed)]
            else:
                states[number] = [CallbackQueryHandler(self._pressed, pattern=f"^{number}:")]
        return ConversationHandler(
            entry_points=[CommandHandler("start", self._start)],
            states=states,
            fallbacks=[CommandHandler("start", self._start)],
        )

    async def _start(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
        data = _data(context)
        data.clear()
        data["step"] = 0
        return await self._show(update, context, 0)

    async def _typed(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
        assert update.message is not None
        return await self._take(update, context, update.message.text or "")

    async def _pressed(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
        query = update.callback_query
        assert query is not None
        await query.answer()
        return await self._take(update, context, (query.data or "").partition(":")[2])

    async def _take(self, update: Update, context: ContextTypes.DEFAULT_TYPE, answer: str) -> int:
        data = _data(context)
        data.setdefault("answers", {})[data["step"]] = answer
        data["step"] += 1
        return await self._show(update, context, data["step"])

    async def _show(self, update: Update, context: ContextTypes.DEFAULT_TYPE, number: int) -> int:
        assert update.effective_chat is not None
        shown = self._script[number]
        places = iter(range(100))
        keyboard = [
            [InlineKeyboardButton(label, callback_data=f"{number}:{next(places)}") for label in row]
            for row in shown["rows"]
        ]
        await context.bot.send_message(
            update.effective_chat.id,
            shown["text"],
            reply_markup=InlineKeyboardMarkup(keyboard) if keyboard else None,
            protect_content=True,
            disable_web_page_preview=True,
        )
        if number < len(self._script) - 1:
            return number
        self.stored.append(_data(context).get("answers", {}))
        return ConversationHandler.END


def _data(context: ContextTypes.DEFAULT_TYPE) -> dict[Any, Any]:
    assert context.user_data is not None
    return context.user_data


async def _serve(args: argparse.Namespace) -> None:
    script = json.loads(Path(args.script).read_text("utf-8"))
    form = Form(script)
    application: Application[Any, Any, Any, Any, Any, Any] = (
        ApplicationBuilder().token(args.token).base_url(args.base_url).updater(None).build()
    )
    application.add_handler(form.handler())

    async def telegram(request: web.Request) -> web.Response:
        await application.update_queue.put(Update.de_json(await request.json(), application.bot))
        return web.Response()

    async def stored(_request: web.Request) -> web.Response:
        return web.json_response(len(form.stored))

    served = web.Application()
    served.add_routes([web.post("/telegram", telegram), web.get("/stored", stored)])
    runner = web.AppRunner(served, access_log=None)
    async with application:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        await application.bot.set_webhook(
            f"http://127.0.0.1:{port}/telegram", allowed_updates=["message", "callback_query"]
        )
        await application.start()
        print(json.dumps({"url": f"http://127.0.0.1:{port}"}), flush=True)
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        # Whoever started it holds the other end; it closes with them, however they end.
        asyncio.get_running_loop().add_reader(sys.stdin, stop.set)
        await stop.wait()
        await application.stop()
        await runner.cleanup()


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description="The form as a plain python-telegram-bot application.")
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--script", required=True, help="JSON: what each step shows")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
