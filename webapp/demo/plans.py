"""The demo's cases as data: whose, what about, what was noted, how far its conference has come."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.demo import texts
from webapp.demo.students import Contact
from webapp.demo.texts import Story


@dataclass(frozen=True)
class Note:
    """A note so many days after the opening; `corrected` is its later wording."""

    after: int
    kind: str
    body: str
    corrected: str = ""


@dataclass(frozen=True)
class Promise:
    """A task agreed on: of whom (teacher, mother, expert), due so many days from now, how far it is."""

    who: str
    what: str
    due_in: int
    state: str
    said: str = ""


@dataclass(frozen=True)
class Meeting:
    """A conference: the state it has come to, and when it begins, in days from now."""

    state: str
    starts_in: float
    story: Story
    hour: int | None = 9
    promises: tuple[Promise, ...] = ()
    scores: tuple[int, ...] = ()
    with_father: bool = False


@dataclass(frozen=True)
class CasePlan:
    """A case about the student in that place of the school's list."""

    place: int
    owner: str
    field: str
    kinds: tuple[str, ...]
    source: str
    severity: str
    opened_ago: int
    summary: str
    notes: tuple[Note, ...] = ()
    status: str = "in_progress"
    reason: str = ""
    contacts: tuple[Contact, ...] = ()
    meeting: Meeting | None = None


def _mother(local: str, phone: str) -> Contact:
    return Contact("mother", f"{local}@contoh.example", phone)


ARRIVAL = (
    Note(0, "fact", "Menyapa dengan ramah dan menceritakan lomba poster yang ia ikuti. Terlambat tiga kali "
                    "pekan ini.",
         "Menyapa dengan ramah dan menceritakan lomba poster yang ia ikuti. Terlambat dua kali pekan ini; "
         "hari Rabu ia izin resmi."),
    Note(2, "impression", "Tampak lega setelah bercerita. Saya menduga ia menanggung lebih banyak tugas di "
                          "rumah daripada yang ia katakan."),
)  # fmt: skip
QUARREL = (
    Note(0, "fact", "Teman-teman menyebutnya setia kawan. Pagi ini terjadi adu mulut di kantin; tidak ada "
                    "yang terluka."),
    Note(3, "impression", "Ia ingin berbaikan, tetapi malu memulai di depan banyak orang."),
)  # fmt: skip
READING = (
    Note(0, "fact", "Hafal seluruh cerita yang dibacakan kemarin. Membaca satu paragraf perlu enam menit."),
    Note(4, "impression", "Lebih percaya diri bila membaca berdua daripada di depan kelas."),
)  # fmt: skip

_AHEAD = (
    Promise(
        "teacher",
        "Menyapa setiap Senin pagi dan mencatat jam datang",
        5,
        "under_way",
        "Sudah dua kali Senin.",
    ),
    Promise("mother", "Menata ulang jadwal membantu di warung", 0, "accepted"),
    Promise("mother", "Menelepon wali kelas bila anak sakit", -3, "accepted"),
    Promise(
        "expert",
        "Memberi latihan tidur teratur",
        -6,
        "done",
        "Lembar latihan sudah diserahkan kepada keluarga.",
    ),
)
_KEPT = (
    Promise(
        "teacher", "Menyusun kelompok belajar yang bergiliran", -20, "done", "Berjalan, anak-anak senang."
    ),
    Promise(
        "mother",
        "Mendampingi membaca lima belas menit setiap sore",
        -15,
        "done",
        "Setiap hari kecuali Minggu.",
    ),
    Promise(
        "expert", "Memberi pandangan sesudah satu bulan", -12, "done", "Sudah disampaikan lewat telepon."
    ),
)

