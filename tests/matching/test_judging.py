import numpy as np
import pyarrow as pa
import pytest

from linkage.matching import DECISIONS, judging, patterns, threshold
from linkage.matching.clusters import Rules, cluster
from linkage.matching.decisions import impose
from linkage.matching.judging import compared_patterns, judge, mattering, scale
from linkage.matching.link import LinkSettings, fit, link
from linkage.matching.merge import compare
from linkage.matching.model import probability
from linkage.matching.threshold import Budget


@pytest.fixture(scope="module")
def linked(make):
    made = make(people=2_000, villages=10, wrong_nik=0.2)
    passes = made.passes(0.58)
    found = compare(made.handle_map, made.tokens, passes, 50)
    model = fit(found, passes, LinkSettings())
    return made, passes, found, model


@pytest.mark.parametrize("rows", [1 << 22, 500])
@pytest.mark.parametrize("least", [0.5, 0.05])
@pytest.mark.parametrize("decided", [0, 300])
def test_pairs_that_do_not_matter_change_no_cluster_and_no_review(linked, monkeypatch, rows, least, decided):
    monkeypatch.setattr(judging, "SLICE", rows)
    _, _, found, model = linked
    compared = patterns.mask(compared_patterns(found.candidates, model.cuts))
    histogram = patterns.count(compared, model.fields)
    by_pattern = probability(model, histogram.patterns)
    limits = threshold.choose(by_pattern, histogram.counts, Budget(0.2, 0.01, least))
    decisions = decisions_on(found, decided)
    by = scale(histogram, by_pattern)
    kept = mattering(found, compared, by, limits, decisions)
    assert 0 < len(kept) < len(compared)
    one, other = (clustered(found, compared, by, limits, some, decisions) for some in (kept, np.arange(len(compared))))
    assert one.clusters.equals(other.clusters)
    assert one.reviews.equals(other.reviews)


def clustered(found, compared, by, limits, rows, decisions):
    judged = impose(judge(found, compared, rows, by, 0.5), found.records, decisions)
    return cluster(found.records, found.nik, judged, Rules(limits.accept, limits.review))


def decisions_on(found, count):
    """Decide on `count` candidates and as many pairs that are none."""
    random = np.random.default_rng(3)
    at = random.choice(len(found.candidates), count, replace=False)
    strange = np.sort(random.choice(found.records, (count, 2)), axis=1)
    strange = strange[strange[:, 0] < strange[:, 1]]
    left, right = (found.candidates[side].to_numpy()[at] for side in ("left", "right"))
    pairs = np.unique(np.r_[np.c_[left, right], strange], axis=0)
    return pa.table([*pairs.T, random.random(len(pairs)) < 0.5], schema=DECISIONS)


def test_listing_fewer_scored_pairs_changes_nothing_else(linked):
    made, passes, _, model = linked
    whole, short = (
        link(made.handle_map, made.tokens, passes, LinkSettings(all_scored=each), model) for each in (True, False)
    )
    assert len(short.scored) < len(whole.scored)
    assert short.clusters.equals(whole.clusters)
    assert short.reviews.equals(whole.reviews)
    assert short.report == whole.report


def test_every_review_is_among_the_fewer_scored_pairs(linked):
    made, passes, _, model = linked
    found = link(made.handle_map, made.tokens, passes, LinkSettings(all_scored=False), model)
    shown = set(zip(*(found.scored[side].to_pylist() for side in ("left", "right")), strict=True))
    assert found.reviews.num_rows
    assert {(row["left"], row["right"]) for row in found.reviews.to_pylist()} <= shown
