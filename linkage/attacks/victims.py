"""The victims' side: encodings made by the project's own encoder under fresh keys, as the attacker meets them.

Keys live for one call; an attack sees only filters and cells, unless its source of knowledge says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from linkage.attacks.setting import Setting
from linkage.encoding import Secret, bloom, layer
from linkage.encoding.keys import KEY_BYTES
from linkage.encoding.qgrams import I64, U8, grams

F32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Encoded:
    """What an attacker finds: `filters` uint8[n, bits / 8] and `cells` int64[n], opaque."""

    filters: U8
    cells: I64


def encode(names: pa.Array, cells: I64, setting: Setting, rng: np.random.Generator) -> Encoded:
    """Encode names string[n] in their cells int64[n] under keys drawn from `rng`, layer included."""
    plain = salt(names, cells, setting, rng)
    return Encoded(harden(plain, cells, setting, rng), cells)


def salt(names: pa.Array, cells: I64, setting: Setting, rng: np.random.Generator) -> U8:
    """Return what an agency makes: filters uint8[n, bits / 8] under a fresh epoch key, each cell with its own salt."""
    distinct, where = np.unique(cells if setting.salted else np.zeros_like(cells), return_inverse=True)
    salts = np.frombuffer(rng.bytes(len(distinct) * bloom.SALT_BYTES), np.uint8).reshape(-1, bloom.SALT_BYTES)
    encoded = names.dictionary_encode()
    which = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    bigrams = grams(encoded.dictionary, setting.names)
    return bloom.encode(bigrams, which, salts[where], secret(rng), bits=setting.bits, hashes=setting.hashes)


def harden(filters: U8, cells: I64, setting: Setting, rng: np.random.Generator) -> U8:
    """Return what the centre stores: filters under a fresh vault key's layer, or as they are where there is none."""
    if not setting.layered:
        return filters
    distinct = np.unique(cells).tolist()
    shared = secret(rng)
    keys = {cell: shared if setting.one_key else secret(rng) for cell in distinct}
    if setting.one_key:
        return layer.apply(filters, shared, setting.majorities)
    return layer.harden(filters, cells, keys, setting.majorities)


def secret(rng: np.random.Generator) -> Secret:
    """Return a fresh key; the attacker's dice, not the system's entropy, so that a run can be repeated."""
    return Secret(rng.bytes(KEY_BYTES))
