"""The verdict codes of `data/codes.csv`: severity, a sentence and what to do, in two languages. Never a value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from linkage.identity.tables import load_csv

SEVERITIES = ("reject", "repair", "warning", "info")


@dataclass(frozen=True, slots=True)
class Code:
    """Explain one code: `severity` is one of SEVERITIES; the rest are sentences for people.

    `id` and `en` say what was found, `todo_id` and `todo_en` what to do about it.
    """

    code: str
    severity: str
    id: str
    en: str
    todo_id: str
    todo_en: str


@cache
def codes() -> dict[str, Code]:
    """Return every code of this folder by its name."""
    return {row["code"]: Code(**row) for row in load_csv("codes")}


def page() -> str:
    """Return the table as the page `docs/verdicts.md`, in Markdown."""
    return _HEAD + "".join(map(_section, SEVERITIES))


def _section(severity: str) -> str:
    rows = [one for one in codes().values() if one.severity == severity]
    body = "".join(f"| `{one.code}` | {one.id} {one.todo_id} | {one.en} {one.todo_en} |\n" for one in rows)
    return f"\n## {severity}\n\n{_MEANING[severity]}\n\n| code | Indonesia | English |\n|---|---|---|\n{body}"


_HEAD = """# What the checks say

Made from `linkage/identity/data/codes.csv` by `lapis agency codes --write docs/verdicts.md`; correct the table, not
this page. A code never changes its meaning. No sentence names a value.
"""
_MEANING = {
    "reject": "The file, sheet or row is not used until this is changed.",
    "repair": "The row goes on without this value. Where a repair is proposed, a person confirms it first.",
    "warning": "The row goes on. Have a look.",
    "info": "The row goes on. Nothing is wrong.",
}
