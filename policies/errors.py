"""The one error of this room: a rule file that cannot be read, or that breaks the house's rules."""

from __future__ import annotations

from linkage.errors import LapisError


class PolicyError(LapisError):
    """Say with a stable code which rule file is wrong, and where."""
