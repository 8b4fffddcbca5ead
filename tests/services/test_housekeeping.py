"""What is kept for a set time only goes then, and not before; the row that tells what happened stays."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, text

from tests.factories import MONDAY
from tests.services.test_outbox import code
from webapp import tenancy
from webapp.models.background import OutboxMail
from webapp.models.identity import SignInFailure
from webapp.services import housekeeping, outbox


def mail(school, key: str, state: str, *, days_ago: int) -> None:
    actor = tenancy.system(school.id, MONDAY - timedelta(days=days_ago))
    with tenancy.work(actor) as session:
        outbox.queue(
            actor, "one_time_code", code(), to_address="a@contoh.example", to_name="", locale="id",
            dedupe_key=key,
        )  # fmt: skip
        row = session.scalars(
            select(OutboxMail).where(OutboxMail.school_id == school.id, OutboxMail.dedupe_key == key)
        ).one()
        row.state, row.content = state, b"bytes"
        row.sent_at = actor.at if state == "sent" else None


def texts(school) -> dict[str, tuple[str, bool, bool]]:
    with tenancy.work(tenancy.system(school.id, MONDAY)) as session:
        rows = session.scalars(select(OutboxMail).where(OutboxMail.school_id == school.id))
        return {row.dedupe_key: (row.state, row.content is not None, row.facts is not None) for row in rows}


def test_texts_of_finished_mails_go_after_thirty_days_and_their_states_stay(app, world):
    one, two = world.school(), world.school()
    for school in (one, two):
        mail(school, "old", "sent", days_ago=31)
        mail(school, "young", "sent", days_ago=29)
        mail(school, "bounced", "bounced", days_ago=31)
        mail(school, "unsent", "deferred", days_ago=31)
    housekeeping.clear(MONDAY)
    for school in (one, two):
        assert texts(school) == {
            "old": ("sent", False, False),
            "young": ("sent", True, True),
            "bounced": ("bounced", False, False),
            "unsent": ("deferred", True, True),
        }


def test_a_second_run_finds_nothing_to_clear(app, world):
    mail(world.school(), "old", "sent", days_ago=31)
    assert housekeeping.clear(MONDAY) >= 1
    assert housekeeping.clear(MONDAY) == 0


def test_old_failed_sign_ins_are_forgotten_and_new_ones_are_not(app, as_superuser):
    with tenancy.identity_work() as session:
        for days_ago in (8, 1):
            at = MONDAY - timedelta(days=days_ago)
            session.add(SignInFailure(account_hash=f"housekeeping:{days_ago}", address="192.0.2.1", at=at))
    housekeeping.clear(MONDAY)
    kept = as_superuser.execute(
        text("SELECT account_hash FROM sign_in_failures WHERE account_hash LIKE 'housekeeping:%'")
    ).scalars()
    assert list(kept) == ["housekeeping:1"]
