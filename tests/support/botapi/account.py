"""The methods that concern the bot itself: who it is, how it gets its updates, its profile, its files."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from tests.support.botapi.chats import World
from tests.support.botapi.queue import UpdateQueue
from tests.support.botapi.refusals import Json, bad_request, malformed
from tests.support.botapi.text import utf16_units
from tests.support.botapi.webhook import WebhookDelivery

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}\Z")
_COMMAND = re.compile(r"/?[a-z0-9_]{1,32}\Z")
_DOWNLOADABLE = 20 * 1024 * 1024


class Account:
    """One method of the Bot API per method here; parameters are decoded and of the right type already."""

    def __init__(self, world: World, queue: UpdateQueue, webhook: WebhookDelivery) -> None:
        """Work on these."""
        self._world = world
        self._queue = queue
        self._webhook = webhook

    def get_me(self, _params: Json) -> Json:
        return self._world.me

    def set_webhook(self, params: Json) -> bool:
        url = params["url"]
        if not url:
            return self.delete_webhook(params)
        _check_webhook_address(url)
        secret = params.get("secret_token", "")
        if secret and not _SECRET.match(secret):
            raise malformed("secret token contains unallowed characters")
        connections = params.get("max_connections", 40)
        if not 1 <= connections <= 100:
            raise malformed("max_connections must be between 1 and 100")
        self.allow(params)
        if params.get("drop_pending_updates"):
            self._queue.clear()
        self._webhook.set(
            url=url, secret=secret, max_connections=connections, ip_address=params.get("ip_address", "")
        )
        self._queue.interrupt()
        return True

    def delete_webhook(self, params: Json) -> bool:
        if params.get("drop_pending_updates"):
            self._queue.clear()
        self._webhook.clear()
        return True

    def get_webhook_info(self, _params: Json) -> Json:
        hook = self._webhook
        info: Json = {
            "url": hook.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self._queue.waiting),
        }
        if hook.url:
            info["max_connections"] = hook.max_connections
        if hook.ip_address:
            info["ip_address"] = hook.ip_address
        if hook.last_error:
            info["last_error_date"] = hook.last_error_at
            info["last_error_message"] = hook.last_error
        if self._queue.allowed:
            info["allowed_updates"] = sorted(self._queue.allowed)
        return info

    def allow(self, params: Json) -> None:
        """Remember `allowed_updates`; left out, the earlier setting stays."""
        if "allowed_updates" in params:
            self._queue.allowed = frozenset(params["allowed_updates"])

    def set_my_commands(self, params: Json) -> bool:
        commands = params["commands"]
        if len(commands) > 100:
            raise malformed("BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not _COMMAND.match(command["command"]):
                raise malformed("BOT_COMMAND_INVALID")
            if not 1 <= utf16_units(command["description"].strip()) <= 256:
                raise malformed("BOT_COMMAND_DESCRIPTION_INVALID")
        return self._keep("setMyCommands", params)

    def set_my_name(self, params: Json) -> bool:
        _check_length(params, "name", 64)
        return self._keep("setMyName", params)

    def set_my_description(self, params: Json) -> bool:
        _check_length(params, "description", 512)
        return self._keep("setMyDescription", params)

    def set_my_short_description(self, params: Json) -> bool:
        _check_length(params, "short_description", 120)
        return self._keep("setMyShortDescription", params)

    def get_my_name(self, params: Json) -> Json:
        return self._kept("setMyName", "name", params, otherwise=self._world.me["first_name"])

    def get_my_description(self, params: Json) -> Json:
        return self._kept("setMyDescription", "description", params)

    def get_my_short_description(self, params: Json) -> Json:
        return self._kept("setMyShortDescription", "short_description", params)

    def set_chat_menu_button(self, params: Json) -> bool:
        if "chat_id" in params and params["chat_id"] not in self._world.chats:
            raise bad_request("chat not found")
        return self._keep("setChatMenuButton", params)

    def get_file(self, params: Json) -> Json:
        file_id = params["file_id"]
        content = self._world.files.get(file_id)
        if content is None:
            raise bad_request("invalid file_id")
        if len(content) > _DOWNLOADABLE:
            raise bad_request("file is too big")
        return {
            "file_id": file_id,
            "file_unique_id": f"unique-{file_id}",
            "file_size": len(content),
            "file_path": f"files/{file_id}",
        }

    def _kept(self, method: str, field: str, params: Json, *, otherwise: str = "") -> Json:
        """What was set last for the language, else what was set for everybody."""
        wanted = params.get("language_code", "")
        said = {
            each.get("language_code", ""): each.get(field, "") for each in self._world.profile.get(method, ())
        }
        return {field: said.get(wanted) or said.get("") or otherwise}

    def _keep(self, method: str, params: Json) -> bool:
        self._world.profile.setdefault(method, []).append(params)
        return True


def _check_length(params: Json, name: str, limit: int) -> None:
    if utf16_units(params.get(name, "")) > limit:
        raise malformed(f"{name.replace('_', ' ')} is too long")


def _check_webhook_address(url: str) -> None:
    # The real server takes https only. A server of one's own (`--local`) also takes http, so http is taken here, but
    # only for loopback, where the tests' own processes listen.
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
        parts = urlsplit(url) if "[" not in url else urlsplit("")
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme != "http" or not loopback:
        raise malformed("bad webhook: An HTTPS URL must be provided for webhook")
