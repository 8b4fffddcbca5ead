"""Staff whose mails come back: the school admin is told on Today and People, and corrects the address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from tests.factories import MONDAY, Person, Place, csrf_token
from tests.mail.servers import scripted
from tests.services.outbox.delivery import Clock, run
from webapp import tenancy
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.models.background import OutboxMail
from webapp.models.identity import User
from webapp.services import memberships, staff_addresses
from webapp.services.memberships import Grant

SAYS = "came back: correct the address"


@pytest.fixture
def school(world) -> Place:
    return world.school()


@pytest.fixture
def admin(world, school) -> Person:
    return world.person(school, "school_admin")


def invite(admin: Person, school: Place, email: str) -> int:
    actor = admin.at(school)
    with admin.world.app.app_context(), tenancy.work(actor):
        return memberships.invite(
            actor, email=email, name="Guru Rekaan", locale="id", grants=[Grant("teacher", school.id)]
        )


def deliver(admin: Person, answer: str = "") -> None:
    """What is due goes to a server that takes everything, or answers so."""
    with admin.world.app.app_context(), scripted({"RCPT": answer} if answer else {}) as server:
        run(server, Clock(datetime.now(UTC) + timedelta(minutes=1)))


def invitations(admin: Person, school: Place) -> list[tuple[str, str]]:
    with admin.world.app.app_context(), tenancy.work(tenancy.system(school.id, MONDAY)) as session:
        rows = session.scalars(
            select(OutboxMail)
            .where(OutboxMail.school_id == school.id, OutboxMail.kind == "account_invitation")
            .order_by(OutboxMail.id)
        )
        return [(row.to_address, row.state) for row in rows]


def correct(admin: Person, school: Place, user_id: int, email: str) -> None:
    actor = admin.at(school)
    with admin.world.app.app_context(), tenancy.work(actor):
        staff_addresses.correct(actor, user_id, school_id=school.id, email=email)


@pytest.mark.usefixtures("alone")
def test_a_bounced_invitation_is_told_to_the_admin_and_corrected_and_sent(world, school, admin):
    elsewhere = world.school()
    stranger = world.person(elsewhere, "school_admin")
    user_id = invite(admin, school, f"salah.{school.id}@contoh.example")
    deliver(admin, "550 no such mailbox")
    client = admin.client()
    home = client.get(f"/s/{school.slug}/").text
    assert SAYS in home
    assert f"people/{user_id}/" in home
    assert SAYS not in stranger.client().get(f"/s/{elsewhere.slug}/").text
    page = f"/s/{school.slug}/people/{user_id}/"
    token = csrf_token(client.get(page).text)
    wrong = client.post(f"{page}address", data={"email": "bukan alamat", "csrf_token": token})
    assert wrong.status_code == 422
    right = f"benar.{school.id}@contoh.example"
    assert client.post(f"{page}address", data={"email": right, "csrf_token": token}).status_code == 303
    assert SAYS not in client.get(f"/s/{school.slug}/").text
    deliver(admin)
    assert invitations(admin, school)[-1] == (right, "sent")
    assert SAYS not in client.get(f"/s/{school.slug}/").text


def test_the_link_that_went_to_the_wrong_address_stops(world, school, admin, as_superuser):
    user_id = invite(admin, school, f"keliru.{school.id}@contoh.example")

    def uniquifier() -> str:
        found = as_superuser.scalar(text("SELECT fs_uniquifier FROM users WHERE id = :id"), {"id": user_id})
        as_superuser.rollback()
        return found

    before = uniquifier()
    correct(admin, school, user_id, f"tepat.{school.id}@contoh.example")
    assert uniquifier() != before


def test_an_account_in_use_and_one_that_another_school_invited_keep_their_address(world, school, admin):
    elsewhere = world.school()
    in_use = world.person(school, "teacher")
    with pytest.raises(Conflict, match="in use"):
        correct(admin, school, in_use.user_id, "lain@contoh.example")
    shared = f"bersama.{school.id}@contoh.example"
    user_id = invite(admin, school, shared)
    assert invite(world.person(elsewhere, "school_admin"), elsewhere, shared) == user_id
    with pytest.raises(Conflict, match="another school"):
        correct(admin, school, user_id, f"lain.{school.id}@contoh.example")
    waiting = invite(admin, school, f"menunggu.{school.id}@contoh.example")
    with pytest.raises(Conflict, match="already"):
        correct(admin, school, waiting, in_use.email)
    with pytest.raises(Invalid):
        correct(admin, school, waiting, "bukan alamat")


def test_nobody_else_corrects_an_address(world, school, admin):
    user_id = invite(admin, school, f"guru.{school.id}@contoh.example")
    elsewhere = world.school()
    stranger = world.person(elsewhere, "school_admin")
    with pytest.raises(NotFound):
        correct(stranger, elsewhere, user_id, "x@contoh.example")
    for role in ("principal", "counsellor", "teacher"):
        with pytest.raises((Forbidden, NotFound)):
            correct(world.person(school, role), school, user_id, "x@contoh.example")
    correct(admin, school, user_id, f"guru.benar.{school.id}@contoh.example")


def test_a_person_in_use_whose_mails_come_back_is_shown_with_what_to_do(world, school, admin, as_superuser):
    person = world.person(school, "teacher")
    as_superuser.execute(
        text("UPDATE users SET mail_bounced_at = now() WHERE id = :id"), {"id": person.user_id}
    )
    as_superuser.commit()
    client = admin.client()
    assert "chip-danger" in client.get(f"/s/{school.slug}/people/").text
    page = client.get(f"/s/{school.slug}/people/{person.user_id}/").text
    assert "alert-danger" in page
    assert "/address" not in page
    with world.app.app_context(), tenancy.work(admin.at(school)):
        assert tenancy.session.get_one(User, person.user_id).mail_bounced_at is not None
