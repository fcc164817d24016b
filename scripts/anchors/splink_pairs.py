"""Splink on clear text (DuckDB): its own model and its own probability. Runs in its own environment.

Reads `id, name, birth_date, sex, village, side` from Parquet, writes `{"version", "pairs": [[left, right, p], …]}`: the
single best links of two files, or all pairs of one, with their probability from a low one up. Trained without truth.
"""

from __future__ import annotations

import itertools
import json
import logging
import sys
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import splink.comparison_library as cl  # type: ignore[import-not-found]  # only its own environment has it
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI  # type: ignore[import-not-found]  # likewise

LOWEST = 0.001
SEED = 1


def columns(table: pa.Table) -> pa.Table:
    """Split names into first word and rest, as its users do with given name and surname."""
    words = pc.split_pattern(table["name"], " ", max_splits=1)
    first = pc.list_element(words, 0)
    rest = pc.if_else(pc.greater(pc.list_value_length(words), 1), table["name"], None)
    rest = pc.replace_substring_regex(rest, r"^\S+ ", "")
    names = {"unique_id": table["id"], "first": first, "rest": rest}
    return pa.table({**names, **{name: table[name] for name in ("birth_date", "sex", "village")}})


def pairs(table: pa.Table) -> list[tuple[Any, ...]]:
    """Return pairs of ids with their probability."""
    api = DuckDBAPI()
    two = table["side"].null_count == 0
    parts = [table.filter(pc.equal(table["side"], side)) for side in (0, 1)] if two else [table]
    names = ["left_file", "right_file"] if two else ["file"]
    frames = [api.register(columns(part), dataset_display_name=name) for part, name in zip(parts, names, strict=True)]
    linker = Linker(frames if two else frames[0], _settings(table, two), log_level=logging.ERROR)
    _train(linker)
    predicted = linker.inference.predict(threshold_match_probability=LOWEST)
    scored = {
        tuple(sorted((row["unique_id_l"], row["unique_id_r"]))): row["match_probability"]
        for row in predicted.as_record_list()
    }
    kept = _best_links(linker, predicted, names) & set(scored) if two else set(scored)
    return [(*pair, scored[pair]) for pair in sorted(kept)]


def _best_links(linker: Any, predicted: Any, names: list[str]) -> set[tuple[int, ...]]:
    clustering = linker.clustering
    found = clustering.cluster_using_single_best_links(predicted, names, threshold_match_probability=LOWEST)
    clusters: dict[Any, list[int]] = defaultdict(list)
    for row in found.as_record_list():
        clusters[row["cluster_id"]].append(row["unique_id"])
    return {tuple(sorted(pair)) for ids in clusters.values() for pair in itertools.combinations(ids, 2)}


def _settings(table: pa.Table, two: bool) -> Any:
    date = cl.DateOfBirthComparison("birth_date", input_is_string=True, datetime_format="%Y%m%d")
    more = [cl.ExactMatch(name) for name in ("sex", "village") if table[name].null_count < len(table)]
    rules = [block_on("substr(birth_date, 1, 4)"), block_on("substr(birth_date, 5, 4)")]
    if table["village"].null_count < len(table):
        rules.append(block_on("village"))
    else:
        rules += [block_on("first"), block_on("rest")]
    return SettingsCreator(
        link_type="link_only" if two else "dedupe_only",
        comparisons=[cl.NameComparison("first"), cl.NameComparison("rest"), date, *more],
        blocking_rules_to_generate_predictions=rules,
    )


def _train(linker: Any) -> None:
    training = linker.training
    training.estimate_probability_two_random_records_match([block_on("first", "rest", "birth_date")], recall=0.5)
    training.estimate_u_using_random_sampling(max_pairs=2e6, seed=SEED)
    training.estimate_parameters_using_expectation_maximisation(block_on("birth_date"))
    training.estimate_parameters_using_expectation_maximisation(block_on("first", "rest"))


if __name__ == "__main__":
    known = pq.read_table(sys.argv[1])
    result = {"version": f"splink {version('splink')}", "pairs": pairs(known.filter(pc.is_valid(known["name"])))}
    Path(sys.argv[2]).write_text(json.dumps(result))
