"""SMS, webhook and the long tail against real HTTP servers that fail in every way: nothing is lost, nothing guessed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
from pydantic import SecretStr, ValidationError

from bot.channel_settings import SmsAuth, SmsBody, SmsMethod, SmsSettings, WebhookSettings
from bot.senders.delivery import Carrier, Delivery, Later, Never, Sent
from bot.senders.long_tail import AppriseCarrier, BadAddressError
from bot.senders.outside import Outside
from bot.senders.sms import SmsCarrier, sms_text
from bot.senders.webhook import SIGNATURE, WebhookCarrier, sign
from bot.senders.words import NoticeWords
from bot.settings import Settings
from bot.wiring import channels_of
from storage.rows import Claimed
from tests.support.http_faults import CUT, HANG, Gateway, answer, open_gateway
from tests.support.profiles import shipped
from triage.ids import OutboxId
from triage.notices.outbox import Lane, Via
from triage.people.person import parse_number

Make = Callable[[Outside, Gateway], Carrier]
NOW = datetime(2026, 5, 4, 7, tzinfo=UTC)
NUMBER = "+4512345678"
KEY = "a secret of the two"
PAGE = "<!doctype html><title>Proxy</title><p>Nothing here."

FAULTS: dict[str, tuple[bytes, Delivery]] = {
    "a fault of theirs": (answer(500), Later(error="http_500", channel=True)),
    "away for a while": (answer(503, Retry_After="120"), Later(error="http_503", after=120, channel=True)),
    "too much": (answer(429, Retry_After="7"), Later(error="http_429", after=7, channel=True)),
    "too much, no wait named": (answer(429), Later(error="http_429", channel=True)),
    "too much, nonsense named": (answer(429, Retry_After="soon"), Later(error="http_429", channel=True)),
    "silence": (HANG, Later(error="timed_out", channel=True)),
    "the line is cut": (CUT, Later(error="ServerDisconnectedError", channel=True)),
    "cut within the answer": (
        answer(200, "{", length=90),
        Later(error="ClientPayloadError", channel=True),
    ),
    "a fault with a page": (answer(502, PAGE), Later(error="http_502", channel=True)),
    "it moved": (
        answer(302, Location="http://127.0.0.1:1/elsewhere"),
        Later(error="http_302", after=60, channel=True),
    ),
    "it does not know us": (answer(401), Later(error="http_401", after=60, channel=True)),
    "we may not": (answer(403), Later(error="http_403", after=60, channel=True)),
    "a bad message": (answer(400), Never(error="http_400")),
    "nothing there": (answer(404, PAGE), Never(error="http_404")),
    "not to be worked on": (answer(422), Never(error="http_422")),
}


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    opened = Outside(seconds=0.5)
    yield opened
    await opened.close()


def words() -> NoticeWords:
    return NoticeWords(
        translator=shipped().translator(), console_url="https://desk.example.org/desk", now=lambda: NOW
    )


def a_notice(key: str = "notice.triage48.halfway", *, to: str = NUMBER, code: str = "K-7QX2M1A") -> Claimed:
    return Claimed(
        id=OutboxId(UUID(int=7)),
        lane=Lane.ESCALATION,
        via=Via.SMS,
        peer="wake:7",
        payload={
            "notice": key,
            "params": {"code": code, "due": NOW.isoformat(), "fell_due": "", "late_minutes": "0"},
            "language": "da",
            "to": to,
            "message_id": "feed",
            "wakes": True,
        },
        attempts=1,
        created_at=NOW,
    )


def an_sms(outside: Outside, gateway: Gateway, **given: object) -> SmsCarrier:
    return SmsCarrier(outside, SmsSettings.model_validate({"url": gateway.url, **given}), words())


def a_webhook(outside: Outside, gateway: Gateway) -> WebhookCarrier:
    settings = WebhookSettings(url=gateway.url, secret=SecretStr(KEY))
    return WebhookCarrier(outside, settings, words(), now=lambda: NOW)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("make", [an_sms, a_webhook])
async def test_whatever_the_other_side_does_is_read_for_what_it_means(
    outside: Outside, make: Make, fault: str
) -> None:
    said, delivery = FAULTS[fault]
    async with open_gateway(said) as gateway:
        assert await make(outside, gateway).carry(a_notice()) == delivery
        assert len(gateway.asked) == 1


@pytest.mark.parametrize("make", [an_sms, a_webhook])
async def test_what_is_no_http_and_nobody_there_is_a_channel_that_is_down(
    outside: Outside, make: Make
) -> None:
    async with open_gateway(b"220 a mail server\r\n\r\n") as gateway:
        found = await make(outside, gateway).carry(a_notice())
        assert isinstance(found, Later)
        assert found.channel
    found = await make(outside, gateway).carry(a_notice())
    assert isinstance(found, Later)
    assert found.channel
    assert "127.0.0.1" not in found.error


async def test_a_wait_may_be_named_as_a_date(outside: Outside) -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True)
    async with open_gateway(answer(429, Retry_After=at)) as gateway:
        found = await a_webhook(outside, gateway).carry(a_notice())
    assert isinstance(found, Later)
    assert 290 < (found.after or 0) <= 300


@pytest.mark.parametrize(
    ("body", "delivery"),
    [
        ('{"messages": [{"status": "OK", "id": 77}]}', Sent("77")),
        ('{"messages": [{"status": "ok"}]}', Sent()),
        ('{"messages": [{"status": "no such number"}]}', Never(error="not_accepted")),
        ('{"messages": []}', Never(error="not_accepted")),
        ('{"messages": [{"sta', Later(error="not_understood", channel=True)),
        (PAGE, Later(error="not_understood", channel=True)),
        ("", Later(error="not_understood", channel=True)),
    ],
)
async def test_a_gateway_that_says_yes_in_its_answer_must_say_the_yes_agreed_on(
    outside: Outside, body: str, delivery: Delivery
) -> None:
    async with open_gateway(answer(200, body)) as gateway:
        carrier = an_sms(
            outside,
            gateway,
            accepted_path="messages.0.status",
            accepted_value="ok",
            id_path="messages.0.id",
        )
        assert await carrier.carry(a_notice()) == delivery


async def test_a_gateway_is_asked_as_its_settings_say(outside: Outside) -> None:
    text = "K-7QX2M1A: halvdelen af tiden er gået. https://desk.example.org/desk/case/K-7QX2M1A"
    async with open_gateway(answer(201, '{"sid": "SM1"}')) as gateway:
        form = an_sms(
            outside,
            gateway,
            recipient_field="To",
            text_field="Body",
            sender_field="From",
            sender="Kontoret",
            auth=SmsAuth.BASIC,
            username="AC1",
            secret=SecretStr("t"),
            id_path="sid",
        )
        assert await form.carry(a_notice()) == Sent("SM1")
        deep = an_sms(
            outside,
            gateway,
            body=SmsBody.JSON,
            recipient_field="messages.0.recipients.0.msisdn",
            text_field="messages.0.message",
            plus=False,
            extra="messages.0.class=1&dry=no",
            auth=SmsAuth.BEARER,
            secret=SecretStr("t"),
        )
        assert await deep.carry(a_notice()) == Sent()
        plain = an_sms(
            outside,
            gateway,
            method=SmsMethod.GET,
            body=SmsBody.QUERY,
            auth=SmsAuth.HEADER,
            auth_header="X-Key",
            secret=SecretStr("t"),
        )
        assert await plain.carry(a_notice()) == Sent()
    first, second, third = gateway.asked
    assert dict(parse_qsl(first.body.decode())) == {"To": NUMBER, "Body": text, "From": "Kontoret"}
    assert first.headers["authorization"] == "Basic " + base64.b64encode(b"AC1:t").decode()
    assert json.loads(second.body) == {
        "messages": [{"recipients": [{"msisdn": NUMBER[1:]}], "message": text, "class": "1"}],
        "dry": "no",
    }
    assert second.headers["authorization"] == "Bearer t"
    assert (third.method, third.headers["x-key"], third.body) == ("GET", "t", b"")
    assert dict(parse_qsl(urlsplit(third.target).query)) == {"to": NUMBER, "text": text}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"method": "GET"}, "carries no body"),
        ({"url": "https://sms.example.org/send?to="}, "ends before the question mark"),
        ({"accepted_path": "status"}, "set TOVHOLDER_SMS__ACCEPTED_VALUE too"),
        ({"url": "https://sms.example.org", "auth": "bearer"}, "needs TOVHOLDER_SMS__SECRET"),
        ({"text_field": "to"}, "two fields are called to"),
        ({"extra": "text=1"}, "two fields are called text"),
        ({"body": "json", "recipient_field": "to.0.number", "extra": "to=1"}, "two fields are called to"),
        ({"url": "sms.example.org"}, "is no web address"),
    ],
)
def test_settings_that_cannot_work_are_refused_with_what_to_do(given: dict[str, str], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        SmsSettings.model_validate(given)


def test_a_webhook_without_a_secret_is_refused() -> None:
    with pytest.raises(ValidationError, match="TOVHOLDER_WEBHOOK__SECRET"):
        WebhookSettings(url="https://machine.example.org/tovholder")


@pytest.mark.parametrize("language", ["da", "en"])
def test_every_notice_that_may_wake_somebody_is_one_sms_of_160_signs(language: str) -> None:
    plain = set("@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ÄÖÑÜ§¿äöñüà") | {
        chr(code) for code in (*range(65, 91), *range(97, 123))
    }
    roots = {
        key.removesuffix(".subject")
        for key in shipped().base_texts.texts[language]
        if key.endswith(".subject")
    }
    texts = []
    for root in sorted(each for each in roots if each.startswith("notice.acute_check.")):
        notice = a_notice(root)
        texts.append(sms_text(words(), notice))
    assert len(texts) > 5
    assert [text for text in texts if len(text) > 160 or set(text) - plain] == []


def test_a_text_too_long_for_one_sms_becomes_code_and_link() -> None:
    long = NoticeWords(
        translator=shipped().translator(),
        console_url="https://desk.example.org/" + "long/" * 20,
        now=lambda: NOW,
    )
    assert sms_text(long, a_notice()) == f"K-7QX2M1A {long.console_url}/case/K-7QX2M1A"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+45 12 34 56 78", NUMBER),
        ("0045 12345678", NUMBER),
        ("+46-8 (123) 456", "+468123456"),
        ("12345678", None),
        ("+0512345678", None),
        ("+45123456789012345", None),
        ("+45 ring mig", None),
        ("", None),
        ("+٤٥١٢٣٤٥٦٧٨", None),
    ],
)
def test_a_telephone_number_has_its_country_code(typed: str, number: str | None) -> None:
    assert parse_number(typed) == number


async def test_a_webhook_can_be_checked_by_whoever_has_the_secret(outside: Outside) -> None:
    async with open_gateway(answer(204)) as gateway:
        assert await a_webhook(outside, gateway).carry(a_notice()) == Sent()
        assert await a_webhook(outside, gateway).carry(a_notice("notice.update_parked", code="")) == Sent()
    first, second = gateway.asked
    assert first.headers[SIGNATURE.lower()] == sign(KEY.encode(), at=int(NOW.timestamp()), body=first.body)
    assert first.headers[SIGNATURE.lower()] != sign(KEY.encode(), at=int(NOW.timestamp()), body=second.body)
    assert json.loads(first.body) == {
        "version": 1,
        "id": "feed",
        "notice": "triage48",
        "milestone": "halfway",
        "case": "K-7QX2M1A",
        "due": NOW.isoformat(),
        "late_minutes": 0,
        "wakes": True,
        "link": "https://desk.example.org/desk/case/K-7QX2M1A",
    }
    told = json.loads(second.body)
    assert (told["notice"], told["milestone"], told["case"]) == ("update_parked", None, None)


@pytest.mark.parametrize(
    ("seconds_later", "changed", "is_ours"),
    [(0, b"", True), (300, b"", True), (301, b"", False), (0, b" ", False)],
)
def test_the_example_of_the_page_knows_ours_from_what_is_old_or_changed(
    seconds_later: int, changed: bytes, *, is_ours: bool
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "NOTICES.md").read_text("utf-8")
    [code] = re.findall(r"```python\n(.+?)```", page, re.DOTALL)
    made: dict[str, Any] = {"hmac": hmac, "hashlib": hashlib}
    exec(code, made)  # noqa: S102 - our own page
    header, now = sign(KEY.encode(), at=1_000_000, body=b"{}"), 1_000_000 + seconds_later
    assert made["is_ours"](KEY.encode(), header, b"{}" + changed, now) is is_ours


async def test_a_text_whose_answer_nobody_can_read_is_given_up_after_a_few(outside: Outside) -> None:
    async with open_gateway(*[answer(200, PAGE)] * 3) as gateway:
        carrier = an_sms(outside, gateway, accepted_path="messages.0.status", accepted_value="ok")
        fared = [await carrier.carry(replace(a_notice(), attempts=attempts)) for attempts in (1, 2, 3)]
    assert fared == [Later(error="not_understood", channel=True)] * 2 + [Never(error="not_understood")]


async def test_an_address_that_took_a_notice_does_not_hear_it_again_while_another_refuses() -> None:
    async with (
        open_gateway(*[answer(200)] * 3) as takes,
        open_gateway(answer(500), answer(500), answer(200)) as refuses,
    ):
        addresses = [f"json://127.0.0.1:{each.port}/take" for each in (takes, refuses)]
        carrier = AppriseCarrier(addresses, words())
        fared = [await carrier.carry(a_notice()) for _ in range(3)]
    assert fared == [Later(error="not_told", channel=True), Later(error="not_told", channel=True), Sent()]
    assert (len(takes.asked), len(refuses.asked)) == (1, 3)


async def test_the_long_tail_is_told_and_what_it_does_not_take_goes_again_later() -> None:
    async with open_gateway(answer(200), answer(500)) as gateway:
        carrier = AppriseCarrier([f"json://127.0.0.1:{gateway.port}/take"], words())
        assert await carrier.carry(a_notice()) == Sent()
        assert await carrier.carry(a_notice()) == Later(error="not_told", channel=True)
    assert "halvdelen af tiden er gået" in json.loads(gateway.asked[0].body)["title"]


def test_an_address_of_the_long_tail_that_is_none_is_told_by_its_place_and_not_repeated() -> None:
    with pytest.raises(BadAddressError, match="number 2") as refused:
        AppriseCarrier(["json://127.0.0.1/", "nothing-of-theirs://secret"], words())
    assert "secret" not in str(refused.value)


def test_without_the_library_the_long_tail_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(BadAddressError, match=r"tovholder\[notify\]"):
        AppriseCarrier(["json://127.0.0.1/"], words())


def test_nothing_further_leaves_a_trial_unless_the_operator_says_so() -> None:
    given = {
        "sms": SmsSettings(url="https://sms.example.org/send"),
        "webhook": WebhookSettings(url="https://machine.example.org/", secret=SecretStr(KEY)),
    }
    assert channels_of(Settings(**given), shipped()) == {Via.MAIL}  # type: ignore[arg-type]
    outside_of_it = Settings(**given, send_outside_trial=True)  # type: ignore[arg-type]
    assert channels_of(outside_of_it, shipped()) == {Via.MAIL, Via.SMS, Via.WEBHOOK}
