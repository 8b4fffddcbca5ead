"""The three services as data: their stages and steps, in order, with the source of each.

Forms, gates, progress and reports are drawn from these declarations; another service is another
declaration. A step is known by its path, `stage.step`: several stages may hold a step of the same name.
Steps follow POP BK SMA 2016, Tohirin (2007), Prayitno (2004) and Winkel (1991) as the article reports them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from webapp.domain.errors import N_, Conflict, Invalid
from webapp.domain.vocabulary import Term, TermList

# What a step is recorded as; drives which form a step shows.
RECORDS = (
    "text", "choice", "answer", "people", "findings", "commitments", "documents", "decision", "ratings"
)


@dataclass(frozen=True)
class Step:
    """One step: `gate` means nothing after it may be recorded before it."""

    term: Term
    records: str = "text"
    source: str = ""
    required: bool = True
    gate: bool = False

    @property
    def key(self) -> str:
        return self.term.key


@dataclass(frozen=True)
class Stage:
    """A stage and its steps; in an `ordered` stage steps are recorded one after the other."""

    term: Term
    steps: tuple[Step, ...]
    source: str
    ordered: bool = False

    @property
    def key(self) -> str:
        return self.term.key

    def paths(self, *, required: bool = False) -> tuple[str, ...]:
        """Paths of all steps, or of the required ones."""
        return tuple(f"{self.key}.{step.key}" for step in self.steps if step.required or not required)


@dataclass(frozen=True)
class Procedure:
    """A service. With `has_tracks` each stage is a track of its own, and an activity follows one or more."""

    term: Term
    stages: tuple[Stage, ...]
    has_tracks: bool = False

    @property
    def key(self) -> str:
        return self.term.key

    @property
    def tracks(self) -> tuple[str, ...]:
        """Keys of the tracks to choose from; empty for a service that has none."""
        return tuple(stage.key for stage in self.stages) if self.has_tracks else ()

    def chosen(self, tracks: Collection[str] = ()) -> tuple[Stage, ...]:
        """The stages that an activity goes through: all, or those of its tracks."""
        if not self.has_tracks:
            return self.stages
        if not tracks or not set(tracks) <= set(self.tracks):
            raise Invalid(N_("Choose at least one track."), field="tracks")
        return tuple(stage for stage in self.stages if stage.key in tracks)

    def stage(self, key: str) -> Stage:
        """The stage with that key; KeyError where there is none."""
        for stage in self.stages:
            if stage.key == key:
                return stage
        raise KeyError(key)

    def step(self, path: str) -> Step:
        """The step at `stage.step`; KeyError where there is none."""
        stage_key, _, step_key = path.partition(".")
        for step in self.stage(stage_key).steps:
            if step.key == step_key:
                return step
        raise KeyError(path)


@dataclass(frozen=True)
class StageProgress:
    """How far a stage is; `done` and `required` count required steps, `missing` are paths."""

    stage: Stage
    done: int
    required: int
    missing: tuple[str, ...]
    recorded: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        return not self.missing


def progress(
    procedure: Procedure, recorded_steps: Collection[str], tracks: Collection[str] = ()
) -> tuple[StageProgress, ...]:
    """Progress stage by stage, in order; `recorded_steps` are paths, unknown ones are ignored."""
    result = []
    for stage in procedure.chosen(tracks):
        required = stage.paths(required=True)
        missing = tuple(path for path in required if path not in recorded_steps)
        recorded = tuple(path for path in stage.paths() if path in recorded_steps)
        result.append(StageProgress(stage, len(required) - len(missing), len(required), missing, recorded))
    return tuple(result)


def missing_steps(
    procedure: Procedure, recorded_steps: Collection[str], tracks: Collection[str] = ()
) -> tuple[str, ...]:
    """Paths of the required steps still to be recorded, in order."""
    return tuple(path for part in progress(procedure, recorded_steps, tracks) for path in part.missing)


def current_stage(
    procedure: Procedure, recorded_steps: Collection[str], tracks: Collection[str] = ()
) -> Stage | None:
    """The first stage with a required step missing; None when the whole procedure is recorded."""
    return next((part.stage for part in progress(procedure, recorded_steps, tracks) if part.missing), None)


def check_stage_can_end(procedure: Procedure, stage_key: str, recorded_steps: Collection[str]) -> None:
    """Raise Conflict naming the required steps of the stage that are not recorded yet."""
    missing = [path for path in procedure.stage(stage_key).paths(required=True) if path not in recorded_steps]
    if missing:
        steps = TermList(procedure.step(path).term for path in missing)
        raise Conflict(N_("This stage cannot end yet. Still missing: %(steps)s"), steps=steps)


def check_step_allowed(
    procedure: Procedure, path: str, recorded_steps: Collection[str], tracks: Collection[str] = ()
) -> None:
    """Raise Conflict when a gate, or in an ordered stage an earlier required step, still stands before it."""
    stages = procedure.chosen(tracks)
    ahead = [(stage, step) for stage in stages for step in stage.steps]
    paths = [f"{stage.key}.{step.key}" for stage, step in ahead]
    if path not in paths:
        raise Invalid(N_("There is no such step."), field="step")
    own_stage = path.partition(".")[0]
    for before, (stage, step) in zip(paths, ahead, strict=True):
        if before == path:
            return
        in_order = stage.ordered and stage.key == own_stage and step.required
        if (step.gate or in_order) and before not in recorded_steps:
            raise Conflict(N_("Record this first: %(step)s"), step=step.term)


# --- the declarations -------------------------------------------------------------------------------


def _step(key: str, id_label: str, en_label: str, records: str, source: str, *, required: bool = True,
          gate: bool = False) -> Step:
    return Step(Term(key, id_label, en_label), records, source, required, gate)


def _stage(key: str, id_label: str, en_label: str, source: str, *, steps: tuple[Step, ...],
           ordered: bool = False) -> Stage:
    return Stage(Term(key, id_label, en_label), steps, source, ordered)


_PLANNING = "Tohirin (2007), perencanaan"
_EXECUTION = "Prayitno (2004), pelaksanaan"
_EVALUATION = "Prayitno (2004), evaluasi"
_ANALYSIS = "Prayitno (2004), analisis hasil evaluasi"
_FOLLOW_UP = "Prayitno (2004), tindak lanjut"
_REPORT = "Tohirin (2007), laporan"
_POP = "POP BK SMA 2016"

HOME_VISIT = Procedure(
    Term("home_visit", "Kunjungan rumah", "Home visit"),
    (
        _stage("planning", "Perencanaan", "Planning", _PLANNING, steps=(
            _step("case_and_student", "Kasus dan peserta didik ditetapkan", "Case and student fixed",
                  "choice", f"{_PLANNING} (a)"),
            _step("student_convinced", "Peserta didik memahami dan bersedia", "Student understands, agrees",
                  "answer", f"{_PLANNING} (b); Winkel (1991) (c)", gate=True),
            _step("information_prepared", "Informasi pokok untuk keluarga disiapkan",
                  "Key information for the family prepared", "text", f"{_PLANNING} (c)"),
            _step("topics_and_roles", "Materi kunjungan dan peran anggota keluarga",
                  "Topics, and the role of each family member", "text", f"{_PLANNING} (d)"),
            _step("paperwork", "Kelengkapan administrasi", "Letters and forms ready",
                  "documents", f"{_PLANNING} (e)"),
        )),
        _stage("execution", "Pelaksanaan", "Execution", _EXECUTION, steps=(
            _step("plan_communicated", "Rencana disampaikan kepada pihak terkait",
                  "Plan communicated to those concerned", "text", f"{_EXECUTION} (a)"),
            _step("family_met", "Keluarga ditemui", "Family met", "people", f"{_EXECUTION} (b)(1)"),
            _step("problem_discussed", "Permasalahan dibahas", "Problem discussed",
                  "findings", f"{_EXECUTION} (b)(2)"),
            _step("data_completed", "Data dilengkapi", "Data completed", "findings", f"{_EXECUTION} (b)(3)"),
            _step("commitment_developed", "Komitmen keluarga dikembangkan", "Family's commitments developed",
                  "commitments", f"{_EXECUTION} (b)(4)"),
            _step("family_counselling", "Konseling keluarga", "Family counselling",
                  "text", f"{_EXECUTION} (b)(5)", required=False),
            _step("recorded_and_concluded", "Hasil direkam dan disimpulkan", "Result recorded and concluded",
                  "findings", f"{_EXECUTION} (b)(6)"),
        )),
        _stage("evaluation", "Evaluasi", "Evaluation", _EVALUATION, steps=(
            _step("process", "Proses kunjungan", "How the visit went", "text", f"{_EVALUATION} (a)"),
            _step("completeness_and_commitment", "Kelengkapan, keakuratan, dan komitmen keluarga",
                  "Completeness, accuracy and the family's commitment", "text", f"{_EVALUATION} (b)"),
            _step("use_of_data", "Penggunaan data untuk pengentasan masalah",
                  "Use of the findings for the problem", "text", f"{_EVALUATION} (c)"),
        )),
        _stage("analysis", "Analisis hasil evaluasi", "Analysis of the evaluation", _ANALYSIS, steps=(
            _step("effectiveness", "Keefektifan bagi penanganan kasus", "Effectiveness for the case",
                  "text", _ANALYSIS),
            _step("improvements", "Kegiatan yang perlu diperbaiki", "What needs improving",
                  "text", _ANALYSIS),
            _step("unserved_needs", "Kebutuhan yang belum terlayani", "Needs not served yet",
                  "text", _ANALYSIS),
            _step("counsellor_capability", "Kemampuan guru BK", "Counsellor's capability", "text", _ANALYSIS),
            _step("behaviour_and_achievement", "Dampak pada perilaku dan prestasi",
                  "Effect on behaviour and achievement", "text", _ANALYSIS),
        )),
        _stage("follow_up", "Tindak lanjut", "Follow-up", _FOLLOW_UP, steps=(
            _step("repeat_visit", "Perlu tidaknya kunjungan ulang", "Whether another visit is needed",
                  "decision", f"{_FOLLOW_UP} (a)"),
            _step("further_service", "Layanan lanjutan", "Service that follows",
                  "decision", f"{_FOLLOW_UP} (b)"),
        )),
        _stage("report", "Laporan", "Report", _REPORT, steps=(
            _step("compiled", "Laporan disusun", "Report compiled", "documents", f"{_REPORT} (a)"),
            _step("delivered", "Laporan disampaikan kepada pihak terkait", "Report delivered",
                  "documents", f"{_REPORT} (b)"),
            _step("documented", "Laporan disimpan, tembusan pada kartu siswa",
                  "Report kept, copy on the student card", "documents", f"{_REPORT} (c); Winkel (1991) (e)"),
        )),
    ),
)

_INFLUENCE = f"{_POP}, advokasi 1"
_ACCOMPANY = f"{_POP}, advokasi 2"

ADVOCACY = Procedure(
    Term("advocacy", "Advokasi", "Advocacy"),
    (
        _stage("influence", "Mempengaruhi", "Influence", _INFLUENCE, ordered=True, steps=(
            _step("behaviour_defined", "Perilaku, aktivitas, pikiran, atau perasaan yang ingin diubah",
                  "Behaviour, activity, thought or feeling to change", "text", f"{_INFLUENCE}a"),
            _step("materials", "Bahan advokasi", "Advocacy material", "text", f"{_INFLUENCE}b"),
            _step("decision_maker", "Orang yang paling berkepentingan", "Person who matters most",
                  "people", f"{_INFLUENCE}c"),
            _step("technique", "Teknik advokasi", "Technique", "choice", f"{_INFLUENCE}d"),
            _step("carried_out", "Kegiatan advokasi dilaksanakan", "Advocacy carried out",
                  "text", f"{_INFLUENCE}e"),
            _step("goal_evaluated", "Ketercapaian tujuan dievaluasi", "Goal evaluated",
                  "ratings", f"{_INFLUENCE}f"),
            _step("report", "Laporan advokasi", "Advocacy report", "documents", f"{_INFLUENCE}g"),
        )),
        _stage("accompany", "Mendampingi", "Accompany", _ACCOMPANY, ordered=True, steps=(
            _step("problem_understood", "Masalah dipahami", "Problem understood", "text", f"{_ACCOMPANY}a"),
            _step("procedure_understood", "Prosedur pendampingan dipahami", "Procedure understood",
                  "text", f"{_ACCOMPANY}b"),
            _step("accompanied", "Peserta didik didampingi", "Student accompanied", "text", f"{_ACCOMPANY}c"),
            _step("network_and_counselling", "Jejaring dibangun, konseling atau intervensi diberikan",
                  "Network built, counselling or intervention given", "text", f"{_ACCOMPANY}d"),
            _step("report", "Laporan layanan advokasi", "Report of the accompaniment",
                  "documents", f"{_ACCOMPANY}e"),
        )),
    ),
    has_tracks=True,
)

_CONFERENCE = f"{_POP}, konferensi kasus"

CASE_CONFERENCE = Procedure(
    Term("conference", "Konferensi kasus", "Case conference"),
    (
        _stage("preparation", "Persiapan", "Preparation", f"{_CONFERENCE} 1", ordered=True, steps=(
            _step("request", "Permohonan kepada kepala sekolah", "Request to the principal",
                  "people", f"{_CONFERENCE} 1"),
            _step("approval", "Persetujuan kepala sekolah", "Principal's approval",
                  "answer", f"{_CONFERENCE} 1", gate=True),
            _step("invitations", "Undangan peserta", "Invitations", "people", f"{_CONFERENCE} 1"),
        )),
        _stage("conduct", "Pelaksanaan", "Conduct", f"{_CONFERENCE} 2", steps=(
            _step("opening", "Pembukaan: tujuan dan komitmen", "Opening: purpose and commitment",
                  "answer", f"{_CONFERENCE} 2a"),
            _step("description", "Deskripsi: hal positif lebih dahulu", "Description: strengths first",
                  "text", f"{_CONFERENCE} 2b"),
            _step("discussion", "Diskusi dan klarifikasi", "Discussion and clarification",
                  "text", f"{_CONFERENCE} 2c"),
            _step("roles", "Penerimaan tugas dan peran", "Tasks and roles accepted",
                  "commitments", f"{_CONFERENCE} 2c"),
        )),
        _stage("report", "Pelaporan / pengakhiran", "Report", f"{_CONFERENCE} 3", ordered=True, steps=(
            _step("conclusion", "Kesimpulan bersama", "Conclusion agreed together",
                  "decision", f"{_CONFERENCE} 3"),
            _step("report", "Berita acara dan daftar hadir", "Minutes and attendance list",
                  "documents", f"{_CONFERENCE} 3"),
        )),
        _stage("monitoring", "Pemantauan", "Monitoring", f"{_CONFERENCE} 4", steps=(
            _step("support_actions", "Tindakan dukungan", "Support actions",
                  "commitments", f"{_CONFERENCE} 4"),
            _step("positive_behaviour", "Kemajuan perilaku positif", "Progress of positive behaviour",
                  "ratings", f"{_CONFERENCE} 4"),
        )),
    ),
)

PROCEDURES = {procedure.key: procedure for procedure in (HOME_VISIT, ADVOCACY, CASE_CONFERENCE)}
