"""Indonesian is complete: every text stands in the catalogue, and every text of a page is such a text."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import polib
import pytest
from flask_security import core
from jinja2 import Environment, nodes

from webapp.domain.vocabulary import Term, Vocabulary
from webapp.services import boot

ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = ROOT / "webapp" / "translations" / "id" / "LC_MESSAGES"
OWN = CATALOGUES / "messages.po"
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in (".html", ".txt"))

# What Flask-Security says of things that Pamong does not have. INVALID_INPUT_LENGTH is broken in the package.
SWITCHED_OFF = re.compile(
    r"US_|GENERIC_US|WEBAUTHN|USERNAME|OAUTH|CONFIRM|EMAIL_CONFIRMED|ALREADY_CONFIRMED|INVALID_CONFIRMATION"
    r"|CHANGE_EMAIL|PASSWORDLESS|PHONE|REFRESH_TOKEN|USE_CODE|INVALID_INPUT_LENGTH"
)


def _key(entry: polib.POEntry) -> tuple[str | None, str, str]:
    return entry.msgctxt, entry.msgid, entry.msgid_plural


def _said(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def _placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)[sd]|%s|\{[\w:]*\}", text))


def _entries(path: Path) -> list[polib.POEntry]:
    return list(polib.pofile(str(path)))


# --- the catalogues -------------------------------------------------------------------------------


def test_the_catalogue_holds_what_the_code_says_and_nothing_else(tmp_path):
    keywords = re.findall(r"-k \w+", (ROOT / "Makefile").read_text())
    assert keywords
    fresh = tmp_path / "messages.pot"
    subprocess.run(
        [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", "pyproject.toml",
         *" ".join(keywords).split(), "-o", str(fresh), "."],
        cwd=ROOT, check=True, timeout=120,
    )  # fmt: skip
    wanted, have = {_key(entry) for entry in _entries(fresh)}, {_key(entry) for entry in _entries(OWN)}
    assert not wanted - have, "run `make messages` and translate"
    assert not have - wanted, "run `make messages`: these are not said any more"


@pytest.mark.parametrize("path", sorted(CATALOGUES.glob("*.po")), ids=lambda path: path.stem)
def test_every_text_is_translated_for_certain_and_keeps_its_placeholders(path):
    entries = _entries(path)
    assert entries
    for entry in entries:
        assert not entry.fuzzy, entry.msgid
        assert not entry.obsolete, entry.msgid
        for text in _said(entry):
            assert text.strip(), f"no Indonesian for: {entry.msgid}"
            assert _placeholders(text) == _placeholders(entry.msgid_plural or entry.msgid), entry.msgid
        assert len(_said(entry)) == 1, f"Indonesian has no plural: {entry.msgid}"


@pytest.mark.parametrize("path", sorted(CATALOGUES.glob("*.po")), ids=lambda path: path.stem)
def test_the_image_and_the_makefile_compile_every_catalogue(path):
    assert path.with_suffix(".mo").exists(), "make setup"
    compiled = re.search(r'pybabel compile .*--domain "([^"]+)"', (ROOT / "Dockerfile").read_text())
    assert compiled is not None
    assert path.stem in compiled[1].split()


def test_what_flask_security_can_say_is_translated():
    sayable = {
        message for name, (message, _kind) in core._default_messages.items() if not SWITCHED_OFF.match(name)
    }
    have = {entry.msgid for entry in _entries(CATALOGUES / "flask_security.po")}
    assert have == sayable


def test_what_wtforms_can_say_is_translated():
    template = resources.files("wtforms") / "locale" / "wtforms.pot"
    wanted = {_key(entry) for entry in polib.pofile(template.read_text(encoding="utf-8"))}
    assert {_key(entry) for entry in _entries(CATALOGUES / "wtforms.po")} == wanted


# --- the templates --------------------------------------------------------------------------------

GETTEXT = {"_", "gettext", "ngettext", "pgettext", "npgettext"}
SHOWN_ATTRIBUTES = {"title", "alt", "aria-label", "aria-description", "placeholder", "label"}
LETTERS = re.compile(r"[^\W\d_]{2}")
SENTENCE = re.compile(r"^[A-Z][a-z]+|[A-Za-z]{2} [A-Za-z]{2}|…")
MARK = "qzq"  # stands for an expression, so that tags and attributes made by one stay whole

BARE = {
    "Pamong": "the product's name",
    "guest": "a class name, through a block",
    "sign": "a class name, through a block",
    "Indonesia": "languages stand in their own language",
    "English": "languages stand in their own language",
    "PEMERINTAH PROVINSI …": "an example of an official Indonesian letterhead",
    "DINAS PENDIDIKAN": "an example of an official Indonesian letterhead",
    "DatePickerWidget": "a class of Flask-Admin",
    "TimePickerWidget": "a class of Flask-Admin",
    "RadioField": "a class of WTForms",
    "SelectMultipleField": "a class of WTForms",
    "th scope=row": "markup",
    '" aria-describedby="': "the attributes that macros/forms.html writes into a tag",
    "-hint": "part of an id in them",
    '-error " aria-invalid="true"': "part of an id in them",
} | dict.fromkeys(
    ("not equal", "not contains", "greater than", "smaller than", "in list", "not in list", "not between"),
    "Flask-Admin's name of an operation, looked up to be said in our words",
)
# Where nothing works any more, neither does gettext: this page says everything in both languages.
BILINGUAL = {f"templates/errors/{name}.html" for name in ("alone", "500", "503")}

ENV = Environment(extensions=["jinja2.ext.i18n"])


class _Bare(HTMLParser):
    """Collects what a reader would see that no expression made."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = 0

    def see(self, text: str) -> None:
        for piece in text.split(MARK):
            if LETTERS.search(piece):
                self.found.append(" ".join(piece.split()))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in ("script", "style")
        for name, value in attrs:
            if name in SHOWN_ATTRIBUTES:
                self.see(value or "")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.see(data)


