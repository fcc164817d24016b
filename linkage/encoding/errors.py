"""The one error of this room. It names a field or a place, never a value."""

from linkage.errors import LapisError


class EncodingError(LapisError):
    """Say that a policy, key, filter or submission cannot be used, and why."""
