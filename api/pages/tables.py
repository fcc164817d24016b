"""Every table of the pages: declared once, then sorted, sought, turned page by page and taken along in one way.

A table is a name and columns; a page hands it rows that a service gave. What stands in the address (`sort`, `find`,
`page`, `limit`, `form`) is taken by `asked(TABLE)`, and `TABLE.view(...)` is what the template draws with
`tables.html`. It reads no store and writes no entry: the page does, and says `**view.taken`, so that a file is in
the log as such. What is sought is never kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any
from urllib.parse import urlencode

from fastapi import Query, Request

from api.pages import cells, rendering
from api.pages.cells import Kind

WINDOW = 20_000
"""Rows of a long list that are sorted or sought together."""
FORMS = ("csv", "xlsx")
Row = Any


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key (a heading in LABELS["column"]), the kind of its cells, and how a row gives its value.

    `none`: what is said where there is no value (LABELS["none"]); `shown`: on the page, or in files alone.
    """

    key: str
    kind: Kind = cells.TEXT
    get: Callable[[Row], Any] | None = None
    none: str = "nothing"
    shown: bool = True

    def value(self, row: Row) -> Any:
        """Return a row's value, or None."""
        if self.get is not None:
            return self.get(row)
        return row.get(self.key) if isinstance(row, Mapping) else attrgetter(self.key)(row)

    def text(self, row: Row, language: str) -> str:
        """Write a row's value for people."""
        value = self.value(row)
        return cells.label(self.none, "none", language) if value is None else self.kind.text(value, language)

    def heading(self, language: str) -> str:
        """Return the column's heading."""
        return cells.label(self.key, "column", language)

    def place(self, row: Row, language: str) -> Any:
        """Return where a row stands when sorted by this column; what has no value is not asked."""
        value = self.value(row)
        return self.kind.text(value, language).casefold() if self.kind.sorts is None else self.kind.sorts(value)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks of a table; `whole`: its file holds all rows of the choice."""

    sort: str = ""
    find: str = ""
    page: int = 1
    limit: int = 50
    form: str = ""
    whole: bool = True

    @property
    def reach(self) -> int:
        """Return how many rows of a long list are needed: one more than are shown, or all that are sorted or taken."""
        if self.sort or self.find or (self.form and self.whole):
            return WINDOW
        return min(WINDOW, self.page * self.limit + 1)


@dataclass(frozen=True, slots=True)
class Cursor:
    """How a page asks for the rows after one: a parameter of its own, and its value for that row."""

    name: str
    of: Callable[[Row], object]


@dataclass(frozen=True, slots=True)
class Table:
    """A declared table. `name`: its title in LABELS["table"]; `prefix`: of its parameters, if a page has several.

    `whole`: a file of it holds all rows of the choice, and not those of the page alone: never for pseudonyms.
    `files`: whether its page gives files at all, or something else does (then `view.files` says where).
    """

    name: str
    columns: Sequence[Column]
    prefix: str = ""
    whole: bool = True
    files: bool = True

    @property
    def shown(self) -> list[Column]:
        """Return the columns that the page shows."""
        return [column for column in self.columns if column.shown]

    def view(self, request: Request, rows: Sequence[Row], asked: Asked, more: Cursor | None = None) -> View:
        """Return what is shown of rows in their own order; `more`: how a service is asked for those after them."""
        return View(self, request, rows, asked, more)


class View:
    """A table as it was asked for."""

    def __init__(self, table: Table, request: Request, rows: Sequence[Row], asked: Asked, more: Cursor | None) -> None:
        self.table, self.asked = table, asked
        self.language = rendering.language_of(request)
        self.known = {name: value for name, value in request.query_params.items() if value}
        self.path = request.url.path
        self.files: Mapping[str, str] = {form: self.address(form=form) for form in FORMS} if table.files else {}
        self.window = WINDOW
        self._rows, self._more = rows, more

    @property
    def form(self) -> str:
        """Return which file was asked for, if one was."""
        return self.asked.form

    @property
    def taken(self) -> dict[str, str]:
        """Return what the entry says of a file."""
        return {"form": self.form} if self.form else {}

    @cached_property
    def found(self) -> list[Row]:
        """Return the rows that were sought, in the order that was asked for."""
        rows = [row for row in self._rows if self._holds(row)]
        key = self.asked.sort.removeprefix("-")
        column = next((each for each in self.table.columns if each.key == key), None)
        if column is None:
            return rows
        told = [row for row in rows if column.value(row) is not None]
        told.sort(key=lambda row: column.place(row, self.language), reverse=self.asked.sort.startswith("-"))
        return [*told, *(row for row in rows if column.value(row) is None)]

    @cached_property
    def rows(self) -> list[Row]:
        """Return the rows of the page; or of the file, if one was asked for."""
        if self.form and self.table.whole:
            return self.found
        return self.found[self.start - 1 : self.start - 1 + self.asked.limit]

    @property
    def total(self) -> int | None:
        """Return how many rows were found; nothing where a service was asked for no more than the page needs."""
        return None if len(self._rows) == self.asked.reach else len(self.found)

    @property
    def cut(self) -> bool:
        """Say whether only the first rows of a long list were sorted or sought."""
        return bool(self.asked.sort or self.asked.find) and len(self._rows) == WINDOW

    @property
    def start(self) -> int:
        """Return the number of the page's first row."""
        return (self.asked.page - 1) * self.asked.limit + 1

    @property
    def previous(self) -> str | None:
        """Return the address of the page before."""
        return self.address(page=self.asked.page - 1) if self.asked.page > 1 else None

    @property
    def next(self) -> str | None:
        """Return the address of the page after: of these rows, or of the list's next ones."""
        if len(self.found) > self.asked.page * self.asked.limit:
            return self.address(page=self.asked.page + 1)
        if self._more is not None and len(self._rows) == WINDOW:
            return self.address(page=None, **{f"={self._more.name}": self._more.of(self._rows[-1])})
        return None

    @property
    def first(self) -> str | None:
        """Return the address of the list's first page, where this is not of its first rows."""
        if self._more is None or self._more.name not in self.known:
            return None
        return self.address(page=None, **{f"={self._more.name}": None})

    @property
    def title(self) -> str:
        """Return what the table is called."""
        return cells.label(self.table.name, "table", self.language)

    def sorted_by(self, column: Column) -> str:
        """Return how a column is sorted, as `aria-sort` has it."""
        return {column.key: "ascending", f"-{column.key}": "descending"}.get(self.asked.sort, "none")

    def sorting(self, column: Column) -> str:
        """Return the address that sorts by a column: numbers first downwards, and the other way the second time."""
        first, second = (
            (f"-{column.key}", column.key) if column.kind.style == "number" else (column.key, f"-{column.key}")
        )
        return self.address(sort=second if self.asked.sort == first else first, page=None)

    def address(self, **changes: object) -> str:
        """Return this page's address with parameters of the table changed; `=name` is one of the page's own."""
        named = {name[1:] if name[0] == "=" else self.table.prefix + name: value for name, value in changes.items()}
        merged: dict[str, Any] = {**self.known, **named}
        return f"{self.path}?{urlencode({name: value for name, value in merged.items() if value is not None})}"

    @property
    def carried(self) -> dict[str, str]:
        """Return what the form that seeks carries along: all but what is sought and the page."""
        own = {self.table.prefix + name for name in ("find", "page", "form")}
        return {name: value for name, value in self.known.items() if name not in own}

    def _holds(self, row: Row) -> bool:
        words = self.asked.find.casefold().split()
        if not words:
            return True
        text = " ".join(column.text(row, self.language) for column in self.table.columns).casefold()
        return all(word in text for word in words)


