"""Files of a case: who may bring, read and remove them, how many fit; nothing of them stands in clear."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text

from tests.factories import fresh_id
from tests.services.stage import Stage
from tests.uploads import samples
from webapp import tenancy
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.models.attachments import Attachment
from webapp.services import attachments, case_page, case_team, cases

NAME = "Surat Zubaidah Contohwati.pdf"


@pytest.fixture
def stage(app, world):
    return Stage.build(world)


def bring(stage, person=None, *, name=NAME, content=samples.PDF, **values) -> int:
    with stage.as_(person or stage.counsellor) as actor:
        return attachments.add(actor, stage.case_id, name=name, content=content, **values).id


def listed(stage, person=None):
    with stage.as_(person or stage.counsellor) as actor:
        return case_page.page(actor, stage.case_id).files


def trail(as_superuser, row_id):
    found = as_superuser.execute(
        text("SELECT action, detail::text FROM audit_entries WHERE subject_id = :id ORDER BY id"),
        {"id": row_id},
    ).all()
    as_superuser.rollback()
    return found


def test_the_team_keeps_reads_and_removes_a_file_and_the_trail_tells_all_of_it(stage, as_superuser):
    row_id = bring(stage)
    (line,) = listed(stage)
    assert (line.name, line.kind, line.size, line.may_remove) == (NAME, "pdf", len(samples.PDF), True)
    with stage.as_(stage.counsellor) as actor:
        found = attachments.open_file(actor, stage.case_id, row_id)
    assert (found.name, found.media_type, found.content) == (NAME, "application/pdf", samples.PDF)
    with stage.as_(stage.counsellor) as actor:
        attachments.remove(actor, stage.case_id, row_id)
    assert listed(stage) == ()
    with pytest.raises(NotFound), stage.as_(stage.counsellor) as actor:
        attachments.open_file(actor, stage.case_id, row_id)
    entries = trail(as_superuser, row_id)
    actions = [entry.action for entry in entries]
    assert actions == ["attachment.added", "attachment.read", "attachment.removed"]
    assert "Zubaidah" not in str(entries)


def test_the_timeline_tells_that_a_file_came_and_went_and_names_it_while_it_is_there(stage):
    def told():
        with stage.as_(stage.counsellor) as actor:
            entries = case_page.page(actor, stage.case_id, kind="file").timeline.entries
        return [(entry.before, entry.word, entry.about, entry.user_id) for entry in entries]

    row_id = bring(stage)
    person = stage.counsellor.user_id
    assert told() == [("added", "case", NAME, person)]
    with stage.as_(stage.counsellor) as actor:
        attachments.remove(actor, stage.case_id, row_id)
    assert told() == [("removed", "case", None, person), ("added", "case", None, person)]


def test_name_and_bytes_are_sealed_and_gone_after_the_removal(stage, as_superuser):
    row_id = bring(stage)

    def stored():
        row = as_superuser.execute(text("SELECT * FROM attachments WHERE id = :id"), {"id": row_id}).one()
        as_superuser.rollback()
        return row

    assert b"Zubaidah" not in bytes(stored().name_enc)
    assert b"PDF" not in bytes(stored().content_enc)
    with stage.as_(stage.counsellor) as actor:
        attachments.remove(actor, stage.case_id, row_id)
    row = stored()
    assert (row.name_enc, row.content_enc, row.removed_by) == (None, None, stage.counsellor.user_id)


def test_a_file_belongs_to_its_team_and_to_nobody_else(stage, world):
    row_id = bring(stage)
    colleague, other_school = world.person(stage.school, "counsellor"), Stage.build(world)
    for person in (stage.principal, stage.teacher, colleague):
        with pytest.raises(NotFound), stage.as_(person) as actor:
            attachments.open_file(actor, stage.case_id, row_id)
        with pytest.raises(NotFound), stage.as_(person) as actor:
            attachments.add(actor, stage.case_id, name="x", content=samples.PDF)
        with stage.as_(person):
            assert tenancy.session.query(Attachment).all() == [], "not even past the services"
    with pytest.raises(NotFound), other_school.as_(other_school.counsellor) as actor:
        attachments.open_file(actor, stage.case_id, row_id)
    # Under a case of one's own, neither.
    with pytest.raises(NotFound), other_school.as_(other_school.counsellor) as actor:
        attachments.open_file(actor, other_school.case_id, row_id)
    with stage.as_(stage.counsellor) as actor:
        case_team.add_member(actor, stage.case_id, user_id=colleague.user_id)
    with stage.as_(colleague) as actor:
        assert attachments.open_file(actor, stage.case_id, row_id).content == samples.PDF


def test_a_file_is_removed_by_who_brought_it_or_by_the_owner_of_the_case(stage, world):
    colleagues = [world.person(stage.school, "counsellor") for _ in range(2)]
    with stage.as_(stage.counsellor) as actor:
        for colleague in colleagues:
            case_team.add_member(actor, stage.case_id, user_id=colleague.user_id)
    owners, own, another = bring(stage), bring(stage, colleagues[0]), bring(stage, colleagues[0])
    assert {line.id for line in listed(stage, colleagues[0]) if line.may_remove} == {own, another}
    for row_id in (owners, own):
        with pytest.raises(Forbidden), stage.as_(colleagues[1]) as actor:
            attachments.remove(actor, stage.case_id, row_id)
    with stage.as_(colleagues[0]) as actor:
        attachments.remove(actor, stage.case_id, own)
    with stage.as_(stage.counsellor) as actor:
        attachments.remove(actor, stage.case_id, another)
    assert [line.id for line in listed(stage)] == [owners]


def test_a_closed_case_takes_no_file_and_lets_one_go(stage):
    row_id = bring(stage)
    with stage.as_(stage.counsellor) as actor:
        cases.change_status(actor, stage.case_id, to="closed", reason="Selesai.")
    with pytest.raises(Conflict):
        bring(stage)
    with stage.as_(stage.counsellor) as actor:
        attachments.remove(actor, stage.case_id, row_id)
    assert listed(stage) == ()


def test_a_refused_file_leaves_nothing_behind(stage):
    with pytest.raises(Invalid):
        bring(stage, content=b"<html>")
    assert listed(stage) == ()


def test_a_case_keeps_so_many_files_and_bytes_and_no_more(stage, monkeypatch):
    monkeypatch.setattr(attachments, "MOST_FILES", 2)
    first = bring(stage)
    bring(stage)
    with pytest.raises(Conflict, match="at most 2 files"):
        bring(stage)
    with stage.as_(stage.counsellor) as actor:
        attachments.remove(actor, stage.case_id, first)
    monkeypatch.setattr(attachments, "MOST_BYTES", 2 * len(samples.PDF) - 1)
    with pytest.raises(Conflict, match="MB"):
        bring(stage)
    monkeypatch.setattr(attachments, "MOST_BYTES", 2 * len(samples.PDF))
    bring(stage)
    assert len(listed(stage)) == 2


def test_two_who_bring_the_last_file_at_once_are_counted_one_after_the_other(stage, monkeypatch):
    monkeypatch.setattr(attachments, "MOST_FILES", 1)
    outcomes = []

    def one() -> None:
        with stage.world.app.app_context():
            try:
                bring(stage)
                outcomes.append("kept")
            except Conflict:
                outcomes.append("full")

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["full", "kept"]


def test_a_scan_names_the_participant_of_a_conference_of_this_case(stage, world):
    stage.invited()
    guest = stage.participant("guardian")
    row_id = bring(stage, purpose="signed_commitment", participant_id=guest.id)
    (line,) = listed(stage)
    assert (line.id, line.purpose.key, line.participant_id) == (row_id, "signed_commitment", guest.id)
    elsewhere = Stage.build(world).invited()
    for stranger in (elsewhere.participant("guardian").id, fresh_id()):
        with pytest.raises(NotFound):
            bring(stage, purpose="written_answer", participant_id=stranger)
    for values in ({"purpose": "signed_commitment"}, {"participant_id": guest.id}):
        with pytest.raises(ValueError, match="do not go together"):
            bring(stage, **values)


def test_nobody_hangs_a_file_on_another_case_past_the_services(stage, world):
    colleague = world.person(stage.school, "counsellor")
    with pytest.raises(Exception, match="row-level security"), stage.as_(colleague):
        tenancy.add(
            Attachment(
                case_id=stage.case_id, purpose="case", media_type="application/pdf", size=1,
                author_id=colleague.user_id, created_at=stage.now,
            )
        )  # fmt: skip
