"""The closed lists of words that the product stores as keys and shows in two languages.

Keys are stored in the database and named in CHECK constraints: a key, once released, never changes.
"""

from __future__ import annotations

from webapp.domain.vocabulary import Term, Vocabulary

# --- people ---------------------------------------------------------------------------------------

SCHOOL_ROLES = Vocabulary(
    Term("counsellor", "Guru BK / Konselor", "Counsellor"),
    Term("principal", "Kepala sekolah", "Principal"),
    Term("homeroom", "Wali kelas", "Homeroom teacher"),
    Term("class_teacher", "Guru kelas (SD)", "Class teacher (primary school)"),
    Term("teacher", "Guru mata pelajaran / guru wali", "Subject teacher"),
    Term("school_admin", "Operator sekolah", "School admin"),
)

DISTRICT_ROLES = Vocabulary(
    Term("district_admin", "Admin dinas", "District admin"),
    Term("district_officer", "Petugas dinas", "District officer"),
)

SCHOOL_LEVELS = Vocabulary(
    Term("sd", "SD", "Primary school (SD)"),
    Term("smp", "SMP", "Junior secondary school (SMP)"),
    Term("sma", "SMA", "Senior secondary school (SMA)"),
    Term("smk", "SMK", "Vocational secondary school (SMK)"),
    Term("slb", "SLB", "Special school (SLB)"),
)

GUARDIAN_RELATIONS = Vocabulary(
    Term("father", "Ayah", "Father"),
    Term("mother", "Ibu", "Mother"),
    Term("guardian", "Wali", "Guardian"),
    Term("other", "Kerabat lain", "Other relative"),
)

LEFT_KINDS = Vocabulary(
    Term("moved", "Pindah sekolah", "Moved to another school"),
    Term("graduated", "Lulus", "Graduated"),
    Term("dropped_out", "Putus sekolah", "Dropped out"),
    Term("other", "Sebab lain", "Another reason"),
)

SEXES = Vocabulary(
    Term("L", "Laki-laki", "Male"),
    Term("P", "Perempuan", "Female"),
)

NUMBER_LABELS = Vocabulary(
    Term("nip", "NIP.", "NIP."),
    Term("nipppk", "NIPPPK.", "NIPPPK."),
    Term("niy", "NIY.", "NIY."),
    Term("nuptk", "NUPTK", "NUPTK"),
    Term("none", "Tanpa nomor", "No number"),
)

# The key is the IANA name; the label is the abbreviation that stands in letters and mails.
TIME_ZONES = Vocabulary(
    Term("Asia/Jakarta", "WIB", "WIB"),
    Term("Asia/Makassar", "WITA", "WITA"),
    Term("Asia/Jayapura", "WIT", "WIT"),
)

# --- cases ----------------------------------------------------------------------------------------

FIELDS = Vocabulary(
    Term("personal", "Pribadi", "Personal"),
    Term("social", "Sosial", "Social"),
    Term("academic", "Belajar", "Academic"),
    Term("career", "Karier", "Career"),
)

PROBLEM_KINDS = Vocabulary(
    Term("conflict_peer", "Konflik dengan teman", "Conflict with a peer"),
    Term("conflict_teacher", "Konflik dengan guru", "Conflict with a teacher"),
    Term("conflict_parent", "Konflik dengan orang tua", "Conflict with a parent"),
    Term("conflict_other", "Konflik dengan pihak lain", "Conflict with someone else"),
    Term("non_educative_treatment", "Perlakuan tidak mendidik", "Non-educative treatment"),
    Term("discrimination", "Perlakuan diskriminatif", "Discrimination"),
    Term("malpractice", "Malpraktik", "Malpractice"),
    Term("violence", "Kekerasan", "Violence"),
    Term("harassment", "Pelecehan", "Harassment"),
    Term("sexual_harassment", "Pelecehan seksual", "Sexual harassment"),
    Term("bullying", "Perundungan / intimidasi", "Bullying"),
    Term("criminal_act", "Tindak kriminal", "Criminal act"),
    Term("truancy", "Membolos", "Truancy"),
    Term("parental_disinterest", "Kurangnya minat orang tua pada pendidikan anak",
         "Parents' lack of interest in schooling"),
    Term("learning_difficulty", "Kesulitan belajar", "Learning difficulty"),
    Term("communication_breakdown", "Komunikasi rumah dan sekolah terputus",
         "Communication breakdown between home and school"),
)

