"""A list that comes again: changes, leavers, corrections."""

from __future__ import annotations

import io
import time
from datetime import date

import openpyxl
import pytest
from sqlalchemy import text

from tests.dapodik.lists import record, write, write_rows
from tests.services.rosters import carry_out, counts, imported, invented, roster_of, row_of, started
from webapp import tenancy
from webapp.domain.errors import Conflict, Invalid
from webapp.models.students import Student
from webapp.services import guardians, import_requests, import_views, imports, student_entries, students


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def operator(world, school):
    return world.person(school, "school_admin")


def test_columns_under_other_names_can_be_chosen_by_hand(app, tmp_path, school, operator):
    header = ["Nama Siswa", "No Induk", "L/P", "NISN", "Tgl Lahir", "Kelas"]
    path = write_rows(
        tmp_path / "renamed.xlsx",
        [header, ["Melati Senja Rekaan", "260001", "P", "0999000001", "2012-03-04", "X-1"]],
    )
    actor = operator.at(school)
    import_id = started(operator, school, path.read_bytes())
    imports.run(actor, import_id)
    with tenancy.work(actor):
        assert list(import_views.show(actor, import_id).labels) == header
        chosen = dict(zip(("name", "nipd", "sex", "nisn", "birth_on", "class_name"), header, strict=True))
        with pytest.raises(Invalid, match="chosen twice"):
            import_requests.remap(actor, import_id, chosen | {"nipd": "NISN"})
        with pytest.raises(Invalid, match="of this file"):
            import_requests.remap(actor, import_id, chosen | {"nipd": "Nomor"})
        import_requests.remap(actor, import_id, chosen)
    imports.run(actor, import_id)
    job = row_of(operator, school, import_id)
    assert (job.state, counts(job)) == ("ready", (1, 0, 0, 0))
    with tenancy.work(actor):
        import_requests.confirm(actor, import_id)
    imports.run(actor, import_id)
    assert [student["nisn"] for student in roster_of(operator, school)] == ["0999000001"]


def test_changes_are_shown_old_and_new_and_what_was_entered_by_hand_survives(app, tmp_path, school, operator):
    actor = operator.at(school)
    parents = {"Data Ayah / Nama": "Elang Senja Rekaan", "Data Ayah / Pekerjaan": "Petani"}
    first = record(**{"Data Ibu / Nama": "Intan Senja Rekaan"}) | parents
    imported(operator, school, write(tmp_path / "a.xlsx", [first]).read_bytes())
    with tenancy.work(actor):
        (hit,) = students.search(actor, "melati")
        father, mother = guardians.of_student(actor, hit.id)
        entries = {"relation": "father", "name": father.name, "email": "elang@contoh.example"}
        guardians.edit_guardian(actor, hit.id, father.id, entries | {"phone": "0812 3456 7890"})
        guardians.forbid_contact(actor, hit.id, father.id, reason="Putusan pengadilan rekaan")
        guardians.add_guardian(actor, hit.id, {"relation": "other", "name": "Bibi Rekaan"})
    changed = first | {
        "Rombel Saat Ini": "VIII-1",
        "Data Ayah / Nama": "Elang S. Rekaan",
        "HP": "081234567891",
    }
    content = write(tmp_path / "b.xlsx", [changed]).read_bytes()

    dry = started(operator, school, content)
    imports.run(actor, dry)
    with tenancy.work(actor):
        (row,) = import_views.rows(actor, dry, "updated").rows
    assert set(row.changes) == {
        ("Rombel Saat Ini", "VII-1", "VIII-1"),
        ("HP", None, "+6281234567891"),
        ("Data Ayah / Nama", "Elang Senja Rekaan", "Elang S. Rekaan"),
        ("Data Ayah / Pekerjaan", None, "Petani"),
    }
    assert [warning.label for warning in row.warnings] == ["Data Ayah / Nama"]
    with tenancy.work(actor):
        import_requests.confirm(actor, dry)
    imports.run(actor, dry)
    with tenancy.work(actor):
        new_father, new_mother, other = guardians.of_student(actor, hit.id)
    assert (new_father.id, new_father.name, new_father.email) == (
        father.id,
        "Elang S. Rekaan",
        "elang@contoh.example",
    )
    assert (new_father.phone, new_father.occupation) == ("+6281234567890", "Petani")
    assert (new_father.do_not_contact, new_father.reason) == (True, "Putusan pengadilan rekaan")
    assert new_mother == mother
    assert other.name == "Bibi Rekaan"


def test_a_blank_cell_erases_nothing(app, tmp_path, school, operator):
    full = record(Alamat="Jl. Contoh No. 1", Tempat_Lahir="Kota Contoh")
    imported(operator, school, write(tmp_path / "a.xlsx", [full]).read_bytes())
    before = roster_of(operator, school)
    again = imported(
        operator, school, write(tmp_path / "b.xlsx", [record(Rombel_Saat_Ini=None)]).read_bytes()
    )
    assert counts(again) == (0, 0, 1, 0)
    assert roster_of(operator, school) == before


