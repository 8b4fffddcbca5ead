"""The drill: what was backed up while people wrote comes back whole, apart, readable, and silent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask

import tasks.dues
import tasks.outbox
from tests.backup.conftest import NOTE, Drill
from tests.backup.pamong import application, pamong, settings_for
from tests.engines.running import connect
from tests.factories import Person, World, fresh_id
from tests.isolation import routes
from tests.isolation.test_matrix import own_url
from tests.mail.servers import ScriptedServer, scripted
from webapp import tenancy
from webapp.backup import contents, keys
from webapp.backup.manifest import Manifest
from webapp.embedded import EngineUrls
from webapp.embedded.reach import database_of
from webapp.models.base import bound_to
from webapp.models.cases import CaseNote

GIVEN = ("PAMONG_KEYS", "PAMONG_SECRET_KEY")


@pytest.fixture(scope="module")
def restored_home(drill: Drill, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new data folder into which the backup was restored, with nothing but that and the file of keys."""
    home = tmp_path_factory.mktemp("restored") / "home"
    said = pamong("restore", drill.folder, PAMONG_HOME=home)
    assert said.returncode == 0, said.stderr
    assert "All counts agree" in said.stdout
    assert "Nothing is sent until you run `pamong release`" in said.stdout
    return home


@pytest.fixture(scope="module")
def urls(restored_home: Path) -> Iterator[EngineUrls]:
    with database_of(restored_home) as running:
        yield running


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    with scripted({}) as running:
        yield running


@pytest.fixture(scope="module")
def restored(drill: Drill, restored_home: Path, urls: EngineUrls, server: ScriptedServer) -> Flask:
    return application(settings_for(restored_home, urls.database_url, drill.urls["redis"], server.url))


