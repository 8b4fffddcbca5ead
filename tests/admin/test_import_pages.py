"""The student list on its pages: looked at, chosen, confirmed."""

from __future__ import annotations

import pytest

from tests.admin.test_students import send, upload
from tests.dapodik.lists import record, write
from tests.factories import MONDAY, csrf_token
from tests.queries import count_queries
from tests.services.rosters import invented, roster_of
from webapp import tenancy
from webapp.services import imports, student_entries, students


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def counsellor(world, school):
    return world.person(school, "counsellor")


@pytest.fixture
def client(counsellor, school):
    client = counsellor.client()
    page = f"/s/{school.slug}/students/"
    client.post("/language/en", data={"csrf_token": csrf_token(client.get(page).text), "next": page})
    return client


@pytest.fixture
def at(school):
    """An address inside the school."""
    return lambda path: f"/s/{school.slug}/{path}"


@pytest.fixture
def sweep(world):
    """The worker's turn. Requests bring their own application context; this has one of its own."""

    def run(at=MONDAY):
        with world.app.app_context():
            return imports.sweep(at)

    return run


@pytest.fixture
def roster(world, school, counsellor):
    """The students of the school in plain data."""

    def look():
        with world.app.app_context():
            return roster_of(counsellor, school)

    return look


def test_a_list_is_looked_at_imported_and_looked_at_again(tmp_path, client, at, sweep, roster):
    start = upload(client, at, invented(tmp_path, 12, sex_unknown=1, class_blank=1))
    assert start.status_code == 303
    job = start.location
    waiting = client.get(job).text
    assert f'data-progress-url="{job}progress"' in waiting
    assert client.get(job + "progress").json["state"] == "running"
    assert sweep() >= 1
    assert client.get(job + "progress").json | {"label": ""} == {
        "done": 12, "total": 12, "state": "finished", "label": "", "text": "", "next": job,
    }  # fmt: skip
    preview = client.get(job).text
    assert "Import these 11 rows" in preview
    assert "Write L or P." in client.get(job + "?show=failed").text
    assert roster() == []

    assert send(client, job + "confirm", job).location == job
    assert sweep() >= 1
    assert "The list was imported" in client.get(job).text
    assert len(roster()) == 11
    assert send(client, job + "confirm", at("imports/")).status_code == 409
    back = client.get(job + "failed.xlsx")
    assert back.data[:2] == b"PK"
    assert "attachment" in back.headers["Content-Disposition"]

    again = upload(client, at, invented(tmp_path, 12, sex_unknown=1, class_blank=1)).location
    sweep()
    repeated = client.get(again).text
    assert "Nothing to import" in repeated
    assert "Import these" not in repeated


def test_the_preview_shows_old_and_new_and_asks_whether_it_is_the_right_school(tmp_path, client, at, sweep):
    for number, class_name in enumerate(("VII-1", "VIII-2")):
        content = write(tmp_path / f"{number}.xlsx", [record(Rombel_Saat_Ini=class_name)]).read_bytes()
        job = upload(client, at, content).location
        sweep()
        preview = client.get(job).text
        assert "The file names the school SMP Contoh Rekaan." in preview
        if number == 0:
            send(client, job + "confirm", job)
            sweep()
    assert "<del>VII-1</del>" in preview
    assert "<ins>VIII-2</ins>" in preview


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "empty"), (b"Nama;NISN\n", "CSV"), (b"\x89PNG\r\n\x1a\n" + bytes(50), "image")],
)
def test_a_wrong_file_is_refused_with_a_sentence_and_changes_nothing(client, at, content, sentence, roster):
    answer = upload(client, at, content)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Earlier files" not in client.get(at("imports/")).text
    assert roster() == []


def test_without_a_file_the_form_asks_for_one(client, at):
    answer = send(client, at("imports/"), at("imports/"))
    assert answer.status_code == 422
    assert "Choose a file." in answer.text


