"""Whether the patterns of a profile do what they say, and whether a hostile text could keep one busy."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from bot.profile import Profile
from triage.patterns import FindingRule, IdentityNumber

PATTERN_SECONDS = 0.25
"""A pattern that takes longer than this over one hostile text could be used to stop us."""

_HOSTILE = ("0", "01", "0101", "010190-", "3112 ", "-", "0" * 9 + "x")
_LENGTHS = (*range(8, 42, 2), *(40 * 2**power for power in range(1, 9)))
"""Growing slowly at first: over a pattern that takes twice as long for each sign, this check must not hang itself."""

_ONE_SIGN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\s")
_REPEAT = re.compile(r"(?:(?P<sign>[*+?])|\{(?P<least>\d*)(?P<comma>,?)(?P<most>\d*)\})[+?]?")


def check_patterns(profile: Profile) -> Iterator[tuple[str, str]]:
    """Where and what, for every pattern that cannot be used."""
    for number in profile.organisation.identity_number:
        yield from _identity(number)
    for rule in profile.organisation.finding:
        yield from _finding(profile, rule)


def _identity(number: IdentityNumber) -> Iterator[tuple[str, str]]:
    where = f"profile.toml [identity_number {number.id}], pattern"
    if number.regex.search(""):
        yield where, "finds a number in an empty text"
    if any(_is_slow(number.regex, hostile) for hostile in _HOSTILE):
        yield where, f"takes more than {PATTERN_SECONDS} s over a hostile text"


def _finding(profile: Profile, rule: FindingRule) -> Iterator[tuple[str, str]]:
    where = f"profile.toml [finding {rule.id}]"
    for lang in sorted(set(rule.languages) - set(profile.organisation.organisation.languages)):
        yield f"{where}, languages", f"nobody is spoken to in {lang}"
    hostile = {*_HOSTILE, *(text[:-1] for text in rule.finds), *(f"{text[:-2]} " for text in rule.finds)}
    faults = set(loose_repeats(rule.pattern))
    if rule.regex.search(""):
        faults.add("finds something in an empty text")
    if any(_is_slow(rule.regex, text) for text in sorted(hostile)):
        faults.add(f"takes more than {PATTERN_SECONDS} s over a hostile text")
    faults |= {f'finds the marker "{each}"' for each in _markers(profile) if rule.regex.search(each)}
    yield from ((f"{where}, pattern", fault) for fault in sorted(faults))
    yield from _examples(where, rule)


def _examples(where: str, rule: FindingRule) -> Iterator[tuple[str, str]]:
    for text in rule.finds:
        if not rule.regex.search(text):
            yield f"{where}, finds", f"finds nothing in: {text}"
    for text in rule.leaves:
        if found := rule.regex.search(text):
            yield f"{where}, leaves", f'finds "{found[0]}" in: {text}'


def _markers(profile: Profile) -> Iterator[str]:
    """What stands in place of something, in every language; nothing may look for it again."""
    of = profile.organisation
    keys = {f"finding.{each.kind}.marker" for each in of.finding} | {
        each.marker for each in of.identity_number
    }
    for texts in profile.base_texts.texts.values():
        for key in sorted(keys & set(texts)):
            yield from texts[key].forms


def loose_repeats(pattern: str) -> Iterator[str]:
    """Repeats of a pattern that a text could make it try in very many ways: without an end, or one in another."""
    plain = _ONE_SIGN.sub(lambda sign: "" if sign[0].isspace() else "_", pattern)
    holds_repeat = [False]
    at = 0
    while at < len(plain):
        sign = plain[at]
        at += 1
        inner = False
        if sign == "(":
            holds_repeat.append(False)
            at += plain.startswith("?", at)
            continue
        if sign == ")" and len(holds_repeat) > 1:
            inner = holds_repeat.pop()
            holds_repeat[-1] |= inner
        repeat = _REPEAT.match(plain, at)
        if repeat is None:
            continue
        at = repeat.end()
        least, most = _times(repeat)
        if most is None:
            yield "repeats something without an end"
        if inner and (most is None or most > 1):
            yield "repeats something that repeats"
        holds_repeat[-1] |= most is None or 1 < most != least


def _times(repeat: re.Match[str]) -> tuple[int, int | None]:
    """How often at least and at most."""
    if repeat["sign"]:
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[repeat["sign"]]
    least = int(repeat["least"] or 0)
    most = repeat["most"] if repeat["comma"] else repeat["least"]
    return least, int(most) if most else None


def _is_slow(regex: re.Pattern[str], hostile: str) -> bool:
    for length in _LENGTHS:
        text = (hostile * length)[:length]
        # Time of work and not of the wall: a busy machine makes no pattern slow.
        began = time.thread_time()
        regex.sub("", text)
        if time.thread_time() - began > PATTERN_SECONDS:
            return True
    return False
