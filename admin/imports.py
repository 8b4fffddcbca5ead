"""Imports of Dapodik lists: choose a file, look at what it would do, import it."""

from __future__ import annotations

from flask import Response, jsonify, redirect, render_template, request, url_for
from flask_admin import expose
from flask_babel import format_decimal
from flask_babel import gettext as _

from admin.base import SchoolPages, actor, attempt, form_error
from admin.leavers import LeaverRoutes
from webapp.dapodik.columns import guess
from webapp.dapodik.filekind import MAX_FILE_BYTES
from webapp.dapodik.layout import FIELDS, LABELS, MAX_ROWS, REQUIRED
from webapp.domain.errors import DomainError, Invalid
from webapp.domain.permissions import Permission
from webapp.http.errors import say
from webapp.reports import xlsx
from webapp.services import import_requests, import_views, leavers
from webapp.services.import_views import ImportView

_FIRST_SHOWN = {
    "ready": ("updated", "created", "failed", "unchanged"),
    "done": ("failed", "updated", "created", "unchanged"),
}


class ImportPages(LeaverRoutes, SchoolPages):
    """Imports of students; `students` leads here."""

    noun = "imports"
    path = "/s/<school>/imports"
    need = Permission.STUDENT_IMPORT

    @expose("/", methods=("GET", "POST"))
    def index(self):
        if request.method == "GET":
            return _index()
        upload = request.files.get("file")
        if upload is None or not upload.filename:
            return _index(Invalid(_("Choose a file."), field="file"))
        file_name, content = upload.filename, upload.read()
        started: list[int] = []
        refusal = attempt(lambda: started.append(import_requests.start(actor(), file_name, content).id))
        if refusal is not None:
            refusal.field = refusal.field or "file"
            return _index(refusal)
        return redirect(url_for("imports.job", import_id=started[0]), 303)

    @expose("/<int:import_id>/")
    def job(self, import_id: int):
        return _job(import_views.show(actor(), import_id))

    @expose("/<int:import_id>/progress")
    def progress(self, import_id: int):
        """For js/progress.js, and for anybody who waits."""
        job = import_views.show(actor(), import_id)
        return jsonify(
            done=job.done,
            total=job.total,
            state="finished" if job.is_over else "running",
            label=str(_stage(job)),
            text="",
            next=url_for("imports.job", import_id=import_id) if job.is_over else None,
        )

    @expose("/<int:import_id>/confirm", methods=("POST",))
    def confirm(self, import_id: int):
        import_requests.confirm(actor(), import_id)
        return redirect(url_for("imports.job", import_id=import_id), 303)

    @expose("/<int:import_id>/again", methods=("POST",))
    def again(self, import_id: int):
        import_requests.again(actor(), import_id)
        return redirect(url_for("imports.job", import_id=import_id), 303)

    @expose("/<int:import_id>/columns", methods=("POST",))
    def columns(self, import_id: int):
        chosen = {name: request.form.get(f"column-{name}", "") for name in FIELDS}
        refusal = attempt(lambda: import_requests.remap(actor(), import_id, chosen))
        if refusal is not None:
            return _job(import_views.show(actor(), import_id), refusal, chosen)
        return redirect(url_for("imports.job", import_id=import_id), 303)

    @expose("/<int:import_id>/failed.xlsx")
    def failed(self, import_id: int):
        content = import_views.failed_rows_file(actor(), import_id)
        answer = Response(content, mimetype=xlsx.MEDIA_TYPE)
        answer.headers.set("Content-Disposition", "attachment", filename="pamong-failed-rows.xlsx")
        return answer


def _stage(job: ImportView) -> str:
    if job.state == "queued":
        return _("Waiting for its turn")
    if not job.total:
        return _("Reading the file")
    return _("Rows compared") if job.dry_run else _("Rows imported")


def _suggested(job: ImportView) -> dict[str, str]:
    """The columns as read; for the others our guess among those that are not taken."""
    read = {name: label for name, label in job.columns.items() if label}
    return guess([label for label in job.labels if label not in read.values()]) | read


def _index(refusal: DomainError | None = None):
    page = render_template(
        "pages/imports/index.html",
        recent=import_views.recent(actor()),
        limits={"megabytes": MAX_FILE_BYTES // 1024 // 1024, "rows": format_decimal(MAX_ROWS)},
        errors=form_error(refusal),
    )
    return (page, refusal.status) if refusal else page


def _job(job: ImportView, refusal: DomainError | None = None, chosen=None):
    shown = request.args.get("show", "")
    if shown not in import_views.OUTCOMES:
        order = _FIRST_SHOWN.get(job.state, import_views.OUTCOMES)
        shown = next((name for name in order if job.counts.get(name)), order[0])
    after = request.args.get("after", 0, type=int)
    rows = import_views.rows(actor(), job.id, shown, after=after) if job.state in _FIRST_SHOWN else None
    page = render_template(
        "pages/imports/job.html",
        job=job,
        stage=_stage(job),
        shown=shown,
        leavers=leavers.count(actor(), job.id) if job.is_over else 0,
        rows=rows,
        has_notes=rows is not None and any(row.changes or row.problems or row.warnings for row in rows.rows),
        after=after,
        columns={"required": REQUIRED, "optional": [name for name in FIELDS if name not in REQUIRED]},
        column_labels=LABELS,
        label_choices=[(label, label) for label in job.labels],
        chosen=chosen or _suggested(job),
        sentence=say,
        errors=form_error(refusal),
    )
    return (page, refusal.status) if refusal else page
