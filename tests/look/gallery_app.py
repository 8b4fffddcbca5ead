"""A small app that shows every macro: what the look is tested (and looked at) with."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

from flask import Flask, g, jsonify, render_template, request
from flask_babel import Babel, get_locale
from flask_wtf.csrf import CSRFProtect

from webapp.domain.vocabulary import Term, Vocabulary
from webapp.http.layout import Layout, NavItem, SchoolChoice

ROOT = Path(__file__).resolve().parents[2]
KINDS = Vocabulary(Term("fact", "Fakta", "Fact"), Term("impression", "Kesan", "Impression"))
WHYS = Vocabulary(
    Term("information", "Informasi", "Information"),
    Term("easing", "Kemudahan", "Easing"),
    Term("commitment", "Komitmen", "Commitment"),
)
STATUS = Vocabulary(
    Term("open", "Terbuka", "Open"),
    Term("overdue", "Terlambat", "Overdue"),
    Term("waiting", "Menunggu", "Waiting"),
    Term("done", "Selesai", "Done"),
    Term("cancelled", "Dibatalkan", "Cancelled"),
)

FRAME = Layout(
    title="K-2026-014",
    school_name="SMA Negeri 1 Contoh Permai",
    school_zone_label="WIB",
    today_text="Wednesday, 25 November 2026",
    nav=(
        NavItem("Today", "#today", badge=4),
        NavItem("Cases", "#cases", active=True),
        NavItem("Students", "#students"),
        NavItem("Monitoring", "#monitoring"),
        NavItem("Documents", "#documents"),
        NavItem("Outbox", "#outbox", badge=1),
    ),
    schools=(
        SchoolChoice("SMA Negeri 1 Contoh Permai", "#1", active=True),
        SchoolChoice("SMP Negeri 9 Contoh Asri", "#9"),
    ),
    person_name="Bu Teladan Contohwati",
    locale="en",
    sign_out_url="/out",
    language_urls=(("id", "/language/id"), ("en", "/language/en")),
    quick_hide_url="/neutral",
    search_url="/search",
    me_url="/me",
)


def create_gallery() -> Flask:
    """An app without a database that renders the project's templates with made-up values."""
    app = Flask(
        "gallery",
        root_path=str(ROOT / "tests" / "look"),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "webapp" / "static"),
    )
    app.config.update(SECRET_KEY=secrets.token_hex(), TESTING=True)
    app.jinja_loader.searchpath.append(str(ROOT / "tests" / "look"))  # type: ignore[union-attr]
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    Babel(app, default_locale="en", locale_selector=lambda: "en")
    CSRFProtect(app)
    app.jinja_env.filters["term"] = lambda term: term.label(str(get_locale()))
    app.jinja_env.filters["moment"] = lambda value: value.strftime("%d %B %Y, %H.%M WIB")
    app.jinja_env.globals["csp_nonce"] = lambda: g.nonce

    @app.before_request
    def make_nonce() -> None:
        g.nonce = secrets.token_urlsafe(16)

    @app.after_request
    def guard(response):
        response.headers["Content-Security-Policy"] = (
            f"default-src 'self'; script-src 'self' 'nonce-{g.nonce}'; style-src 'self' 'nonce-{g.nonce}'; "
            "img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'"
        )
        return response

    @app.context_processor
    def frame() -> dict:
        return {
            "layout": FRAME
            if request.path.startswith("/gallery")
            else replace(
                FRAME, title="Undangan pertemuan", nav=(), schools=(), person_name=None, search_url=None
            )
        }

    @app.get("/gallery")
    def gallery():
        return render_template("gallery.html", KINDS=KINDS, WHYS=WHYS, STATUS=STATUS)

    @app.get("/guest")
    def guest():
        return render_template("gallery_guest.html")

    @app.get("/gallery/progress")
    def progress():
        return jsonify(
            done=20, total=20, state="finished", label="Schools", text="All 20 are ready.", next=None
        )

    @app.post("/gallery/autosave")
    def autosave():
        saved = request.get_json()
        if saved["version"] == "2":
            return jsonify(version="9", value="What the other browser wrote."), 409
        return jsonify(version=str(int(saved["version"]) + 1))

    @app.get("/neutral")
    def neutral():
        return "<!DOCTYPE html><html lang='en'><title>Weather</title><h1>Sunny</h1></html>"

    @app.get("/lookup")
    def lookup():
        return jsonify([["7", "Pak Contoh"], ["8", "Bu Contoh"]])

    return app
