"""The home visit (kunjungan rumah), after Tohirin (2007), Prayitno (2004) and Winkel (1991)."""

from __future__ import annotations

from webapp.domain.declared.home_findings import FINDINGS
from webapp.domain.procedure import Procedure, field, stage, step
from webapp.domain.vocabulary import Term, Vocabulary

GROUNDS = Vocabulary(
    Term("family_problem", "Masalah berkaitan dengan keluarga", "The problem is tied to the family"),
    Term("trusted_source", "Keluarga sumber data yang dapat dipercaya", "The family is a trusted source"),
    Term("work_together", "Guru BK dan guru mata pelajaran perlu bekerja sama",
         "Counsellor and subject teachers are needed together"),
    Term("family_situation", "Keadaan keluarga penting bagi perkembangan anak",
         "The family's situation matters to the child's development"),
)
WILLINGNESS = Vocabulary(
    Term("yes", "Bersedia", "Agrees"),
    Term("no", "Tidak menghendaki", "Does not want it"),
    Term("doubts_family", "Ragu orang tua berkenan", "Doubts that the parents are willing"),
)
PERMISSION = Vocabulary(
    Term("waiting", "Menunggu jawaban", "Waiting for an answer"),
    Term("given", "Diizinkan", "Given"),
    Term("refused", "Tidak diizinkan", "Refused"),
)
CHANNELS = Vocabulary(
    Term("link", "Tautan surel", "Link in a mail"),
    Term("phone", "Telepon", "Phone"),
    Term("paper", "Surat", "On paper"),
    Term("in_person", "Bertemu langsung", "In person"),
)
YES_NO = Vocabulary(Term("yes", "Ya", "Yes"), Term("no", "Tidak", "No"))
NEXT_SERVICES = Vocabulary(
    Term("counselling", "Konseling perorangan", "Individual counselling"),
    Term("home_visit", "Kunjungan rumah ulang", "Another home visit"),
    Term("conference", "Konferensi kasus", "Case conference"),
    Term("advocacy", "Advokasi", "Advocacy"),
    Term("referral", "Alih tangan kasus", "Referral"),
    Term("none", "Tidak ada", "None"),
)
CANCEL_REASONS = Vocabulary(
    Term("student_unwilling", "Peserta didik tidak menghendaki", "The student does not want it"),
    Term("family_doubted", "Kesediaan orang tua diragukan", "The parents' willingness is in doubt"),
    Term("family_refused", "Keluarga tidak mengizinkan", "The family did not give permission"),
)

_PLANNING = "Tohirin (2007), perencanaan"
_EXECUTION = "Prayitno (2004), pelaksanaan"
_EVALUATION = "Prayitno (2004), evaluasi"
_ANALYSIS = "Prayitno (2004), analisis hasil evaluasi"
_FOLLOW_UP = "Prayitno (2004), tindak lanjut"
_REPORT = "Tohirin (2007), laporan"

TOLD_BY = Vocabulary(*CHANNELS, Term("pamong", "Di Pamong", "In Pamong"))
TOLD_FIELDS = (
    field("to_whom", "Kepada", "To", "line"),
    field("position", "Jabatan atau hubungan", "Position or relation", "line"),
    field("on", "Tanggal", "Day", "date"),
    field("channel", "Melalui", "By", choices=TOLD_BY),
)
"""To whom a report was given, when and how."""


def _text_step(key: str, id_label: str, en_label: str, source: str):
    return step(key, id_label, en_label, source, field("text", "Uraian", "In words"))


