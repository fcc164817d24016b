"""How commands speak: tables and progress for people, JSON for programs. Results go to stdout, all else to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

OUT = Console(highlight=False)
ERR = Console(stderr=True, highlight=False)
Track = Callable[[str, int, int], None]
"""Is told how much of a stage is done, and of how much."""


class Tracker:
    """Progress of named stages; each call says how much of a stage is done."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, Any] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show `done` of `total` of a stage."""
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(stage, total=total)
        self._progress.update(self._tasks[stage], completed=done, total=total)


@contextmanager
def progress(title: str) -> Iterator[Tracker]:
    """Show progress bars on a terminal, nothing elsewhere."""
    columns = (TextColumn(f"[cyan]{title}[/] {{task.description}}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=ERR, transient=True, disable=not ERR.is_terminal) as bars:
        yield Tracker(bars)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table for people; its first column is text, the others are numbers."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command found: `data` for programs, `views` (tables and lines) for people, and its exit status."""

    data: dict[str, Any]
    views: Sequence[Sheet | str] = ()
    status: int = 0


def give(answer: Answer, *, as_json: bool) -> int:
    """Print an answer the one way or the other, and return its status."""
    if as_json:
        json.dump(answer.data, sys.stdout, indent=2, sort_keys=True)
        sys.stdout.write("\n")
    else:
        for view in answer.views:
            say(view) if isinstance(view, str) else table(view)
    return answer.status


def say(text: str) -> None:
    """Print a line for a person."""
    OUT.print(text)


def table(sheet: Sheet) -> None:
    """Print a table; its title is a line of its own, which a narrow table does not break."""
    OUT.print(f"[bold]{escape(sheet.title)}[/]")
    view = Table(header_style="cyan", pad_edge=False, box=SIMPLE_HEAD)
    for number, column in enumerate(sheet.columns):
        view.add_column(column, justify="left" if number == 0 else "right")
    for row in sheet.rows:
        view.add_row(*(escape(show(cell)) for cell in row))
    OUT.print(view)


def show(value: object) -> str:
    """Write a cell: thousands apart, shares with three decimals, nothing as a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
