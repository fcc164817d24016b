"""Aid planted over synthetic people: overlaps, decoys, gaps with their causes, corrections; with the truth beside.

A household follows one plan of `aid.csv`, so that every flag that a rule should raise is known, and every row that none
should. The rows are linked by the truth, as perfect linkage would give them. It takes nothing from the randomness of
people and lists, and opens no list.
"""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.layering.events import KNOWN, ROWS
from linkage.layering.lists import programmes
from linkage.layering.periods import month, read
from linkage.synth.randomness import Bools, Ints, open_stream

AID = 3
"""The stream of this purpose; 0 to 2 are villages, people and lists."""
MONTH = month(2026, 6)
LISTED, MENDED, ASKED = (dt.datetime(2026, 6, day, tzinfo=dt.UTC) for day in (1, 10, 30))
"""When lists became known, when their corrections did, and the moment to ask about."""
GAPS = (
    ("education", "school", "school"), ("health", "clinic", "clinic"), ("housing", "road", "road"),
    ("sanitation", "water", "water"), ("food", "market", "market"), ("food", "", "exposure"), ("work", "", "unreached"),
)  # fmt: skip
"""A need, what is out of reach, and the cause that follows."""
MISTAKEN = 0.03
"""Of aid rows, that were wrong at first and were corrected."""
REFERRED = 0.6
"""Of aid rows, that name the disbursement they came with."""
WRONG_BY = 111
VERSION = "2026-01"

TRUE_FLAGS = pa.schema([pa.field("rule", pa.string()), pa.field("unit", pa.string()), pa.field("unit_id", pa.int64()),
                        pa.field("records", pa.list_(pa.int64()))])  # fmt: skip
TRUE_GAPS = pa.schema([pa.field("person", pa.int64()), pa.field("cause", pa.string())])
"""A cause a row; a person without a NIK has `identity` beside her other one."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a plan; `member` counts a household's members from 0, `rule` is the one it should raise, if any."""

    plan: str
    member: int
    programme: str
    agency: str
    period: str
    amount: int
    rule: str


@dataclass(frozen=True, slots=True)
class Aid:
    """Planted rows (`events.ROWS`) and their truth: `flags`, `gaps`, and the untouched poor (person ids, sorted)."""

    rows: pa.Table
    flags: pa.Table
    gaps: pa.Table
    untouched: Ints


@dataclass(frozen=True, slots=True)
class _Given:
    """Aid rows as arrays: whose, by which line of a plan; records count from 0 in this order."""

    lines: tuple[Line, ...]
    person: Ints
    line: Ints


def plant(people: pa.Table, seed: int) -> Aid:
    """Plant aid over people, household by household.

    Of `PEOPLE_SCHEMA` they need person, household, regency, village, has_nik and deceased.
    """
    rng = open_stream(seed, AID)
    household = np.asarray(people["household"], dtype=np.int64)
    first = np.flatnonzero(np.r_[True, household[1:] != household[:-1]])[: len(household)]
    sizes = np.diff(np.r_[first, len(household)])
    given = _give(_draw_plans(rng, sizes), first)
    decile = np.repeat(rng.integers(1, 11, len(first)), sizes)
    recent = _recent(given.lines)[given.line]
    touched = np.zeros(len(people), bool)
    touched[given.person[recent]] = True
    gap = np.where((decile <= 2) & ~touched, rng.integers(0, len(GAPS), len(people)), -1)
    register = _register(people, decile, gap, len(given.person))
    aid = _aid(people, given, rng.random(len(given.person)) < REFERRED)
    wrong = np.flatnonzero(rng.random(len(aid)) < MISTAKEN)
    rows = pa.concat_tables([*_mistake(aid, wrong, len(aid) + len(people)), register])
    gone = np.asarray(people["person"], dtype=np.int64)[(decile <= 2) & ~touched]
    return Aid(rows, _flags(people, given), _gaps(people, gap), np.sort(gone))


