"""Read a sheet's XML as a stream of rows, each as the bytes that it is. Never holds more than a few rows.

No XML parser builds half a million rows in bounded memory at this speed, so rows are cut out by their tags. That is
sound because a tag's `<` cannot stand in text; where it could (comments, CDATA, entities of one's own) the sheet is
refused as unusual.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from linkage.giveback.errors import unusual
from linkage.giveback.package import other_encoding

_CHUNK = 1 << 20
_LONGEST_ROW = 64 << 20
_ROOT = re.compile(rb"<(?:([A-Za-z_][\w.-]*):)?worksheet[\s>]")
_NUMBER = re.compile(rb"""\sr\s*=\s*["']([0-9]{1,7})["']""")


@dataclass(slots=True, repr=False)
class Row:
    """One row's bytes: its opening tag with what stands before it, its cells, its closing tag (empty if none)."""

    number: int
    start: bytes
    inner: bytes
    end: bytes


class SheetReader:
    """A sheet's XML: `head` up to its first row, then `rows`, then, once they are drawn, `tail`.

    Raises GivebackError WORKBOOK_UNUSUAL on anything but plain UTF-8 XML as spreadsheet programs write it.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._buffer, self._ended = stream, b"", False
        self._declared = 4
        self.tail = b""
        while not (root := _ROOT.search(self._buffer)) and not self._ended:
            self._read(0)
        if root is None or other_encoding(self._buffer[:200]):
            raise unusual("a sheet is no plain XML")
        self.prefix: bytes = root.group(1) + b":" if root.group(1) else b""
        self.head = self._take_head()

    def _read(self, start: int) -> None:
        """Keep the buffer from `start` on and read on behind it."""
        fresh = self._stream.read(_CHUNK)
        self._ended = not fresh
        seam = self._buffer[-1:] + fresh
        # An XML declaration stands at the very start, or behind a byte order mark.
        if b"<!" in seam or seam.find(b"<?", self._declared) >= 0:
            raise unusual("a sheet has comments or raw text")
        self._buffer, self._declared = self._buffer[start:] + fresh, 0
        if len(self._buffer) > _LONGEST_ROW:
            raise unusual("a row is too long")

    def _take_head(self) -> bytes:
        opening = re.compile(b"<" + self.prefix + rb"sheetData(?:\s[^>]*)?>")
        while not (found := opening.search(self._buffer)):
            if self._ended:
                raise unusual("a sheet has no rows")
            self._read(0)
        if found.group().endswith(b"/>"):
            raise unusual("a sheet has no rows")
        head, self._buffer = self._buffer[: found.end()], self._buffer[found.end() :]
        return head

    def rows(self) -> Iterator[Row]:
        """Yield the rows in order; rows that do not say their number follow the one before."""
        following = re.compile(b"<" + self.prefix + rb"row(?=[\s/>])[^>]*>|</" + self.prefix + b"sheetData\\s*>")
        closing, at, number = b"</" + self.prefix + b"row>", 0, 0
        while True:
            found = following.search(self._buffer, at)
            end = -1
            if found is not None:
                tag = found.group()
                if tag.startswith(b"</"):
                    self._take_tail(found.start())
                    return
                end = found.end() if tag.endswith(b"/>") else self._buffer.find(closing, found.end())
            if found is None or end < 0:
                self._more(at)
                at = 0
                continue
            named = _NUMBER.search(tag)
            number = int(named.group(1)) if named else number + 1
            start, inner = self._buffer[at : found.end()], self._buffer[found.end() : end]
            last = b"" if tag.endswith(b"/>") else closing
            at = end + len(last)
            yield Row(number, start, inner, last)

    def _more(self, at: int) -> None:
        if self._ended:
            raise unusual("a sheet is cut")
        self._read(at)

    def _take_tail(self, at: int) -> None:
        parts = [self._buffer[at:]]
        self._buffer = parts[0][-1:]
        while not self._ended:
            self._read(len(self._buffer))
            parts.append(self._buffer)
        self.tail = b"".join(parts)
