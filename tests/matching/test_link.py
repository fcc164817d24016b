from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from linkage.matching import patterns
from linkage.matching.errors import MatchingError
from linkage.matching.judging import Quiet, compared_patterns
from linkage.matching.link import LinkSettings, link
from linkage.matching.merge import CANDIDATES
from linkage.matching.model import Model
from linkage.matching.passes import PAIRS, Pass
from linkage.matching.quality import measure
from linkage.matching.threshold import NEVER, Budget

PLAIN, LAYERED = 0.60, 0.55
SETTINGS = LinkSettings()


@pytest.fixture(scope="module")
def small(make):
    made = make(people=2_000, villages=30)
    return made, made.passes(PLAIN)


def linked(made, passes, settings=SETTINGS, **more):
    return link(made.handle_map, made.tokens, passes, settings, **more)


@pytest.mark.parametrize(("people", "villages", "seed"), [(20_000, 300, 7), (10_000, 150, 8)])
def test_thousands_of_people_are_found_again_without_truth(make, people, villages, seed):
    made = make(people=people, villages=villages, seed=seed)
    found = linked(made, made.passes(PLAIN))
    quality = measure(found.clusters, made.truth, made.groups)
    assert quality.overall.f1 >= 0.96
    assert quality.overall.precision >= 0.985
    assert quality.groups["no NIK, with a date"].f1 >= 0.93
    assert quality.groups["mononym"].f1 >= 0.93
    assert quality.groups["default date"].f1 >= 0.93
    # What the thresholds expected is what came out.
    assert found.report.expected_precision == pytest.approx(quality.overall.precision, abs=0.01)
    assert found.model.prior == pytest.approx(quality.overall.true / universe(found), rel=0.1)


def universe(found):
    return found.report.records * (found.report.records - 1) / 2


def test_layered_filters_need_no_other_cut_points(make):
    made = make(people=5_000, villages=80, layered=True)
    quality = measure(linked(made, made.passes(LAYERED)).clusters, made.truth, made.groups)
    assert quality.overall.f1 >= 0.95
    assert quality.overall.precision >= 0.985
    assert quality.groups["no NIK, with a date"].f1 >= 0.93
    assert quality.groups["mononym"].f1 >= 0.93


def test_without_any_nik_people_are_still_found(make):
    made = make(people=2_000, villages=30)
    tokens = made.tokens.set_column(1, "nik", pa.nulls(made.tokens.num_rows, pa.binary(32)))
    passes = {name: found for name, found in made.passes(PLAIN).items() if name != "nik"}
    found = link(made.handle_map, tokens, passes, SETTINGS)
    assert measure(found.clusters, made.truth, {}).overall.f1 >= 0.85


def test_the_order_of_rows_changes_nothing(small):
    made, passes = small
    rng = np.random.default_rng(1)

    def shuffle(table):
        return table.take(rng.permutation(table.num_rows))

    one = linked(made, passes)
    mixed = {name: replace(found, pairs=shuffle(found.pairs)) for name, found in passes.items()}
    other = link(shuffle(made.handle_map), shuffle(made.tokens), mixed, SETTINGS)
    assert one.clusters.equals(other.clusters)
    assert one.reviews.equals(other.reviews)
    assert one.model.to_json() == other.model.to_json()


def test_a_model_read_back_from_json_links_as_the_fitted_one_did(small):
    made, passes = small
    first = linked(made, passes)
    again = linked(made, passes, model=Model.from_json(first.model.to_json()))
    assert again.clusters.equals(first.clusters)
    assert again.thresholds == first.thresholds


def test_a_smaller_error_budget_accepts_fewer_pairs(small):
    made, passes = small
    accepted = [
        linked(made, passes, LinkSettings(budget=Budget(false=false))).thresholds.accepted
        for false in (0.01, 0.001, 0.0)
    ]
    assert accepted == sorted(accepted, reverse=True)
    assert accepted[0] > accepted[-1]