_PLAN = stage(
    "planning", "Perencanaan", "Planning", _PLANNING,
    step(
        "case_and_student", "Kasus dan peserta didik ditetapkan", "Case and student fixed",
        f"{_PLANNING} (a)",
        field("grounds", "Alasan kunjungan", "Why a visit", "choices", choices=GROUNDS),
        field("topic", "Masalah yang perlu didalami di rumah", "What is to be understood at home",
              hint=("Hal yang tidak terungkap lewat angket dan wawancara.",
                    "What questionnaires and interviews could not tell.")),
    ),
    step(
        "student_convinced", "Peserta didik memahami dan bersedia", "Student understands, agrees",
        f"{_PLANNING} (b); Winkel (1991) (c)",
        field("willing", "Jawaban peserta didik", "The student's answer", choices=WILLINGNESS),
        field("asked_on", "Ditanya pada", "Asked on", "date"),
        field("explained", "Yang dijelaskan kepada peserta didik", "What was explained", required=False),
        gate=True, passes={"willing": ("yes",)},
        hint=("Kunjungan hanya dilakukan bila peserta didik dan orang tuanya berkenan. Bila tidak, rencana "
              "dibatalkan; itu akhir yang wajar.",
              "A visit is made only where it is welcome. Where it is not, the plan is cancelled, and that is "
              "a proper end."),
    ),
    step(
        "information_prepared", "Informasi pokok untuk keluarga disiapkan",
        "Key information for the family prepared", f"{_PLANNING} (c)",
        field("text", "Informasi pokok", "Key information"),
        field("opening_theme", "Tema pembuka tentang rumah dan sekolah", "Opening theme on home and school",
              required=False),
        repeats=True,
    ),
    step(
        "topics_and_roles", "Materi kunjungan dan peran anggota keluarga",
        "Topics, and the role of each family member", f"{_PLANNING} (d)",
        field("topics", "Yang ingin diketahui", "What is to be learnt"),
        records="entries", repeats=True,
        entry_fields=(
            field("who", "Anggota keluarga", "Family member", "line"),
            field("role", "Peran yang diharapkan", "Role expected", "line"),
        ),
    ),
    step(
        "paperwork", "Kelengkapan administrasi", "Letters and forms ready", f"{_PLANNING} (e)",
        field("permission", "Izin keluarga", "The family's permission", choices=PERMISSION),
        field("permission_channel", "Diberikan melalui", "Given by", choices=CHANNELS,
              needed_if=("permission", ("given", "refused"))),
        field("permission_on", "Tanggal jawaban", "Answered on", "date",
              needed_if=("permission", ("given", "refused"))),
        field("permission_by", "Oleh", "By whom", "line", needed_if=("permission", ("given", "refused"))),
        field("visit_on", "Hari kunjungan", "Day of the visit", "date"),
        field("visit_from", "Mulai", "From", "time"),
        field("visit_until", "Sampai", "Until", "time", required=False,
              hint=("Biasanya 30 sampai 60 menit.", "Usually 30 to 60 minutes.")),
        field("place", "Alamat yang dikunjungi", "Address to visit", "line"),
        field("companion", "Pendamping (wali kelas, guru wali)", "Companion (homeroom teacher, guru wali)",
              "line", required=False),
        gate=True, passes={"permission": ("given",)}, pending={"permission": ("waiting",)},
        appointment=("visit_on", "visit_from", "visit_until"),
        documents=("visit_plan", "visit_assignment", "visit_notice", "visit_form"),
    ),
)

_EXECUTE = stage(
    "execution", "Pelaksanaan", "Execution", _EXECUTION,
    step(
        "plan_communicated", "Rencana disampaikan kepada pihak terkait",
        "Plan communicated to those concerned", f"{_EXECUTION} (a)",
        field("to_whom", "Kepada siapa", "To whom", "line"),
        field("told_on", "Tanggal", "Day", "date"),
    ),
    step(
        "family_met", "Keluarga ditemui", "Family met", f"{_EXECUTION} (b)(1)",
        records="entries",
        entry_fields=(
            field("name", "Nama", "Name", "line"),
            field("relation", "Hubungan", "Relation", "line"),
            field("note", "Catatan", "Note", "line", required=False),
        ),
    ),
    step(
        "problem_discussed", "Permasalahan dibahas", "Problem discussed", f"{_EXECUTION} (b)(2)",
        records="entries", natures=True,
        entry_fields=(field("text", "Yang dibahas", "What was discussed"),),
    ),
    step(
        "data_completed", "Data dilengkapi", "Data completed", f"{_EXECUTION} (b)(3)", *FINDINGS,
        natures=True, entry_fields=(field("text", "Temuan lain", "Another finding"),), repeats=True,
        hint=("Ramah dan rendah hati; jangan memberi kesan memeriksa atau menggeledah.",
              "Be friendly and modest; never give the impression of an inspection."),
    ),
    step(
        "commitment_developed", "Komitmen keluarga dikembangkan", "Family's commitments developed",
        f"{_EXECUTION} (b)(4)",
        field("none_because", "Bila tidak ada komitmen: mengapa", "Where there is none: why", required=False),
        records="promises",
    ),
    step(
        "family_counselling", "Konseling keluarga", "Family counselling", f"{_EXECUTION} (b)(5)",
        field("text", "Uraian", "In words"), required=False,
    ),
    step(
        "recorded_and_concluded", "Hasil direkam dan disimpulkan", "Result recorded and concluded",
        f"{_EXECUTION} (b)(6)",
        field("visited_on", "Hari kunjungan dilakukan", "Day on which the visit was made", "date"),
        field("started", "Mulai", "From", "time"),
        field("ended", "Selesai", "Until", "time", required=False),
        field("conclusion", "Simpulan", "Conclusion"),
        counts="visited_on",
    ),
)

