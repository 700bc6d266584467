"""Organisations for tests: the shipped profile with its office always open, or with other flows in it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from bot.profile import Profile, load_profile

SHIPPED = Path(__file__).parents[2] / "bot" / "profiles" / "koebenhavn"
_PO_HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"""
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@cache
def shipped() -> Profile:
    """The shipped organisation, read once: it is frozen, so all tests of a process can share it."""
    return load_profile("koebenhavn")


def always_staffed(folder: Path) -> Path:
    """The shipped organisation, at work day and night: no notice waits for the morning. Gives the folder."""
    shutil.copytree(SHIPPED, folder)
    staffed = "\n".join(f'{day} = ["00:00-24:00"]' for day in _DAYS)
    _edit(
        folder / "profile.toml",
        {
            r"\[hotline\.staffed\]\n(?:\w+ = .*\n)+": f"[hotline.staffed]\n{staffed}\n",
            r"closed = \[.*\]": "closed = []",
        },
    )
    return folder


def one_flow(folder: Path, flow_id: str, flow: str, texts: Mapping[str, str]) -> Path:
    """The shipped organisation in one language with this flow (TOML) as its whole conversation; gives the folder."""
    shutil.copytree(SHIPPED, folder)
    for path in (*(folder / "flows").iterdir(), folder / "demo.toml", *folder.glob("locales/*/demo.po")):
        path.unlink()
    (folder / "flows" / f"{flow_id}.toml").write_text(flow, encoding="utf-8")
    entries = "".join(f'\nmsgid "{key}"\nmsgstr "{text}"\n' for key, text in texts.items())
    po = folder / "locales" / "da" / f"{flow_id}.po"
    po.write_text(_PO_HEADER.format(language="da") + entries, encoding="utf-8")
    _edit(
        folder / "profile.toml",
        {
            r'languages = \["da", "en"\]': 'languages = ["da"]',
            r'flows = \["relative", .*\]': f'flows = ["{flow_id}"]',
            r"sensitive = \{ relative = .* \}": f'sensitive = {{ {flow_id} = "chat" }}',
            r"\[additions\]": f'[[reporter_kind]]\ncode = "{flow_id}"\ncounted_as = "concern"\n'
            'clock = "triage48"\n\n[additions]',
        },
    )
    return folder


def _edit(path: Path, changes: Mapping[str, str]) -> None:
    text = path.read_text("utf-8")
    for pattern, replacement in changes.items():
        text, count = re.subn(pattern, replacement, text)
        if not count:
            message = f"{path.name}: {pattern!r} does not stand there, so the test's profile cannot be made"
            raise ValueError(message)
    path.write_text(text, encoding="utf-8")
