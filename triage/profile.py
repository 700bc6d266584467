"""What an organisation says about itself, as far as the core needs it: read once, frozen, handed down.

Stored values are codes. Words belong to the text catalogues: a role `chair` is shown as the text `role.chair`.
"""

from __future__ import annotations

import datetime as dtm
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self, TypeVar

from pydantic import Field, StringConstraints, model_validator

from triage.cases.person_marks import PersonSearch
from triage.cases.taking_down import TakingDown
from triage.clocks.calendar import OpeningHours, Period
from triage.kinds import (
    Additions,
    Coordination,
    CountedAs,
    Receiver,
    ReporterKind,
    StandardAnswer,
    TriageOutcome,
)
from triage.parts import Code, Part, TextKey
from triage.patterns import FindingRule, IdentityNumber
from triage.reaching import Calls, NoticeChoice, SafeHours

_P = TypeVar("_P", bound=Part)


class Organisation(Part):
    """Whose instance this is. `languages` are the complete ones; the first stands in for the others."""

    name: Mapping[str, str]
    unit: str
    zone: str
    languages: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _name_in_every_language(self) -> Self:
        missing = set(self.languages) - set(self.name)
        if missing:
            raise ValueError(f"name is missing in {', '.join(sorted(missing))}")
        return self


class PhoneNumber(Part):
    """A telephone number that texts may name as `{number_<id>}`; `last_checked` is the day a person made sure of it.

    An `emergency` number is never called to try it, so nobody is asked to note that it was.
    """

    id: Code
    number: str = Field(pattern=r"^\+?[0-9 ]{3,20}$")
    last_checked: dtm.date | None = None
    emergency: bool = False
    source: str = ""

    @property
    def dialled(self) -> str:
        """The number without spaces, as a `tel:` address takes it."""
        return self.number.replace(" ", "")


class PlacesMode(StrEnum):
    """Which municipalities a hotline takes concerns from."""

    OWN = "own"
    ALL = "all"


class SensitiveMode(StrEnum):
    """Where sensitive questions may be answered on Telegram."""

    CHOICE = "choice"
    HANDOVER = "handover"
    CHAT = "chat"


class TelegramRules(Part):
    """A hotline's rules for Telegram; a flow that is not named is handed over to the secure page.

    Without `enabled` no start of the bot leads to the hotline; the first hotline's is the bot's own.
    """

    enabled: bool = True
    sensitive: Mapping[str, SensitiveMode] = {}

    def mode(self, flow_id: str) -> SensitiveMode:
        """Where the sensitive questions of a flow may be answered."""
        return self.sensitive.get(flow_id, SensitiveMode.HANDOVER)


class Hotline(Part):
    """One entrance, shown as `hotline.<id>.name`, with its telephone hours as `hotline.<id>.hours`.

    `number` names a phone number; `staffed` is when somebody reads what comes in, which telephone hours say nothing
    of. The first hotline is met at the front door; `word` leads to a further one, as a path of the web address and
    behind `start` in a link to the bot, so it must tell a bystander nothing.
    """

    id: Code
    number: Code
    word: str = Field(default="", pattern=r"^[a-z0-9]{0,40}$")
    staffed: OpeningHours
    telephone: OpeningHours | None = None
    """When the telephone is answered, where that is known; `hotline.<id>.hours` says the same in words."""
    telephone_on_closed_days: bool = False
    places: PlacesMode
    own_municipalities: tuple[str, ...]
    flows: tuple[Code, ...] = Field(min_length=1)
    telegram: TelegramRules = TelegramRules()


class Rights(Part):
    """Whom a person turns to about what is written of them; what is empty, the hotline's number stands in for.

    With it there is a page for them, in the texts `rights.…`; `rights.authority` names who watches over it.
    """

    write_to: str = Field(default="", pattern=r"^([^@\s]+@[^@\s]+|https://\S+)?$")
    """A mail address or a form of the house's own."""
    dpo_mail: str = Field(default="", pattern=r"^([^@\s]+@[^@\s]+)?$")
    authority_number: str = Field(default="", pattern=r"^(\+?[0-9 ]{3,20})?$")
    authority_address: str = ""
    authority_site: str = Field(default="", pattern=r"^(https://\S+)?$")