def test_every_record_of_the_handle_map_has_a_cluster_and_the_report_counts_them(small):
    made, passes = small
    found = linked(made, passes)
    assert found.clusters["record"].to_pylist() == sorted(made.truth["record"].to_pylist())
    assert found.report.records == found.clusters.num_rows
    assert found.report.clusters == len(set(found.clusters["cluster"].to_pylist()))
    assert sum(found.report.reviews.values()) == found.reviews.num_rows
    assert {"NIK_CONFLICT", "UNSURE"} <= set(found.report.reviews)
    zones = found.report.accepted + found.report.reviewed
    assert 0 < found.report.accepted <= zones < found.report.candidates == found.scored.num_rows
    groups = found.report.groups
    assert sum(groups[name].rows for name in ("nik", "no_nik_with_date", "no_nik_no_date")) == found.report.records
    assert all(0 <= each.linked <= each.rows and 0 <= each.waiting <= each.rows for each in groups.values())
    for name, each in found.report.passes.items():
        assert (each.compared, each.alike) == (passes[name].compared, len(passes[name].pairs))


def test_neighbours_with_one_nik_are_held_apart(make):
    made = make(people=2_000, villages=30, wrong_nik=0.5)
    found = linked(made, made.passes(PLAIN))
    person = dict(zip(made.truth["record"].to_pylist(), made.truth["person"].to_pylist(), strict=True))
    held = [row for row in found.reviews.to_pylist() if row["reason"] == "NIK_CONFLICT"]
    assert sum(person[row["left"]] != person[row["right"]] for row in held) >= 10
    assert measure(found.clusters, made.truth, {}).overall.precision >= 0.97


def without_cards(made):
    return made.tokens.set_column(2, "kk", pa.nulls(made.tokens.num_rows, pa.binary(32)))


def test_rows_without_nik_date_and_card_link_only_when_lone_and_then_nine_of_ten_rightly(make):
    made = make(people=20_000, villages=300, seed=7)
    passes = made.passes(PLAIN)
    found = link(made.handle_map, without_cards(made), passes, SETTINGS)
    little = set(made.groups["no NIK, no date"].tolist())
    quality = measure(found.clusters, made.truth, {"little": made.groups["no NIK, no date"]})
    assert quality.groups["little"].precision >= 0.9
    assert quality.groups["little"].found >= 100
    assert found.report.thin_pairs >= 100
    # What stands in review as a namesake is linked to neither.
    cluster_of = dict(zip(*(found.clusters[name].to_pylist() for name in ("record", "cluster")), strict=True))
    held = [row for row in found.reviews.to_pylist() if row["reason"] == "NAMESAKES"]
    assert len(held) >= 10
    assert all(cluster_of[row["left"]] != cluster_of[row["right"]] for row in held)
    assert any({row["left"], row["right"]} & little for row in held)


def test_rows_that_show_neither_nik_date_card_nor_sex_stay_alone_and_go_to_review(make):
    made = make(people=2_000, villages=30, no_sex=1.0)
    found = link(made.handle_map, without_cards(made), made.passes(PLAIN), SETTINGS)
    bare = set(made.groups["no NIK, no date"].tolist())
    sizes = {each["values"]: each["counts"] for each in pc.value_counts(found.clusters["cluster"]).to_pylist()}
    cluster_of = dict(zip(*(found.clusters[name].to_pylist() for name in ("record", "cluster")), strict=True))
    assert len(bare) >= 20
    assert all(sizes[cluster_of[record]] == 1 for record in bare)
    assert bare & {row[side] for row in found.reviews.to_pylist() for side in ("left", "right")}


