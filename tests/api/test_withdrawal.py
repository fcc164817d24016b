"""Withdrawal: the row is gone from the store, its filters after the next link, and nobody else's row is touched."""

import pytest
from sqlmodel import Session, select

from api.errors import ServiceError
from api.services import findings, ingest, link, outcomes, withdrawal
from api.services.findings import Overlap
from api.services.withdrawal import Withdrawn
from api.store import Content, FilterFile, FindingRow, Membership, Outcome, PairFile, Reference, Review, Token
from linkage.encoding.compartments import HANDLE_MAP
from tests.api.conftest import count, people, silent
from tests.api.test_campaigns import act, approved, refs
from vault import read_table

PAID = {"programme": "PKH", "period": "2026-03", "amount": 300_000}


@pytest.fixture
def lists(centre, desks):
    """Baznas and the village list the same ten people. Returns each agency's references."""
    same = people(10, **PAID)
    for name in ("baznas", "desa"):
        ingest.ingest(centre, desks[name].submit(same), silent)
    link.link(centre, silent)
    return {name: refs(desks[name], same) for name in ("baznas", "desa")}


def withdraw(centre, agency, asked):
    return act(centre, withdrawal.withdraw, agency, asked)


def filters(centre):
    """Return the handles of all stored filters, by anchor."""
    found = {}
    for anchor in (anchor.name for anchor in centre.policy.anchors):
        with Session(centre.store) as session:
            names = session.exec(select(FilterFile.name).where(FilterFile.anchor == anchor)).all()
        with centre.login(f"pass-{anchor}") as vault:
            tables = [read_table(vault, centre.filters / name, f"parquet-{anchor}") for name in names]
        found[anchor] = {handle for table in tables for handle in table["handle"].to_pylist()}
    return found


def test_a_withdrawn_row_is_gone_with_all_that_was_said_of_it(centre, lists):
    number = approved(centre)
    act(centre, outcomes.tell, number, "desa", {"visited": lists["desa"].to_pylist()})
    with Session(centre.store) as session:
        people_ = set(session.exec(select(Membership.person)))
    for person in people_:
        act(centre, findings.record, Overlap(person, "PKH", "2026-03"), "review-together", "citra")
    assert withdraw(centre, "desa", lists["desa"]) == Withdrawn(10, 0)
    assert count(centre, Content, Membership, Token, Reference, FindingRow) == (10,) * 5
    assert count(centre, Outcome) == (0,)
    with Session(centre.store) as session:
        assert set(session.exec(select(Content.agency))) == set(session.exec(select(Reference.agency))) == {"baznas"}


def test_the_next_link_forgets_its_filters_and_does_not_see_it(centre, lists):
    before = filters(centre)
    withdraw(centre, "desa", lists["desa"].slice(0, 4))
    kept, gone = link._handle_maps(centre)
    assert link.link(centre, silent).records == 16
    after = filters(centre)
    for anchor, handles in after.items():
        assert handles == set(link._handles(kept, anchor).to_pylist())
        assert before[anchor] - handles == set(link._handles(gone, anchor).to_pylist())
    assert sum(map(len, before.values())) > sum(map(len, after.values()))
    assert len(list(centre.filters.iterdir())) == sum(count(centre, FilterFile, PairFile))


def test_when_all_is_withdrawn_nothing_of_it_stays(centre, lists):
    for name, asked in lists.items():
        withdraw(centre, name, asked)
    with pytest.raises(ServiceError, match="NOTHING_TO_LINK"):
        link.link(centre, silent)
    assert count(centre, Content, Membership, Token, Reference, Review, FilterFile, PairFile) == (0,) * 7
    assert not list(centre.filters.iterdir())


def test_withdrawn_again_it_changes_nothing(centre, lists):
    assert withdraw(centre, "desa", lists["desa"]) == Withdrawn(10, 0)
    assert withdraw(centre, "desa", lists["desa"]) == Withdrawn(0, 10)
    assert count(centre, Content) == (10,)


def test_another_agency_s_rows_cannot_be_withdrawn(centre, lists):
    assert withdraw(centre, "csr", lists["desa"]) == withdraw(centre, "baznas", lists["desa"]) == Withdrawn(0, 10)
    assert count(centre, Content, Reference, Membership) == (20,) * 3


def test_a_corrected_row_comes_in_anew_and_the_person_stays(centre, desks, lists):
    with Session(centre.store) as session:
        before = set(session.exec(select(Membership.person)))
    withdraw(centre, "desa", lists["desa"])
    ingest.ingest(centre, desks["desa"].submit(people(10, **{**PAID, "amount": 250_000}), "again"), silent)
    link.link(centre, silent)
    with Session(centre.store) as session:
        assert set(session.exec(select(Membership.person))) == before
    assert count(centre, Content, Membership) == (20, 20)


def test_a_link_under_way_does_not_bring_a_withdrawn_row_back(centre, lists, monkeypatch):
    original = link.matching.link

    def withdrawn_meanwhile(*given, **more):
        found = original(*given, **more)
        withdraw(centre, "desa", lists["desa"])
        return found

    monkeypatch.setattr(link.matching, "link", withdrawn_meanwhile)
    link.link(centre, silent)
    assert count(centre, Membership) == (10,)


def test_the_handle_map_of_nobody_is_empty(centre):
    from api.services import own_rows

    with Session(centre.store) as session:
        assert own_rows.handle_map(session, centre, "desa").schema == HANDLE_MAP
