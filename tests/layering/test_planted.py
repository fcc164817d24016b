"""Given the truth's links, everything that was planted is found, and nothing else."""

from collections import defaultdict

import pyarrow as pa
import pytest

from linkage.layering.columns import named
from linkage.layering.events import as_known, events
from linkage.layering.money import PLAN, lines, plans
from linkage.layering.needs import CAUSES, profile, root_causes, untouched
from linkage.layering.overlaps import evaluate
from linkage.layering.persons import describe
from linkage.synth import generate, load_dials
from linkage.synth.aid import ASKED, LISTED, MONTH, plant
from linkage.synth.aid import plans as household_plans
from linkage.synth.rupiah import fund
from policies.overlap_rules import load_overlap_rules

SEED = 11


@pytest.fixture(scope="module")
def people():
    return pa.concat_tables(block.people for block in generate(8000, SEED, load_dials()))


@pytest.fixture(scope="module")
def aid(people):
    return plant(people, SEED)


@pytest.fixture(scope="module")
def world(aid):
    standing = as_known(aid.rows, ASKED)
    described, happened = describe(standing), events(standing)
    return described, happened, profile(happened, described, MONTH)


def test_every_planted_overlap_is_found_and_nothing_else(aid, world):
    described, happened, _ = world
    found = evaluate(happened, described, load_overlap_rules().rules)
    names = ("rule", "unit", "unit_id")
    flags = {(*(row[name] for name in names), tuple(row["records"])) for row in found.to_pylist()}
    planted = {(*(row[name] for name in names), tuple(row["records"])) for row in aid.flags.to_pylist()}
    assert flags == planted
    assert {flag[0] for flag in flags} == {rule.id for rule in load_overlap_rules().rules}


def test_decoys_are_there_and_raise_nothing(aid):
    decoys = {name for name, _, given in household_plans() if given and not any(line.rule for line in given)}
    assert {"two-months", "other-year", "old-repair", "two-persons", "other-need", "long-ago"} <= decoys


def test_every_untouched_poor_person_is_found_and_nobody_else(aid, world):
    described, _, profiles = world
    found = described.filter(pa.array(untouched(described, profiles)))["person"].to_pylist()
    assert found == aid.untouched.tolist() and len(found) > 100


def test_every_planted_gap_is_found_with_its_causes_and_nothing_else(aid, world):
    described, _, profiles = world
    found = {
        (person, cause)
        for person, bits in zip(described["person"].to_pylist(), profiles["causes"].to_pylist(), strict=True)
        for cause in named(bits, CAUSES)
    }
    assert found == {(row["person"], row["cause"]) for row in aid.gaps.to_pylist()}
    assert {cause for _, cause in found} == set(CAUSES)


def test_causes_by_district_are_those_planted_there(aid, people, world):
    district = {row["person"]: row["village"][:8] for row in people.select(["person", "village"]).to_pylist()}
    planted = defaultdict(int)
    for row in aid.gaps.to_pylist():
        planted[district[row["person"]], row["cause"]] += 1
    found = {(row["district"], row["cause"]): row["affected"] for row in root_causes(world[0], world[2]).to_pylist()}
    assert {key: count for key, count in found.items() if count} == dict(planted)


def test_every_untraced_rupiah_is_found_and_no_other(aid, world):
    rupiah = fund(aid, SEED)
    names = ("fund", "programme", "agency", "year", "regency", "untraced", "beyond")
    found = lines(rupiah.disbursements, world[1]).select(names).to_pylist()
    planted = rupiah.lines.select(names).to_pylist()
    assert sorted(map(str, found)) == sorted(map(str, planted))
    assert any(row["untraced"] for row in planted) and any(row["beyond"] for row in planted)
    for row in plans(rupiah.budgets, rupiah.disbursements).to_pylist():
        assert row["undisbursed"] - row["over"] == rupiah.gaps[tuple(row[name] for name in PLAN)]


def test_before_the_corrections_were_known_the_sums_were_those_of_the_mistakes(aid, world):
    before = events(as_known(aid.rows, LISTED))
    gap = sum(before["amount"].to_pylist()) - sum(world[1]["amount"].to_pylist())
    mistakes = sum(value is not None for value in aid.rows["corrects"].to_pylist())
    right = sum(row["amount"] for row in aid.rows.to_pylist() if row["corrects"] is not None)
    wrong = 111 * mistakes
    assert mistakes > 10 and gap == wrong and right > 0


def test_the_same_seed_plants_the_same(people, aid):
    assert plant(people, SEED).rows.equals(aid.rows) and not plant(people, SEED + 1).rows.equals(aid.rows)
