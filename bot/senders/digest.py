"""Several notices to one person in one message: what waits for whom, a line each, the oldest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from bot.senders.words import COUNTS_KEYS, NoticeWords
from storage.rows import Claimed
from triage.notices.notice import NOTICE_KEYS, Subject


@dataclass(frozen=True, slots=True)
class Digest:
    """The words of a letter with rows along. To whom is told numbers only, it names case codes and nothing else."""

    words: NoticeWords
    letter: Claimed

    def subject(self) -> str:
        """The subject line: how many things wait."""
        passed = self._keys == {NOTICE_KEYS[Subject.COUNTS]}
        return self._say("notice.digest.counts_subject" if passed else "notice.digest.subject")

    def body(self, *, most: int | None = None) -> str:
        """The text; with `most` the lines stop before so many UTF-16 units, and it says how many more there are."""
        if self._counts_only:
            cases = self._codes()
            shown = list(_fitting(iter(cases), most, between=", "))
            left = len(cases) - len(shown)
            said = self._say("notice.digest.counts_body", number=len(cases), codes=", ".join(shown))
        else:
            shown = list(_fitting(self._lines(), most, between="\n"))
            left = len(self.letter.rows) - len(shown)
            said = self._say("notice.digest.body", lines="\n".join(shown), link=self.words.console_url)
        return f"{said}\n\n{self._say('notice.digest.more', left=left)}" if left else said

    def short(self) -> str:
        """The text in one sentence, for an SMS."""
        return (
            self.body()
            if self._counts_only
            else self._say("notice.digest.short", link=self.words.console_url)
        )

    @property
    def _counts_only(self) -> bool:
        return self._keys <= COUNTS_KEYS

    @property
    def _keys(self) -> frozenset[object]:
        return frozenset(row.payload["notice"] for row in self.letter.rows)

    def _codes(self) -> list[str]:
        """Each case once, however many of its deadlines have passed."""
        params = (cast("Mapping[str, str]", row.payload["params"]) for row in self.letter.rows)
        return list(dict.fromkeys(each.get("code", "") for each in params))

    def _lines(self) -> Iterator[str]:
        for row in self.letter.rows:
            yield self.words.line(row.payload)

    def _say(self, key: str, **given: object) -> str:
        payload = self.letter.payload
        return self.words.translator.text(key, self.words.language(payload), n=len(self.letter.rows), **given)


def _fitting(pieces: Iterator[str], most: int | None, *, between: str) -> Iterator[str]:
    """The first pieces that stay below so many UTF-16 units; all of them where there is no bound."""
    used = 0
    for piece in pieces:
        used += len((piece + between).encode("utf-16-le")) // 2
        if most is not None and used > most:
            return
        yield piece
