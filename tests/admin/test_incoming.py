"""The page of mails that came back: who sees which, and what the buttons do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.factories import csrf_token
from tests.queries import count_queries
from tests.services.stage import Stage
from webapp import tenancy
from webapp.domain.errors import Conflict
from webapp.models.base import new_id
from webapp.models.incoming import IncomingMail
from webapp.services import housekeeping, incoming_review


@pytest.fixture
def two(world) -> tuple[Stage, Stage]:
    now = datetime.now(UTC)
    return Stage.build(world, now=now).invited(), Stage.build(world, now=now).invited()


def came(stage: Stage, kind: str | None = "guardian", **values) -> int:
    """A mail that waits to be looked at; about no conference without a kind of participant."""
    participant = stage.participant(kind) if kind else None
    with stage.world.app.app_context(), tenancy.work(tenancy.system(stage.school.id, stage.now)):
        row = IncomingMail(
            digest=f"uji:{new_id()}",
            state="review",
            reason=values.pop("reason", "tentative"),
            conference_id=participant.conference_id if participant else None,
            participant_id=participant.id if participant else None,
            received_at=values.pop("received_at", stage.now),
        )
        for name, value in values.items():
            setattr(row, name, value)
        return tenancy.add(row).id


def row_of(connection, incoming_id: int):
    row = connection.execute(
        text("SELECT state, settled_by, sender_enc, text_enc FROM incoming_mails WHERE id = :id"),
        {"id": incoming_id},
    ).one()
    connection.commit()
    return row


def url(stage: Stage, page: str = "") -> str:
    return f"/s/{stage.school.slug}/outbox/incoming/{page}"


def test_the_team_reads_what_came_and_nobody_else_does(two, world):
    stage, other = two
    incoming_id = came(stage, sender="wali.rekaan@contoh.example", text="Saya lihat dulu jadwalnya")
    page = stage.counsellor.client().get(url(stage)).text
    assert f'id="incoming-{incoming_id}"' in page
    assert "Saya lihat dulu jadwalnya" in page
    assert "wali.rekaan@contoh.example" in page
    for person in (world.person(stage.school, "counsellor"), world.person(stage.school, "school_admin")):
        page = person.client().get(url(stage)).text
        assert f'id="incoming-{incoming_id}"' not in page
        assert "Saya lihat dulu" not in page
    assert f'id="incoming-{incoming_id}"' not in other.counsellor.client().get(url(other)).text
    assert stage.principal.client().get(url(stage)).status_code == 403


def test_what_is_about_no_conference_is_for_the_school_admin(two, world):
    stage, other = two
    incoming_id = came(stage, None, reason="automatic")
    admin, theirs = (world.person(place.school, "school_admin") for place in two)
    assert f'id="incoming-{incoming_id}"' in admin.client().get(url(stage)).text
    assert f'id="incoming-{incoming_id}"' not in stage.counsellor.client().get(url(stage)).text
    assert f'id="incoming-{incoming_id}"' not in theirs.client().get(url(other)).text
    client = admin.client()
    token = csrf_token(client.get(url(stage)).text)
    client.post(url(stage, f"{incoming_id}/dismiss"), data={"csrf_token": token})
    assert f'id="incoming-{incoming_id}"' not in client.get(url(stage)).text


def test_an_answer_is_recorded_as_by_mail_and_the_text_goes(two, as_superuser):
    stage, other = two
    incoming_id, foreign_id = came(stage, text="Ya, saya datang"), came(other)
    client = stage.counsellor.client()
    token = csrf_token(client.get(url(stage)).text)
    given = {"csrf_token": token, "answer": "yes", "message": "Lewat surel"}
    assert client.post(url(stage, f"{foreign_id}/record"), data=given).status_code == 404
    assert client.post(url(stage, f"{incoming_id}/record"), data=given).status_code == 303
    participant = stage.participant("guardian")
    assert (participant.answer, participant.answer_channel) == ("yes", "mail")
    assert participant.answer_recorded_by == stage.counsellor.user_id
    row = row_of(as_superuser, incoming_id)
    assert tuple(row) == ("recorded", stage.counsellor.user_id, None, None)
    assert row_of(as_superuser, foreign_id).state == "review"
    assert client.post(url(stage, f"{incoming_id}/record"), data=given).status_code == 409
    assert other.participant("guardian").answer == "pending"


def test_a_form_that_lacks_something_says_so_and_keeps_what_was_typed(two, as_superuser):
    stage, _ = two
    incoming_id = came(stage)
    client = stage.counsellor.client()
    token = csrf_token(client.get(url(stage)).text)
    given = {"csrf_token": token, "answer": "other_time", "message": "Jumat saja"}
    page = client.post(url(stage, f"{incoming_id}/record"), data=given)
    assert page.status_code == 422
    assert f'href="#proposed_time-{incoming_id}"' in page.text
    assert 'value="Jumat saja"' in page.text
    assert row_of(as_superuser, incoming_id).state == "review"


def test_a_dismissed_mail_is_dealt_with(two, as_superuser):
    stage, _ = two
    incoming_id = came(stage, text="Terima kasih")
    with stage.as_(stage.counsellor) as actor:
        incoming_review.dismiss(actor, incoming_id)
    with stage.as_(stage.counsellor) as actor, pytest.raises(Conflict):
        incoming_review.dismiss(actor, incoming_id)
    assert tuple(row_of(as_superuser, incoming_id)) == ("dismissed", stage.counsellor.user_id, None, None)
    assert stage.participant("guardian").answer == "pending"


def test_after_the_start_an_answer_can_only_be_dismissed(two):
    stage, _ = two
    came(stage)
    with stage.as_(stage.counsellor) as actor:
        assert [line.can_record for line in incoming_review.page(actor).lines] == [True]
    with stage.as_(stage.counsellor, when=stage.starts_at) as actor:
        assert [line.can_record for line in incoming_review.page(actor).lines] == [False]


def test_the_outbox_says_that_something_came_back(two, world):
    stage, _ = two
    client = stage.counsellor.client()
    outbox = f"/s/{stage.school.slug}/outbox/"
    assert "/outbox/incoming/" not in client.get(outbox).text
    came(stage)
    assert "/outbox/incoming/" in client.get(outbox).text
    admin = world.person(stage.school, "school_admin").client()
    assert "/outbox/incoming/" not in admin.get(outbox).text


def test_a_page_of_forty_asks_as_little_as_a_page_of_one(two):
    stage, _ = two
    client = stage.counsellor.client()
    counts = []
    for more in (1, 41):
        for _ in range(more):
            came(stage, text="Teks rekaan")
        client.get(url(stage))
        with count_queries() as seen:
            page = client.get(url(stage)).text
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 12
    assert page.count('id="incoming-') == 40
    assert "older=" in page


def test_what_was_written_is_kept_for_three_months(app, two, as_superuser):
    stage, _ = two
    old = came(stage, text="Lama", sender="a@b.example", received_at=stage.now - timedelta(days=91))
    new = came(stage, text="Baru", sender="a@b.example")
    housekeeping.clear_school(stage.school.id, stage.now)
    assert row_of(as_superuser, old)[2:] == (None, None)
    assert None not in row_of(as_superuser, new)[2:]


def test_the_page_says_how_many_more_one_sender_wrote_to_the_team_and_to_nobody_else(two):
    stage, other = two
    for _ in range(3):
        came(stage, state="done", reason="flood")
    came(stage, state="done", reason="flood", received_at=stage.now - timedelta(days=8))
    came(other, "expert", state="done", reason="flood")
    page = stage.counsellor.client().get(url(stage)).text
    assert "3 more mails from one sender are not listed" in page
    assert stage.participant("guardian").name in page
    assert "1 more mail from one sender is not listed" in other.counsellor.client().get(url(other)).text
    assert "not listed" not in stage.world.person(stage.school, "counsellor").client().get(url(stage)).text
