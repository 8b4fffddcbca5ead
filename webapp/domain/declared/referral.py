"""Referral (alih tangan kasus): what the counsellor cannot give goes on to somebody who can, with consent."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.domain.declared.home_visit import YES_NO
from webapp.domain.errors import N_, Invalid
from webapp.domain.procedure import Procedure, field, stage, step
from webapp.domain.vocabulary import Term, Vocabulary

PLACES = Vocabulary(
    Term("inside", "Di dalam sekolah", "In the school"),
    Term("outside", "Di luar sekolah", "Outside the school")
)
RECEIVERS = Vocabulary(
    Term("teacher", "Guru atau wali kelas", "Teacher or homeroom teacher"),
    Term("principal", "Pimpinan sekolah", "Head of the school"),
    Term("counsellor", "Guru BK lain", "Another counsellor"),
    Term("psychologist", "Psikolog", "Psychologist"),
    Term("doctor", "Dokter, psikiater, atau puskesmas", "Doctor, psychiatrist or health centre"),
    Term("social_worker", "Pekerja sosial", "Social worker"),
    Term("child_protection", "Layanan perlindungan anak", "Child protection service"),
    Term("police", "Kepolisian (PPA)", "Police, women and children's unit"),
    Term("other", "Lainnya", "Other"),
)
CONSENT = Vocabulary(
    *YES_NO, Term("not_asked", "Tidak ditanya: keselamatan anak", "Not asked: the child's safety")
)
BASES = Vocabulary(
    Term("consent", "Persetujuan peserta didik dan orang tua atau wali",
         "Consent of the student and of a parent or guardian"),
    Term("safety", "Kepentingan vital: keselamatan anak", "Vital interest: the child's safety"),
    Term("duty", "Kewajiban hukum", "Legal duty"),
    Term("none", "Belum ada: tidak dikirim", "None yet: it is not sent"),
)
CHANNELS = Vocabulary(
    Term("by_hand", "Diserahkan langsung", "Handed over"),
    Term("with_family", "Dibawa keluarga", "Carried by the family"),
    Term("post", "Pos atau kurir", "Post or courier"),
    Term("mail", "Surel", "Mail"),
)
ANSWERS = Vocabulary(Term("accepted", "Diterima", "Accepted"), Term("declined", "Tidak diterima", "Declined"))
RETURNS = Vocabulary(
    Term("returned", "Kembali ke sekolah", "Back to the school"),
    Term("shared", "Ditangani bersama", "Handled together"),
    Term("continues_there", "Berlanjut di penerima", "Continues with the receiver"),
    Term("ended", "Selesai", "Ended"),
)
CANCEL_REASONS = Vocabulary(
    Term("student_unwilling", "Peserta didik tidak menghendaki", "The student does not want it"),
    Term("guardian_unwilling", "Orang tua atau wali tidak menghendaki",
         "The parent or guardian does not want it"),
    Term("declined", "Penerima tidak menerima", "The receiver declined"),
    Term("no_receiver", "Tidak ada penerima yang sesuai", "There is no suitable receiver"),
)

_SOURCE = "POP BK SMA 2016, alih tangan kasus"
_LAW = "UU 27/2022, Pasal 4, 20, dan 25"
_OVERRIDDEN = ("basis", ("safety", "duty"))


def check_basis(values: Mapping[str, str], recorded: Mapping[str, str]) -> None:
    """Consent is a ground only where both have given it; Invalid names the answer that says otherwise."""
    if values.get("basis") != "consent":
        return
    for key in ("student", "guardian"):
        if values.get(key) in ("no", "not_asked"):
            raise Invalid(N_("Without this consent another legal basis must be named."), field=key)


_PREPARATION = stage(
    "preparation", "Persiapan", "Preparation", _SOURCE,
    step(
        "reason", "Alasan dan layanan sejauh ini", "Reason, and the service so far", _SOURCE,
        field("reason", "Alasan alih tangan", "Why it is referred"),
        field("so_far", "Ringkasan layanan yang telah diberikan", "Summary of the counselling so far"),
        field("special", "Catatan khusus", "Special notes", required=False,
              hint=("Hal yang harus diketahui penerima, misalnya keadaan darurat.",
                    "What the receiver must know, such as an emergency.")),
    ),
    step(
        "receiver", "Penerima", "Receiver", _SOURCE,
        field("place", "Penerima berada", "The receiver is", choices=PLACES),
        field("kind", "Jenis penerima", "Kind of receiver", choices=RECEIVERS),
        field("name", "Nama", "Name", "line"),
        field("position", "Jabatan", "Position", "line", required=False),
        field("institution", "Lembaga", "Institution", "line", needed_if=("place", ("outside",))),
        field("contact", "Alamat, telepon, atau surel", "Address, phone or mail", "line",
              needed_if=("place", ("outside",))),
    ),
    step(
        "consent", "Persetujuan dan dasar hukum", "Consent and legal basis", _LAW,
        field("student", "Persetujuan peserta didik", "The student's consent", choices=CONSENT),
        field("guardian", "Persetujuan orang tua atau wali", "The parent's or guardian's consent",
              choices=CONSENT),
        field("guardian_name", "Nama orang tua atau wali", "Name of the parent or guardian", "line",
              needed_if=("guardian", ("yes",))),
        field("asked_on", "Ditanya atau diputuskan pada", "Asked or decided on", "date"),
        field("what", "Keterangan yang boleh disampaikan", "What may be passed on"),
        field("basis", "Dasar penyampaian data anak", "Basis for passing on a child's data", choices=BASES),
        field("because", "Mengapa tanpa persetujuan", "Why without consent", needed_if=_OVERRIDDEN,
              hint=("Wajib bila persetujuan berbenturan dengan keselamatan anak, misalnya bila orang tua "
                    "diduga pelaku.",
                    "Required where consent clashes with the child's safety, such as where a parent is "
                    "suspected.")),
        gate=True, passes={"basis": ("consent", "safety", "duty")}, check=check_basis,
        hint=("Data anak bersifat spesifik: tanpa persetujuan atau dasar hukum lain, tidak ada yang dikirim.",
              "A child's data is specific data: without consent or another legal basis nothing is sent."),
    ),
)

_SENDING = stage(
    "sending", "Pengiriman", "Sending", _SOURCE,
    step(
        "sent", "Surat alih tangan dikirim", "Referral letter sent", _SOURCE,
        field("on", "Dikirim pada", "Sent on", "date"),
        field("how", "Cara", "How", choices=CHANNELS),
        field("note", "Keterangan", "Remark", "line", required=False),
        counts="on", documents=("referral_letter",),
    ),
    step(
        "answer", "Jawaban penerima", "The receiver's answer", _SOURCE,
        field("answer", "Jawaban", "Answer", choices=ANSWERS),
        field("on", "Dijawab pada", "Answered on", "date"),
        field("text", "Isi jawaban", "What was answered",
              hint=("Bila tidak diterima: alihkan kepada penerima lain dengan alih tangan baru.",
                    "Where it was declined: refer to another receiver with a new referral.")),
        entry_fields=(
            field("on", "Tanggal", "Day", "date"),
            field("person", "Dengan siapa", "With whom", "line"),
            field("text", "Isi pembicaraan", "What was said"),
        ),
    ),
    ordered=True,
)

_RETURN = stage(
    "return", "Kembalian", "Return", _SOURCE,
    step(
        "outcome", "Kabar dari penerima dan kelanjutan", "News from the receiver, and what continues",
        _SOURCE,
        field("outcome", "Kelanjutan", "What follows", choices=RETURNS),
        field("on", "Tanggal", "Day", "date"),
        field("report", "Yang disampaikan penerima", "What the receiver reports back",
              needed_if=("outcome", ("returned", "shared", "ended"))),
        field("at_school", "Yang dilanjutkan di sekolah", "What continues at the school",
              needed_if=("outcome", ("returned", "shared"))),
    ),
)

REFERRAL = Procedure(
    Term("referral", "Alih tangan kasus", "Referral"),
    (_PREPARATION, _SENDING, _RETURN),
    noun="case_referrals",
    about=Term(
        "about",
        "Menyerahkan sebagian atau seluruh penanganan kepada pihak yang lebih berwenang atau lebih mampu.",
        "Handing over part or all of the help to somebody with more authority or ability.",
    ),
    cancel_reasons=CANCEL_REASONS,
)
