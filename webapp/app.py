"""The composition: settings in, an application out. Importing this module starts nothing."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import webapp.models  # noqa: F401 - registers the tables
from webapp import crypto, tenancy
from webapp.config import Settings
from webapp.dapodik.filekind import MAX_FILE_BYTES
from webapp.extensions import babel, csrf, db
from webapp.http import (
    calendar_feed,
    district,
    errors,
    frame,
    guest_content,
    guest_visit,
    headers,
    i18n,
    loader,
    me,
    metrics,
    public,
    scope,
    signin,
    stop,
)

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "webapp" / "static"


def create_app(settings: Settings) -> Flask:
    """Build the application; the staff pages are mounted beside it by `admin.mount`."""
    app = scope.Pamong(
        "webapp",
        template_folder=str(ROOT / "templates"),
        static_folder=str(STATIC),
        # The address changes with the files, so that browsers may keep them: see headers.py.
        static_url_path=f"/static/{fingerprint(STATIC)}",
    )
    app.config.update(
        PAMONG=settings,
        PAMONG_ROOT=ROOT,
        SECRET_KEY=settings.secret_key,
        TESTING=settings.env == "test",
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_size": settings.database_pool,
            "pool_pre_ping": True,
            # Nobody waits for ever: neither for a machine that is gone, nor for a table that another holds.
            "connect_args": {"connect_timeout": 5, "options": "-c lock_timeout=10000"},
            # Parameters are names and texts of children: they never reach a log or an error page.
            "hide_parameters": True,
        },
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.serves_tls,
        MAX_CONTENT_LENGTH=MAX_FILE_BYTES + 1024 * 1024,  # the largest upload: a list of students
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # the referrer is withheld by our own policy
    )
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies
        )
    tenancy.use_master_keys(crypto.MasterKeys(settings.master_keys))
    db.init_app(app)
    csrf.init_app(app)
    i18n.init_app(app, babel)
    loader.init_app(app)
    scope.init_app(app)
    signin.init_app(app, settings)
    headers.init_app(app, serves_tls=settings.serves_tls)
    frame.init_app(app)
    errors.init_app(app)
    app.register_blueprint(public.bp)
    app.register_blueprint(metrics.bp)
    app.register_blueprint(me.bp)
    app.register_blueprint(stop.bp)
    csrf.exempt(stop.bp)
    app.register_blueprint(calendar_feed.bp)
    app.register_blueprint(district.bp)
    app.register_blueprint(guest_content.bp)
    app.register_blueprint(guest_visit.bp)
    return app


def fingerprint(folder: Path) -> str:
    """A word that is another one as soon as any file of the folder changes."""
    found = sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        found.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:12]
