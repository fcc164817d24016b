"""The base error of the synthetic world."""

from __future__ import annotations

from linkage.errors import LapisError


class SynthError(LapisError):
    """A synthetic world that cannot be made as asked."""
