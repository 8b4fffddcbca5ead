"""An appointment that changes, falls away, does not arrive or no longer holds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.factories import MONDAY
from tests.mail.servers import scripted
from tests.services.outbox.delivery import Clock, run
from tests.services.stage import Stage
from tests.services.visits.asked import Visit
from tests.services.visits.test_visit_appointments import SENT, allow, mails, page, send, with_companion
from webapp.domain.declared.home_visit import HOME_VISIT
from webapp.domain.errors import Conflict
from webapp.models.students import Guardian
from webapp.services import (
    access,
    activity_fields,
    activity_runs,
    today,
    visit_appointments,
)


@pytest.fixture
def delivered(app, as_superuser):
    """Let a good server take what waits, with nothing of other tests among it; how many mails left."""
    as_superuser.execute(text("UPDATE outbox SET due_at = NULL WHERE state = 'queued'"))
    as_superuser.commit()

    def deliver() -> int:
        with app.app_context(), scripted({}) as server:
            return run(server, Clock())["sent"]

    return deliver


@pytest.fixture
def visit(stage) -> Visit:
    """A visit that the family has agreed to."""
    visit = Visit(stage)
    allow(visit)
    return visit


def test_a_change_is_shown_and_sent_again_under_the_same_id_with_a_higher_number(stage, visit):
    send(visit)
    stage.delivered()
    assert not page(visit).has_moved
    visit.replan(visit_from="11:00", visit_until="11:45")
    assert page(visit).has_moved
    send(visit)
    assert mails(visit) == [("visit_appointment", "sent", 0), ("visit_appointment", "queued", 1)]
    assert len({mail.facts["uid"] for mail in stage.mails("visit_appointment")}) == 1
    assert not page(visit).has_moved


def test_another_place_is_a_change_for_the_family_alone(stage, visit):
    with_companion(visit)
    send(visit)
    stage.delivered()
    visit.replan(place="Gang Rekaan 9")
    assert send(visit) == 1
    assert mails(visit)[-1] == ("visit_appointment", "queued", 1)


def test_cancelling_the_visit_takes_it_out_of_every_calendar(stage, visit, delivered):
    with_companion(visit)
    send(visit)
    stage.delivered()
    with stage.as_(stage.counsellor) as actor:
        activity_runs.cancel(actor, visit.id, kind="family_refused", reason="")
    assert mails(visit)[-2:] == [("visit_called_off", "queued", 1), ("visit_called_off", "queued", 1)]
    assert delivered() == 2


def test_a_day_that_falls_away_takes_it_out_too_and_what_had_not_left_never_does(stage, visit):
    send(visit)
    allow(visit, "waiting")
    visit.replan(visit_on="", visit_from="")
    assert mails(visit) == [("visit_appointment", "superseded", 0)]
    assert not page(visit).has_appointment


def test_taken_back_and_agreed_anew_it_is_a_later_version_of_the_same_entry(stage, visit):
    send(visit)
    stage.delivered()
    with stage.as_(stage.counsellor) as actor:
        visit_appointments.take_back(actor, visit.id)
    with stage.as_(stage.counsellor) as actor, pytest.raises(Conflict):
        visit_appointments.take_back(actor, visit.id)
    stage.delivered()
    assert send(visit) == 1
    assert mails(visit) == [
        ("visit_appointment", "sent", 0), ("visit_called_off", "sent", 1), ("visit_appointment", "queued", 2)
    ]  # fmt: skip


def test_a_visit_that_is_over_is_not_called_off(stage, visit):
    send(visit)
    stage.delivered()
    with stage.as_(stage.counsellor, when=MONDAY + timedelta(days=9)) as actor:
        activity_runs.cancel(actor, visit.id, kind="other", reason="Selesai")
    assert mails(visit) == [("visit_appointment", "sent", 0)]


def test_a_guardian_marked_after_sending_is_told_nothing_more(stage, visit, delivered):
    send(visit)
    with stage.as_(stage.counsellor) as actor:
        access.get(actor, Guardian, stage.guardian_id).do_not_contact = True
    assert delivered() == 0
    assert mails(visit) == [("visit_appointment", "withheld", 0)]


def correct(visit: Visit, email: str = "baru@contoh.example") -> None:
    with visit.stage.as_(visit.stage.counsellor) as actor:
        access.get(actor, Guardian, visit.stage.guardian_id).email = email


def test_at_a_corrected_address_the_appointment_is_new_and_the_old_calendar_is_cleared(
    stage, visit, delivered
):
    send(visit)
    stage.delivered()
    correct(visit)
    assert send(visit) == 1
    assert [(mail.kind, mail.to_address, mail.facts["sequence"]) for mail in stage.mails()[-2:]] == [
        ("visit_called_off", "wali.rekaan@contoh.example", 1),
        ("visit_appointment", "baru@contoh.example", 2),
    ]
    assert delivered() == 2
    assert {mail.state for mail in stage.mails() if mail.kind in SENT} == {"sent"}


def test_cancelling_reaches_the_address_that_has_the_appointment_also_after_it_was_corrected(
    stage, visit, delivered
):
    send(visit)
    stage.delivered()
    correct(visit)
    with stage.as_(stage.counsellor) as actor:
        activity_runs.cancel(actor, visit.id, kind="family_refused", reason="")
    assert delivered() == 1
    assert stage.mails("visit_called_off")[0].to_address == "wali.rekaan@contoh.example"


def test_nothing_is_called_off_where_nothing_had_arrived_or_nobody_may_be_contacted(
    stage, visit, delivered, as_superuser
):
    send(visit)
    as_superuser.execute(
        text("UPDATE outbox SET state = 'withheld', due_at = NULL WHERE activity_id = :id"), {"id": visit.id}
    )
    as_superuser.commit()
    with stage.as_(stage.counsellor) as actor:
        visit_appointments.take_back(actor, visit.id)
    assert delivered() == 0
    assert stage.mails("visit_called_off")[-1].last_response == "never_told"
    send(visit)
    stage.delivered()
    with stage.as_(stage.counsellor) as actor:
        access.get(actor, Guardian, stage.guardian_id).do_not_contact = True
        visit_appointments.take_back(actor, visit.id)
    assert delivered() == 0
    assert stage.mails("visit_called_off")[-1].last_response == "do_not_contact"


def arrives(visit: Visit, as_superuser, kind: str, state: str) -> None:
    as_superuser.execute(
        text(
            "UPDATE outbox SET state = :state, due_at = NULL"
            " WHERE activity_id = :id AND kind = :kind AND state <> 'sent'"
        ),
        {"state": state, "id": visit.id, "kind": kind},
    )
    as_superuser.commit()


@pytest.mark.parametrize("state", ["bounced", "failed"])
def test_an_appointment_that_did_not_arrive_asks_for_a_phone_call_until_a_newer_mail_does(
    world, stage, visit, as_superuser, state
):
    other = Visit(Stage.build(world))
    send(visit)
    assert visit.needs() == []
    arrives(visit, as_superuser, "visit_appointment", state)
    assert visit.needs() == ["visit_untold"]
    assert other.needs() == []
    visit.replan(place="Gang Rekaan 9")
    send(visit)
    assert visit.needs() == []


def test_a_calling_off_that_did_not_arrive_asks_for_a_phone_call_while_the_visit_lies_ahead(
    stage, visit, as_superuser
):
    with_companion(visit)
    send(visit)
    stage.delivered()
    with stage.as_(stage.counsellor) as actor:
        activity_runs.cancel(actor, visit.id, kind="family_refused", reason="")
    arrives(visit, as_superuser, "visit_called_off", "bounced")
    assert visit.needs() == ["visit_untold"]
    with stage.as_(stage.counsellor, when=MONDAY + timedelta(days=30)) as actor:
        assert "visit_untold" not in [need.kind for need in today.show(actor).needs]


@pytest.mark.parametrize("permission", ["refused", "waiting"])
def test_an_appointment_does_not_leave_once_the_family_says_no(stage, visit, delivered, permission):
    with_companion(visit)
    send(visit)
    allow(visit, permission)
    assert delivered() == 0
    assert {(mail.state, mail.last_response) for mail in stage.mails() if mail.kind in SENT} == {
        ("withheld", "no_permission")
    }


def test_an_appointment_that_was_called_off_or_sent_anew_meanwhile_does_not_leave(
    stage, visit, delivered, as_superuser
):
    with_companion(visit)
    send(visit)
    for change in ("called_off_at = now()", "called_off_at = NULL, sequence = 1"):
        as_superuser.execute(
            text(f"UPDATE visit_invitees SET {change} WHERE activity_id = :id"), {"id": visit.id}
        )
        as_superuser.execute(
            text("UPDATE outbox SET state = 'queued', due_at = created_at WHERE activity_id = :id"),
            {"id": visit.id},
        )
        as_superuser.commit()
        assert delivered() == 0
        assert {mail.state for mail in stage.mails() if mail.kind in SENT} == {"withheld"}


def test_an_appointment_that_stands_leaves(visit, delivered):
    with_companion(visit)
    send(visit)
    assert delivered() == 2


def test_what_the_family_was_told_never_changes_while_it_is_written(stage, visit):
    path = "planning.paperwork"

    def autosave(key: str, value: str) -> None:
        with stage.as_(stage.counsellor) as actor:
            held = activity_fields.read(actor, visit.id)[path][key].version
            activity_fields.save_one(actor, visit.id, path, key, value, held)

    autosave("place", "Gang Rekaan 7")
    send(visit)
    before = page(visit)
    for key, value in {"visit_on": "2030-01-07", "visit_from": "08:00", "place": "Gang Rekaan 8"}.items():
        with pytest.raises(Conflict):
            autosave(key, value)
    assert (page(visit).starts_at, page(visit).place) == (before.starts_at, before.place)
    autosave("companion", "Ibu Rekaan")
    visit.replan(visit_from="11:00", visit_until="11:45")
    assert page(visit).has_moved
    url = f"/s/{stage.school.slug}/home-visits/{visit.id}/?stage=planning"
    shown = stage.counsellor.client().get(url).text
    assert "these change only when you press Save" in shown
    assert shown.count("data-only-by-button") == len(HOME_VISIT.step("planning.paperwork").announced)
    field = shown.split(f'id="{path}.visit_on"')[1].split(">")[0]
    assert "data-autosave-url" not in field
