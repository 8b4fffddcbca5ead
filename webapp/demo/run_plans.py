"""The demo's home visits and advocacies as data: in whose case, when begun, and what each step holds."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Entry:
    """An entry of a step, a fact or an impression where the step tells them apart."""

    values: dict[str, str]
    nature: str | None = None


@dataclass(frozen=True)
class Done:
    """A step as it was recorded, so many days from now. In values, `{+3}` is the day in three days."""

    path: str
    days: float
    values: dict[str, str] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    promise: tuple[str, str, str, int] | None = None  # who, relation, what, due in so many days


@dataclass(frozen=True)
class Question:
    """The mother is asked about the visit so many days from now; and what she answers, if she has."""

    days: float
    answer: str = ""
    proposed_time: str = ""
    message: str = ""


@dataclass(frozen=True)
class RunPlan:
    """One run in the case of the student in that place of the school's list."""

    school: str
    place: int
    noun: str
    begun: float
    steps: tuple[Done, ...]
    tracks: tuple[str, ...] = ()
    cancel: str = ""
    why: str = ""
    question: Question | None = None


def _planned(days: int) -> tuple[Done, ...]:
    """The planning of a visit, begun so many days from now."""
    return (
        Done("planning.case_and_student", days, {
            "grounds": "family_problem,family_situation",
            "topic": "Mengapa akhir-akhir ini ia tampak lelah, dan bagaimana tugas di rumah dibagi."}),
        Done("planning.student_convinced", days, {
            "willing": "yes", "asked_on": f"{{{days}}}",
            "explained": "Kunjungan untuk mengenal keluarga dan mencari cara membantu, bukan memeriksa."}),
        Done("planning.information_prepared", days + 1, {
            "text": "Ia rajin, disukai teman sekelompoknya, dan pekan ini dua kali terlambat.",
            "opening_theme": "Tanaman di halaman dan kegiatan sekolah bulan ini."}),
        Done("planning.topics_and_roles", days + 1, {
            "topics": "Jam tidur, jam belajar, pembagian tugas di rumah."}, (
                Entry({"who": "Ibu", "role": "Menceritakan kebiasaan sore hari"}),
                Entry({"who": "Kakak", "role": "Menemani belajar"}))),
    )  # fmt: skip


VISIT_AHEAD = RunPlan("sma-rekaan", 5, "home_visits", -9, (
    *_planned(-9),
    Done("planning.paperwork", -5, {
        "permission": "given", "permission_channel": "phone", "permission_on": "{-5}", "permission_by": "Ibu",
        "visit_on": "{+3}", "visit_from": "15:30", "visit_until": "16:15",
        "place": "Gang Umpama 5, Kota Rekaan", "companion": "Wali kelas"}),
))  # fmt: skip


def _asked(place: int, days: int, ahead: int, address: str, question: Question) -> RunPlan:
    """A visit that waits for the family's permission, in so many days."""
    return RunPlan("sma-rekaan", place, "home_visits", days, (
        *_planned(days),
        Done("planning.paperwork", days + 1, {
            "permission": "waiting", "visit_on": f"{{+{ahead}}}", "visit_from": "16:00",
            "visit_until": "16:45", "place": address}),
    ), question=question)  # fmt: skip


VISIT_ASKED = _asked(200, -4, 6, "Jalan Umpama 12, Kota Contoh", Question(-1))
VISIT_ANSWERED = _asked(350, -5, 4, "Gang Misal 7, Kota Contoh", Question(
    -2, "other_time", "Sabtu pukul 10.00", "Terima kasih, kami senang dikunjungi."))  # fmt: skip

