"""The register of the poorest and the treasury's files: an agency's reader and the treasury's read what was planted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from linkage.identity import Defaults, read_records
from linkage.layering import treasury
from linkage.synth import VERSION
from linkage.synth.welfare import POOREST


@pytest.fixture(scope="module")
def register(world: Any) -> Any:
    path = world.out / "dtsen" / "p3ke.csv"
    return read_records(path.read_bytes(), path.name, Defaults(register=True))


def test_the_register_lists_each_of_most_of_the_poorest_once(world: Any) -> None:
    deciles = {person["person"]: person["decile"] for person in world.people}
    poor = sum(decile <= POOREST for decile in deciles.values())
    listed = Counter(row.truth["person"] for row in world.register)
    assert set(listed.values()) == {1}
    assert 0.85 * poor < len(listed) < 0.95 * poor
    assert all(row.truth["decile"] == deciles[row.truth["person"]] <= POOREST for row in world.register)
    assert all(row.truth["decile"] is None for row in world.rows)


def test_a_household_has_one_decile_and_a_tenth_of_people_is_in_each(world: Any) -> None:
    homes: dict[int, set[int]] = {}
    for person in world.people:
        homes.setdefault(person["household"], set()).add(person["decile"])
    assert all(len(deciles) == 1 for deciles in homes.values())
    shares = Counter(person["decile"] for person in world.people)
    assert set(shares) == set(range(1, 11))
    assert all(abs(count / len(world.people) - 0.1) < 0.02 for count in shares.values())


def test_the_poor_are_on_more_lists_and_some_are_on_none(world: Any) -> None:
    lists = Counter(row.truth["person"] for row in world.rows)
    means = {}
    for decile in (1, 10):
        some = [lists[person["person"]] for person in world.people if person["decile"] == decile]
        means[decile] = sum(some) / len(some)
    assert means[1] > 1.2 * means[10]
    assert sum(not lists[person["person"]] for person in world.people if person["decile"] == 1) > 50


def test_an_agency_reads_what_was_planted_and_finds_nothing_to_say_of_it(world: Any, register: Any) -> None:
    truth = {row.truth["row"]: row.truth for row in world.register}
    assert register.accepted > 0.99 * len(truth)
    for record in register.records.to_pylist():
        planted = truth[record["row"]]
        assert (record["status"], record["programme"], record["amount"]) == ("registered", None, None)
        assert (record["decile"], record["dtsen"], record["period"]) == (planted["decile"], VERSION, VERSION)
        for name in ("needs", "lacks", "exposures"):
            assert set(record[name]) == set(planted[name])
    details = {"decile", "dtsen", "beneficiary", "needs", "health", "floor", "toilet", "water", "school", "exposures"}
    assert not details & set(register.verdicts["column"].to_pylist())


def read_all_lists(out: Path, sources: list[dict[str, Any]]) -> pa.Table:
    found = []
    for source in sources:
        for file in source["files"]:
            path = out / file["path"]
            records = read_records(path.read_bytes(), path.name, Defaults(**file["defaults"])).records
            found.append(records.append_column("agency", pa.repeat(source["agency"], len(records))))
    return pa.concat_tables(found)


def test_the_treasurys_files_are_read_and_every_untraced_rupiah_is_one_that_was_planted(
    world: Any, sources: list[dict[str, Any]]
) -> None:
    lists = read_all_lists(world.out, sources).to_pylist()
    usual = {"BANSOS-PROVINSI": "APBD-PROVINSI", "RTLH": "APBD-KABUPATEN", "BANSOS-KABUPATEN": "APBD-KABUPATEN"}
    assert all(row["fund"] in {None, usual.get(row["programme"])} for row in lists)
    assert sum(row["disbursement"] is not None for row in lists) > 1000
    orders, funds = (
        treasury.read((world.out / "treasury" / name).read_bytes(), name, kind).to_pylist()
        for name, kind in (("sp2d.csv", "sp2d"), ("anggaran.csv", "funds"))
    )
    truth = pq.read_table(world.out / "truth" / "rupiah.parquet").to_pylist()
    claimed: Counter[tuple[str, str, str]] = Counter()
    for row in lists:
        if row["programme"]:
            claimed[row["programme"], row["agency"], row["regency"]] += row["amount"] or 0
    spent: Counter[tuple[str, str, str]] = Counter()
    for order in orders:
        spent[order["programme"], order["agency"], order["regency"]] += order["amount"]
    for line in truth:
        key = (line["programme"], line["agency"], line["regency"])
        assert spent[key] == claimed[key] + line["untraced"] - line["beyond"], key
    named = {(order["reference"], order["regency"]) for order in orders if order["reference"]}
    assert {(row["disbursement"], row["regency"]) for row in lists if row["disbursement"]} == named
    assert {(fund["programme"], fund["agency"]) for fund in funds} == {key[:2] for key in claimed}
