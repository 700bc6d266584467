"""Who belongs to the house: for the administrator, who sees no case."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from admin.desk import Desk, Visit, Wrong, once, see_other
from admin.factor import CODE_FIELD, freshened
from admin.parts import HOME
from admin.tasks_page import SAID, Tasks, tasks_of
from handlers.dialog.ports import IntakeTransaction
from handlers.web.forms import Form
from triage.access.table import Right
from triage.ids import PersonId
from triage.people.invite import Invited, disable, invite, invite_again
from triage.people.person import Person, PersonState, Role
from triage.people.roles import Asked, change_roles
from triage.people.upkeep import recover_person
from triage.refusals import Reason, Refused
from triage.rules import Rules

PEOPLE = f"{HOME}/people"
_REFUSED = 422
_SAID = frozenset({"roles", "roles_wait", "disabled"}) | SAID
_FIELD_OF = {
    Reason.EMPTY: "name",
    Reason.TOO_LONG: "name",
    Reason.NOT_AN_EMAIL: "email",
    Reason.EMAIL_TAKEN: "email",
    Reason.SECOND_FACTOR_NEEDED: CODE_FIELD,
    Reason.WRONG_CODE: CODE_FIELD,
    Reason.TOO_MANY_TRIES: CODE_FIELD,
    Reason.LAST_ADMINISTRATOR: "roles",
    Reason.AUTHORITY_NEEDED: "authority",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    """`/desk/people`, `/desk/people/invite`, `/desk/people/{id}` and its acts. Each act asks for a fresh factor."""

    desk: Desk

    async def see(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Everyone, by name, and what did not arrive, for whom this is the first room."""
        parts = self.desk.parts
        people = await parts.store.read(_everyone)
        first = not visit.may(Right.READ_QUEUE)
        tasks = await parts.store.read(tasks_of, parts.rules, visit.by) if first else Tasks()
        said = request.query.get("said", "")
        return self.desk.page(
            request,
            "people.html",
            visit=visit,
            people=people,
            tasks=tasks,
            said=said if said in _SAID else "",
        )

    async def ask_invitation(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """The form for somebody new."""
        return self._invite_page(request, visit, Form(), (), 200)

    async def invite(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Invite somebody. The link stands on this answer only, for the administrator to hand over."""
        form = await self.desk.form(request, session=visit.token)
        roles = _roles(form)
        wrong = [
            Wrong(name, f"console.people.{name}_missing")
            for name in ("name", "email")
            if not form.get(name).strip()
        ]
        if not roles:
            wrong.append(Wrong("roles", "console.people.roles_missing"))
        if form.get("language") not in self.desk.parts.words.languages():
            wrong.append(Wrong("language", "console.people.language_missing"))
        if wrong:
            return self._invite_page(request, visit, form, tuple(wrong), _REFUSED)
        fresh = await freshened(self.desk, request, visit, form)
        if isinstance(fresh, Refused):
            return self._invite_page(request, visit, form, _wrong(fresh), _REFUSED)
        invited = await self.desk.parts.store.write_repeatable(
            _invite,
            self.desk.parts.rules,
            by=visit.by,
            form=form,
            roles=roles,
            authority=self._authority(form),
            key=once(request, form, by=visit.by),
        )
        if isinstance(invited, Refused):
            return self._invite_page(request, fresh, form, _wrong(invited), _REFUSED)
        return self._handed(request, fresh, invited)

    async def see_one(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """One person, and what an administrator may do about them."""
        return self._person_page(request, visit, await self._person(request), Form())

    async def back(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """The address of an act, looked at: the person."""
        del visit
        return see_other(f"{PEOPLE}/{(await self._person(request)).id}")

    async def act(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Change roles, shut out, invite again, hand out a way back in."""
        form = await self.desk.form(request, session=visit.token)
        person = await self._person(request)
        fresh = await freshened(self.desk, request, visit, form)
        if isinstance(fresh, Refused):
            return self._person_page(request, visit, person, form, _wrong(fresh))
        store, rules = self.desk.parts.store, self.desk.parts.rules
        done: Person | Invited | Asked | Refused
        match request.match_info["act"]:
            case "roles":
                done = await store.write(
                    change_roles,
                    rules,
                    by=visit.by,
                    person_id=person.id,
                    roles=_roles(form),
                    authority=self._authority(form),
                )
            case "disable":
                done = await store.write(disable, rules, by=visit.by, person_id=person.id)
            case "again":
                done = await store.write(invite_again, by=visit.by, person_id=person.id)
            case "recover":
                done = await store.write(recover_person, rules, by=visit.by, person_id=person.id)
            case _:
                raise web.HTTPNotFound
        if isinstance(done, Refused):
            return self._person_page(request, fresh, person, form, _wrong(done, other="roles"))
        if isinstance(done, Invited):
            return self._handed(request, fresh, done)
        if isinstance(done, Asked):
            return see_other(PEOPLE, {"said": "roles_wait"})
        return see_other(PEOPLE, {"said": "disabled" if done.state is PersonState.DISABLED else "roles"})

    def _handed(self, request: web.Request, visit: Visit, invited: Invited) -> web.Response:
        return self.desk.page(
            request,
            "handed.html",
            visit=visit,
            person=invited.person,
            invited=invited.person.state is PersonState.INVITED,
            waits=not invited.person.roles and invited.person.state is PersonState.INVITED,
            link=f"{self.desk.parts.console_url}/invited/{invited.token}",
        )

    def _invite_page(
        self, request: web.Request, visit: Visit, form: Form, wrong: tuple[Wrong, ...], status: int
    ) -> web.Response:
        words = self.desk.parts.words
        return self.desk.page(
            request,
            "invite.html",
            visit=visit,
            status=status,
            typed=form,
            wrong=self._said(request, wrong),
            roles=self._offered(),
            authorities=self._authorities(),
            sees={each.value: self.desk.say(request, f"console.role_sees.{each}") for each in Role},
            languages=[(each, words.name_of(each)) for each in words.languages()],
            fresh=visit.is_fresh,
        )

    def _person_page(
        self,
        request: web.Request,
        visit: Visit,
        person: Person,
        form: Form,
        wrong: tuple[Wrong, ...] = (),
    ) -> web.Response:
        chosen = _roles(form) if "roles" in form else person.roles
        return self.desk.page(
            request,
            "person.html",
            visit=visit,
            status=_REFUSED if wrong else 200,
            person=person,
            chosen=chosen,
            wrong=self._said(request, wrong),
            roles=self._offered(),
            authorities=self._authorities(),
            belongs_to=form.get("authority") or person.authority or "",
            sees={each.value: self.desk.say(request, f"console.role_sees.{each}") for each in Role},
            fresh=visit.is_fresh,
            tried=request.match_info.get("act", ""),
        )

    def _offered(self) -> list[Role]:
        known = {each.code for each in self.desk.parts.rules.organisation.role}
        return [role for role in Role if role in known]

    def _authorities(self) -> list[str]:
        return [each.code for each in self.desk.parts.rules.organisation.authority]

    def _authority(self, form: Form) -> str | None:
        """The authority that was chosen; None for one that the organisation does not know."""
        return form.get("authority") if form.get("authority") in self._authorities() else None

    def _said(self, request: web.Request, wrong: tuple[Wrong, ...]) -> dict[str, str]:
        return {each.field: self.desk.say(request, each.key) for each in wrong}

    async def _person(self, request: web.Request) -> Person:
        try:
            person_id = PersonId(UUID(request.match_info["person"]))
            return await self.desk.parts.store.read(_one, person_id)
        except (ValueError, LookupError) as error:
            raise web.HTTPNotFound from error


def _wrong(refused: Refused, *, other: str = "name") -> tuple[Wrong, ...]:
    return (Wrong(_FIELD_OF.get(refused.reason, other), f"refused.{refused.reason}"),)


def _roles(form: Form) -> frozenset[Role]:
    known = {role.value for role in Role}
    return frozenset(Role(code) for code in form.all("roles") if code in known)


def _everyone(tx: IntakeTransaction) -> list[Person]:
    return list(tx.people.all())


def _one(tx: IntakeTransaction, person_id: PersonId) -> Person:
    return tx.people.get(person_id)


def _invite(
    tx: IntakeTransaction,
    rules: Rules,
    *,
    by: PersonId,
    form: Form,
    roles: Collection[Role],
    authority: str | None,
    key: str,
) -> Invited | Refused:
    """Invite; the same form once more gives a new link, for whoever pressed twice sees only the second answer."""
    if tx.remembers("desk", key):
        known = tx.people.find_by_email(form.get("email").strip())
        if known is not None:
            return invite_again(tx, by=by, person_id=known.id)
    invited = invite(
        tx,
        rules,
        by=by,
        name=form.get("name"),
        email=form.get("email"),
        roles=roles,
        language=form.get("language"),
        authority=authority,
    )
    if not isinstance(invited, Refused):
        tx.remember("desk", key)
    return invited