class Authority(Part):
    """A body that may be told or asked; shown as the text `authority.<code>`."""

    code: Code
    outside: bool = False


class Role(Part):
    """A role of staff, shown as `role.<code>`. `cases` is false for roles that never read a case."""

    code: Code
    cases: bool = True
    per_authority: bool = False


class LadderStep(Part):
    """One rung of the escalation ladder, lowest first; not acknowledged in time, the next one is told."""

    level: int = Field(ge=0)
    role: Code
    acute_minutes: int = Field(gt=0)
    staffed_hours: int = Field(gt=0)
    counts_only: bool = False


HELP = "help"
"""The card that every profile has: its numbers are one tap away from every step."""


class EmergencyCard(Part):
    """What a flow's card is worth beside its text: the numbers offered for dialling, in this order."""

    id: Code
    numbers: tuple[Code, ...] = Field(min_length=1)


class LegalBasis(Part):
    """A rule that a disclosure may rest on; shown as `basis.<id>`."""

    id: Code
    law: str
    place: str


class AcuteTrigger(Part):
    """What starts `clock` at once, pulled by the answers that a flow marks with its id, or by staff.

    `wakes` pages the officer on duty at night; the others wait for staffed hours and stand first. Shown as
    `trigger.<id>`.
    """

    id: Code
    wakes: bool
    clock: Code = "acute_check"


class Forwarding(Part):
    """Where a reporter says whether a worry may be sent on: a question stored in clear, and its codes."""

    question: Code
    yes: Code
    no: Code


class CalendarRules(Part):
    """The public holidays of `country` (ISO 3166) and own closed days, each `MM-DD` or `YYYY-MM-DD`."""

    country: str = Field(pattern=r"^[A-Z]{2}$")
    closed: tuple[Annotated[str, StringConstraints(pattern=r"^(\d{4}-)?\d{2}-\d{2}$")], ...] = ()
    daytime: Period = Period(start=dtm.time(8), end=dtm.time(21))
    """When a notice that cannot wait for staffed hours, and wakes nobody, may reach a person, on any day."""


class TextRule(Part):
    """A sentence that some reporters are told in other words: `use` stands in for `text` when all conditions hold.

    Without `use` they are not told it at all. `kinds` names the kinds of contact it is about, all of them if empty.
    """

    text: TextKey
    use: TextKey | None = None
    kinds: tuple[Code, ...] = ()
    when: Mapping[str, tuple[str, ...]] = {}

    def holds(self, answers: Mapping[str, object], *, kind: str) -> bool:
        """Whether it is about this kind, and every named question was answered with one of its options."""
        if self.kinds and kind not in self.kinds:
            return False
        return all(answers.get(question) in options for question, options in self.when.items())


class RoutingRule(Part):
    """If `when` holds, a person is shown these proposals; a rule without `when` is one for staff to pull."""

    id: Code
    when: Mapping[str, tuple[str, ...]] = {}
    authorities: tuple[Code, ...] = ()
    clocks: tuple[Code, ...] = ()
    outcome: Code | None = None
    note: TextKey


class RetentionAct(StrEnum):
    """What happens when the time is up."""

    ERASE = "erase"
    COUNTS_ONLY = "counts_only"
    PSEUDONYMISE = "pseudonymise"


class RetentionRule(Part):
    """How long something is kept, counted from an event. `keep` is written `24h`, `30d` or `6mo`."""

    id: Code
    counted_from: Code
    keep: str = Field(pattern=r"^\d+(h|d|mo)$")
    then: RetentionAct


class SignedOff(Part):
    """Who signed the texts, when, and the fingerprint of what was signed."""

    who: str
    date: dtm.date
    fingerprint: str


