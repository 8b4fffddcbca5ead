"""The pages of cases: register, opening, the page of a case, status, team."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from tests.admin.case_pages import NEW_CASE, address, monitored, opened, send, student_of, work
from tests.factories import csrf_token
from webapp.models.cases import Case, CaseNote


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def counsellor(world, school):
    return world.person(school, "counsellor")


@pytest.fixture
def case_id(world, school, counsellor):
    return opened(counsellor, school, world.student(school, name="Ani Putri Rekaan"))


# --- register -------------------------------------------------------------------------------------


def test_the_register_shows_what_may_be_known_and_links_what_may_be_read(
    app, world, school, counsellor, case_id
):
    colleague = world.person(school, "counsellor")
    other = opened(colleague, school, world.student(school, name="Budi Rekaan"))
    page = counsellor.client().get(address(school)).text
    assert "Ani Putri Rekaan" in page
    assert "Budi Rekaan" in page
    assert f"/cases/{case_id}/" in page
    assert f"/cases/{other}/" not in page
    assert "menyendiri" not in page


@pytest.mark.parametrize("role", ["teacher", "school_admin"])
def test_the_register_is_refused_to_those_without_a_part_in_it(world, school, case_id, role):
    answer = world.person(school, role).client().get(address(school))
    assert answer.status_code == 403
    assert "Ani" not in answer.text


def test_the_register_of_another_school_does_not_exist(world, case_id, school):
    stranger = world.person(world.school(), "counsellor")
    assert stranger.client().get(address(school)).status_code == 404


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("?q=ani", True),
        ("?q=put+ani", True),
        ("?q=2026-001", True),
        ("?q=budi", False),
        ("?status=closed", False),
        ("?mine=1", True),
        ("?field=career", False),
        ("?class=X-1&severity=medium", True),
        ("?kind=bullying", True),
        ("?kind=truancy", False),
        ("?status=nonsense&field=x&owner=abc&older_than=zz", True),
        ("?owner=1", False),
    ],
)
def test_filters_stand_in_the_address(school, counsellor, case_id, query, shown):
    answer = counsellor.client().get(address(school) + query)
    assert answer.status_code == 200
    assert ("Ani Putri Rekaan" in answer.text) is shown


def test_turning_pages_keeps_the_filters(world, school, counsellor, monkeypatch):
    monkeypatch.setattr("webapp.services.case_register.PAGE", 2)
    student_id = world.student(school)
    for _ in range(5):
        opened(counsellor, school, student_id)
    client, seen = counsellor.client(), []
    url = address(school) + "?severity=medium&q=k-"
    while url:
        page = client.get(url).text
        seen += re.findall(r"K-2026-\d{3}", page)
        found = re.search(r'href="([^"]+)" rel="next"', page)
        url = found and found[1].replace("&amp;", "&")
        assert url is None or "severity=medium" in url
    assert list(dict.fromkeys(seen)) == [f"K-2026-{number:03}" for number in range(5, 0, -1)]


# --- opening --------------------------------------------------------------------------------------


def test_a_case_is_opened_from_a_search(world, school, counsellor):
    student_id = world.student(school, name="Citra Rekaan")
    client = counsellor.client()
    assert f"student={student_id}" in client.get(address(school, "new?q=cit")).text
    answer = send(
        client,
        address(school, f"new?student={student_id}"),
        address(school, "new"),
        student=student_id,
        note="Diam saja.",
        note_kind="impression",
        **NEW_CASE,
    )
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).text
    assert "Citra Rekaan" in page
    assert "Diam saja." in page


def test_a_form_with_a_mistake_comes_back_with_what_was_typed(world, school, counsellor):
    student_id = world.student(school)
    answer = send(
        counsellor.client(),
        address(school, f"new?student={student_id}"),
        address(school, "new"),
        student=student_id,
        **(NEW_CASE | {"severity": "", "summary": "Kalimat yang sudah diketik"}),
    )
    assert answer.status_code == 422
    assert "Kalimat yang sudah diketik" in answer.text
    assert 'id="severity-error"' in answer.text
    with work(counsellor, school) as session:
        assert session.scalars(select(Case).where(Case.school_id == school.id)).all() == []


@pytest.mark.parametrize("role", ["principal", "homeroom", "teacher", "school_admin"])
def test_others_do_not_open_cases(world, school, role):
    student_id = world.student(school)
    client = world.person(school, role).client()
    assert client.get(address(school, f"new?student={student_id}")).status_code == 403


def test_astudent_of_another_school_cannot_be_named(world, school, counsellor):
    foreign = world.student(world.school(), name="Asing Rekaan")
    client = counsellor.client()
    assert client.get(address(school, f"new?student={foreign}")).status_code == 404
    token = csrf_token(client.get(address(school)).text)
    answer = client.post(address(school, "new"), data={"student": foreign, "csrf_token": token} | NEW_CASE)
    assert answer.status_code == 404


# --- the page of a case ---------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "edit", "status", "team/"])
def test_pages_of_a_case_are_for_its_team(world, school, counsellor, case_id, path):
    assert counsellor.client().get(address(school, f"{case_id}/{path}")).status_code == 200
    for role in ("counsellor", "principal", "school_admin", "teacher"):
        answer = world.person(school, role).client().get(address(school, f"{case_id}/{path}"))
        assert answer.status_code == 404
        assert "Ani" not in answer.text


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("notes", {"kind": "fact", "body": "x"}),
        ("edit", NEW_CASE),
        ("status", {"to": "in_progress"}),
        ("team/add", {"user_id": 1}),
        ("team/remove", {"user_id": 1}),
        ("team/owner", {"user_id": 1}),
        ("team/shut-out", {"user_id": 1, "reason": "x"}),
        ("team/lift", {"user_id": 1}),
    ],
)
def test_nobody_outside_the_team_changes_a_case(world, school, case_id, path, data):
    client = world.person(school, "counsellor").client()
    token = csrf_token(client.get(address(school)).text)
    answer = client.post(address(school, f"{case_id}/{path}"), data=data | {"csrf_token": token})
    assert answer.status_code == 404


def test_notes_are_added_and_corrected_and_the_earlier_wording_is_shown_on_demand(
    app, school, counsellor, case_id
):
    client, url = counsellor.client(), address(school, f"{case_id}/")
    send(client, url, url + "notes", kind="impression", body="Tampak malas.", happened_on="2026-11-20")
    with work(counsellor, school) as session:
        note_id = session.scalars(select(CaseNote.id).where(CaseNote.case_id == case_id)).one()
    answer = send(
        client,
        f"{url}notes/{note_id}/",
        kind="fact",
        body="Tertidur dua kali.",
        happened_on="2026-11-20",
        wording=note_id,
    )
    assert answer.status_code == 303
    page = client.get(url).text
    assert "Tertidur dua kali." in page
    assert "Tampak malas." not in page
    trail = client.get(f"{url}notes/{note_id}/").text
    assert "Tampak malas." in trail
    assert "Tertidur dua kali." in trail


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"kind": "", "body": "Teks yang diketik"}, "kind"),
        ({"kind": "fact", "body": ""}, "body"),
        ({"kind": "fact", "body": "x", "happened_on": "31-31-2026"}, "happened_on"),
        ({"kind": "fact", "body": "x", "happened_on": "2199-01-01"}, "happened_on"),
    ],
)
def test_a_wrong_note_comes_back_with_its_mistake(school, counsellor, case_id, data, field):
    url = address(school, f"{case_id}/")
    answer = send(counsellor.client(), url, url + "notes", **data)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert data["body"] in answer.text


def test_the_timeline_is_filtered_by_address(school, counsellor, case_id):
    monitored(school, counsellor, case_id)
    client, url = counsellor.client(), address(school, f"{case_id}/")
    everything = client.get(url).text
    assert "Terlihat di kantin." in everything
    assert "Belum tersambung." in everything
    observations = client.get(url + "?kind=observation").text
    assert "Terlihat di kantin." in observations
    assert "Belum tersambung." not in observations
    assert client.get(url + "?kind=nonsense&before=nonsense").text.count("timeline-item") > 5


def test_a_case_is_closed_and_opened_again(school, counsellor, case_id):
    client, url = counsellor.client(), address(school, f"{case_id}/status")
    monitored(school, counsellor, case_id)
    blocked = client.get(url + "?to=closed").text
    assert 'value="closed"' not in blocked
    assert send(client, url, to="closed", reason="Tuntas.").status_code == 409
    quiet = opened(counsellor, school, student_of(school, counsellor, case_id))
    url = address(school, f"{quiet}/status")
    assert send(client, url, to="closed", reason="").status_code == 422
    assert send(client, url, to="closed", reason="Tuntas.").status_code == 303
    page = client.get(address(school, f"{quiet}/")).text
    assert f"/cases/{quiet}/notes" not in page
    assert send(client, url, to="in_progress", reason="Terulang.").status_code == 303
    assert f"/cases/{quiet}/notes" in client.get(address(school, f"{quiet}/")).text


def test_editing_keeps_what_is_typed_and_saves_what_is_right(school, counsellor, case_id):
    client, url = counsellor.client(), address(school, f"{case_id}/edit")
    wrong = send(client, url, **(NEW_CASE | {"field": "", "summary": "Kalimat baru"}))
    assert wrong.status_code == 422
    assert "Kalimat baru" in wrong.text
    assert send(client, url, **(NEW_CASE | {"summary": "Kalimat baru"})).status_code == 303
    page = client.get(address(school, f"{case_id}/")).text
    assert "Kalimat baru" in page
    assert "Sering menyendiri." in page  # the earlier wording, in the timeline
