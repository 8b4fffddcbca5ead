"""A database that is away or takes no changes: a page that says so, also to those who are signed in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text

from tests.conftest import KEYS
from tests.services.stage import Stage
from webapp.app import create_app
from webapp.config import load_settings
from webapp.extensions import db

SAID = "The database does not answer just now"


@contextmanager
def read_only(app, as_superuser) -> Iterator[None]:
    """The app's role may only read, in every connection that it opens from now on; those it has are cut."""
    name = as_superuser.scalar(text("SELECT current_database()"))

    def tell(words: str) -> None:
        as_superuser.execute(text(f"ALTER ROLE pamong_app IN DATABASE {name} {words}"))
        as_superuser.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = 'pamong_app' AND datname = current_database()"
            )
        )
        as_superuser.commit()
        with app.app_context():
            db.engine.dispose()

    tell("SET default_transaction_read_only = on")
    try:
        yield
    finally:
        tell("RESET default_transaction_read_only")


@pytest.fixture
def away(settings, tmp_path):
    """The application with a database that is nowhere, and a browser that was signed in before."""
    nowhere = f"postgresql://pamong_app:x@/pamong?host={tmp_path}"
    app = create_app(load_settings(**{**settings.model_dump(), "database_url": nowhere, "keys": KEYS}))
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["sid"], session["_fresh"] = "somebody", "x" * 43, True
    return client


@pytest.mark.parametrize(
    "path", ["/", "/login", "/s/sekolah/", "/d/dinas/", "/g/" + "x" * 43 + "/", "/nowhere"]
)
def test_everybody_is_told_that_the_database_does_not_answer(away, path):
    answer = away.get(path)
    assert answer.status_code == 503
    assert SAID in answer.text
    assert int(answer.headers["Retry-After"]) > 0


def test_a_script_is_told_in_its_own_way(away):
    answer = away.get("/", headers={"Accept": "application/json"})
    assert (answer.status_code, set(answer.json)) == (503, {"error", "request_id"})


def test_a_process_that_lives_says_so_without_its_database(away):
    stranger = away.application.test_client()
    assert stranger.get("/healthz").status_code == 200
    assert "database does not answer" in stranger.get("/readyz").json["problems"]


def test_a_database_that_takes_no_changes_is_read_and_refuses_with_the_page(
    world, session_app, as_superuser, monkeypatch
):
    monkeypatch.setitem(session_app.config, "WTF_CSRF_ENABLED", False)
    stage = Stage.build(world)
    client = stage.counsellor.client()
    address = f"/s/{stage.school.slug}/cases/{stage.case_id}/notes"
    note = {"kind": "fact", "body": "Catatan rekaan"}
    with read_only(session_app, as_superuser):
        assert client.get(f"/s/{stage.school.slug}/").status_code == 200
        refused = client.post(address, data=note)
    assert (refused.status_code, SAID in refused.text) == (503, True)
    assert client.post(address, data=note).status_code == 303


def test_a_connection_cut_between_finding_the_place_and_acting_there_ends_in_the_page(
    world, session_app, as_superuser
):
    stage = Stage.build(world)
    client, cut = stage.counsellor.client(), []

    def cuts(connection, cursor, statement, *_) -> None:
        if "district_memberships" in statement and not cut:
            cut.append(cursor.connection.info.backend_pid)
            as_superuser.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": cut[0]})

    with session_app.app_context():
        engine = db.engine
    event.listen(engine, "after_cursor_execute", cuts)
    try:
        refused = client.get(f"/s/{stage.school.slug}/")
    finally:
        event.remove(engine, "after_cursor_execute", cuts)
    assert cut
    assert (refused.status_code, SAID in refused.text) == (503, True)
    assert client.get(f"/s/{stage.school.slug}/").status_code == 200
