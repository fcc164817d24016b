"""Put the columns of one sheet together into records: who, where, which aid. Reads each distinct cell once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from linkage.identity import aid, birth, dates, name_columns, numbers, sexes
from linkage.identity.aid import Known, take
from linkage.identity.cells import Cell, Column, as_text, is_blank
from linkage.identity.numbers import Numbers, Settled
from linkage.identity.regions import Gazetteer, Place, resolve
from linkage.identity.verdicts import Verdicts

RECORD_SCHEMA = pa.schema(
    [
        pa.field("sheet", pa.string(), nullable=False),
        pa.field("row", pa.int32(), nullable=False),
        pa.field("nik", pa.string()),
        pa.field("nik_status", pa.string(), nullable=False),
        pa.field("kk", pa.string()),
        pa.field("kk_status", pa.string(), nullable=False),
        pa.field("name", pa.string()),
        pa.field("father", pa.string()),
        pa.field("mononym", pa.bool_(), nullable=False),
        pa.field("birth_date", pa.date32()),
        pa.field("birth_date_default", pa.bool_(), nullable=False),
        pa.field("nik_birth_date", pa.date32()),
        pa.field("sex", pa.string()),
        pa.field("regency", pa.string()),
        pa.field("village", pa.string()),
        *aid.FIELDS,
    ]
)

LANE_SCHEMA = pa.schema(
    [
        pa.field("sheet", pa.string(), nullable=False),
        pa.field("row", pa.int32(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
    ]
)

Rows = NDArray[np.bool_]
_DAYS_1904, _MOST_DAYS = 1462, 99_999


@dataclass(frozen=True, slots=True, repr=False)
class List:
    """Hold the rows of one list: `rows`, their int32 numbers in the sheet, the `columns` by role and their numbers.

    `moved` marks the rows whose cells stand in the wrong columns; `since_1904`: days as numbers count from 1904;
    `headers` are the texts above the columns.
    """

    sheet: str
    rows: NDArray[np.int32]
    header_row: int
    columns: dict[str, Column]
    nik: Numbers
    kk: Numbers
    moved: Rows
    since_1904: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class _Persons:
    name: pa.Array
    father: pa.Array
    mononym: pa.Array


@dataclass(frozen=True, slots=True, repr=False)
class Assembled:
    """Hold the accepted rows (RECORD_SCHEMA), and why some of them have no usable NIK (LANE_SCHEMA)."""

    records: pa.Table
    lane: pa.Table


def assemble(people: List, known: Known, places: Gazetteer, as_of: dt.date, verdicts: Verdicts) -> Assembled:
    """Put the accepted rows together; what has to be said goes to `verdicts`."""
    columns = people.columns
    nik = numbers.settle(people.nik, verdicts, people.header_row if "nik" in columns else None)
    kk = numbers.settle(people.kk, verdicts, people.header_row if "kk" in columns else None)
    kk = numbers.apart(kk, nik, verdicts)
    numbers.add_notes(people.nik, nik.usable, verdicts)
    persons = _read_names(people, verdicts)
    births = _read_births(people, nik, as_of, verdicts)
    sex = _read_sexes(people, nik, verdicts)
    regency, village = _read_places(people, known.place, places, verdicts)
    given = aid.read(columns, len(people.rows), people.headers, known, verdicts)
    shown = nik.usable | np.asarray(persons.name.is_valid())
    verdicts.add("row", "ROW_SHIFTED", people.moved)
    verdicts.add("row", "ROW_NO_IDENTITY", ~shown & ~people.moved)
    accepted = shown & ~people.moved
    day = np.where(np.isnat(births.dates), births.nik_dates, births.dates)
    values = [
        pa.repeat(pa.scalar(people.sheet), len(people.rows)), people.rows,
        nik.texts, nik.statuses, kk.texts, kk.statuses,
        persons.name, persons.father, persons.mononym, births.dates, _defaults(day), births.nik_dates, sex,
        regency, village, *(given[one.name] for one in aid.FIELDS),
    ]  # fmt: skip
    arrays = [_array(value, kind) for value, kind in zip(values, RECORD_SCHEMA, strict=True)]
    registered = pc.fill_null(pc.equal(given["status"], aid.REGISTERED), False)
    keep = pc.and_(pa.array(accepted), pc.or_(given["programme"].is_valid(), registered))
    records = pa.Table.from_arrays([array.filter(keep) for array in arrays], schema=RECORD_SCHEMA)
    why = numbers.lanes(people.nik, nik).filter(keep)
    lane = [records["sheet"].filter(why.is_valid()), records["row"].filter(why.is_valid()), why.drop_null()]
    return Assembled(records, pa.Table.from_arrays(lane, schema=LANE_SCHEMA))


def _array(value: pa.Array | NDArray[np.generic], kind: pa.Field) -> pa.Array:
    return value if isinstance(value, pa.Array) else pa.array(value, kind.type)


def _defaults(days: birth.Dates) -> Rows:
    distinct, places = np.unique(days, return_inverse=True)
    return np.array([day is not None and dates.is_default(day) for day in distinct.tolist()], np.bool_)[places]


def _read_names(people: List, verdicts: Verdicts) -> _Persons:
    column, rows = people.columns.get("name"), len(people.rows)
    if column is None:
        nothing = pa.nulls(rows, pa.string())
        return _Persons(nothing, nothing, pa.repeat(pa.scalar(False), rows))
    read, at = name_columns.parse(column.values), pa.array(column.codes)
    verdicts.add_each("name", read.reasons, column.codes)
    father = read.father.take(at)
    if "father" in people.columns:
        fathers = people.columns["father"]
        father = pc.coalesce(father, name_columns.parse(fathers.values).name.take(pa.array(fathers.codes)))
    return _Persons(read.name.take(at), father, read.mononym.take(at))


def _read_births(people: List, nik: Settled, as_of: dt.date, verdicts: Verdicts) -> birth.Births:
    nik_dates = numbers.birth_dates(people.nik, nik.usable)
    parsers: dict[str, Callable[[Cell, dt.date], dates.Written]] = {
        "birth_date": dates.parse,
        "birth_place_date": dates.parse_after_place,
    }
    role = next((role for role in parsers if role in people.columns), None)
    if role is None:
        return birth.settle([dates.Written()], np.zeros(len(people.rows), np.int32), nik_dates)
    read, codes = people.columns[role].spread(lambda cell: parsers[role](_since_1900(cell, people), as_of))
    births = birth.settle(read, codes, nik_dates)
    verdicts.add_each(role, [one.reason for one in read], codes)
    verdicts.add(role, "DATE_AMBIGUOUS", births.ambiguous)
    verdicts.add(role, "DATE_SWAPPED", births.swapped)
    verdicts.add(role, "BIRTH_DIFFERS", births.differs)
    return births


def _since_1900(cell: Cell, people: List) -> Cell:
    """Return a day that was left as a number, counted as other workbooks count."""
    if people.since_1904 and isinstance(cell, (int, float)) and not isinstance(cell, bool) and 0 < cell < _MOST_DAYS:
        return cell + _DAYS_1904
    return cell


def _read_sexes(people: List, nik: Settled, verdicts: Verdicts) -> pa.Array:
    of_nik = numbers.sexes(people.nik, nik.usable)
    column = people.columns.get("sex")
    if column is None:
        return of_nik
    read, codes = column.spread(sexes.parse)
    unknown = [one is None and not is_blank(cell) for one, cell in zip(read, column.values, strict=True)]
    verdicts.add("sex", "SEX_UNKNOWN", np.array(unknown, np.bool_)[codes])
    own = take(read, pa.string(), codes)
    verdicts.add("sex", "SEX_DIFFERS", np.asarray(pc.fill_null(pc.not_equal(own, of_nik), False)))
    return pc.coalesce(own, of_nik)


def _read_places(people: List, known: Place, places: Gazetteer, verdicts: Verdicts) -> tuple[pa.Array, pa.Array]:
    """Resolve each distinct combination of village, district and regency once."""
    levels = {"village": known.village, "district": known.district, "regency": known.regency}
    texts: list[list[str]] = []
    combined = np.zeros(len(people.rows), np.int64)
    for level, default in levels.items():
        column = people.columns.get(level)
        values, codes = column.spread(as_text) if column else ([default or ""], np.zeros(len(people.rows), np.int32))
        if level == "regency":
            values = [value if value.strip() else known.regency or "" for value in values]
        texts.append(values)
        combined = combined * len(values) + codes
    distinct, inverse = np.unique(combined, return_inverse=True)
    of = inverse.astype(np.int32)
    found = [_resolve(int(key), texts, places) for key in distinct]
    reasons = [place.reason for place in found]
    for level in levels:
        own = [reason if reason and reason.startswith(level.upper()) else None for reason in reasons]
        verdicts.add_each(level, own, of)
    regency, village = ([getattr(place, level) for place in found] for level in ("regency", "village"))
    return take(regency, pa.string(), of), take(village, pa.string(), of)


def _resolve(key: int, texts: list[list[str]], places: Gazetteer) -> Place:
    key, regency = divmod(key, len(texts[2]))
    village, district = divmod(key, len(texts[1]))
    return resolve(texts[0][village], texts[1][district], texts[2][regency], places)
