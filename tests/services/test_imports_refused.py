"""Files that are no list of students: refused at the door, or looked at and nothing changed."""

from __future__ import annotations

import pytest

from tests.dapodik.lists import write, write_rows
from tests.services.rosters import invented, roster_of, row_of, started
from webapp import tenancy
from webapp.domain.errors import Invalid
from webapp.services import import_requests, import_views, imports


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def operator(world, school):
    return world.person(school, "school_admin")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"Nama;NISN\nMelati;0999000001\n", "CSV"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "image"),
        (b"%PDF-1.7", "PDF"),
    ],
)
def test_what_is_no_workbook_is_refused_at_the_door(app, school, operator, content, sentence):
    actor = operator.at(school)
    with pytest.raises(Invalid, match=sentence), tenancy.work(actor):
        import_requests.start(actor, "foto.xlsx", content)
    with tenancy.work(actor):
        assert import_views.recent(actor) == []


@pytest.mark.parametrize("kind", ["another sheet", "no students", "other columns", "damaged"])
def test_a_wrong_workbook_changes_nothing_and_says_what_is_wrong(app, tmp_path, school, operator, kind):
    path = tmp_path / "wrong.xlsx"
    if kind == "another sheet":
        write_rows(path, [["Nama", "NISN"], ["Melati Rekaan", "0999000001"]], sheet_name="Nilai")
    elif kind == "no students":
        write(path, [])
    elif kind == "other columns":
        write_rows(path, [["Siswa", "Kelas"], ["Melati Rekaan", "X-1"]])
    else:
        path.write_bytes(invented(tmp_path, 5)[:2000])
    import_id = started(operator, school, path.read_bytes(), dry_run=False)
    assert imports.run(operator.at(school), import_id)
    job = row_of(operator, school, import_id)
    assert job.state == "failed"
    with tenancy.work(operator.at(school)):
        error = import_views.show(operator.at(school), import_id).error
    wanted = {
        "another sheet": "The file has: Nilai",
        "no students": "0 rows",
        "other columns": "NISN",
        "damaged": "damaged",
    }
    assert wanted[kind] in str(error)
    assert roster_of(operator, school) == []
