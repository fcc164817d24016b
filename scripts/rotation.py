"""`lapis centre rotate-audit`: put the vault's audit file aside, and drop parts that are older than they must be kept.

What was put aside, and what was dropped, stands in the access log: a part that goes missing otherwise is an alarm.
"""

from __future__ import annotations

import argparse
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from api.services import oversight
from api.services.oversight import Rotation
from linkage.errors import LapisError
from scripts import homes
from scripts.console import Answer, Sheet

KEEP = 400
"""Days: a year, and the time to audit it."""
LEAST = 4
"""Days: a request may wait for its approval for three."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--keep-days", type=int, default=KEEP, help=f"drop parts older than this (default {KEEP})")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> Answer:
    """Rotate, record, and only then drop."""
    if options.keep_days < LEAST:
        raise LapisError("KEEP_TOO_SHORT", f"expected at least {LEAST} days: cases wait so long", place="--keep-days")
    home = homes.load(options.home)
    centre = home.centre("lampung")
    part = home.embedded.rotate_audit()
    old = _older(part.parent, centre.clock() - timedelta(days=options.keep_days))
    with part.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    made = Rotation(part.name, part.stat().st_size, digest, [path.name for path in old])
    oversight.record_rotation(centre, made)
    for path in old:
        path.unlink()
    rows = [("put aside", made.part), ("octets", made.octets), ("SHA-256", digest), ("dropped parts", len(old))]
    return Answer({"part": made.part, "octets": made.octets, "digest": digest, "dropped": list(made.dropped)},
                  [Sheet("Audit trail", ("", ""), rows)])  # fmt: skip


def _older(folder: Path, before: datetime) -> list[Path]:
    """Return the parts whose last line was written before; never the one that is being written."""
    parts = sorted(folder.glob("audit-*.log"))
    return [path for path in parts if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before]
