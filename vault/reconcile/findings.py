"""What a reconciler finds, each kind under a stable code. A finding names ids, places and counts, never a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from linkage.errors import LapisError

CODES: Mapping[str, str] = {
    "UNMATCHED_ASK": "the vault was asked to open a reference, and no case of ours says so",
    "UNMATCHED_RELEASE": "the vault opened a reference, and no release of ours says so",
    "RELEASE_MISSING": "a release of ours that the vault's trail does not show",
    "REPLAY": "one answer was opened twice, or somebody tried to",
    "TOO_FEW_APPROVERS": "a reference was opened without two people of two groups, other than who opened the case",
    "UNGATED_PATH": "a sealed reference or a key left the vault past the gate",
    "NO_ENTITY": "a token that belongs to nobody was used",
    "GAP": "the vault's trail is not whole",
    "POLICY_CHANGED": "a policy, login, group or key was changed outside of a recorded run",
    "TOKENS_BEYOND_BUDGET": "more tokens were peppered than ingest counted: somebody else holds its credential",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a person must look at: its code, what it is about, where the trail shows it, when, how often.

    `about`: a request's id in the vault, a path, a part's name or a day; with the code it tells findings apart.
    """

    code: str
    about: str
    place: str
    at: datetime
    detail: str
    count: int = 1
    case: str = ""

    @property
    def key(self) -> str:
        """Name the finding, the same at every look."""
        return f"{self.code} {self.about}"

    @property
    def size(self) -> str:
        """Name the finding with its magnitude: one that has doubled is told again."""
        return f"{self.key} {self.count.bit_length()}"


class TrailError(LapisError):
    """A line of the vault's trail, or the state of an earlier look, is not what it should be."""