REFERRAL_SOURCES = Vocabulary(
    Term("counsellor", "Pengamatan guru BK", "Counsellor's own observation"),
    Term("student", "Peserta didik sendiri", "The student"),
    Term("peer", "Teman", "A peer"),
    Term("homeroom", "Wali kelas", "Homeroom teacher"),
    Term("teacher", "Guru mata pelajaran / guru wali / guru kelas", "Subject or class teacher"),
    Term("principal", "Kepala sekolah", "Principal"),
    Term("guardian", "Orang tua / wali", "Guardian"),
    Term("outside", "Pihak luar", "Someone outside the school"),
)

SEVERITIES = Vocabulary(
    Term("low", "Ringan", "Low"),
    Term("medium", "Sedang", "Medium"),
    Term("high", "Berat", "High"),
    Term("urgent", "Darurat", "Urgent"),
)

CASE_STATUSES = Vocabulary(
    Term("open", "Dibuka", "Open"),
    Term("in_progress", "Ditangani", "In progress"),
    Term("monitoring", "Dipantau", "Monitoring"),
    Term("closed", "Ditutup", "Closed"),
)

NOTE_KINDS = Vocabulary(
    Term("fact", "Fakta", "Fact"),
    Term("impression", "Kesan", "Impression"),
)

# What a case's timeline is made of.
TIMELINE_KINDS = Vocabulary(
    Term("note", "Catatan", "Notes"),
    Term("status", "Perubahan status", "Changes of status"),
    Term("activity", "Layanan", "Services"),
    Term("mail", "Surel", "Mails"),
    Term("letter", "Surat", "Letters"),
    Term("answer", "Jawaban undangan", "Answers to invitations"),
    Term("observation", "Pengamatan", "Observations"),
    Term("promise", "Laporan tugas", "Reports on promises"),
    Term("referral", "Rujukan guru", "Teachers' referrals"),
    Term("file", "Berkas", "Files"),
)

CASE_LINK_KINDS = Vocabulary(
    Term("siblings", "Kakak dan adik", "Siblings"),
    Term("same_incident", "Kejadian yang sama", "The same incident"),
    Term("other", "Hubungan lain", "Another connection"),
)

# Why a file stands with a case; all but the first are about one participant's paper.
ATTACHMENT_PURPOSES = Vocabulary(
    Term("case", "Berkas kasus", "File of the case"),
    Term("signed_commitment", "Pindaian kesediaan bertanda tangan", "Scan of a signed commitment"),
    Term("written_answer", "Pindaian jawaban tertulis", "Scan of a written answer"),
    Term("visit_permission", "Izin tertulis untuk kunjungan rumah", "Written permission for a home visit"),
)

STUDENT_REFERRAL_STATES = Vocabulary(
    Term("new", "Baru", "New"),
    Term("taken", "Ditangani guru BK", "Taken by the counsellor"),
    Term("declined", "Tidak dilanjutkan", "Not taken further"),
)

# --- conferences ----------------------------------------------------------------------------------

CONFERENCE_STATES = Vocabulary(
    Term("draft", "Draf", "Draft"),
    Term("requested", "Menunggu persetujuan", "Waiting for approval"),
    Term("returned", "Dikembalikan", "Returned"),
    Term("approved", "Disetujui", "Approved"),
    Term("invited", "Undangan dikirim", "Invitations sent"),
    Term("open", "Berlangsung", "Under way"),
    Term("concluded", "Disimpulkan", "Concluded"),
    Term("monitoring", "Ditandatangani, dipantau", "Signed off, monitoring"),
    Term("completed", "Selesai", "Completed"),
    Term("cancelled", "Dibatalkan", "Cancelled"),
)

PARTICIPANT_KINDS = Vocabulary(
    Term("staff", "Warga sekolah", "School staff"),
    Term("guardian", "Orang tua / wali", "Guardian"),
    Term("expert", "Pihak luar", "Outside expert"),
)

WHYS = Vocabulary(
    Term("information", "Memberi keterangan", "Can give information"),
    Term("easing", "Memberi kemudahan", "Can make things easier"),
    Term("commitment", "Memberi komitmen", "Can commit to a role"),
)

ANSWERS = Vocabulary(
    Term("pending", "Belum menjawab", "No answer yet"),
    Term("yes", "Akan hadir", "Will come"),
    Term("no", "Tidak dapat hadir", "Cannot come"),
    Term("other_time", "Mengusulkan waktu lain", "Proposes another time"),
)

