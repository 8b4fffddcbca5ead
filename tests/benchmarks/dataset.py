"""The large data, built once: schools with their people, students and cases, by SQL and COPY.

Everything is invented and follows from numbers, so that two builds hold the same. What is sealed in the
product is sealed here by the product's own functions, under real keys of each school.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg

from webapp import crypto
from webapp.models.base import bound_to

DISTRICTS = 10
CASE_SCHOOLS, STAFFED_SCHOOLS = 500, 2_000
BIG_SCHOOL, BIG_SCHOOL_HAS = 1, 33
"""One school has every 33rd case: 30,000 of a million, so that there is a page 1,000 to turn to."""
BIG_SCHOOL_COUNSELLORS = 20
CASES_PER_STUDENT = 2.5
NOTE_EVERY = 5
STAFF = ("counsellor", "counsellor", "principal", "homeroom", "school_admin", "teacher")
# fmt: off
GIVEN = (
    "Sekar", "Wulan", "Bima", "Ratri", "Jaka", "Laras", "Gilang", "Puspa", "Surya", "Intan", "Damar",
    "Melati", "Panji", "Kirana", "Bayu", "Lestari", "Arga", "Citra", "Danu", "Ayu", "Raka", "Dewi",
    "Satria", "Nirmala", "Yoga", "Tirta", "Kenanga", "Galih", "Wening", "Saka",
)
FAMILY = (
    "Rekaan", "Umpama", "Contoh", "Andaian", "Khayali", "Misal", "Dongeng", "Lamunan", "Angan", "Bayang",
    "Cerita", "Hikayat", "Kisah", "Legenda", "Pantun", "Syair", "Gurindam", "Bidal", "Tamsil", "Ibarat",
    "Kias", "Seloka", "Talibun", "Karmina", "Wayang", "Topeng", "Layar", "Panggung", "Naskah", "Babad",
)
# fmt: on
FIELDS = ("personal", "social", "academic", "career")
SEVERITIES = ("low", "medium", "high", "urgent")
STATUSES = (
    "open",
    "in_progress",
    "monitoring",
    "closed",
    "closed",
    "closed",
    "closed",
    "closed",
    "open",
    "closed",
)
NEWEST = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
SPAN = timedelta(days=730)


@dataclass(frozen=True)
class Scale:
    """How much is built; everything follows from the number of cases."""

    cases: int

    @property
    def case_schools(self) -> int:
        return max(2, min(CASE_SCHOOLS, self.cases // 2_000))

    @property
    def staffed_schools(self) -> int:
        return STAFFED_SCHOOLS if self.cases >= 1_000_000 else 2 * self.case_schools


def big_school_slug() -> str:
    return slug_of(BIG_SCHOOL)


def slug_of(school_id: int) -> str:
    return f"sekolah-{school_id}"


def address_of(school_id: int, seat: int) -> str:
    """E-mail of the person on that seat: an index of STAFF, beyond it the big school's counsellors."""
    return f"orang{user_id(school_id, seat)}@tolok.example"


def user_id(school_id: int, seat: int) -> int:
    return 1_000_000 + school_id * 100 + seat


def student_name(number: int) -> str:
    return f"{GIVEN[number % len(GIVEN)]} {FAMILY[number // len(GIVEN) % len(FAMILY)]}"


def school_of(number: int, scale: Scale) -> int:
    """The school of the case with that number."""
    return BIG_SCHOOL if number % BIG_SCHOOL_HAS == 0 else 2 + number % (scale.case_schools - 1)


def build(superuser: psycopg.Connection, scale: Scale, *, master: crypto.MasterKeys, password: str) -> None:
    """Fill a migrated database. `password`: the hash that all accounts get."""
    superuser.autocommit = False
    cursor = superuser.cursor()
    # Rows come in an order and number in which checking each reference again says nothing.
    cursor.execute("SET session_replication_role = replica")
    cursor.execute("SET maintenance_work_mem = '256MB'")
    keys = _schools(cursor, scale, master)
    _people(cursor, scale, password)
    _cases(cursor, scale, keys)
    cursor.execute("SET session_replication_role = origin")
    superuser.commit()
    superuser.autocommit = True
    superuser.execute("VACUUM ANALYZE")


