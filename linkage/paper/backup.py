"""The backup of an agency's keys on paper: the sealed key file as a QR code and as lines to type, and a fingerprint.

What is printed is the passphrase box and never a key: the sheet opens nothing without the passphrase.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.units import mm

from linkage.giveback import Language, word
from linkage.paper import pages

_SIZE = 78 * mm


@dataclass(frozen=True, slots=True, repr=False)
class Backup:
    """Say whose keys: the agency's id and name, its card's `fingerprint`, the day, the sealed file's `lines`."""

    party: str
    name: str
    fingerprint: str
    day: dt.date
    lines: Sequence[str]


def backup_sheet(backup: Backup, language: Language) -> bytes:
    """Return the sheet as a PDF of one A4 page."""

    def say(name: str) -> str:
        return word(language, name)

    facts = [
        (say("agency"), f"{backup.name} ({backup.party})"),
        (say("day"), backup.day.strftime("%d-%m-%Y")),
        (say("fingerprint"), backup.fingerprint),
    ]
    story = [
        pages.line(say("backup"), "title", centred=True),
        pages.gap(3),
        pages.table(facts, (0.3, 0.7), heads=0, lines=False),
        pages.gap(2),
        pages.line(say("backup_what")),
        _code(" ".join(backup.lines)),
        pages.line(say("backup_lines"), "head"),
        *(pages.code(each) for each in backup.lines),
        pages.line(say("backup_how"), "head"),
        pages.line(say("backup_steps")),
    ]
    return pages.build(story, say("backup"), say("page"))


def _code(text: str) -> Any:
    """Return a QR code of capitals and digits, of which a seventh may be lost."""
    widget = QrCodeWidget(text, barLevel="M", barWidth=_SIZE, barHeight=_SIZE)
    drawing = Drawing(_SIZE, _SIZE)
    drawing.hAlign = "CENTER"
    drawing.add(widget)
    return drawing
