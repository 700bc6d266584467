"""Notices as files: what would have been mailed, while there is no mail server."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from aiohttp import web

from admin.desk import Desk, Visit
from admin.parts import WrittenMail
from handlers.dialog.ports import IntakeTransaction
from triage.access.table import Right, allowed_on
from triage.ids import CaseCode, PersonId

_LATEST = 100
_CODE = re.compile(r"\bK-[0-9A-Z]{7}\b")
_ANSWERS = re.compile(r"\S+/ack/\S+")
"""A link by which its receiver says that they have it: pressed by anybody else it would be said in their name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPage:
    """`/desk/mail`."""

    desk: Desk

    async def see(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """The latest mails, newest first: the reader's own, and of others' those about what the reader may see."""
        mails = self.desk.parts.mails
        if mails is None:
            raise web.HTTPNotFound
        found = await mails.read(limit=_LATEST)
        codes = {CaseCode(code) for mail in found for code in _codes(mail)}
        readable, known = await self.desk.parts.store.read(_readable, codes, by=visit.by)
        shown = [
            mail if _is_to(mail, visit) else replace(mail, body=_ANSWERS.sub("…", mail.body))
            for mail in found
            # What was written to somebody before they were kept out of its case is hidden like the case.
            if set(_codes(mail)) <= (known if _is_to(mail, visit) else readable)
        ]
        return self.desk.page(request, "mail.html", visit=visit, place=mails.place, mails=shown)


def _is_to(mail: WrittenMail, visit: Visit) -> bool:
    return mail.to.casefold() == visit.person.email.casefold()


def _codes(mail: WrittenMail) -> Iterable[str]:
    return _CODE.findall(f"{mail.subject}\n{mail.body}")


def _readable(
    tx: IntakeTransaction, codes: Collection[CaseCode], *, by: PersonId
) -> tuple[set[str], set[str]]:
    """Those of the codes that are of cases which the reader may open, and of such as are not hidden from them."""
    reader = tx.people.get(by)
    found = {code: case for code in codes if (case := tx.cases.find(code)) is not None}
    readable = {str(code) for code, case in found.items() if allowed_on(reader, Right.READ_CASE, case)}
    return readable, {str(code) for code, case in found.items() if by not in case.conflicts}
