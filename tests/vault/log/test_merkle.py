"""The tree: its roots are another library's, and its proofs hold for what is there and for nothing else."""

import hashlib

import pymerkle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.log import LogError, leaf_hash, merkle


def grown(*parts):
    """Return the tiles of a tree that grew in parts, and all leaves."""
    tiles, leaves, size = {}, [], 0
    for part in parts:
        fresh = [leaf_hash(b"%d" % at) for at in range(size, size + part)]
        size = merkle.append(tiles, size, fresh)
        leaves += fresh
    return tiles, leaves


@pytest.mark.parametrize("size", [1, 2, 3, 7, 255, 256, 257, 512, 1000])
def test_roots_are_those_of_another_library(size):
    tiles, _ = grown(size)
    oracle = pymerkle.InmemoryTree(algorithm="sha256")
    for at in range(size):
        oracle.append_entry(b"%d" % at)
    assert merkle.root(tiles, size) == oracle.get_root()


def test_the_empty_tree_has_the_hash_of_nothing():
    assert merkle.root({}, 0) == hashlib.sha256(b"").digest()


@given(st.lists(st.integers(0, 700), min_size=1, max_size=5))
def test_however_it_grew_the_tiles_are_the_same(parts):
    assert grown(*parts)[0] == grown(sum(parts))[0]


@given(st.integers(1, 70_000), st.data())
def test_an_entry_is_proved_in_its_place_and_in_no_other(size, data):
    index = data.draw(st.integers(0, size - 1))
    tiles, leaves = TALL
    root, path = merkle.root(tiles, size), merkle.inclusion(tiles, index, size)
    merkle.check_inclusion(leaves[index], index, size, path, root)
    wrong = [
        (leaf_hash(b"x"), index, path),
        (leaves[index], index, path[:-1] or [root]),
        (leaves[index], index, [*path, root]),
    ]
    for leaf, at, proof in wrong:
        with pytest.raises(LogError, match="LOG_PROOF"):
            merkle.check_inclusion(leaf, at, size, proof, root)


@given(st.integers(1, 70_000), st.data())
def test_a_log_continues_its_own_past_and_no_other(new, data):
    old = data.draw(st.integers(1, new))
    tiles, _ = TALL
    roots = merkle.root(tiles, old), merkle.root(tiles, new)
    path = merkle.consistency(tiles, old, new)
    merkle.check_consistency(old, roots[0], new, roots[1], path)
    other = leaf_hash(b"another past")
    with pytest.raises(LogError, match="LOG_PROOF"):
        merkle.check_consistency(old, other, new, roots[1], path)
    with pytest.raises(LogError, match="LOG_PROOF"):
        merkle.check_consistency(old, roots[0], new, other, path)


def test_a_missing_tile_is_said():
    tiles, _ = grown(600)
    del tiles[merkle.TileId(0, 1)]
    with pytest.raises(LogError, match="LOG_TILE_MISSING"):
        merkle.inclusion(tiles, 300, 600)


TALL = grown(70_000)
