"""What is said in the demo's conferences: three invented stories, the good always first."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.domain.minutes import Statement


@dataclass(frozen=True)
class Story:
    """Purpose (read in mails: names nobody), the sections, two statements that differ, a behaviour to "
    "watch."""

    purpose: str
    sections: dict[str, str]
    topic: str
    statements: tuple[Statement, Statement]
    clarification: str
    behaviour: str


ATTENDANCE = Story(
    "Menyusun dukungan sekolah dan rumah agar kegiatan belajar kembali teratur",
    {
        "strengths": "Ramah kepada teman dan guru, cepat menolong.\nMenggambar dengan tekun; poster "
        "buatannya dipasang di perpustakaan.",
        "symptoms": "Tidak masuk tujuh kali dalam lima minggu, hampir selalu hari Senin.\nMengantuk pada dua "
        "jam pelajaran pertama.",
        "data": "Rekap kehadiran wali kelas selama lima minggu.\nCatatan guru piket: empat kali datang "
        "setelah pukul delapan.",
        "efforts": "Konseling perorangan dua kali.\nWali kelas menelepon rumah satu kali; percakapan "
        "berlangsung hangat.",
        "discussion": "Ibu bercerita bahwa anaknya membantu menjaga warung sampai larut pada akhir pekan. "
        "Semua sepakat bahwa niatnya baik dan tenaganya perlu dijaga.",
        "recommendations": "Akhir pekan tidur paling lambat pukul sepuluh.\nWali kelas menyapa setiap "
        "Senin pagi.",
        "decisions": "Jadwal menjaga warung diatur ulang oleh keluarga.\nTugas yang tertinggal dicicil dalam "
        "tiga minggu.",
        "alternatives": "Bila jam pagi masih berat, jadwal remedial dipindah ke siang.",
    },
    "Jam berangkat dari rumah",
    (
        Statement("Berangkat pukul enam setiap hari.", "Ibu"),
        Statement("Sering baru sampai pukul delapan.", "Catatan guru piket"),
    ),
    "Sampai di rumah nenek dahulu untuk mengantar adik; setelah itu baru ke sekolah.",
    "Datang sebelum bel pada hari Senin",
)

FRIENDS = Story(
    "Mencari cara agar pergaulan di kelas kembali nyaman bagi semua",
    {
        "strengths": "Setia kawan dan jujur.\nBerani meminta maaf lebih dahulu.",
        "symptoms": "Tiga kali bertengkar dengan teman sekelas dalam sebulan.\nMenghindari kantin dan makan "
        "sendiri di kelas.",
        "data": "Catatan wali kelas dan hasil sosiometri kelas.\nCerita dua teman, masing-masing didengar "
        "terpisah.",
        "efforts": "Bimbingan kelompok satu kali.\nMediasi antarteman yang dihadiri ketua kelas.",
        "discussion": "Kedua pihak merasa disalahpahami dari pesan di grup kelas. Ayah senang mendengar "
        "bahwa teman-teman tetap ingin bermain dengannya.",
        "recommendations": "Latihan menyampaikan keberatan dengan kalimat saya.\nKerja kelompok diatur "
        "bergiliran.",
        "decisions": "Aturan grup kelas disusun anak-anak sendiri, didampingi wali kelas.",
        "alternatives": "Bila perlu, pertemuan kecil kedua keluarga di sekolah.",
    },
    "Siapa yang memulai pesan di grup",
    (
        Statement("Hanya membalas ejekan.", "Peserta didik, lewat guru BK"),
        Statement("Pesan pertama datang darinya.", "Dua teman sekelas"),
    ),
    "",
    "Menyelesaikan beda pendapat dengan berbicara langsung",
)

LEARNING = Story(
    "Menyelaraskan pendampingan belajar di kelas dan di rumah",
    {
        "strengths": "Rasa ingin tahunya besar dan ingatannya untuk cerita luar biasa.\nSabar mengajari "
        "adik kelas.",
        "symptoms": "Membaca masih mengeja dan cepat lelah.\nTugas tertulis jarang selesai.",
        "data": "Hasil asesmen membaca awal semester.\nPekerjaan rumah empat pekan terakhir.",
        "efforts": "Duduk di depan dan waktu tambahan saat ulangan.\nMembaca berdua sepuluh menit setiap "
        "pagi.",
        "discussion": "Keluarga melihat kemajuan bila membaca sambil bergambar. Psikolog menyarankan "
        "pemeriksaan mata dan latihan bertahap.",
        "recommendations": "Bacaan bergambar setiap sore lima belas menit.\nPemeriksaan mata di puskesmas.",
        "decisions": "Tugas tertulis dipotong menjadi bagian kecil; jawaban lisan diterima.",
        "alternatives": "Pendampingan khusus bila dalam tiga bulan belum tampak kemajuan.",
    },
    "Berapa lama belajar di rumah",
    (
        Statement("Setiap sore satu jam.", "Ibu"),
        Statement("Buku tugas kosong pada tiga dari lima hari.", "Guru kelas"),
    ),
    "Belajarnya lisan bersama kakak, karena itu tidak tertulis di buku.",
    "Menyelesaikan satu bagian tugas tanpa diingatkan",
)

DESPITE = (
    "Tim sekolah sudah menangani lebih dahulu dan keadaan aman; pertemuan ini hanya menyusun dukungan, tanpa "
    "mempertemukan kedua pihak."
)
"""Why a conference, in a case in which harm is suspected."""
