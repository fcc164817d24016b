"""Synthetic Lampung as a dataset: written as agencies' files, read back as an agency reads them, joined with the truth.

Unless they are asked for, takes the NIK and KK away, with the dates that NIKs showed: names, sexes, birth dates and
places are left.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from linkage.evaluation import Dataset
from linkage.identity import RECORD_SCHEMA, Defaults, read_records, respell
from scripts import synth

PARTS = frozenset({"birth_date", "birth_year", "sex", "regency", "district", "village"})
GROUPS = ("mononym", "default_date", "split_regency", "twin", "father_son")
NUMBERS = ("nik", "kk", "nik_birth_date")
PLACE = ["file", "sheet", "row"]
_COMPARED = pa.schema([field for field in RECORD_SCHEMA if not pa.types.is_list(field.type)])
"""A join takes no column of lists, and nobody is compared by needs."""


def load(people: int, seed: int, *, numbers: bool = False, without: frozenset[str] = frozenset()) -> Dataset:
    """Return the rows of a world of `people` people that show a name, on all its lists; with `numbers`, all rows.

    `without` leaves out steps of the names' normalisation, of `identity.NAME_STEPS`.
    """
    with tempfile.TemporaryDirectory(prefix="lapis-") as folder:
        out = Path(folder) / "world"
        synth.run(people, seed, out)
        rows = pa.concat_tables(_read(out, path, defaults, numbers, without) for path, defaults in _files(out))
        truth = pq.read_table(out / "truth" / "rows.parquet", columns=[*PLACE, "person"])
        persons = pq.read_table(out / "truth" / "people.parquet", columns=["person", *GROUPS])
        persons = persons.rename_columns(["person", *(f"is_{name}" for name in GROUPS)])
    known = rows.join(truth, PLACE, join_type="inner").join(persons, "person", join_type="inner")
    known = known if numbers else known.filter(pc.is_valid(known["name"]))
    known = known.sort_by([(name, "ascending") for name in PLACE]).combine_chunks()
    flags = {name: known[f"is_{name}"] for name in GROUPS}
    flags["no_date"] = pc.is_null(known["birth_date"])
    groups = {name: np.flatnonzero(flag.to_numpy(zero_copy_only=False)) for name, flag in flags.items()}
    records = known.select([field.name for field in _COMPARED]).cast(_COMPARED)
    return Dataset("synth", records, known["person"].to_numpy(), None, groups, PARTS)


def _files(out: Path) -> list[tuple[str, Defaults]]:
    sources = json.loads((out / "sources.json").read_text(encoding="utf-8"))
    return [(file["path"], Defaults(**file["defaults"])) for source in sources for file in source["files"]]


def _read(out: Path, path: str, defaults: Defaults, numbers: bool, without: frozenset[str]) -> pa.Table:
    """Read a file's records, with or without their numbers; `sheet` as the truth has it, empty for text files."""
    data = (out / path).read_bytes()
    reading = read_records(data, Path(path).name, defaults)
    records = respell(data, Path(path).name, reading, without) if without else reading.records
    for name in () if numbers else NUMBERS:
        at = records.schema.get_field_index(name)
        records = records.set_column(
            at, RECORD_SCHEMA.field(name), pa.nulls(len(records), RECORD_SCHEMA.field(name).type)
        )
    if path.endswith(".csv"):
        at = records.schema.get_field_index("sheet")
        records = records.set_column(at, RECORD_SCHEMA.field("sheet"), pa.repeat("", len(records)))
    return records.select(_COMPARED.names).append_column("file", pa.repeat(path, len(records)))
