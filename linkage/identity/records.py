"""Turn a list, as an agency keeps it, into a table of records and a table of verdicts. Never logs or raises a value.

The columns of `records`, one row for each accepted row of the list:

| column | type | holds |
|---|---|---|
| sheet, row | string, int32 | where the row stands; 1-based, as the operator sees it; a .csv has no sheet name |
| nik, nik_status | string null, string | 16 digits if usable; ok, none, dummy, invalid, damaged |
| kk, kk_status | string null, string | likewise |
| name, father | string null | normalised |
| mononym | bool | the name is one word |
| birth_date | date32 null | of the list's own column |
| birth_date_default | bool | the day is one that registrars put for an unknown one (the NIK's if the column has none) |
| nik_birth_date | date32 null | of a usable NIK |
| sex | string null | L or P, of the column, else of the NIK |
| regency, village | string null | '18.01', '18.01.01.2001' |
| programme | string null | a code of `programmes`; null in a register's row alone |
| period | string null | `2026-03`, `2026-Q1`, `2026-T1` or `2026`; a register's version |
| amount | int64 null | rupiah |
| fund … exposures | see `aid.FIELDS` | the rest of the published content, as far as the list says it |

A row is rejected only if it has neither a usable NIK nor a usable name, or no known programme where it gives aid.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from statistics import mode

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from linkage.identity import (
    deciles,
    duplicates,
    furniture,
    header,
    number_columns,
    numbers,
    periods,
    programmes,
    sheet,
    titles,
)
from linkage.identity.aid import Known
from linkage.identity.cells import Cell, encode, is_blank
from linkage.identity.choices import DETAILS, NONE, Ask, Choices
from linkage.identity.errors import IdentityError
from linkage.identity.grid import Sheet
from linkage.identity.header import Mapping
from linkage.identity.people import LANE_SCHEMA, RECORD_SCHEMA, List, assemble
from linkage.identity.regions import gazetteer, resolve
from linkage.identity.tables import load_toml
from linkage.identity.titles import Context
from linkage.identity.verdicts import Verdicts


@dataclass(frozen=True, slots=True)
class Defaults:
    """Say what the operator knows about every row of a file, for what the file has no column for.

    `programme` is a code or a spelling of one, `period` as in the records; the regions are codes or names. `dtsen` is
    the month of the deciles' version; the rows of a `register` say something of people, and give no aid.
    """

    programme: str | None = None
    period: str | None = None
    regency: str | None = None
    district: str | None = None
    village: str | None = None
    dtsen: str | None = None
    register: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Reading:
    """Hold `records` and `verdicts`, the counts of rows of the list, and the `mappings` of its sheets by name.

    `rows` = `accepted` + `rejected`; `skipped` counts rows that are no part of the list (totals, signatures, empty).
    `lane` has the records without a usable NIK and why (LANE_SCHEMA), `duplicates` the rows that seem to come twice
    (DUPLICATE_SCHEMA), `proposals` repairs for a person to confirm (PROPOSAL_SCHEMA). None of these leaves the agency.
    It does not print.
    """

    records: pa.Table
    verdicts: pa.Table
    rows: int
    accepted: int
    rejected: int
    skipped: int
    mappings: dict[str, Mapping]
    lane: pa.Table
    duplicates: pa.Table
    proposals: pa.Table


@dataclass(frozen=True, slots=True)
class _Part:
    records: pa.Table
    lane: pa.Table
    verdicts: Verdicts
    skipped: int = 0


def read_records(
    data: bytes,
    file_name: str,
    defaults: Defaults,
    *,
    as_of: dt.date | None = None,
    choices: Choices | None = None,
    ask: Ask | None = None,
) -> Reading:
    """Read a file's bytes. Nobody in it was born after `as_of`, by default the end of the year of its period.

    `choices` go before what is found; `ask` is asked where two columns fit equally. Raises IdentityError if the file,
    its header, the defaults or the choices cannot be used; a row never raises.
    """
    settled, chosen = _check(defaults), choices or Choices()
    parts: list[_Part] = []
    mappings: dict[str, Mapping] = {}
    refusal = IdentityError("HEADER_NOT_FOUND", "no sheet with a list", place=file_name)
    for one in sheet.read(data, file_name, chosen.encoding):
        if one.hidden:
            parts.append(_say(one.name, "SHEET_HIDDEN"))
            continue
        rows = one.rows()
        head = list(islice(rows, header.SEARCHED + header.SAMPLE))
        if _is_empty(head):
            continue
        place = f"{file_name}, sheet {one.name}" if one.name else file_name
        try:
            mapping = header.find(head, place, chosen, ask)
        except IdentityError as error:
            if error.code != "HEADER_NOT_FOUND":
                raise
            refusal = error
            parts.append(_say(one.name, "SHEET_SKIPPED"))
            continue
        mappings[one.name] = mapping
        parts.append(_read_sheet(one, chain(head[mapping.first_row - 1 :], rows), mapping, settled, as_of, head))
    if not mappings:
        raise refusal
    _check_choices(chosen, mappings, file_name)
    return _join(parts, mappings)


def _check_choices(chosen: Choices, mappings: dict[str, Mapping], file_name: str) -> None:
    """Refuse a choice that no sheet has a column for: last month's list had another form."""
    for role, column in chosen.columns.items():
        if column != NONE and not any(role in mapping.chosen for mapping in mappings.values()):
            hint = "name its header or letters, or drop the choice"
            raise IdentityError(
                "MAPPING_COLUMN", f"the column chosen for {role} is not there", place=file_name, hint=hint
            )


