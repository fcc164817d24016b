"""A sealed key file as lines that a person can type: RFC 4648 base32, numbered, each with a check of its own.

Holds only what is already under a passphrase. A wrong or missing line is named by its number.
"""

from __future__ import annotations

import base64
import hashlib
import re

from linkage.encoding.errors import EncodingError

_BYTES, _TEXT, _CHECK, _GROUP = 15, 24, 4, 4
_LENGTH = 2
_MOST = 99
# What people read for a sign that base32 does not have.
_ALIKE = str.maketrans("018", "OIB")


def lines(sealed: bytes) -> tuple[str, ...]:
    """Return lines such as `07 ABCD EFGH IJKL MNOP QRST UVWX CHEK`; raises EncodingError BACKUP_SIZE."""
    framed = len(sealed).to_bytes(_LENGTH, "big") + sealed
    count = -(-len(framed) // _BYTES)
    if count > _MOST:
        raise EncodingError("BACKUP_SIZE", f"expected at most {_MOST * _BYTES - _LENGTH} bytes")
    texts = base64.b32encode(framed.ljust(count * _BYTES, b"\0")).decode()
    return tuple(_line(number, texts[number * _TEXT : (number + 1) * _TEXT]) for number in range(count))


def _line(number: int, text: str) -> str:
    signs = text + _check(number, text)
    return " ".join([f"{number + 1:02d}", *(signs[at : at + _GROUP] for at in range(0, len(signs), _GROUP))])


def _check(number: int, text: str) -> str:
    digest = hashlib.sha256(f"lapis/backup/v1\x00{number}\x00{text}".encode()).digest()
    return base64.b32encode(digest[:_BYTES]).decode()[:_CHECK]


def parse(text: str) -> bytes:
    """Return the sealed file; raises EncodingError BACKUP_LINE, naming the first line that is wrong or missing."""
    found = [_parse(number, line) for number, line in enumerate(_cut(text))]
    framed = b"".join(found)
    end = _LENGTH + int.from_bytes(framed[:_LENGTH], "big")
    if not framed or not len(framed) - _BYTES < end <= len(framed):
        raise _wrong(len(found))
    return framed[_LENGTH:end]


def _cut(text: str) -> list[str]:
    """Return the signs of each line, as typed line by line or as scanned in one piece."""
    typed = [re.sub(r"[^0-9A-Z]", "", line.upper()) for line in text.splitlines()]
    full = 2 + _TEXT + _CHECK
    return [line[at : at + full] for line in typed for at in range(0, len(line), full)]


def _parse(number: int, line: str) -> bytes:
    named, text, check = line[:2], line[2 : 2 + _TEXT].translate(_ALIKE), line[2 + _TEXT :].translate(_ALIKE)
    if number >= _MOST or named != f"{number + 1:02d}" or check != _check(number, text):
        raise _wrong(number)
    return base64.b32decode(text)


def _wrong(number: int) -> EncodingError:
    hint = "compare it with the sheet, sign by sign"
    return EncodingError("BACKUP_LINE", "the line is missing or wrong", place=f"line {number + 1}", hint=hint)
