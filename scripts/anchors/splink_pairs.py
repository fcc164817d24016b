"""Splink on clear text (DuckDB): its own model and its own probability. Runs in its own environment.

Reads `id, name, birth_date, sex, village, side` from Parquet, writes `{"version", "pairs": [[left, right, 1], …]}`:
single best links of two files, or the pairs inside its clusters of one. It is trained without truth; the threshold is
a probability of one half.
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
from splink import Linker, SettingsCreator, block_on  # type: ignore[import-not-found]  # likewise
from splink.backends.duckdb import DuckDBAPI  # type: ignore[import-not-found]  # likewise

EVEN = 0.5
SEED = 1


def columns(table: pa.Table) -> pa.Table:
    """Split names into first word and rest, as its users do with given name and surname."""
    words = pc.split_pattern(table["name"], " ", max_splits=1)
    first = pc.list_element(words, 0)
    rest = pc.if_else(pc.greater(pc.list_value_length(words), 1), table["name"], None)
    rest = pc.replace_substring_regex(rest, r"^\S+ ", "")
    names = {"unique_id": table["id"], "first": first, "rest": rest}
    return pa.table({**names, **{name: table[name] for name in ("birth_date", "sex", "village")}})


def pairs(table: pa.Table) -> list[tuple[int, int, int]]:
    """Return the pairs of ids that it links."""
    api = DuckDBAPI()
    two = table["side"].null_count == 0
    parts = [table.filter(pc.equal(table["side"], side)) for side in (0, 1)] if two else [table]
    names = ["left_file", "right_file"] if two else ["file"]
    frames = [
        api.register(columns(part), dataset_display_name=name) for part, name in zip(parts, names, strict=True)
    ]
    linker = Linker(frames if two else frames[0], _settings(table, two), log_level=logging.ERROR)
    _train(linker)
    predicted = linker.inference.predict(threshold_match_probability=EVEN)
    clustering = linker.clustering
    if two:
        found = clustering.cluster_using_single_best_links(predicted, names, threshold_match_probability=EVEN)
    else:
        found = clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold_match_probability=EVEN)
    clusters: dict[Any, list[int]] = defaultdict(list)
    for row in found.as_record_list():
        clusters[row["cluster_id"]].append(row["unique_id"])
    return [(*sorted(pair), 1) for ids in clusters.values() for pair in itertools.combinations(ids, 2)]


def _settings(table: pa.Table, two: bool) -> Any:
    date = cl.DateOfBirthComparison("birth_date", input_is_string=True, datetime_format="%Y%m%d")
    more = [cl.ExactMatch(name) for name in ("sex", "village") if table[name].null_count < len(table)]
    rules = [
        block_on("birth_date"),
        block_on("first", "rest"),
        block_on("rest", "substr(birth_date, 1, 4)"),
        block_on("first", "substr(birth_date, 1, 4)"),
        block_on("substr(first, 1, 3)", "substr(rest, 1, 3)"),
    ]
    if table["village"].null_count < len(table):
        rules.append(block_on("village", "substr(first, 1, 3)"))
    return SettingsCreator(
        link_type="link_only" if two else "dedupe_only",
        comparisons=[cl.ForenameSurnameComparison("first", "rest"), date, *more],
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
