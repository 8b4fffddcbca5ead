"""Advocacy (advokasi), after POP BK SMA 2016: two tracks, either or both, and the handling of violence."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.domain import handling
from webapp.domain.declared.home_visit import TOLD_FIELDS, YES_NO
from webapp.domain.errors import N_, Conflict, Invalid
from webapp.domain.procedure import Entries, Procedure, Step, field, stage, step
from webapp.domain.vocabulary import Term, TermList, Vocabulary
from webapp.domain.words import PROBLEM_KINDS

SIDES = Vocabulary(
    Term("harmed", "Yang dirugikan", "The one harmed"), Term("accused", "Yang dituduh", "The one accused")
)
VIOLATIONS = Vocabulary(
    Term("none", "Tidak ada dugaan kekerasan, pelecehan, atau tindak kriminal",
         "No suspicion of violence, harassment or a crime"),
    Term("ethics", "Pelanggaran etika, ditangani sekolah", "Breach of ethics, handled by the school"),
    Term("statute", "Pelanggaran hukum, dirujuk kepada yang berwenang",
         "Breach of statute, referred to the authority"),
)
FORMS = Vocabulary(
    Term("information", "Pemberian informasi", "Giving information"),
    Term("mediation", "Mediasi", "Mediation"),
    Term("audience", "Audiensi", "Audience"),
    Term("seminar", "Seminar", "Seminar"),
    Term("official_letter", "Surat resmi", "Official letter"),
    Term("open_letter", "Surat terbuka", "Open letter"),
)
GOALS = Vocabulary(
    Term("reached", "Tercapai", "Reached"),
    Term("partly", "Tercapai sebagian", "Partly reached"),
    Term("missed", "Belum tercapai", "Not reached"),
)
RESTORED = Vocabulary(
    Term("restored", "Dipulihkan", "Restored"),
    Term("partly", "Dipulihkan sebagian", "Partly restored"),
    Term("not", "Belum dipulihkan", "Not restored"),
)
CONFIDENCE = Vocabulary(
    *(Term(str(number), f"{number} dari 5", f"{number} of 5") for number in range(1, 6))
)
CANCEL_REASONS = Vocabulary(
    Term("student_unwilling", "Peserta didik tidak menghendaki", "The student does not want it")
)

_POP = "POP BK SMA 2016, advokasi"
_INFLUENCE = f"{_POP} 1"
_ACCOMPANY = f"{_POP} 2"
_PRINCIPLES = f"{_POP}: sukarela, terbuka, rahasia"
_RULES = "Permendikbudristek 46/2023; Permendikdasmen 6/2026"


def check_violation(values: Mapping[str, str], recorded: Mapping[str, str]) -> None:
    """Violence, harassment or a crime among the grounds is a breach of ethics or of statute."""
    if values.get("violation") == "none" and handling.is_suspicion(values.get("grounds", "").split(",")):
        raise Invalid(
            N_("With violence, harassment or a crime among the grounds, say which breach is suspected."),
            field="violation",
        )


def is_suspected(recorded: Mapping[str, str]) -> bool:
    """Whether these values, by the field's path, name a suspicion of violence, harassment or a crime."""
    if recorded.get("basis.situation.violation") in ("ethics", "statute"):
        return True
    return handling.is_suspicion(recorded.get("basis.situation.grounds", "").split(","))


def _check_mediation(forms: str, values: Mapping[str, str], recorded: Mapping[str, str]) -> None:
    if "mediation" in forms.split(",") and is_suspected(recorded) and not values.get("despite"):
        raise Invalid(
            N_("Violence, harassment or a crime is suspected: say why mediation all the same."),
            field="despite",
        )


def check_technique(values: Mapping[str, str], recorded: Mapping[str, str]) -> None:
    """Mediation where violence or a crime is suspected needs its reason."""
    _check_mediation(values.get("forms", ""), values, recorded)


def check_carried_out(values: Mapping[str, str], recorded: Mapping[str, str]) -> None:
    """The same for each time it is carried out."""
    _check_mediation(values.get("form", ""), values, recorded)


def check_mediations(recorded: Mapping[str, str], entries: Entries) -> None:
    """A suspicion that is recorded after mediation was chosen, or carried out, asks for its reason there."""
    if not is_suspected(recorded):
        return
    technique = "influence.technique"
    forms = recorded.get(f"{technique}.forms", "").split(",")
    lacking = [technique] if "mediation" in forms and not recorded.get(f"{technique}.despite") else []
    lacking += [
        path
        for path in _EXECUTIONS
        if any(one.get("form") == "mediation" and not one.get("despite") for one in entries.get(path, ()))
    ]
    if lacking:
        raise Conflict(
            N_(
                "Violence, harassment or a crime is suspected, and mediation has no reason yet. "
                "Say first why mediation all the same, at: %(steps)s"
            ),
            steps=TermList(ADVOCACY.step(path).term for path in lacking),
        )


