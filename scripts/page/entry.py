"""One person by a form, for who has no list: it becomes a list of one row, checked and sealed like any other.

The reason why there is no NIK stays in the agency's own workbook; it is not sent.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow.compute as pc
import xlsxwriter

from linkage import identity
from linkage.identity import Defaults, Reading
from scripts.page import places
from scripts.page.exchange import Answer
from scripts.page.labels import LABELS
from scripts.page.visit import Visit

FIELDS = ("name", "nik", "reason", "birth", "sex", "village", "programme", "period", "amount")
HEADERS = ("NIK", "Nama", "Jenis Kelamin", "Tanggal Lahir", "Desa", "Kecamatan", "Kabupaten", "Program", "Periode",
           "Nominal", "Keterangan")  # fmt: skip
NO_NIK = "belum ada"
_SHEET = "Entri"
_MADE = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - the format stores no zone
_MONEY = re.compile(r"(?:rp\.?)?\s*([0-9]{1,3}(?:[. ]?[0-9]{3})*)(?:,-|,00)?", re.IGNORECASE)
_LONGEST = 120


@dataclass(frozen=True, slots=True, repr=False)
class Entered:
    """What was written into the form, and the village's code once it is settled. Does not print."""

    values: Mapping[str, str]
    village: str | None = None


def show(visit: Visit) -> Answer:
    """Show the empty form."""
    values = dict.fromkeys(FIELDS, "")
    values |= {"programme": visit.session.last_programme, "period": visit.session.last_period}
    return _form(visit, values, {}, ())


def _form(visit: Visit, values: Mapping[str, str], missing: Mapping[str, str], candidates: tuple[str, ...]) -> Answer:
    return visit.page(
        "person.html", status=422 if missing else 200, values=values, missing=missing,
        candidates=[places.full_name(code) for code in candidates], villages=places.villages(),
        programmes=identity.programme_codes(), reasons=LABELS["reason"],
    )  # fmt: skip


def put(visit: Visit) -> Answer:
    """Check the form; make a list of one row of it, or show what is to be put right."""
    values = {name: visit.form.one(name)[:_LONGEST] for name in FIELDS}
    # A line break or tab that somebody pasted is a blank.
    values = {name: " ".join(value.split()) for name, value in values.items()}
    chosen = visit.form.one("village_of")
    codes = places.find(chosen or values["village"])
    missing = _missing(values, codes)
    if not missing:
        data = workbook(Entered(values, codes[0]))
        reading = identity.read_records(data, f"{_SHEET}.xlsx", Defaults())
        missing = _unread(reading, values)
    if missing:
        return _form(visit, values, missing, codes if len(codes) > 1 else ())
    visit.session.last_programme, visit.session.last_period = values["programme"], values["period"]
    made = visit.session.put(_name(visit), data, Defaults(), single=True)
    made.read()
    return visit.go(f"lists/{made.number}")


def _name(visit: Visit) -> str:
    """Return a name that tells when it was made, and nothing of whom."""
    now = dt.datetime.now(dt.UTC).astimezone()
    return f"entri-{now:%Y%m%d-%H%M%S}-{visit.session.number()}.xlsx"


def _missing(values: Mapping[str, str], codes: tuple[str, ...]) -> dict[str, str]:
    """Return what is to be put right, by field."""
    tests = {
        "name": not any(sign.isalpha() for sign in values["name"]),
        "nik": not values["nik"] and values["reason"] not in LABELS["reason"],
        "nik-both": bool(values["nik"]) and bool(values["reason"]),
        "birth": bool(values["birth"]) and _day(values["birth"]) is None,
        "sex": values["sex"] not in {"L", "P"},
        "village": not codes,
        "village-several": len(codes) > 1,
        "programme": values["programme"] not in identity.programme_codes(),
        "period": not values["period"],
        "amount": bool(values["amount"]) and _money(values["amount"]) is None,
    }
    return {name.partition("-")[0]: name for name, wrong in tests.items() if wrong}


def _unread(reading: Reading, values: Mapping[str, str]) -> dict[str, str]:
    """Return what the reader cannot use, by field."""
    said = set(reading.verdicts["code"].to_pylist())
    status = reading.records["nik_status"].to_pylist()
    tests = {
        "name": bool(said & {"NAME_MISSING", "NAME_NOT_TEXT", "NAME_SCRIPT", "ROW_NO_IDENTITY"}),
        "nik-wrong": bool(values["nik"]) and status != ["ok"],
        "birth": bool(said & {"DATE_UNREADABLE", "DATE_IMPOSSIBLE", "DATE_FUTURE"}),
        "period": bool(said & {"PERIOD_UNREADABLE", "PERIOD_NO_YEAR"}),
        "amount": pc.any(pc.is_null(reading.records["amount"])).as_py() is True and bool(values["amount"]),
    }
    return {name.partition("-")[0]: name for name, wrong in tests.items() if wrong}


def _day(text: str) -> dt.date | None:
    """Read a day as it is written here: a calendar of the browser would have it as the browser's country does."""
    for form in ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"):
        try:
            return dt.datetime.strptime(text, form).date()  # noqa: DTZ007 - a birthday has no zone
        except ValueError:
            continue
    return None


def _money(text: str) -> int | None:
    found = _MONEY.fullmatch(text)
    return int(re.sub(r"\D", "", found[1])) if found else None


def workbook(entered: Entered) -> bytes:
    """Return the list of one row; every cell but the amount is text, whatever it begins with."""
    values, code = entered.values, entered.village or ""
    village, district, regency = places.full_name(code).split(", ")
    day = _day(values["birth"])
    row = (
        values["nik"] or NO_NIK, values["name"], values["sex"], f"{day:%d-%m-%Y}" if day else "", village, district,
        regency, values["programme"], values["period"], _money(values["amount"]) if values["amount"] else "",
        LABELS["reason"].get(values["reason"], ""),
    )  # fmt: skip
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": _MADE})
        sheet, text = book.add_worksheet(_SHEET), book.add_format({"num_format": "@"})
        sheet.set_column(0, len(HEADERS) - 1, 20, text)
        for column, (header, cell) in enumerate(zip(HEADERS, row, strict=True)):
            sheet.write_string(0, column, header)
            sheet.write_number(1, column, cell) if isinstance(cell, int) else sheet.write_string(1, column, cell, text)
    return out.getvalue()