VISIT_ANSWERS = Vocabulary(
    Term("pending", "Belum menjawab", "No answer yet"),
    Term("yes", "Keluarga mengizinkan", "The family agrees"),
    Term("no", "Keluarga belum berkenan", "The family does not want it"),
    Term("other_time", "Mengusulkan waktu lain", "Proposes another time"),
)

ANSWER_CHANNELS = Vocabulary(
    Term("link", "Tautan undangan", "Invitation link"),
    Term("app", "Aplikasi", "In the app"),
    Term("phone", "Telepon", "By phone"),
    Term("paper", "Surat", "On paper"),
    Term("in_person", "Langsung", "In person"),
    Term("calendar", "Kalender", "From the calendar"),
    Term("mail", "Surel", "By e-mail"),
)

ATTENDANCE = Vocabulary(
    Term("unknown", "Belum dicatat", "Not recorded yet"),
    Term("present", "Hadir", "Present"),
    Term("absent", "Tidak hadir", "Absent"),
)

OPINIONS = Vocabulary(
    Term("agreed", "Setuju", "Agrees"),
    Term("reservation", "Menyampaikan catatan", "Holds a reservation"),
)

INFORMATION_CONFLICT_STATES = Vocabulary(
    Term("unresolved", "Belum diklarifikasi", "Not clarified yet"),
    Term("clarified", "Diklarifikasi", "Clarified"),
    Term("left_open", "Dibiarkan terbuka", "Left open"),
)

CONTENT_SECTIONS = Vocabulary(
    Term("purpose", "Maksud dan tujuan", "Purpose"),
    Term("strengths", "Hal positif peserta didik", "Strengths of the student"),
    Term("symptoms", "Gejala masalah", "Symptoms"),
    Term("data", "Data dan informasi", "Data and information"),
    Term("efforts", "Upaya yang telah dilakukan", "Efforts so far"),
    Term("discussion", "Diskusi, tanggapan, dan masukan", "Discussion"),
    Term("recommendations", "Rekomendasi", "Recommendations"),
    Term("decisions", "Keputusan", "Decisions"),
    Term("alternatives", "Alternatif jalan keluar", "Alternatives"),
)

# --- promises and behaviours ----------------------------------------------------------------------

COMMITMENT_STATES = Vocabulary(
    Term("proposed", "Diusulkan", "Proposed"),
    Term("accepted", "Diterima", "Accepted"),
    Term("declined", "Ditolak", "Declined"),
    Term("under_way", "Sedang dijalankan", "Under way"),
    Term("stuck", "Terkendala", "Stuck"),
    Term("done", "Selesai", "Done"),
    Term("waived", "Dibebaskan", "Waived"),
)

GOAL_STATES = Vocabulary(
    Term("watching", "Dipantau", "Being watched"),
    Term("reached", "Tercapai", "Reached"),
    Term("waived", "Dihentikan", "Dropped"),
)

# Stored as the number; the key is its text.
BEHAVIOUR_SCALE = Vocabulary(
    Term("1", "1 · Belum tampak", "1 · Not seen yet"),
    Term("2", "2 · Jarang", "2 · Seldom"),
    Term("3", "3 · Kadang-kadang", "3 · Sometimes"),
    Term("4", "4 · Sering", "4 · Often"),
    Term("5", "5 · Selalu", "5 · Always"),
)

ASSESSMENT_HORIZONS = Vocabulary(
    Term("laiseg", "Segera (laiseg)", "At once (laiseg)"),
    Term("laijapen", "Dalam sebulan (laijapen)", "Within a month (laijapen)"),
    Term("laijapang", "Satu semester (laijapang)", "A semester (laijapang)"),
)

DUE_CLASSES = Vocabulary(
    Term("overdue", "Terlambat", "Overdue"),
    Term("today", "Jatuh tempo hari ini", "Due today"),
    Term("this_week", "Jatuh tempo minggu ini", "Due this week"),
    Term("later", "Nanti", "Later"),
)

# --- activities, mails, documents -----------------------------------------------------------------

# Lists that are made in the background, among the documents.
REGISTERS = Vocabulary(
    Term("register_cases", "Daftar kasus (XLSX)", "List of cases (XLSX)"),
    Term("register_students", "Daftar peserta didik (XLSX)", "List of students (XLSX)"),
    Term("register_monitoring", "Daftar pemantauan (XLSX)", "Monitoring list (XLSX)"),
)

COUNTED_ACTIVITIES = Vocabulary(
    Term("home_visit", "Kunjungan rumah", "Home visit"),
    Term("advocacy", "Advokasi", "Advocacy"),
    Term("conference", "Konferensi kasus", "Case conference"),
    Term("referral", "Alih tangan kasus", "Referral to another service"),
)