def test_names_of_one_nik_contradict_only_when_they_are_unlike_in_its_own_anchor():
    rows = {"record": [1, 1, 2, 2, 3, 3, 4, 4], "compartment": ["token", "nik"] * 4, "handle": [1, 1, 2, 2, 3, 3, 4, 4]}
    tokens = {
        "handle": pa.array([1, 2, 3, 4], pa.int64()),
        "nik": pa.array([b"1" * 32] * 2 + [b"2" * 32] * 2, pa.binary(32)),
    }
    tokens["kk"] = pa.nulls(4, pa.binary(32))
    model = Model((0.9,), patterns.fields(2), 0.1, ((0.5, 0.5), *SURE), ((0.6, 0.4), *NEVER_SO))
    near = pa.table([[1, 3], [2, 4], pa.array([0.56, 0.54], pa.float32())], schema=PAIRS)
    passes = {"nik": Pass(near, 4, 2, 0.0), "date": Pass(PAIRS.empty_table(), 0, 0, 0.6)}
    found = link(pa.table(rows), pa.table(tokens), passes, SETTINGS, model)
    assert found.clusters["cluster"].to_pylist() == [1, 1, 3, 4]
    assert [(row["left"], row["right"], row["reason"]) for row in found.reviews.to_pylist()] == [(3, 4, "NIK_CONFLICT")]


def test_names_of_one_nik_that_are_neither_like_nor_unlike_say_nothing():
    pairs = candidates(dice=[0.51, 0.52, 0.6, 0.52], nik=[1, 1, 1, 0])
    assert compared_patterns(pairs, (0.56,), Quiet(contradict=0.52))[:, 0].tolist() == [0, -1, 1, 0]


def test_an_unmet_date_says_something_only_above_the_floor_and_its_wobble():
    pairs = candidates(dice=[0.58, 0.59, 0.58, 0.58], date=[0, 0, 1, 2])
    assert compared_patterns(pairs, (0.56,), Quiet(1.0, dated=0.585))[:, 1].tolist() == [-1, 0, 1, 2]


def candidates(dice, date=None, nik=None):
    n = len(dice)
    missing = [-1] * n
    columns = [list(range(n)), [n] * n, dice, date or missing, missing, nik or missing, missing]
    return pa.table([pa.array(*each) for each in zip(columns, CANDIDATES.types, strict=True)], schema=CANDIDATES)


SURE = ((0.1, 0.1, 0.8), (0.1, 0.9), (0.1, 0.9), (0.1, 0.9))
NEVER_SO = ((0.98, 0.01, 0.01), (0.9, 0.1), (0.9999, 0.0001), (0.9, 0.1))


def empty(schema):
    return pa.schema(schema).empty_table()


def test_no_records_and_records_without_candidates_give_no_pairs():
    handle_map = empty([("record", pa.int64()), ("compartment", pa.string()), ("handle", pa.int64())])
    tokens = empty([("handle", pa.int64()), ("nik", pa.binary(32)), ("kk", pa.binary(32))])
    assert link(handle_map, tokens, {}, SETTINGS).clusters.num_rows == 0
    lonely = pa.table({"record": [4, 9], "compartment": ["token", "token"], "handle": [1, 2]})
    found = link(lonely, tokens, {}, SETTINGS)
    assert found.clusters["cluster"].to_pylist() == [4, 9]
    assert found.thresholds.accept == NEVER


def test_too_few_unlike_pairs_fall_back_to_the_settings_cut_points(small):
    made, passes = small
    assert linked(made, passes, LinkSettings(name_cuts=(0.7, 0.9))).model.cuts == (0.7, 0.9)
    assert linked(made, passes, LinkSettings(cut_pairs=10**9)).model.cuts == (0.72, 0.82, 0.92, 0.99)


def test_errors_name_no_value(small):
    made, passes = small
    broken = made.handle_map.filter(pc.not_equal(made.handle_map["compartment"].cast(pa.string()), "date"))
    with pytest.raises(MatchingError) as refusal:
        link(broken, made.tokens, passes, SETTINGS)
    assert str(refusal.value) == "UNKNOWN_HANDLE: date: expected every handle in the handle map"
