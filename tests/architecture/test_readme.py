"""README and configuration say the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from webapp.cli import main
from webapp.config import Settings
from webapp.version import VERSION

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()


def test_every_setting_stands_in_the_readme_with_its_own_description():
    described = dict(re.findall(r"^\| `([A-Z_]+)` \| [^|]+ \| (.+) \|$", README, re.MULTILINE))
    assert described == {
        str(field.validation_alias): field.description for field in Settings.model_fields.values()
    }


def test_the_version_is_said_once_for_people_and_once_for_backups():
    project = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text())
    assert project["project"]["version"] == VERSION


def test_every_command_that_people_need_is_named_in_the_readme():
    for name in set(main.commands) - {"seed-demo"}:
        assert f"`{name}" in README, name


def test_the_two_commands_are_those_of_the_ci_script():
    script = (Path(__file__).resolve().parents[2] / ".ci" / "run").read_text()
    assert "make test" in script
    assert "make test" in README
    assert "make demo" in README
