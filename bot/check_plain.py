"""Whether a frightened person can read what the organisation says: short sentences, short questions, short words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.i18n import Text
from bot.plain_language import lix, long_words, questions_in, words_of
from bot.profile import Profile, is_for_reporters
from handlers.dialog.flow import Flow
from handlers.dialog.keys import required_text_keys

LIX_LIMIT = 35.0
"""Above this a text is hard to read for many."""
LONG_TEXT = 30
"""A text with more words than this must be easy by itself, not only as a part of its flow."""
QUESTION_WORDS = 15
"""A question in a text that is not long has at most so many words."""

_LABELS = re.compile(r"\.(option|button|part)\.|\.title$")


@dataclass(frozen=True, slots=True)
class Hard:
    """Something that is hard to read: where, what, and whether it is more than a figure to know."""

    where: str
    what: str
    too_hard: bool = True


def check_plain(profile: Profile) -> Iterator[Hard]:
    """How hard each flow is, and each text, question and word that is too hard for those who must read it."""
    for lang in profile.organisation.organisation.languages:
        texts = {
            key: text
            for key, text in profile.base_texts.texts[lang].items()
            if is_for_reporters(profile, key, text)
        }
        for flow in profile.flows.all():
            yield from _flow(flow, texts, lang)
        for key, text in sorted(texts.items()):
            yield from _text(key, text, lang)
        yield from _words(profile, texts, lang)


def _flow(flow: Flow, texts: Mapping[str, Text], lang: str) -> Iterator[Hard]:
    # Labels are one or two words each and would make any flow look easy.
    keys = [key for key in sorted(required_text_keys(flow)) if not _LABELS.search(key)]
    figure = lix(form for key in keys if key in texts for form in texts[key].forms)
    where = f"flow {flow.id}, {lang}"
    yield Hard(where, f"LIX {figure:.1f}", too_hard=False)
    if figure >= LIX_LIMIT:
        yield Hard(where, f"LIX {figure:.1f} is not below {LIX_LIMIT:.0f}")


def _text(key: str, text: Text, lang: str) -> Iterator[Hard]:
    where = f"text {key}, {lang}"
    for form in text.forms:
        if len(words_of(form)) > LONG_TEXT:
            if (figure := lix([form])) >= LIX_LIMIT:
                yield Hard(where, f"LIX {figure:.1f} is not below {LIX_LIMIT:.0f}")
            continue
        for question in questions_in(form):
            if (count := len(words_of(question))) > QUESTION_WORDS:
                yield Hard(where, f"the question has {count} words, more than {QUESTION_WORDS}: {question}")


def _words(profile: Profile, texts: Mapping[str, Text], lang: str) -> Iterator[Hard]:
    allowed = profile.long_words.reasons(lang)
    met: dict[str, str] = {}
    for key, text in sorted(texts.items()):
        for form in text.forms:
            for word in long_words(form):
                met.setdefault(word, key)
    for word, key in met.items():
        if word not in allowed:
            yield Hard(f"text {key}, {lang}", f"{word} is long and no list gives a reason for it")
    for word in sorted(set(allowed) - set(met)):
        yield Hard(f"long_words.toml, {lang}", f"{word} is used nowhere any more")
