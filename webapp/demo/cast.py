"""Who is in the demo: the district, its schools, the people who work there. All of it is invented."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "sandi-demo-pamong"
DISTRICT = "dinas-rekaan"
DISTRICT_NAME = "Dinas Pendidikan Rekaan Nusantara"


@dataclass(frozen=True)
class Person:
    """An account: `key` is the local part of its address; roles in their school (or the district)."""

    key: str
    name: str
    roles: tuple[str, ...]
    position: str = ""
    nip: str = ""
    acting: bool = False


@dataclass(frozen=True)
class SchoolPlan:
    """A school: its clock, its classes with how many students in all, its people."""

    slug: str
    name: str
    npsn: str
    level: str
    time_zone: str
    six_day_week: bool
    seed: int
    classes: tuple[str, ...]
    students: int
    letterhead: dict[str, str]
    holiday: str
    people: tuple[Person, ...]

    def holders(self, role: str) -> list[Person]:
        """Those with this role, in order."""
        return [person for person in self.people if role in person.roles]

    @property
    def admin(self) -> Person:
        return self.holders("school_admin")[0]

    @property
    def case_owner(self) -> Person:
        """The counsellor, or the class teacher where there is none."""
        return (self.holders("counsellor") or self.holders("class_teacher"))[0]


DISTRICT_PEOPLE = (
    Person("admin.dinas", "Wulan Rekaan", ("district_admin",)),
    Person("petugas.dinas", "Bahtera Contoh", ("district_officer",)),
)


def _teachers(role: str, school: str, prefix: str, names: tuple[str, ...]) -> tuple[Person, ...]:
    return tuple(
        Person(f"{prefix}{number}.{school}", name, (role,)) for number, name in enumerate(names, start=1)
    )


SMA = SchoolPlan(
    slug="sma-rekaan",
    name="SMA Negeri 1 Rekaan",
    npsn="99000001",
    level="sma",
    time_zone="Asia/Jakarta",
    six_day_week=False,
    seed=11,
    classes=tuple(f"{grade}-{number}" for grade, count in (("X", 6), ("XI", 5), ("XII", 5))
                  for number in range(1, count + 1)),
    students=576,
    letterhead={
        "letterhead_line1": "PEMERINTAH PROVINSI UMPAMA",
        "letterhead_line2": "DINAS PENDIDIKAN REKAAN NUSANTARA",
        "address": "Jl. Contoh Raya No. 1",
        "city": "Kota Contoh",
        "phone": "0800 1000 0001",
        "email": "sma@contoh.example",
        "website": "sma.contoh.example",
    },
    holiday="Hari jadi SMA Rekaan",
    people=(
        Person("operator.sma", "Tiwi Misal", ("school_admin",)),
        Person("bk.sma", "Laras Rekaan, S.Pd.", ("counsellor",), "Koordinator BK", "199001012020019901"),
        Person("bk.dua", "Damar Umpama, S.Pd., Kons.", ("counsellor",), "", "199202022021019902"),
        Person("kepala.sma", "Dr. Hastuti Contoh, M.Pd.", ("principal",), "", "197503031999019903"),
        *_teachers("homeroom", "sma", "wali", (
            "Ratna Karangan", "Yoga Misal", "Niken Umpama", "Adi Contoh", "Sari Rekaan", "Galih Andaian",
            "Maya Contoh", "Bimo Karangan")),
        *_teachers("teacher", "sma", "guru", ("Fitri Umpama", "Hadi Rekaan", "Joko Misal")),
    ),
)  # fmt: skip

SMP = SchoolPlan(
    slug="smp-contoh",
    name="SMP Negeri 2 Contoh",
    npsn="99000002",
    level="smp",
    time_zone="Asia/Makassar",
    six_day_week=True,
    seed=12,
    classes=tuple(f"{grade}-{letter}" for grade in ("VII", "VIII", "IX") for letter in "ABCD"),
    students=408,
    letterhead={
        "letterhead_line1": "PEMERINTAH KABUPATEN MISALAN",
        "letterhead_line2": "DINAS PENDIDIKAN REKAAN NUSANTARA",
        "address": "Jl. Misalan Indah No. 2",
        "city": "Kota Misalan",
        "phone": "0800 1000 0002",
        "email": "smp@contoh.example",
        "website": "smp.contoh.example",
    },
    holiday="Pesta laut Kota Misalan",
    people=(
        Person("operator.smp", "Ucok Contoh", ("school_admin",)),
        Person("bk.smp", "Meutia Karangan, S.Pd.", ("counsellor",), "", "198804042015019904"),
        Person("kepala.smp", "Made Rekaan, M.Pd.", ("principal",), "", "197805052003019905"),
        *_teachers("homeroom", "smp", "wali", (
            "Ayu Umpama", "Gede Misal", "Nona Contoh", "Rahmat Rekaan", "Dewi Andaian", "Anton Karangan")),
        *_teachers("teacher", "smp", "guru", ("Putri Misal", "Samsul Umpama")),
    ),
)  # fmt: skip

SD = SchoolPlan(
    slug="sd-umpama",
    name="SD Negeri 3 Umpama",
    npsn="99000003",
    level="sd",
    time_zone="Asia/Jayapura",
    six_day_week=True,
    seed=13,
    classes=tuple(f"Kelas {grade}" for grade in range(1, 7)),
    students=216,
    letterhead={
        "letterhead_line1": "PEMERINTAH KABUPATEN UMPAMA",
        "letterhead_line2": "DINAS PENDIDIKAN REKAAN NUSANTARA",
        "address": "Jl. Karangan Timur No. 3",
        "city": "Kota Umpama",
        "phone": "0800 1000 0003",
        "email": "sd@contoh.example",
        "website": "sd.contoh.example",
    },
    holiday="Hari jadi Kota Umpama",
    people=(
        Person("operator.sd", "Yosina Contoh", ("school_admin",)),
        Person("kepala.sd", "Markus Misal, S.Pd.", ("principal",), "", "198006062006019906", acting=True),
        *_teachers("class_teacher", "sd", "kelas", (
            "Marta Rekaan, S.Pd.", "Elias Umpama, S.Pd.", "Naomi Contoh, S.Pd.", "Yance Karangan, S.Pd.",
            "Ester Misal, S.Pd.", "Lukas Andaian, S.Pd.")),
        *_teachers("teacher", "sd", "guru", ("Petrus Umpama",)),
    ),
)  # fmt: skip

SCHOOLS = (SMA, SMP, SD)

IN_TWO_SCHOOLS = (SMA.people[2], SMP)
"""A counsellor of the SMA who also works, two days a week, at the SMP."""

SIGN_INS = (
    ("Admin dinas", "admin.dinas"),
    ("Petugas dinas", "petugas.dinas"),
    ("Operator SMA", "operator.sma"),
    ("Guru BK SMA", "bk.sma"),
    ("Guru BK, dua sekolah", "bk.dua"),
    ("Kepala SMA", "kepala.sma"),
    ("Wali kelas SMA", "wali1.sma"),
    ("Guru mapel SMA", "guru1.sma"),
    ("Operator SMP", "operator.smp"),
    ("Guru BK SMP", "bk.smp"),
    ("Kepala SMP", "kepala.smp"),
    ("Operator SD", "operator.sd"),
    ("Guru kelas SD", "kelas1.sd"),
    ("Plt. kepala SD", "kepala.sd"),
)


def email(key: str) -> str:
    """The address of somebody of the cast."""
    return f"{key}@contoh.example"
