"""Find what a spreadsheet did to a column of NIKs or KKs as a whole. Marks cells as damaged, never restores a digit.

All arrays have shape (rows,).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linkage.identity.tables import load_toml

Rows = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Damage:
    """Say which rows not to use: `zeroed` lost their last digits, `filled` were dragged; `column`: all of it."""

    zeroed: Rows
    filled: Rows
    column: bool


def find(texts: Sequence[str | None], reasons: Sequence[str | None], codes: NDArray[np.int32]) -> Damage:
    """Judge a column by its distinct values: `texts`, 16 digits if sound, and `reasons`, the code's ending if not."""
    limits = load_toml("numbers")["damage"]
    sound = _flags([text is not None for text in texts], codes)
    ending = _flags([text is not None and text.endswith("0") for text in texts], codes)
    serial = _flags([reason == "SERIAL" for reason in reasons], codes)
    numeric = _flags([reason in {"NUMERIC", "SCIENTIFIC"} for reason in reasons], codes)
    absent = _flags([reason in {"NONE", "REPEATED", "DUMMY"} for reason in reasons], codes)
    filled = _fill_runs(texts, codes, int(limits["fill_run"]))
    enough = sound.sum() >= limits["zero_ending_rows"]
    all_zero = bool(enough and ending.sum() >= limits["zero_ending_share"] * sound.sum())
    bad = numeric | serial | filled
    bulk = bad.sum() >= max(limits["least_rows"], limits["share"] * (~absent).sum())
    column = bool(bulk or all_zero)
    zeroed = serial | ending if all_zero or (bulk and (numeric | serial).any()) else np.zeros(len(codes), np.bool_)
    return Damage(zeroed, filled, column)


def _flags(values: list[bool], codes: NDArray[np.int32]) -> Rows:
    return np.array(values, np.bool_)[codes]


def _fill_runs(texts: Sequence[str | None], codes: NDArray[np.int32], least: int) -> Rows:
    """Find rows in runs of at least `least` numbers that each add 1 to the one above."""
    numbers = np.fromiter((int(text) if text else 0 for text in texts), np.int64, len(texts))[codes]
    step = (np.diff(numbers) == 1) & (numbers[:-1] > 0)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], step, [False])).astype(np.int8)))
    marked = np.zeros(len(codes), np.bool_)
    for start, end in edges.reshape(-1, 2):
        if end - start + 1 >= least:
            marked[start : end + 1] = True
    return marked
