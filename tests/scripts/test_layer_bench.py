"""`lapis bench layer`: the shape of its answer."""

import json

from scripts import cli


def test_the_answer_has_seconds_both_ways_and_memory_by_size(capsys):
    assert cli.main(["bench", "layer", "--persons", "2000", "500", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"seconds", "incremental_seconds", "peak_mb", "load"} <= set(found)
    assert [size["persons"] for size in found["sizes"]] == [500, 2000]
    assert all(size["flags"] > 0 and size["changed"] > 0 for size in found["sizes"])
    assert found["seconds"] == found["sizes"][-1]["seconds"]
    assert set(found["sizes"][0]["steps"]) == {"picture", "causes", "villages", "money", "release", "carry"}


def test_no_person_is_out_of_range(capsys):
    assert cli.main(["bench", "layer", "--persons", "0"]) == cli.REFUSED
