"""The pages of students, guardians and imports, as people of two schools open them."""

from __future__ import annotations

import io
import re

import pytest

from tests.factories import MONDAY, csrf_token
from tests.queries import MOST_PER_PAGE, count_queries
from tests.services.cases.test_cases import monitored, opened
from tests.services.rosters import roster_of
from webapp import tenancy
from webapp.services import cases, guardians, imports, students


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
