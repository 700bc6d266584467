"""The same fake, driven from another process: each act is `POST /<act>` with a JSON object, on a port of its own.

The answer is `{"ok": true, "result": …}`, or 400 with `{"ok": false, "error": …}`. Acts: those of `Control._acts`.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from aiohttp import web

from tests.support.botapi.chats import Press, VisibleMessage
from tests.support.botapi.records import Call
from tests.support.botapi.refusals import Json
from tests.support.botapi.server import FakeBotApi
from tests.support.patience import PATIENCE


class Control:
    """The control listener of one fake."""

    def __init__(self, api: FakeBotApi) -> None:
        """Drive this fake."""
        self._api = api
        self._runner: web.ServerRunner | None = None
        self._acts: dict[str, Callable[[Json], Awaitable[Any]]] = {
            "say": self._say,
            "start": self._start,
            "press": self._press,
            "forge_press": self._forge_press,
            "edit": self._edit,
            "send_kind": self._send_kind,
            "block": self._block,
            "unblock": self._unblock,
            "group_message": self._group_message,
            "push_update": self._push_update,
            "repeat": self._repeat,
            "jump_update_id": self._jump,
            "shift_clock": self._shift_clock,
            "spread_webhook": self._spread,
            "fault": self._fault,
            "clear_faults": self._clear_faults,
            "chat": self._chat,
            "wait_reply": self._wait_reply,
            "calls": self._calls,
            "counts": self._counts,
            "violations": self._violations,
        }

    async def open(self, port: int) -> int:
        """Listen on 127.0.0.1; gives the port."""
        self._runner = web.ServerRunner(web.Server(self._handle, access_log=None))
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        return int(self._runner.addresses[0][1])

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        act = self._acts.get(request.path.strip("/"))
        if act is None:
            return web.json_response({"ok": False, "error": f"no act {request.path}"}, status=404)
        try:
            result = await act(json.loads(await request.read() or b"{}"))
        except (AssertionError, LookupError, TypeError, ValueError) as error:
            return web.json_response({"ok": False, "error": f"{type(error).__name__}: {error}"}, status=400)
        return web.json_response({"ok": True, "result": result})

    async def _say(self, args: Json) -> Json:
        return message_json(await self._api.person(args["user_id"]).say(args["text"]))

    async def _start(self, args: Json) -> Json:
        person = self._api.person(args["user_id"], language_code=args.get("language_code"))
        return message_json(await person.start(args.get("payload", "")))

    async def _press(self, args: Json) -> Json:
        person = self._api.person(args["user_id"])
        return _press_json(await person.press(args["button"], message=self._message(args)))

    async def _forge_press(self, args: Json) -> Json:
        person = self._api.person(args["user_id"])
        return _press_json(await person.forge_press(args["data"], message=self._message(args)))

    async def _edit(self, args: Json) -> Json:
        message = self._message(args)
        if message is None:
            raise ValueError("edit needs a message_id")
        return await self._api.person(args["user_id"]).edit(message, args["text"])

    async def _send_kind(self, args: Json) -> Json:
        return message_json(await self._api.person(args["user_id"]).send_kind(args["kind"]))

    async def _block(self, args: Json) -> Json:
        return await self._api.person(args["user_id"]).block()

    async def _unblock(self, args: Json) -> Json:
        return await self._api.person(args["user_id"]).unblock()

    async def _group_message(self, args: Json) -> Json:
        return message_json(self._api.group_message(args["chat_id"], args["user_id"], args["text"]))

    async def _push_update(self, args: Json) -> Json:
        return self._api.push_update(args["update"])

    async def _repeat(self, args: Json) -> None:
        self._api.repeat(args["update"])

    async def _jump(self, _args: Json) -> int:
        return self._api.jump_update_id()

    async def _shift_clock(self, args: Json) -> None:
        self._api.shift_clock(timedelta(seconds=args["seconds"]))

    async def _spread(self, args: Json) -> None:
        self._api.spread_webhook(args["urls"])

    async def _fault(self, args: Json) -> None:
        self._api.fault(**args)

    async def _clear_faults(self, _args: Json) -> None:
        self._api.faults.clear()

    async def _chat(self, args: Json) -> Json:
        person = self._api.person(args["user_id"])
        messages = person.history if args.get("deleted") else person.messages
        return {"blocked": person.chat.blocked, "messages": [message_json(message) for message in messages]}

    async def _wait_reply(self, args: Json) -> Json:
        person = self._api.person(args["user_id"])
        reply = await person.wait_reply(args.get("containing", ""), timeout=args.get("timeout", PATIENCE))
        return message_json(reply)

    async def _calls(self, args: Json) -> list[Json]:
        return [_call_json(call) for call in self._api.calls[args.get("since", 0) :]]

    async def _counts(self, _args: Json) -> Json:
        records = self._api.records
        return {
            "calls": dict(records.counts),
            "outcomes": dict(records.outcomes),
            "webhook": dict(records.webhook_attempts),
            "dropped": dict(self._api.queue.dropped),
            "pending": self._api.pending(),
        }

    async def _violations(self, _args: Json) -> list[Json]:
        return [{**asdict(one), "params": str(one.params)} for one in self._api.violations]

    def _message(self, args: Json) -> VisibleMessage | None:
        message_id = args.get("message_id")
        return None if message_id is None else self._api.person(args["user_id"]).chat.history[message_id]


def message_json(message: VisibleMessage) -> Json:
    """One message of a chat as the control API shows it."""
    return {
        "message_id": message.message_id,
        "chat_id": message.chat_id,
        "from_bot": message.from_bot,
        "kind": message.kind,
        "text": message.text,
        "buttons": message.buttons,
        "keyboard": message.keyboard,
        "protect_content": message.protect_content,
        "edited": message.edited,
        "deleted": message.deleted,
        "sent_at": message.sent_at.isoformat(),
        "update": message.update,
    }


def _press_json(press: Press) -> Json:
    return {"query_id": press.query_id, "data": press.data, "update": press.update, "answers": press.answers}


def _call_json(call: Call) -> Json:
    params = {key: value if _plain(value) else str(value) for key, value in call.params.items()}
    return {**asdict(call), "at": call.at.isoformat(), "params": params}


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | list | dict)
