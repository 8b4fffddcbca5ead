"""The page of a visit's appointment says one thing of each mail: it waits, it left, or what befell it."""

from __future__ import annotations

from sqlalchemy import text

from tests.services.stage import Stage
from tests.services.visits.asked import Visit
from tests.services.visits.test_visit_appointments import allow, page, send


def _family(visit: Visit) -> str:
    """What the page says of the guardian."""
    stage = visit.stage
    person = stage.counsellor
    answer = person.client().get(f"/s/{stage.school.slug}/home-visits/{visit.id}/appointment")
    assert answer.status_code == 200
    return answer.text.split(f'id="guardian-{stage.guardian_id}"')[1].split("</li>")[0]


def test_a_mail_that_waits_is_not_called_sent_and_one_that_left_does_not_wait(world, as_superuser):
    visit = Visit(Stage.build(world))
    allow(visit)
    send(visit)
    waits = _family(visit)
    assert "Queued" in waits
    assert "sent on" not in waits
    visit.stage.delivered()
    left = _family(visit)
    assert "sent on" in left
    assert "Queued" not in left
    as_superuser.execute(
        text("UPDATE outbox SET state = 'bounced' WHERE activity_id = :id"), {"id": visit.id}
    )
    as_superuser.commit()
    bounced = _family(visit)
    assert "Bounced" in bounced
    assert "sent on" not in bounced


def test_the_moment_is_that_at_which_the_mail_left(world, as_superuser):
    visit = Visit(Stage.build(world))
    allow(visit)
    send(visit)
    (line,) = page(visit).guardians
    assert (line.told.mail, line.told.left_at) == ("queued", None)
    visit.stage.delivered()
    as_superuser.execute(
        text("UPDATE outbox SET sent_at = sent_at + interval '2 hours' WHERE activity_id = :id"),
        {"id": visit.id},
    )
    as_superuser.commit()
    (line,) = page(visit).guardians
    assert line.told.left_at is not None
    assert line.told.sent_at is not None
    assert (line.told.left_at - line.told.sent_at).total_seconds() == 7200
