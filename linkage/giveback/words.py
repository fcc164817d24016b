"""The words of `data/words.toml` in one language. Never a value of a list."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

Language = Literal["id", "en"]
LANGUAGES: tuple[Language, ...] = ("id", "en")
STATUSES = ("reject", "repair", "warning", "info", "ok")
"""From the worst to none: the severities of verdict codes, and no verdict."""


@cache
def _tables() -> dict[str, dict[str, object]]:
    return tomllib.loads(files(__package__).joinpath("data", "words.toml").read_text(encoding="utf-8"))


def word(language: Language, name: str) -> str:
    """Return a word or sentence by its name."""
    return str(_tables()[language][name])


def titles(language: Language) -> tuple[str, ...]:
    """Return the titles of the columns about verdicts."""
    found = _tables()[language]["titles"]
    return tuple(found) if isinstance(found, list) else ()


def status(language: Language, name: str) -> str:
    """Return the word for one of `STATUSES`."""
    found = _tables()[language]["status"]
    return str(found[name]) if isinstance(found, dict) else ""
