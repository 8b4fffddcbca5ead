"""Rules that every template keeps: what the content security policy refuses is not written at all."""

from __future__ import annotations

import re
from pathlib import Path

import jinja2
import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "webapp" / "static"
ALL = sorted(path for path in TEMPLATES.rglob("*") if path.suffix in {".html", ".txt"})
# Mails and the documents have a look of their own; a page is what a browser gets from us.
OTHER_LOOKS = {"mail", "reports"}
PAGES = [p for p in ALL if p.suffix == ".html" and p.relative_to(TEMPLATES).parts[0] not in OTHER_LOOKS]
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)

FORBIDDEN = {
    "an inline style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "an inline handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
    "something loaded from another site": re.compile(
        r"<(?:script|link|img|iframe|source|video|audio)\b[^>]*(?:src|href)\s*=\s*[\"']?(?:https?:)?//",
        re.IGNORECASE,
    ),
}


def names(paths):
    return [str(path.relative_to(ROOT)) for path in paths]


@pytest.mark.parametrize("path", ALL, ids=names(ALL))
def test_every_template_parses(path):
    environment = jinja2.Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    environment.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", PAGES, ids=names(PAGES))
def test_no_page_holds_what_the_content_security_policy_refuses(path):
    text = COMMENT.sub("", path.read_text(encoding="utf-8"))
    found = [what for what, pattern in FORBIDDEN.items() if pattern.search(text)]
    found += [
        "a script or style without a nonce"
        for tag in re.findall(r"<(?:script|style)\b[^>]*>", text)
        if "csp_nonce()" not in tag
    ]
    assert found == []


@pytest.mark.parametrize("path", PAGES, ids=names(PAGES))
def test_every_form_that_changes_something_carries_a_csrf_token(path):
    text = COMMENT.sub("", path.read_text(encoding="utf-8"))
    forms = re.findall(r"<form\b[^>]*method=[\"']post[\"'].*?</form>", text, re.DOTALL | re.IGNORECASE)
    with_token = re.compile(r"csrf|hidden_tag|render_form_fields|caller\(\)")
    bare = [form[:80] for form in forms if not with_token.search(form)]
    assert bare == []


def test_every_icon_named_in_a_template_is_in_the_sprite():
    known = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))
    used = {}
    for path in PAGES:
        text = COMMENT.sub("", path.read_text(encoding="utf-8"))
        for pattern in (r"\bicon\(\s*[\"']([a-z-]+)[\"']", r"icon_name=[\"']([a-z-]+)[\"']"):
            used.update(dict.fromkeys(re.findall(pattern, text), path.name))
    assert {name: where for name, where in used.items() if name not in known} == {}
    assert "check" in used


def test_the_stylesheets_and_scripts_load_nothing_from_elsewhere():
    elsewhere = re.compile(r"(?:url\(|@import|from\s+|fetch\()\s*[\"']?(?:https?:)?//")
    for path in [*STATIC.rglob("*.css"), *STATIC.rglob("*.js")]:
        assert not elsewhere.search(path.read_text(encoding="utf-8")), path.name