def _schools(cursor: psycopg.Cursor, scale: Scale, master: crypto.MasterKeys) -> dict[int, bytes]:
    cursor.execute(
        "INSERT INTO districts (id, slug, name, time_zone, digest_at, created_at)"
        " SELECT n, 'dinas-' || n, 'Dinas Rekaan ' || n, 'Asia/Jakarta', '07:00', %s"
        " FROM generate_series(1, %s) n",
        (NEWEST - SPAN, DISTRICTS),
    )
    cursor.execute(
        "INSERT INTO schools (id, district_id, slug, name, level, time_zone, active, six_day_week,"
        " school_year_starts_month, daily_digest_at, weekly_digest_at, weekly_digest_weekday, reminders_at,"
        " case_number_pattern, letter_number_pattern, minutes_access_days,"
        " overdue_counsellor_days,"
        " overdue_principal_days, phone, created_at)"
        " SELECT n, 1 + n %% %s, 'sekolah-' || n, 'SMA Rekaan ' || n, 'sma', 'Asia/Jakarta', true, false,"
        " 7, '06:30', '06:30', 0, '07:00', 'K-{tahun}-{nomor:03}', '{nomor:03}/{tahun}', 14, 7, 7,"
        " '0210000000', %s"
        " FROM generate_series(1, %s) n",
        (DISTRICTS, NEWEST - SPAN, scale.staffed_schools),
    )
    for table in ("districts", "schools"):
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
        )
    keys: dict[int, bytes] = {}
    with cursor.copy(
        "COPY school_keys (school_id, key_no, master_id, wrapped, created_at) FROM STDIN"
    ) as copy:
        for school_id in range(1, scale.staffed_schools + 1):
            key = crypto.new_key()
            master_id, wrapped = master.wrap(key, school_id=school_id, key_no=1)
            copy.write_row((school_id, 1, master_id, wrapped, NEWEST - SPAN))
            keys[school_id] = key
    return keys


def _people(cursor: psycopg.Cursor, scale: Scale, password: str) -> None:
    columns = "id, email, name, password, active, fs_uniquifier, locale, digests_off, created_at"
    with cursor.copy(f"COPY users ({columns}) FROM STDIN") as copy:
        for school_id, seat, _ in _seats(scale):
            number = user_id(school_id, seat)
            row = (
                number,
                address_of(school_id, seat),
                f"Guru Rekaan {number}",
                password,
                True,
                f"orang-{number}",
            )
            copy.write_row((*row, "id", [], NEWEST - SPAN))
    with cursor.copy(
        "COPY memberships (school_id, id, user_id, role, number_label, acting, started_on) FROM STDIN"
    ) as copy:
        for school_id, seat, role in _seats(scale):
            number = user_id(school_id, seat)
            copy.write_row((school_id, number, number, role, "none", False, (NEWEST - SPAN).date()))


def _seats(scale: Scale) -> Iterator[tuple[int, int, str]]:
    for school_id in range(1, scale.staffed_schools + 1):
        for seat, role in enumerate(STAFF):
            yield school_id, seat, role
    for seat in range(len(STAFF), len(STAFF) + BIG_SCHOOL_COUNSELLORS):
        yield BIG_SCHOOL, seat, "counsellor"


def _owner(school_id: int, nth: int) -> int:
    if school_id == BIG_SCHOOL:
        return user_id(school_id, len(STAFF) + nth % BIG_SCHOOL_COUNSELLORS)
    return user_id(school_id, nth % 2)


