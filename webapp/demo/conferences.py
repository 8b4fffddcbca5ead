"""A case's conference up to its invitations and their answers; meetings brings it further."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app

from webapp.demo import cast, meetings, students, texts
from webapp.demo.plans import Meeting
from webapp.demo.scene import Scene
from webapp.domain import handling
from webapp.mail.smtp import Transport
from webapp.services import answers, conferences, guardians, outbox_delivery, people
from webapp.services.conference_drafts import Draft
from webapp.services.participants import Proposed
from webapp.tenancy import Actor

NOT_SENT = ("draft", "requested", "returned")
RETURN_REASON = (
    "Tujuannya baik. Mohon pilih waktu sesudah jam pelajaran, supaya wali kelas dapat hadir penuh."
)
CANCEL_REASON = "Keluarga sedang berduka; pertemuan dijadwalkan lagi bulan depan."


@dataclass(frozen=True)
class Times:
    """When things happened; everything but the meeting itself lies before now."""

    drafted: datetime
    requested: datetime
    approved: datetime
    starts: datetime
    ends: datetime


def play(scene: Scene, meeting: Meeting) -> None:
    """Bring the conference into its state; what an earlier seeding has done is not done again."""
    times = _times(scene, meeting)
    scene.conference_id, state = scene.conference()
    if not state:
        with scene.team(times.drafted) as actor:
            scene.conference_id = conferences.start(
                actor, scene.case_id, _draft(scene, meeting, times, actor)
            ).id
        state = "draft"
    if state == "draft" and meeting.state != "draft":
        with scene.team(times.requested) as actor:
            conferences.request(actor, scene.conference_id, signed_name=scene.owner.name)
        state = "requested"
    if state == "requested" and meeting.state != "requested":
        state = _decide(scene, meeting, times)
    if state == "invited":
        _answer(scene, times, held=meeting.state not in ("invited", "cancelled"))
        if meeting.state == "cancelled":
            with scene.team(scene.stage.days(-0.5)) as actor:
                conferences.cancel(actor, scene.conference_id, reason=CANCEL_REASON)
    if meeting.state not in (*NOT_SENT, "invited", "cancelled"):
        meetings.play(scene, meeting, times.starts, times.ends)


def _times(scene: Scene, meeting: Meeting) -> Times:
    stage = scene.stage
    starts = stage.days(meeting.starts_in, hour=meeting.hour, school=scene.school)
    approved = min(starts - timedelta(days=5), stage.days(-3, hour=10, school=scene.school))
    requested = approved - timedelta(days=1)
    return Times(
        requested - timedelta(minutes=40), requested, approved, starts, starts + timedelta(minutes=90)
    )


def _draft(scene: Scene, meeting: Meeting, times: Times, actor: Actor) -> Draft:
    student_id = students.find(actor, scene.school, scene.plan.place).id
    known = {row.relation: row for row in guardians.of_student(actor, student_id)}
    staff = {member.email: member.user_id for member in people.staff(actor)}
    proposed = [
        Proposed(
            "staff",
            "information",
            "Menceritakan kekuatan dan keadaan di kelas",
            user_id=staff[cast.email(scene.teacher_of_class().key)],
        ),
        Proposed(
            "guardian", "commitment", "Mendampingi di rumah", guardian_id=known["mother"].id, is_key=True
        ),
        Proposed(
            "expert",
            "easing",
            "Memberi pandangan dari bidangnya",
            name="Psikolog Wening Misal",
            position="Psikolog puskesmas",
            email=f"psikolog.{scene.school.level}@contoh.example",
            phone="0800 5000 0001",
        ),
    ]
    if meeting.with_father:
        proposed.insert(
            2, Proposed("guardian", "commitment", "Mendampingi di rumah", guardian_id=known["father"].id)
        )
    return Draft(
        meeting.story.purpose,
        "Ruang BK",
        times.starts,
        times.ends,
        tuple(proposed),
        despite=texts.DESPITE if handling.is_suspicion(scene.plan.kinds) else "",
    )


def _decide(scene: Scene, meeting: Meeting, times: Times) -> str:
    with scene.principal(times.approved) as actor:
        if meeting.state == "returned":
            conferences.return_request(actor, scene.conference_id, reason=RETURN_REASON)
            return "returned"
        conferences.approve(actor, scene.conference_id)
    if times.starts < scene.stage.now:
        _deliver(times.approved + timedelta(minutes=2))
    return "invited"


def _deliver(at: datetime) -> None:
    """Invitations to a meeting that is over went out back then: into the demo's own sink, nowhere else."""
    settings = current_app.config["PAMONG"]
    if settings.smtp.is_sink:
        with Transport(settings.smtp_url, float(settings.smtp_timeout)) as transport:
            outbox_delivery.deliver(
                lambda: at, transport, worker="seed-demo", stop_at=at + timedelta(seconds=1)
            )


def _answer(scene: Scene, times: Times, *, held: bool) -> None:
    """All come where the meeting was held; ahead of one the answers are mixed, and the father is silent."""
    first = times.approved + timedelta(hours=6)
    for who in scene.those(lambda row: row.answer == "pending", first):
        if who == "teacher" or (held and who in ("mother", "expert")):
            with scene.act_as(who, first) as actor:
                answers.answer(actor, scene.conference_id, answer="yes")
        elif who == "mother":
            with scene.guest(who, first + timedelta(hours=20)) as actor:
                answers.answer(
                    actor,
                    scene.conference_id,
                    answer="other_time",
                    message="Terima kasih atas undangannya, saya ingin sekali ikut.",
                    proposed_time="Siang hari setelah pukul satu",
                )
        elif who == "expert":
            with scene.team(first + timedelta(hours=25)) as actor:
                answers.record_on_behalf(
                    actor,
                    scene.people(actor)[who].id,
                    answer="no",
                    channel="phone",
                    message="Bertugas di luar kota.",
                )
