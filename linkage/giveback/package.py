"""The zip that a workbook is: its parts, what they are called, and copying them as they are, still compressed.

Never unpacks a part that stays as it was.
"""

from __future__ import annotations

import copy
import posixpath
import re
import struct
import zipfile
from collections.abc import Iterator
from typing import IO, BinaryIO
from xml.etree import ElementTree

from linkage.giveback.errors import unusual

WORKBOOK, RELATIONS, TYPES = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"
_LOCAL_HEADER = 30
_LOCAL_MAGIC = b"PK\x03\x04"
_COPIED_AT_ONCE = 1 << 20
_LARGEST_INDEX = 4 << 20
"""Bytes of the parts that list other parts: a few hundred a sheet."""
_STREAMED = 0x08
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_ID = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the part of each sheet by the sheet's name; raises GivebackError WORKBOOK_UNUSUAL."""
    targets = {
        each.get("Id"): posixpath.normpath(posixpath.join("/xl", each.get("Target") or "")).lstrip("/")
        for each in parse(archive, RELATIONS)
    }
    found = {}
    for sheet in parse(archive, WORKBOOK).iter():
        if sheet.tag.endswith("}sheet"):
            found[sheet.get("name") or ""] = targets.get(sheet.get(_ID) or sheet.get(_STRICT_ID)) or ""
    return found


def parse(archive: zipfile.ZipFile, part: str) -> ElementTree.Element:
    """Return a small part as a tree."""
    try:
        return ElementTree.fromstring(text(archive, part))  # noqa: S314 — no document types, and small: see `text`
    except ElementTree.ParseError:
        pass
    raise unusual("a part is no XML")


def text(archive: zipfile.ZipFile, part: str) -> bytes:
    """Return a small part's bytes in UTF-8; whatever could unfold into more than it is, is refused."""
    try:
        if archive.getinfo(part).file_size > _LARGEST_INDEX:
            raise unusual("a list of parts is too long")
        content = archive.read(part)
    except KeyError:
        raise unusual("a part is missing") from None
    if b"<!" in content or not content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") or other_encoding(content):
        raise unusual("a part is no plain XML")
    return content


def namespace(content: bytes) -> str:
    """Return the namespace of a part's root: Excel's own, or that of strict files."""
    found = re.search(rb"""xmlns(?::[\w.-]+)?=["'](http://[^"']+/spreadsheetml/(?:2006/)?main)["']""", content)
    if found is None:
        raise unusual("a part has no namespace")
    return found.group(1).decode()


def shared_texts(stream: IO[bytes], wanted: frozenset[int]) -> dict[int, str]:
    """Return the wanted entries of a table of shared texts, which is read as far as needed and not kept."""
    found: dict[int, str] = {}
    steps = ElementTree.iterparse(stream, ("start", "end"))  # noqa: S314 — the reader of the list has read it before
    root = next(steps)[1]
    number = 0
    for event, element in steps:
        if event == "end" and element.tag.endswith("}si"):
            if number in wanted:
                found[number] = "".join(each.text or "" for each in element.iter() if each.tag.endswith("}t"))
            number += 1
            root.clear()
            if len(found) == len(wanted):
                break
    return found


def other_encoding(start: bytes) -> bool:
    """Tell whether an XML declaration names another encoding than UTF-8."""
    declared = re.match(rb"""\s*<\?xml[^>]*encoding\s*=\s*["']([^"']+)["']""", start.removeprefix(b"\xef\xbb\xbf"))
    return declared is not None and declared.group(1).upper() not in {b"UTF-8", b"US-ASCII", b"ASCII"}


def copy_part(source: BinaryIO, info: zipfile.ZipInfo, target: zipfile.ZipFile) -> None:
    """Copy one part as it is stored, compressed bytes and all."""
    if target.fp is None:
        raise ValueError("the target is closed")
    fresh = copy.copy(info)
    fresh.extra = b""
    fresh.flag_bits &= ~_STREAMED
    blocks = _stored(source, info)
    fresh.header_offset = target.start_dir
    target.fp.seek(target.start_dir)
    target.fp.write(fresh.FileHeader())
    for block in blocks:
        target.fp.write(block)
    target.start_dir = target.fp.tell()
    target.filelist.append(fresh)
    target.NameToInfo[fresh.filename] = fresh


def _stored(source: BinaryIO, info: zipfile.ZipInfo) -> Iterator[bytes]:
    source.seek(info.header_offset)
    header = source.read(_LOCAL_HEADER)
    if len(header) < _LOCAL_HEADER or header[:4] != _LOCAL_MAGIC:
        raise unusual("a part has no header")
    name, extra = struct.unpack("<HH", header[26:30])
    source.seek(name + extra, 1)
    left = info.compress_size
    while left:
        block = source.read(min(left, _COPIED_AT_ONCE))
        if not block:
            raise unusual("a part is cut")
        yield block
        left -= len(block)
