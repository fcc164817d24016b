"""What an evaluation refuses. Never carries a value about a person: codes, names of datasets and counts only."""

from __future__ import annotations

from linkage.errors import LapisError


class EvaluationError(LapisError):
    """A dataset or a policy that cannot be evaluated."""
