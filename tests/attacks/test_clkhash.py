"""The attack on filters that clkhash made, in an environment of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from linkage.attacks import graphs
from linkage.attacks.setting import Setting
from linkage.attacks.victims import Encoded
from linkage.attacks.world import found_world
from linkage.encoding.policy import Names

PYTHON = Path(__file__).parents[2] / "build" / "anchors" / "anonlink" / "bin" / "python"
SCRIPT = Path(__file__).with_name("encode_with_clkhash.py")
CLKHASH = Setting("clkhash", (), 1024, 15, 0, names=Names(joined=False, variants=False))


@pytest.mark.skipif(not PYTHON.exists(), reason="no environment with clkhash: `make anchors` installs it")
def test_clkhash_gives_up_95_of_100_names_of_1500(rng):
    world = found_world(15_000, 1)
    names = world.some(world.distinct(1_500, rng))
    given = "\n".join(names.to_pylist())
    made = subprocess.run([PYTHON, SCRIPT], input=given, capture_output=True, text=True, check=True).stdout
    filters = np.frombuffer(bytes.fromhex(made.replace("\n", "")), np.uint8).reshape(1_500, 128)
    roster = names.take(rng.permutation(1_500))
    found = Encoded(filters, np.zeros(1_500, np.int64))
    assert graphs.across(found, names, roster, CLKHASH, rng).rate >= 0.95
