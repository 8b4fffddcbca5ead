"""The files on the page of a case: brought, handed out privately, refused by name and reason, removed."""

from __future__ import annotations

from io import BytesIO

import pytest

from tests.factories import csrf_token
from tests.services.cases.test_cases import opened
from tests.uploads import samples


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def counsellor(world, school):
    return world.person(school, "counsellor")


@pytest.fixture
def page(world, school, counsellor):
    with world.app.app_context():
        case_id = opened(counsellor, school, world.student(school, name="Ani Rekaan"))
    return f"/s/{school.slug}/cases/{case_id}/"


def bring(client, page, *uploads, **kwargs):
    data = {
        "csrf_token": csrf_token(client.get(page).text),
        "files": [(BytesIO(content), name) for name, content in uploads],
    }
    return client.post(f"{page}files/", data=data, content_type="multipart/form-data", **kwargs)


def links(text: str) -> list[str]:
    return [part.split('"')[0] for part in text.split('href="')[1:] if "/files/" in part.split('"')[0]]


def test_a_file_is_kept_listed_and_handed_out_privately(world, counsellor, page):
    client = counsellor.client()
    answer = bring(client, page, ("Surat dokter.pdf", samples.PDF), ("foto.jpg", samples.picture()))
    assert answer.status_code == 303
    shown = client.get(page).text
    assert "Surat dokter.pdf" in shown
    assert "2 files are kept with the case." in shown
    newest, first = links(shown)[:2]
    assert "Surat" not in first, "no name in an address"
    found = client.get(first)
    assert found.data == samples.PDF
    assert found.headers["Content-Disposition"].startswith("attachment")
    assert "Surat dokter.pdf" in found.headers["Content-Disposition"]
    assert found.headers["Content-Type"] == "application/pdf"
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert found.headers["Cache-Control"] == "no-store"
    assert found.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert samples.SECRET.encode() not in client.get(newest).data


@pytest.mark.parametrize(("locale", "reason"), [("id", "Hanya PDF"), ("en", "Only PDF")])
def test_a_refusal_names_the_file_and_the_reason_and_keeps_none(world, counsellor, page, locale, reason):
    client = counsellor.client()
    client.post(f"/language/{locale}", data={"csrf_token": csrf_token(client.get(page).text)})
    answer = bring(client, page, ("baik.pdf", samples.PDF), ("=cmd<b>.html", b"<html>"))
    assert answer.status_code == 422
    assert f"=cmd&lt;b&gt;.html: {reason}" in answer.text
    assert links(client.get(page).text) == []


def test_no_file_at_all_is_said_too(counsellor, page):
    answer = bring(counsellor.client(), page, ("", b""))
    assert answer.status_code == 422
    assert "Choose a file." in answer.text


def test_more_than_a_request_may_carry_is_refused_as_too_large(counsellor, page):
    answer = bring(counsellor.client(), page, ("besar.pdf", b"x" * (62 * 1024 * 1024)))
    assert answer.status_code == 413


def test_names_with_signs_of_other_scripts_come_back_in_one_header(counsellor, page):
    client = counsellor.client()
    name = "Surat \u202eÄé 字 X-Evil: 1.pdf"
    assert bring(client, page, (name, samples.PDF)).status_code == 303
    found = client.get(links(client.get(page).text)[0])
    assert "X-Evil" not in found.headers
    assert "%E5%AD%97" in found.headers["Content-Disposition"]


def test_a_removed_file_is_gone_from_page_and_address(counsellor, page):
    client = counsellor.client()
    bring(client, page, ("surat.pdf", samples.PDF))
    shown = client.get(page).text
    address = links(shown)[0]
    assert client.post(f"{address}/remove", data={"csrf_token": csrf_token(shown)}).status_code == 303
    assert "surat.pdf" not in client.get(page).text
    assert client.get(address).status_code == 404


def test_a_request_without_the_token_of_the_page_brings_nothing(counsellor, page):
    client = counsellor.client()
    data = {"files": (BytesIO(samples.PDF), "x.pdf")}
    assert client.post(f"{page}files/", data=data, content_type="multipart/form-data").status_code == 400
    assert links(client.get(page).text) == []