_EXECUTIONS = ("influence.carried_out", "accompany.accompanied")
_DESPITE = field(
    "despite", "Bila mediasi pada dugaan kekerasan: mengapa tetap dipilih",
    "With mediation where violence is suspected: why all the same", required=False,
)


def _carried_out(key: str, id_label: str, en_label: str, source: str) -> Step:
    return step(
        key, id_label, en_label, source,
        records="entries", counts="on",
        entry_fields=(
            field("on", "Tanggal", "Day", "date"),
            field("form", "Bentuk", "Form used", choices=FORMS),
            field("people", "Dengan siapa", "With whom", "line"),
            field("result", "Hasil", "Result"),
            _DESPITE,
        ),
        entry_check=check_carried_out,
        hint=("Setiap pelaksanaan dicatat dan dihitung sebagai jam pelajaran.",
              "Each time it is carried out is recorded and counts as lesson hours."),
    )


_BASIS = stage(
    "basis", "Dasar", "Basis", _POP,
    step(
        "situation", "Keadaan dan para pihak", "Situation and parties", _POP,
        field("side", "Kedudukan peserta didik", "The student is", choices=SIDES),
        field("grounds", "Alasan", "Ground", "choices", choices=PROBLEM_KINDS),
        field("right", "Hak yang dilanggar atau terabaikan", "The right at stake"),
        field("violation", "Dugaan pelanggaran", "Suspected breach", choices=VIOLATIONS),
        field("stakeholders", "Pihak yang dapat bertindak", "Those who can act", "line", required=False),
        field("confidence_before", "Rasa percaya diri peserta didik sekarang", "The student's confidence now",
              choices=CONFIDENCE),
        entry_fields=(
            field("name", "Pihak", "Party", "line"),
            field("part", "Peran dalam konflik", "Part in the conflict", "line"),
        ),
        check=check_violation, run_check=check_mediations,
        hint=("Pihak yang bekerja di sekolah dapat dikecualikan dari kasus pada halaman tim.",
              "A party who works at the school can be shut out of the case on its team's page."),
    ),
    step(
        "consent", "Persetujuan peserta didik", "The student's consent", _PRINCIPLES,
        field("willing", "Bersedia didampingi", "Wants to be accompanied", choices=YES_NO),
        field("asked_on", "Ditanya pada", "Asked on", "date"),
        field("explained", "Yang dijelaskan", "What was explained", required=False),
        gate=True, passes={"willing": ("yes",)},
    ),
    ordered=True,
)

_TRACKS = (
    stage(
        "influence", "Memengaruhi", "Influence", _INFLUENCE,
        step("behaviour_defined", "Perilaku, aktivitas, pikiran, atau perasaan yang ingin diubah",
             "Behaviour, activity, thought or feeling to change", f"{_INFLUENCE}a",
             field("text", "Yang ingin diubah", "What is to change"),
             field("goal", "Tujuan", "Goal")),
        step("materials", "Bahan advokasi", "Advocacy material", f"{_INFLUENCE}b",
             field("text", "Bahan", "Material")),
        step("decision_maker", "Orang yang paling berkepentingan", "Person who matters most",
             f"{_INFLUENCE}c",
             field("name", "Nama", "Name", "line"), field("position", "Jabatan", "Position", "line"),
             field("why", "Mengapa", "Why", required=False)),
        step("technique", "Teknik advokasi", "Technique", f"{_INFLUENCE}d",
             field("forms", "Bentuk", "Forms", "choices", choices=FORMS),
             field("text", "Cara", "How"),
             _DESPITE,
             field("planned_on", "Direncanakan pada", "Planned for", "date", required=False),
             field("planned_from", "Mulai", "From", "time", required=False),
             field("planned_until", "Sampai", "Until", "time", required=False),
             check=check_technique, appointment=("planned_on", "planned_from", "planned_until"),
             documents=("advocacy_letter",)),
        _carried_out("carried_out", "Kegiatan advokasi dilaksanakan", "Advocacy carried out",
                     f"{_INFLUENCE}e"),
        step("goal_evaluated", "Ketercapaian tujuan dievaluasi", "Goal evaluated", f"{_INFLUENCE}f",
             field("reached", "Tujuan", "Goal", choices=GOALS), field("text", "Uraian", "In words")),
        step("report", "Laporan advokasi", "Advocacy report", f"{_INFLUENCE}g",
             records="document", documents=("advocacy_report",)),
        ordered=True, is_track=True,
    ),
    stage(
        "accompany", "Mendampingi", "Accompany", _ACCOMPANY,
        step("problem_understood", "Masalah dipahami", "Problem understood", f"{_ACCOMPANY}a",
             field("text", "Masalah", "Problem")),
        step("procedure_understood", "Prosedur pendampingan dipahami", "Procedure understood",
             f"{_ACCOMPANY}b", field("text", "Langkah", "Steps")),
        _carried_out("accompanied", "Peserta didik didampingi", "Student accompanied", f"{_ACCOMPANY}c"),
        step("network_and_counselling", "Jejaring dibangun, konseling atau intervensi diberikan",
             "Network built, counselling or intervention given", f"{_ACCOMPANY}d",
             field("text", "Konseling atau intervensi", "Counselling or intervention"),
             records="entries",
             entry_fields=(
                 field("name", "Mitra", "Partner", "line"),
                 field("help", "Bantuan yang diberikan", "What they give", "line"),
             )),
        step("report", "Laporan layanan advokasi", "Report of the accompaniment", f"{_ACCOMPANY}e",
             records="document", documents=("advocacy_report",)),
        ordered=True, is_track=True,
    ),
)

