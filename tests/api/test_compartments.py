"""The separation of compartments, from each vault role's view over the whole disk (security model §2)."""

import itertools

import pytest
from sqlmodel import Session, select

from api.services import ingest, link, pairs
from api.services.staging import open_handles
from api.store import Cell, Content, FilterFile, HandleBlock, Membership, PairFile, Reference, Token
from tests.api.conftest import people, silent
from vault import VaultError, read_table, unwrap_key

ANCHORS = ("date", "year", "village", "nik")
ROLES = ("ingest", "pass-date", "pass-year", "pass-village", "pass-nik", "merge", "evaluator")


@pytest.fixture
def linked(centre, desks):
    for name in ("baznas", "desa"):
        ingest.ingest(centre, desks[name].submit(people(40)), silent)
    link.link(centre, silent)
    return centre


def rows(centre, query):
    with Session(centre.store) as session:
        return session.exec(query).all()


def opened(centre, role):
    """Return what a role's vault identity opens of the sealed parts: anchors' filters, and the handle map."""
    found = {}
    with centre.login(role) as vault:
        for file in rows(centre, select(FilterFile)):
            for key in ANCHORS:
                try:
                    found[file.anchor] = read_table(vault, centre.filters / file.name, f"parquet-{key}")
                except VaultError as error:
                    assert error.code in {"VAULT_DENIED", "PARQUET_OTHER_KEY", "PARQUET_DAMAGED"}
        for block in rows(centre, select(HandleBlock)):
            try:
                found["handles"] = open_handles(vault, block)
            except VaultError as error:
                assert error.code == "VAULT_DENIED"
    return found


@pytest.mark.parametrize("role", ROLES)
def test_no_role_opens_more_than_its_own_compartment(role, linked):
    expected = {"merge": {"handles"}, "ingest": set(), "evaluator": set()}.get(role, {role.removeprefix("pass-")})
    assert set(opened(linked, role)) == expected


def test_without_the_handle_map_no_two_compartments_share_a_value(linked):
    """A stolen disk holds tokens, cells and content in the clear: no column of one joins a column of another."""
    columns = {
        "content": set(rows(linked, select(Content.record))),
        "tokens": set(rows(linked, select(Token.handle))),
        "nik": set(rows(linked, select(Token.nik))),
        "references": set(rows(linked, select(Reference.handle))),
        "lookups": set(rows(linked, select(Reference.lookup))),
        "cells": set(rows(linked, select(Cell.cell))),
        "cell tokens": set(rows(linked, select(Cell.token))),
    }
    for one, other in itertools.combinations(columns, 2):
        assert not columns[one] & columns[other], (one, other)
    assert set(rows(linked, select(Membership.record))) == columns["content"]


def test_after_a_link_no_file_tells_which_rows_came_together(linked):
    files = rows(linked, select(FilterFile))
    assert sorted(file.anchor for file in files) == sorted(ANCHORS)
    kept = rows(linked, select(PairFile))
    assert sorted(file.anchor for file in kept) == sorted(ANCHORS)
    assert {file.name for file in (*files, *kept)} == {path.name for path in linked.filters.iterdir()}
    for file in kept:
        with linked.login(f"pass-{file.anchor}") as vault:
            found = pairs.read(linked, vault, file.anchor)
        ends = found.pairs.select(["left", "right"]).to_pylist()
        assert sorted(found.handles) == list(found.handles)
        assert ends == sorted(ends, key=lambda pair: (pair["left"], pair["right"]))
    for file in files:
        table = opened(linked, f"pass-{file.anchor}")[file.anchor]
        assert table.num_rows == file.rows >= 80
        assert table["handle"].to_pylist() == sorted(table["handle"].to_pylist())


@pytest.mark.parametrize("anchor", ANCHORS)
def test_a_pass_sees_handles_and_cells_and_cannot_join_them_to_content_or_tokens(anchor, linked):
    table = opened(linked, f"pass-{anchor}")[anchor]
    assert table.column_names == ["handle", "cell", "filter"]
    handles = set(table["handle"].to_pylist())
    for query in (select(Content.record), select(Token.handle), select(Reference.handle), select(Membership.record)):
        assert not handles & set(rows(linked, query))


def test_the_merge_sees_handles_and_no_cell_and_no_filter(linked):
    table = opened(linked, "merge")["handles"]
    assert table.column_names == ["record", "compartment", "handle"]
    cells = set(rows(linked, select(Cell.cell)))
    assert not cells & set(table["handle"].to_pylist()) and not cells & set(table["record"].to_pylist())


def test_the_order_of_a_compartment_says_nothing_of_the_order_of_another(linked):
    """Rank correlation of a person's rows between two compartments, through the map: near nothing."""
    import numpy as np

    with linked.login("merge") as vault:
        tables = [open_handles(vault, block) for block in rows(linked, select(HandleBlock))]
    pairs = [
        (entry["record"], entry["handle"])
        for table in tables
        for entry in table.to_pylist()
        if entry["compartment"] == "token"
    ]
    ranks = [np.argsort(np.argsort(column)) for column in np.array(pairs).T]
    assert abs(np.corrcoef(*ranks)[0, 1]) < 0.5


@pytest.mark.parametrize("role", ROLES)
def test_only_the_merge_unwraps_a_handle_key(role, linked):
    block = rows(linked, select(HandleBlock))[0]
    with linked.login(role) as vault:
        if role == "merge":
            assert len(unwrap_key(vault, "handles", block.wrapped_key)) == 32
        else:
            with pytest.raises(VaultError, match="VAULT_DENIED"):
                unwrap_key(vault, "handles", block.wrapped_key)