ACTIVITY_STATES = Vocabulary(
    Term("active", "Berjalan", "Active"),
    Term("completed", "Selesai", "Completed"),
    Term("cancelled", "Dibatalkan", "Cancelled"),
)

MAIL_KINDS = Vocabulary(
    Term("account_invitation", "Undangan akun", "Account invitation"),
    Term("role_added", "Peran baru", "New role"),
    Term("password_reset", "Atur ulang kata sandi", "Password reset"),
    Term("approval_requested", "Permohonan persetujuan", "Request for approval"),
    Term("approval_reminder", "Pengingat persetujuan", "Reminder to approve"),
    Term("request_approved", "Permohonan disetujui", "Request approved"),
    Term("request_returned", "Permohonan dikembalikan", "Request returned"),
    Term("invitation", "Undangan", "Invitation"),
    Term("invitation_update", "Perubahan undangan", "Change of an invitation"),
    Term("conference_cancelled", "Pembatalan pertemuan", "Meeting called off"),
    Term("invitation_withdrawn", "Penarikan undangan", "Invitation withdrawn"),
    Term("pledge_refused", "Komitmen ditolak", "Commitment declined"),
    Term("invitation_disowned", "Undangan bukan untuk penerimanya", "Invitation is not for its reader"),
    Term("answer_reminder", "Pengingat menjawab", "Reminder to answer"),
    Term("attendance_reminder", "Pengingat hadir", "Reminder to come"),
    Term("fresh_link", "Tautan baru", "New link"),
    Term("one_time_code", "Kode sekali pakai", "One-time code"),
    Term("signature_requested", "Permintaan tanda tangan", "Request to sign"),
    Term("minutes_ready", "Berita acara siap", "Minutes ready"),
    Term("addendum_added", "Tambahan berita acara", "Addendum to minutes"),
    Term("commitment_assigned", "Tugas yang disepakati", "Task agreed on"),
    Term("commitment_reminder", "Pengingat tugas", "Reminder of a task"),
    Term("commitment_escalation", "Komitmen tetap terlambat", "Promise stays overdue"),
    Term("concern_received", "Rujukan masuk", "Referral received"),
    Term("case_handed_over", "Pengalihan kasus", "Case handed over"),
    Term("transfer_received", "Perpindahan peserta didik masuk", "Transfer of a student received"),
    Term("visit_asked", "Permintaan izin kunjungan rumah", "Question about a home visit"),
    Term("visit_appointment", "Janji kunjungan rumah", "Appointment of a home visit"),
    Term("visit_companion", "Ajakan mendampingi kunjungan", "Asked to come along on a visit"),
    Term("visit_called_off", "Pembatalan janji kunjungan", "Visit called off"),
    Term("report_failed", "Dokumen gagal dibuat", "Document failed"),
    Term("report_delivered", "Dokumen diberikan", "Document delivered"),
    Term("daily_digest", "Ringkasan harian", "Daily digest"),
    Term("weekly_digest", "Ringkasan mingguan", "Weekly digest"),
    Term("monthly_digest", "Ringkasan bulanan", "Monthly digest"),
)

OUTBOX_STATES = Vocabulary(
    Term("queued", "Antre", "Queued"),
    Term("claimed", "Diambil pengirim", "Claimed"),
    Term("transmitting", "Sedang dikirim", "Being sent"),
    Term("sent", "Terkirim", "Sent"),
    Term("deferred", "Ditunda, akan dicoba lagi", "Deferred, will be tried again"),
    Term("bounced", "Ditolak alamat tujuan", "Bounced"),
    Term("failed", "Gagal", "Failed"),
    Term("cancelled", "Dibatalkan", "Cancelled"),
    Term("superseded", "Digantikan yang lebih baru", "Superseded"),
    Term("expired", "Kedaluwarsa", "Expired"),
    Term("withheld", "Ditahan", "Withheld"),
)

