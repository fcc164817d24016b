"""What this room refuses. Never carries a value about a person: codes, names of buckets and counts only."""

from __future__ import annotations

from linkage.errors import LapisError


class EngineError(LapisError):
    """A setting, a bucket or a cluster that cannot be worked with."""