SMA = (
    CasePlan(300, "bk.sma", "career", (), "student", "low", 92, "Ragu memilih jurusan; tertarik pada "
        "pertanian dan desain.",
             (Note(0, "fact", "Membawa tiga brosur kampus dan daftar pertanyaan yang rapi."),), "closed",
             "Pilihan sudah mantap setelah tiga pertemuan."),
    CasePlan(150, "bk.dua", "academic", ("learning_difficulty",), "teacher", "medium", 85,
             "Cerdas dalam diskusi, kesulitan menuangkan gagasan dalam tulisan.", READING, "closed",
             "Seluruh tugas selesai, pendampingan diteruskan wali kelas.",
             (_mother("wali.sma1", "0800 2000 0001"),),
             Meeting("completed", -45, texts.LEARNING, promises=_KEPT, scores=(2, 3, 3, 4, 5))),
    CasePlan(3, "bk.sma", "social", ("truancy",), "homeroom", "high", 60,
             "Ramah dan suka menolong; sering tidak masuk pada hari Senin.", ARRIVAL, "monitoring", "",
             (_mother("wali.tugas", "0800 2000 0002"),),
             Meeting("monitoring", -21, texts.ATTENDANCE, promises=_AHEAD, scores=(2, 2, 3, 4))),
    CasePlan(5, "bk.sma", "personal", (), "homeroom", "medium", 39,
             "Biasanya ceria; akhir-akhir ini tampak lelah dan sering terlambat.", ARRIVAL[1:]),
    CasePlan(40, "bk.dua", "social", ("conflict_peer",), "peer", "medium", 38,
             "Setia kawan; salah paham dengan teman dekat di grup kelas.", QUARREL, "in_progress", "",
             (_mother("wali.sma3", "0800 2000 0003"),),
             Meeting("concluded", -4, texts.FRIENDS, promises=_AHEAD[:3])),
    CasePlan(76, "bk.sma", "social", ("bullying",), "guardian", "urgent", 33,
             "Berani bercerita; menerima ejekan berulang di media sosial.", QUARREL, "in_progress", "",
             (_mother("wali.sma4", "0800 2000 0004"),
              Contact("father", "", "0800 2000 0005", "Ada perintah pengadilan rekaan: ayah tidak boleh "
                  "dihubungi."))),
    CasePlan(110, "bk.sma", "social", ("conflict_peer",), "counsellor", "medium", 31,
             "Jujur dan penyayang; menjauh dari kelompoknya sejak perkemahan.", QUARREL, "in_progress", "",
             (_mother("wali.sma5", "0800 2000 0006"),),
             Meeting("open", -0.02, texts.FRIENDS, hour=None, promises=_AHEAD[:2])),
    CasePlan(8, "bk.sma", "academic", ("parental_disinterest",), "homeroom", "high", 27,
             "Cekatan dalam kerja kelompok; tugas rumah jarang terkumpul.", ARRIVAL, "in_progress", "",
             (_mother("wali.sma6", "0800 2000 0007"), Contact("father", "bounce.wali@contoh.example",
             "0800 2000 0008")),
             Meeting("invited", 3, texts.ATTENDANCE, with_father=True)),
    CasePlan(200, "bk.sma", "personal", (), "teacher", "medium", 25,
             "Tekun berlatih musik; cemas berlebihan menjelang ulangan.", READING, "in_progress", "",
             (_mother("wali.sma7", "0800 2000 0009"),), Meeting("requested", 7, texts.LEARNING)),
    CasePlan(230, "bk.dua", "social", ("communication_breakdown",), "homeroom", "medium", 24,
             "Santun dan mandiri; kabar dari rumah sulit didapat.", ARRIVAL[:1], "in_progress", "",
             (_mother("wali.sma8", "0800 2000 0010"),), Meeting("returned", 9, texts.ATTENDANCE)),
    CasePlan(260, "bk.dua", "social", ("conflict_teacher",), "student", "low", 22,
             "Kritis dan terbuka; merasa tidak didengar pada satu mata pelajaran.", QUARREL, "in_progress",
             "",
             (_mother("wali.sma9", "0800 2000 0011"),), Meeting("cancelled", 4, texts.FRIENDS)),
    CasePlan(350, "bk.sma", "academic", ("learning_difficulty",), "teacher", "medium", 15,
             "Daya ingat kuat; tertinggal pada pelajaran hitungan.", READING, "in_progress", "",
             (_mother("wali.sma10", "0800 2000 0012"),), Meeting("draft", 10, texts.LEARNING)),
    CasePlan(400, "bk.sma", "career", (), "student", "low", 12, "Ingin bekerja setelah lulus dan mencari "
        "pelatihan."),
    CasePlan(430, "bk.dua", "personal", (), "counsellor", "low", 9, "Kreatif; belajar membagi waktu antara "
        "lomba dan pelajaran.",
             status="open"),
    CasePlan(500, "bk.sma", "social", ("discrimination",), "outside", "high", 4,
             "Tangguh dan humoris; mendengar olok-olok tentang logat bicaranya.", QUARREL[:1], "open"),
)  # fmt: skip

