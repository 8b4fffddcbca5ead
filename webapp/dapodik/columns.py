"""Which column of a file holds which of our fields: known by its header, guessed, or named by a person."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

from webapp.dapodik.layout import FIELDS, IMPORTED, LABELS, header_key
from webapp.domain.errors import Invalid

#: Field -> the label in the file under which it stands; "" where the file has no such column.
Columns = Mapping[str, str]

#: Headers met in schools' own lists, as header_key() writes them. None of them is taken without a person.
_ALSO_CALLED: dict[str, tuple[str, ...]] = {
    "name": ("namasiswa", "namalengkap", "namapesertadidik", "namamurid", "siswa", "murid", "name"),
    "nipd": ("nis", "noinduk", "nomorinduk", "nomorinduksiswa", "noinduksiswa", "nislokal", "studentnumber"),
    "sex": ("l/p", "jeniskelamin", "kelamin", "gender", "lp", "sex", "jkel"),
    "nisn": ("nonisn", "nomornisn", "nomorinduksiswanasional"),
    "birth_place": ("tmplahir", "tempatlhr", "tptlahir", "kotalahir", "birthplace"),
    "birth_on": ("tgllahir", "tgl lahir", "tanggallhr", "tglhr", "lahir", "birthdate", "dateofbirth"),
    "address": ("alamatrumah", "alamatlengkap", "alamatsiswa", "address"),
    "hamlet": ("lingkungan", "kampung"),
    "village": ("desa", "desa/kelurahan", "kelurahan/desa", "kel"),
    "subdistrict": ("kec", "distrik"),
    "postal_code": ("kodepos", "postalcode"),
    "phone": ("telp", "notelepon", "notelp", "phone"),
    "mobile": ("nohp", "nomorhp", "hpsiswa", "wa", "nowa", "whatsapp", "mobile"),
    "email": ("surel", "alamatemail", "emailsiswa"),
    "father_name": ("namaayah", "ayah", "ayahkandung", "namaayahkandung", "father"),
    "father_occupation": ("pekerjaanayah",),
    "mother_name": ("namaibu", "ibu", "ibukandung", "namaibukandung", "mother"),
    "mother_occupation": ("pekerjaanibu",),
    "guardian_name": ("namawali", "wali", "walisiswa", "guardian"),
    "guardian_occupation": ("pekerjaanwali",),
    "class_name": ("rombel", "kelas", "kls", "rombonganbelajar", "namarombel", "kelassaatini", "class"),
}


class MissingColumns(Invalid):
    """Columns that a list needs were not found; `labels` are those the file has, for choosing by hand."""

    def __init__(self, message_id: str, labels: Sequence[str] = (), **params: str) -> None:
        self.labels = list(labels)
        super().__init__(message_id, **params)


def headers_key(labels: Iterable[str]) -> str:
    """One key for one set of headers, whatever their order, case and spaces."""
    keys = sorted({header_key(label) for label in labels})
    return hashlib.sha256(json.dumps(keys).encode()).hexdigest()


def guess(labels: Sequence[str]) -> dict[str, str]:
    """The columns that a person would most likely choose; a guess is shown, never taken."""
    by_key: dict[str, str] = {}
    for label in labels:
        by_key.setdefault(header_key(label), label)
    found: dict[str, str] = {}
    for field in FIELDS:
        for key in (header_key(LABELS[field]), *_ALSO_CALLED.get(field, ())):
            if key in by_key and by_key[key] not in found.values():
                found[field] = by_key[key]
                break
    return found


def absent(columns: Columns) -> list[str]:
    """The labels of the columns that Dapodik has and the file has not, in the order of the sheet."""
    return [column.label for column in IMPORTED if column.field and not columns.get(column.field)]