def _cases(cursor: psycopg.Cursor, scale: Scale, keys: dict[int, bytes]) -> None:
    per_school: dict[int, int] = {}
    cursor.execute(
        "CREATE TEMP TABLE sealed_notes (school_id int, id bigint, case_id bigint, author_id bigint,"
        " at timestamptz, body_enc bytea)"
    )
    columns = (
        "school_id, id, number, student_id, field, kinds, source, severity, status, owner_id, opened_on,"
    )
    columns += " closed_on, created_at, created_by, summary_enc"
    notes: list[tuple] = []
    with cursor.copy(f"COPY cases ({columns}) FROM STDIN") as copy:
        for number in range(scale.cases):
            school_id = school_of(number, scale)
            nth = per_school[school_id] = per_school.get(school_id, -1) + 1
            opened_at = NEWEST - SPAN * ((scale.cases - number) / scale.cases)
            case_id = id_at(opened_at, number)
            status = STATUSES[number * 7 % 10]
            owner = _owner(school_id, nth)
            sealed = _seal(keys[school_id], "Ringkasan rekaan", "cases", "summary_enc", school_id, case_id)
            copy.write_row(
                (
                    *(school_id, case_id, f"K-{opened_at.year}-{nth:05}", _student_of(school_id, nth)),
                    *(
                        FIELDS[number * 3 % 4],
                        "{conflict_peer}",
                        "homeroom",
                        SEVERITIES[number * 5 % 4],
                        status,
                        owner,
                    ),
                    *(
                        opened_at.date(),
                        opened_at.date() if status == "closed" else None,
                        opened_at,
                        owner,
                        sealed,
                    ),
                )
            )
            if number % NOTE_EVERY == 0:
                body = _seal(
                    keys[school_id], "Catatan rekaan", "case_notes", "body_enc", school_id, case_id + 1
                )
                notes.append((school_id, case_id + 1, case_id, owner, opened_at, body))
    with cursor.copy("COPY sealed_notes FROM STDIN") as copy:
        for note in notes:
            copy.write_row(note)
    cursor.execute(
        "INSERT INTO case_notes (school_id, id, case_id, kind, author_id, created_at, happened_on, body_enc)"
        " SELECT school_id, id, case_id, 'fact', author_id, at, at::date, body_enc FROM sealed_notes"
    )
    cursor.execute(
        "INSERT INTO case_members (school_id, id, case_id, user_id, added_by, added_at)"
        " SELECT school_id, id + 2, id, owner_id, owner_id, created_at FROM cases"
    )
    with cursor.copy(
        "COPY students (school_id, id, name, name_key, nisn, sex, class_name, created_at, updated_at)"
        " FROM STDIN"
    ) as copy:
        for school_id, last in per_school.items():
            for nth in range(_students(last + 1)):
                name = student_name(nth * 17 + school_id)
                row = (school_id, _student_id(school_id, nth), name, name.lower(), f"{school_id:04}{nth:06}")
                copy.write_row((*row, "LP"[nth % 2], f"X-{1 + nth % 30}", NEWEST - SPAN, NEWEST - SPAN))
    cursor.execute(
        # What a school counts on from when it opens its next case.
        "INSERT INTO number_counters (school_id, id, kind, year, last)"
        " SELECT school_id, min(id), 'case', 2026, count(*) FROM cases GROUP BY school_id"
    )


def _students(cases: int) -> int:
    return int((cases - 1) / CASES_PER_STUDENT) + 1


def _student_id(school_id: int, nth: int) -> int:
    return school_id * 1_000_000 + nth


def _student_of(school_id: int, nth_case: int) -> int:
    """The student of a school's nth case: the same ones come again."""
    return _student_id(school_id, int(nth_case / CASES_PER_STUDENT))


def id_at(at: datetime, number: int) -> int:
    """An id as the product makes them at that moment; `number` keeps them apart."""
    return int(at.timestamp() * 1000) << 22 | (number % 1000) << 10


def _seal(key: bytes, words: str, table: str, column: str, school_id: int, row_id: int) -> bytes:
    return crypto.seal(key, 1, words.encode(), bound_to(table, column, school_id, row_id))