def _is_empty(rows: Iterable[Sequence[Cell]]) -> bool:
    return all(is_blank(cell) for row in rows for cell in row)


def _check(defaults: Defaults) -> Defaults:
    """Return the defaults in the form of the records."""
    programme = programmes.parse(defaults.programme)
    if defaults.programme and programme is None:
        hint = f"one of {', '.join(programmes.codes())}"
        raise IdentityError("DEFAULT_PROGRAMME", "the chosen programme is not known", hint=hint)
    period = periods.parse(defaults.period)
    if period.reason:
        raise IdentityError("DEFAULT_PERIOD", "the chosen period cannot be read", hint="write it as 2026-03")
    if resolve(defaults.village or "", defaults.district or "", defaults.regency or "", gazetteer()).reason:
        raise IdentityError("DEFAULT_REGION", "the chosen region is not known", hint="write a code such as 18.01")
    version = deciles.parse_version(defaults.dtsen) if defaults.dtsen else None
    if defaults.dtsen and version is None:
        raise IdentityError("DEFAULT_DTSEN", "the chosen version cannot be read", hint="write its month as 2026-01")
    return replace(defaults, programme=programme, period=period.text, dtsen=version)


def _know(defaults: Defaults, context: Context) -> Known:
    """Let the operator's word go before the titles of a sheet."""
    village, district, regency = (
        getattr(defaults, level) or context.names[level] for level in ("village", "district", "regency")
    )
    place = resolve(village, district, regency, gazetteer())
    programme, period = defaults.programme or context.programme, defaults.period or context.period
    return Known(programme, period, place, defaults.register, defaults.dtsen)


def _last_day(year: str | None) -> dt.date:
    return dt.date(int(year or load_toml("numbers")["century"]["newest"]), 12, 31)


def _say(name: str, code: str) -> _Part:
    verdicts = Verdicts(name, np.empty(0, np.int32))
    verdicts.add_at(1, "sheet", code)
    return _Part(RECORD_SCHEMA.empty_table(), LANE_SCHEMA.empty_table(), verdicts)


