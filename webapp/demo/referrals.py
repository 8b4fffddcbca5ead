"""Teachers tell the counsellor what worries them about a student: waiting, taken into a case, declined."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.demo import students
from webapp.demo.cast import SD, SMA, SMP, SchoolPlan
from webapp.demo.stage import Stage
from webapp.services import student_referrals


@dataclass(frozen=True)
class Referral:
    """Who refers which student (place in the list), how many days ago; an answer declines it."""

    school: SchoolPlan
    author: str
    place: int
    days_ago: int
    body: str
    declined: str = ""


ALL = (
    Referral(
        SMA, "wali1.sma", 5, 40,
        "Anak ini biasanya ceria dan suka menolong. Tiga minggu terakhir ia sering terlambat dan tampak "
        "lelah. Mohon diajak bercerita.",
    ),
    Referral(
        SMA, "wali2.sma", 41, 2,
        "Nilai hariannya baik, terutama seni budaya. Sejak pindah tempat duduk ia tidak lagi mau bekerja "
        "kelompok. Saya khawatir ada yang mengganggunya.",
    ),
    Referral(
        SMA, "wali3.sma", 80, 12,
        "Ia rajin dan sopan. Dua kali lupa membawa buku tugas pekan ini.",
        declined="Terima kasih sudah peka. Saya sudah mengobrol dengannya; jadwal latihannya berubah dan "
                 "kini sudah ia atur. Untuk saat ini tidak perlu dibuka kasus.",
    ),
    Referral(
        SMP, "wali1.smp", 12, 1,
        "Anaknya lembut dan pandai menggambar. Ia menangis dua kali saat jam istirahat dan belum mau "
        "bercerita.",
    ),
    Referral(
        SD, "guru1.sd", 75, 3,
        "Semangat sekali saat olahraga. Di kelas ia sulit duduk tenang dan kerap meminta ulang penjelasan; "
        "mungkin pendengarannya perlu diperiksa.",
    ),
)  # fmt: skip


def build(stage: Stage) -> None:
    """Every referral once."""
    for plan in ALL:
        _refer(stage, plan)
        if plan.declined:
            _decline(stage, plan)


def _refer(stage: Stage, plan: Referral) -> None:
    author = next(person for person in plan.school.people if person.key == plan.author)
    with stage.work(plan.school, author, stage.days(-plan.days_ago, hour=13, school=plan.school)) as actor:
        student_id = students.find(actor, plan.school, plan.place).id
        if all(own.student_id != student_id for own in student_referrals.list_own(actor)):
            student_referrals.refer(actor, student_id=student_id, body=plan.body)


def _decline(stage: Stage, plan: Referral) -> None:
    at = stage.days(1 - plan.days_ago, hour=10, school=plan.school)
    with stage.work(plan.school, plan.school.case_owner, at) as actor:
        student_id = students.find(actor, plan.school, plan.place).id
        for waiting in student_referrals.list_incoming(actor):
            if waiting.student_id == student_id:
                student_referrals.decline(actor, waiting.id, answer=plan.declined)