OUTBOX_REASONS = Vocabulary(
    Term("do_not_contact", "Wali ini tidak boleh dihubungi", "This guardian must not be contacted"),
    Term("participant_removed", "Sudah tidak diundang", "No longer invited"),
    Term("shut_out", "Sudah tidak dilibatkan", "No longer involved"),
    Term("address_bounced", "Alamat menolak surel: hubungi lewat telepon",
         "Address refuses mails: please phone"),
    Term("address_changed", "Alamat sudah diperbaiki", "The address was corrected"),
    Term("switched_off", "Ringkasan ini dimatikan penerimanya", "Its reader has switched this digest off"),
    Term("conference_cancelled", "Pertemuan dibatalkan", "The meeting was called off"),
    Term("visit_ended", "Kunjungan sudah selesai atau dibatalkan", "The visit has ended or was cancelled"),
    Term("delivery_withdrawn", "Salinan sudah ditarik kembali", "The copy was taken back"),
    Term("question_withdrawn", "Pertanyaan sudah ditarik", "The question was taken back"),
    Term("disowned", "Bukan untuk penerima ini: periksa alamatnya",
         "Not for this person: check the address"),
    Term("appointment_changed", "Janji kunjungan sudah berubah", "The appointment has changed since"),
    Term("never_told", "Janji kunjungan tidak pernah sampai ke alamat ini",
         "The appointment never reached this address"),
    Term("no_permission", "Izin keluarga tidak lagi tercatat", "The family's permission no longer stands"),
    Term("not_approved", "Pertemuan belum disetujui", "The meeting is not approved"),
    Term("by_hand", "Ditahan oleh petugas sekolah", "Withheld by the school"),
    Term(
        "undecided", "Sambungan terputus; mungkin sudah sampai", "The connection was cut; it may have arrived"
    ),
    Term("undelivered", "Tidak sampai ke kotak surat tujuan", "It did not reach the mailbox"),
    Term("unbuildable", "Surel ini tidak dapat disusun", "This mail cannot be written"),
)

INCOMING_STATES = Vocabulary(
    Term("done", "Diproses", "Processed"),
    Term("review", "Perlu dilihat", "To be looked at"),
    Term("recorded", "Jawaban dicatat", "Answer recorded"),
    Term("dismissed", "Diabaikan", "Dismissed"),
)

# Why a mail that came in was processed, or waits for a person.
INCOMING_REASONS = Vocabulary(
    Term("counted", "Jawaban dari kalender diterima", "The calendar's answer counts"),
    Term("bounced", "Surel kami tidak sampai", "A mail of ours did not arrive"),
    Term("delayed", "Surel kami tertunda", "A mail of ours is delayed"),
    Term("not_secret", "Tidak dikirim ke alamat rahasia undangan",
         "Not sent to the invitation's secret address"),
    Term("revoked", "Alamat undangan sudah dicabut", "The invitation's address was revoked"),
    Term("not_invited", "Sudah tidak diundang", "No longer invited"),
    Term("wrong_meeting", "Bukan tentang pertemuan ini", "Not about this meeting"),
    Term("other_person", "Dijawab atas nama orang lain: undangan mungkin diteruskan",
         "Answered as somebody else: the invitation may have been forwarded"),
    Term("meeting_cancelled", "Pertemuan sudah dibatalkan", "The meeting was called off"),
    Term("meeting_started", "Pertemuan sudah dimulai", "The meeting has started"),
    Term("old_version", "Menjawab undangan sebelum waktu atau tempat diubah",
         "Answers the invitation as it was before its change"),
    Term("wrong_clock", "Jam pengirim jauh di depan", "The sender's clock is far ahead"),
    Term("older_than_answer", "Lebih lama daripada jawaban yang tercatat", "Older than the answer on record"),
    Term("tentative", "Mungkin hadir", "Will perhaps come"),
    Term("unclear", "Isinya tidak jelas", "It cannot be understood"),
    Term("counter", "Mengusulkan waktu lain", "Proposes another time"),
    Term("automatic", "Jawaban otomatis", "An automatic reply"),
    Term("written", "Balasan tertulis", "A written reply"),
    Term("too_large", "Terlalu besar untuk dibaca", "Too large to be read"),
    Term("flood", "Terlalu banyak surel dari satu pengirim dalam sehari",
         "Too many mails from one sender within a day"),
    Term("unknown", "Tidak diketahui tentang siapa", "Nobody knows whom it is about"),
)

REPORT_STATES = Vocabulary(
    Term("queued", "Antre", "Queued"),
    Term("running", "Sedang dibuat", "Being made"),
    Term("ready", "Siap", "Ready"),
    Term("failed", "Gagal", "Failed"),
    Term("expired", "Berkas sudah dihapus", "File has expired"),
)

IMPORT_STATES = Vocabulary(
    Term("queued", "Antre", "Queued"),
    Term("running", "Sedang dibaca", "Being read"),
    Term("ready", "Siap diperiksa", "Ready to review"),
    Term("done", "Selesai", "Done"),
    Term("failed", "Gagal", "Failed"),
)
