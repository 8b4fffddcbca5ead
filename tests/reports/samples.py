"""Invented documents for the tests of this folder."""

from __future__ import annotations

import struct
import zlib
from datetime import UTC, date, datetime, time

from webapp.reports.behaviour_charts import course
from webapp.reports.data import (
    AcceptedTask,
    Agreement,
    AttendanceData,
    Attendee,
    ConflictingInformation,
    InvitationData,
    MinutesData,
    Observed,
    ObservedBehaviour,
    ProgressData,
    PromiseGiven,
    Statement,
    WatchedBehaviour,
)
from webapp.reports.letterhead import Letterhead, Signatory

FROZEN_AT = datetime(2026, 9, 21, 6, 5, tzinfo=UTC)


def png(side: int = 96, colour: tuple[int, int, int] = (47, 111, 115)) -> bytes:
    """A round emblem, for a logo slot."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    rows = b""
    for y in range(side):
        row = b""
        for x in range(side):
            distance = ((x - side / 2) ** 2 + (y - side / 2) ** 2) ** 0.5
            inside = distance < side * 0.48 and not side * 0.36 < distance < side * 0.4
            row += bytes((*colour, 255 if inside else 0))
        rows += b"\0" + row
    header = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


LETTERHEAD = Letterhead(
    line1="Pemerintah Kabupaten Contohrejo",
    line2="Dinas Pendidikan dan Kebudayaan",
    school_name="SMP Negeri 3 Contohrejo",
    address="Jalan Rekaan Raya No. 12, Desa Misal, Kecamatan Umpama 56199",
    phone="(0293) 000123",
    email="tu@smpn3contohrejo.example",
    website="smpn3contohrejo.example",
    npsn="20300000",
    logo_left=png(),
    logo_right=png(colour=(140, 90, 20)),
)
PRINCIPAL = Signatory("Plt. Kepala Sekolah", "Dra. Umpama Sentosa, M.Pd.", "NIP.", "197001011995122001")
COUNSELLOR = Signatory(
    "Guru Bimbingan dan Konseling",
    "Rekaan Wibawa, S.Pd.",
    "NIP.",
    "",
    datetime(2026, 9, 21, 6, 2, tzinfo=UTC),
)
PEOPLE = (
    ("Rekaan Wibawa, S.Pd.", "Guru BK"),
    ("Dra. Umpama Sentosa, M.Pd.", "Plt. Kepala Sekolah"),
    ("Contoh Lestari, S.Pd.", "Wali kelas VIII B"),
    ("Misalnya Prakoso, S.Pd.", "Guru Matematika"),
    ("Andaikan Widodo", "Ayah"),
    ("Ibarat Lestari", "Ibu"),
    ("dr. Seumpama Hadi", "Dokter puskesmas"),
    ("Kiranya Putri, M.Psi.", "Psikolog"),
    ("Barangkali Santoso", "Pelatih pencak silat"),
    ("Semisal Rahayu", "Ketua RT 03"),
    ("Konon Setiawan, S.Pd.", "Guru wali"),
)

MINUTES = MinutesData(
    letterhead=LETTERHEAD,
    number="421.3/012/SMPN3/IX/2026",
    case_number="BK/2026-2027/007",
    student_name="Tokoh Rekaan Permana",
    student_class="VIII B",
    held_on=date(2026, 9, 21),
    started_at=time(9, 0),
    ended_at=time(10, 45),
    timezone="Asia/Jakarta",
    place="Ruang Bimbingan dan Konseling, lantai 2",
    leader="Rekaan Wibawa, S.Pd.",
    present_count=9,
    invited_count=11,
    purpose="Mencari cara bersama agar ananda dapat kembali mengikuti pelajaran dengan tenang, dan membagi "
    "peran antara rumah dan sekolah.",
    strengths=(
        "Tekun berlatih pencak silat tiga kali seminggu dan menjadi teladan bagi adik tingkatnya.",
        "Ramah kepada guru; selalu membantu menyiapkan alat peraga tanpa diminta.",
        "Nilai bahasa Indonesia di atas rata-rata kelas selama dua semester.",
    ),
    symptoms=(
        "Sejak Juli tidak masuk tanpa keterangan sebelas kali, paling sering pada hari Senin.",
        "Tampak mengantuk pada jam pertama dan menarik diri pada waktu istirahat.",
    ),
    background=(
        "Rekap kehadiran Juli sampai September 2026; catatan wali kelas; hasil kunjungan rumah 3 September.",
    ),
    efforts=(
        "Konseling perorangan dua kali (24 Agustus dan 7 September).",
        "Kunjungan rumah; orang tua bersedia hadir dalam konferensi.",
    ),
    discussion=(
        "Orang tua menyampaikan bahwa ananda membantu berjualan pada Minggu malam sampai larut. Peserta "
        "sepakat bahwa kebutuhan keluarga dan waktu istirahat perlu dicarikan jalan tengah.",
        "Pelatih melihat perubahan sejak ananda tidak terpilih dalam tim; ia bersedia memberi peran lain.",
    ),
    conflicts=(
        ConflictingInformation(
            "Jam tidur pada Minggu malam",
            (
                Statement("Ayah", "Ananda sudah di rumah pukul 22.00."),
                Statement("Ketua RT 03", "Beberapa kali terlihat masih di pasar lewat tengah malam."),
            ),
            "Keduanya benar: pada pekan pasar malam pulang lebih larut; keluarga mengatur giliran jaga.",
        ),
        ConflictingInformation(
            "Alasan tidak masuk pada 14 September",
            (
                Statement("Ibu", "Sakit kepala."),
                Statement("Wali kelas VIII B", "Tidak ada surat keterangan."),
            ),
        ),
    ),
    recommendations=(
        "Pendampingan belajar pada Senin siang, bukan pagi.",
        "Pemeriksaan kesehatan di puskesmas.",
    ),
    decisions=("Giliran berjualan Minggu malam dialihkan selama satu semester.",),
    alternatives=(),
    tasks=(
        AcceptedTask(
            "Andaikan Widodo", "Ayah", "Mengantar ananda setiap Senin pagi sampai gerbang.", date(2026, 9, 28)
        ),
        AcceptedTask(
            "Misalnya Prakoso, S.Pd.",
            "Guru Matematika",
            "Memberi tugas pengganti untuk tiga pokok bahasan yang tertinggal.",
            date(2026, 10, 5),
        ),
        AcceptedTask(
            "Barangkali Santoso", "Pelatih pencak silat", "Menjadikan ananda asisten latihan.", None
        ),
    ),
    behaviours=(
        WatchedBehaviour(
            "Hadir tepat waktu pada hari Senin", (date(2026, 9, 28), date(2026, 10, 12), date(2026, 11, 9))
        ),
        WatchedBehaviour("Menyapa teman sebangku dan ikut kerja kelompok", (date(2026, 10, 12),)),
    ),
    agreements=tuple(
        Agreement(
            name, relation, "Minta giliran jaga ditinjau lagi setelah sebulan." if relation == "Ibu" else ""
        )
        for name, relation in PEOPLE[:9]
    ),
    monitoring_plan="Guru BK memeriksa kehadiran setiap Senin dan berbicara dengan ananda dua pekan sekali. "
    "Wali kelas melaporkan melalui laman peserta. Tinjauan bersama pada 9 November 2026.",
    principal=PRINCIPAL,
    counsellor=COUNSELLOR,
    town="Contohrejo",
    signed_on=date(2026, 9, 21),
    frozen_at=FROZEN_AT,
)

ATTENDANCE = AttendanceData(
    letterhead=LETTERHEAD,
    number="",
    case_number="BK/2026-2027/007",
    held_on=date(2026, 9, 21),
    started_at=time(9, 0),
    ended_at=None,
    timezone="Asia/Jakarta",
    place="Ruang Bimbingan dan Konseling, lantai 2",
    leader="Rekaan Wibawa, S.Pd.",
    attendees=tuple(
        Attendee(
            name,
            relation,
            attended=False if index == 9 else True if index % 3 else None,
            signed_at=datetime(2026, 9, 21, 2, index, tzinfo=UTC) if index in (0, 2, 3, 7) else None,
        )
        for index, (name, relation) in enumerate(PEOPLE)
    ),
    principal=PRINCIPAL,
    counsellor=COUNSELLOR,
    town="Contohrejo",
    signed_on=date(2026, 9, 21),
    frozen_at=FROZEN_AT,
)

INVITATION = InvitationData(
    letterhead=LETTERHEAD,
    number="421.3/014/SMPN3/IX/2026",
    recipient="Umpama Waliningsih",
    relation="",
    held_on=date(2026, 9, 24),
    started_at=time(9, 0),
    ended_at=time(10, 30),
    timezone="Asia/Jakarta",
    place="Ruang BK",
    purpose="Mencari jalan keluar bersama",
    principal=PRINCIPAL,
    counsellor=COUNSELLOR,
    town="Contohrejo",
    signed_on=date(2026, 9, 21),
    frozen_at=FROZEN_AT,
)

OBSERVED = tuple((date(2026, 9, day), value) for day, value in ((2, 1), (9, 3), (16, 2), (21, 5)))
PROGRESS = ProgressData(
    letterhead=LETTERHEAD,
    number="",
    case_number="BK/2026-2027/007",
    student_name="Zubaidah Contohwati",
    student_class="X-3",
    status="Pemantauan",
    opened_on=date(2026, 8, 3),
    closed_on=None,
    behaviours=(
        ObservedBehaviour(
            "Menyapa teman sebangku.",
            "Dipantau",
            str(course("Menyapa teman sebangku.", OBSERVED, "id").svg).encode(),
            tuple(Observed(day, value) for day, value in OBSERVED),
        ),
        ObservedBehaviour("Datang tepat waktu.", "Dipantau", str(course("x", (), "id").svg).encode(), ()),
    ),
    promises=(PromiseGiven("Dedi Khayal", "Mengantar ke sekolah.", date(2026, 9, 30), "Diterima"),),
    prepared_by="Laras Rekaan, S.Pd.",
    held_on=date(2026, 9, 21),
    timezone="Asia/Jakarta",
    frozen_at=FROZEN_AT,
)