def test_a_list_of_other_columns_says_what_is_missing_and_lets_choose(tmp_path, client, at, sweep):
    from tests.dapodik.lists import write_rows

    header = ["Nama Siswa", "No Induk", "L/P", "NISN", "Tgl Lahir", "Kelas"]
    rows = [header, ["Melati Senja Rekaan", "26001", "P", "0999000001", "2012-03-04", "X-1"]]
    job = upload(client, at, write_rows(tmp_path / "lain.xlsx", rows).read_bytes()).location
    sweep()
    page = client.get(job).text
    assert "These columns are missing" in page
    fields = ("name", "nipd", "sex", "nisn", "birth_on", "class_name")
    chosen = {f"column-{field}": label for field, label in zip(fields, header, strict=True)}
    wrong = send(client, job + "columns", job, **(chosen | {"column-nipd": "NISN"}))
    assert wrong.status_code == 422
    assert "is chosen twice" in wrong.text
    lacking = send(client, job + "columns", job, **(chosen | {"column-sex": "", "column-class_name": ""}))
    assert lacking.status_code == 422
    assert "Say where these stand: JK, Rombel Saat Ini." in lacking.text
    assert send(client, job + "columns", job, **chosen).location == job
    sweep()
    assert "Import this row" in client.get(job).text


def chosen_in(page):
    """Label -> the option that stands chosen in its select."""
    found = {}
    for field in page.split('<div class="field">')[1:]:
        if 'name="column-' in field and " selected" in field:
            found[field.split('name="column-')[1].split('"')[0]] = (
                field.split(" selected")[0].rsplit('value="', 1)[1].split('"')[0]
            )
    return found


def test_what_a_header_may_mean_is_chosen_already_and_a_choice_is_made_once(
    tmp_path, world, school, client, at, sweep
):
    from tests.dapodik.lists import write_rows

    header = ["Nama Siswa", "NIS", "L/P", "NISN", "Tgl Lahir", "Kelas", "Alamat Rumah"]
    cells = ["Melati Senja Rekaan", "26001", "P", "0999000001", "2012-03-04", "X-1", "Jl. Contoh 1"]
    content = write_rows(tmp_path / "lain.xlsx", [header, cells]).read_bytes()
    job = upload(client, at, content).location
    sweep()
    guessed = chosen_in(client.get(job).text)
    fields = ("name", "nipd", "sex", "nisn", "birth_on", "class_name", "address")
    assert guessed == dict(zip(fields, header, strict=True))
    send(client, job + "columns", job, **{f"column-{field}": label for field, label in guessed.items()})
    sweep()
    assert "Import this row" in client.get(job).text

    again = upload(client, at, content).location
    sweep()
    page = client.get(again).text
    assert "Import this row" in page
    assert "Nama ← “Nama Siswa”" in page
    assert "Not read from this file, and left as they are: Tempat Lahir, RT" in page
    without_address = {f"column-{field}": label for field, label in guessed.items() if field != "address"}
    assert send(client, again + "columns", again, **without_address).location == again
    sweep()
    assert "Tempat Lahir, Alamat, RT" in client.get(again).text

    elsewhere = world.school()
    colleague = world.person(elsewhere, "counsellor").client()
    strange = upload(colleague, lambda path: f"/s/{elsewhere.slug}/{path}", content).location
    sweep()
    assert 'name="column-name"' in colleague.get(strange).text
    assert "Melati" not in colleague.get(strange).text


def test_a_list_without_anything_to_note_has_no_column_for_notes(tmp_path, client, at, sweep):
    job = upload(client, at, write(tmp_path / "a.xlsx", [record()]).read_bytes()).location
    sweep()
    assert ">Note<" not in client.get(job + "?show=created").text
    noted = upload(client, at, invented(tmp_path, 5, class_blank=1)).location
    sweep()
    page = client.get(noted + "?show=created").text
    assert ">Note<" in page


def test_pages_ask_the_database_little(tmp_path, world, school, counsellor, client, at, sweep):
    actor = counsellor.at(school)
    job = upload(client, at, invented(tmp_path, 60, sex_unknown=3)).location
    sweep()
    send(client, job + "confirm", job)
    sweep()
    with world.app.app_context(), tenancy.work(actor):
        student_id = students.register(actor).lines[0].id
        student_entries.mark_left(actor, student_id, on=actor.today, kind="moved")
    for path in (
        at("students/"),
        at("students/?q=re"),
        at("students/?show=left"),
        at("students/lookup?query=re"),
        at(f"students/{student_id}/"),
        at(f"students/{student_id}/edit"),
        at(f"students/{student_id}/guardians/new"),
        at("imports/"),
        job,
        job + "?show=created",
        job + "progress",
    ):
        with world.app.app_context(), count_queries() as seen:
            assert client.get(path).status_code == 200
        assert len(seen) <= 12, (path, len(seen), seen)
