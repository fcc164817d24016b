"""Run by an interpreter that has clkhash: names on standard input, one a line; filters on standard output, in hex."""

import sys

from clkhash import clk, comparators  # noqa: F401 — clkhash loads its comparators from here
from clkhash.schema import from_json_dict

BIGRAMS = {"type": "ngram", "n": 2, "positional": False}
HASHING = {"comparison": BIGRAMS, "strategy": {"bitsPerToken": 15}, "hash": {"type": "blakeHash"}}
SCHEMA = {
    "version": 3,
    "clkConfig": {
        "l": 1024,
        "kdf": {"type": "HKDF", "hash": "SHA256", "info": "", "salt": "", "keySize": 64},
    },
    "features": [{"identifier": "name", "format": {"type": "string", "encoding": "utf-8"}, "hashing": HASHING}],
}

rows = [[name] for name in sys.stdin.read().splitlines()]
for filter_ in clk.generate_clks(rows, from_json_dict(SCHEMA), "a secret of no one"):
    print(filter_.tobytes().hex())  # noqa: T201 — its answer