def taken(*views: View) -> dict[str, str]:
    """Return what the entry of a page with several tables says of a file."""
    return next(({**each.taken, "table": each.table.name} for each in views if each.form), {})


def asked(table: Table, limit: int = 50) -> Callable[..., Asked]:
    """Return the dependency that takes what an address asks of a table."""
    keys = "|".join(column.key for column in table.columns)
    forms = "|".join(FORMS if table.files else ())

    def take(
        sort: str = Query(
            "", alias=f"{table.prefix}sort", pattern=f"^(-?({keys}))?$", examples=[table.columns[0].key],
            description="a column's key; with a minus, downwards",
        ),
        find: str = Query("", alias=f"{table.prefix}find", max_length=60, examples=["PKH"], description="words sought"),
        page: int = Query(1, alias=f"{table.prefix}page", ge=1, le=WINDOW, examples=[1], description="from 1"),
        limit: int = Query(limit, alias=f"{table.prefix}limit", ge=1, le=200, examples=[50], description="rows a page"),
        form: str = Query("", alias=f"{table.prefix}form", pattern=f"^({forms})?$", examples=["csv"],
                          description="a file of the choice instead of the page"),
    ) -> Asked:  # fmt: skip
        return Asked(sort, find, page, limit, form, table.whole)

    return take
