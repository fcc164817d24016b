"""What a browser asks and what it is answered, knowing no socket. Requests do not print: they hold lists and names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import parse_qs, quote

import python_multipart
from python_multipart.multipart import Field, File

from linkage.errors import LapisError

LARGEST = 128 * 2**20
"""Octets of a form with its file: a workbook of half a million rows has some 60 million."""
_CONFIG = {"MAX_MEMORY_FILE_SIZE": 2 * LARGEST, "MAX_BODY_SIZE": LARGEST, "MAX_FIELDS": 400, "MAX_FIELD_SIZE": 65_536}
_AT_ONCE = 1 << 18
_LARGEST_FIELDS = 1 << 18
"""Octets of a form without files."""
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069<>:\"|?*/\\]")
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, repr=False)
class Upload:
    """A file that came with a form: its name, made safe, and its octets. Does not print."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Form:
    """The values and files of a form, by field. Does not print."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, Sequence[Upload]] = field(default_factory=dict)

    def one(self, name: str) -> str:
        """Return a field's value without blanks around it, or nothing."""
        return next(iter(self.values.get(name, ())), "").strip()

    def file(self, name: str) -> Upload | None:
        """Return a field's file, if one was chosen."""
        return next((each for each in self.files.get(name, ()) if each.content or each.name), None)


@dataclass(frozen=True, slots=True, repr=False)
class Head:
    """A request but for its body: `headers` by lower-case name, each with all its values. Does not print."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, Sequence[str]]

    def header(self, name: str) -> str | None:
        """Return a header's value; None if it is missing or there twice."""
        found = self.headers.get(name, ())
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What a browser gets."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class RefusedError(LapisError):
    """Refuse a request by a status, a code and nothing else."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code, "the request was refused")
        self.status = status


def go(address: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Send the browser on."""
    return Answer(b"", 303, {"location": address, **(headers or {})})


def give(content: bytes, name: str, kind: str) -> Answer:
    """Hand a file over; it is kept by the browser where its person wants it, and never shown."""
    saved = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Answer(content, 200, {"content-type": kind, "content-disposition": saved})


def parse(read: Callable[[int], bytes], head: Head) -> Form:
    """Read a form from its body; raises RefusedError FORM_TOO_LARGE or FORM_UNREADABLE."""
    size, kind = head.header("content-length"), head.header("content-type") or ""
    if size is None or not size.isascii() or not size.isdigit() or "transfer-encoding" in head.headers:
        raise RefusedError(411, "FORM_UNREADABLE")
    if int(size) > LARGEST:
        raise RefusedError(413, "FORM_TOO_LARGE")
    named = kind.partition(";")[0].strip().lower()
    if named == "multipart/form-data":
        return _parse(read, int(size), kind)
    if named != "application/x-www-form-urlencoded" or int(size) > _LARGEST_FIELDS:
        raise RefusedError(415, "FORM_UNREADABLE")
    return _fields(read(int(size)))


def _fields(body: bytes) -> Form:
    try:
        text = body.decode("ascii")
        return Form(parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=_CONFIG["MAX_FIELDS"]))
    except ValueError:
        raise RefusedError(400, "FORM_UNREADABLE") from None


def _parse(read: Callable[[int], bytes], left: int, kind: str) -> Form:
    values: dict[str, list[str]] = {}
    uploads: dict[str, list[Upload]] = {}

    def on_field(one: Field) -> None:
        values.setdefault(_text(one.field_name), []).append(_text(one.value))

    def on_file(one: File) -> None:
        one.file_object.seek(0)
        name = safe_name(_text(one.file_name)) if one.file_name else ""
        uploads.setdefault(_text(one.field_name), []).append(Upload(name, one.file_object.read()))
        one.close()

    try:
        parser = python_multipart.create_form_parser(
            {"Content-Type": kind.encode("latin-1")}, on_field, on_file, _CONFIG
        )
        while left:
            part = read(min(left, _AT_ONCE))
            if not part:
                raise RefusedError(400, "FORM_UNREADABLE")
            parser.write(part)
            left -= len(part)
        parser.finalize()
    except (python_multipart.exceptions.FormParserError, UnicodeError):
        raise RefusedError(400, "FORM_UNREADABLE") from None
    return Form(values, uploads)


def _text(octets: bytes | None) -> str:
    return (octets or b"").decode("utf-8", errors="replace")


def safe_name(name: str) -> str:
    """Return the name of a file that can be a file here and nothing else: no folder, no control sign, not too long."""
    bare = _FORBIDDEN.sub("_", name.replace("\\", "/").rpartition("/")[2]).strip(" .")
    path = PurePosixPath(bare or "daftar")
    ending = path.suffix[:10]
    stem = path.name.removesuffix(path.suffix).encode()[: _LONGEST_NAME - len(ending.encode())]
    return stem.decode(errors="ignore").rstrip(" .") + ending
