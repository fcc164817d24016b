"""What an operator knows of every row of a list and the list does not say: options of each command that reads one."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from linkage.identity import Defaults

TEXTS: Mapping[str, str] = {
    "programme": "code of the programme",
    "period": "yyyy-mm",
    "regency": "official code, such as 18.01",
    "district": "official code",
    "village": "official code",
    "dtsen": "month of the DTSEN version of its deciles, such as 2026-01",
}
"""The options that hold a text, and what stands in them."""
FIELDS = (*TEXTS, "register")


def add_options(parser: argparse.ArgumentParser, where: str = "where the list does not say") -> None:
    """Add the options; `where` tells when they are needed."""
    for field, help_ in TEXTS.items():
        parser.add_argument(f"--{field}", help=f"{help_}, {where}")
    parser.add_argument("--register", action="store_true", help="a register's list (DTSEN, P3KE): its rows give no aid")


def defaults(options: argparse.Namespace) -> Defaults:
    """Return what the options say."""
    return Defaults(**{field: getattr(options, field) for field in FIELDS})
