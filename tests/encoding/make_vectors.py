"""Write `docs/vectors/encoding-v2.json`: python -m tests.encoding.make_vectors. Only a new version changes it."""

import hmac
import json
from pathlib import Path

import numpy as np
import pyarrow as pa

from linkage.encoding import bloom, layer, qgrams
from linkage.encoding.keys import Secret, check_value, derive
from linkage.encoding.policy import Names
from linkage.identity.names import parse

FILE = Path(__file__).parents[2] / "docs" / "vectors" / "encoding-v2.json"
EPOCH_KEY = Secret(bytes(range(32)))
LAYER_KEY = Secret(bytes(range(32, 64)))
NAMES = [
    "Sutrisno",
    "Hj. Siti Nur Hayati, S.Pd",
    "MOH. RIZKI",
    "Djoemadi bin Karto",
    "I Wayan Sudarma",
    "A",
    "Nur Hayati",
]
SHAPES = [{"bits": 1024, "hashes": 12, "majorities": 3}, {"bits": 256, "hashes": 6, "majorities": 3}]
VALUE = "1980-08-17|P"
ANCHOR = "date"


def positions(code, salt, key, bits, hashes):
    """Return a gram's positions, read back from a filter of that gram alone (in rising order)."""
    one = qgrams.Grams(np.array([code], np.uint32), np.array([0]), np.array([1]))
    made = bloom.encode(one, np.array([0]), salt[None], key, bits=bits, hashes=hashes)
    return np.flatnonzero(np.unpackbits(made[0], bitorder="little")).tolist()


def make():
    """Return the vectors."""
    token = derive(EPOCH_KEY, f"anchor/{ANCHOR}/token/v1")
    salt_key = derive(EPOCH_KEY, f"anchor/{ANCHOR}/salt/v1")
    key = derive(EPOCH_KEY, f"anchor/{ANCHOR}/filter/v1")
    salt = hmac.digest(salt_key.expose(), VALUE.encode(), "sha256")[:12]
    salts = np.frombuffer(salt, np.uint8)
    cases = []
    for raw in NAMES:
        name = parse(raw).name
        grams = qgrams.grams(pa.array([name]), Names())
        codes = sorted(set(grams.codes.tolist()))
        case = {"raw": raw, "normalised": name, "codes": codes, "filters": []}
        for shape in SHAPES:
            bits, hashes = shape["bits"], shape["hashes"]
            made = bloom.encode(grams, np.array([0]), salts[None], key, bits=bits, hashes=hashes)
            case["filters"].append(
                {
                    **shape,
                    "positions": {str(code): positions(code, salts, key, bits, hashes) for code in codes[:2]},
                    "filter": made[0].tobytes().hex(),
                    "layered": layer.apply(made, LAYER_KEY, shape["majorities"])[0].tobytes().hex(),
                }
            )
        cases.append(case)
    return {
        "version": 2,
        "epoch_key": EPOCH_KEY.expose().hex(),
        "layer_key": LAYER_KEY.expose().hex(),
        "check": {"epoch": "2026-1", "value": check_value(EPOCH_KEY, "2026-1")},
        "nik": {
            "value": "1871015708809001",
            "t1": hmac.digest(derive(EPOCH_KEY, "nik/v1").expose(), b"1871015708809001", "sha256").hex(),
        },
        "anchor": {
            "name": ANCHOR,
            "value": VALUE,
            "token": hmac.digest(token.expose(), VALUE.encode(), "sha256").hex(),
            "salt": salt.hex(),
            "filter_key": key.expose().hex(),
        },
        "cases": cases,
    }


if __name__ == "__main__":
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(make(), indent=1) + "\n")
