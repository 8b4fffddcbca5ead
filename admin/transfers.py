"""Students who move between the schools of a district: what is sent, and what other schools send."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug import Response

from admin.base import SchoolPages, actor, attempt, done, form_error
from webapp.domain import transfers as rules
from webapp.domain import words
from webapp.domain.errors import DomainError
from webapp.domain.permissions import Permission
from webapp.domain.transfers import CaseChoice, Choice
from webapp.services import participants, transfer_arrivals, transfer_offers, transfers
from webapp.services.transfer_offers import Offer
from webapp.services.transfers import TransferView

Answer = str | Response | tuple[str, int]
BASIS_FIELDS = ("basis", "guardian", "consent_on", "consent_channel", "basis_reason")


class TransferPages(SchoolPages):
    """Transfers of students to and from other schools."""

    noun = "transfers"
    path = "/s/<school>/transfers"
    need = Permission.TRANSFER_SEND

    @expose("/")
    def index(self) -> Answer:
        return render_template(
            "pages/transfers/index.html",
            arrivals=transfer_arrivals.arrivals(actor()),
            sent=transfers.sent(actor()),
            rules=rules,
        )

    @expose("/of/<int:student_id>/new", methods=("GET", "POST"))
    def new(self, student_id: int) -> Answer:
        offer = transfer_offers.offer(actor(), student_id)
        if request.method == "GET":
            return _form(offer, _usual(offer), {})
        made: list[int] = []
        refusal = attempt(lambda: made.append(transfers.prepare(actor(), student_id, **_entered(offer)).id))
        if refusal is not None:
            return _form(offer, _choice(offer), _typed(), refusal)
        return done(_("Saved as a draft: nothing has left yet."), "transfers.show", transfer_id=made[0])

    @expose("/<int:transfer_id>/")
    def show(self, transfer_id: int) -> Answer:
        return _page(transfer_id)

    @expose("/<int:transfer_id>/edit", methods=("GET", "POST"))
    def edit(self, transfer_id: int) -> Answer:
        view = transfers.draft(actor(), transfer_id)
        offer = transfer_offers.offer(actor(), view.student_id)
        if request.method == "GET":
            return _form(offer, view.choice or Choice(), _as_typed(view), transfer_id=transfer_id)
        refusal = attempt(lambda: transfers.edit(actor(), transfer_id, **_entered(offer)))
        if refusal is not None:
            return _form(offer, _choice(offer), _typed(), refusal, transfer_id=transfer_id)
        return done(_("The changes were saved."), "transfers.show", transfer_id=transfer_id)

    @expose("/<int:transfer_id>/release", methods=("POST",))
    def release(self, transfer_id: int) -> Answer:
        refusal = attempt(lambda: transfers.release(actor(), transfer_id))
        if refusal is not None:
            return _page(transfer_id, refusal)
        return done(_("The transfer is sealed and waits at the other school."), "transfers.show",
                    transfer_id=transfer_id)  # fmt: skip

    @expose("/<int:transfer_id>/withdraw", methods=("POST",))
    def withdraw(self, transfer_id: int) -> Answer:
        refusal = attempt(lambda: transfers.withdraw(actor(), transfer_id))
        if refusal is not None:
            return _page(transfer_id, refusal)
        return done(_("The transfer was withdrawn; what had been packed is destroyed."), "transfers.show",
                    transfer_id=transfer_id)  # fmt: skip

    @expose("/arrivals/<int:arrival_id>/")
    def arrival(self, arrival_id: int) -> Answer:
        return _arrival(arrival_id)

    @expose("/arrivals/<int:arrival_id>/accept", methods=("POST",))
    def accept(self, arrival_id: int) -> Answer:
        name = request.form.get("signed_name", "")
        taken: list[int] = []
        refusal = attempt(
            lambda: taken.append(transfer_arrivals.accept(actor(), arrival_id, signed_name=name).id)
        )
        if refusal is not None:
            return _arrival(arrival_id, refusal)
        return done(_("The student and the cases stand in your school now."), "students.student",
                    student_id=taken[0])  # fmt: skip

    @expose("/arrivals/<int:arrival_id>/decline", methods=("POST",))
    def decline(self, arrival_id: int) -> Answer:
        reason = request.form.get("reason", "")
        refusal = attempt(lambda: transfer_arrivals.decline(actor(), arrival_id, reason=reason))
        if refusal is not None:
            return _arrival(arrival_id, refusal)
        return done(_("The other school reads your reason."), "transfers.arrival", arrival_id=arrival_id)


def _usual(offer: Offer) -> Choice:
    """What is ticked beforehand: every case, without impressions, documents and files."""
    return Choice(True, tuple(CaseChoice(case.id, rules.USUAL_PARTS) for case in offer.cases))


def _choice(offer: Offer) -> Choice:
    """What was ticked; ids that were not offered are passed on, for the service to refuse."""
    ticked = [int(value) for value in request.form.getlist("cases") if value.isdecimal()]
    return Choice(
        bool(request.form.get("guardians")),
        tuple(
            CaseChoice(
                case_id,
                tuple(request.form.getlist(f"parts-{case_id}")),
                _ids(f"documents-{case_id}"),
                _ids(f"files-{case_id}"),
            )
            for case_id in dict.fromkeys(ticked)
        ),
    )


def _ids(field: str) -> tuple[int, ...]:
    return tuple(int(value) for value in request.form.getlist(field) if value.isdecimal())


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "").strip() for name in ("to_school", *BASIS_FIELDS)}


def _as_typed(view: TransferView) -> dict[str, str]:
    basis = view.basis
    assert basis is not None
    values = (basis.key, str(basis.guardian_id or ""), basis.on, basis.channel, basis.reason)
    return {"to_school": str(view.to_school_id), **dict(zip(BASIS_FIELDS, values, strict=True))}


def _entered(offer: Offer) -> dict[str, Any]:
    typed = _typed()
    basis = {name.removeprefix("basis_"): typed[name] for name in BASIS_FIELDS}
    basis["key"] = basis.pop("basis")
    school = typed["to_school"]
    return {
        "to_school_id": int(school) if school.isdecimal() and len(school) < 10 else 0,
        "choice": _choice(offer),
        "basis": basis,
    }


def _form(
    offer: Offer,
    choice: Choice,
    typed: dict[str, str],
    refusal: DomainError | None = None,
    transfer_id: int | None = None,
) -> Answer:
    page = render_template(
        "pages/transfers/form.html",
        offer=offer,
        choice=choice,
        typed=typed,
        transfer_id=transfer_id,
        channels=[words.ANSWER_CHANNELS[key] for key in participants.ON_BEHALF_CHANNELS],
        rules=rules,
        errors=form_error(refusal),
    )
    return (page, refusal.status) if refusal else page


def _page(transfer_id: int, refusal: DomainError | None = None) -> Answer:
    view = transfers.show(actor(), transfer_id)
    cases = transfer_offers.own_cases(actor(), view.student_id) if view.is_own else ()
    page = render_template(
        "pages/transfers/show.html",
        transfer=view,
        chosen=[(case, view.choice.of(case.id)) for case in cases if view.choice and view.choice.of(case.id)],
        rules=rules,
        errors=form_error(refusal),
    )
    return (page, refusal.status) if refusal else page


def _arrival(arrival_id: int, refusal: DomainError | None = None) -> Answer:
    page = render_template(
        "pages/transfers/arrival.html",
        arrival=transfer_arrivals.show(actor(), arrival_id),
        signed_name=request.form.get("signed_name", ""),
        reason=request.form.get("reason", ""),
        rules=rules,
        errors=form_error(refusal),
    )
    return (page, refusal.status) if refusal else page