VISIT_MADE = RunPlan("sma-rekaan", 3, "home_visits", -40, (
    *_planned(-40),
    Done("planning.paperwork", -38, {
        "permission": "given", "permission_channel": "paper", "permission_on": "{-38}",
        "permission_by": "Ibu", "visit_on": "{-35}", "visit_from": "15:30", "visit_until": "16:15",
        "place": "Jalan Contoh 3, Kota Rekaan", "companion": "Wali kelas"}),
    Done("execution.plan_communicated", -37, {"to_whom": "Kepala sekolah dan wali kelas",
                                              "told_on": "{-37}"}),
    Done("execution.family_met", -35, {}, (
        Entry({"name": "Ibu Rekaan", "relation": "Ibu", "note": "Menerima dengan hangat"}),
        Entry({"name": "Kakak Rekaan", "relation": "Kakak", "note": ""}))),
    Done("execution.problem_discussed", -35, {}, (
        Entry({"text": "Anak membantu di warung sampai pukul sepuluh malam pada akhir pekan."}, "fact"),
        Entry({"text": "Keluarga tampak belum tahu seberapa sering ia tidak masuk."}, "impression"))),
    Done("execution.data_completed", -35, {
        "location": "Di belakang pasar, lima belas menit berjalan kaki", "state": "Bersih dan terawat",
        "study_room": "Ruang tengah, bersama adik", "study_desk": "Meja makan",
        "disturbance": "Suara televisi sampai malam", "study_times": "Sesudah magrib",
        "initiative": "reminded", "company": "alone", "help": "Kakak", "closeness": "close",
        "deciding": "democratic", "to_school": "Mendukung",
        "climate_impressions": "closeness,deciding,to_school"}),
    Done("execution.commitment_developed", -35, {}, promise=(
        "Ibu Rekaan", "Ibu", "Menutup warung pukul delapan pada hari Minggu", -20)),
    Done("execution.recorded_and_concluded", -35, {
        "visited_on": "{-35}", "started": "15:30", "ended": "16:20",
        "conclusion": "Keluarga mendukung. Jam tidur perlu ditata supaya hari Senin ia siap berangkat."}),
    Done("evaluation.process", -34, {"text": "Berjalan ramah, sesuai waktu yang disepakati."}),
    Done("evaluation.completeness_and_commitment", -34, {"text": "Data lengkap; ibu menyanggupi."}),
    Done("evaluation.use_of_data", -34, {"text": "Dipakai sebagai bahan konferensi kasus."}),
    Done("analysis.effectiveness", -33, {"text": "Penyebab tidak masuk pada hari Senin menjadi jelas."}),
    Done("analysis.improvements", -33, {"text": "Waktu kunjungan lebih baik sebelum warung buka."}),
    Done("analysis.unserved_needs", -33, {"text": "Tempat belajar yang tenang."}),
    Done("analysis.counsellor_capability", -33, {"text": "Perlu berlatih mendengarkan tanpa menyela."}),
    Done("analysis.behaviour_and_achievement", -33, {"text": "Kehadiran membaik pada pekan berikutnya."}),
    Done("follow_up.repeat_visit", -33, {"needed": "no"}),
    Done("follow_up.further_service", -33, {"service": "conference",
                                            "why": "Semua pihak perlu duduk bersama."}),
))  # fmt: skip

VISIT_STOPPED = RunPlan("smp-contoh", 71, "home_visits", -12, (
    Done("planning.case_and_student", -12, {
        "grounds": "family_problem", "topic": "Perbedaan pendapat tentang kegiatan sore."}),
    Done("planning.student_convinced", -11, {"willing": "doubts_family", "asked_on": "{-11}"}),
), cancel="family_doubted", why="Ia minta bercerita lebih dahulu kepada ibunya.")  # fmt: skip

ADVOCACY = RunPlan("sma-rekaan", 76, "advocacies", -20, (
    Done("basis.situation", -20, {
        "side": "harmed", "grounds": "bullying", "right": "Rasa aman saat belajar dan di ruang digital.",
        "violation": "ethics", "stakeholders": "Kepala sekolah, wakil kepala bidang kesiswaan",
        "confidence_before": "2"}, (Entry({"name": "Dua teman seangkatan", "part": "Mengejek berulang"}),)),
    Done("basis.consent", -20, {"willing": "yes", "asked_on": "{-20}",
                                "explained": "Sukarela, terbuka, dan rahasia."}),
    Done("influence.behaviour_defined", -19, {
        "text": "Ejekan berulang di grup kelas yang dibiarkan.",
        "goal": "Grup kelas bersih dari ejekan, dan ada aturan yang disepakati."}),
    Done("influence.materials", -18, {"text": "Ringkasan aturan sekolah dan contoh kesepakatan kelas."}),
    Done("influence.decision_maker", -18, {"name": "Wakil Kepala Rekaan", "position": "Kesiswaan"}),
    Done("influence.technique", -17, {"forms": "information,audience",
                                      "text": "Audiensi singkat, lalu pemberian informasi di kelas."}),
    Done("influence.carried_out", -6, {}, (
        Entry({"on": "{-14}", "form": "audience", "people": "Wakil kepala bidang kesiswaan",
               "result": "Kesepakatan kelas akan disusun bersama."}),
        Entry({"on": "{-7}", "form": "information", "people": "Seluruh kelas",
               "result": "Kesepakatan ditandatangani semua anggota kelas."}))),
    Done("accompany.problem_understood", -19, {"text": "Ia ingin tetap di kelasnya dan merasa aman."}),
    Done("accompany.procedure_understood", -18, {"text": "Menyimpan bukti, melapor, didampingi."}),
    Done("accompany.accompanied", -10, {}, (
        Entry({"on": "{-10}", "form": "information", "people": "Keluarga",
               "result": "Keluarga tahu langkah yang ditempuh sekolah."}),)),
    Done("ethics.handled", -13, {"by_whom": "Tim sekolah", "on": "{-13}",
                                 "text": "Pelaku ditegur dan dibina; unggahan dihapus."}),
), tracks=("influence", "accompany"))  # fmt: skip

ALL = (VISIT_AHEAD, VISIT_ASKED, VISIT_ANSWERED, VISIT_MADE, VISIT_STOPPED, ADVOCACY)
