"""The one error of this room. It names a setting or a count, never a value."""

from linkage.errors import LapisError


class AttackError(LapisError):
    """Say that an attack cannot be run as asked, and why."""
