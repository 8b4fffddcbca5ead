"""A restored system holds everything back until it is released; a usual one sends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.factories import MONDAY
from tests.mail.servers import ScriptedServer, scripted
from tests.services.stage import Stage
from tests.services.test_outbox import put
from webapp import tenancy
from webapp.cli import main
from webapp.domain.errors import Conflict
from webapp.mail.smtp import Transport
from webapp.models.background import OutboxMail
from webapp.services import dues_sweep, outbox_claims, outbox_delivery, sending

NOON = MONDAY + timedelta(hours=3)
NEXT_MORNING = MONDAY + timedelta(hours=22)


@pytest.fixture
def owner(engine_urls):
    engine = create_engine(engine_urls["owner"], poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection


@pytest.fixture
def held(session_app, owner, as_superuser) -> Iterator[None]:
    """A hold as `pamong restore` places it; what other tests left in outbox and dues is put away."""
    as_superuser.execute(text("UPDATE outbox SET state = 'cancelled', due_at = NULL"))
    as_superuser.execute(text("UPDATE dues SET state = 'done' WHERE state = 'waiting'"))
    as_superuser.commit()
    owner.execute(
        text("INSERT INTO sending_holds (held_at, backup_at) VALUES (:at, :backup)"),
        {"at": MONDAY, "backup": MONDAY - timedelta(days=1)},
    )
    yield
    owner.execute(text("DELETE FROM sending_holds"))


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted({}) as running:
        yield running


def deliver(server: ScriptedServer, at=NOON) -> dict[str, int]:
    with Transport(server.url, 5) as transport:
        return outbox_delivery.deliver(lambda: at, transport, worker="w", stop_at=at + timedelta(hours=1))


def release(at=NOON) -> int:
    actor = tenancy.system(tenancy.PLATFORM_SCHOOL_ID, at)
    with tenancy.work(actor):
        return sending.release(actor)


def states(stage: Stage) -> list[str]:
    return [mail.state for mail in stage.mails("invitation")]


def test_no_mail_of_any_school_leaves_until_the_release_and_then_all_do(held, app, world, server):
    one, two = Stage.build(world).invited(), Stage.build(world).invited()
    count = len(one.mails()) + len(two.mails())
    assert deliver(server) == {}
    assert server.seen.texts == []
    assert set(states(one) + states(two)) == {"queued"}
    assert release() == count
    assert deliver(server) == {"sent": count}
    assert len(server.seen.texts) == count
    assert any(b"text/calendar" in text for text in server.seen.texts)


def test_a_mail_is_not_even_taken_in_hand(held, app, world):
    stage = Stage.build(world).invited()
    lease = timedelta(minutes=1)
    assert outbox_claims.take(stage.school.id, NOON, worker="w", lease=lease, most=1) == []
    release()
    assert outbox_claims.take(stage.school.id, NOON, worker="w", lease=lease, most=1) != []


def test_an_invitation_to_what_is_past_at_the_release_expires(held, app, world, server):
    stage = Stage.build(world).invited()
    after_the_meeting = stage.starts_at + timedelta(days=1)
    assert deliver(server, after_the_meeting) == {}
    release(after_the_meeting)
    assert deliver(server, after_the_meeting)["expired"] == len(states(stage)) > 0
    assert set(states(stage)) == {"expired"}
    assert not any(b"text/calendar" in text for text in server.seen.texts)


def test_reminders_wait_and_are_judged_anew_at_the_release(held, app, world):
    stage = Stage.build(world).requested()
    assert dues_sweep.sweep(NEXT_MORNING, school=stage.school.slug) == 0
    assert stage.mails("approval_reminder") == []
    release(NEXT_MORNING)
    assert dues_sweep.sweep(NEXT_MORNING, school=stage.school.slug) > 0
    assert len(stage.mails("approval_reminder")) == 1


def test_a_release_is_recorded_and_a_second_one_is_refused(held, app, world, as_superuser):
    release()
    recorded = as_superuser.execute(
        text("SELECT count(*) FROM audit_entries WHERE action = 'sending.released' AND school_id = 0")
    ).scalar_one()
    assert recorded >= 1
    with pytest.raises(Conflict, match="Nothing is held back"):
        release()


def test_the_app_can_end_a_hold_and_neither_make_nor_remove_one(held, app):
    for statement in (
        "DELETE FROM sending_holds",
        "INSERT INTO sending_holds (held_at, backup_at) VALUES (now(), now())",
        "UPDATE sending_holds SET backup_at = now()",
    ):
        with (
            pytest.raises(Exception, match="permission denied"),
            tenancy.work(tenancy.system(tenancy.PLATFORM_SCHOOL_ID, NOON)) as session,
        ):
            session.execute(text(statement))


def test_people_see_that_nothing_is_sent(held, session_app, world):
    office = world.district()
    school = world.school(office)
    admin, officer = world.person(school, "school_admin"), world.person()
    world.join_district(officer, office)
    in_school, in_district = admin.client(), officer.client()
    pages = [(in_school, f"/s/{school.slug}/outbox/"), (in_district, f"/d/{office.slug}/")]
    told = ("Nothing is being sent", "Tidak ada yang dikirim")
    for client, url in pages:
        assert any(words in client.get(url).text for words in told), url
    with session_app.app_context():
        release()
    for client, url in pages:
        assert not any(words in client.get(url).text for words in told), url


def test_readiness_and_figures_say_held_and_do_not_call_it_a_fault(held, app, monkeypatch):
    client = app.test_client()
    with_token = app.config["PAMONG"].model_copy(update={"metrics_token": "a-token-for-the-figures"})
    monkeypatch.setitem(app.config, "PAMONG", with_token)

    def figures() -> str:
        return client.get("/metrics", headers={"Authorization": "Bearer a-token-for-the-figures"}).text

    assert "pamong_sending_held 1.0" in figures()
    said = client.get("/readyz").json
    assert said["held_since"] == MONDAY.isoformat()
    assert not [problem for problem in said["problems"] if "held" in problem]
    release()
    assert client.get("/readyz").json["held_since"] is None
    assert "pamong_sending_held 0.0" in figures()


def test_the_commands_say_held_and_release_it(held, app, world, settings, monkeypatch):
    for name, value in {
        "PAMONG_ENV": settings.env,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SMTP_URL": settings.smtp_url,
        "PAMONG_SECRET_KEY": settings.secret_key,
        "PAMONG_KEYS": settings.keys,
    }.items():
        monkeypatch.setenv(name, value)
    run = CliRunner().invoke

    def said(*arguments: str) -> str:
        return run(main, list(arguments), obj=app).output

    assert "nothing is sent until `pamong release`" in said("check")
    assert "Nothing is sent until" in said("due", "--at", "2026-11-24T07:00+07:00", "--run")
    with app.app_context(), tenancy.work(tenancy.system(world.school().id, MONDAY)) as session:
        put(tenancy.current().actor, "one")
        assert session.query(OutboxMail).count() == 1
    assert "Released. Mails that were waiting: 1;" in said("release")
    assert said("check").strip() == "All is as it must be."
    assert "Nothing is held back" in said("release")
