"""The outbox and documents pages: who sees what, and what the buttons do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from tests.factories import MONDAY, csrf_token, fresh_id
from tests.queries import count_queries
from tests.reports import samples
from tests.services.stage import Stage
from tests.services.test_outbox import code
from webapp import tenancy
from webapp.domain.words import OUTBOX_REASONS
from webapp.models.background import OutboxMail
from webapp.models.conferences import Participant
from webapp.services import outbox, outbox_view, reports


def set_state(stage: Stage, kind: str, state: str, **values) -> int:
    """The first mail of that kind is put into a state, as delivery would; returns its id."""
    with stage.world.app.app_context(), tenancy.work(tenancy.system(stage.school.id, MONDAY)) as session:
        row = session.scalars(
            select(OutboxMail)
            .where(OutboxMail.school_id == stage.school.id, OutboxMail.kind == kind)
            .order_by(OutboxMail.id)
        ).first()
        row.state = state
        for name, value in values.items():
            setattr(row, name, value)
        return row.id


def get_row(stage: Stage, mail_id: int) -> OutboxMail:
    with stage.world.app.app_context(), tenancy.work(tenancy.system(stage.school.id, MONDAY)) as session:
        return session.scalars(select(OutboxMail).where(OutboxMail.id == mail_id)).one()


def url(stage: Stage, page: str) -> str:
    return f"/s/{stage.school.slug}/{page}"


@pytest.fixture
def two(world) -> tuple[Stage, Stage]:
    return Stage.build(world).invited(), Stage.build(world).invited()


def test_a_bounce_shows_what_the_server_said_and_whom_to_phone(two):
    stage, _ = two
    with stage.as_(stage.counsellor):
        expert = tenancy.session.scalars(
            select(Participant).where(
                Participant.conference_id == stage.conference_id, Participant.kind == "expert"
            )
        ).one()
        phone, address = expert.phone, expert.email
    with stage.as_(stage.counsellor) as actor:
        line = next(line for line in outbox_view.page(actor).lines if line.to_address == address)
    with stage.world.app.app_context(), tenancy.work(tenancy.system(stage.school.id, MONDAY)) as session:
        row = session.scalars(select(OutboxMail).where(OutboxMail.id == line.id)).one()
        row.state, row.last_response, row.due_at = "bounced", "5.1.1 No such mailbox", None
    page = stage.counsellor.client().get(url(stage, "outbox/?state=bounced"))
    assert page.status_code == 200
    assert "5.1.1 No such mailbox" in page.text
    assert f'href="tel:{phone}"' in page.text
    assert address in page.text


def test_a_school_sees_its_own_mails_only(two):
    stage, other = two
    page = stage.counsellor.client().get(url(stage, "outbox/")).text
    assert "psikolog@contoh.example" in page
    assert all(f"mail-{line_id}" not in page for line_id in ids(other))
    assert all(f"mail-{line_id}" in page for line_id in ids(stage))


def ids(stage: Stage) -> list[int]:
    with stage.as_(stage.counsellor) as actor:
        return [line.id for line in outbox_view.page(actor).lines]


def test_the_school_admin_sees_recipients_and_states_and_no_case(two):
    stage, _ = two
    set_state(stage, "invitation", "bounced", due_at=None)
    admin = stage.world.person(stage.school, "school_admin")
    with stage.as_(stage.counsellor) as actor:
        numbers = {line.case_number for line in outbox_view.page(actor).lines} - {None}
    assert numbers
    page = admin.client().get(url(stage, "outbox/")).text
    assert "psikolog@contoh.example" in page
    assert all(number not in page for number in numbers)
    assert "tel:" not in page


@pytest.mark.parametrize("role", ["principal", "homeroom", "teacher"])
def test_who_sends_no_mails_does_not_see_the_outbox(two, role):
    stage, _ = two
    person = stage.world.person(stage.school, role)
    assert person.client().get(url(stage, "outbox/")).status_code == 403


@pytest.mark.parametrize("reason", ["do_not_contact", "shut_out", "address_bounced", "address_changed"])
def test_a_withheld_mail_says_why_to_those_who_read_the_outbox_of_that_school(two, reason):
    stage, other = two
    set_state(stage, "invitation", "withheld", due_at=None, last_response=reason)
    says = OUTBOX_REASONS[reason].en
    assert says in stage.counsellor.client().get(url(stage, "outbox/?state=withheld")).text
    assert says not in other.counsellor.client().get(url(other, "outbox/")).text


def test_a_bounced_mail_is_sent_again_by_hand(two):
    stage, _ = two
    mail_id = set_state(stage, "invitation", "bounced", due_at=None, attempts=4)
    client = stage.counsellor.client()
    token = csrf_token(client.get(url(stage, "outbox/")).text)
    answer = client.post(url(stage, f"outbox/{mail_id}/retry"), data={"csrf_token": token})
    assert answer.status_code in (302, 303)
    row = get_row(stage, mail_id)
    assert (row.state, row.attempts) == ("queued", 0)
    assert row.due_at is not None


def test_a_mail_is_kept_back_by_hand_and_the_next_of_its_stream_moves_up(two):
    stage, _ = two
    with stage.as_(stage.counsellor) as actor:
        for key in ("a", "b"):
            outbox.queue(
                actor, "one_time_code", code(), to_address="a@contoh.example", to_name="", locale="id",
                dedupe_key=key, stream="s",
            )  # fmt: skip
        first, second = tenancy.session.scalars(
            select(OutboxMail.id).where(OutboxMail.stream == "s", OutboxMail.school_id == actor.school_id)
            .order_by(OutboxMail.id)
        ).all()  # fmt: skip
    client = stage.counsellor.client()
    token = csrf_token(client.get(url(stage, "outbox/")).text)
    client.post(url(stage, f"outbox/{first}/withhold"), data={"csrf_token": token})
    assert (get_row(stage, first).state, get_row(stage, second).state) == ("withheld", "queued")
    assert get_row(stage, first).due_at is None
    assert get_row(stage, second).due_at is not None


def test_a_sent_mail_can_neither_be_repeated_nor_kept_back(two):
    stage, _ = two
    mail_id = set_state(stage, "invitation", "sent", due_at=None)
    client = stage.counsellor.client()
    token = csrf_token(client.get(url(stage, "outbox/")).text)
    for act in ("retry", "withhold"):
        answer = client.post(url(stage, f"outbox/{mail_id}/{act}"), data={"csrf_token": token})
        assert answer.status_code == 409
    assert get_row(stage, mail_id).state == "sent"


def test_an_old_mail_is_not_repeated_after_a_newer_one_of_its_stream(two):
    stage, _ = two
    with stage.as_(stage.counsellor) as actor:
        for key in ("old", "new"):
            outbox.queue(
                actor, "one_time_code", code(), to_address="a@contoh.example", to_name="", locale="id",
                dedupe_key=key, stream="s",
            )  # fmt: skip
    with stage.world.app.app_context(), tenancy.work(tenancy.system(stage.school.id, MONDAY)) as session:
        rows = session.scalars(
            select(OutboxMail).where(OutboxMail.stream == "s").order_by(OutboxMail.id)
        ).all()
        old, new = [row for row in rows if row.school_id == stage.school.id]
        old.state, new.state = "bounced", "sent"
    client = stage.counsellor.client()
    token = csrf_token(client.get(url(stage, "outbox/")).text)
    assert client.post(url(stage, f"outbox/{old.id}/retry"), data={"csrf_token": token}).status_code == 409


def test_only_the_case_team_keeps_an_invitation_back(two):
    stage, _ = two
    colleague = stage.world.person(stage.school, "counsellor")
    client = colleague.client()
    page = client.get(url(stage, "outbox/"))
    token = csrf_token(page.text)
    with stage.as_(stage.counsellor) as actor:
        invitation = next(line.id for line in outbox_view.page(actor).lines if line.kind.key == "invitation")
    answer = client.post(url(stage, f"outbox/{invitation}/withhold"), data={"csrf_token": token})
    assert answer.status_code == 404
    assert get_row(stage, invitation).state == "queued"


def test_another_schools_mail_answers_like_one_that_does_not_exist(two):
    stage, other = two
    client = stage.counsellor.client()
    token = csrf_token(client.get(url(stage, "outbox/")).text)
    for act in ("retry", "withhold"):
        codes = {
            client.post(url(stage, f"outbox/{mail_id}/{act}"), data={"csrf_token": token}).status_code
            for mail_id in (ids(other)[0], fresh_id())
        }
        assert codes == {404}


def test_the_outbox_is_paged_by_key_and_asks_few_queries(two):
    stage, _ = two
    with stage.as_(stage.counsellor) as actor:
        for number in range(outbox_view.PAGE_SIZE + 5):
            outbox.queue(
                actor, "one_time_code", code(), to_address="a@contoh.example", to_name=f"Nomor {number}.",
                locale="id", dedupe_key=f"n{number}",
            )  # fmt: skip
    client = stage.counsellor.client()
    with stage.world.app.app_context(), count_queries() as queries:
        first = client.get(url(stage, "outbox/")).text
    assert len(queries) <= 12, queries
    older = first.split('rel="next"')[0].rpartition('href="')[2].split('"')[0].replace("&amp;", "&")
    second = client.get(older).text
    assert "Nomor 44." in first
    assert "Nomor 0." not in first
    assert "Nomor 0." in second
    assert "Nomor 44." not in second


@pytest.fixture
def ready(two, monkeypatch):
    """A finished document in each of two schools."""
    monkeypatch.setitem(reports.COLLECTORS, "attendance", lambda *_: samples.ATTENDANCE)
    made = []
    for stage in two:
        with stage.as_(stage.counsellor) as actor:
            report_id = reports.request(
                actor, "attendance", dedupe_key="d", case_id=stage.case_id, locale="id"
            ).id
        with stage.world.app.app_context():
            reports.run(tenancy.system(stage.school.id, MONDAY + timedelta(minutes=5)), report_id)
        made.append((stage, report_id))
    return made


def test_a_ready_document_is_listed_and_opens_as_pdf(ready):
    (stage, report_id), (_, foreign) = ready
    client = stage.counsellor.client()
    with stage.world.app.app_context(), count_queries() as queries:
        page = client.get(url(stage, "documents/"))
    assert len(queries) <= 12, queries
    assert f"document-{report_id}" in page.text
    assert f"document-{foreign}" not in page.text
    shown = client.get(url(stage, f"documents/{report_id}/file"))
    assert shown.mimetype == "application/pdf"
    assert shown.data.startswith(b"%PDF")
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert "no-store" in shown.headers["Cache-Control"]
    saved = client.get(url(stage, f"documents/{report_id}/file?save=1"))
    assert saved.headers["Content-Disposition"].startswith("attachment; filename=daftar-hadir-")


def test_the_progress_of_a_document_is_told_to_its_own_school(ready):
    (stage, report_id), (_, foreign) = ready
    client = stage.counsellor.client()
    answer = client.get(url(stage, f"documents/{report_id}/progress"))
    assert answer.json["state"] == "finished"
    assert (answer.json["done"], answer.json["total"]) == (2, 2)
    for unknown in (foreign, fresh_id()):
        assert client.get(url(stage, f"documents/{unknown}/progress")).status_code == 404
        assert client.get(url(stage, f"documents/{unknown}/file")).status_code == 404


def test_the_progress_of_a_waiting_and_of_a_failed_document(two):
    stage, _ = two
    with stage.as_(stage.counsellor) as actor:
        report_id = reports.request(
            actor, "attendance", dedupe_key="w", case_id=stage.case_id, locale="id"
        ).id
    client = stage.counsellor.client()
    assert client.get(url(stage, f"documents/{report_id}/progress")).json["state"] == "running"
    page = client.get(url(stage, "documents/")).text
    assert "data-progress-url" in page


def test_old_texts_of_mails_can_not_be_sent_again(two, as_superuser):
    stage, _ = two
    mail_id = set_state(stage, "invitation", "failed", due_at=None)
    as_superuser.execute(text("UPDATE outbox SET facts_enc = NULL WHERE id = :id"), {"id": mail_id})
    as_superuser.commit()
    client = stage.counsellor.client()
    token = csrf_token(client.get(url(stage, "outbox/")).text)
    assert client.post(url(stage, f"outbox/{mail_id}/retry"), data={"csrf_token": token}).status_code == 409
