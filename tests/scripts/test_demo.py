"""The whole story at its full size, by the command that the README names: its goals hold, and its summary says so."""

import csv
import json
import re
from collections import Counter

import pytest

from scripts import cli
from vault.log import Verifier, bundle

STAGES = [
    "synth", "vault", "keys", "service", "tokenise", "ingest", "link", "evaluate",
    "layers", "overlaps", "campaign", "case", "log",
]  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo") / "demo"
    assert cli.main(["demo", "--out", str(out), "--people", "20000", "--port", "0", "--exit"]) == 0
    return out, json.loads((out / "summary.json").read_text())


def test_the_summary_has_the_promised_keys(told):
    out, summary = told
    assert {"agencies", "persons", "precision", "recall", "f1", "groups", "reviews", "log", "seconds"} <= set(summary)
    assert len(summary["agencies"]) == 8, "seven that give aid, and the register"
    assert all(set(each) == {"read", "rejected", "submitted"} for each in summary["agencies"].values())
    assert all(each["read"] == each["rejected"] + each["submitted"] for each in summary["agencies"].values())
    assert list(summary["seconds"]) == STAGES
    assert set(summary["persons"]) == {"found", "truth"}
    taken_in = len(list((out / "inbox").rglob("*.lapis")))
    verifier = Verifier.decode((out / "log" / "verifier").read_text())
    codes = Counter(json.loads(entry)["code"] for entry in bundle.entries(out / "log", verifier))
    expected = {
        "SUBMISSION_VISIBLE": taken_in, "LINKED": 1, "VAULT_SET_UP": 1, "IDENTITIES_SET": 1,
        "CAMPAIGN_OPENED": 1, "CAMPAIGN_APPROVED": 2, "CASE_OPENED": 1, "CASE_RELEASED": 1,
    }  # fmt: skip
    assert {code: codes[code] for code in expected} == expected, "an entry for each list, and for each act"
    assert codes["TOKENS_COUNTED"] >= taken_in
    assert summary["log"]["size"] == codes.total()
    assert len(summary["log"]["root"]) == 64


def test_the_summary_tells_the_story_to_its_end(told):
    _, summary = told
    layers = summary["layers"]
    assert layers["persons"] == summary["persons"]["found"] and layers["flags"] > 0
    assert 0 < layers["told"] <= layers["cells"]
    assert summary["overlaps"] > 1000 and summary["referred"] > 0
    case = summary["case"]
    assert case["self_approval"] == "refused" and case["agencies"] > 1
    assert case["resolved"] == case["answered"] >= case["agencies"]
    assert (summary["reconciled"], summary["unmatched"], summary["findings"]) == (True, 0, [])


def test_the_poorest_without_aid_are_counted_by_regency_and_what_stands_in_their_way(told):
    import pyarrow.parquet as pq

    out, summary = told
    people = pq.read_table(out / "lists" / "truth" / "people.parquet", columns=["person", "decile"]).to_pylist()
    rows = pq.read_table(
        out / "lists" / "truth" / "rows.parquet", columns=["person", "programme", "decile"]
    ).to_pylist()
    listed = {row["person"] for row in rows if row["decile"] in {1, 2}}
    aided = {row["person"] for row in rows if row["programme"]}
    assert {each["person"] for each in people if each["decile"] <= 2} >= listed
    without = len(listed - aided)
    # What is linked falsely apart seems to be without aid; what is hidden is left out.
    assert 0.5 * without < summary["untouched"]["people"] < 2 * without
    assert summary["untouched"]["regencies"] > 5
    assert {"school", "clinic", "road", "water"} & set(summary["causes"])


def test_the_rupiah_balance_and_what_nobody_accounts_for_is_what_was_planted(told):
    import pyarrow.parquet as pq

    out, summary = told
    rupiah = summary["rupiah"]
    assert rupiah["disbursed"] == rupiah["reached"] + rupiah["returned"] + rupiah["untraced"]
    assert rupiah["told"] > 20 and rupiah["reached"] > 0 and rupiah["untraced"] > 0
    planted = pq.read_table(out / "lists" / "truth" / "rupiah.parquet").to_pylist()
    assert rupiah["untraced"] <= sum(line["untraced"] for line in planted)
    with (out / "lists" / "treasury" / "sp2d.csv").open(newline="") as file:
        left = sum(int(row["Nilai"]) for row in csv.DictReader(file))
    assert rupiah["disbursed"] + rupiah["hidden"] == left, "to the rupiah"


def test_the_goals_hold_on_twenty_thousand_people(told):
    _, summary = told
    assert summary["f1"] >= 0.95
    assert summary["groups"]["no_nik_with_date"]["f1"] >= 0.85
    assert summary["precision"] >= 0.98


def test_no_group_is_left_far_behind_but_those_that_are_known(told):
    """Twins share date, village and card; rows without NIK and date show a name alone. Both stand in the README."""
    _, summary = told
    for name, group in summary["groups"].items():
        if name not in {"twin", "no_nik_no_date"}:
            assert group["f1"] >= summary["f1"] - 0.03, name


RUNS = re.compile(rb"[A-Z][A-Z .',-]{3,}|[0-9]{16,}")
"""What a name in capitals, or a NIK, would stand in."""


def test_nothing_of_a_person_is_at_the_centre_after_the_demo(told):
    import pyarrow.parquet as pq

    out, _ = told
    people = pq.read_table(out / "lists" / "truth" / "people.parquet").slice(0, 2000).to_pylist()
    needles = {person["nik"].encode() for person in people if person["nik"]}
    needles |= {person["name"].upper().encode() for person in people if " " in person["name"]}
    assert all(RUNS.fullmatch(needle) for needle in needles)
    for folder in ("centre", "seal", "inbox", "handed-over", "officers", "log"):
        for path in (out / folder).rglob("*"):
            if path.is_file():
                content = b"\n".join(RUNS.findall(path.read_bytes()))
                found = [needle for needle in needles if needle in content]
                assert not found, path


def test_the_vault_has_stopped_and_left_no_root_token(told):
    out, _ = told
    assert cli.main(["centre", "link", "--home", str(out / "centre")]) == cli.VAULT_AWAY
    written = b"".join(path.read_bytes() for path in (out / "centre" / "vault").rglob("*.log") if path.is_file())
    assert b"Root Token" not in written and b"s.root" not in written


def test_a_folder_with_something_else_in_it_is_not_deleted(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("years of work")
    assert cli.main(["demo", "--out", str(tmp_path)]) == cli.REFUSED
    assert (tmp_path / "thesis.txt").exists() and "OUT_NOT_OURS" in capsys.readouterr().err
