"""What may stand in no mail and in no log: every value of the imported students and their parents."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from datetime import date

from tests.browser.walk import CLASSES, STUDENTS, Walk
from webapp.dapodik.generator import invent
from webapp.domain.dates import format_date

COLUMNS = (
    *("Nama", "NISN", "NIPD", "NIK", "No KK", "Alamat", "HP", "E-Mail", "Tempat Lahir"),
    *("Data Ayah / Nama", "Data Ibu / Nama", "Data Wali / Nama", "Data Ayah / NIK", "Data Ibu / NIK"),
)


def nothing_of_a_student_is_in_a_mail_or_a_log(walk: Walk) -> None:
    values = set(values_of_students(walk.number))
    own_name = walk.student["Data Ibu / Nama"]
    mails = walk.mailbox.all()
    found = [
        (mail.to, mail.subject, value)
        for mail in mails
        for value in found_in(mail.everything(), values)
        # Who is written to is called by name.
        if not (value == own_name and mail.to == walk.address("guardian"))
    ]
    assert found == []
    assert any(found_in(mail.everything(), {own_name}) for mail in mails), "the search finds nothing at all"
    logs = sorted((walk.demo.home / "logs").glob("*.log*"))
    assert {"web.log", "worker.log", "worker-reports.log"} <= {log.name for log in logs}
    texts = {log.name: log.read_text(errors="replace") for log in logs}
    assert [(name, value) for name, text in texts.items() for value in found_in([text], values)] == []
    assert found_in([texts["web.log"]], {"imports"}), "the search finds nothing at all"


def values_of_students(seed: int) -> Iterator[str]:
    """Everything personal in the file, as it stands there and as pages write it."""
    for record in invent(CLASSES, STUDENTS, seed):
        yield from (str(record[column]) for column in COLUMNS if record[column])
        born_on = date.fromisoformat(record["Tanggal Lahir"])
        yield from (born_on.isoformat(), format_date(born_on, "id"), format_date(born_on, "en"))
        if record["HP"]:
            yield f"62{record['HP'][1:]}"


def found_in(texts: Iterable[str], values: set[str]) -> list[str]:
    """Those of the values that stand in one of the texts as words of their own, whatever the case."""
    whole = "\n".join(html.unescape(text) for text in texts)
    wanted = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, sorted(values)))})(?!\w)", re.IGNORECASE)
    return sorted({match[1] for match in wanted.finditer(whole)})
