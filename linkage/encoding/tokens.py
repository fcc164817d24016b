"""Keyed tokens of identifiers: equal inputs meet, nothing else does. Never keeps an input.

A t1 token is HMAC-SHA256 under a key derived from the epoch key, one label an identifier. It is dictionary-safe only
together with the centre's vault pepper, which makes t2 of it.
"""

from __future__ import annotations

import hmac

import pyarrow as pa

from linkage.encoding.keys import Secret, derive

TOKEN_BYTES = 32
TOKEN = pa.binary(TOKEN_BYTES)


def tokenise(values: pa.Array, epoch_key: Secret, label: str) -> pa.FixedSizeBinaryArray:
    """Return the t1 token of each string (null stays null): string[n] → fixed_size_binary(32)[n].

    `label` names the purpose, such as `nik/v1`. Each distinct value is hashed once.
    """
    key = derive(epoch_key, label).expose()
    encoded = values.dictionary_encode()
    tokens = [hmac.digest(key, value.encode(), "sha256") for value in encoded.dictionary.to_pylist()]
    return pa.array(tokens, TOKEN).take(encoded.indices)
