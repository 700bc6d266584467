from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_case, a_person, some_rules
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.cases.case import Case
from triage.cases.dialogue import write_to_reporter
from triage.cases.receipts import (
    Opened,
    ReceiptCode,
    is_code_of,
    make_receipt,
    open_with_code,
    parse_code,
    replace_receipt,
)
from triage.cases.reporter_side import end_by_reporter
from triage.limits import Limit
from triage.refusals import Reason, Refused

RULES = some_rules()
PLENTY = Limit(burst=100, refill=timedelta(seconds=1))


async def a_code(store: Store, case: Case) -> str:
    made = await store.write(make_receipt, case_id=case.id)
    assert isinstance(made, ReceiptCode)
    return made.written


async def opened(
    store: Store, typed: str, *, limit: Limit = PLENTY, source: str = "here"
) -> Opened | Refused:
    return await store.write(open_with_code, typed=typed, source=source, limit=limit)


async def test_a_code_has_eighty_bits_in_four_groups_and_is_the_same_at_every_request(store: Store) -> None:
    case = await store.write(a_case)

    code = await a_code(store, case)

    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}", code)
    assert await a_code(store, case) == code
    assert await opened(store, code) == Opened(case_id=case.id)
    assert code not in repr(await store.write(make_receipt, case_id=case.id))


async def test_two_cases_have_two_codes(store: Store) -> None:
    codes = [await a_code(store, await store.write(a_case)) for _ in range(2)]

    assert codes[0] != codes[1]


def _meant(code: str) -> list[str]:
    signs = code.replace("-", "")
    return [
        code.lower(),
        signs,
        f"  {code} ",
        " ".join(signs),
        code.replace("-", "–"),
        code.replace("0", "o").replace("1", "l"),
        code.replace("0", "O").replace("1", "I"),
    ]


async def test_what_was_plainly_meant_opens(store: Store) -> None:
    case = await store.write(a_case)

    for typed in _meant(await a_code(store, case)):
        assert await opened(store, typed) == Opened(case_id=case.id)


@pytest.mark.parametrize(
    "typed", ["", "7K4M", "U" * 16, "é" * 16, "0" * 15, "0" * 17, "\ud800" * 16, "0" * 5000]
)
async def test_what_cannot_be_a_code_opens_nothing(store: Store, typed: str) -> None:
    assert parse_code(typed) is None
    assert await opened(store, typed) == Refused(Reason.WRONG_CODE)


async def test_only_a_keyed_hash_is_stored(store: Store) -> None:
    case = await store.write(a_case)
    code = await a_code(store, case)

    def everything(tx: Transaction) -> str:
        rows = []
        for table in ("receipts", "audit_entries", "outbox", "case_events", "cases"):
            rows += [str(row) for row in tx._work.connection.execute(text(f"SELECT * FROM {table}"))]  # noqa: S608
        return "".join(rows)

    stored = await store.read(everything)
    assert code not in stored
    assert code.replace("-", "") not in stored


async def test_a_replaced_code_stops_working(store: Store) -> None:
    case = await store.write(a_case)
    old = await a_code(store, case)

    new = await store.write(replace_receipt, case_id=case.id)

    assert isinstance(new, ReceiptCode)
    assert new.written != old
    assert new.last_group == new.written[-4:]
    assert await opened(store, old) == Refused(Reason.WRONG_CODE)
    assert await opened(store, new.written) == Opened(case_id=case.id)
    assert await a_code(store, case) == new.written


async def test_once_staff_have_written_the_code_is_neither_shown_again_nor_replaced(store: Store) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case)
    code = await a_code(store, case)
    await store.write(write_to_reporter, RULES, case_id=case.id, by=officer.id, words="Hello.")

    assert await store.write(replace_receipt, case_id=case.id) == Refused(Reason.NOT_ALLOWED)
    assert await store.write(make_receipt, case_id=case.id) == Refused(Reason.NOT_ALLOWED)
    assert await opened(store, code) == Opened(case_id=case.id)


async def test_once_contact_has_ended_there_is_no_code_any_more(store: Store) -> None:
    case = await store.write(a_case)
    code = await a_code(store, case)
    await store.write(end_by_reporter, RULES, case_id=case.id)

    assert await store.write(make_receipt, case_id=case.id) == Refused(Reason.NOT_ALLOWED)
    assert await opened(store, code) == Refused(Reason.WRONG_CODE)


async def test_tries_run_out_for_one_source_and_come_back(store: Store, clock: SettableClock) -> None:
    case = await store.write(a_case)
    code = await a_code(store, case)
    few = Limit(burst=2, refill=timedelta(minutes=1))

    answers = [await opened(store, "0" * 16, limit=few, source="one") for _ in range(3)]
    elsewhere = await opened(store, code, limit=few, source="two")
    clock.advance(timedelta(minutes=1))
    later = await opened(store, code, limit=few, source="one")

    assert answers == [Refused(Reason.WRONG_CODE)] * 2 + [Refused(Reason.TOO_MANY_TRIES)]
    assert [elsewhere, later] == [Opened(case_id=case.id)] * 2


async def test_making_and_using_a_code_are_audit_entries(store: Store) -> None:
    case = await store.write(a_case)
    await opened(store, await a_code(store, case))

    acts = [entry.act for entry in await store.read(lambda tx: tx.audit.of_object(case.id))]
    assert acts[-2:] == [Act.CODE_MADE, Act.CODE_USED]


async def test_whoever_tries_out_what_they_wrote_down_is_forgiven_what_the_way_back_forgives(
    store: Store,
) -> None:
    case = await store.write(a_case)
    code = await store.write(make_receipt, case_id=case.id)
    assert isinstance(code, ReceiptCode)

    for right in (*_meant(code.written), *_meant(code.last_group)):
        assert code.is_meant_by(right), right
        assert await store.read(is_code_of, case_id=case.id, typed=right), right
    for wrong in ("", "0", f"x{code.last_group}", code.written[1:], code.written[:-1], "0" * 100):
        assert not code.is_meant_by(wrong), wrong
        assert not await store.read(is_code_of, case_id=case.id, typed=wrong), wrong
