"""The base error of this room: a workbook that cannot be given back as it is. Never a value."""

from __future__ import annotations

from linkage.errors import LapisError


class GivebackError(LapisError):
    """Say by a stable code what cannot be written back, and what to do instead."""


def unusual(what: str) -> GivebackError:
    """Return the refusal of a workbook whose inside is not what spreadsheet programs write."""
    return GivebackError("WORKBOOK_UNUSUAL", what, hint="a new workbook is written instead")
