"""A5 and A5b: what a leaked epoch key is worth, beside a dump, and beside a stolen ingest credential with a budget.

The attacker computes t1 tokens, salts and filters as any agency can (a dictionary attack on keyed hashes; Niedermeyer,
Steinmetzer, Kroll and Schnell, 2014, on why a key that many hold is no wall). The dump holds t2 tokens and layered
filters. Here the vault is an HMAC key that the attacker cannot read, only ask, as often as the budget allows.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.attacks.bounds import Trials
from linkage.attacks.likeness import agreement
from linkage.attacks.setting import Setting
from linkage.attacks.victims import harden, salt, secret
from linkage.encoding import Secret
from linkage.encoding.qgrams import I64
from linkage.encoding.tokens import tokenise

CLAIM = 6.5
"""Standard deviations of chance agreement above which the attacker says "found": none by luck among 10^9 pairs."""
EQUAL = 1 - 1e-6


@dataclass(frozen=True, slots=True)
class Vault:
    """The pepper, behind a budget of tokens: what a stolen ingest credential can ask in a day."""

    pepper: Secret
    budget: int

    def ask(self, tokens: list[bytes]) -> list[bytes]:
        """Return t2 of as many t1 tokens as the budget allows."""
        return peppered(tokens[: self.budget], self.pepper)


def peppered(tokens: list[bytes], pepper: Secret) -> list[bytes]:
    """Return t2 = HMAC(pepper, t1) of each t1 token."""
    return [hmac.digest(pepper.expose(), token, "sha256") for token in tokens]


def tokens(niks: pa.Array, victims: int, budget: int, rng: np.random.Generator) -> Trials:
    """Look up the first `victims` of a dictionary of NIKs string[n] in the dump, with `budget` questions to the vault.

    With no budget, t1 is compared with t2 as it is. The dictionary holds every victim. With a budget the whole
    dictionary is in the dump (`victims` = n), so that the rate has no sampling error.
    """
    first = tokenise(niks, secret(rng), "nik/v1").to_pylist()
    vault = Vault(secret(rng), budget)
    dump = set(peppered(first[:victims], vault.pepper))
    order = rng.permutation(len(first)).tolist()
    tried = first if not budget else vault.ask([first[at] for at in order])
    return Trials(victims, sum(token in dump for token in tried))


def filters(
    names: pa.Array, cells: I64, victims: int, setting: Setting, rng: np.random.Generator, at_once: int = 500
) -> Trials:
    """Look for the first `victims` of a dictionary of people string[n], with their true cells, among stored filters.

    The attacker knows every entry's filter before the layer. A victim is found if the likest entry is hers,
    and likelier than chance.
    """
    mine = salt(names, cells, setting, rng)
    dump = harden(mine[:victims], cells[:victims], setting, rng)
    claim = CLAIM / np.sqrt(setting.bits) if setting.layered else EQUAL
    hits = 0
    for at in range(0, victims, at_once):
        likeness = agreement(dump[at : at + at_once], mine)
        best, truth = likeness.argmax(axis=1), np.arange(at, at + len(likeness))
        same = pc.equal(names.take(pa.array(best)), names.take(pa.array(truth))).to_numpy(zero_copy_only=False)
        hits += int((same & (likeness.max(axis=1) > claim)).sum())
    return Trials(victims, hits)


def cells_opened(cells: int, budget: int, setting: Setting) -> Trials:
    """Count the cells whose names a leaked key, a stolen ingest credential and one anchor's files open in a day.

    Ingest may ask for a cell's layer key, so one anchor token opens a cell: with the layer's weights and the epoch key
    every name of any dictionary can be encoded and compared. One key for all cells, or no cells at
    all, opens everything at once.
    """
    if not setting.layered or setting.one_key or not setting.salted:
        return Trials(cells, cells)
    return Trials(cells, min(cells, budget))
