"""The page on which a family answers: GET only shows, POST acts; a link opens its own question alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import unescape
from io import BytesIO

import pytest
from sqlalchemy import text

from tests.factories import csrf_token
from tests.queries import MOST_PER_PAGE, count_queries
from tests.services.stage import STUDENT, Stage
from tests.services.visits.asked import Visit
from webapp.services import activity_runs, sign_in_throttle


@pytest.fixture
def visit(world) -> Visit:
    return Visit(Stage.build(world, now=datetime.now(UTC))).asked()


@pytest.fixture
def other(world) -> Visit:
    return Visit(Stage.build(world, now=datetime.now(UTC))).asked()


@pytest.fixture
def phone(session_app):
    """A browser without an account."""
    return session_app.test_client()


def send(client, token: str, act: str, **data):
    page = client.get(f"/v/{token}/")
    return client.post(f"/v/{token}/{act}", data=data | {"csrf_token": csrf_token(page.text)})


def test_the_page_says_who_asks_and_when_and_names_no_student(visit, phone):
    page = phone.get(f"/v/{visit.token()}/")
    assert page.status_code == 200
    assert visit.stage.counsellor.name in page.text
    for name in (STUDENT, *STUDENT.split(), "Rekaan topic", "Rekaan place", "Rekaan companion"):
        assert name not in page.text
    assert "checked" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_a_scanner_that_opens_the_link_changes_nothing(visit, phone):
    token = visit.token()
    for path in ("", "?answer=yes"):
        assert phone.get(f"/v/{token}/{path}").status_code == 200
        assert phone.head(f"/v/{token}/{path}").status_code == 200
    for act in ("answer", "not-me", "language/en"):
        assert phone.get(f"/v/{token}/{act}").status_code == 405
    assert visit.request().answer == "pending"
    assert visit.request().revoked_at is None


def test_a_post_without_the_forms_token_is_refused(visit, phone):
    assert phone.post(f"/v/{visit.token()}/answer", data={"answer": "yes"}).status_code == 400
    assert visit.request().answer == "pending"


def test_an_answer_is_given_and_changed_and_nobody_elses(visit, other, phone):
    token = visit.token()
    assert send(phone, token, "answer", answer="yes", message="Silakan datang").status_code == 303
    assert visit.values()["permission"] == "given"
    send(phone, token, "answer", answer="other_time", proposed_time="Minggu sore")
    assert visit.values()["permission"] == "waiting"
    assert visit.request().message == "Silakan datang"
    page = phone.get(f"/v/{token}/").text
    assert "Minggu sore" in page
    assert "Silakan datang" not in page
    assert other.values()["permission"] == "waiting"
    assert other.request().answer == "pending"


def test_a_refused_answer_is_explained_and_what_was_typed_stays(visit, phone):
    page = send(phone, visit.token(), "answer", answer="other_time", message="Pesan saya")
    assert page.status_code == 422
    assert "Pesan saya" in page.text
    assert 'id="proposed_time-error"' in page.text


def test_links_of_another_kind_or_changed_by_a_letter_open_nothing(visit, phone):
    token = visit.token()
    for wrong in (token[:-1], f"{token}A", "x"):
        assert phone.get(f"/v/{wrong}/").status_code == 404
    assert phone.get(f"/g/{token}/").status_code == 404


def test_guessing_links_is_slowed_down_and_right_ones_work_on(visit, other, phone, monkeypatch):
    monkeypatch.setattr(sign_in_throttle, "PER_ADDRESS", 3)
    guesser, neighbour = (f"203.0.113.{place.stage.school.id % 250}" for place in (visit, other))

    def asked(machine: str, path: str):
        return phone.get(f"/v/{path}/", environ_base={"REMOTE_ADDR": machine})

    tried = [asked(guesser, f"{visit.token()}{letter}") for letter in "abcde"]
    assert [page.status_code for page in tried] == [404, 404, 404, 429, 429]
    assert asked(neighbour, "x").status_code == 404
    for place in (visit, other):
        assert asked(guesser, place.token()).status_code == 200
    with visit.stage.world.app.app_context():
        assert not sign_in_throttle.is_closed(visit.stage.counsellor.email, guesser, datetime.now(UTC))


def test_a_link_that_was_replaced_shows_the_schools_telephone_and_takes_no_answer(visit, phone):
    first = visit.token()
    page = phone.get(f"/v/{first}/")
    visit.asked()
    gone = phone.get(f"/v/{first}/")
    assert gone.status_code == 410
    late = phone.post(f"/v/{first}/answer", data={"answer": "yes", "csrf_token": csrf_token(page.text)})
    assert late.status_code == 410
    assert visit.values()["permission"] == "waiting"


def says(page, sentence: str) -> bool:
    assert page.status_code == 410
    return sentence in unescape(page.text)


def test_a_link_that_has_stopped_says_why_and_whom_to_phone_at_its_own_school(
    visit, other, session_app, as_superuser
):
    phone = session_app.test_client()
    phone.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    first, theirs = visit.token(), other.token()
    as_superuser.execute(
        text("UPDATE schools SET phone = '021-555-0199' WHERE id = :id"), {"id": visit.stage.school.id}
    )
    as_superuser.execute(text("UPDATE visit_requests SET locale = 'en'"))
    as_superuser.commit()
    visit.asked(locale="en")
    gone = phone.get(f"/v/{first}/")
    assert says(gone, "The school has asked anew since, or no longer asks.")
    assert says(gone, f"Phone the school and ask for {visit.stage.counsellor.name}:")
    assert 'href="tel:021-555-0199"' in gone.text
    assert "not for them" not in gone.text
    assert "021-555-0199" not in phone.get(f"/v/{theirs}/").text
    send(phone, visit.token(), "not-me")
    assert says(phone.get(f"/v/{visit.token()}/"), "Somebody said by this link that it is not for them.")
    assert len(visit.stage.mails("visit_asked")) == 2
    as_superuser.execute(text("UPDATE visit_requests SET expires_at = now() - interval '1 minute'"))
    silent = {"id": other.stage.school.id}
    as_superuser.execute(text("UPDATE schools SET phone = NULL WHERE id = :id"), silent)
    as_superuser.commit()
    over = phone.get(f"/v/{theirs}/")
    assert says(over, "The day that the school asked you about has passed.")
    assert says(over, f"Ask for {other.stage.counsellor.name} at the school.")
    assert "tel:" not in over.text
    # Asked anew, the visit may still be ahead: a day is not said to have passed by the earlier link.
    assert not says(phone.get(f"/v/{first}/"), "has passed")


def test_after_the_day_of_the_visit_the_link_is_over(visit, phone, as_superuser):
    token = visit.token()
    as_superuser.execute(text("UPDATE visit_requests SET expires_at = now() - interval '1 minute'"))
    as_superuser.commit()
    assert phone.get(f"/v/{token}/").status_code == 410


def test_a_cancelled_visit_says_that_nothing_is_asked_any_more(visit, phone):
    token = visit.token()
    page = phone.get(f"/v/{token}/")
    with visit.stage.as_(visit.stage.counsellor) as actor:
        activity_runs.cancel(actor, visit.id, kind="family_doubted", reason="")
    late = phone.post(f"/v/{token}/answer", data={"answer": "yes", "csrf_token": csrf_token(page.text)})
    assert late.status_code == 409
    page = phone.get(f"/v/{token}/")
    assert page.status_code == 200
    assert 'name="answer"' not in page.text


def test_not_for_me_ends_the_link(visit, phone):
    token = visit.token()
    assert send(phone, token, "not-me").status_code == 200
    assert phone.get(f"/v/{token}/").status_code == 410
    assert visit.request().disowned_at is not None


def test_a_guardian_who_may_not_be_contacted_any_more_has_no_page(visit, phone, as_superuser):
    token = visit.token()
    as_superuser.execute(
        text("UPDATE guardians SET do_not_contact = true WHERE id = :id"), {"id": visit.stage.guardian_id}
    )
    as_superuser.commit()
    assert phone.get(f"/v/{token}/").status_code == 404


def test_the_language_is_that_of_the_mail_and_can_be_changed(visit, phone):
    token = visit.token()
    assert '<html lang="id">' in phone.get(f"/v/{token}/").text
    send(phone, token, "language/en")
    assert '<html lang="en">' in phone.get(f"/v/{token}/").text
    assert visit.request().locale == "en"


def test_a_link_that_has_stopped_changes_no_language(visit, phone):
    token = visit.token()
    page = phone.get(f"/v/{token}/")
    send(phone, token, "not-me")
    late = phone.post(f"/v/{token}/language/en", data={"csrf_token": csrf_token(page.text)})
    assert late.status_code == 410
    assert visit.request().locale == "id"


def test_the_page_and_an_answer_ask_little_of_the_database(visit, phone):
    token = visit.token()
    phone.get(f"/v/{token}/")  # the school's key is read once per process
    with count_queries() as seen:
        assert phone.get(f"/v/{token}/").status_code == 200
    assert len(seen) <= MOST_PER_PAGE


# --- the counsellor's side ------------------------------------------------------------------------


@pytest.fixture
def desk(visit):
    client = visit.stage.counsellor.client()
    return client, f"/s/{visit.stage.school.slug}/home-visits/{visit.id}/"


def test_the_counsellor_asks_sees_the_answer_and_has_read_it(visit, desk, phone):
    client, url = desk
    page = client.get(f"{url}?stage=planning")
    form = {"guardian": str(visit.stage.guardian_id), "locale": "id", "csrf_token": csrf_token(page.text)}
    assert client.post(f"{url}question", data=form).status_code == 303
    assert len(visit.stage.mails("visit_asked")) == 2
    send(phone, visit.token(), "answer", answer="yes", message="Pintu biru di ujung gang")
    page = client.get(f"{url}?stage=planning").text
    assert "Pintu biru di ujung gang" in page
    assert f"{url}question/noted" in page
    unseen = client.post(f"{url}question/noted", data=form)
    assert unseen.status_code == 409
    shown = {"request_id": str(visit.request().id), "answers": "1"}
    assert 'name="answers" value="1"' in page
    client.post(f"{url}question/noted", data=form | shown)
    assert f"{url}question/noted" not in client.get(f"{url}?stage=planning").text


def test_without_a_choice_the_question_is_not_sent_and_the_form_says_so(visit, desk):
    client, url = desk
    token = csrf_token(client.get(f"{url}?stage=planning").text)
    page = client.post(f"{url}question", data={"locale": "id", "csrf_token": token})
    assert page.status_code == 422
    assert "planning.paperwork?.guardian" in page.text
    assert len(visit.stage.mails("visit_asked")) == 1


def test_a_scan_of_the_signed_letter_is_kept_with_the_case_and_shown_at_the_visit(visit, desk):
    client, url = desk
    token = csrf_token(client.get(f"{url}?stage=planning").text)
    refused = client.post(f"{url}permission", data={"csrf_token": token})
    assert refused.status_code == 422
    form = {"file": (BytesIO(b"%PDF-1.7 rekaan %%EOF"), "izin-tertulis.pdf"), "csrf_token": token}
    assert client.post(f"{url}permission", data=form).status_code == 303
    assert "izin-tertulis.pdf" in client.get(f"{url}?stage=planning").text
    case = client.get(f"/s/{visit.stage.school.slug}/cases/{visit.stage.case_id}/").text
    assert "izin-tertulis.pdf" in case


def test_a_day_of_the_visit_that_lies_far_ahead_is_shown_in_the_schools_own_zone(visit, phone):
    assert visit.request().starts_at.astimezone(UTC) > datetime.now(UTC) + timedelta(days=1)
    assert "WIB" in phone.get(f"/v/{visit.token()}/").text


def test_the_counsellor_sends_the_appointment_from_its_page_and_sees_what_was_sent(visit, desk, phone):
    client, url = desk
    page = client.get(f"{url}appointment").text
    token = csrf_token(page)
    assert 'id="send"' not in page
    form = {"guardian": str(visit.stage.guardian_id), "locale": "id", "csrf_token": token}
    assert client.post(f"{url}appointment", data=form).status_code == 409
    send(phone, visit.token(), "answer", answer="yes")
    companion = {"user": str(visit.stage.teacher.user_id), "csrf_token": token}
    assert client.post(f"{url}companions", data=companion).status_code == 303
    assert client.post(f"{url}appointment", data=form).status_code == 303
    assert len(visit.stage.mails("visit_appointment")) == len(visit.stage.mails("visit_companion")) == 1
    page = client.get(f"{url}appointment").text
    assert f"{url}appointment/take-back" in page
    text_made = client.post(f"{url}guardians/{visit.stage.guardian_id}/whatsapp", data={"csrf_token": token})
    assert "https://wa.me/" in text_made.text
