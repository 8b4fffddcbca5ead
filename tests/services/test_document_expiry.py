"""Files of documents expire and are made again as they were; what they were made of stays frozen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.conference_world import Meeting
from webapp import tenancy
from webapp.domain.errors import Conflict, NotFound
from webapp.services import documents, housekeeping, minutes, reports

EXPIRED = reports.KEEP_FILES + timedelta(days=1)


@pytest.fixture
def stage(world) -> Meeting:
    return Meeting.build(world).documented()


@pytest.fixture
def other(world) -> Meeting:
    return Meeting.build(world)


def clear(stage: Meeting, after: timedelta) -> None:
    with stage.world.app.app_context():
        # The file was finished when the stage's worker ran: ten years on, see Meeting.make.
        housekeeping.clear_school(stage.school.id, stage.after + timedelta(days=3650) + after)


def state(stage: Meeting, kind: str = "minutes") -> str:
    with stage.as_(stage.counsellor) as actor:
        return documents.get_document(actor, stage.extra[kind]).state.key


def file(stage: Meeting) -> bytes:
    with stage.as_(stage.counsellor) as actor:
        return documents.open_document(actor, stage.extra["minutes"]).content


def test_a_file_expires_after_its_time_and_not_before(stage, as_superuser):
    clear(stage, reports.KEEP_FILES - timedelta(days=1))
    assert state(stage) == "ready"
    clear(stage, EXPIRED)
    assert state(stage) == state(stage, "attendance") == "expired"
    with pytest.raises(Conflict, match="expired"):
        file(stage)
    row = as_superuser.execute(
        text("SELECT content_enc, snapshot_enc FROM reports WHERE id = :id"), {"id": stage.extra["minutes"]}
    ).one()
    assert row.content_enc is None
    assert row.snapshot_enc is not None


def test_minutes_are_made_again_from_their_frozen_data_as_the_same_file(stage, other, as_superuser):
    before = file(stage)
    as_superuser.execute(
        text("UPDATE schools SET letterhead_line1 = 'Dinas Lain' WHERE id = :id"), {"id": stage.school.id}
    )
    as_superuser.commit()
    clear(stage, EXPIRED)
    other.documented()
    for person, place in ((stage.principal, stage), (stage.teacher, stage), (other.counsellor, other)):
        with pytest.raises(NotFound), place.as_(person) as actor:
            documents.again(actor, stage.extra["minutes"])
    with stage.as_(stage.counsellor) as actor:
        documents.again(actor, stage.extra["minutes"])
    with stage.world.app.app_context():
        assert reports.run(tenancy.system(stage.school.id, stage.after), stage.extra["minutes"])
    assert file(stage) == before
    assert state(other) == "ready"


def test_asking_for_minutes_anew_makes_the_expired_ones_again(stage):
    clear(stage, EXPIRED)
    with stage.as_(stage.counsellor, when=stage.after) as actor:
        made = {row.kind: (row.id, row.state) for row in minutes.request(actor, stage.conference_id)}
    assert made["minutes"] == (stage.extra["minutes"], "queued")


def test_a_file_stays_as_long_as_guests_may_open_it(world):
    stage = Meeting.build(world, minutes_access_days=365).signed_off()
    with stage.as_(stage.counsellor, when=stage.after) as actor:
        report_id = next(r.id for r in minutes.request(actor, stage.conference_id) if r.kind == "minutes")
    stage.extra["minutes"] = report_id
    with stage.world.app.app_context():
        assert reports.run(tenancy.system(stage.school.id, stage.after), report_id)
        housekeeping.clear_school(stage.school.id, stage.after + EXPIRED)
    assert state(stage) == "ready"
    with stage.world.app.app_context():
        housekeeping.clear_school(stage.school.id, stage.after + timedelta(days=366))
    assert state(stage) == "expired"


def test_both_pages_offer_to_make_an_expired_document_again(stage):
    clear(stage, EXPIRED)
    browser = stage.counsellor.client()
    listed = browser.get(f"/s/{stage.school.slug}/documents/").text
    assert f"documents/{stage.extra['minutes']}/again" in listed
    assert f"documents/{stage.extra['minutes']}/file" not in listed
    report = browser.get(f"/s/{stage.school.slug}/conferences/{stage.conference_id}/report").text
    assert f'conferences/{stage.conference_id}/minutes"' in report
    assert f"documents/{stage.extra['minutes']}/file" not in report
    teachers = stage.teacher.client().get(f"/s/{stage.school.slug}/documents/").text
    assert "/again" not in teachers
