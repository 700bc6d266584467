"""Plays a transcript on a channel beside the pure step, and looks at what lies in the store afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from handlers.dialog.answers import Why
from handlers.dialog.findings import Finding
from handlers.dialog.keys import card_key, invalid_keys, question_key
from handlers.dialog.replies import Ask, Review, ShowCard
from handlers.dialog.values import said as filled
from handlers.dialog.words import Words
from storage.store import Store
from storage.transaction import Transaction
from tests.support.people.engine import EnginePerson, place_of, plain, stored_parts
from tests.support.transcripts import Expect, Holds, Person, Transcript
from triage.cases.case import Case
from triage.cases.records import Alarm, Submission
from triage.clocks.clock import Clock


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What the store holds, opened."""

    alarms: tuple[Alarm, ...]
    cases: tuple[Case, ...]
    submissions: tuple[Submission, ...]
    clocks: tuple[Clock, ...]


async def play(
    transcript: Transcript, person: Person, model: EnginePerson, words: Words, store: Store | None
) -> None:
    """Play every line on both; what the model stands at must be what the person sees."""
    await person.open()
    await model.open()
    for line in transcript.lines:
        where = f"{transcript.name}:{line.number}"
        said = line.says
        if isinstance(said, Holds):
            continue
        if isinstance(said, Expect):
            kept = await store.read(look) if store is not None else None
            _check_model(said, model, where)
            _check_person(said, person, model, words, where=where, kept=kept)
        else:
            await model.do(said)
            try:
                await person.do(said)
            except (AssertionError, LookupError, TimeoutError) as error:
                raise AssertionError(f"{where}: {said}: {error}") from error


def look(tx: Transaction) -> Kept:
    """Everything of a test's small store."""
    cases = tuple(tx.cases.queue(reader=None, limit=10))
    return Kept(
        alarms=(
            *tx.alarms.waiting(reader=None, limit=10),
            *(each for case in cases for each in tx.alarms.of_case(case.id)),
        ),
        cases=cases,
        submissions=tuple(each for case in cases for each in tx.cases.submissions(case.id, identity=True)),
        clocks=tuple(each for case in cases for each in tx.clocks.of_case(case.id)),
    )


def check_report(transcript: Transcript, model: EnginePerson) -> None:
    """Whether the model's report is the one that the transcript tells of."""
    report = model.submitted
    assert report is not None, f"{transcript.name} was never sent"
    parts = stored_parts(model.intake, report)
    for line in transcript.lines:
        said, where = line.says, f"{transcript.name}:{line.number}"
        if not isinstance(said, Holds):
            continue
        if said.what == "answer":
            question, _, part = said.name.partition(".")
            value = plain(report.answers.get(question))
            found = value.get(part) if part and isinstance(value, dict) else value
            written = " ".join(map(str, found if isinstance(found, list) else [found]))
            assert written == said.value, where
        elif said.what == "no answer":
            assert said.name not in report.answers, where
        elif said.what == "sealed":
            assert said.name in parts["identity"], where


def check_kept(transcript: Transcript, model: EnginePerson, kept: Kept) -> None:
    """Whether exactly that report lies in the store, and as a case with its clock."""
    report = model.submitted
    assert report is not None
    assert len(kept.submissions) == 1
    submission = kept.submissions[0]
    stored = {
        "clear": plain(submission.clear),
        "body": plain(submission.body),
        "identity": plain(submission.identity),
    }
    assert stored == stored_parts(model.intake, report)
    assert submission.fingerprint == report.fingerprint
    assert (submission.flow_id, submission.flow_version) == (report.flow_id, report.flow_version)
    assert submission.language == report.language
    case = kept.cases[0]
    assert case.municipality == place_of(model.intake, report)
    for line in transcript.lines:
        if isinstance(line.says, Holds) and line.says.what == "case":
            _check_case(line.says.name, case, kept.clocks, f"{transcript.name}:{line.number}")


