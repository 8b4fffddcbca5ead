"""The pages of students, guardians and imports, as people of two schools open them."""

from __future__ import annotations

import io
import re

import pytest

from tests.dapodik.lists import record, write
from tests.factories import MONDAY, csrf_token
from tests.queries import MOST_PER_PAGE, count_queries
from tests.services.rosters import invented, roster_of
from tests.services.test_cases import monitored, opened
from webapp import tenancy
from webapp.services import cases, guardians, imports, student_entries, students


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


def send(client, url, form_page, **data):
    token = csrf_token(client.get(form_page).text)
    return client.post(url, data={"csrf_token": token, **data})


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


def upload(client, at, content, name="daftar.xlsx"):
    return send(client, at("imports/"), at("imports/"), file=(io.BytesIO(content), name))


def test_the_register_lists_searches_and_filters(world, school, client, at):
    foreign = world.school()
    world.student(foreign, name="Asing Rekaan")
    world.student(school, name="Melati Rekaan", class_name="X-1")
    world.student(school, name="Mawar Rekaan", class_name="X-2")
    everybody = client.get(at("students/"))
    assert "Melati Rekaan" in everybody.text
    assert "2 students" in everybody.text
    assert "Asing Rekaan" not in everybody.text
    found = client.get(at("students/?q=mel"))
    assert "Melati Rekaan" in found.text
    assert "Mawar Rekaan" not in found.text
    in_class = client.get(at("students/?class=X-2"))
    assert "Mawar Rekaan" in in_class.text
    assert "Melati Rekaan" not in in_class.text
    assert "No student fits" in client.get(at("students/?q=tidakada")).text


def test_paging_keeps_the_filters(world, school, client, at, monkeypatch):
    monkeypatch.setattr(students, "PAGE", 2)
    for letter in "ABC":
        world.student(school, name=f"Murid {letter} Rekaan")
    first = client.get(at("students/?q=murid"))
    assert "Murid C Rekaan" not in first.text
    target = first.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = client.get(target)
    assert "Murid C Rekaan" in second.text
    assert "q=murid" in target
    assert "Murid" not in target


def test_only_those_who_may_open_cards_get_links_to_them(world, school, client, at):
    student_id = world.student(school)
    assert f"students/{student_id}/" in client.get(at("students/")).text
    for role in ("principal", "homeroom", "teacher"):
        other = world.person(school, role).client()
        page = other.get(at("students/"))
        assert page.status_code == 200
        assert f"students/{student_id}/" not in page.text
        assert "imports/" not in page.text
        for path in (f"students/{student_id}/", "students/new", f"students/{student_id}/edit", "imports/"):
            assert other.get(at(path)).status_code == 403
        assert other.get(at(f"students/{student_id}/guardians/new")).status_code == 403


def test_the_lookup_answers_pickers_with_twenty_at_most(world, school, client, at):
    for _ in range(22):
        world.student(school, name="Seragam Rekaan")
    answer = client.get(at("students/lookup?query=sera&limit=500"))
    assert len(answer.json) == 20
    assert answer.json[0][1].startswith("Seragam Rekaan · X-1 · 9")
    assert isinstance(answer.json[0][0], str)
    assert client.get(at("students/lookup")).json == []


def test_a_student_is_added_changed_marked_and_taken_back(client, at, roster):
    form = {"name": "Melati Senja Rekaan", "sex": "P", "nisn": "0999000001", "class_name": "X-1"}
    wrong = send(client, at("students/new"), at("students/new"), **(form | {"nisn": "12", "birth_on": "x"}))
    assert wrong.status_code == 422
    assert "A NISN has ten digits." in wrong.text
    assert 'value="Melati Senja Rekaan"' in wrong.text
    assert "2 things need your attention" in wrong.text
    assert roster() == []

    added = send(client, at("students/new"), at("students/new"), **form)
    assert added.status_code in (302, 303)
    card = added.location
    assert "Melati Senja Rekaan" in client.get(card).text
    edited = send(client, card + "edit", card + "edit", **(form | {"class_name": "XI-1"}))
    assert edited.location == card
    assert "XI-1" in client.get(card).text

    future = send(client, card + "left", card, left_kind="moved", left_on="2999-01-01")
    assert future.status_code == 422
    assert "lies in the future" in future.text
    assert send(client, card + "left", card, left_kind="moved", left_on="2026-07-20").location == card
    assert "Left on 20 July 2026" in client.get(card).text
    assert "Melati" not in client.get(at("students/")).text
    assert "Melati" in client.get(at("students/?show=left")).text
    assert send(client, card + "back", card).location == card
    assert "Melati" in client.get(at("students/")).text


