"""Which texts a profile needs, which ones the code names, and where languages differ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.i18n import Texts
from bot.profile import Profile
from handlers.dialog.checks import shared_text_keys
from handlers.dialog.guides import rights_keys
from handlers.dialog.keys import filled_text_groups, filled_text_keys, required_text_keys
from triage.house.alarm import OVER, house_key
from triage.house.records import Trouble
from triage.notices.notice import NOTICE_KEYS, clock_keys

ROOT = Path(__file__).parent.parent
CODE = ("bot", "handlers", "admin", "storage", "triage")
"""The folders in which code may name a text."""

NAMESPACES = (
    "acute",
    "chat",
    "cli",
    "closing",
    "console",
    "dialog",
    "dialogue",
    "notice",
    "page",
    "receipt",
    "refused",
    "review",
    "secure",
    "state",
    "terminal",
    "time",
    "trial",
    "web",
)
"""What the keys begin with that code names outright; the others follow from the profile."""

_KEY = re.compile(rf"""["'`]((?:{"|".join(NAMESPACES)})\.[a-zA-Z0-9_.{{}}\[\]-]*)["'`]""")
_LOGGED = re.compile(r"""\blog\.\w+\(\s*["'][^"']*["']""")
"""The name of a log event looks like a text key and is none."""
_NOTICE_PARTS = ("subject", "body")
FILLED_BY_CODE = (
    ("acute.who.later", frozenset({"earliest"})),
    ("closing.read.earliest", frozenset({"earliest"})),
    ("closing.what_next", frozenset({"due"})),
    (
        "notice.",
        frozenset({"clock", "code", "due", "fell_due", "late", "late_minutes", "left", "link", "silent"}),
    ),
)
"""What the code fills into texts that an organisation writes, by how their keys begin."""
_FILE_NAMES = re.compile(r"\.(html|css|js|json|svg|py|po|toml|txt)$")


@dataclass(frozen=True, slots=True)
class CodeKeys:
    """The text keys that stand in the code: whole ones, and patterns for those put together from parts."""

    whole: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]

    def uses(self, key: str) -> bool:
        """Whether some line of code may mean this key."""
        return key in self.whole or any(pattern.fullmatch(key) for pattern in self.patterns)


def required_keys(profile: Profile) -> set[str]:
    """The texts that this profile cannot do without, whatever the code says."""
    of = profile.organisation
    keys = {key for flow in profile.flows.all() for key in required_text_keys(flow)}
    keys |= shared_text_keys(profile.flows)
    keys |= {f"hotline.{each.id}.{what}" for each in of.hotline for what in ("name", "hours", "entrance")}
    keys |= {f"authority.{each.code}" for each in of.authority}
    keys |= {f"role.{each.code}" for each in of.role}
    keys |= {f"basis.{each.id}" for each in of.legal_basis}
    keys |= {f"outcome.{each.code}" for each in of.outcome}
    keys |= {f"kind.{each.code}" for each in of.reporter_kind}
    keys |= {f"answer.{each.id}.{what}" for each in of.answer for what in ("name", "text")}
    keys |= {f"receiver.{each.code}.{what}" for each in of.receiver for what in ("name", "how", "say")}
    keys |= {f"untold.{code}" for each in of.reporter_kind for code in each.untold_because}
    keys |= {f"trigger.{each.id}" for each in of.acute}
    keys |= {key for each in of.identity_number for key in (each.marker, each.told)}
    keys |= {key for each in of.text_rule for key in (each.text, each.use) if key}
    keys |= {f"finding.{each.kind}.{what}" for each in of.finding for what in ("name", "marker")}
    keys |= {each.note for each in profile.routing}
    keys |= set(rights_keys()) if of.rights is not None else set()
    keys |= {
        f"district.{each.code}.{what}" for each in profile.districts.district for what in ("name", "office")
    }
    keys |= {"district.fallback"} if profile.districts.district else set()
    keys |= {key for case in profile.demo.case for key in case.text_keys()}
    keys |= {f"clock.{policy.id}" for policy in profile.clocks.clocks}
    keys |= {f"clock.result.{code}" for policy in profile.clocks.clocks for code in policy.results}
    keys |= {f"clock.pause.{code}" for code in profile.clocks.pause_reasons}
    roots = clock_keys(profile.clocks) | set(NOTICE_KEYS.values())
    roots |= {OVER, *(house_key(trouble) for trouble in Trouble)}
    return keys | {f"{root}.{part}" for root in roots for part in _NOTICE_PARTS}


