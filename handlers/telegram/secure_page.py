"""Where sensitive answers may be written: the choice before the first of them, and the way to the secure page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from handlers.dialog.conversation import LINK_LIVES, Link, LinkPurpose, Writing
from handlers.dialog.replies import Ask, Standing
from handlers.telegram.callback import Verb
from handlers.telegram.drawing import Button, Drawn
from triage.profile import SensitiveMode

if TYPE_CHECKING:
    from handlers.telegram.turn import Turn

_TOKEN_BYTES = 16
"""128 bits: nobody guesses a link within its half hour."""


def must_choose(turn: Turn, now: Standing) -> bool:
    """Whether a sensitive question stands open that the person has not agreed to answer in the chat."""
    if has_no_way(turn, now):
        return True
    if not isinstance(now, Ask) or not now.question.sensitive:
        return False
    if _mode(turn) is SensitiveMode.CHAT:
        return False
    return hands_over(turn) or turn.conversation.writing is not Writing.CHAT


def hands_over(turn: Turn) -> bool:
    """Whether sensitive answers of this flow are never written in the chat."""
    return _mode(turn) is SensitiveMode.HANDOVER


def has_no_way(turn: Turn, now: Standing) -> bool:
    """Whether this flow is handed over to a page and there is none: then nothing of its own is asked in the chat.

    It is said at its first question, before anybody has answered many of them for nothing.
    """
    if not isinstance(now, Ask) or turn.door.public_url is not None or not hands_over(turn):
        return False
    return turn.door.intake.flows.start.find_question(now.question.id) is None


def draw_choice(turn: Turn, before: list[str]) -> Drawn:
    """The choice, or what there is instead of one: only the chat without a page, only the page for handover."""
    pen = turn.pen
    here = [pen.button("chat.button.write_here", Verb.WRITING, Writing.CHAT)]
    page = [pen.button("chat.button.secure_page", Verb.WRITING, Writing.SECURE_PAGE)]
    if turn.door.public_url is None and hands_over(turn):
        return Drawn(_said(before, turn.say("secure.handover.no_page")), [*_other_flow(turn), [pen.help()]])
    if turn.door.public_url is None:
        return Drawn(_said(before, turn.say("chat.secure.no_page")), [here, [pen.help()]])
    if turn.conversation.writing is Writing.SECURE_PAGE:
        again = [pen.button("chat.button.new_link", Verb.WRITING, Writing.SECURE_PAGE)]
        rows = [again, [pen.help()]] if _mode(turn) is SensitiveMode.HANDOVER else [again, here, [pen.help()]]
        return Drawn(_said(before, turn.say("chat.secure.waiting")), rows)
    if _mode(turn) is SensitiveMode.HANDOVER:
        return Drawn(_said(before, turn.say("secure.handover.ask")), [page, [pen.help()]])
    return Drawn(_said(before, turn.say("secure.choice.ask")), [page, here, [pen.help()]])


def offer_link(turn: Turn) -> None:
    """Send a one-time link to the secure page, bound to this draft."""
    url = new_link(turn, LinkPurpose.SECURE_PAGE)
    if url is None:
        turn.show(turn.standing())
        return
    turn.conversation = turn.bag.conversation = replace(turn.conversation, writing=Writing.SECURE_PAGE)
    turn.tx.conversations.save(turn.conversation)
    pen = turn.pen
    rows = [
        [Button(text=turn.say("chat.button.open_secure_page"), url=url)],
        [pen.button("chat.button.continue", Verb.RESUME)],
        [pen.button("chat.button.new_link", Verb.WRITING, Writing.SECURE_PAGE)],
    ]
    if _mode(turn) is not SensitiveMode.HANDOVER:
        rows.append([pen.button("chat.button.write_here", Verb.WRITING, Writing.CHAT)])
    rows.append([pen.help()])
    said = [turn.say("chat.secure.link"), turn.say("chat.secure.come_back"), turn.say("chat.draft.expires")]
    turn.bag.say(Drawn("\n\n".join(said), rows))


def new_link(turn: Turn, purpose: LinkPurpose) -> str | None:
    """The address of a fresh one-time link, or None without a public https address. Only its hash is kept."""
    if turn.door.public_url is None:
        return None
    token = turn.tx.new_secret(_TOKEN_BYTES).hex()
    link = Link(
        conversation_id=turn.conversation.id,
        round=turn.conversation.round,
        purpose=purpose,
        expires_at=turn.tx.now + LINK_LIVES,
    )
    turn.tx.conversations.add_link(turn.tx.digest("link", token.encode()), link)
    return f"{turn.door.public_url.rstrip('/')}/s/{token}"


def _other_flow(turn: Turn) -> list[list[Button]]:
    """The way back to the question that chose this flow."""
    chosen, draft = turn.door.intake.flows.start.next_flow, turn.conversation.draft
    if chosen is None or draft is None:
        return []
    button = turn.pen.button("chat.button.choose_other", Verb.EDIT, chosen.question, revision=draft.revision)
    return [[button]]


def _mode(turn: Turn) -> SensitiveMode:
    intake = turn.door.intake
    draft = turn.conversation.draft
    hotline = intake.rules.organisation.get_hotline(intake.hotline)
    return hotline.telegram.mode(draft.flow_id if draft else "")


def _said(before: list[str], text: str) -> str:
    return "\n\n".join([*before, text])
