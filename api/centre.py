"""The centre as its services see it: where things lie, under which policy, by which clock and entropy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from linkage.encoding import LinkagePolicy
from vault import VaultSession

Report = Callable[[str, int, int], None]
"""Progress: what is done, how many, of how many."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many tokens ingest may ask of the vault for one agency on one UTC day.

    `identity`: of NIKs and KKs, about three a row; `anchor`: of cells that people share, about two a row. Each opens
    something to whoever has the epoch key: the first a person, the second a cell with all who are in it.
    """

    identity: int = 600_000
    anchor: int = 400_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one agency may learn: own rows asked about on a UTC day, own rows sent back for review at a weekly cut.

    The first is a province's largest list and not a province of guesses; the second what people can review in a week.
    """

    rows_a_day: int = 200_000
    rows_a_cut: int = 500


@dataclass(frozen=True, slots=True)
class Centre:
    """Everything a service works with; put together once, by the command line or the server."""

    store: Engine
    filters: Path
    lock: Path
    policy: LinkagePolicy
    programmes: frozenset[str]
    login: Callable[[str], VaultSession]
    clock: Callable[[], datetime]
    entropy: Callable[[int], bytes]
    limits: Limits = Limits()
    bounds: Bounds = Bounds()
