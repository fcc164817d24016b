"""The split of a chunk: nothing is lost, and only the handle map joins what was parted."""

import os

import numpy as np
import pyarrow as pa

from linkage.encoding import bloom, compartments, submission
from linkage.encoding.compartments import Layered, Peppered
from tests.encoding.conftest import encoded, records


def peppered(count, seed=3):
    rng = np.random.default_rng(seed)
    token = pa.array([rng.bytes(32) for _ in range(count)], pa.binary(32))
    rows = np.repeat(np.arange(count), 2)
    filters = rng.integers(0, 256, (2 * count, 128), dtype=np.uint8)
    layered = Layered(rows, rng.integers(0, 4, 2 * count), filters)
    return Peppered(token, token, token, pa.array([b"sealed"] * count), {"date": layered})


def test_the_split_loses_nothing_and_the_map_alone_joins_it(linkage_policy, secrets):
    count = 40
    aid = encoded(records(*({"amount": at} for at in range(count))), linkage_policy, secrets)[0].select(
        submission.AID.names
    )
    given_ = peppered(count)
    made = compartments.split(aid, given_, os.urandom)
    amount = dict(zip(made.content["record"].to_pylist(), made.content["amount"].to_pylist(), strict=True))
    nik = dict(zip(made.tokens["handle"].to_pylist(), made.tokens["nik"].to_pylist(), strict=True))
    filters = dict(
        zip(made.filters["date"]["handle"].to_pylist(), made.filters["date"]["filter"].to_pylist(), strict=True)
    )
    expected = bloom.to_arrow(given_.anchors["date"].filters).to_pylist()
    for entry in made.handle_map.to_pylist():
        row = amount[entry["record"]]
        if entry["compartment"] == "token":
            assert nik[entry["handle"]] == given_.nik[row].as_py()
        elif entry["compartment"] == "date":
            assert filters[entry["handle"]] in expected[2 * row : 2 * row + 2]
    assert made.handle_map.num_rows == 4 * count


def test_no_two_compartments_share_a_handle_or_an_order(linkage_policy, secrets):
    count = 300
    aid = encoded(records(*({} for _ in range(count))), linkage_policy, secrets)[0].select(submission.AID.names)
    made = compartments.split(aid, peppered(count), os.urandom)
    ids = [made.content["record"], made.tokens["handle"], made.references["handle"], made.filters["date"]["handle"]]
    values = [value for column in ids for value in column.to_pylist()]
    assert len(set(values)) == len(values)
    for column in ids:
        assert column.to_pylist() == sorted(column.to_pylist())