class NeutralNames(Part):
    """What a bystander may see on a screen, per language; none of it may contain a telling word."""

    bot: Mapping[str, str]
    page: Mapping[str, str]
    exit_url: str = Field(pattern=r"^https://")
    """Where the quick exit leads: a page that says nothing about who left for it."""


class OrganisationProfile(Part):
    """The table of contents: everything of `profile.toml`."""

    organisation: Organisation
    names: NeutralNames
    telling_words: tuple[str, ...] = ()
    number: tuple[PhoneNumber, ...]
    hotline: tuple[Hotline, ...] = Field(min_length=1)
    authority: tuple[Authority, ...] = ()
    role: tuple[Role, ...] = ()
    ladder: tuple[LadderStep, ...] = ()
    card: tuple[EmergencyCard, ...] = ()
    safe_hours: SafeHours | None = None
    calls: Calls | None = None
    notice_choice: tuple[NoticeChoice, ...] = ()
    rights: Rights | None = None
    forwarding: Forwarding | None = None
    identity_number: tuple[IdentityNumber, ...] = ()
    finding: tuple[FindingRule, ...] = ()
    legal_basis: tuple[LegalBasis, ...] = ()
    reporter_kind: tuple[ReporterKind, ...] = Field(min_length=1)
    additions: Additions | None = None
    coordination: Coordination | None = None
    answer: tuple[StandardAnswer, ...] = ()
    outcome: tuple[TriageOutcome, ...] = ()
    receiver: tuple[Receiver, ...] = ()
    acute: tuple[AcuteTrigger, ...] = ()
    taking_down: TakingDown = TakingDown()
    person_search: PersonSearch = PersonSearch()
    text_rule: tuple[TextRule, ...] = ()
    calendar: CalendarRules
    signed_off: SignedOff | None = None

    @model_validator(mode="after")
    def _further_hotlines_have_words(self) -> Self:
        words = [each.word for each in self.hotline]
        if words[0]:
            raise ValueError("the first hotline is met at the front door and has no word")
        if not all(words[1:]) or len(set(words)) < len(words):
            raise ValueError("every further hotline has a word of its own")
        return self

    def get_hotline(self, hotline_id: str) -> Hotline:
        """The hotline of this id; raises `KeyError` when there is none."""
        return _named(self.hotline, "id", hotline_id)

    def get_number(self, number_id: str) -> PhoneNumber:
        """The phone number of this id; raises `KeyError` when there is none."""
        return _named(self.number, "id", number_id)

    def get_card(self, card_id: str) -> EmergencyCard:
        """The emergency card of this id; raises `KeyError` when there is none."""
        return _named(self.card, "id", card_id)

    @model_validator(mode="after")
    def _some_kind_is_a_concern(self) -> Self:
        if all(each.counted_as is not CountedAs.CONCERN for each in self.reporter_kind):
            raise ValueError("no [[reporter_kind]] is counted as a concern")
        return self

    def kind(self, code: str) -> ReporterKind:
        """The kind of this code; one that is not known any more is met as a concern, of which most is asked."""
        known = {each.code: each for each in self.reporter_kind}
        concern = next(each for each in self.reporter_kind if each.counted_as is CountedAs.CONCERN)
        return known.get(code, concern)

    def get_outcome(self, code: str) -> TriageOutcome:
        """The triage outcome of this code; raises `KeyError` when there is none."""
        return _named(self.outcome, "code", code)

    def get_trigger(self, trigger_id: str) -> AcuteTrigger:
        """The acute trigger of this id; raises `KeyError` when there is none."""
        return _named(self.acute, "id", trigger_id)

    def text_for(self, key: str, answers: Mapping[str, object], *, kind: str) -> str | None:
        """The text to show in place of `key` to a reporter of this kind with these answers, or None for no text.

        The first rule that holds decides.
        """
        for rule in self.text_rule:
            if rule.text == key and rule.holds(answers, kind=kind):
                return rule.use
        return key


def _named(parts: tuple[_P, ...], field: str, value: str) -> _P:
    for part in parts:
        if getattr(part, field) == value:
            return part
    raise KeyError(value)
