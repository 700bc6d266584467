"""The figures of a run, beside the targets."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import telegram

from tests.bench.driving import Counted
from tests.bench.measure import POSTGRESQL, REFERENCE, SQLITE, Variant


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One target: a value of one part of the rounds, divided by REF's."""

    id: str
    what: str
    part: str
    value: Callable[[Counted], float]
    unit: str
    at_most: bool
    target: dict[str, float]


METRICS = (
    Metric(
        id="P1",
        what="CPU per step, 20 in flight",
        part="busy",
        value=lambda seen: seen.cpu_per_step * 1000,
        unit="ms",
        at_most=True,
        target={SQLITE: 0.35, POSTGRESQL: 0.50},
    ),
    Metric(
        id="P2",
        what="conversations/s, API 40 ms, 50 in flight",
        part="slow",
        value=lambda seen: seen.conversations_per_second,
        unit="/s",
        at_most=False,
        target={SQLITE: 25, POSTGRESQL: 25},
    ),
    Metric(
        id="P3",
        what="p99 wait, API 40 ms, 50 in flight",
        part="slow",
        value=lambda seen: seen.quantile(0.99) * 1000,
        unit="ms",
        at_most=True,
        target={SQLITE: 0.035, POSTGRESQL: 0.035},
    ),
    Metric(
        id="P4",
        what="conversations/s, 20 in flight",
        part="busy",
        value=lambda seen: seen.conversations_per_second,
        unit="/s",
        at_most=False,
        target={SQLITE: 3, POSTGRESQL: 3},
    ),
    Metric(
        id="P5",
        what="median wait, one chat",
        part="alone",
        value=lambda seen: seen.quantile(0.5) * 1000,
        unit="ms",
        at_most=True,
        target={SQLITE: 0.65, POSTGRESQL: 0.65},
    ),
)


def table(variants: Sequence[Variant]) -> str:
    """Markdown: what was measured, the ratios, the targets, and the stored rows against the replies."""
    return "\n".join(_lines(variants)) + "\n"


def _lines(variants: Sequence[Variant]) -> Iterator[str]:
    reference, *products = variants
    assert reference.name == REFERENCE
    machine = (
        f"{len(os.sched_getaffinity(0))} cores ({platform.machine()}), Python {platform.python_version()}"
    )
    versions = f"python-telegram-bot {telegram.__version__}"
    yield f"Measured {datetime.now(UTC):%d %b %Y %H:%M} UTC on {machine}, {versions}, {len(reference.busy)} rounds."
    yield ""
    yield "| # | metric | engine | REF | Tovholder | ratio | target | met |"
    yield "|---|---|---|---|---|---|---|---|"
    for metric in METRICS:
        base = reference.typical(metric.part, metric.value)
        for product in products:
            value = product.typical(metric.part, metric.value)
            ratio, target = value / base, metric.target[product.name]
            met = ratio <= target if metric.at_most else ratio >= target
            sign = "≤" if metric.at_most else "≥"
            measured = f"{base:.2f} {metric.unit} | {value:.2f} {metric.unit} | {ratio:.3g}"
            yield (
                f"| {metric.id} | {metric.what} | {product.name} | {measured} | {sign} {target:g} "
                f"| {'yes' if met else 'no'} |"
            )
    yield ""
    yield "| variant | replies seen | receipts seen | reports stored | updates stored | messages sent | not sent |"
    yield "|---|---|---|---|---|---|---|"
    for variant in variants:
        kept = variant.kept
        rows = [kept.get(name, "–") for name in ("reports", "updates", "messages_sent", "messages_not_sent")]
        yield (
            f"| {variant.name} | {variant.crowd.replies} | {variant.crowd.receipts} | "
            + " | ".join(str(row) for row in rows)
            + " |"
        )