@cache
def plans() -> tuple[tuple[str, float, tuple[Line, ...]], ...]:
    """Return each plan: its name, its share of households, its lines."""
    text = resources.files("linkage.synth").joinpath("aid.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    shares = {row["plan"]: float(row["share"]) for row in rows}
    lines: dict[str, list[Line]] = {name: [] for name in shares}
    for row in rows:
        if row["programme"]:
            texts = (row["programme"], row["agency"], row["period"])
            lines[row["plan"]].append(Line(row["plan"], int(row["member"]), *texts, int(row["amount"]), row["rule"]))
    return tuple((name, share / sum(shares.values()), tuple(lines[name])) for name, share in shares.items())


def _draw_plans(rng: np.random.Generator, sizes: Ints) -> Ints:
    """Draw a plan for each household; one that needs more members than there are becomes `none`."""
    known = plans()
    plan = rng.choice(len(known), size=len(sizes), p=[share for _, share, _ in known])
    needed = np.array([max((line.member for line in lines), default=0) + 1 for _, _, lines in known])
    return np.where(needed[plan] <= sizes, plan, 0)


def _give(plan: Ints, first: Ints) -> _Given:
    lines = tuple(line for _, _, inner in plans() for line in inner)
    names = [name for name, _, _ in plans()]
    homes = [np.flatnonzero(plan == names.index(line.plan)) for line in lines]
    person = np.concatenate([first[home] + line.member for home, line in zip(homes, lines, strict=True)])
    at = np.concatenate([np.full(len(home), number) for number, home in enumerate(homes)])
    return _Given(lines, person.astype(np.int64), at.astype(np.int64))


def _recent(lines: tuple[Line, ...]) -> Bools:
    spans = read(pa.array([line.period for line in lines]))
    inside: Bools = (spans.last > MONTH - 12) & (spans.first <= MONTH)
    return inside


def _aid(people: pa.Table, given: _Given, referred: Bools) -> pa.Table:
    known = programmes()
    at = pa.array(given.line)
    lines = {
        name: pa.array([getattr(line, name) for line in given.lines]).take(at)
        for name in ("programme", "agency", "period", "amount")
    }
    met = zip(given.lines, _recent(given.lines), strict=True)
    usual = [[known[line.programme].needs[0]] if recent else [] for line, recent in met]
    needs = pa.array(usual, pa.list_(pa.string())).take(at)
    theirs = people.take(pa.array(given.person))
    digits = pc.replace_substring(theirs["regency"].combine_chunks(), ".", "")
    number = pa.array([f"{place:02}" for place in range(len(given.lines))]).take(at)
    reference = pc.binary_join_element_wise("SP2D", digits, number, "/")
    lines["disbursement"] = pc.if_else(pa.array(referred), reference, pa.nulls(len(at), pa.string()))
    return _table(theirs, np.arange(len(at)), **lines, needs=needs, status="paid", payee="self")


def _register(people: pa.Table, decile: Ints, gap: Ints, start: int) -> pa.Table:
    """Write a register's row for everyone: decile, and what a gap needs and lacks."""
    needs = pa.array([[], *([need] for need, _, _ in GAPS)], pa.list_(pa.string())).take(pa.array(gap + 1))
    lacks = pa.array([[], *([lack] if lack else [] for _, lack, _ in GAPS)], pa.list_(pa.string())).take(
        pa.array(gap + 1)
    )
    floods = [[], *(["flood"] if cause == "exposure" else [] for _, _, cause in GAPS)]
    exposures = pa.array(floods, pa.list_(pa.string())).take(pa.array(gap + 1))
    record = start + np.arange(len(people))
    return _table(people, record, decile=decile.astype(np.int8), dtsen=VERSION, needs=needs, lacks=lacks,
                  exposures=exposures, status="registered", agency="dtsen")  # fmt: skip


def _table(people: pa.Table, record: Ints, **given: object) -> pa.Table:
    """Make rows of people; a column given as one value is that value in every row."""
    count = len(people)
    columns: dict[str, object] = {
        "record": record,
        "known": pa.array([LISTED], KNOWN)[0],
        "nik_status": pc.if_else(people["has_nik"], "ok", "none"),
        "kk_status": "ok",
        "mononym": False,
        "default_date": False,
        "beneficiary": pc.if_else(people["deceased"], "deceased", "active"),
        **{name: people[name] for name in ("person", "household", "regency", "village")},
        **given,
    }
    return pa.Table.from_arrays([_column(columns.get(field.name), field, count) for field in ROWS], schema=ROWS)


def _column(value: object, field: pa.Field, count: int) -> pa.Array:
    if value is None:
        return pa.nulls(count, field.type)
    if isinstance(value, (str, bool, pa.Scalar)):
        return pa.repeat(pa.scalar(value, field.type) if not isinstance(value, pa.Scalar) else value, count)
    column = value.combine_chunks() if isinstance(value, pa.ChunkedArray) else pa.array(value)
    return column.cast(field.type)


def _mistake(aid: pa.Table, wrong: Ints, start: int) -> list[pa.Table]:
    """Return what mistaken rows said at first, and all aid rows, the right ones being corrections of these."""
    said = aid.take(pa.array(wrong))
    first = pa.array(start + np.arange(len(said)))
    corrects, known = np.full(len(aid), -1), np.full(len(aid), np.datetime64(LISTED.replace(tzinfo=None), "us"))
    corrects[wrong] = start + np.arange(len(said))
    known[wrong] = np.datetime64(MENDED.replace(tzinfo=None), "us")
    right = _replace(aid, corrects=pa.array(corrects, mask=corrects < 0), known=pa.array(known).cast(KNOWN))
    return [right, _replace(said, record=first, amount=pc.add(said["amount"], WRONG_BY))]


def _replace(table: pa.Table, **columns: pa.Array) -> pa.Table:
    for name, column in columns.items():
        table = table.set_column(ROWS.get_field_index(name), ROWS.field(name), column)
    return table


def _flags(people: pa.Table, given: _Given) -> pa.Table:
    person, household = (np.asarray(people[name], dtype=np.int64) for name in ("person", "household"))
    found: dict[tuple[str, str, int], list[int]] = {}
    dead = np.asarray(people["deceased"], dtype=bool)
    for record, (at, number) in enumerate(zip(given.person.tolist(), given.line.tolist(), strict=True)):
        line = given.lines[number]
        if line.rule:
            home = line.rule in HOMES
            unit = ("household", int(household[at])) if home else ("person", int(person[at]))
            found.setdefault((line.rule, *unit), []).append(record)
        if dead[at]:
            found.setdefault(("deceased-or-inactive", "person", int(person[at])), []).append(record)
    rows = [
        {"rule": rule, "unit": unit, "unit_id": number, "records": records}
        for (rule, unit, number), records in sorted(found.items())
    ]
    return pa.Table.from_pylist(rows, schema=TRUE_FLAGS)


HOMES = frozenset({"blt-dd-pkh", "blt-dd-sembako-prakerja", "blt-dd-amount", "house-repair-10-years", "pkh-sembako"})
"""The rules whose unit is a household or house."""


def _gaps(people: pa.Table, gap: Ints) -> pa.Table:
    person = np.asarray(people["person"], dtype=np.int64)
    has = np.asarray(people["has_nik"], dtype=bool)
    rows = [
        {"person": int(person[at]), "cause": GAPS[number][2]}
        for at, number in zip(np.flatnonzero(gap >= 0).tolist(), gap[gap >= 0].tolist(), strict=True)
        if GAPS[number][2] != "unreached" or has[at]
    ]
    rows += [{"person": int(person[at]), "cause": "identity"} for at in np.flatnonzero((gap >= 0) & ~has).tolist()]
    return pa.Table.from_pylist(rows, schema=TRUE_GAPS)
