"""`lapis centre evaluate`: hold the persons found against a known truth, as only a trial has one."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from linkage.errors import LapisError
from scripts import homes
from scripts.console import Answer, Sheet

if TYPE_CHECKING:
    from api.services.evaluate import Evaluation
    from linkage.matching import BCubed

TRUTH_ROWS = ["agency", "file", "sheet", "row", "person", "sound_nik", "shows_birth_date"]
TRUTH_PEOPLE = ["person", "mononym", "default_date", "split_regency", "twin", "father_son"]


def run_evaluate(options: argparse.Namespace) -> Answer:
    """Score against the truth."""
    from api.services import evaluate

    centre = homes.load(options.home).centre(options.policy)
    result = summary(evaluate.evaluate(centre, truth(options.truth, options.references)))
    return Answer(result, views(result))


def views(result: dict[str, Any]) -> list[Sheet | str]:
    """Show an evaluation: the whole, then each group."""
    rows = [("all", result["precision"], result["recall"], result["f1"])]
    rows += [(name, group["precision"], group["recall"], group["f1"]) for name, group in result["groups"].items()]
    persons = result["persons"]
    return [
        Sheet("Against the truth, over pairs of rows of one person", ("group", "precision", "recall", "F1"), rows),
        f"persons found {persons['found']:,}, in truth {persons['truth']:,}; to review {result['reviews']:,}",
    ]


def truth(folder: Path, references: Path) -> pa.Table:
    """Join the truth's rows with the agencies' references: ref, person, and a bool column a group."""
    rows = pq.read_table(folder / "rows.parquet", columns=TRUTH_ROWS)
    rows = rows.set_column(1, "file", pc.replace_substring_regex(rows["file"], r"^.*/", ""))
    people = pq.read_table(folder / "people.parquet", columns=TRUTH_PEOPLE)
    ledgers = []
    for home in sorted(path.parent for path in references.glob("*/references")):
        for ledger in sorted((home / "references").glob("*.parquet")):
            table = pq.read_table(ledger)
            sheet = pc.if_else(pc.ends_with(table["file"], ".csv"), "", table["sheet"])
            table = table.set_column(table.column_names.index("sheet"), "sheet", sheet)
            ledgers.append(table.append_column("agency", pa.array([home.name] * len(table))))
    if not ledgers:
        raise LapisError("REFERENCES_MISSING", "no agency's references are there", place=str(references))
    keys = ["agency", "file", "sheet", "row"]
    known = rows.join(pa.concat_tables(ledgers), keys, join_type="inner")
    return _groups(known.join(people, "person", join_type="inner"))


def _groups(rows: pa.Table) -> pa.Table:
    """Add the groups of the fairness test."""
    no_nik, dated = pc.invert(rows["sound_nik"]), rows["shows_birth_date"]
    groups = {name: rows[name] for name in ("mononym", "default_date", "split_regency", "twin", "father_son")}
    groups["no_nik_with_date"] = pc.and_(no_nik, dated)
    groups["no_nik_no_date"] = pc.and_(no_nik, pc.invert(dated))
    return pa.table({"ref": rows["ref"], "person": rows["person"], **groups})


def summary(evaluation: Evaluation) -> dict[str, Any]:
    """Return an evaluation as plain numbers."""
    quality = evaluation.quality
    whole = quality.overall
    return {
        "persons": {"found": quality.clusters, "truth": quality.persons},
        "precision": whole.precision,
        "recall": whole.recall,
        "f1": whole.f1,
        "bcubed": _bcubed(quality.bcubed),
        "groups": {
            name: {
                "precision": each.precision,
                "recall": each.recall,
                "f1": each.f1,
                "bcubed": _bcubed(quality.bcubed_groups[name]),
            }
            for name, each in quality.groups.items()
        },
        "reviews": evaluation.reviews,
    }


def _bcubed(found: BCubed) -> dict[str, float]:
    return {"precision": found.precision, "recall": found.recall, "f1": found.f1}