def test_the_backup_holds_data_and_keys_apart_and_closed_to_others(drill: Drill) -> None:
    inside = {str(path.relative_to(drill.folder)) for path in drill.folder.rglob("*") if path.is_file()}
    assert inside == {"manifest.json", "database.dump", "files/attachments/12/berkas"}
    for path in (drill.keys_file, *drill.folder.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path
    secrets = [os.fsencode(value) for value in keys.read(drill.keys_file).__dict__.values()]
    key = secrets[0].partition(b":")[2]
    for name in inside:
        content = (drill.folder / name).read_bytes()
        assert not any(secret in content for secret in (*secrets, key)), name
    assert f"The keys are in {drill.keys_file}" in drill.said


def test_the_backup_is_of_one_moment_while_people_went_on_writing(drill: Drill, urls: EngineUrls) -> None:
    with connect(urls.backup_url) as connection:
        per_school = [
            connection.execute(
                "SELECT count(*) FROM case_notes WHERE school_id = %s", (side.stage.school.id,)
            ).fetchone()
            for side in drill.sides
        ]
    notes = [drill.manifest.tables["case_notes"].schools[str(side.stage.school.id)] for side in drill.sides]
    assert [number for (number,) in per_school] == notes
    # One after another: the second school is never ahead of the first, and never more than one note behind.
    assert 0 <= notes[0] - notes[1] <= 1
    written = sum(notes) - 2  # each school has one note of its own
    assert drill.written_before <= written < drill.written_in_all


def test_counts_per_table_and_school_equal_the_manifest(drill: Drill, urls: EngineUrls) -> None:
    made: Manifest = drill.manifest
    with contents.reading(urls.backup_url) as reader:
        found = contents.counts(reader.connection)
    assert found.pop("sending_holds").rows == 1
    assert found == {name: count for name, count in made.tables.items() if name != "sending_holds"}
    # Each of the four schools of the drill, and those beside them to which a student moves, has its own key.
    assert made.schools == len(made.tables["school_keys"].schools) - 1 >= 4
    for name in ("students", "cases", "case_notes", "conferences", "participants", "reports", "outbox"):
        assert len(made.tables[name].schools) >= 2, name
        assert made.tables[name].rows > 0, name


def test_every_sealed_text_opens_and_reads_as_before(drill: Drill, urls: EngineUrls, restored: Flask) -> None:
    opened = 0
    with contents.reading(urls.backup_url) as reader:
        wrapped = contents.wrapped_keys(reader.connection)
        school_keys = keys.school_keys(keys.read(drill.keys_file), wrapped)
        for table, column in _sealed_columns(reader.connection):
            rows = reader.connection.execute(
                f"SELECT school_id, id, {column} FROM {table} WHERE {column} IS NOT NULL".encode()
            ).fetchall()
            for school_id, row_id, sealed in rows:
                number = contents.crypto.key_number(sealed)
                bound = bound_to(table, column, school_id, row_id)
                contents.crypto.unseal(school_keys[school_id, number], sealed, bound)
                opened += 1
    assert opened > 100
    side = drill.sides[0]
    with restored.app_context(), tenancy.work(side.people["O"].at(side.stage.school)) as session:
        bodies = {note.body for note in session.query(CaseNote)}
    assert {"Catatan rekaan", f"{NOTE}0"} <= bodies


def _sealed_columns(connection: psycopg.Connection) -> list[tuple[str, str]]:
    return connection.execute(
        "SELECT table_name::text, column_name::text FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name LIKE '%\\_enc'"
    ).fetchall()


def test_files_come_back_and_secrets_of_the_old_place_do_not(drill: Drill, restored_home: Path) -> None:
    name = Path("attachments", "12", "berkas")
    assert (restored_home / name).read_bytes() == (drill.home / name).read_bytes()
    assert (restored_home / name).stat().st_mode & 0o077 == 0
    assert "never a part" not in (restored_home / "secrets.json").read_text()


def test_the_gate_before_a_start_is_open_and_says_that_nothing_is_sent(
    drill: Drill, restored_home: Path, urls: EngineUrls
) -> None:
    said = pamong(
        "check",
        PAMONG_HOME=restored_home,
        DATABASE_URL=urls.database_url,
        REDIS_URL=drill.urls["redis"],
        SMTP_URL="smtp://127.0.0.1:9",
        **{name: drill.environment[name] for name in GIVEN},
    )
    assert said.returncode == 0, said.stderr
    assert "All is as it must be." in said.stdout
    assert "nothing is sent until `pamong release`" in said.stdout


def _clients(app: Flask, drill: Drill) -> Iterator[tuple]:
    world = World(app)
    for own, foreign in (drill.sides, drill.sides[::-1]):
        people = {
            letter: Person(world, person.user_id, person.email, person.name)
            for letter, person in own.people.items()
        }
        yield own, foreign, people


PAGES = (
    "cases.case",
    "conferences.show",
    "students.student",
    "outbox.index",
    "documents.index",
    "today.index",
)


def test_people_sign_in_and_schools_are_kept_apart_as_before(drill: Drill, restored: Flask) -> None:
    adapter = restored.url_map.bind("localhost")
    rules = {rule.endpoint: rule for rule in restored.url_map.iter_rules() if "GET" in rule.methods}
    positive = 0
    nothing = {name: fresh_id() for name in drill.sides[0].objects}
    for own, foreign, people in _clients(restored, drill):
        clients = {letter: people[letter].client() for letter in "OCPTA"}
        for endpoint in PAGES:
            rule, allowed = rules[endpoint], routes.SCHOOL[endpoint]
            mine, _ = own_url(adapter, rule, {"school": own.slug}, own.objects)
            theirs, _ = own_url(adapter, rule, {"school": own.slug}, foreign.objects)
            missing, _ = own_url(adapter, rule, {"school": own.slug}, nothing)
            elsewhere, _ = own_url(adapter, rule, {"school": foreign.slug}, foreign.objects)
            for letter, client in clients.items():
                status = client.get(mine).status_code
                assert (status == 200) if letter in allowed else (status in {403, 404}), (endpoint, letter)
                positive += status == 200
                assert client.get(elsewhere).status_code == 404, (endpoint, letter)
                if theirs != mine:
                    answers = {client.get(url).status_code for url in (theirs, missing)}
                    assert len(answers) == 1, (endpoint, letter)
                    assert answers <= {403, 404}, (endpoint, letter)
        board = people["D"].client()
        assert board.get(f"/d/{own.office.slug}/").status_code == 200
        assert board.get(f"/d/{foreign.office.slug}/").status_code == 404
    assert positive > 20


def test_without_a_scope_the_app_sees_no_row_and_with_one_only_its_school(
    drill: Drill, urls: EngineUrls, restored: Flask
) -> None:
    with connect(urls.database_url) as connection:
        for table in ("students", "cases", "case_notes", "outbox", "users", "schools"):
            assert connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() == (0,), table
    for side in drill.sides:
        school = side.stage.school
        with restored.app_context(), tenancy.work(side.people["O"].at(school)) as session:
            assert {note.school_id for note in session.query(CaseNote)} == {school.id}


def test_nothing_is_mailed_until_the_release_and_then_it_is(
    drill: Drill, restored: Flask, server: ScriptedServer, urls: EngineUrls, restored_home: Path
) -> None:
    before = _outbox(urls)
    assert before.get("queued", 0) > 5
    with restored.app_context():
        for _ in range(2):
            tasks.outbox.sweep()
            tasks.dues.sweep()
    assert server.seen.texts == []
    assert _outbox(urls) == before
    assert restored.test_client().get("/readyz").json["held_since"] is not None
    said = pamong(
        "release",
        PAMONG_HOME=restored_home,
        DATABASE_URL=urls.database_url,
        REDIS_URL=drill.urls["redis"],
        SMTP_URL=server.url,
        **{name: drill.environment[name] for name in GIVEN},
    )
    assert said.returncode == 0, said.stderr
    with restored.app_context():
        tasks.outbox.sweep()
    assert len(server.seen.texts) == _outbox(urls)["sent"] > 5
    assert restored.test_client().get("/readyz").json["held_since"] is None


def _outbox(urls: EngineUrls) -> dict[str, int]:
    with connect(urls.backup_url) as connection:
        return dict(connection.execute("SELECT state, count(*) FROM outbox GROUP BY 1").fetchall())


def test_what_was_restored_can_be_backed_up_and_restored_again_as_it_runs(
    drill: Drill, restored_home: Path, urls: EngineUrls, new_database, tmp_path: Path
) -> None:
    """From an embedded data folder that runs, into an empty database of an ordinary server."""
    again = tmp_path / "again"
    made = pamong("backup", again, PAMONG_HOME=restored_home)
    assert made.returncode == 0, made.stderr
    empty = new_database(migrated=False)
    said = pamong(
        "restore",
        again,
        PAMONG_HOME=tmp_path / "home",
        DATABASE_URL=empty["app"],
        DATABASE_OWNER_URL=empty["owner"],
        DATABASE_BACKUP_URL=empty["backup"],
        **{name: drill.environment[name] for name in GIVEN},
    )
    assert said.returncode == 0, said.stderr
    with connect(empty["backup"]) as connection, connect(urls.backup_url) as original:
        wanted = "SELECT count(*) FROM case_notes"
        assert connection.execute(wanted).fetchone() == original.execute(wanted).fetchone()
    name = Path("attachments", "12", "berkas")
    assert (tmp_path / "home" / name).read_bytes() == (drill.home / name).read_bytes()
