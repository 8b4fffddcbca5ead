"""`pamong import-students`: the service behind it, said in the terminal's language."""

from __future__ import annotations

from datetime import UTC, datetime

import openpyxl
import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from tests.dapodik.lists import record, write
from tests.services.rosters import roster_of, started
from webapp import tenancy
from webapp.cli import main
from webapp.models.students import StudentImport
from webapp.services import imports


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def operator(world, school):
    return world.person(school, "school_admin")


@pytest.fixture
def pamong(session_app):
    """Run the command against the test database; gives click's result."""

    def run(*arguments, lang="id_ID.UTF-8"):
        return CliRunner(env={"LANG": lang}).invoke(
            main, ["import-students", *map(str, arguments)], obj=session_app
        )

    return run


@pytest.fixture
def students_file(tmp_path):
    broken = record(Nama="Mawar Fajar Rekaan", NISN="0999000002", NIPD="2", JK="X")
    return write(tmp_path / "daftar.xlsx", [record(), broken])


def test_a_list_comes_in_and_its_bad_rows_come_back(app, world, pamong, school, operator, students_file):
    elsewhere = world.school()
    stranger = world.person(elsewhere, "school_admin")
    result = pamong("--school", school.slug, students_file, lang="en_US.UTF-8")
    assert result.exit_code == 0, result.output
    assert "New: 1. Changed: 0. Unchanged: 0. Not imported: 1." in result.output
    assert "2 of 2 rows" in result.output
    assert [student["name"] for student in roster_of(operator, school)] == ["Melati Senja Rekaan"]
    assert roster_of(stranger, elsewhere) == []
    back = students_file.with_name("daftar.xlsx.failed.xlsx")
    assert back.stat().st_mode & 0o077 == 0
    sheet = openpyxl.load_workbook(back)["Daftar Peserta Didik"]
    assert "Mawar Fajar Rekaan" in [cell.value for cell in sheet[7]]
    again = pamong("--school", school.slug, students_file, lang="en")
    assert "New: 0. Changed: 0. Unchanged: 1. Not imported: 1." in again.output


def test_a_dry_run_changes_nothing(app, pamong, school, operator, students_file):
    result = pamong("--school", school.slug, "--dry-run", students_file, lang="en")
    assert result.exit_code == 0
    assert "nothing was changed" in result.output
    assert "New: 1." in result.output
    assert roster_of(operator, school) == []


def test_a_wrong_file_ends_with_one_and_the_sentence(app, tmp_path, pamong, school, operator, students_file):
    picture = tmp_path / "foto.xlsx"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    empty = write(tmp_path / "kosong.xlsx", [])
    for wrong, sentence in ((picture, "This is an image"), (empty, "0 rows")):
        result = pamong("--school", school.slug, wrong, lang="en")
        assert result.exit_code == 1
        assert sentence in result.output
        assert "Traceback" not in result.output
    assert roster_of(operator, school) == []
    assert pamong("--school", school.slug, students_file).exit_code == 0


def test_a_person_is_named_or_is_the_schools_admin(app, world, pamong, school, students_file):
    assert pamong("--school", "tidak-ada", students_file, lang="en").exit_code == 1
    nobody = pamong("--school", school.slug, students_file, lang="en")
    assert nobody.exit_code == 1
    assert "--as" in nobody.output
    counsellor, teacher = world.person(school, "counsellor"), world.person(school, "teacher")
    elsewhere = world.person(world.school(), "school_admin")
    for person in (teacher, elsewhere):
        refused = pamong("--school", school.slug, "--as", person.email, students_file, lang="en")
        assert refused.exit_code == 1, refused.output
    assert roster_of(counsellor, school) == []
    done = pamong("--school", school.slug, "--as", counsellor.email.upper(), students_file)
    assert done.exit_code == 0, done.output
    assert len(roster_of(counsellor, school)) == 1


def test_while_another_import_of_the_school_runs_nothing_is_left_behind(
    app, world, pamong, school, operator, students_file
):
    elsewhere = world.school()
    world.person(elsewhere, "school_admin")
    running = started(operator, school, students_file.read_bytes())
    with tenancy.work(operator.at(school, when=datetime.now(UTC))):
        assert imports.claim(tenancy.current().actor, running) is not None
    refused = pamong("--school", school.slug, students_file, lang="en")
    assert refused.exit_code == 1
    assert "Another import of this school is running." in refused.output
    with tenancy.work(operator.at(school)) as session:
        assert session.scalar(select(func.count()).select_from(StudentImport)) == 1
    assert pamong("--school", elsewhere.slug, students_file, lang="en").exit_code == 0
