from __future__ import annotations

import tomllib
from pathlib import Path

from bot.profile import load_profile
from handlers.dialog.flows import Flows
from tests.profile.copies import NAME, copied, edited

PINS = Path(__file__).with_name("flow_pins.toml")


def complaints(flows: Flows, pins: dict[str, dict[str, object]]) -> list[str]:
    """What a change of flows has to be told; empty when every flow is the one that was pinned."""
    told = []
    for flow in flows.all():
        now = {"version": flow.version, "fingerprint": flows.fingerprint(flow)}
        pinned = pins.get(flow.id)
        if pinned == now:
            continue
        if pinned is not None and pinned["version"] == now["version"]:
            told.append(f"{flow.id} has changed: raise its version in flows/*.toml")
        else:
            told.append(f'pin it: [{flow.id}] version = {flow.version} fingerprint = "{now["fingerprint"]}"')
    return told


def test_changing_a_flow_without_raising_its_version_fails() -> None:
    assert complaints(load_profile(NAME).flows, tomllib.loads(PINS.read_text("utf-8"))) == []


def test_a_changed_flow_is_noticed_until_its_version_is_raised(tmp_path: Path) -> None:
    pins = tomllib.loads(PINS.read_text("utf-8"))
    folder = edited(copied(tmp_path), "flows/relative.toml", "max_length = 3000", "max_length = 2999")
    changed = complaints(load_profile(str(folder)).flows, pins)
    assert changed == ["relative has changed: raise its version in flows/*.toml"]
    edited(folder, "flows/relative.toml", "version = 4", "version = 5")
    (raised,) = complaints(load_profile(str(folder)).flows, pins)
    assert raised.startswith("pin it: [relative] version = 15 ")
