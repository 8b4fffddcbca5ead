"""Who works here: invite, give roles, let go. The admin sees people and how many cases, never a case."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import ngettext

from admin.base import SchoolPages, actor, attempt, done, form_error
from webapp.domain.errors import DomainError
from webapp.domain.permissions import Permission
from webapp.http import duties_form
from webapp.services import departures, memberships, staff_addresses, staff_register
from webapp.services.memberships import Grant


class PeoplePages(SchoolPages):
    """The school's staff, for its admin."""

    noun = "people"
    path = "/s/<school>/people"
    need = Permission.PEOPLE_MANAGE

    @expose("/")
    def index(self):
        asked = request.args.get("q", "").strip()
        return render_template(
            "pages/people/index.html", people=staff_register.school_people(actor(), search=asked), asked=asked
        )

    @expose("/new", methods=("GET", "POST"))
    def new(self):
        values = {"email": "", "name": "", "locale": "id"}
        roles: list[str] = []
        refusal = None
        if request.method == "POST":
            values = {name: request.form.get(name, "") for name in values}
            roles = request.form.getlist("roles")
            grants = [Grant(role, actor().school_id) for role in roles]
            refusal = attempt(lambda: memberships.invite(actor(), **values, grants=grants))
            if refusal is None:
                return done(_("The invitation is on its way."), "people.index")
        page = render_template(
            "pages/people/invite.html", values=values, roles=roles, errors=form_error(refusal)
        )
        return page, refusal.status if refusal else 200

    @expose("/<int:user_id>/", methods=("GET", "POST"))
    def person(self, user_id: int):
        found = staff_register.person_at_school(actor(), self._school_id(), user_id)
        form = duties_form.of_person(found)
        refusal = None
        if request.method == "POST":
            form = duties_form.of_request()
            refusal = attempt(lambda: memberships.change(actor(), self._school_id(), user_id, form.duties()))
            if refusal is None:
                return done(_("The roles are saved."), "people.index")
        return self._page(found, form, refusal)

    @expose("/<int:user_id>/invite-again", methods=("POST",))
    def again(self, user_id: int):
        memberships.invite_again(actor(), user_id, school_id=self._school_id())
        return done(_("The invitation is on its way once more."), "people.person", user_id=user_id)

    @expose("/<int:user_id>/address", methods=("POST",))
    def address(self, user_id: int):
        email = request.form.get("email", "")
        refusal = attempt(
            lambda: staff_addresses.correct(actor(), user_id, school_id=self._school_id(), email=email)
        )
        if refusal is None:
            return done(_("The invitation is on its way."), "people.person", user_id=user_id)
        return self._refused(user_id, refusal)

    @expose("/<int:user_id>/hand-over", methods=("POST",))
    def hand_over(self, user_id: int):
        moved: list[int] = []
        refusal = attempt(
            lambda: moved.append(
                departures.hand_over(
                    actor(), self._school_id(), user_id, successor_id=duties_form.successor_id()
                )
            )
        )
        if refusal is None:
            return done(
                ngettext("%(num)s case has a new owner.", "%(num)s cases have a new owner.", moved[0]),
                "people.person",
                user_id=user_id,
            )
        return self._refused(user_id, refusal)

    @expose("/<int:user_id>/end", methods=("POST",))
    def end(self, user_id: int):
        refusal = attempt(
            lambda: departures.end(
                actor(), self._school_id(), user_id, successor_id=duties_form.successor_id()
            )
        )
        if refusal is None:
            return done(_("This person does not work here any more."), "people.index")
        return self._refused(user_id, refusal)

    @staticmethod
    def _school_id() -> int:
        school_id = actor().school_id
        assert school_id is not None  # the address names a school
        return school_id

    def _refused(self, user_id: int, refusal: DomainError):
        found = staff_register.person_at_school(actor(), self._school_id(), user_id)
        return self._page(found, duties_form.of_person(found), refusal)

    @staticmethod
    def _page(found: staff_register.StaffView, form: duties_form.DutiesForm, refusal: DomainError | None):
        page = render_template(
            "pages/people/person.html",
            person=found,
            form=form,
            errors=form_error(refusal),
            is_self=found.user_id == actor().person_id,
            hand_over_url=url_for("people.hand_over", user_id=found.user_id),
            leave_url=url_for("people.end", user_id=found.user_id),
        )
        return page, refusal.status if refusal else 200
