"""The Dapodik "Daftar Peserta Didik" sheet as data: columns, header rows, and what of it we take.

Everything that knows where a value stands reads it from here. Columns are told apart by their header
text (and, for the parents, the group above it), never by their position.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from webapp.domain.errors import N_

SHEET_NAME = "Daftar Peserta Didik"
MAX_ROWS = 100_000
NO_HEADERS = N_('These columns are missing in the sheet "%(sheet)s": %(missing)s.')
#: Excel row numbers in a file as Dapodik writes it.
HEADER_ROW = 5
SUBHEADER_ROW = 6
FIRST_DATA_ROW = 7

FATHER, MOTHER, GUARDIAN = "Data Ayah", "Data Ibu", "Data Wali"
GROUPS = (FATHER, MOTHER, GUARDIAN)
GROUP_HEADERS = ("Nama", "Tahun Lahir", "Jenjang Pendidikan", "Pekerjaan", "Penghasilan", "NIK")


@dataclass(frozen=True)
class Column:
    """One column of the sheet; `field` is our name for it, or None where the value is never taken."""

    header: str
    field: str | None = None
    group: str | None = None

    @property
    def label(self) -> str:
        """How people name the column: "Nama", or "Data Ayah / Nama" under a group."""
        return f"{self.group} / {self.header}" if self.group else self.header

    @property
    def key(self) -> str:
        return header_key(self.label)


def header_key(label: str) -> str:
    """A header as compared: letters and digits only, so that case, spaces and dots do not matter."""
    return "/".join(re.sub(r"[\W_]+", "", part).casefold() for part in label.split("/"))


def _parent(group: str, prefix: str) -> tuple[Column, ...]:
    taken = {"Nama": f"{prefix}_name", "Pekerjaan": f"{prefix}_occupation"}
    return tuple(Column(header, taken.get(header), group) for header in GROUP_HEADERS)


COLUMNS: tuple[Column, ...] = (
    Column("No"),
    Column("Nama", "name"),
    Column("NIPD", "nipd"),
    Column("JK", "sex"),
    Column("NISN", "nisn"),
    Column("Tempat Lahir", "birth_place"),
    Column("Tanggal Lahir", "birth_on"),
    Column("NIK"),
    Column("Agama"),
    Column("Alamat", "address"),
    Column("RT", "rt"),
    Column("RW", "rw"),
    Column("Dusun", "hamlet"),
    Column("Kelurahan", "village"),
    Column("Kecamatan", "subdistrict"),
    Column("Kode Pos", "postal_code"),
    Column("Jenis Tinggal"),
    Column("Alat Transportasi"),
    Column("Telepon", "phone"),
    Column("HP", "mobile"),
    Column("E-Mail", "email"),
    Column("SKHUN"),
    Column("Penerima KPS"),
    Column("No. KPS"),
    *_parent(FATHER, "father"),
    *_parent(MOTHER, "mother"),
    *_parent(GUARDIAN, "guardian"),
    Column("Rombel Saat Ini", "class_name"),
    Column("No Peserta Ujian Nasional"),
    Column("No Seri Ijazah"),
    Column("Penerima KIP"),
    Column("Nomor KIP"),
    Column("Nama di KIP"),
    Column("Nomor KKS"),
    Column("No Registrasi Akta Lahir"),
    Column("Bank"),
    Column("Nomor Rekening Bank"),
    Column("Rekening Atas Nama"),
    Column("Layak PIP (usulan dari sekolah)"),
    Column("Alasan Layak PIP"),
    Column("Kebutuhan Khusus"),
    Column("Sekolah Asal"),
    Column("Anak ke-berapa"),
    Column("Lintang"),
    Column("Bujur"),
    Column("No KK"),
    Column("Berat Badan"),
    Column("Tinggi Badan"),
    Column("Lingkar Kepala"),
    Column("Jml. Saudara Kandung"),
    Column("Jarak Rumah ke Sekolah (KM)"),
)

#: The columns we take, in the order of the sheet; everything else never leaves the reader.
IMPORTED: tuple[Column, ...] = tuple(column for column in COLUMNS if column.field)
FIELDS: tuple[str, ...] = tuple(column.field for column in IMPORTED if column.field)
LABELS: dict[str, str] = {column.field: column.label for column in IMPORTED if column.field}
#: Without these a file is not a list of students; the others may be missing and then stay blank.
REQUIRED: tuple[str, ...] = ("name", "nipd", "sex", "nisn", "birth_on", "class_name")
