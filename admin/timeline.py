"""The timeline in words: who did what, with the codes that belong to it said out loud."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from triage.cases.case import CaseEvent, EventKind
from triage.ids import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Says events in the language of the page."""

    text: Callable[[str], str]
    has: Callable[[str], bool]
    when: Callable[[datetime], str]
    names: Mapping[PersonId, str]
    codes: Mapping[str, str] = field(default_factory=dict)
    """The case at the other end of a link, by the link's id."""

    def line(self, event: CaseEvent) -> str:
        """One line, without the words that may stand under it."""
        written_down = event.kind is EventKind.RECEIVED and "source" in event.facts
        said = self.text("console.event.taken_down" if written_down else f"console.event.{event.kind}")
        details = [detail for detail in self._details(event) if detail]
        line = f"{said}: {'; '.join(details)}" if details else said
        name = None if event.by is None else self.names.get(event.by)
        return f"{name} · {line}" if name else line

    def _details(self, event: CaseEvent) -> list[str]:
        facts = event.facts
        match event.kind:
            case EventKind.DECIDED:
                return [
                    self._named("outcome.", facts.get("outcome")),
                    *(
                        self.text(f"console.fact.{name}.{facts[name]}")
                        for name in ("local_action", "to_unit")
                        if facts.get(name) in {"yes", "no"}
                    ),
                ]
            case EventKind.CONFIRMED | EventKind.CONFIRMATION_DECLINED | EventKind.RECEIPT_RECORDED:
                return [self._named("outcome.", facts.get("outcome"))]
            case EventKind.ACUTE_ANSWERED:
                return [self._named("console.action.", facts.get("action"))]
            case EventKind.ESCALATED:
                return [
                    self._named("clock.", facts.get("policy")),
                    self._named("console.milestone.", facts.get("milestone")),
                ]
            case EventKind.NEXT_STEP | EventKind.TASK_MADE:
                return [self._person(facts.get("owner")), self._instant(facts.get("due"))]
            case EventKind.CLAIMED | EventKind.TASK_TAKEN:
                return [self._person(facts.get("taken_over_from"), "console.fact.taken_over")]
            case EventKind.RECEIVED:
                if "source" not in facts:
                    return [self._named("console.channel.", facts.get("channel"))]
                return [
                    self._named("console.source.", facts["source"]),
                    f"{self.text('console.fact.received')} {self._instant(facts.get('received'))}",
                    self._named("console.late.", facts.get("late")),
                ]
            case EventKind.CONTACT_ENDED:
                return [
                    self._named("console.fact.ended_by.", facts.get("ended_by")),
                    self._named("console.fact.pending.", facts.get("pending")),
                ]
            case _:
                return self._of_contact(event)

    def _of_contact(self, event: CaseEvent) -> list[str]:
        """Details of what was said about the contact itself: what kind it is, and what was done about more words."""
        facts = event.facts
        match event.kind:
            case EventKind.KIND_CHANGED | EventKind.KIND_ASKED | EventKind.KIND_DECLINED:
                told = facts.get("told")
                return [
                    f"{self._named('kind.', facts.get('from'))} → {self._named('kind.', facts.get('to'))}",
                    self.text(f"console.fact.told.{told}") if told in {"yes", "no"} else "",
                    self._named("untold.", facts.get("because")),
                ]
            case EventKind.ADDITION_SEEN:
                return [self._named("console.seen.", facts.get("did"))]
            case EventKind.CLOCK_STARTED | EventKind.CLOCK_WENT_ON:
                return [self._named("clock.", facts.get("policy")), self._instant(facts.get("due"))]
            case EventKind.CLOCK_STOPPED:
                result = self._named("clock.result.", facts.get("result"))
                return [self._named("clock.", facts.get("policy")), result]
            case EventKind.CLOCK_PAUSED:
                return [
                    self._named("clock.", facts.get("policy")),
                    self._named("clock.pause.", facts.get("reason")),
                ]
            case EventKind.KEPT_OUT | EventKind.LET_BACK_IN | EventKind.RELEASED:
                held = self.text("console.fact.held_it") if facts.get("held") == "yes" else ""
                return [self._person(facts.get("person")), held]
            case EventKind.CALLED:
                return [self._named("console.called.", facts.get("did"))]
            case EventKind.ACKNOWLEDGED | EventKind.CLIMBED | EventKind.QUIET_OVER:
                return self._of_ladder(facts)
            case _:
                return self._of_staff(event)

    def _of_staff(self, event: CaseEvent) -> list[str]:
        """Details of what was asked of authorities and of each other, of who else was told, and of what a note is."""
        facts = event.facts
        if event.kind is EventKind.HANDED_TO:
            receiver = facts.get("receiver", "")
            key = f"receiver.{receiver}.name"
            return [self.text(key) if self.has(key) else receiver, self._instant(facts.get("at"))]
        if event.kind is EventKind.NOTE:
            return [self._named("console.note.mark.", facts.get("mark"))]
        if event.kind is EventKind.REPLY_NOT_SENT:
            return [self._named("refused.", facts.get("why"))]
        if event.kind is EventKind.IDENTITY_READ:
            return [self._named("console.identity.alone.", facts.get("alone"))]
        if event.kind in {EventKind.IDENTITY_AGREED, EventKind.IDENTITY_DECLINED}:
            return [self._person(facts.get("person"))]
        # What was asked of an authority names one, and so does what a rule proposes; a link names the other case.
        return [
            self._named("authority.", facts.get("authority")),
            self._named("outcome.", facts.get("outcome")),
            self._named("clock.", facts.get("clock")),
            self._named("console.unit.says.", facts.get("says")),
            self.codes.get(facts.get("link", ""), ""),
        ]

    def _of_ladder(self, facts: Mapping[str, str]) -> list[str]:
        """Whose notice it was, who said nothing, who is told, and until when it is quiet."""
        until = self._instant(facts.get("until"))
        return [
            self._named("clock.", facts.get("policy")),
            self._role("console.fact.silent", facts.get("silent")),
            self._role("console.fact.told_now", facts.get("told")),
            f"{self.text('console.fact.until')} {until}" if until else "",
        ]

    def _role(self, key: str, code: str | None) -> str:
        return f"{self.text(key)} {self._named('role.', code)}" if code else ""

    def _named(self, prefix: str, code: str | None) -> str:
        """The text of a stored code; the code itself where the catalogues do not have it."""
        if not code:
            return ""
        key = f"{prefix}{code}"
        return self.text(key) if self.has(key) else code

    def _person(self, given: str | None, key: str = "") -> str:
        try:
            name = self.names[PersonId(UUID(given or ""))]
        except (ValueError, KeyError):
            return ""
        return f"{self.text(key)} {name}" if key else name

    def _instant(self, given: str | None) -> str:
        return self.when(datetime.fromisoformat(given)) if given else ""
