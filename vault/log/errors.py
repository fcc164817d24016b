"""The room's error."""

from linkage.errors import LapisError


class LogError(LapisError):
    """The log, a proof or a checkpoint is not what it says."""
