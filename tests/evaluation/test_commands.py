"""`lapis evaluate` and `lapis bench encode`: the shape of their answers, and what they do without the peers."""

import json
import math

import pytest

from linkage.evaluation import load
from scripts import bench, cli, evaluate, lampung, peers

SCORES = {"precision", "recall", "f1"}


def ask(capsys, *arguments):
    assert cli.main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture(scope="session")
def synthetic():
    return lampung.load(600, seed=3)


def test_an_evaluation_answers_with_scores_ceiling_groups_and_absent_peers(tmp_path, capsys):
    found = ask(capsys, "evaluate", "--dataset", "synth", "--people", "600", "--anchors", str(tmp_path))
    assert {"threshold", "ceiling", "groups", "peers", "policy_changes", "best", *SCORES} <= set(found)
    assert all(0 <= found[name] <= 1 for name in ("ceiling", *SCORES))
    assert set(found["groups"]) == {*lampung.GROUPS, "no_date"}
    assert all(set(group) == {"bcubed", *SCORES} for group in found["groups"].values())
    assert all(set(part["bcubed"]) == SCORES for part in (found, *found["groups"].values()))
    assert [peer["name"] for peer in found["peers"]] == ["anonlink", "splink", "recordlinkage"]
    assert all("make anchors" in peer["absent"] for peer in found["peers"][:2])
    assert 0.3 < found["peers"][2]["f1"] < 1
    assert "without truth" in found["threshold_chosen"]


def test_a_policy_can_be_a_file_and_tells_what_it_does_not_protect(tmp_path, capsys):
    text = (evaluate.Path(evaluate.__file__).parents[1] / "policies" / "linkage" / "open-clk.toml").read_text()
    (tmp_path / "mine.toml").write_text(text.replace('name = "open-clk"', 'name = "mine"'))
    arguments = ["--dataset", "synth", "--people", "300", "--no-peers", "--policy", str(tmp_path / "mine.toml")]
    found = ask(capsys, "evaluate", *arguments)
    assert found["policy"] == "mine" and len(found["unprotected"]) == 2 and found["peers"] == []
    assert cli.main(["evaluate", *arguments]) == 0
    assert capsys.readouterr().out.count("not protected") == 2


def test_calibration_shows_ten_bins_that_count_every_candidate_pair(capsys):
    arguments = ["evaluate", "--dataset", "febrl1", "--no-peers"]
    found = ask(capsys, *arguments)["calibration"]
    assert [each["low"] for each in found["bins"]] == pytest.approx([at / 10 for at in range(10)])
    assert sum(each["true"] for each in found["bins"]) >= 400 and found["error"] < 0.1
    assert cli.main([*arguments, "--calibration"]) == 0
    assert "What a probability is worth" in capsys.readouterr().out


def test_an_unknown_policy_is_refused(capsys):
    assert cli.main(["evaluate", "--dataset", "febrl4", "--policy", "none"]) == cli.REFUSED
    assert "POLICY_MISSING" in capsys.readouterr().err


def test_synthetic_rows_have_no_number_and_their_truth(synthetic):
    records = synthetic.records
    for name in lampung.NUMBERS:
        assert records[name].null_count == len(records)
    assert records["name"].null_count == 0
    assert len(set(synthetic.person.tolist())) < len(synthetic.person)
    assert all(len(members) for name, members in synthetic.groups.items() if name != "twin")


def test_peers_see_no_truth(synthetic):
    assert peers.table(synthetic).column_names == ["id", "name", "birth_date", "sex", "village", "side"]


def test_a_peer_that_fails_is_told_of_and_stops_nothing(tmp_path, synthetic):
    for name in ("anonlink", "splink"):
        python = tmp_path / name / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text("#!/bin/sh\nexit 3\n")
        python.chmod(0o755)
    found = peers.compare(synthetic, tmp_path)
    assert [peer.get("absent") for peer in found] == ["ended with status 3"] * 2 + [None]


@pytest.mark.skipif(peers.interpreter(peers.ANCHORS, "anonlink") is None, reason="`make anchors` was not run")
def test_anonlink_reaches_its_published_quality_on_febrl_4():
    data = load("febrl4")
    found = peers._compare(peers.PEERS[0], data, peers.ANCHORS)
    assert found["f1"] == pytest.approx(0.986, abs=0.004)
    assert found["threshold_chosen"] == peers.WITH_TRUTH


def test_the_bench_answers_with_ratios_raw_times_versions_and_flags(tmp_path, capsys):
    small = ["--rows", "64", "--runs", "2", "--growth", "32", "64", "--anchors", str(tmp_path)]
    found = ask(capsys, "bench", "encode", *small)
    assert found["ratio"] is None and found["ratios"] == {"1": None, "7": None, "100": None}
    assert {"ratios_name", "ratios_name_numpy", "ratios_normalised", "ratios_numpy"} < set(found)
    assert all(found[f"{what}_per_s{by}"] > 0 for what in ("layer", "layer_three") for by in ("", "_numpy"))
    assert {"avx2", "avx512_vpopcntdq", "model"} == set(found["cpu"])
    for what in ("names", "filters"):
        assert set(found["seconds"][what]) == {"1", "7", "100"}
        assert all(len(taken) == 2 for taken in found["seconds"][what]["7"].values())
    assert [each["rows"] for each in found["growth"]] == [32, 64]
    assert found["versions"]["numba"]["numba"] and not found["versions"]["numpy"]["numba"]
    assert not math.isnan(found["load"])


def test_the_rows_of_the_bench_make_cells_of_the_size_that_it_says():
    rows = bench.people(700)
    for cell in (1, 7, 100):
        sizes = rows.group_by([f"birth_{cell}", "sex"]).aggregate([([], "count_all")])["count_all"].to_pylist()
        assert max(sizes) == cell and sum(size != cell for size in sizes) <= 2
    assert {"name", "sex", "village", "nik", "kk"} < set(rows.column_names)


@pytest.mark.skipif(peers.interpreter(peers.ANCHORS, "anonlink") is None, reason="`make anchors` was not run")
def test_the_bench_compares_with_clkhash_row_against_row_and_name_against_name(capsys):
    found = ask(capsys, "bench", "encode", "--rows", "64", "--runs", "1", "--growth", "32")
    assert found["ratio"] == found["ratios"]["7"] > 0
    assert all(found["ratios_name"][cell] > 0 for cell in ("1", "7", "100"))
    assert {"clkhash", "clkhash_name"} < set(found["seconds"]["names"]["7"])


def test_a_bench_of_no_rows_is_refused(capsys):
    assert cli.main(["bench", "encode", "--rows", "0"]) == cli.REFUSED
    assert "BENCH_RANGE" in capsys.readouterr().err
