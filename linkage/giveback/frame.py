"""What stands before a sheet's rows: how far it reaches and how wide its columns are. Changes nothing else."""

from __future__ import annotations

import re

from linkage.giveback.cells import letters, number

_EDGE = re.compile(rb"""(<(?:[\w.-]+:)?dimension\s+ref=["'][A-Z]+[0-9]+)(?::([A-Z]+)([0-9]+))?(["'])""")
_COLUMN = re.compile(rb"<(?:[\w.-]+:)?col\s[^>]*?/>")
_FROM, _TO = (re.compile(rb"\s" + name + rb"""=["']([0-9]+)["']""") for name in (b"min", b"max"))
_MERGED = re.compile(rb"""mergeCell\s+ref=["']([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)["']""")


def reach(head: bytes, column: int) -> bytes:
    """Let the sheet's declared extent reach `column`, from 1."""

    def further(found: re.Match[bytes]) -> bytes:
        start, right, bottom, quote = found.groups()
        if right is None or number(right) >= column:
            return found.group()
        return bytes(start + b":" + letters(column).encode() + bottom + quote)

    return _EDGE.sub(further, head, count=1)


def set_widths(head: bytes, prefix: bytes, first: int, widths: tuple[int, ...]) -> bytes:
    """Give the columns from `first` on their widths, and leave every other column its own."""
    last = first + len(widths) - 1
    kept = [part for each in _COLUMN.findall(head) for part in _outside(each, first, last)]
    fresh = [
        (column, b"<" + prefix + f'col min="{column}" max="{column}" width="{width}" customWidth="1"/>'.encode())
        for column, width in enumerate(widths, first)
    ]
    columns = b"".join(each for _, each in sorted(kept + fresh, key=lambda one: one[0]))
    table = b"<" + prefix + b"cols>" + columns + b"</" + prefix + b"cols>"
    existing = re.compile(b"<" + prefix + rb"cols(?:\s[^>]*)?>.*?</" + prefix + b"cols>", re.DOTALL)
    if existing.search(head):
        return existing.sub(lambda _: table, head, count=1)
    at = head.rindex(b"<" + prefix + b"sheetData")
    return head[:at] + table + head[at:]


def _outside(column: bytes, first: int, last: int) -> list[tuple[int, bytes]]:
    """Return what of a range of columns lies left and right of ours, each with where it begins."""
    start, end = _FROM.search(column), _TO.search(column)
    if start is None or end is None:
        return []
    low, high = int(start.group(1)), int(end.group(1))
    parts = [(low, min(high, first - 1)), (max(low, last + 1), high)]
    return [
        (left, _TO.sub(b' max="%d"' % right, _FROM.sub(b' min="%d"' % left, column))) for left, right in parts
        if left <= right
    ]  # fmt: skip


def merged_until(tail: bytes, below: int) -> int:
    """Return the last column that merged cells cover from row `below` on; 0 without any."""
    return max((number(right) for _, _, right, bottom in _MERGED.findall(tail) if int(bottom) >= below), default=0)