def test_a_student_entered_by_hand_while_the_import_runs_is_found_not_doubled(
    app, tmp_path, world, school, operator, monkeypatch
):
    monkeypatch.setattr(imports, "CHUNK", 1)
    colleague = world.person(school, "counsellor").at(school)
    rows = [
        record(),
        record(Nama="Mawar Fajar Rekaan", NISN="0999000002", NIPD="2600002"),
    ]
    import_id = started(operator, school, write(tmp_path / "a.xlsx", rows).read_bytes(), dry_run=False)
    entered = []

    def tell(done, total):
        if not entered:
            with tenancy.work(colleague):
                entries = {"name": "Mawar Fajar Rekaan", "nisn": "0999000002", "sex": "P"}
                entered.append(student_entries.add_student(colleague, entries).id)

    carry_out(operator.at(school), import_id, tell=tell)
    job = row_of(operator, school, import_id)
    assert (job.state, counts(job)) == ("done", (1, 1, 0, 0))
    roster = roster_of(operator, school)
    assert [(student["name"], student["nipd"]) for student in roster] == [
        ("Mawar Fajar Rekaan", "2600002"),
        ("Melati Senja Rekaan", "2600001"),
    ]


def test_one_who_left_is_recognised_and_stays_marked(app, tmp_path, school, operator):
    actor = operator.at(school)
    content = write(tmp_path / "a.xlsx", [record()]).read_bytes()
    imported(operator, school, content)
    with tenancy.work(actor):
        (hit,) = students.search(actor, "melati")
        student_entries.mark_left(actor, hit.id, on=date(2026, 10, 1), kind="moved")
    job = imported(operator, school, content)
    assert counts(job) == (0, 0, 1, 0)
    assert [warning[0] for warning in job.counts["warnings"]] == ["Nama"]
    with tenancy.work(actor) as session:
        assert session.get(Student, (school.id, hit.id)).left_on == date(2026, 10, 1)


def test_failed_rows_come_back_with_reasons_and_can_be_imported_once_corrected(
    app, tmp_path, school, operator
):
    content = write(
        tmp_path / "a.xlsx", [record(), record(Nama=None, NISN="0999000002", NIPD="2")]
    ).read_bytes()
    job = imported(operator, school, content)
    assert counts(job) == (1, 0, 0, 1)
    with tenancy.work(operator.at(school)):
        back = import_views.failed_rows_file(operator.at(school), job.id)
    book = openpyxl.load_workbook(io.BytesIO(back))
    sheet = book["Daftar Peserta Didik"]
    header = [cell.value for cell in sheet[5]]
    sheet.cell(row=7, column=header.index("Nama") + 1, value="Mawar Fajar Rekaan")
    corrected = io.BytesIO()
    book.save(corrected)
    assert counts(imported(operator, school, corrected.getvalue())) == (1, 0, 0, 0)
    assert len(roster_of(operator, school)) == 2


def test_a_newer_file_sets_the_earlier_one_aside(app, tmp_path, world, school, operator):
    elsewhere = world.school()
    colleague = world.person(elsewhere, "school_admin")
    theirs = started(colleague, elsewhere, invented(tmp_path, 5))
    imports.run(colleague.at(elsewhere), theirs)
    first = started(operator, school, invented(tmp_path, 5))
    imports.run(operator.at(school), first)
    started(operator, school, invented(tmp_path, 6))
    job = row_of(operator, school, first)
    assert (job.state, job.error["message_id"], job.file) == ("failed", import_requests.SET_ASIDE, None)
    with tenancy.work(operator.at(school)), pytest.raises(Conflict):
        import_requests.confirm(operator.at(school), first)
    assert row_of(colleague, elsewhere, theirs).state == "ready"


def test_what_the_file_holds_is_not_readable_in_the_database(app, tmp_path, school, operator, as_superuser):
    rows = [record(Alamat="Jalan Rahasia Rekaan 9", **{"Data Ibu / Nama": "Intan Tersembunyi Rekaan"})]
    rows.append(record(Nama="Kirana Tertunda Rekaan", NISN="0999000009", NIPD="9", JK="X"))
    import_id = started(operator, school, write(tmp_path / "a.xlsx", rows).read_bytes(), dry_run=False)
    imports.run(operator.at(school), import_id)
    for table in ("students", "guardians", "student_imports", "student_import_rows", "audit_entries"):
        dump = "\n".join(as_superuser.execute(text(f"SELECT to_jsonb(t)::text FROM {table} t")).scalars())
        for secret in ("Jalan Rahasia", "Tersembunyi", "Tertunda"):
            assert secret not in dump


def test_twelve_hundred_students_come_in_within_seconds(app, tmp_path, school, operator):
    content = invented(tmp_path, 1200)
    began = time.monotonic()
    job = imported(operator, school, content)
    took = time.monotonic() - began
    assert counts(job) == (1200, 0, 0, 0)
    assert took < 20
    began = time.monotonic()
    assert counts(imported(operator, school, content)) == (0, 0, 1200, 0)
    assert time.monotonic() - began < 20