SMP = (
    CasePlan(120, "bk.smp", "academic", ("learning_difficulty",), "teacher", "low", 80,
             "Teliti; perlu waktu lebih panjang saat ulangan.", READING, "closed",
             "Penyesuaian waktu berjalan baik."),
    CasePlan(14, "bk.smp", "social", ("truancy",), "homeroom", "high", 58,
             "Pandai berenang dan suka menolong; tidak masuk pada hari pasar.", ARRIVAL, "monitoring", "",
             (_mother("wali.smp1", "0800 3000 0001"),),
             Meeting("monitoring", -16, texts.ATTENDANCE, promises=(*_AHEAD[:1], *_AHEAD[2:]), scores=(3, 3,
             4))),
    CasePlan(40, "bk.smp", "social", ("bullying",), "peer", "high", 36,
             "Lembut dan penyabar; diejek karena tinggi badannya.", QUARREL, "in_progress", "",
             (_mother("wali.smp2", "0800 3000 0002"),), Meeting("opinions", -2, texts.FRIENDS,
             promises=_AHEAD[:2])),
    CasePlan(71, "bk.smp", "social", ("conflict_parent",), "student", "medium", 28,
             "Terbuka dan bertanggung jawab; berbeda pendapat dengan keluarga tentang kegiatan sore.",
             ARRIVAL[1:],
             "in_progress", "", (_mother("wali.smp3", "0800 3000 0003"),), Meeting("invited", 1.2,
             texts.FRIENDS)),
    CasePlan(105, "bk.smp", "personal", (), "guardian", "medium", 20,
             "Imajinatif; sulit tidur sejak pindah rumah.", (), "in_progress", "",
             (_mother("wali.smp4", "0800 3000 0004"),), Meeting("requested", 6, texts.ATTENDANCE)),
    CasePlan(180, "bk.dua", "career", (), "student", "low", 18, "Bersemangat pada mesin; mencari sekolah "
        "lanjutan yang sesuai."),
    CasePlan(220, "bk.smp", "social", ("conflict_peer",), "teacher", "low", 11,
             "Mudah bergaul; berebut peran di kelompok drama.",
             QUARREL[:1]),
    CasePlan(300, "bk.smp", "academic", ("learning_difficulty",), "homeroom", "medium", 7,
             "Gigih; tertinggal setelah lama sakit.", status="open"),
    CasePlan(390, "bk.smp", "personal", (), "counsellor", "low", 3, "Pendengar yang baik; belajar berani "
        "berbicara di depan kelas.",
             status="open"),
)  # fmt: skip

SD = (
    CasePlan(20, "kelas1.sd", "academic", ("learning_difficulty",), "teacher", "medium", 78,
             "Rasa ingin tahu besar; membaca masih mengeja.", READING, "closed",
             "Kemajuan nyata, keluarga meneruskan.",
             (_mother("wali.sd1", "0800 4000 0001"),),
             Meeting("completed", -40, texts.LEARNING, promises=_KEPT, scores=(2, 3, 4, 4))),
    CasePlan(15, "kelas1.sd", "social", ("conflict_peer",), "teacher", "low", 50,
             "Periang; berebut mainan saat istirahat.", QUARREL, "monitoring", "",
             (_mother("wali.sd2", "0800 4000 0002"),),
             Meeting("monitoring", -12, texts.FRIENDS, promises=_AHEAD[:3], scores=(3, 4))),
    CasePlan(10, "kelas1.sd", "academic", ("parental_disinterest",), "teacher", "medium", 30,
             "Suka bernyanyi; perlengkapan belajar kerap tertinggal.", READING[:1], "in_progress", "",
             (_mother("wali.sd3", "0800 4000 0003"),), Meeting("invited", 4, texts.LEARNING)),
    CasePlan(80, "kelas3.sd", "personal", (), "guardian", "low", 21, "Penyayang adik; sering sakit perut "
        "pada pagi hari sekolah.",
             READING[1:]),
    CasePlan(30, "kelas1.sd", "social", (), "teacher", "low", 14, "Pemalu tetapi penuh gagasan; belum "
        "punya teman bermain tetap.", (),
             "in_progress", "", (_mother("wali.sd4", "0800 4000 0004"),), Meeting("draft", 8, texts.FRIENDS)),
    CasePlan(150, "kelas5.sd", "academic", ("learning_difficulty",), "teacher", "medium", 8,
             "Pandai berhitung di luar kepala; menulis masih lambat.", READING[:1], "open"),
    CasePlan(200, "kelas6.sd", "career", (), "student", "low", 5, "Ingin menjadi pelaut; bertanya tentang "
        "sekolah lanjutan.",
             status="open"),
)  # fmt: skip
