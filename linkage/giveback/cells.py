"""Cells of a row as bytes: where they stand, whether they hold something, and new ones of text.

A new cell is an inline string: it touches no shared table, and no program takes it for a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import unescape

from linkage.giveback.errors import unusual

LAST_COLUMN = 16_384
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']([A-Z]{1,3})[0-9]{1,7}["']""")
_KIND = re.compile(rb"""\st\s*=\s*["'](\w+)["']""")
_STYLE = re.compile(rb"""\ss\s*=\s*["']([0-9]+)["']""")
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


@dataclass(frozen=True, slots=True, repr=False)
class Cell:
    """One cell's bytes: `column` counts from 1; `content` is what stands between its tags."""

    column: int
    attributes: bytes
    content: bytes

    @property
    def style(self) -> int | None:
        """Return the index of its style."""
        found = _STYLE.search(self.attributes)
        return int(found.group(1)) if found else None

    @property
    def kind(self) -> bytes:
        """Return its type; without one, a number."""
        found = _KIND.search(self.attributes)
        return found.group(1) if found else b"n"


@cache
def letters(column: int) -> str:
    """Return a column's letters, from 1: A, B, … AA."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


@cache
def number(text: bytes) -> int:
    """Return the number of a column's letters, from 1."""
    value = 0
    for letter in text:
        value = value * 26 + letter - 64
    return value


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells are written in one sheet: its tags' prefix, `b""` in most files."""

    prefix: bytes

    def last_filled(self, inner: bytes) -> int:
        """Return the column of the last cell that holds something; 0 if none does."""
        found = _last(self.prefix).match(inner)
        if found is None:
            return 0
        named = _REFERENCE.search(found.group(1))
        if named:
            return number(named.group(1))
        return max((cell.column for cell in self.cells(inner) if cell.content), default=0)

    def last(self, inner: bytes) -> int | None:
        """Return the column of the last cell of all, 0 without any; None if it does not say where it stands."""
        at = inner.rfind(b"<" + self.prefix + b"c ")
        if at < 0 or inner.find(b"<" + self.prefix + b"c>", at) >= 0:
            return None if inner.strip() else 0
        named = _REFERENCE.search(inner, at, at + 200)
        return number(named.group(1)) if named else None

    def cells(self, inner: bytes) -> Iterator[Cell]:
        """Yield a row's cells; one that does not say where it stands follows the one before."""
        column = 0
        for found in _each(self.prefix).finditer(inner):
            attributes = found.group(1) or b""
            named = _REFERENCE.search(attributes)
            column = number(named.group(1)) if named else column + 1
            yield Cell(column, attributes, found.group(2) or b"")

    def write(self, cell: Cell, row: int) -> bytes:
        """Return an existing cell's bytes, with its place said."""
        attributes = cell.attributes
        if not _REFERENCE.search(attributes):
            attributes = f' r="{letters(cell.column)}{row}"'.encode() + attributes
        return b"".join(
            (b"<", self.prefix, b"c", attributes, b">", cell.content, b"</", self.prefix, b"c>")
            if cell.content
            else (b"<", self.prefix, b"c", attributes, b"/>")
        )

    def text(self, column: int, row: int, text: str, style: int | None = None) -> bytes:
        """Return a new cell of text; nothing for an empty text."""
        if not text:
            return b""
        return self.opening(column, row, style) + self.body(text)

    def opening(self, column: int, row: int, style: int | None = None) -> bytes:
        """Return the opening tag of a new cell of text; raises GivebackError where a sheet ends."""
        if column > LAST_COLUMN:
            raise unusual("a sheet has no free column")
        styled = "" if style is None else f' s="{style}"'
        return b"<" + self.prefix + f'c r="{letters(column)}{row}"{styled} t="inlineStr">'.encode()

    def body(self, text: str) -> bytes:
        """Return what follows the opening tag of a new cell of text."""
        p = self.prefix
        return b"".join(
            (b"<", p, b"is><", p, b't xml:space="preserve">', escape(text), b"</", p, b"t></", p, b"is></", p, b"c>")
        )

    def plain(self, content: bytes) -> str:
        """Return the text of an inline string or of an entry of the shared table."""
        runs = re.findall(b"<" + self.prefix + rb"t(?:\s[^>]*)?>([^<]*)</", content)
        return unescape(b"".join(runs).decode("utf-8", errors="replace"))


def cleaned(text: str) -> str:
    """Return a text without the characters that XML 1.0 cannot hold."""
    return _FORBIDDEN.sub("", text)


def escape(text: str) -> bytes:
    """Return a text for XML, without what XML cannot hold."""
    clean = _LOOKS_ESCAPED.sub("_x005F_", cleaned(text))
    return clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()


@cache
def _last(prefix: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(?s:.*)<" + prefix + rb"c(\s[^>]*[^/>]|)>(?!</" + prefix + b"c>)")


@cache
def _each(prefix: bytes) -> re.Pattern[bytes]:
    return re.compile(b"<" + prefix + rb"c(\s[^>]*?)?(?:/>|>(.*?)</" + prefix + b"c>)", re.DOTALL)