_AFTER = (
    stage(
        "evaluation", "Evaluasi", "Evaluation", _EVALUATION,
        _text_step("process", "Proses kunjungan", "How the visit went", f"{_EVALUATION} (a)"),
        _text_step("completeness_and_commitment", "Kelengkapan, keakuratan, dan komitmen keluarga",
                   "Completeness, accuracy and the family's commitment", f"{_EVALUATION} (b)"),
        _text_step("use_of_data", "Penggunaan data untuk pengentasan masalah",
                   "Use of the findings for the problem", f"{_EVALUATION} (c)"),
    ),
    stage(
        "analysis", "Analisis hasil evaluasi", "Analysis of the evaluation", _ANALYSIS,
        _text_step("effectiveness", "Keefektifan bagi penanganan kasus", "Effectiveness for the case",
                   _ANALYSIS),
        _text_step("improvements", "Kegiatan yang perlu diperbaiki", "What needs improving", _ANALYSIS),
        _text_step("unserved_needs", "Kebutuhan yang belum terlayani", "Needs not served yet", _ANALYSIS),
        _text_step("counsellor_capability", "Kemampuan guru BK", "Counsellor's capability", _ANALYSIS),
        _text_step("behaviour_and_achievement", "Dampak pada perilaku dan prestasi",
                   "Effect on behaviour and achievement", _ANALYSIS),
    ),
    stage(
        "follow_up", "Tindak lanjut", "Follow-up", _FOLLOW_UP,
        step(
            "repeat_visit", "Perlu tidaknya kunjungan ulang", "Whether another visit is needed",
            f"{_FOLLOW_UP} (a)",
            field("needed", "Kunjungan ulang", "Another visit", choices=YES_NO),
            field("why", "Alasan", "Why", needed_if=("needed", ("yes",))),
        ),
        step(
            "further_service", "Layanan lanjutan", "Service that follows", f"{_FOLLOW_UP} (b)",
            field("service", "Layanan", "Service", "choices", choices=NEXT_SERVICES),
            field("why", "Bagaimana data kunjungan dipakai", "How the richer data serve it", required=False),
        ),
    ),
    stage(
        "report", "Laporan", "Report", _REPORT,
        step(
            "compiled", "Laporan disusun", "Report compiled", f"{_REPORT} (a)",
            field("recommendation", "Rekomendasi bagi sekolah", "Recommendation to the school",
                  required=False),
            records="document", documents=("visit_report",),
        ),
        step(
            "delivered", "Laporan disampaikan kepada pihak terkait", "Report delivered", f"{_REPORT} (b)",
            records="entries",
            entry_fields=TOLD_FIELDS,
            documents=("visit_report_copy",),
        ),
        step(
            "documented", "Laporan disimpan, tembusan pada kartu peserta didik",
            "Report kept, copy on the student card", f"{_REPORT} (c); Winkel (1991) (e)",
            field("kept_on", "Disimpan pada", "Kept on", "date"),
            field("where", "Tempat penyimpanan", "Where it is kept", "line"),
        ),
    ),
)

HOME_VISIT = Procedure(
    Term("home_visit", "Kunjungan rumah", "Home visit"),
    (_PLAN, _EXECUTE, *_AFTER),
    noun="home_visits",
    about=Term(
        "about",
        "Menggali keadaan peserta didik di rumah yang tidak terungkap lewat angket dan wawancara, bersama "
        "keluarganya.",
        "Understanding, with the family, what questionnaires and interviews could not tell.",
    ),
    cancel_reasons=CANCEL_REASONS,
    report="visit_report",
)