_HANDLING = (
    stage(
        "ethics", "Penanganan pelanggaran etika", "Handling a breach of ethics", _RULES,
        step("handled", "Ditangani sekolah", "Handled by the school", _RULES,
             field("by_whom", "Oleh", "By", "line"), field("on", "Tanggal", "Day", "date"),
             field("text", "Tindakan", "What was done")),
        step("settled", "Diselesaikan", "Settled", _RULES,
             field("on", "Tanggal", "Day", "date"), field("text", "Hasil", "Result")),
        ordered=True, past_gates=True, opened_by=("basis.situation.violation", "ethics"),
    ),
    stage(
        "statute", "Penanganan pelanggaran hukum", "Handling a breach of statute", _RULES,
        step("reported", "Dilaporkan kepada yang berwenang", "Reported to the authority", _RULES,
             field("to_whom", "Kepada", "To", "line"), field("on", "Tanggal", "Day", "date")),
        step("received", "Diterima", "Received", _RULES,
             field("by_whom", "Oleh", "By", "line"), field("on", "Tanggal", "Day", "date"),
             field("reference", "Nomor penerimaan", "Reference", "line", required=False)),
        step("handled", "Ditangani", "Handled", _RULES,
             field("on", "Tanggal", "Day", "date"), field("text", "Tindakan", "What is done")),
        step("done", "Selesai", "Done", _RULES,
             field("on", "Tanggal", "Day", "date"), field("text", "Hasil", "Result")),
        ordered=True, past_gates=True, opened_by=("basis.situation.violation", "statute"),
    ),
)

_OUTCOME = stage(
    "outcome", "Hasil", "Outcome", _POP,
    step("agreements", "Kesepakatan yang dipantau", "Agreements to monitor", _POP,
         field("none_because", "Bila tidak ada: mengapa", "Where there is none: why", required=False),
         records="promises"),
    step("right_restored", "Pemulihan hak dan rasa percaya diri", "Right and confidence restored", _POP,
         field("restored", "Hak peserta didik", "The student's right", choices=RESTORED),
         field("confidence_after", "Rasa percaya diri sekarang", "Confidence now", choices=CONFIDENCE),
         field("text", "Uraian dan tindak lanjut", "In words, and what follows")),
    step("delivered", "Laporan disampaikan kepada pihak terkait", "Report delivered", _POP,
         records="entries", required=False, entry_fields=TOLD_FIELDS, documents=("advocacy_report_copy",)),
)

ADVOCACY = Procedure(
    Term("advocacy", "Advokasi", "Advocacy"),
    (_BASIS, *_TRACKS, *_HANDLING, _OUTCOME),
    noun="advocacies",
    about=Term(
        "about",
        "Mendampingi peserta didik yang haknya dilanggar atau terabaikan, untuk memulihkan hak dan rasa "
        "percaya dirinya.",
        "Accompanying a student whose rights are violated or neglected, to restore rights and confidence.",
    ),
    cancel_reasons=CANCEL_REASONS,
    report="advocacy_report",
)
