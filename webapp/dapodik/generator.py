"""Invented students in Dapodik's layout, for the demo and the tests: the same seed, the same file.

Nobody in it exists: names are flowers, birds, rivers and stars that end in a word for "made up", every NISN
begins with 0999, phones with 0800, and mail addresses lie under .example.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from webapp.dapodik.faults import FAULTS
from webapp.dapodik.layout import COLUMNS, FIRST_DATA_ROW, SHEET_NAME
from webapp.dapodik.writer import write_list
from webapp.domain.leavers import grade


def _words(text: str, separator: str | None = None) -> list[str]:
    return text.split(separator)


_GIRLS = _words(
    "Melati Cempaka Anggrek Kenanga Seruni Mawar Dahlia Kemuning Teratai Flamboyan Kamboja Soka Bugenvil "
    "Asoka Purnama Embun Pelangi Mutiara Intan Cendana Kirana Ratih Puspa Sekar"
)
_BOYS = _words(
    "Elang Rajawali Garuda Cakra Bayu Guntur Samudra Gunung Bintang Surya Banyu Langit Cemara Meranti Jati "
    "Merapi Rinjani Krakatau Bromo Kapuas Mahakam Barito Musi Serayu"
)
_SECOND = _words(
    "Senja Fajar Rimba Pesisir Lembah Telaga Angkasa Nusantara Pratama Utama Cahaya Gemilang Sentosa Makmur "
    "Damai Bahari Kencana Perkasa Sejahtera Harapan Pertiwi Kelana Buana Segara Mandala Wibawa Swara Aksara "
    "Pustaka Tirta Candra Arunika Baskara Niskala Renjana Swastamita Lazuardi Jenggala Dirgantara Anindita"
)
_MADE_UP = _words("Rekaan Karangan Umpama Contoh Misalan Andaian")

_PLACES = _words("Kota Contoh,Kota Rekaan,Kabupaten Umpama,Kota Misalan,Kabupaten Karangan", ",")
_STREETS = _words("Jl. Contoh,Jl. Rekaan Raya,Gang Umpama,Jl. Misalan Indah,Jl. Karangan Timur", ",")
_JOBS = _words(
    "Petani,Nelayan,Buruh,Pedagang Kecil,Wiraswasta,PNS/TNI/Polri,Karyawan Swasta,Tidak bekerja", ","
)
_FAITHS = _words("Islam,Kristen,Katholik,Hindu,Budha", ",")
_SCHOOLING = _words("SD / sederajat,SMP / sederajat,SMA / sederajat,D3,S1", ",")
_INCOMES = _words("Kurang dari Rp. 500,000|Rp. 500,000 - Rp. 999,999|Rp. 1,000,000 - Rp. 1,999,999", "|")


@dataclass(frozen=True)
class Invented:
    """What was written: how many students, and in which rows (Excel's numbers) which fault was placed."""

    students: int
    faults: Mapping[int, str]


def write_invented(
    path: Path,
    school_name: str,
    classes: Sequence[str],
    students: int,
    seed: int,
    faults: Mapping[str, int] | None = None,
    school_year: int = 2026,
) -> Invented:
    """Write a file of `students` invented students spread over `classes`, as Dapodik would.

    `faults` says how many rows get which trap of webapp.dapodik.faults.FAULTS. Seeds that differ by less
    than ten never share a NISN (up to 100,000 students each). Ages follow the grade in the class name.
    """
    placed = _place(faults or {}, students, seed)
    titles = [
        SHEET_NAME,
        school_name,
        "Kecamatan Kec. Rekaan, Kabupaten Kab. Contoh, Provinsi Prov. Umpama",
        f"Tanggal Unduh: {school_year}-07-20 08:00:00\tPengunduh: Operator Rekaan (operator@sekolah.example)",
    ]
    records = _with_faults(invent(classes, students, seed, school_year), placed)
    write_list(path, titles, COLUMNS, records)
    return Invented(students, {index + FIRST_DATA_ROW: fault for index, fault in placed.items()})


def invent(
    classes: Sequence[str], students: int, seed: int, school_year: int = 2026
) -> Iterator[dict[str, Any]]:
    """The students as records (column label -> cell), all 66 columns, without any fault."""
    rng = Random(seed)
    for index in range(students):
        yield _student(rng, index, seed, classes[index * len(classes) // students], school_year)


def _place(faults: Mapping[str, int], students: int, seed: int) -> dict[int, str]:
    wanted = [fault for fault, count in faults.items() for _ in range(count)]
    unknown = set(wanted) - set(FAULTS)
    if unknown:
        raise ValueError(f"no such faults: {sorted(unknown)}")
    # The first row stays sound: a fault that repeats an earlier student needs one before it.
    return dict(zip(Random(f"faults {seed}").sample(range(1, students), len(wanted)), wanted, strict=True))


def _with_faults(records: Iterator[dict[str, Any]], placed: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    first: dict[str, Any] = {}
    for index, record in enumerate(records):
        first = first or dict(record)
        if index in placed:
            FAULTS[placed[index]].spoil(record, first)
        yield record


def _name(index: int, seed: int, girl: bool) -> str:
    """The index-th name of a sex: all combinations in a scattered order before a number is added."""
    given = _GIRLS if girl else _BOYS
    total = len(given) * len(_SECOND) * len(_MADE_UP)
    place = (index * 1_009 + seed * 397) % total  # 1,009 shares no factor with the total: nothing repeats
    place, first = divmod(place, len(given))
    last, second = divmod(place, len(_SECOND))
    name = f"{given[first]} {_SECOND[second]} {_MADE_UP[last]}"
    return name if index < total else f"{name} {index // total + 1}"


def _student(rng: Random, index: int, seed: int, class_name: str, school_year: int) -> dict[str, Any]:
    girl = rng.random() < 0.5
    name = _name(index, seed, girl)
    family = name.split()[2]
    born_on = date(school_year - (grade(class_name) or 10) - 7, 7, 1) + timedelta(days=rng.randrange(365))
    serial = f"{(seed * 100_000 + index) % 1_000_000:06d}"
    record: dict[str, Any] = dict.fromkeys(column.label for column in COLUMNS)
    record |= {
        "No": index + 1,
        "Nama": name,
        "NIPD": f"{school_year % 100}{index + 1:05d}",
        "JK": "P" if girl else "L",
        "NISN": f"0999{serial}",
        "Tempat Lahir": rng.choice(_PLACES),
        "Tanggal Lahir": born_on.isoformat(),
        "NIK": f"9999{rng.randrange(10**12):012d}",
        "Agama": rng.choice(_FAITHS),
        "Alamat": f"{rng.choice(_STREETS)} No. {rng.randrange(1, 200)}",
        "RT": str(rng.randrange(1, 12)),
        "RW": str(rng.randrange(1, 9)),
        "Dusun": f"Dusun {rng.choice(_SECOND)}",
        "Kelurahan": f"Kelurahan {rng.choice(_SECOND)} Rekaan",
        "Kecamatan": f"Kec. {rng.choice(_SECOND)} Contoh",
        "Kode Pos": f"99{rng.randrange(1000):03d}",
        "Jenis Tinggal": "Bersama orang tua",
        "Alat Transportasi": rng.choice(("Jalan kaki", "Sepeda motor", "Angkutan umum")),
        "HP": f"0800{rng.randrange(10**8):08d}" if rng.random() < 0.7 else None,
        "E-Mail": f"siswa.{serial}@contoh.example" if rng.random() < 0.3 else None,
        "Penerima KPS": "Tidak",
        "Rombel Saat Ini": class_name,
        "Penerima KIP": "Tidak",
        "Bank": rng.choice(("Bank Rekaan", None)),
        "Layak PIP (usulan dari sekolah)": "Tidak",
        "Kebutuhan Khusus": "Tidak ada",
        "Sekolah Asal": "SD Rekaan 1",
        "Anak ke-berapa": rng.randrange(1, 5),
        "Lintang": -1.0 - rng.random(),
        "Bujur": 118.0 + rng.random(),
        "No KK": f"9998{rng.randrange(10**12):012d}",
        "Berat Badan": rng.randrange(30, 80),
        "Tinggi Badan": rng.randrange(120, 185),
        "Lingkar Kepala": rng.randrange(50, 58),
        "Jml. Saudara Kandung": rng.randrange(5),
        "Jarak Rumah ke Sekolah (KM)": rng.randrange(1, 15),
    }
    _add_parent(record, "Data Ayah", f"{rng.choice(_BOYS)} {rng.choice(_SECOND)} {family}", rng)
    _add_parent(record, "Data Ibu", f"{rng.choice(_GIRLS)} {rng.choice(_SECOND)} {family}", rng)
    if rng.random() < 0.1:
        _add_parent(record, "Data Wali", f"{rng.choice(_BOYS)} {rng.choice(_SECOND)} {family}", rng)
    return record


def _add_parent(record: dict[str, Any], group: str, name: str, rng: Random) -> None:
    record |= {
        f"{group} / Nama": name,
        f"{group} / Tahun Lahir": rng.randrange(1965, 1992),
        f"{group} / Jenjang Pendidikan": rng.choice(_SCHOOLING),
        f"{group} / Pekerjaan": rng.choice(_JOBS),
        f"{group} / Penghasilan": rng.choice(_INCOMES),
        f"{group} / NIK": f"9997{rng.randrange(10**12):012d}",
    }