def _read_sheet(
    one: Sheet,
    body: Iterable[Sequence[Cell]],
    mapping: Mapping,
    defaults: Defaults,
    as_of: dt.date | None,
    head: Sequence[Sequence[Cell]],
) -> _Part:
    places, known = gazetteer(), _know(defaults, titles.read(mapping.titles, one.name))
    day = as_of or _last_day(known.year)
    shifted: list[int] = []
    if one.ragged:
        body = _watch(body, _usual_width(head, mapping), shifted)
    columns = encode(body, max(map(len, head)))
    mapped = {role: columns[place] for role, place in mapping.columns.items()}
    # What tells a person from a total is who she is and where: a need or a fund beside it says nothing of that.
    telling = {role: column for role, column in mapped.items() if role not in DETAILS}
    places_of = {place for role, place in mapping.columns.items() if role in telling}
    others = [column for place, column in enumerate(columns) if place not in places_of]
    count = len(columns[0].codes)
    niks = numbers.read("nik", mapped.get("nik"), count, lambda cells: number_columns.read_niks(cells, day, places))
    kks = numbers.read("kk", mapped.get("kk"), count, lambda cells: number_columns.read_kks(cells, day))
    people = furniture.find_people(telling, others, niks.has_digits())
    rows = (np.flatnonzero(people) + mapping.first_row).astype(np.int32)
    verdicts = Verdicts(one.name, rows)
    _say_columns(one, mapping, rows, verdicts)
    kept = {role: column.keep(people) for role, column in mapped.items()}
    moved = np.isin(rows, np.array(shifted, np.int32) + mapping.first_row)
    nik, kk, heads = niks.keep(people), kks.keep(people), mapping.headers
    entries = List(one.name, rows, mapping.header_row, kept, nik, kk, moved, one.since_1904, heads)
    put = assemble(entries, known, places, day, verdicts)
    return _Part(put.records, put.lane, verdicts, count - len(rows))


def _say_columns(one: Sheet, mapping: Mapping, rows: NDArray[np.int32], verdicts: Verdicts) -> None:
    for finding in mapping.findings:
        verdicts.add_at(mapping.header_row, finding.role, finding.code)
    for role, column in mapping.columns.items():
        if column in one.hides.columns:
            verdicts.add_at(mapping.header_row, role, "COLUMN_HIDDEN")
    verdicts.add("row", "ROW_HIDDEN", np.isin(rows, np.array(sorted(one.hides.rows), np.int32)))


def _usual_width(head: Sequence[Sequence[Cell]], mapping: Mapping) -> int:
    """Return how many cells the rows of a text file have: the header's number, or the commonest one if that is more."""
    named = _filled_width(head[mapping.header_row - 1])
    widths = [_filled_width(row) for row in head[mapping.first_row - 1 :]]
    usual = mode(widths) if widths else named
    # One row that is longer has moved; most of them have a column that nobody named.
    return max(named, usual) if widths.count(usual) * 2 > len(widths) else named


def _filled_width(row: Sequence[Cell]) -> int:
    return max((place for place, cell in enumerate(row, start=1) if not is_blank(cell)), default=0)


def _watch(body: Iterable[Sequence[Cell]], width: int, shifted: list[int]) -> Iterator[Sequence[Cell]]:
    """Pass the rows on, and note the places of those with more cells than the header."""
    for place, row in enumerate(body):
        if len(row) > width and any(not is_blank(cell) for cell in row[width:]):
            shifted.append(place)
        yield row


def _join(parts: Sequence[_Part], mappings: dict[str, Mapping]) -> Reading:
    records = pa.concat_tables([part.records for part in parts])
    twice = duplicates.find(records)
    for part in parts:
        _say_duplicates(part.verdicts, twice)
    verdicts = pa.concat_tables([part.verdicts.table() for part in parts])
    rejects = verdicts.filter(pc.equal(verdicts["severity"], "reject"))
    rejected = rejects.select(["sheet", "row"]).group_by(["sheet", "row"]).aggregate([]).num_rows
    return Reading(
        records=records,
        verdicts=verdicts,
        rows=records.num_rows + rejected,
        accepted=records.num_rows,
        rejected=rejected,
        skipped=sum(part.skipped for part in parts),
        mappings=mappings,
        lane=pa.concat_tables([part.lane for part in parts]),
        duplicates=twice,
        proposals=pa.concat_tables([part.verdicts.proposals() for part in parts]),
    )


def _say_duplicates(verdicts: Verdicts, twice: pa.Table) -> None:
    """Say about each later row what it repeats, and about both rows of a shared NIK that it is shared."""
    for one in twice.select(["sheet", "row", "code"]).group_by(["sheet", "row", "code"]).aggregate([]).to_pylist():
        if one["sheet"] == verdicts.sheet:
            verdicts.add_at(one["row"], "nik" if one["code"] == "NIK_SHARED" else "row", one["code"])
    shared = twice.filter(pc.equal(twice["code"], "NIK_SHARED")).select(["other_sheet", "other_row"])
    for one in shared.group_by(["other_sheet", "other_row"]).aggregate([]).to_pylist():
        if one["other_sheet"] == verdicts.sheet:
            verdicts.add_at(one["other_row"], "nik", "NIK_SHARED")
