"""Students of the demo: an invented Dapodik list, taken in by the same import that schools use."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from webapp import tenancy
from webapp.dapodik.generator import write_invented
from webapp.demo.cast import DemoSchool, actor
from webapp.models.students import Student
from webapp.services import import_requests, imports


def seed(school: DemoSchool, at: datetime) -> None:
    """Import the school's list, when the school has no students yet."""
    admin = actor(school, "school_admin", at)
    with tenancy.work(admin) as session:
        if session.scalar(
            select(func.count()).select_from(Student).where(Student.school_id == admin.school_id)
        ):
            return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "daftar-peserta-didik.xlsx"
        write_invented(path, school.name, school.classes, school.students, seed=school.number)
        with tenancy.work(admin):
            job = import_requests.start(admin, path.name, path.read_bytes(), dry_run=False)
    imports.run(admin, job.id)
