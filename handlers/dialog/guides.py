"""Texts to read beside the conversation: what happens after sending, what to do tonight, what rights a subject has."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.dialog.flows import Flows
from handlers.dialog.keys import option_key
from handlers.dialog.words import Words
from triage.profile import Rights

JOURNEYS_TITLE = "closing.journeys.title"
JOURNEYS = (
    "closing.journeys.lead",
    "closing.journeys.advice",
    "closing.journeys.course",
    "closing.journeys.nothing",
    "closing.journeys.danger",
)
"""What happens after sending: three made-up journeys, and when it goes otherwise."""

WAIT_TITLE = "closing.while_you_wait.title"


def wait_key(flow_id: str, words: Words, lang: str) -> str | None:
    """The text on what to do meanwhile for reports of this flow; None where the organisation has written none."""
    key = f"closing.while_you_wait.{flow_id}"
    return key if words.has(key, lang) else None


def wait_keys(flows: Flows, words: Words, lang: str) -> Sequence[tuple[str | None, str]]:
    """All of these texts: the key of the answer that says whose it is, where there is a choice, and the text's key."""
    following = flows.start.next_flow
    if following is None:
        key = wait_key(flows.start.id, words, lang)
        return [] if key is None else [(None, key)]
    owners = (section.owner for section, asked in flows.start.questions() if asked.id == following.question)
    owner = next(owners, flows.start.id)
    found = [(code, wait_key(flow_id, words, lang)) for code, flow_id in following.by.items()]
    return [(option_key(owner, following.question, code), key) for code, key in found if key is not None]


RIGHTS_TITLE = "rights.title"
RIGHTS = ("what", "kept", "how_long", "see", "withheld", "wrong", "disagree", "ask")
"""The parts of the page for whom somebody wrote about, each a heading and a text of the organisation's own."""
_WITH_DPO = "rights.disagree.text_with_dpo"
RIGHTS_CONTACTS = ("write_to", "dpo", "authority_number", "authority_address", "authority_site")
"""How a part of the organisation's data is introduced there."""


def rights_keys() -> Sequence[str]:
    """Every text that an organisation with such a page needs."""
    parts = (f"rights.{each}.{what}" for each in RIGHTS for what in ("title", "text"))
    return (
        RIGHTS_TITLE,
        "rights.lead",
        *parts,
        _WITH_DPO,
        *(f"rights.contact.{each}" for each in RIGHTS_CONTACTS),
    )


def rights_text(part: str, rights: Rights) -> str:
    """The text of this part: nobody is sent to an address that the organisation does not give."""
    return _WITH_DPO if part == "disagree" and rights.dpo_mail else f"rights.{part}.text"
