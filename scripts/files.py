"""Files of the command lines: passphrases, private files, cards. Never prints what is in them."""

from __future__ import annotations

import argparse
import getpass
import os
from pathlib import Path
from typing import TypeVar

from linkage.encoding import CentreCard, EnrolmentCard, EpochCard, cards
from linkage.errors import LapisError

PASSPHRASE_FILE = "LAPIS_PASSPHRASE_FILE"  # noqa: S105 — names a variable, holds nothing
Card = TypeVar("Card", EnrolmentCard, CentreCard, EpochCard)


def add_passphrase(parser: argparse.ArgumentParser) -> None:
    """Add the option that names a file with the passphrase."""
    parser.add_argument(
        "--passphrase-file", type=Path, default=os.environ.get(PASSPHRASE_FILE), help="instead of asking for it"
    )


def passphrase(options: argparse.Namespace) -> str:
    """Return the passphrase, from its file or asked for."""
    if options.passphrase_file:
        return read(Path(options.passphrase_file)).decode().strip()
    return getpass.getpass("passphrase: ")


def read(path: Path) -> bytes:
    """Return a file's bytes; raises LapisError FILE_UNREADABLE."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise LapisError("FILE_UNREADABLE", error.strerror or "cannot be read", place=str(path)) from None


def card(path: Path, kind: type[Card]) -> Card:
    """Return the card in a file."""
    try:
        return cards.load(read(path).decode(errors="replace"), kind)
    except LapisError as error:
        raise LapisError(error.code, error.message, place=str(path), hint=error.hint) from None


def write_private(path: Path, content: bytes) -> None:
    """Write a new file that only its owner reads; raises LapisError FILE_EXISTS rather than replace one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise LapisError("FILE_EXISTS", "already there, and not replaced", place=str(path)) from None
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def replace_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads, in the place of an older one, which stays whole until then."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    write_private(part, content)
    part.replace(path)