def bare_words(source: str) -> list[str]:
    """Words outside every expression, in text and in the attributes that people see or hear."""
    pieces = []
    for _line, kind, value in ENV.lex(source):
        if kind == "data":
            pieces.append(value)
        elif kind == "variable_begin":
            pieces.append(MARK)
        elif kind == "block_begin":
            pieces.append(" ")
    parser = _Bare()
    parser.feed("".join(pieces))
    parser.close()
    return parser.found


def bare_strings(source: str) -> Iterator[str]:
    """Strings inside expressions that look like something to read and do not go through gettext."""

    def walk(node: nodes.Node, said: bool) -> Iterator[str]:
        said = said or (
            isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in GETTEXT
        )
        text = node.value if isinstance(node, nodes.Const) and not said else None
        if isinstance(text, str) and SENTENCE.search(text):
            yield text
        for child in node.iter_child_nodes():
            yield from walk(child, said)

    return walk(ENV.parse(source), said=False)


def test_every_text_of_a_template_goes_through_gettext():
    assert len(TEMPLATES) > 100
    found, used = [], set()
    for path in TEMPLATES:
        name = path.relative_to(ROOT).as_posix()
        if name in BILINGUAL:
            continue
        source = path.read_text(encoding="utf-8")
        for text in [*bare_words(source), *bare_strings(source)]:
            used.add(text.strip("· "))
            if text.strip("· ") not in BARE:
                found.append(f"{name}: {text}")
    assert not found
    assert not set(BARE) - used, "allowed, but no longer in any template"


@pytest.mark.parametrize(
    "source",
    [
        "<p>Forgotten</p>",
        '<p title="Forgotten">{{ _("Kept") }}</p>',
        '{{ _("Kept") }} forgotten',
        '{{ ui.chip("Forgotten") }}',
        '{% set label = "forgotten too" %}',
        '{{ _("Kept") if x else "Forgotten" }}',
    ],
)
def test_the_look_at_templates_finds_bare_words(source):
    assert [*bare_words(source), *bare_strings(source)]


@pytest.mark.parametrize(
    "source",
    ['<p class="{{ a }} note">{{ _("Kept") }}</p>', '{{ ngettext("%(num)s case", "%(num)s cases", n) }}'],
)
def test_the_look_at_templates_leaves_translated_words_alone(source):
    assert not [*bare_words(source), *bare_strings(source)]


# --- the words of the field -----------------------------------------------------------------------


def _terms(value: object, seen: set[int]) -> Iterator[Term]:
    """Every Term that a module's own values hold, however deep."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, Term):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _terms(part, seen)
    elif isinstance(value, Vocabulary | tuple | list | frozenset | set):
        for part in value:
            yield from _terms(part, seen)
    elif hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        for part in vars(value).values():
            yield from _terms(part, seen)


MODULES = sorted(
    path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    for package in ("webapp", "admin", "tasks")
    for path in (ROOT / package).rglob("*.py")
    if "Term(" in path.read_text(encoding="utf-8") and path.name not in ("vocabulary.py", "procedure.py")
)


@pytest.mark.parametrize("name", MODULES)
def test_every_word_of_the_field_has_both_languages(name):
    terms = list(_terms(dict(vars(importlib.import_module(name))), set()))
    assert terms
    for term in terms:
        assert term.id.strip(), term.key
        assert term.en.strip(), term.key


def test_a_start_without_the_compiled_languages_is_refused_with_what_to_do(tmp_path):
    source = tmp_path / "id" / "LC_MESSAGES" / "messages.po"
    source.parent.mkdir(parents=True)
    source.write_text("")
    assert boot.language_problems(tmp_path) == [
        "The languages are not compiled (messages.po): run `make setup`."
    ]
    source.with_suffix(".mo").write_bytes(b"")
    assert boot.language_problems(tmp_path) == []
