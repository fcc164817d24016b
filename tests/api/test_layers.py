"""Layers over the store: what was planted is found through the tables, and renewing is the same as making anew."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from sqlmodel import Session, select

from api.errors import ServiceError
from api.services.layers import claims, renew, rows
from api.store import LayerClaimed, LayerDue, LayerFlag, LayerFlagRow, LayerPerson, LayerState
from linkage.layering import ROWS, money
from linkage.layering.columns import named
from linkage.layering.events import events
from linkage.layering.needs import CAUSES
from linkage.synth import generate, load_dials
from linkage.synth.aid import ASKED, plant
from linkage.synth.rupiah import fund
from scripts.layer_store import fill
from tests.api.conftest import silent

SEED = 11


@pytest.fixture(scope="module")
def aid():
    people = pa.concat_tables(block.people for block in generate(2000, SEED, load_dials()))
    return plant(people, SEED)


@pytest.fixture
def planted(centre, aid):
    """A centre in which the truth has linked planted aid, at the moment that is asked about."""
    fill(centre.store, aid.rows)
    return replace(centre, clock=lambda: ASKED)


def kept(centre):
    """Return what the tables say: persons, flags with their rows, claims; in an order of their own."""
    with Session(centre.store) as session:
        people = {each.person: each.model_dump() for each in session.exec(select(LayerPerson))}
        flags = {each.id: {**each.model_dump(), "records": []} for each in session.exec(select(LayerFlag))}
        for row in session.exec(select(LayerFlagRow).order_by(LayerFlagRow.record)):
            flags[row.flag]["records"].append(row.record)
    with centre.store.connect() as connection:
        claimed = claims.read(connection)
    order = [(name, "ascending") for name in money.CLAIM]
    return people, flags, claimed.sort_by(order).to_pylist()


def test_what_comes_out_of_the_store_is_what_was_linked(planted, aid):
    with planted.store.connect() as connection:
        found = rows.every(connection)
    wanted, found = aid.rows.sort_by("record"), found.sort_by("record")
    for name in ROWS.names:
        assert found[name].to_pylist() == wanted[name].to_pylist(), name


def test_every_planted_overlap_gap_and_rupiah_is_in_the_tables_and_nothing_else(planted, aid):
    made = renew.renew(planted, silent)
    assert made.whole and made.persons == made.renewed == 2000
    people, flags, claimed = kept(planted)
    found = {(each["rule"], each["unit"], each["unit_id"], tuple(each["records"])) for each in flags.values()}
    assert found == {(row["rule"], row["unit"], row["unit_id"], tuple(row["records"])) for row in aid.flags.to_pylist()}
    gaps = {(person, cause) for person, each in people.items() for cause in named(each["causes"], CAUSES)}
    assert gaps == {(row["person"], row["cause"]) for row in aid.gaps.to_pylist()} and gaps
    rupiah = fund(aid, SEED)
    lines = money.lines_of(rupiah.disbursements, pa.Table.from_pylist(claimed, schema=money.CLAIMS))
    names = ("fund", "programme", "agency", "year", "regency", "untraced", "beyond")
    assert sorted(map(str, lines.select(names).to_pylist())) == sorted(map(str, rupiah.lines.select(names).to_pylist()))


def more(aid, share, seed):
    """Return further rows: some say a thing again, some correct an earlier row, some put a person on another card."""
    rng = np.random.default_rng(seed)
    standing = aid.rows.filter(pa.compute.is_valid(aid.rows["programme"]))
    gone = aid.rows["corrects"].drop_null()
    standing = standing.filter(pa.compute.invert(pa.compute.is_in(standing["record"], gone)))
    chosen = standing.take(pa.array(rng.choice(len(standing), int(share * len(standing)), replace=False)))
    fresh = chosen.to_pylist()
    for at, row in enumerate(fresh):
        corrects = row["record"] if at % 3 == 0 else None
        row |= {"record": 10**6 + 10**5 * seed + at, "corrects": corrects, "known": ASKED + dt.timedelta(hours=seed)}
        if at % 3 == 1:
            row["household"] = int(rng.choice(aid.rows["household"].to_pylist()))
        if at % 3 == 0:
            row["amount"] += 7
        if at % 6 == 3:
            row["person"] = int(rng.choice(aid.rows["person"].to_pylist()))
    return pa.Table.from_pylist(fresh, schema=ROWS)


def later(centre, hours):
    return replace(centre, clock=lambda: ASKED + dt.timedelta(hours=hours, minutes=30))


def test_renewing_those_who_changed_gives_what_making_anew_gives(planted, aid):
    renew.renew(planted, silent)
    for step in (1, 2):
        fill(planted.store, more(aid, 0.03, step))
        made = renew.renew(later(planted, step), silent)
        assert not made.whole and 0 < made.renewed < made.persons / 2
    carried = kept(planted)
    with Session(planted.store) as session, session.begin():
        assert not session.exec(select(LayerDue)).all()
        session.delete(session.get(LayerState, 1))
    assert renew.renew(later(planted, 2), silent).whole
    assert kept(planted) == carried


def test_layers_of_another_month_are_made_anew(planted):
    renew.renew(planted, silent)
    assert not renew.renew(later(planted, 1), silent).whole
    assert renew.renew(later(planted, 24 * 31), silent).whole


def test_nothing_linked_is_said_and_makes_nothing(centre):
    with pytest.raises(ServiceError, match="NOTHING_LINKED"):
        renew.renew(centre, silent)
    with Session(centre.store) as session:
        assert not session.exec(select(LayerClaimed)).all()


def test_before_a_correction_was_known_the_sums_were_the_earlier_ones(planted, aid):
    with planted.store.connect() as connection:
        linked = rows.every(connection)
    early = claims.make(linked, ASKED - dt.timedelta(days=25))
    now = claims.make(linked, ASKED)
    corrected = sum(each is not None for each in aid.rows["corrects"].to_pylist())
    assert corrected > 5
    assert sum(early["paid"].to_pylist()) > 0 and early["paid"].to_pylist() != now["paid"].to_pylist()
    assert len(events(linked.select(ROWS.names))) == sum(now["rows"].to_pylist()) + corrected


def test_parts_hold_every_row_once_and_part_nothing_that_is_tied(planted, aid):
    fill(planted.store, more(aid, 0.05, 3))
    with planted.store.connect() as connection:
        parts, whole = list(rows.parts(connection, most=300)), rows.every(connection)
    assert len(parts) > 5 and sorted(whole["record"].to_pylist()) == sorted(
        record for part in parts for record in part["record"].to_pylist()
    )
    for name in ("person", "household"):
        seen = [set(part[name].to_pylist()) - {None} for part in parts]
        assert sum(map(len, seen)) == len(set().union(*seen))
    for part in parts:
        held = set(part["record"].to_pylist())
        assert all(target in held for target in part["corrects"].to_pylist() if target is not None)


def test_layers_made_in_small_parts_are_the_same(planted, monkeypatch):
    renew.renew(planted, silent)
    at_once = kept(planted)
    with Session(planted.store) as session, session.begin():
        session.delete(session.get(LayerState, 1))
    small = rows.parts
    monkeypatch.setattr(rows, "parts", lambda connection: small(connection, most=200))
    assert renew.renew(planted, silent).whole
    assert kept(planted) == at_once
