"""The phone desk: staff write down what somebody tells them, question by question, as every channel asks it.

One question stands on a page, as it is read out: an answer that speaks of danger raises the alarm when it is given and
not when a page full of answers is sent, and what is asked next follows from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, assert_never
from uuid import UUID

from aiohttp import web

from admin.desk import Desk, Visit, Wrong, once, see_other
from admin.parts import HOME, Entrance
from admin.taking_down import HandedOver, Repeated, Written, begin, drop, give, look, mine
from admin.times import NotATime, Skipped, Twice, instant
from handlers.dialog.given import SEVERAL, input_of, typed_of
from handlers.dialog.inputs import Edit, Input, Language
from handlers.dialog.intake import Sent, Taken
from handlers.dialog.keys import removed_key
from handlers.dialog.replies import Ask, Review, ShowCard, Stale, Standing
from handlers.dialog.say import Speaker
from handlers.web.addresses import CODE_PAGE, address_of
from handlers.web.forms import Form
from triage.cases.records import Late, Source
from triage.ids import ConversationId
from triage.refusals import Reason, Refused

CONTACT = f"{HOME}/contact"
_REFUSED = 422
_CONFLICT = 409
_GONE = 410
_STALE, _ASIDE, _REMOVED = "stale", "aside", "removed"
"""What the next page says once; the last with the kinds of what was taken out behind it."""
_NOTES = {_STALE: "chat.stale", _ASIDE: "web.not_saved_text_kept"}
_FIELD_OF = {
    Reason.RECEIVED_BEFORE_US: "date",
    Reason.RECEIVED_IN_FUTURE: "date",
    Reason.RECEIVED_LONG_AGO: "late",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opening:
    """The small form before the first question, as far as it could be read."""

    entrance: Entrance | None
    source: Source | None
    received_at: datetime | None
    late: Late | None
    language: str
    wrong: tuple[Wrong, ...] = ()
    twice: Twice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneDesk:
    """`/desk/contact` and `/desk/contact/{draft}`."""

    desk: Desk

    async def ask(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """The small form, and what this person has begun and not sent."""
        return await self._opening_page(request, visit, None, status=200)

    async def open(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Begin; what is refused comes back with all that was typed."""
        form = await self.desk.form(request, session=visit.token)
        opening = self._read(form)
        if opening.wrong or opening.entrance is None or opening.source is None or opening.received_at is None:
            return await self._opening_page(request, visit, form, status=_REFUSED, opening=opening)
        begun = await self.desk.parts.store.write_repeatable(
            begin,
            self.desk.parts.rules,
            opening.entrance,
            by=visit.by,
            source=opening.source,
            received_at=opening.received_at,
            late=opening.late,
            language=opening.language,
            key=once(request, form, by=visit.by),
        )
        if isinstance(begun, Refused):
            wrong = Wrong(_FIELD_OF.get(begun.reason, "date"), f"refused.{begun.reason}")
            return await self._opening_page(
                request, visit, form, status=_REFUSED, opening=opening, wrong=(wrong,)
            )
        return see_other(CONTACT if isinstance(begun, Repeated) else f"{CONTACT}/{begun}")

    async def see(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """The question that is asked now; once it is sent, the case."""
        seen = await self._seen(request, visit)
        if seen.case is not None:
            return see_other(f"{HOME}/case/{seen.case.code}")
        return self._page(request, visit, seen, note=request.query.get("note", ""))

    async def take(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """One input: taken once, answered by a redirect to the page as it then stands."""
        form = await self.desk.form(request, session=visit.token)
        parts, draft = self.desk.parts, _draft(request)
        if form.get("act") == "drop":
            await parts.store.write(drop, conversation_id=draft, by=visit.by)
            return see_other(CONTACT)
        given = input_of(form)
        if given is None:
            raise web.HTTPBadRequest
        done = await parts.store.write_repeatable(
            give,
            dict(parts.hotlines),
            conversation_id=draft,
            by=visit.by,
            given=given,
            key=once(request, form, by=visit.by),
        )
        match done:
            case None:
                texts = [text for text in typed_of(form).values() if text]
                return self.desk.page(request, "contact_over.html", visit=visit, status=_GONE, texts=texts)
            case HandedOver():
                return self._handed_over(request, visit, done)
            case Repeated() if _leaves_words(given, form):
                return await self._with_words(request, visit, form)
            case Repeated():
                return see_other(f"{CONTACT}/{draft}")
            case Taken(is_accepted=True) if _leaves_words(given, form):
                return await self._with_words(request, visit, form)
            case Taken():
                return await self._taken(request, visit, form, done)
            case _:
                assert_never(done)

    async def _taken(
        self, request: web.Request, visit: Visit, form: Form, taken: Taken
    ) -> web.StreamResponse:
        reply, typed = taken.reply, typed_of(form)
        stale = isinstance(reply, Stale)
        note = _STALE if stale else ".".join((_REMOVED, *taken.removed)) if taken.removed else ""
        now = reply.current if isinstance(reply, Stale) else reply
        if isinstance(now, Sent) or not (any(typed.values()) if stale else now.error):
            return see_other(f"{CONTACT}/{_draft(request)}", {"note": note} if note else None)
        # What was not taken is shown with the reason and the words, so no redirect: it is kept nowhere.
        seen = await self._seen(request, visit)
        status = _CONFLICT if stale else _REFUSED
        return self._page(request, visit, seen, at=now, typed=typed, note=note, status=status)

    async def _with_words(self, request: web.Request, visit: Visit, form: Form) -> web.StreamResponse:
        """The page after another button than the question's own, with what was typed so far: it is kept nowhere."""
        seen = await self._seen(request, visit)
        if seen.standing is None:
            return see_other(f"{CONTACT}/{_draft(request)}")
        asked = seen.standing.question.id if isinstance(seen.standing, Ask) else None
        same, several = asked == form.get("question"), form.get("kind") == SEVERAL
        return self._page(
            request,
            visit,
            seen,
            typed={} if several else typed_of(form),
            ticked=form.all("answer") if several and same else (),
            note="" if same else _ASIDE,
        )

    def _read(self, form: Form) -> _Opening:
        parts = self.desk.parts
        rules, wrong = parts.rules, []
        entrance = parts.hotlines.get(form.get("hotline"))
        if entrance is None:
            wrong.append(Wrong("hotline", "console.contact.hotline_missing"))
        source = next(
            (each for each in rules.organisation.taking_down.sources if each == form.get("source")), None
        )
        if source is None:
            wrong.append(Wrong("source", "console.contact.source_missing"))
        language = form.get("language")
        if entrance is not None and language not in entrance.intake.languages:
            wrong.append(Wrong("language", "console.contact.language_missing"))
        found = instant(rules.calendar, date=form.get("date"), time=form.get("time"), which=form.get("which"))
        received_at, twice = None, None
        match found:
            case NotATime(field=name):
                wrong.append(Wrong(name, f"console.time.no_{name}"))
            case Skipped():
                wrong.append(Wrong("time", "console.time.skipped"))
            case Twice():
                twice = found
                wrong.append(Wrong("which", "console.time.twice"))
            case _:
                received_at = found
        late = next((each for each in Late if each == form.get("late")), None)
        return _Opening(
            entrance=entrance,
            source=source,
            received_at=received_at,
            late=late,
            language=language,
            wrong=tuple(wrong),
            twice=twice,
        )

    async def _opening_page(
        self,
        request: web.Request,
        visit: Visit,
        form: Form | None,
        *,
        status: int,
        opening: _Opening | None = None,
        wrong: tuple[Wrong, ...] = (),
    ) -> web.StreamResponse:
        parts = self.desk.parts
        here = parts.rules.calendar.local(visit.now)
        first = next(iter(parts.hotlines.values())).intake.languages
        fresh = Form(
            {
                "date": (here.date().isoformat(),),
                "time": (here.strftime("%H:%M"),),
                "language": (first[0],),
                "hotline": (next(iter(parts.hotlines)) if len(parts.hotlines) == 1 else "",),
            }
        )
        found = (*(opening.wrong if opening else ()), *wrong)
        began = await parts.store.read(mine, by=visit.by)
        return self.desk.page(
            request,
            "contact.html",
            visit=visit,
            status=status,
            typed=form or fresh,
            wrong={each.field: self.desk.say(request, each.key) for each in found},
            twice=opening.twice if opening else None,
            ask_late=any(each.field == "late" for each in found) or (form is not None and "late" in form),
            hotlines=[(each, self.desk.say(request, f"hotline.{each}.name")) for each in parts.hotlines],
            sources=parts.rules.organisation.taking_down.sources,
            languages=[(code, parts.words.name_of(code)) for code in first],
            whys=tuple(Late),
            began=began,
        )

    async def _seen(self, request: web.Request, visit: Visit) -> Written:
        parts = self.desk.parts
        seen = await parts.store.read(
            look, dict(parts.hotlines), conversation_id=_draft(request), by=visit.by
        )
        if seen is None:
            raise web.HTTPNotFound
        return seen

    def _page(
        self,
        request: web.Request,
        visit: Visit,
        seen: Written,
        *,
        at: Standing | None = None,
        typed: dict[str, str] | None = None,
        ticked: tuple[str, ...] = (),
        note: str = "",
        status: int = 200,
    ) -> web.StreamResponse:
        now = at or seen.standing
        speaker = self._speaker(seen.conversation.hotline, seen.conversation.language)
        entrance = self.desk.parts.hotlines[seen.conversation.hotline]
        language = speaker.lang
        context: dict[str, Any] = {"view": None, "card": None, "review": False, "kept": [], "error": None}
        match now:
            case Ask():
                # Typed for another question: shown, and never put into the field of this one.
                stale = typed if note in _NOTES else None
                view = speaker.ask(now, None if stale else typed)
                context["view"] = replace(view, chosen=ticked) if ticked else view
                context["kept"] = [text for text in (stale or {}).values() if text]
            case ShowCard():
                said = seen.who_sees.say(entrance.words, language, now=seen.now) if seen.who_sees else None
                context["card"] = speaker.card(now, who_sees=said)
            case Review():
                context["review"] = True
                context["telling"] = speaker.telling(now)
                context["offers"] = speaker.offers(now)
                context["error"] = speaker.invalid(now.error, owner="", question="") if now.error else None
            case _:
                pass
        return self.desk.page(
            request,
            "contact_talk.html",
            visit=visit,
            status=status,
            here=f"{CONTACT}/{seen.taken.conversation_id}",
            taken=seen.taken,
            hotline=seen.conversation.hotline,
            spoken=language,
            direction=entrance.words.direction(language),
            others=[
                (code, entrance.words.name_of(code)) for code in entrance.intake.languages if code != language
            ],
            revision=now.revision if now is not None else 0,
            lines=speaker.lines(now.items if isinstance(now, Review) else seen.passed),
            note=speaker.text(_NOTES[note]) if note in _NOTES else "",
            removed=self._removed(entrance, speaker, note),
            s=speaker.text,
            **context,
        )

    def _removed(self, entrance: Entrance, speaker: Speaker, note: str) -> list[str]:
        kind, *identities = note.split(".")
        known = {pattern.id for pattern in entrance.intake.patterns[speaker.lang]}
        return [speaker.text(removed_key(each)) for each in identities if kind == _REMOVED and each in known]

    def _handed_over(self, request: web.Request, visit: Visit, done: HandedOver) -> web.StreamResponse:
        speaker = self._speaker(done.case.hotline, None)
        public_url = self.desk.parts.public_url
        return self.desk.page(
            request,
            "contact_sent.html",
            visit=visit,
            case=done.case,
            taken=done.taken,
            code="" if done.code is None else done.code.written,
            where=None if public_url is None else address_of(request, CODE_PAGE, public_url=public_url),
            lines=speaker.lines(done.told),
        )

    def _speaker(self, hotline: str, language: str | None) -> Speaker:
        entrance = self.desk.parts.hotlines[hotline]
        return Speaker(
            intake=entrance.intake, words=entrance.words, lang=language or entrance.intake.languages[0]
        )


def _leaves_words(given: Input, form: Form) -> bool:
    """Whether another button was pressed while something stood in the field of a question."""
    return isinstance(given, Language | Edit) and "question" in form and any(typed_of(form).values())


def _draft(request: web.Request) -> ConversationId:
    try:
        return ConversationId(UUID(request.match_info["draft"]))
    except ValueError as error:
        raise web.HTTPNotFound from error
