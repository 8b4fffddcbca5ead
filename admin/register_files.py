"""A register that leaves the page: as a download, or as a document that is being made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import send_file
from flask_babel import gettext as _
from werkzeug import Response

from admin.base import actor, done
from webapp.http.i18n import current_locale
from webapp.reports import xlsx
from webapp.services import exports


def hand_out(register: str, asked: Mapping[str, Any]) -> Response:
    """The register with these filters; of a long one, the page on which its file will stand."""
    taken = exports.take(actor(), register, asked, locale=current_locale())
    if taken.file is None:
        message = _("The list is long: it is being made, and stands here when it is ready.")
        return done(message, "documents.index", _anchor=f"document-{taken.document_id}")
    return send_file(taken.file, mimetype=xlsx.MEDIA_TYPE, as_attachment=True, download_name=taken.name)
