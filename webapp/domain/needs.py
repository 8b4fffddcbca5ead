"""What can need somebody today: words and urgency of each kind, in both languages."""

from __future__ import annotations

from webapp.domain.vocabulary import Term, Vocabulary

NEEDS = Vocabulary(
    Term("bounced", "Surel tidak sampai: hubungi lewat telepon", "A mail did not arrive: please phone"),
    Term("visit_unreached", "Pertanyaan kunjungan rumah tidak sampai: hubungi lewat telepon",
         "A question about a home visit did not arrive: please phone"),
    Term("visit_untold", "Janji kunjungan atau pembatalannya tidak sampai: hubungi lewat telepon",
         "The appointment of a visit, or its calling off, did not arrive: please phone"),
    Term("staff_bounced", "Surel kepada rekan kerja ditolak: perbaiki alamatnya atau telepon",
         "A mail to a colleague came back: correct the address, or phone"),
    Term("import_failed", "Impor daftar peserta didik gagal", "An import of students failed"),
    Term("document_failed", "Dokumen gagal dibuat", "A document could not be made"),
    Term("promise_overdue", "Komitmen terlambat", "A promise is overdue"),
    Term("behaviour_overdue", "Pengamatan perilaku terlambat", "A behaviour check-in is overdue"),
    Term("own_task_overdue", "Tugas Anda terlambat", "Your task is overdue"),
    Term("meeting_overdue", "Konferensi belum dibuka atau dijadwalkan ulang",
         "A conference was neither opened nor moved"),
    Term("minutes_overdue", "Berita acara belum ditandatangani", "Minutes are not signed off yet"),
    Term("pledge_refused", "Peserta menolak komitmen: putuskan kelanjutannya",
         "A participant declined the commitment: decide how to go on"),
    Term("disowned", "Undangan sampai kepada orang yang salah", "An invitation reached the wrong person"),
    Term("visit_disowned", "Pertanyaan kunjungan rumah sampai kepada orang yang salah",
         "A question about a home visit reached the wrong person"),
    Term("visit_answered", "Keluarga menjawab tentang kunjungan rumah",
         "A family has answered about a home visit"),
    Term("key_missing", "Orang kunci tidak dapat hadir atau belum menjawab: putuskan kelanjutannya",
         "A key person cannot come or has not answered: decide how to go on"),
    Term("approve", "Permohonan konferensi menunggu keputusan Anda",
         "A conference request waits for your decision"),
    Term("sign_off", "Berita acara menunggu tanda tangan Anda", "Minutes wait for your signature"),
    Term("sign_addendum", "Tambahan berita acara menunggu tanda tangan Anda",
         "An addendum to minutes waits for your signature"),
    Term("student_left", "Peserta didik sudah tidak di sekolah: selesaikan atau tutup kasusnya",
         "The student has left the school: finish or close the case"),
    Term("transfer_waiting", "Sekolah lain mengirim peserta didik pindahan: terima atau tolak",
         "Another school sends a student: accept or decline"),
    Term("transfer_declined", "Perpindahan peserta didik ditolak sekolah tujuan",
         "The other school declined a student's transfer"),
    Term("returned", "Permohonan konferensi dikembalikan", "A conference request was returned"),
    Term("referral", "Rujukan guru yang baru", "A teacher's new referral"),
    Term("incoming", "Surel balasan menunggu ditinjau", "Replies wait for your review"),
    Term("answer", "Undangan menunggu jawaban Anda", "An invitation waits for your answer"),
    Term("pledge", "Komitmen kerahasiaan belum ditandatangani", "Sign the commitment to confidentiality"),
    Term("opinion", "Simpulan konferensi menunggu pendapat Anda", "A conclusion waits for your opinion"),
    Term("document_delivered", "Dokumen diberikan kepada Anda untuk dibaca",
         "A document was given to you to read"),
    Term("own_task_proposed", "Tugas diusulkan untuk Anda", "A task is proposed to you"),
    Term("own_task_today", "Tugas Anda jatuh tempo hari ini", "Your task is due today"),
    Term("promise_today", "Komitmen jatuh tempo hari ini", "A promise is due today"),
    Term("behaviour_today", "Pengamatan perilaku hari ini", "A behaviour check-in is due today"),
    Term("reported", "Kabar baru tentang komitmen", "News of a promise"),
    Term("transfer_accepted", "Perpindahan peserta didik diterima sekolah tujuan",
         "The other school accepted a student's transfer"),
    Term("no_principal", "Belum ada kepala sekolah: permohonan konferensi tidak dapat disetujui",
         "No principal yet: no conference can be approved"),
    Term("no_counsellor", "Belum ada guru BK atau guru kelas", "No counsellor or class teacher yet"),
    Term("no_students", "Belum ada peserta didik: impor daftar dari Dapodik",
         "No students yet: import the list from Dapodik"),
    Term("no_homeroom", "Belum ada wali kelas untuk tahun ajaran ini",
         "No homeroom teachers for this school year yet"),
    Term("no_letterhead", "Kop surat belum lengkap", "The letterhead is not complete"),
)  # fmt: skip

URGENT = frozenset(
    {
        "bounced",
        "visit_unreached",
        "visit_untold",
        "staff_bounced",
        "import_failed",
        "document_failed",
        "promise_overdue",
        "behaviour_overdue",
        "own_task_overdue",
        "meeting_overdue",
        "minutes_overdue",
    }
)
NEWS = frozenset({"reported", "transfer_accepted"})
HINTS = frozenset({"no_principal", "no_counsellor", "no_students", "no_homeroom", "no_letterhead"})


def tone(kind: str) -> str:
    """`danger` for what is late or broken, `info` for news and what an installation lacks, else `warn`."""
    return "danger" if kind in URGENT else "info" if kind in HINTS | NEWS else "warn"


def rank(kind: str) -> int:
    """Its place among all kinds: the most urgent first."""
    return NEEDS.keys.index(kind)
