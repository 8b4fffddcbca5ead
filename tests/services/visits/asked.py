"""A home visit and the family that is asked whether the school may come."""

from __future__ import annotations

from sqlalchemy import select

from tests.activity_world import Run
from tests.services.stage import Stage
from webapp import tenancy
from webapp.domain.declared.home_visit import HOME_VISIT
from webapp.models.visits import VisitRequest
from webapp.services import (
    activity_fields,
    today,
    visit_guests,
    visit_requests,
)
from webapp.services.visit_permission import STEP
from webapp.tenancy import Actor

BEFORE = "planning.topics_and_roles"


class Visit:
    """A visit whose permission is waited for, and the family that was asked."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.run = Run(stage, HOME_VISIT).started().filled(until=BEFORE)
        self.run.record(STEP, permission="waiting", permission_channel="", permission_on="", permission_by="")

    @property
    def id(self) -> int:
        return self.run.activity_id

    def asked(self, **given) -> Visit:
        with self.stage.as_(self.stage.counsellor) as actor:
            guardian_id = given.pop("guardian_id", self.stage.guardian_id)
            visit_requests.ask(actor, self.id, guardian_id, **{"locale": "id"} | given)
        return self

    def token(self) -> str:
        return self.stage.mails("visit_asked")[-1].facts["link"].rstrip("/").rpartition("/")[2]

    def family(self, token: str = "", *, when=None) -> Actor:
        with self.stage.world.app.app_context():
            return visit_guests.identify(token or self.token(), now=when or self.stage.now).actor

    def answer(self, given: str, *, token: str = "", when=None, **more) -> None:
        actor = self.family(token, when=when)
        with self.stage.world.app.app_context(), tenancy.work(actor):
            visit_guests.answer(actor, answer=given, **more)

    def values(self) -> dict[str, str]:
        with self.stage.as_(self.stage.counsellor) as actor:
            fields = activity_fields.values_of(activity_fields.read(actor, self.id), STEP)
        return {key: value for key, value in fields.items() if key.startswith("permission")}

    def request(self) -> VisitRequest:
        with self.stage.as_(self.stage.counsellor):
            return tenancy.session.scalars(
                select(VisitRequest).order_by(VisitRequest.id.desc()).limit(1)
            ).one()

    def replan(self, **values: str) -> None:
        with self.stage.as_(self.stage.counsellor) as actor:
            held = activity_fields.read(actor, self.id)[STEP]
            versions = {key: stored.version for key, stored in held.items()}
            activity_fields.save(actor, self.id, STEP, values, versions)

    def note(self, shown: VisitRequest | None = None) -> None:
        seen = shown or self.request()
        with self.stage.as_(self.stage.counsellor) as actor:
            visit_requests.note(actor, self.id, request_id=seen.id, answers=seen.answers)

    def needs(self) -> list[str]:
        with self.stage.as_(self.stage.counsellor) as actor:
            return [need.kind for need in today.show(actor).needs if need.kind.startswith("visit")]
