"""Whatever a person does, in any order: nothing half-answered is sent, and no answer is lost."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from handlers.dialog.answers import Raw, still_fits
from handlers.dialog.draft import Draft, dumps, loads
from handlers.dialog.flow import Choice, Contact, Date, Multi, Notice, Number, PlaceQuestion, Question, Text
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
from handlers.dialog.path import has
from handlers.dialog.replies import Ask, Review, ShowCard, Stale, Submitted
from handlers.dialog.standing import Here, locate
from handlers.dialog.step import begin, current, step
from tests.dialog.example import CONTEXT as BASE
from tests.dialog.example import FLOWS, NUMBER

CONTEXT = replace(BASE, languages=("da", "en"))
QUESTIONS = sorted({question.id for flow in FLOWS.all() for _, question in flow.questions()})
WORDS = st.sampled_from(
    [
        "ja",
        "nej",
        "Aarhus",
        "frederik",
        "2025",
        "3/5",
        "12",
        "010190-1234",
        "20202020 a@b",
        "x" * 60,
        "\x00\u202e",
        "",
    ]
)


def an_answer(question: Question) -> st.SearchStrategy[Raw]:
    match question:
        case Choice():
            return st.sampled_from(question.codes)
        case Multi():
            return st.lists(st.sampled_from(question.codes), unique=True, max_size=3)
        case Text():
            return st.text(max_size=30) | st.sampled_from(["20202020", "20202020 a@b, 30303030"])
        case Date():
            return st.sampled_from(["2025", "1/2/2026", "2026-12-24"])
        case Number():
            return st.integers(-1, 600).map(str)
        case PlaceQuestion():
            return st.sampled_from(["0101", "0751", "unknown", "abroad", "nowhere"])
        case Contact():
            return st.dictionaries(
                st.sampled_from(["name", "email", "phone"]), st.sampled_from(["A", "a@b.dk", "20304050"])
            )
        case Notice():
            return st.just("seen")


class AnyConversation(RuleBasedStateMachine):
    """Every input, valid or not, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.draft = begin(FLOWS, context=CONTEXT)

    @property
    def here(self) -> Here:
        return locate(FLOWS.for_answers(self.draft.answers), self.draft, CONTEXT)

    def give(self, given: Input) -> None:
        before, stood = self.draft, current(FLOWS, self.draft, context=CONTEXT)
        stepped = step(FLOWS, before, given, context=CONTEXT)
        self.draft = stepped.draft
        if isinstance(stepped.reply, Submitted):
            self.sent_only_whole(stood, stepped.reply)
        elif isinstance(stepped.reply, Stale) or stepped.draft == before:
            assert stepped.draft == before
            assert not stepped.events
        else:
            assert stepped.draft.revision == before.revision + 1
        self.lost_nothing(before, given)

    def sent_only_whole(self, stood: object, sent: Submitted) -> None:
        assert isinstance(stood, Review)
        path = self.here.path
        assert all(has(self.draft, asked) for asked in path.asked)
        must = [asked.question.id for asked in path.asked if not asked.skippable]
        assert set(must) <= {*sent.answers, *sent.unknown}
        assert list(sent.answers) == [
            asked.question.id for asked in path.asked if asked.question.id in sent.answers
        ]
        assert not {question.id for _, question in self.here.flow.questions() if question.sensitive} & set(
            sent.clear
        )

    def lost_nothing(self, before: Draft, given: Input) -> None:
        """Only passing a question by, a flow in which the answer cannot stand, or removing all of it takes it away."""
        gone = before.answers.keys() - self.draft.answers.keys()
        passing = isinstance(given, Skip | SkipPart | DontKnow | Answer)
        for name in gone:
            found = self.here.flow.find_question(name)
            fits = found is not None and still_fits(found[1], before.answers[name], places=CONTEXT.places)
            emptied = isinstance(given, RemoveFinding) and given.finding == f"{name}.0"
            assert (passing and name in self.draft.skipped | self.draft.unknown) or emptied or not fits

    @rule(data=st.data())
    def answer_what_is_asked(self, data: st.DataObject) -> None:
        standing = current(FLOWS, self.draft, context=CONTEXT)
        if isinstance(standing, ShowCard):
            self.give(Acknowledge(data.draw(st.sampled_from(standing.card.buttons)), standing.revision))
        elif isinstance(standing, Ask):
            raw = data.draw(an_answer(standing.question))
            self.give(Answer(raw=raw, revision=standing.revision, question=standing.question.id))
        elif not isinstance(standing, Review):
            self.give(Language("da", standing.revision))

    @rule(data=st.data())
    def answer_on_to_the_review(self, data: st.DataObject) -> None:
        for _ in range(25):
            if isinstance(current(FLOWS, self.draft, context=CONTEXT), Review):
                return
            self.answer_what_is_asked(data)

    @rule(raw=WORDS | st.text(max_size=20))
    def type_anything(self, raw: str) -> None:
        self.give(Answer(raw=raw))
        assert not any(NUMBER.regex.search(str(value)) for value in self.draft.answers.values())

    @rule(
        given=st.sampled_from(
            [Back(), Skip(), SkipPart(), DontKnow(), Keep(), Done(), Resume(), Acknowledge()]
        )
    )
    def press(self, given: Input) -> None:
        self.give(given)

    @rule(code=st.sampled_from(["weapons", "prison", "none", "unknown", "forged"]))
    def tick(self, code: str) -> None:
        self.give(Toggle(code))

    @rule(question=st.sampled_from(QUESTIONS))
    def edit(self, question: str) -> None:
        self.give(Edit(question))

    @rule(code=st.sampled_from(["da", "en", "xx"]))
    def change_language(self, code: str) -> None:
        answers = self.draft.answers
        self.give(Language(code))
        assert self.draft.answers == answers

    @rule(section=st.sampled_from(["who", "about"]), take=st.booleans())
    def take_or_leave_an_offer(self, *, section: str, take: bool) -> None:
        self.give(TakeOffer(section) if take else LeaveOffer(section))

    @rule()
    def send_a_voice_message(self) -> None:
        before = self.draft
        self.give(Unsupported("voice"))
        assert self.draft == before

    @precondition(lambda self: isinstance(current(FLOWS, self.draft, context=CONTEXT), Review))
    @rule()
    def submit_the_review(self) -> None:
        self.give(Submit(self.draft.revision))

    @rule(
        kind=st.sampled_from([KeepFinding, BlurFinding, RemoveFinding]),
        code=st.sampled_from(["story.0", "story.1", "weapons_where.0", "danger.0", ""]),
    )
    def decide_about_telling_words(
        self, kind: type[KeepFinding | BlurFinding | RemoveFinding], code: str
    ) -> None:
        before = current(FLOWS, self.draft, context=CONTEXT)
        shown = before.findings if isinstance(before, Review) else ()
        draft = self.draft
        self.give(kind(code, draft.revision))
        assert (self.draft != draft) == any(each.code == code for each in shown)

    @rule()
    def let_all_stand(self) -> None:
        self.give(KeepAllFindings(self.draft.revision))
        after = current(FLOWS, self.draft, context=CONTEXT)
        assert not isinstance(after, Review) or not after.findings

    @rule()
    def submit(self) -> None:
        self.give(Submit())

    @precondition(lambda self: self.draft.revision > 0)
    @rule(age=st.integers(1, 5), data=st.data())
    def press_an_old_button(self, age: int, data: st.DataObject) -> None:
        old = self.draft.revision - age
        assume(old >= 0)
        buttons: list[Input] = [Answer(raw="yes", revision=old), Toggle("prison", old), Back(old), Skip(old)]
        buttons += [
            BlurFinding("story.0", old),
            KeepAllFindings(old),
            Submit(old),
            Edit("danger", old),
            Acknowledge("go_on", old),
            TakeOffer("who", old),
        ]
        given = data.draw(st.sampled_from(buttons))
        before = self.draft
        stepped = step(FLOWS, before, given, context=CONTEXT)
        assert stepped.draft == before
        assert isinstance(stepped.reply, Stale)

    @rule()
    def restart(self) -> None:
        kept = loads(dumps(self.draft))
        assert kept == self.draft
        assert current(FLOWS, kept, context=CONTEXT) == current(FLOWS, self.draft, context=CONTEXT)
        self.draft = kept

    @invariant()
    def the_draft_stands_in_the_flow_that_its_answers_chose(self) -> None:
        flow = FLOWS.for_answers(self.draft.answers)
        assert (self.draft.flow_id, self.draft.fingerprint) == (flow.id, FLOWS.fingerprint(flow))

    @invariant()
    def every_stored_answer_fits_its_question(self) -> None:
        for asked in self.here.path.asked:
            value = self.draft.answers.get(asked.question.id)
            assert value is None or still_fits(asked.question, value, places=CONTEXT.places)


AnyConversation.TestCase.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)
TestAnyConversation = AnyConversation.TestCase
