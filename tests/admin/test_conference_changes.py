"""Pages of what changes after the invitations: another time, one more person or one less, other meetings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.admin.test_conferences import page_of, send
from tests.queries import MOST_PER_PAGE, count_queries
from tests.services.stage import Stage
from tests.services.test_clashes import second, teacher
from webapp.domain.dates import local_time
from webapp.services import participants


@pytest.fixture
def stage(world) -> Stage:
    return Stage.build(world, now=datetime.now(UTC)).invited()


def names(stage: Stage) -> list[str]:
    with stage.as_(stage.counsellor) as actor:
        return [row.name or "" for row in participants.of(actor, stage.conference_id)]


def test_one_more_person_is_asked_and_taken_off_again_from_the_page(stage):
    client = stage.counsellor.client()
    form = page_of(stage) + "participants/new"
    who = {"who": "", "name": "Perawat Rekaan", "email": "perawat@contoh.example", "why": "easing"}
    refused = send(client, form, **who)
    assert refused.status_code == 422
    assert "Perawat Rekaan" in refused.text
    assert send(client, form, role_expected="Memberi pandangan", **who).status_code == 303
    assert "Perawat Rekaan" in names(stage)
    with stage.as_(stage.counsellor) as actor:
        row_id = participants.of(actor, stage.conference_id)[-1].id
    answer = send(client, page_of(stage), page_of(stage) + f"participants/{row_id}/remove")
    assert answer.status_code == 303
    assert "Perawat Rekaan" not in names(stage)


def test_the_page_of_a_waiting_request_and_of_one_under_way_tells_of_the_other_meeting(stage, session_app):
    draft = second(
        stage, teacher(stage), starts_at=stage.starts_at, ends_at=stage.starts_at + timedelta(hours=1)
    )
    page = draft.counsellor.client().get(page_of(draft)).text
    assert "Asked elsewhere at that time" in page
    assert "another meeting" in page
    client = stage.counsellor.client()
    assert "Asked elsewhere at that time" not in client.get(page_of(stage)).text
    with count_queries() as seen:
        draft.counsellor.client().get(page_of(draft))
    assert len(seen) <= MOST_PER_PAGE


def test_a_move_into_another_meeting_is_shown_once_and_then_done(stage):
    day = stage.starts_at + timedelta(days=2)
    draft = second(stage, teacher(stage), starts_at=day, ends_at=day + timedelta(hours=1))
    answer = send(
        draft.counsellor.client(), page_of(draft), page_of(draft) + "request", signature="Guru Rekaan"
    )
    assert answer.status_code == 303

    local = local_time(day, "Asia/Jakarta")
    typed = {"on": f"{local:%Y-%m-%d}", "at": f"{local:%H:%M}", "minutes": "60", "place": "Aula"}
    client, form = stage.counsellor.client(), page_of(stage) + "reschedule"
    shown = send(client, form, **typed)
    assert shown.status_code == 200
    assert "Asked elsewhere at that time" in shown.text
    assert stage.conference().place == "Ruang BK"
    despite = shown.text.partition('name="despite" value="')[2].partition('"')[0]
    assert send(client, form, despite=despite, **typed).status_code == 303
    assert stage.conference().place == "Aula"
    assert stage.conference().sequence == 1
