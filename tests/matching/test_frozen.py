"""A frozen model judges the same whatever data it meets, and its hash names it."""

import json
from importlib import import_module

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from linkage.matching import em, threshold
from linkage.matching.errors import MatchingError
from linkage.matching.frozen import Frozen
from linkage.matching.link import LinkSettings
from linkage.matching.threshold import Budget

SETTINGS = LinkSettings()
link = import_module("linkage.matching.link")
"""The module: the face hands out its function under the same name."""


@pytest.fixture(scope="module")
def world(make):
    made = make(people=2_000, villages=30)
    passes = made.passes(0.60)
    return made, passes, link.link(made.handle_map, made.tokens, passes, SETTINGS)


def test_a_link_with_a_frozen_model_fits_nothing_and_judges_as_the_first_did(world, monkeypatch):
    made, passes, first = world

    def never(*_):
        raise AssertionError("a frozen link fitted")

    monkeypatch.setattr(em, "fit", never)
    monkeypatch.setattr(threshold, "choose", never)
    monkeypatch.setattr(link, "learn_cuts", never)
    again = link.link(made.handle_map, made.tokens, passes, SETTINGS, Frozen.from_json(first.frozen.to_json()))
    assert again.clusters.equals(first.clusters) and again.reviews.equals(first.reviews)
    assert again.frozen == first.frozen and again.thresholds.accepted == first.thresholds.accepted
    assert again.report.expected_precision == pytest.approx(first.report.expected_precision)
    assert again.report.model == first.frozen.hash


def test_thresholds_stay_though_the_budget_and_the_data_change(world):
    made, _passes, first = world
    some = pc.less(made.handle_map["record"], int(np.median(made.handle_map["record"])))
    handle_map = made.handle_map.filter(some)
    mine = handle_map.filter(pc.equal(handle_map["compartment"].cast(pa.string()), "token"))["handle"]
    tokens = made.tokens.filter(pc.is_in(made.tokens["handle"], mine))
    few = link.link(handle_map, tokens, {}, LinkSettings(budget=Budget(false=0.0)), first.frozen)
    assert (few.thresholds.accept, few.thresholds.review) == (first.frozen.accept, first.frozen.review)
    assert few.report.records < first.report.records == few.report.fitted_records


def test_the_hash_is_of_weights_and_thresholds(world):
    frozen = world[2].frozen
    other = Frozen(frozen.model, frozen.accept, frozen.review / 2, frozen.records, frozen.candidates)
    assert other.hash != frozen.hash == Frozen.from_json(frozen.to_json()).hash


def test_a_model_without_thresholds_or_of_another_version_is_refused(world):
    frozen = world[2].frozen
    body = json.loads(frozen.to_json())
    assert next(iter(body)) == "version"
    for text in (frozen.model.to_json(), json.dumps({**body, "version": 9})):
        with pytest.raises(MatchingError, match="MODEL_VERSION"):
            Frozen.from_json(text)
    for text in ("", "[]", "7", json.dumps({**body, "accept": "x"}), json.dumps({**body, "review": 2.0, "accept": 1})):
        with pytest.raises(MatchingError, match="MODEL_SHAPE"):
            Frozen.from_json(text)


def test_given_thresholds_count_what_chosen_ones_counted(world):
    found = world[2]
    probabilities = found.scored["score"].to_numpy()
    ones = np.ones(len(probabilities), np.int64)
    told = threshold.apply(probabilities, ones, found.thresholds.accept, found.thresholds.review)
    assert (told.accepted, told.reviewed) == (found.thresholds.accepted, found.thresholds.reviewed)
    assert told.expected_missed == pytest.approx(found.thresholds.expected_missed)
    assert told.expected_false == pytest.approx(found.thresholds.expected_false)
