"""Settle the birth dates of a column, row by row, with the NIK where there is one. Never invents a date.

All arrays have shape (rows,): dates are datetime64[D] with NaT for none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linkage.identity.dates import Written
from linkage.identity.tables import load_toml

Dates = NDArray[np.datetime64]
Rows = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, repr=False)
class Births:
    """Hold `dates` of the column, `nik_dates` with their century settled, and the rows that deserve a code."""

    dates: Dates
    nik_dates: Dates
    ambiguous: Rows
    swapped: Rows
    differs: Rows


def as_days(dates: Sequence[dt.date | None]) -> Dates:
    """Return the dates as datetime64[D], None as NaT."""
    return np.array(dates, dtype="datetime64[D]")


def settle(written: Sequence[Written], codes: NDArray[np.int32], nik_dates: Dates) -> Births:
    """Choose between day first and month first: by the NIK, else by what the column proves, else not at all."""
    dmy = as_days([one.day_first for one in written])[codes]
    mdy = as_days([one.month_first for one in written])[codes]
    short = np.array([one.short for one in written], np.bool_)[codes]
    dmy, mdy, nik = _settle_century(dmy, mdy, short, nik_dates)
    known, open_ = ~np.isnat(nik), (dmy != mdy) & ~np.isnat(dmy)
    by_dmy, by_mdy = known & open_ & (dmy == nik), known & open_ & (mdy == nik)
    order = _column_order(written, codes, int(by_dmy.sum()), int(by_mdy.sum()))
    rest = open_ & ~by_dmy & ~by_mdy
    dates = np.where(by_mdy | (rest & (order == "mdy")), mdy, dmy)
    ambiguous = rest & (order == "")
    dates[ambiguous] = np.datetime64("NaT")
    swapped = known & ~open_ & (dates != nik) & (_swap(dates) == nik)
    dates = np.where(swapped, nik, dates)
    return Births(dates, nik, ambiguous, swapped, known & ~np.isnat(dates) & (dates != nik))


def _column_order(written: Sequence[Written], codes: NDArray[np.int32], by_dmy: int, by_mdy: int) -> str:
    """Return dmy or mdy if nearly all dates that prove an order prove this one, else an empty string."""
    proofs = np.array([one.proof for one in written], "U3")[codes]
    dmy, mdy = int((proofs == "dmy").sum()) + by_dmy, int((proofs == "mdy").sum()) + by_mdy
    least = float(load_toml("dates")["limits"]["order_share"]) * (dmy + mdy)
    if dmy + mdy == 0:
        return ""
    return "dmy" if dmy >= least else "mdy" if mdy >= least else ""


def _settle_century(dmy: Dates, mdy: Dates, short: Rows, nik: Dates) -> tuple[Dates, Dates, Dates]:
    """Let a four-digit year decide the century of the NIK, and the NIK that of a two-digit year."""
    dmy_off, mdy_off = _century_apart(dmy, nik), _century_apart(mdy, nik)
    settled = np.where(dmy_off & ~short, dmy, np.where(mdy_off & ~short, mdy, nik))
    return np.where(dmy_off & short, nik, dmy), np.where(mdy_off & short, nik, mdy), settled


def _century_apart(dates: Dates, nik: Dates) -> Rows:
    months = dates.astype("datetime64[M]")
    days = (dates - months).astype(int)
    nik_months = nik.astype("datetime64[M]")
    nik_days = (nik - nik_months).astype(int)
    apart = np.abs((months - nik_months).astype(int))
    both = ~np.isnat(dates) & ~np.isnat(nik)
    return np.asarray(both & (apart == 1200) & (days == nik_days))


def _swap(dates: Dates) -> Dates:
    """Return the dates with day and month exchanged, NaT where that is no date."""
    years = dates.astype("datetime64[Y]")
    months = (dates.astype("datetime64[M]") - years).astype(int)
    days = (dates - dates.astype("datetime64[M]")).astype(int)
    possible = ~np.isnat(dates) & (days < 12)
    swapped = (years.astype("datetime64[M]") + np.where(possible, days, 0)).astype("datetime64[D]") + months
    return np.where(possible, swapped, np.datetime64("NaT"))
