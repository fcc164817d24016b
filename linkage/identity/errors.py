"""The base error of this folder: a file that cannot be read as a list. Rows never raise; they get verdicts."""

from __future__ import annotations

from linkage.errors import LapisError


class IdentityError(LapisError):
    """Say by a stable code which file, sheet or column cannot be used, and what to do. Never a value."""