def missing_from(texts: Texts, keys: Iterable[str]) -> list[str]:
    """The keys that have no text, in order."""
    return sorted(key for key in keys if key not in texts)


def unequal_placeholders(texts: Mapping[str, Texts], languages: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Key and language of every text that does not fill the same placeholders as the first language's."""
    first = texts[languages[0]]
    for lang in languages[1:]:
        for key in sorted(set(first) & set(texts[lang])):
            if first[key].placeholders != texts[lang][key].placeholders:
                yield key, lang


def unfilled_placeholders(profile: Profile) -> Iterator[tuple[str, str]]:
    """Texts of the profile with a placeholder that nothing fills, and values that no text of theirs shows."""
    yield from _unfilled_outside_flows(profile)
    for flow in profile.flows.all():
        filled = filled_text_keys(flow)
        for lang in profile.organisation.organisation.languages:
            constants = profile.translator().constants[lang]
            texts = profile.base_texts.texts[lang]
            for key in sorted(required_text_keys(flow) & set(texts)):
                for name in sorted(texts[key].placeholders - filled.get(key, frozenset()) - set(constants)):
                    yield key, f"has the placeholder {name} in {lang}, which nothing fills"
            for keys, names in filled_text_groups(flow):
                shown = {name for key in keys if key in texts for name in texts[key].placeholders}
                for name in sorted(names - shown):
                    yield min(keys), f"is given the value {name}, which it does not show in {lang}"


def _unfilled_outside_flows(profile: Profile) -> Iterator[tuple[str, str]]:
    of_flows = {key for flow in profile.flows.all() for key in required_text_keys(flow)}
    for lang in profile.organisation.organisation.languages:
        constants = profile.translator().constants[lang]
        for key, text in sorted(profile.base_texts.texts[lang].items()):
            if key in of_flows or not text.source.is_relative_to(profile.folder):
                continue
            filled = {name for begins, names in FILLED_BY_CODE if key.startswith(begins) for name in names}
            for name in sorted(text.placeholders - filled - set(constants)):
                yield key, f"has the placeholder {name} in {lang}, which nothing fills"


@cache
def code_keys(root: Path = ROOT) -> CodeKeys:
    """The text keys named in code and templates."""
    whole: set[str] = set()
    parts: set[str] = set()
    notices: set[str] = set()
    for path in _sources(root):
        for found in _KEY.findall(_LOGGED.sub("", path.read_text("utf-8"))):
            if _FILE_NAMES.search(found):
                continue
            if found.startswith("notice.") and "{" not in found:
                # The root of a notice stands for its subject and its body.
                notices.add(found)
            else:
                (parts if "{" in found or found.endswith((".", "_")) else whole).add(found)
    patterns = [_pattern(part) for part in sorted(parts)]
    patterns += [rf"{re.escape(root)}(\..+)?" for root in sorted(notices)]
    return CodeKeys(frozenset(whole), tuple(map(re.compile, patterns)))


def _sources(root: Path) -> Iterator[Path]:
    for folder in CODE:
        for path in sorted((root / folder).rglob("*")):
            if (
                path.suffix in {".py", ".html", ".js"}
                and "profiles" not in path.parts
                and "__pycache__" not in path.parts
            ):
                yield path


def _pattern(part: str) -> str:
    made = "".join(
        "[A-Za-z0-9_.-]+" if piece.startswith("{") else re.escape(piece)
        for piece in re.split(r"(\{[^}]*\})", part)
    )
    return f"{made}.+" if part.endswith((".", "_")) else made
