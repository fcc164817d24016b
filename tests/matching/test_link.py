import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from linkage.matching.errors import MatchingError
from linkage.matching.link import LinkSettings, link
from linkage.matching.model import Model
from linkage.matching.quality import measure
from linkage.matching.threshold import NEVER, Budget

PLAIN = LinkSettings(floor=0.60)
LAYERED = LinkSettings(floor=0.55)


@pytest.fixture(scope="module")
def small(make):
    made = make(people=2_000, villages=30)
    return made, made.pairs(PLAIN.floor)


def linked(made, pairs, settings, **more):
    return link(made.handle_map, made.tokens, pairs, settings, **more)


@pytest.mark.parametrize("seed", [7, 8])
def test_twenty_thousand_people_are_found_again_without_truth(make, seed):
    made = make(people=20_000, villages=300, seed=seed)
    found = linked(made, made.pairs(PLAIN.floor), PLAIN)
    quality = measure(found.clusters, made.truth, made.groups)
    assert quality.overall.f1 >= 0.96
    assert quality.overall.precision >= 0.985
    assert quality.groups["no NIK, with a date"].f1 >= 0.93
    assert quality.groups["mononym"].f1 >= 0.93
    assert quality.groups["default date"].f1 >= 0.93
    # What the thresholds expected is what came out.
    assert found.report.expected_precision == pytest.approx(quality.overall.precision, abs=0.01)


def test_layered_filters_need_no_other_cut_points(make):
    made = make(people=5_000, villages=80, layered=True)
    quality = measure(linked(made, made.pairs(LAYERED.floor), LAYERED).clusters, made.truth, made.groups)
    assert quality.overall.f1 >= 0.95
    assert quality.groups["no NIK, with a date"].f1 >= 0.90


def test_without_any_nik_people_are_still_found(make):
    made = make(people=2_000, villages=30)
    tokens = made.tokens.set_column(1, "nik", pa.nulls(made.tokens.num_rows, pa.binary(32)))
    pairs = {name: table for name, table in made.pairs(PLAIN.floor).items() if name != "nik"}
    found = link(made.handle_map, tokens, pairs, PLAIN)
    assert measure(found.clusters, made.truth, {}).overall.f1 >= 0.85


def test_the_order_of_rows_changes_nothing(small):
    made, pairs = small
    rng = np.random.default_rng(1)

    def shuffle(table):
        return table.take(rng.permutation(table.num_rows))

    one = linked(made, pairs, PLAIN)
    other = link(
        shuffle(made.handle_map), shuffle(made.tokens), {name: shuffle(table) for name, table in pairs.items()}, PLAIN
    )
    assert one.clusters.equals(other.clusters)
    assert one.reviews.equals(other.reviews)
    assert one.model.to_json() == other.model.to_json()


def test_a_model_read_back_from_json_links_as_the_fitted_one_did(small):
    made, pairs = small
    first = linked(made, pairs, PLAIN)
    again = linked(made, pairs, PLAIN, model=Model.from_json(first.model.to_json()))
    assert again.clusters.equals(first.clusters)
    assert again.thresholds == first.thresholds


def test_a_smaller_error_budget_accepts_fewer_pairs(small):
    made, pairs = small
    accepted = [
        linked(made, pairs, LinkSettings(budget=Budget(false=false))).thresholds.accepted
        for false in (0.01, 0.001, 0.0)
    ]
    assert accepted == sorted(accepted, reverse=True)
    assert accepted[0] > accepted[-1]


def test_every_record_of_the_handle_map_has_a_cluster_and_the_report_counts_them(small):
    made, pairs = small
    found = linked(made, pairs, PLAIN)
    assert found.clusters["record"].to_pylist() == sorted(made.truth["record"].to_pylist())
    assert found.report.records == found.clusters.num_rows
    assert found.report.clusters == len(set(found.clusters["cluster"].to_pylist()))
    assert sum(found.report.reviews.values()) == found.reviews.num_rows
    assert {"NIK_CONFLICT", "UNSURE"} <= set(found.report.reviews)


def test_neighbours_with_one_nik_are_held_apart(make):
    made = make(people=2_000, villages=30, wrong_nik=0.5)
    found = linked(made, made.pairs(PLAIN.floor), PLAIN)
    person = dict(zip(made.truth["record"].to_pylist(), made.truth["person"].to_pylist(), strict=True))
    held = [row for row in found.reviews.to_pylist() if row["reason"] == "NIK_CONFLICT"]
    assert sum(person[row["left"]] != person[row["right"]] for row in held) >= 10
    assert measure(found.clusters, made.truth, {}).overall.precision >= 0.97


def test_rows_without_nik_and_date_link_by_their_family_card_or_not_at_all(small):
    made, pairs = small
    tokens = made.tokens.set_column(2, "kk", pa.nulls(made.tokens.num_rows, pa.binary(32)))
    found = link(made.handle_map, tokens, pairs, PLAIN)
    bare = set(made.groups["no NIK, no date"].tolist())
    sizes = pc.value_counts(found.clusters["cluster"]).to_pylist()
    alone = {each["values"] for each in sizes if each["counts"] == 1}
    assert bare <= alone
    assert found.report.thin_pairs >= 10
    assert bare & {row[side] for row in found.reviews.to_pylist() for side in ("left", "right")}


def empty(schema):
    return pa.schema(schema).empty_table()


def test_no_records_and_records_without_candidates_give_no_pairs():
    handle_map = empty([("record", pa.int64()), ("compartment", pa.string()), ("handle", pa.int64())])
    tokens = empty([("handle", pa.int64()), ("nik", pa.binary(32)), ("kk", pa.binary(32))])
    assert link(handle_map, tokens, {}, PLAIN).clusters.num_rows == 0
    lonely = pa.table({"record": [4, 9], "compartment": ["token", "token"], "handle": [1, 2]})
    found = link(lonely, tokens, {}, PLAIN)
    assert found.clusters["cluster"].to_pylist() == [4, 9]
    assert found.thresholds.accept == NEVER


def test_too_few_unlike_pairs_fall_back_to_the_settings_cut_points(small):
    made, pairs = small
    assert linked(made, pairs, LinkSettings(name_cuts=(0.7, 0.9))).model.cuts == (0.7, 0.9)
    assert linked(made, pairs, LinkSettings(cut_pairs=10**9)).model.cuts == (0.72, 0.82, 0.92, 0.99)


def test_errors_name_no_value(small):
    made, pairs = small
    broken = made.handle_map.filter(pc.not_equal(made.handle_map["compartment"].cast(pa.string()), "date"))
    with pytest.raises(MatchingError) as refusal:
        link(broken, made.tokens, pairs, PLAIN)
    assert str(refusal.value) == "UNKNOWN_HANDLE: date: expected every handle in the handle map"
