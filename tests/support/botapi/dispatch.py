"""From a decoded call to its result: checks against the table, then the method itself."""

from __future__ import annotations

import enum
import json
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from tests.support.botapi.account import Account
from tests.support.botapi.messages import Messages
from tests.support.botapi.records import Records
from tests.support.botapi.refusals import Json, Refusal, malformed
from tests.support.botapi.table import (
    METHODS,
    Problem,
    ProblemKind,
    UploadedFile,
    check_call,
    decode_text,
    missing_fields,
)

# Telegram's own words where they are known; the parameter's name otherwise.
_EMPTY = {
    "chat_id": "chat_id is empty",
    "text": "message text is empty",
    "message_id": "message identifier is not specified",
    "message_ids": "message identifiers are not specified",
    "callback_query_id": "query is too old and response timeout expired or query ID is invalid",
    "document": "there is no document in the request",
    "file_id": "file_id not specified",
}


class Validation(enum.StrEnum):
    """How closely a call is looked at."""

    FULL = "full"
    """Every field and nested field against the table."""
    LIGHT = "light"
    """Unknown methods, missing required fields, and what the methods check themselves. For benchmarks."""


class Dispatcher:
    """All methods of the reduced table but getUpdates, which waits and so lives in the server."""

    def __init__(
        self, *, account: Account, messages: Messages, records: Records, validation: Validation
    ) -> None:
        """Bind the methods' names to what performs them."""
        self._records = records
        self._validation = validation
        self._methods: Mapping[str, Callable[[Json], Any]] = {
            "getMe": account.get_me,
            "setWebhook": account.set_webhook,
            "deleteWebhook": account.delete_webhook,
            "getWebhookInfo": account.get_webhook_info,
            "setMyCommands": account.set_my_commands,
            "getMyName": account.get_my_name,
            "getMyDescription": account.get_my_description,
            "getMyShortDescription": account.get_my_short_description,
            "setMyName": account.set_my_name,
            "setMyDescription": account.set_my_description,
            "setMyShortDescription": account.set_my_short_description,
            "setChatMenuButton": account.set_chat_menu_button,
            "getFile": account.get_file,
            "sendMessage": messages.send_message,
            "sendDocument": messages.send_document,
            "editMessageText": messages.edit_message_text,
            "editMessageReplyMarkup": messages.edit_message_reply_markup,
            "deleteMessage": messages.delete_message,
            "deleteMessages": messages.delete_messages,
            "answerCallbackQuery": messages.answer_callback_query,
            "getChat": messages.get_chat,
            "leaveChat": messages.leave_chat,
        }

    def check(self, method: str, params: Json) -> None:
        """Raise what Telegram would answer to a call that does not fit the table; note what it would let pass."""
        if self._validation is Validation.LIGHT:
            problems = missing_fields(method, params)
        else:
            problems = check_call(method, params)
        for problem in problems:
            if problem.kind is ProblemKind.UNKNOWN:
                self._records.violate(method, f"unknown: {problem.where}", params)
        for problem in problems:
            if problem.kind is not ProblemKind.UNKNOWN:
                raise malformed(_words(problem))
        if self._validation is Validation.FULL:
            _check_strings(params)

    def perform(self, method: str, params: Json) -> Any:
        """The method's result, or the Refusal that it raises."""
        return self._methods[method](params)


def find_method(name: str) -> str:
    """The method of this name, which the server reads without regard to case; a 404 when the table has none."""
    if name in METHODS:
        return name
    found = next((method for method in METHODS if method.lower() == name.lower()), None)
    if found is None:
        raise Refusal(404, "Not Found", violation=True)
    return found


async def read_params(request: web.BaseRequest, method: str) -> Json:
    """The parameters of a call from its query, form, multipart or JSON body, decoded by the table."""
    raw: dict[str, Any] = dict(request.query) if request.query_string else {}
    if request.content_type == "application/json":
        body = await request.read()
        try:
            sent = json.loads(body) if body else {}
        except ValueError as error:
            raise malformed("can't parse the request's JSON object") from error
        if not isinstance(sent, dict):
            raise malformed("the request must be a JSON object")
        raw.update(sent)
    elif request.body_exists:
        for name, value in (await request.post()).items():
            raw[name] = value if isinstance(value, str) else await _uploaded(value)
    decoded = {
        name: decode_text(method, name, one) if isinstance(one, str) else one for name, one in raw.items()
    }
    _attach(decoded, raw)
    return {name: value for name, value in decoded.items() if value is not None}


async def _uploaded(part: Any) -> UploadedFile | str:
    if isinstance(part, bytes | bytearray):
        return bytes(part).decode()
    content: bytes = part.file.read()
    part.file.close()
    return UploadedFile(name=part.filename, content=content, content_type=part.content_type)


def _attach(params: Json, raw: Json) -> None:
    # A field can name another part of the same body: attach://part.
    for name, value in list(params.items()):
        if isinstance(value, str) and value.startswith("attach://"):
            part = raw.get(value.removeprefix("attach://"))
            if isinstance(part, UploadedFile):
                params[name] = part
                params.pop(value.removeprefix("attach://"), None)


def _words(problem: Problem) -> str:
    if problem.kind is ProblemKind.MISSING:
        return _EMPTY.get(problem.where, f'required field "{problem.where}" is missing')
    return f'can\'t parse "{problem.where}": {problem.expected} expected'


def _check_strings(value: Any) -> None:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise malformed("strings must be encoded in UTF-8") from error
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            _check_strings(one)
