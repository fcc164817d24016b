"""The verdict codes of `data/codes.csv`, with severity and a sentence in Indonesian and English. Never a value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from linkage.identity.tables import load_csv


@dataclass(frozen=True, slots=True)
class Code:
    """Explain one code: `severity` is reject, repair, warning or info; `id` and `en` are sentences for people."""

    code: str
    severity: str
    id: str
    en: str


@cache
def codes() -> dict[str, Code]:
    """Return every code of this folder by its name."""
    return {row["code"]: Code(row["code"], row["severity"], row["id"], row["en"]) for row in load_csv("codes")}
