from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.bench import form
from tests.bench.measure import Lengths, measure
from tests.bench.report import table

pytestmark = pytest.mark.bench


async def test_the_form_is_measured_against_the_reference(tmp_path: Path) -> None:
    shorter = float(os.environ.get("TOVHOLDER_BENCH_SHARE", "1"))
    lengths = Lengths(busy=8.0 * shorter, slow=12.0 * shorter, alone=3.0 * shorter)
    variants = await measure(tmp_path, lengths)
    print(f"\n{table(variants)}")
    for variant in variants[1:]:
        kept, crowd = variant.kept, variant.crowd
        # The first conversation, which showed the script, is stored too.
        assert kept["reports"] == crowd.receipts + 1
        assert kept["updates"] == crowd.replies + form.STEPS
        assert kept["messages_sent"] == crowd.replies + form.STEPS
        assert kept["messages_not_sent"] == 0
