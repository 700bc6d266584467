from __future__ import annotations

import asyncio
from datetime import timedelta

import aiohttp
import pytest

from tests.botapi.conftest import Caller, TestClock
from tests.support.botapi.server import FakeBotApi, FaultKind, Outcome

CHAT, OTHER = 1001, 1002


def url(api: FakeBotApi) -> str:
    return f"{api.base_url}{api.token}/sendMessage"


async def test_one_chat_is_told_to_wait_and_others_are_not(
    api: FakeBotApi, call: Caller, clock: TestClock
) -> None:
    for user in (CHAT, OTHER):
        api.person(user, started=True)
    api.fault("too_many", method="sendMessage", chat_id=CHAT, count=1, retry_after=3, hold=True)

    refused = await call("sendMessage", chat_id=CHAT, text="a")
    assert (refused["error_code"], refused["parameters"]) == (429, {"retry_after": 3})
    clock.move(timedelta(seconds=1))
    assert (await call("sendMessage", chat_id=CHAT, text="a"))["parameters"] == {"retry_after": 2}
    assert (await call("sendMessage", chat_id=OTHER, text="a"))["ok"]
    clock.move(timedelta(seconds=2))
    assert (await call("sendMessage", chat_id=CHAT, text="a"))["ok"]
    assert [one.outcome for one in api.calls] == [
        Outcome.FAULTED,
        Outcome.FAULTED,
        Outcome.PERFORMED,
        Outcome.PERFORMED,
    ]


@pytest.mark.parametrize(("kind", "status"), [("server_error", 500), ("bad_gateway", 502)])
async def test_a_broken_server_answers_html(
    api: FakeBotApi, session: aiohttp.ClientSession, kind: str, status: int
) -> None:
    person = api.person(CHAT, started=True)
    api.fault(kind, count=1)

    async with session.post(url(api), json={"chat_id": CHAT, "text": "a"}) as answer:
        assert (answer.status, (await answer.text())[:6]) == (status, "<html>")
    assert person.messages == []


async def test_a_lost_answer_leaves_the_message_in_the_chat(
    api: FakeBotApi, session: aiohttp.ClientSession
) -> None:
    person = api.person(CHAT, started=True)
    api.fault("lost_answer", count=1)

    with pytest.raises(aiohttp.ClientError):
        await session.post(url(api), json={"chat_id": CHAT, "text": "a"})

    assert [message.text for message in person.messages] == ["a"]
    assert [(one.outcome, one.performed) for one in api.calls] == [(Outcome.ANSWER_LOST, True)]


async def test_a_truncated_answer_is_no_json(api: FakeBotApi, session: aiohttp.ClientSession) -> None:
    person = api.person(CHAT, started=True)
    api.fault("truncated", count=1)

    async with session.post(url(api), json={"chat_id": CHAT, "text": "a"}) as answer:
        with pytest.raises(ValueError, match=r"JSON|delimiter|Expecting|Unterminated"):
            await answer.json()
    assert len(person.messages) == 1


async def test_a_silent_server_never_performs_and_never_answers(
    api: FakeBotApi, session: aiohttp.ClientSession
) -> None:
    person = api.person(CHAT, started=True)
    api.fault("no_answer", count=1)

    with pytest.raises(asyncio.TimeoutError):
        await session.post(
            url(api), json={"chat_id": CHAT, "text": "a"}, timeout=aiohttp.ClientTimeout(total=0.1)
        )

    assert person.messages == []
    assert [one.outcome for one in api.calls] == [Outcome.FAULTED]


async def test_latency_delays_the_answer(call: Caller, api: FakeBotApi) -> None:
    api.fault("latency", seconds=0.05)
    loop = asyncio.get_running_loop()
    begun = loop.time()

    await call("getMe")

    assert loop.time() - begun >= 0.05


async def test_random_faults_repeat_from_their_seed() -> None:
    async def run(seed: int) -> list[str]:
        async with FakeBotApi(seed=seed) as api, aiohttp.ClientSession() as session:
            api.person(CHAT, started=True)
            api.fault(FaultKind.SERVER_ERROR, probability=0.3)
            for _ in range(30):
                async with session.post(url(api), json={"chat_id": CHAT, "text": "a"}):
                    pass
            return [call.outcome for call in api.calls]

    first, again, other = await run(5), await run(5), await run(6)

    assert first == again != other
    assert {Outcome.PERFORMED, Outcome.FAULTED} == set(first)


async def test_a_rule_can_wait_for_its_call_and_be_forgotten(api: FakeBotApi, call: Caller) -> None:
    rule = api.fault("too_many", method="getMe", skip=1, retry_after=7)

    answers = [(await call("getMe"))["ok"] for _ in range(3)]
    api.faults.clear()

    assert answers == [True, False, False]
    assert rule.struck == 2
    assert (await call("getMe"))["ok"]
