"""The base error of layering."""

from __future__ import annotations

from linkage.errors import LapisError


class LayeringError(LapisError):
    """Content, a rule or a query that cannot be used as given."""
