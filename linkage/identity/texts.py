"""Decode the text of a .csv or a page, strictly: what could be read in two ways is refused, or the operator says."""

from __future__ import annotations

import re

from linkage.identity.errors import IdentityError

ENCODINGS = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "cp850")
"""What the operator may name."""

_BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
# Letters and signs that Indonesian lists in cp1252 use; anything else means another code page.
_CP1252_SIGNS = frozenset("àáâãäåçèéêëìíîïñòóôõöùúûüýÿÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝ‘’“”–—…•°²½\u00a0")
# In an Indonesian list an accented letter stands alone; two together are another alphabet read wrongly.
_OTHER_SCRIPT = re.compile("[À-ÿ]{2}")
_SAMPLE = 4096


def is_text(data: bytes) -> bool:
    """Tell whether the bytes can be text at all: no zero bytes, except as half of UTF-16."""
    return b"\0" not in data[:100_000] or data.startswith((b"\xff\xfe", b"\xfe\xff")) or _is_bare_utf_16(data)


def decode(data: bytes, file_name: str, encoding: str | None = None) -> str:
    """Return the text; `encoding`, one of ENCODINGS, is the operator's word. Raises IdentityError FILE_ENCODING."""
    text = _by_name(data, encoding) if encoding else _decide(data)
    if text is None:
        hint = f"save it as CSV UTF-8, or name its encoding: {', '.join(ENCODINGS)}"
        raise IdentityError("FILE_ENCODING", "letters cannot be decided", place=file_name, hint=hint)
    return text


def _by_name(data: bytes, encoding: str) -> str | None:
    if encoding not in ENCODINGS:
        return None
    try:
        return data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError:
        return None


def _decide(data: bytes) -> str | None:
    if _is_bare_utf_16(data):
        return None
    for mark, encoding in (*_BOMS, (b"", "utf-8")):
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                if error.reason == "unexpected end of data":
                    return None
                break
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    sure = all(sign.isascii() or sign in _CP1252_SIGNS for sign in set(text)) and not _OTHER_SCRIPT.search(text)
    return text if sure else None


def _is_bare_utf_16(data: bytes) -> bool:
    """Tell whether every other byte is zero: UTF-16 that does not say which half comes first."""
    head = data[:_SAMPLE]
    if len(head) < 8 or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    halves = head[0::2].count(0), head[1::2].count(0)
    return max(halves) >= 0.4 * len(head) and min(halves) == 0