def test_guardians_are_kept_on_the_students_card(world, school, counsellor, client, at):
    student_id = world.student(school)
    card = at(f"students/{student_id}/")
    new = card + "guardians/new"
    form = {"name": "Intan Fajar Rekaan", "relation": "mother", "phone": "081234567890"}
    wrong = send(client, new, new, **(form | {"email": "bukan"}))
    assert wrong.status_code == 422
    assert "This is not an e-mail address." in wrong.text
    assert 'value="Intan Fajar Rekaan"' in wrong.text
    assert send(client, new, new, **form).location == card
    assert "+6281234567890" in client.get(card).text

    with world.app.app_context(), tenancy.work(counsellor.at(school)):
        (mother,) = guardians.of_student(counsellor.at(school), student_id)
    page = f"{card}guardians/{mother.id}/"
    assert send(client, page, page, **(form | {"email": "intan@contoh.example"})).location == card
    unsaid = send(client, page + "forbid-contact", page, reason=" ")
    assert unsaid.status_code == 422
    assert "Please give a reason." in unsaid.text
    assert send(client, page + "forbid-contact", page, reason="Alasan rekaan").location == card
    marked = client.get(card).text
    assert "Do not contact" in marked
    assert "Alasan rekaan" in marked
    assert "intan@contoh.example" not in marked
    assert send(client, page + "allow-contact", page, reason="Alasan lain").location == card
    assert "intan@contoh.example" in client.get(card).text


def test_a_card_shows_the_cases_to_those_who_may_know_of_them(world, school, counsellor, client, at):
    student_id = world.student(school)
    actor = counsellor.at(school)
    with world.app.app_context(), tenancy.work(actor):
        case = cases.open_case(
            actor,
            student_id=student_id,
            field="social",
            source="counsellor",
            severity="low",
            summary="Ringkasan rekaan",
        )
        number, case_id = case.number, case.id
    card = at(f"students/{student_id}/")
    assert f'href="{at(f"cases/{case_id}/")}"' in client.get(card).text
    colleague = world.person(school, "counsellor").client().get(card).text
    assert number in colleague
    assert at(f"cases/{case_id}/") not in colleague
    assert number not in world.person(school, "school_admin").client().get(card).text


def test_the_card_tells_what_happened_to_the_team_in_pages_and_to_nobody_else(
    world, school, counsellor, client, at, monkeypatch
):
    student_id = world.student(school)
    with world.app.app_context():
        monitored(school, counsellor, opened(counsellor, school, student_id))
        opened(counsellor, school, student_id)
    card = at(f"students/{student_id}/")
    with count_queries() as seen:
        page = client.get(card).text
    assert len(seen) <= MOST_PER_PAGE
    assert "Terlihat di kantin." in page
    assert page.count("K-2026-001") > 3, "each entry names its case"
    assert 'role="img"' in page, "the behaviour has its picture"
    for colleague in ("counsellor", "class_teacher"):
        assert "Terlihat" not in world.person(school, colleague).client().get(card).text
    assert "timeline" not in world.person(school, "school_admin").client().get(card).text
    monkeypatch.setattr("webapp.services.case_timeline.PAGE", 5)
    older = re.search(r'href="([^"]+before=[^"]+)#timeline"', client.get(card).text)
    assert older is not None
    turned = client.get(older.group(1).replace("&amp;", "&")).text
    assert "Terlihat di kantin." in turned
    assert f'href="{card}#timeline"' in turned


def test_a_card_without_cases_says_what_to_do_next(world, school, client, at):
    student_id = world.student(school)
    page = client.get(at(f"students/{student_id}/")).text
    assert "Nothing yet" in page
    assert page.count(f'href="{at(f"cases/new?student={student_id}")}"') == 2


def test_another_schools_students_guardians_and_imports_answer_like_missing_ones(world, school, client, at):
    elsewhere = world.school()
    foreign = world.student(elsewhere)
    foreign_guardian = world.guardian(elsewhere, foreign)
    own = world.student(school)
    missing = client.get(at("students/1/"))
    assert missing.status_code == 404
    for path in (
        f"students/{foreign}/",
        f"students/{foreign}/edit",
        f"students/{foreign}/guardians/new",
        f"students/{own}/guardians/{foreign_guardian}/",
        f"imports/{foreign}/",
        f"imports/{foreign}/progress",
        f"imports/{foreign}/failed.xlsx",
    ):
        assert client.get(at(path)).status_code == 404, path
    assert client.get(at(f"students/{own}/")).status_code == 200


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
