"""Draws the reporter's pages out of what stands in the store."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from aiohttp import web

from handlers.dialog.conversation import DOOR_IDLE
from handlers.dialog.given import typed_of
from handlers.dialog.keys import removed_key
from handlers.dialog.replies import Ask, ChooseLanguage, Review, ShowCard
from handlers.dialog.say import Speaker
from handlers.dialog.words import closing_keys, where_it_stands
from handlers.web.addresses import CODE_PAGE, address_of
from handlers.web.cookies import Cookies
from handlers.web.forms import CSRF_FIELD, Form, csrf_token
from handlers.web.pages import LANGUAGE
from handlers.webchat.crumbs import FROM_CHAT, OPENED
from handlers.webchat.notes import NOTE_ADDS, NOTE_KEYS, OVER_KEYS, Note, Over, Removed, Said
from handlers.webchat.parts import WebchatParts
from handlers.webchat.sent import Letters
from handlers.webchat.visit import Look, Unsent
from triage.cases.dialogue import ReporterState

HOTLINE = web.RequestKey("hotline", str)
"""The hotline whose words a page speaks; the first where nothing else was found out."""
PAGES = frozenset({"/", "/kode", "/hvad-sker-der", "/mens-du-venter", "/tider", "/om-dig"})
"""The addresses that a person stands at."""
MOVE = "/flyt"
"""Where somebody who came from a chat may go on here for good."""
WARN_MINUTES = 5
_WORDS_IN = "typed"
"""The form of a page in which something may be typed; the language buttons belong to it."""
_LONG_WORDS = frozenset({"answer", "words"})


@dataclass(frozen=True, slots=True)
class Shower:
    """Draws pages with what every one of them needs: help, exit, language, and a form's own fields."""

    parts: WebchatParts

    @classmethod
    def of(cls, parts: WebchatParts) -> Shower:
        """The drawer of this web chat."""
        return cls(parts)

    def page(
        self,
        request: web.Request,
        seen: Look,
        token: str,
        *,
        note: Said | None = None,
        typed: dict[str, str] | None = None,
        ticked: Collection[str] = (),
        code: str | None = None,
        status: int = 200,
    ) -> web.Response:
        """The talk as it stands: start, question, card, review, or what comes after sending."""
        speaker = self.speaker(request)
        intake = self._parts(request).intake
        notes = self._notes(speaker, note)
        if seen.private_done:
            notes += [speaker.text("web.secure.done"), speaker.text("page.back_to_chat.how")]
        lines = speaker.lines(seen.passed)
        match seen.standing:
            case None if seen.sent is not None:
                return self._sent(request, seen, token, speaker, notes=notes, code=code)
            case None if seen.elsewhere:
                return self.over(request, token, Over.ELSEWHERE, status=200)
            case None | ChooseLanguage():
                revision = seen.standing.revision if seen.standing else 0
                languages = [(lang, self.parts.words.name_of(lang)) for lang in intake.languages]
                return self.draw(
                    request,
                    "start.html",
                    token,
                    status=status,
                    notes=notes,
                    languages=languages,
                    others=[],
                    revision=revision,
                )
            case Ask():
                # Typed for another question: shown, and never put into the field of this one.
                stale = typed if note is Note.STALE else None
                view = speaker.ask(seen.standing, None if stale else typed)
                if ticked:
                    view = replace(view, chosen=[*ticked])
                return self.draw(
                    request,
                    "question.html",
                    token,
                    idle=True,
                    status=status,
                    notes=notes,
                    lines=lines,
                    view=view,
                    first=not lines,
                    words_in=_WORDS_IN,
                    stale=[text for text in (stale or {}).values() if text],
                    revision=seen.standing.revision,
                )
            case ShowCard():
                said = seen.who_sees.say(speaker.words, speaker.lang, now=seen.now) if seen.who_sees else None
                view_of_card = speaker.card(seen.standing, who_sees=said)
                return self.draw(
                    request,
                    "card.html",
                    token,
                    idle=True,
                    status=status,
                    notes=notes,
                    lines=lines,
                    card=view_of_card,
                    revision=seen.standing.revision,
                )
            case Review():
                error = seen.standing.error
                items = speaker.lines(seen.standing.items)
                return self.draw(
                    request,
                    "review.html",
                    token,
                    idle=True,
                    status=status,
                    notes=notes,
                    lines=items,
                    telling=speaker.telling(seen.standing),
                    has_shut=any(line.shut for line in items),
                    opened=note is Note.SHOWN,
                    offers=speaker.offers(seen.standing),
                    error=speaker.invalid(error, owner="", question="") if error else None,
                    revision=seen.standing.revision,
                )

    def ask_to_go_on(self, request: web.Request, token: str) -> web.Response:
        """The page that shows nothing until yes."""
        return self.draw(request, "resume.html", token, step="go_on", bare=True)

    def ask_to_replace(self, request: web.Request, token: str) -> web.Response:
        """The page that asks once more before the old code stops working."""
        return self.draw(request, "replace.html", token, bare=True)

    def over(
        self, request: web.Request, token: str, why: Over, *, status: int = 410, words: Iterable[str] = ()
    ) -> web.Response:
        """The page that says why there is nothing to go on with; `words` are those that were not taken."""
        opened = Cookies(self.parts.frame.https).read(request, OPENED)
        if why is Over.EXPIRED and opened == FROM_CHAT:
            why = Over.EXPIRED_FROM_CHAT
        title, texts = OVER_KEYS[why]
        return self.draw(
            request,
            "over.html",
            token,
            status=status,
            title=title,
            texts=texts,
            why=why,
            typed=[text for text in words if text],
            bare=True,
        )

    def ask_to_forget(
        self, request: web.Request, token: str, *, unsent: Unsent, sent: bool = False
    ) -> web.Response:
        """The page that asks once more before it deletes; an alarm that was raised stays, and that is said.

        Where nothing is unsent, nothing can be deleted: then it asks whether to close the page. `sent` says that what
        was sent is on the page too, and stays.
        """
        step = "leave" if unsent is Unsent.NOTHING else "forget"
        alarm = unsent is Unsent.DRAFT_WITH_ALARM
        return self.draw(request, "resume.html", token, step=step, alarm=alarm, sent=sent, bare=True)

    def again(
        self, request: web.Request, form: Form, token: str, *, action: str, status: int
    ) -> web.Response:
        """What could not be taken, in a form to be sent again: nothing typed is lost."""
        typed = {name: text for name, text in typed_of(form).items() if _is_words(form, name)}
        fields = [
            (name, value)
            for name, values in form.values.items()
            for value in values
            if name not in typed and name != CSRF_FIELD
        ]
        keys = {403: "web.forged", 500: "page.error.fault.text"}
        return self.draw(
            request,
            "again.html",
            token,
            status=status,
            headers={"Retry-After": "10"} if status == 503 else None,  # noqa: PLR2004  service unavailable
            action=action,
            typed=typed,
            fields=fields,
            lead=keys.get(status, "page.error.not_saved.text"),
            bare=True,
        )

    def link(self, request: web.Request, token: str) -> web.Response:
        """The button behind a one-time link."""
        return self.draw(request, "link.html", token, action=request.path, used=False, bare=True)

    def link_used(self, request: web.Request) -> web.Response:
        """A link that opens nothing any more, and where to get another."""
        return self.draw(request, "link.html", "", status=410, action="", used=True, bare=True)

    def code(
        self, request: web.Request, token: str, *, wrong: str | None, note: Said | None, typed: str = ""
    ) -> web.Response:
        """The page that asks for a receipt code; what was typed and is none stays, to be looked at again."""
        notes = self._notes(self.speaker(request), note)
        return self.draw(
            request,
            "code.html",
            token,
            status=422 if wrong else 200,
            typed=typed,
            wrong=wrong,
            notes=notes,
            bare=False,
        )

    def letters(
        self,
        request: web.Request,
        seen: Letters,
        token: str,
        *,
        note: Said | None,
        wrong: str | None = None,
        words: str = "",
        code: str | None = None,
    ) -> web.Response:
        """The dialogue with staff; `code` is one that was made just now."""
        speaker = self.speaker(request)

        def when(at: datetime) -> str:
            return self.parts.words.day_time(at, speaker.lang, near=seen.now)

        return self.draw(
            request,
            "letters.html",
            token,
            idle=True,
            status=422 if wrong else 200,
            notes=self._notes(speaker, note),
            seen=seen,
            when=when,
            standing=where_it_stands(seen.view.standing, self.parts.words, speaker.lang, now=seen.now),
            can_end=self.parts.end_dialogue is not None,
            wrong=wrong,
            words_typed=words,
            words_in=_WORDS_IN if seen.view.can_write else None,
            code=code,
        )

    def ask_to_end(self, request: web.Request, token: str, *, unread: bool) -> web.Response:
        """The page that says what goes and what stays before contact ends for good."""
        return self.draw(request, "end.html", token, unread=unread, bare=True)

    def _parts(self, request: web.Request) -> WebchatParts:
        return self.parts.at(request.get(HOTLINE))

    def speaker(self, request: web.Request) -> Speaker:
        """The words in the language of this request."""
        parts = self._parts(request)
        lang = request.get(LANGUAGE, parts.intake.languages[0])
        return Speaker(
            intake=parts.intake,
            words=parts.words,
            lang=lang,
            numbers=(*parts.numbers, *parts.card_numbers),
        )

    def code_address(self, request: web.Request) -> str:
        """Where a receipt code is typed."""
        return address_of(request, CODE_PAGE, public_url=self.parts.public_url)

    def _sent(
        self,
        request: web.Request,
        seen: Look,
        token: str,
        speaker: Speaker,
        *,
        notes: list[str],
        code: str | None,
    ) -> web.Response:
        sent = seen.sent
        assert sent is not None  # noqa: S101  the caller looked
        words, lang = speaker.words, speaker.lang
        organisation = speaker.intake.rules.organisation
        closing = closing_keys(organisation, sent.clear, kind=sent.case.kind, awaited=sent.due is not None)
        stands = sent.view.standing
        if stands.state is ReporterState.SENT:
            where = sent.read.say(words, lang, now=seen.now)
        else:
            where = where_it_stands(stands, words, lang, now=seen.now)
        due = words.day_time(sent.due, lang, near=seen.now) if sent.due else ""
        return self.draw(
            request,
            "sent.html",
            token,
            idle=True,
            notes=notes,
            code=code if sent.view.can_write else None,
            code_address=self.code_address(request),
            view=sent.view,
            sent_at=words.date_time(sent.case.received_at, lang),
            where=where,
            closing=[speaker.text(key, due=due) for key in closing],
            own_copy=organisation.kind(sent.case.kind).own_copy,
        )

    def _notes(self, speaker: Speaker, note: Said | None) -> list[str]:
        if isinstance(note, Removed):
            known = {pattern.id for pattern in speaker.intake.patterns[speaker.lang]}
            return [speaker.text(removed_key(each)) for each in note.identities if each in known]
        if note is None or note is Note.SHOWN:
            return []
        said = [speaker.text(NOTE_KEYS[note])]
        more = NOTE_ADDS.get(note)
        return [*said, speaker.text(more)] if more else said

    def draw(
        self,
        request: web.Request,
        name: str,
        token: str,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        revision: int | None = None,
        **context: object,
    ) -> web.Response:
        """A page of this template, with what every page needs."""
        own = {CSRF_FIELD: csrf_token(self.parts.csrf_key, token), "input": self.parts.new_token()}
        if revision is not None:
            own["revision"] = str(revision)
        parts = self._parts(request)
        if self.parts.led_to(request.path):
            own["from"] = request.path
        lang = request.get(LANGUAGE, self.parts.intake.languages[0])
        others = [
            (code, self.parts.words.name_of(code)) for code in self.parts.intake.languages if code != lang
        ]
        basics = {
            "own": own,
            "numbers": parts.numbers,
            "others": others,
            "bare": False,
            "words_in": None,
            "has_rights": self.parts.intake.rules.organisation.rights is not None,
            "notes": [],
            "at": request.path if request.path in PAGES or self.parts.led_to(request.path) else "/",
            "idle": False,
            "idle_seconds": int(DOOR_IDLE.total_seconds()) - WARN_MINUTES * 60,
            "idle_minutes": WARN_MINUTES,
        }
        return parts.frame.pages.html(request, name, status=status, headers=headers, **{**basics, **context})


def _is_words(form: Form, name: str) -> bool:
    # A chosen code is sent again as it was; only what was typed is shown to be read again.
    return (
        form.get("kind") in {"text", "contact", "place", "date", "number", "letter"}
        or name not in _LONG_WORDS
    )
