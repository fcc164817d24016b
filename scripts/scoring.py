"""`lapis centre evaluate`: hold the persons found against a known truth, as only a trial has one."""

from __future__ import annotations

import argparse
from dataclasses import asdict
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
    from linkage.matching import BCubed, Quality

TRUTH_ROWS = ["agency", "file", "sheet", "row", "person", "sound_nik", "shows_birth_date"]
BEHIND = 0.03
"""F1 by which a group may stand below the whole before its reason and cost are told."""
REASONS = {
    "mononym": "one word of a name is weaker evidence, and more people share it",
    "default_date": "a date that many share tells nobody from another",
    "split_regency": "rows that name two regencies meet by date or NIK alone",
    "twin": "date, village, card and nearly the name agree for both",
    "father_son": "village, card and much of the name agree for both",
    "no_nik_with_date": "a misspelt name has no number beside it that would carry it",
    "no_nik_no_date": "name, sex and village alone; linked where nobody else can be meant, else asked about",
}
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
    reached = [(name, each["split"], each["asked"], each["share"]) for name, each in result["reach"].items()]
    return [
        Sheet("Against the truth, over pairs of rows of one person", ("group", "precision", "recall", "F1"), rows),
        *_behind(result["behind"]),
        Sheet("Rows that are not with all of their person", ("group", "rows", "right pair waits", "share"), reached),
        f"persons found {persons['found']:,}, in truth {persons['truth']:,}; to review {result['reviews']:,}",
    ]


def _behind(found: dict[str, dict[str, Any]]) -> list[Sheet | str]:
    """Show which groups stand too far below the whole: by how much, at which cost, and why."""
    if not found:
        return [f"no group stands more than {100 * BEHIND:.0f} points below the whole"]
    rows = [(name, f"{each['points']:.1f}", each["missed"], each["wrong"]) for name, each in found.items()]
    head = ("group", "points below", "pairs missed", "pairs wrong")
    return [
        Sheet(f"Groups more than {100 * BEHIND:.0f} points below the whole", head, rows),
        *(f"{name}: {each['reason'] or 'no reason is known; look into it'}" for name, each in found.items()),
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
        "behind": behind(quality),
        "reach": {name: asdict(each) | {"share": each.share} for name, each in evaluation.reach.items()},
        "reviews": evaluation.reviews,
    }


def behind(quality: Quality) -> dict[str, dict[str, Any]]:
    """Return the groups whose F1 is more than `BEHIND` below the whole's: points, pairs missed and wrong, reason."""
    return {
        name: {
            "points": 100 * (quality.overall.f1 - each.f1),
            "missed": each.true - each.right,
            "wrong": each.found - each.right,
            "reason": REASONS.get(name),
        }
        for name, each in quality.groups.items()
        if quality.overall.f1 - each.f1 > BEHIND
    }


def _bcubed(found: BCubed) -> dict[str, float]:
    return {"precision": found.precision, "recall": found.recall, "f1": found.f1}
