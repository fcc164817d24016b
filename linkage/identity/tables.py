"""Load the data tables of this folder. Holds facts about spellings only, never a value of a list."""

from __future__ import annotations

import csv
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


def _text(name: str) -> str:
    return files(__package__).joinpath("data", name).read_text(encoding="utf-8")


@cache
def load_toml(name: str) -> dict[str, Any]:
    """Return the table `data/<name>.toml`."""
    return tomllib.loads(_text(f"{name}.toml"))


@cache
def load_csv(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of `data/<name>.csv`, keyed by its header."""
    return tuple(csv.DictReader(_text(f"{name}.csv").splitlines()))
