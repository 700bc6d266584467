"""A person who talks to the pure step alone: what every channel must agree with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from handlers.dialog.draft import Draft, dumps, loads
from handlers.dialog.flow import PlaceQuestion
from handlers.dialog.inputs import (
    Acknowledge,
    Answer,
    Back,
    BlurFinding,
    Done,
    DontKnow,
    Edit,
    Input,
    Keep,
    KeepAllFindings,
    KeepFinding,
    Language,
    LeaveOffer,
    RemoveFinding,
    Resume,
    Skip,
    SkipPart,
    Submit,
    TakeOffer,
    Toggle,
    Unsupported,
)
from handlers.dialog.intake import Intake
from handlers.dialog.replies import AcuteRaised, Ask, IdentityRemoved, Stale, Standing, Submitted
from handlers.dialog.step import begin, current, step
from tests.support.transcripts import (
    BACK,
    GO_ON,
    KEEP,
    OLD_BUTTON,
    RESTART,
    SKIP,
    SUBMIT,
    UNKNOWN,
    VOICE,
    Act,
    Choose,
    Decide,
    EditQuestion,
    GivePart,
    Leave,
    Offer,
    Plain,
    Press,
    Say,
    Tap,
    Tick,
)


class EnginePerson:
    """Plays a transcript by the pure step; `standing` is where it stands and `submitted` the report."""

    def __init__(self, intake: Intake, *, at: datetime, facts: frozenset[str] = frozenset()) -> None:
        self.lacking = False
        self.intake = intake
        self.submitted: Submitted | None = None
        self.alarms: list[str] = []
        self.removed = 0
        """Identity numbers taken out by the latest act."""
        self._at = at
        self._facts = facts
        self.draft: Draft = begin(intake.flows, context=intake.context(None, at=at, facts=facts))
        self.standing: Standing = self._current()

    @property
    def language(self) -> str:
        """The language of the talk."""
        return self.draft.language or self.intake.languages[0]

    async def open(self) -> None:
        """Nothing is needed to begin."""

    def sees(self) -> str:
        """What the step said, as data."""
        return repr(self.standing)

    async def do(self, act: Act) -> None:
        """Take the act as inputs."""
        self.removed = 0
        if act == RESTART:
            self.draft = loads(dumps(self.draft))
            self.standing = self._current()
        elif act == SKIP and (asked := self._contact_asked()) is not None:
            if isinstance(self.standing, Ask) and self.standing.part and self.standing.part.required:
                self._take(Skip())
            while self._contact_asked() == asked:
                self._take(SkipPart())
        elif isinstance(act, Tick):
            self._tick(act.codes)
        else:
            self._take(self._input(act))

    def _contact_asked(self) -> str | None:
        now = self.standing
        return now.question.id if isinstance(now, Ask) and now.part is not None else None

    def _tick(self, codes: tuple[str, ...]) -> None:
        assert isinstance(self.standing, Ask)
        for code in {*codes} ^ {*self.standing.selected}:
            self._take(Toggle(code))
        self._take(Done())

    def _input(self, act: Act) -> Input:  # noqa: C901 - one case per act, and none may be missing
        match act:
            case Choose(code=code):
                return Language(code)
            case Tap(code=code):
                return Answer(raw=code)
            case Say(text=text):
                return Answer(raw=text)
            case Press(code=code):
                return Acknowledge(code)
            case GivePart(text=text):
                return Answer(raw=text) if text else SkipPart()
            case EditQuestion(question=question):
                return Edit(question)
            case Offer(section=section):
                return TakeOffer(section)
            case Leave(section=section):
                return LeaveOffer(section)
            case Decide(how=how, finding=finding):
                revision = self.draft.revision
                return KeepAllFindings(revision) if finding == "all" else _DECISIONS[how](finding, revision)
            case Plain():
                return _PLAIN[act.name]
            case Tick():
                raise AssertionError("several options are ticked one by one")

    def _take(self, given: Input) -> None:
        context = self.intake.context(self.draft, at=self._at, facts=self._facts)
        stepped = step(self.intake.flows, self.draft, given, context=context)
        self.draft = stepped.draft
        for event in stepped.events:
            if isinstance(event, AcuteRaised):
                self.alarms.append(event.trigger)
            elif isinstance(event, IdentityRemoved):
                self.removed += sum(event.found.values())
        reply = stepped.reply
        if isinstance(reply, Submitted):
            self.submitted = reply
        else:
            self.standing = reply.current if isinstance(reply, Stale) else reply

    def _current(self) -> Standing:
        context = self.intake.context(self.draft, at=self._at, facts=self._facts)
        return current(self.intake.flows, self.draft, context=context)


_DECISIONS: Mapping[str, Callable[[str, int], Input]] = {
    "stand": KeepFinding,
    "blur": BlurFinding,
    "remove": RemoveFinding,
}
_PLAIN: Mapping[str, Input] = {
    GO_ON.name: Acknowledge(),
    SKIP.name: Skip(),
    UNKNOWN.name: DontKnow(),
    BACK.name: Back(),
    KEEP.name: Keep(),
    SUBMIT.name: Submit(),
    OLD_BUTTON.name: Resume(),
    VOICE.name: Unsupported("voice"),
}


def stored_parts(intake: Intake, report: Submitted) -> dict[str, dict[str, Any]]:
    """How a report must lie in the store: in clear, sealed, and sealed apart because it says who somebody is."""
    flow = intake.flows.by_id[report.flow_id]
    parts: dict[str, dict[str, Any]] = {"clear": {}, "body": dict.fromkeys(report.unknown), "identity": {}}
    for _, question in flow.questions():
        if question.id not in report.answers:
            continue
        part = "clear" if question.clear else "identity" if question.identity else "body"
        parts[part][question.id] = plain(report.answers[question.id])
    return parts


def plain(value: object) -> object:
    """An answer as comparisons see it: sequences are lists, mappings are dictionaries."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def place_of(intake: Intake, report: Submitted) -> str | None:
    """The place that a report is about."""
    for _, question in intake.flows.by_id[report.flow_id].questions():
        if isinstance(question, PlaceQuestion) and question.id in report.answers:
            return str(report.answers[question.id])
    return None
