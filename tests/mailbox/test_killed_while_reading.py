"""The reader is killed while it works, again and again; whoever reads on leaves each mail done once."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.conftest import KEYS
from tests.mailbox import letters, reader
from tests.mailbox.conftest import REPLY_ADDRESS, Post, mark_sent, reasons
from tests.mailbox.letters import Invited, Said
from tests.services.stage import Stage
from webapp import tenancy
from webapp.models.background import OutboxMail
from webapp.services.participants import Proposed

PEOPLE, KILLS = 24, 6


def crowded(world, now: datetime) -> Stage:
    proposed = tuple(
        Proposed(
            "expert",
            "easing",
            "Memberi pandangan",
            name=f"Tamu Rekaan {number}",
            email=f"tamu{number}@contoh.example",
        )
        for number in range(PEOPLE)
    )
    stage = Stage.build(world, now=now).invited(proposed=proposed)
    mark_sent(stage)
    return stage


def all_invited(stage: Stage) -> list[Invited]:
    with stage.world.app.app_context(), tenancy.work(tenancy.system(stage.school.id, stage.now)) as session:
        rows = session.query(OutboxMail).filter(
            OutboxMail.school_id == stage.school.id, OutboxMail.kind == "invitation"
        )
        return [
            Invited(
                uid=row.facts["uid"],
                sequence=row.facts["sequence"],
                organiser=row.facts["organiser_address"],
                attendee=row.facts["attendee_address"],
                starts_at=stage.starts_at,
                message_id=row.message_id,
            )
            for row in rows
            if row.facts["attendee_address"].startswith("tamu")
        ]


@pytest.fixture
def environment(post: Post, tmp_path) -> dict[str, str]:
    settings = post.settings
    return {
        "PAMONG_ENV": "test",
        "PAMONG_HOME": str(tmp_path),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SMTP_URL": settings.smtp_url,
        "IMAP_URL": settings.imap_url,
        "PAMONG_REPLY_ADDRESS": settings.reply_address,
        "PAMONG_SECRET_KEY": settings.secret_key,
        "PAMONG_KEYS": KEYS,
    }


@pytest.mark.faults
def test_a_reader_killed_at_any_moment_leaves_every_answer_counted_once(
    post: Post, world, as_superuser, environment
):
    now = datetime.now(UTC).replace(microsecond=0)
    stage, other = crowded(world, now), crowded(world, now)
    mails: list[bytes] = []
    for place in (stage, other):
        for number, invited in enumerate(all_invited(place)):
            said = Said("ACCEPTED" if number % 2 else "DECLINED", now + timedelta(seconds=number))
            mails.append(tuple(letters.CALENDARS.values())[number % 3](invited, said))
    some = all_invited(stage)[0]
    mails.append(letters.written(to=some.organiser, sender=some.attendee, text="Terima kasih"))
    mails.append(letters.postfix(all_invited(other)[0], to=REPLY_ADDRESS))
    seed = random.randrange(10**6)
    rng = random.Random(seed)
    rng.shuffle(mails)
    post.put(*mails)

    def taken_up() -> int:
        count = as_superuser.scalar(
            text("SELECT count(*) FROM incoming_mails WHERE school_id IN (:one, :two)"),
            {"one": stage.school.id, "two": other.school.id},
        )
        as_superuser.commit()
        return count

    until = time.monotonic() + 120
    kills = 0
    for _ in range(KILLS):
        mark = min(taken_up() + rng.randrange(1, 2 * PEOPLE // KILLS), len(mails) - 2)
        one = reader.start(environment)
        while taken_up() < mark and one.is_alive() and time.monotonic() < until:
            time.sleep(0.001)
        time.sleep(rng.random() * 0.02)
        if one.is_alive():
            one.kill()
            kills += 1
        one.join()
    # Two at once, as two clocks would have it.
    readers = [reader.start(environment) for _ in range(2)]
    for one in readers:
        one.join(60)
    assert [one.exitcode for one in readers] == [0, 0]
    print(f"\nseed {seed}: {len(mails)} mails, {kills} kills")
    assert kills >= KILLS // 2
    folders = post.folders()
    assert folders == {"Pamong-done": 2 * PEOPLE + 1, "Pamong-review": 1}
    for place, extra in ((stage, ("review", "written")), (other, ("done", "bounced"))):
        assert sorted(reasons(as_superuser, place)) == sorted([("done", "counted")] * PEOPLE + [extra])
        given = as_superuser.execute(
            text(
                "SELECT p.answer, p.answer_channel, (SELECT count(*) FROM audit_entries a"
                " WHERE a.school_id = p.school_id AND a.subject_id = p.id AND a.action = 'answer.given')"
                " FROM participants p WHERE p.school_id = :id AND p.kind = 'expert'"
            ),
            {"id": place.school.id},
        ).all()
        assert sorted(tuple(row) for row in given) == sorted(
            [("yes", "calendar", 1), ("no", "calendar", 1)] * (PEOPLE // 2)
        )
