"""Rules of the code that nobody should have to remember."""

from __future__ import annotations

import ast
import inspect
import pkgutil
import re
from importlib import import_module
from pathlib import Path

import pytest

import webapp.services
from webapp.domain.permissions import TABLE, Permission
from webapp.tenancy import Actor

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    path
    for folder in ("webapp", "tasks", "admin")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "migrations" not in path.parts
]


def _calls(path: Path, dotted: str) -> list[int]:
    """Line numbers of calls of `….<dotted>(` in a file."""
    wanted = dotted.split(".")
    lines = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            chain: list[str] = []
            part: ast.expr = node.func
            while isinstance(part, ast.Attribute):
                chain.append(part.attr)
                part = part.value
            if isinstance(part, ast.Name):
                chain.append(part.id)
            if list(reversed(chain))[-len(wanted) :] == wanted:
                lines.append(node.lineno)
    return lines


def test_only_the_choke_point_commits_tenant_data():
    """The identity session may commit by itself: sign-in happens before any school is open."""
    offenders = []
    for path in SOURCES:
        if path.name == "tenancy.py":
            continue
        for line in _calls(path, "commit"):
            text = path.read_text().splitlines()[line - 1]
            if "tenancy.identity().commit()" not in text and "session.commit()" in text.replace(" ", ""):
                source = path.read_text()
                if "session = tenancy.identity()" not in source:
                    offenders.append(f"{path.relative_to(ROOT)}:{line}")
            elif ".commit()" in text and "identity" not in text:
                offenders.append(f"{path.relative_to(ROOT)}:{line}")
    assert offenders == []


def test_the_clock_is_read_at_the_edges_only():
    below = (
        "webapp/domain",
        "webapp/models",
        "webapp/services",
        "webapp/mail",
        "webapp/reports",
        "webapp/dapodik",
    )
    offenders = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in SOURCES
        if str(path.relative_to(ROOT)).startswith(below)
        for call in ("datetime.now", "datetime.utcnow", "date.today")
        for line in _calls(path, call)
    ]
    assert offenders == []


def test_files_stay_small():
    """A file past 300 lines holds two nouns; the list of words is data and may be long."""
    long = {
        str(path.relative_to(ROOT)): count
        for path in SOURCES
        if (count := len(path.read_text().splitlines())) > 320 and path.name != "words.py"
    }
    assert long == {}


def test_no_module_is_a_drawer_for_odds_and_ends():
    names = {path.stem for path in SOURCES}
    assert names.isdisjoint({"utils", "util", "helpers", "helper", "managers", "manager", "misc", "common"})


def _service_functions():
    for module in pkgutil.iter_modules(webapp.services.__path__):
        loaded = import_module(f"webapp.services.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            if function.__module__ == loaded.__name__ and not name.startswith("_"):
                yield module.name, name, function


def test_every_public_service_function_has_a_docstring():
    bare = [f"{module}.{name}" for module, name, function in _service_functions() if not function.__doc__]
    assert bare == []


def test_every_permission_stands_in_the_table():
    assert set(TABLE) == set(Permission)


def test_the_permission_table_is_what_was_agreed(snapshot_file):
    lines = [
        f"{permission.value}: roles={','.join(sorted(holders.roles)) or '-'}"
        f" parts={','.join(sorted(holders.parts)) or '-'}"
        for permission, holders in TABLE.items()
    ]
    snapshot_file("permissions.txt", "\n".join(lines) + "\n")


@pytest.fixture
def snapshot_file():
    """Compare with a file under snapshots/; delete the file to write it anew, and review the change."""

    def compare(name: str, text: str) -> None:
        path = Path(__file__).parent / "snapshots" / name
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            pytest.fail(f"{path.name} was written anew: review and commit it")
        assert path.read_text() == text

    return compare


def test_public_services_that_take_an_actor_take_it_first():
    late = []
    for module, name, function in _service_functions():
        parameters = list(inspect.signature(function).parameters.values())
        annotated = [i for i, p in enumerate(parameters) if p.annotation in (Actor, "Actor")]
        if annotated and annotated[0] != 0:
            late.append(f"{module}.{name}")
    assert late == []


def test_logs_never_format_names_or_bodies():
    """Logging takes ids and counts: no f-strings, so that what is logged is named argument by argument."""
    offenders = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in {"log", "logger", "logging"}
                and node.args
                and isinstance(node.args[0], ast.JoinedStr)
            ):
                offenders.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert offenders == []


def test_no_file_names_a_package_registry_or_a_machine_path():
    found = []
    for path in ROOT.rglob("*"):
        if (
            path.is_file()
            and ".git" not in path.parts
            and path.suffix in {".py", ".txt", ".lock", ".toml", ".in", ".md", ".yml", ".html"}
        ):
            if {".venv", "var", "build", "node_modules"} & set(path.relative_to(ROOT).parts):
                continue
            text = path.read_text(errors="ignore")
            if re.search(
                r"py" + r"pi\.org|files\.python" + r"hosted|--index-" + r"url|/wor" + r"k/main", text
            ):
                found.append(str(path.relative_to(ROOT)))
    assert found == []
