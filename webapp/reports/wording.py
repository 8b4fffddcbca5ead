"""Fixed words of the papers, in both languages: one file per paper in templates/reports/wording.

They are read when a paper's data are collected and frozen with these: an issued paper keeps its words.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "reports" / "wording"


@lru_cache
def wording(name: str, locale: str) -> dict[str, str]:
    """Words of one paper by key, with those that all papers share; KeyError for a language that lacks one."""
    language = "en" if locale == "en" else "id"
    return {key: words[language] for file in ("shared", name) for key, words in _table(file).items()}


@lru_cache
def _table(name: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))