def _check_case(wanted: str, case: Case, clocks: tuple[Clock, ...], where: str) -> None:
    said = dict(each.split("=", 1) for each in wanted.split())
    found = {"acute": "yes" if case.acute else "no", "place": case.municipality or "none"}
    running = {str(clock.policy_id): clock for clock in clocks}
    if "clock" in said:
        clock = running[said["clock"]]
        found["clock"] = said["clock"]
        found["due"] = f"+{(clock.due_at - case.received_at) // timedelta(hours=1)}h"
    assert {name: found.get(name) for name in said} == said, where


def _check_model(  # noqa: C901 - one case per expectation, and none may be missing
    expected: Expect, model: EnginePerson, where: str
) -> None:
    now = model.standing
    match expected.what:
        case "question":
            found = now.question.id if isinstance(now, Ask) else type(now).__name__
        case "card":
            found = now.card.id if isinstance(now, ShowCard) else type(now).__name__
        case "error":
            found = str(now.error.reason) if now.error is not None else "no error"
        case "removed":
            found = str(model.removed)
        case "language":
            found = model.language
        case "review":
            found = "" if isinstance(now, Review) else type(now).__name__
        case "alarm":
            found = expected.which if expected.which in model.alarms else str(model.alarms)
        case "finding":
            there = [f"{each.code} {each.kind}" for each in _findings(model)]
            found = expected.which if expected.which in there else str(there)
        case "no finding":
            found = "" if isinstance(now, Review) and not now.findings else str(now)
        case "no alarm":
            found = "" if not model.alarms else str(model.alarms)
        case _:
            raise AssertionError(expected)
    assert found == expected.which, where


def _findings(model: EnginePerson) -> tuple[Finding, ...]:
    return model.standing.findings if isinstance(model.standing, Review) else ()


def _check_person(
    expected: Expect, person: Person, model: EnginePerson, words: Words, *, where: str, kept: Kept | None
) -> None:
    if isinstance(person, EnginePerson):
        return
    if expected.what == "alarm":
        assert kept is not None
        assert expected.which in {alarm.trigger for alarm in kept.alarms}, where
        return
    if expected.what == "no alarm":
        assert kept is not None
        assert kept.alarms == (), where
        return
    if person.lacking and expected.what == "error":
        return
    if expected.what == "no finding":
        assert words.text("review.findings.lead", model.language) not in " ".join(person.sees().split()), (
            where
        )
        return
    wanted = _words(expected, model, words)
    if expected.which == Why.NOT_AN_OPTION:
        # Where there are buttons, a channel may point to them instead.
        wanted = [*wanted, words.text("chat.use_buttons", model.language)]
    shown = " ".join(person.sees().split())
    found = any(" ".join(each.split()) in shown for each in wanted)
    assert found, f"{where}: {wanted} is not shown in:\n{person.sees()}"


def _words(expected: Expect, model: EnginePerson, words: Words) -> list[str]:
    now, lang = model.standing, model.language
    if expected.what == "removed":
        pattern = model.intake.patterns[lang][0]
        return [words.text(f"identity.{pattern.id}.removed", lang)]
    if expected.what == "finding":
        return [words.text(f"finding.{expected.which.partition(' ')[2]}.name", lang)]
    if expected.what == "review":
        return [words.text("review.title", lang)]
    if expected.what == "error":
        owner, question = (now.section.owner, now.question.id) if isinstance(now, Ask) else ("", "")
        own, shared = invalid_keys(owner, question, expected.which)
        limit = now.error.limit if now.error is not None else None
        return [words.text(own if words.has(own, lang) else shared, lang, limit=limit)]
    if isinstance(now, ShowCard):
        return [words.text(card_key(now.card.owner, now.card.id), lang, **filled(now.values, lang))]
    if isinstance(now, Ask):
        key = question_key(now.section.owner, now.question.id, "ask")
        return [words.text(key, lang, **filled(now.values, lang))]
    return [words.text("review.title", lang)]
