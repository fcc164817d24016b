"""Pairs in review: why they wait, what people decide, that every later link obeys, and how persons changed."""

import pytest
from sqlmodel import Session, select

from api.errors import ServiceError
from api.services import ingest, link, reviews
from api.services.reviews import Said
from api.store import Content, Decision, Membership, PersonChange, Review
from linkage.matching import MatchingError
from policies.topology_rules import parse_topology
from tests.api.conftest import count, people, silent
from tests.api.test_campaigns import act, refs
from tests.api.test_withdrawal import withdraw


def others_names(rows):
    """The same numbers under other people's names."""
    return people(rows).set_column(people(1).schema.get_field_index("name"), "name", people(rows, start=500)["name"])


@pytest.fixture
def linked(centre, desks):
    """Two lists of the same people, and one where their NIKs stand beside other names: those pairs wait."""
    for name in ("baznas", "desa"):
        ingest.ingest(centre, desks[name].submit(people(120)), silent)
    ingest.ingest(centre, desks["csr"].submit(others_names(20)), silent)
    link.link(centre, silent)
    return centre


def persons(centre):
    with Session(centre.store) as session:
        return dict(session.exec(select(Membership.record, Membership.person)).all())


def waiting(centre, most=1_000):
    with Session(centre.store) as session:
        return reviews.waiting(session, most)


def decide(centre, ends, same=True, by="citra"):
    return act(centre, reviews.decide, ends, Said("yes" if same else "no", "strong-evidence"), by)


def test_every_pair_that_waits_tells_its_evidence_in_bits_and_no_value(linked):
    found = waiting(linked)
    assert len(found) == count(linked, Review)[0] > 0
    for each in found:
        assert each.why.probability == pytest.approx(each.probability, abs=1e-9)
        assert [step.field for step in each.why.steps] == ["name", "date", "place", "nik", "kk"]
    assert len(waiting(linked, 1)) == 1


def test_what_people_decide_holds_in_every_later_link_and_refit(linked):
    pair = waiting(linked, 1)[0]
    ends = pair.left, pair.right
    for same in (True, False, True):
        decide(linked, ends[::-1], same)
        for refit in (False, True):
            link.link(linked, silent, refit=refit)
            now = persons(linked)
            assert (now[pair.left] == now[pair.right]) is same
            assert ends not in {(each.left, each.right) for each in waiting(linked)}
    assert count(linked, Decision) == (1,)


def test_nobody_decides_on_a_pair_that_nobody_is_asked_about(linked):
    with pytest.raises(ServiceError, match="REVIEW_UNKNOWN"):
        decide(linked, tuple(sorted(persons(linked)))[:2])


def test_a_merge_by_decision_stands_in_the_history_and_its_undoing_too(linked):
    pair = waiting(linked, 1)[0]
    before = persons(linked)
    decide(linked, (pair.left, pair.right))
    run = link.link(linked, silent).run
    with Session(linked.store) as session:
        changes = session.exec(select(PersonChange).where(PersonChange.run == run)).all()
        assert changes and {each.kind for each in changes} <= {"MERGED", "MOVED"}
        assert {before[pair.left], before[pair.right]} & {each.before for each in changes}
    decide(linked, (pair.left, pair.right), False)
    run = link.link(linked, silent).run
    with Session(linked.store) as session:
        assert "SPLIT" in session.exec(select(PersonChange.kind).where(PersonChange.run == run)).all()
    quiet = link.link(linked, silent).run
    with Session(linked.store) as session:
        assert not session.exec(select(PersonChange).where(PersonChange.run == quiet)).all()


def test_a_decision_goes_with_a_row_that_is_withdrawn(linked, desks):
    pair = waiting(linked, 1)[0]
    decide(linked, (pair.left, pair.right))
    withdraw(linked, "csr", refs(desks["csr"], others_names(20)))
    assert count(linked, Decision) == (0,)
    assert link.link(linked, silent).records == 240


def test_lists_that_the_policy_keeps_apart_share_no_person(linked, monkeypatch):
    def shared():
        with Session(linked.store) as session:
            query = select(Membership.person, Content.agency).join(Content, Content.record == Membership.record)
            of = {}
            for person, agency in session.exec(query):
                of.setdefault(person, set()).add(agency)
        return sum(len(agencies) > 1 for agencies in of.values())

    assert shared() > 0
    text = 'version = 1\nsingle = ["baznas"]\napart = [["baznas", "desa"], ["baznas", "csr"], ["csr", "desa"]]'
    monkeypatch.setattr(link, "load_topology", lambda: parse_topology(text))
    link.link(linked, silent)
    assert shared() == 0


def test_a_decision_of_a_row_with_itself_never_reaches_a_link(linked):
    record = next(iter(persons(linked)))
    with Session(linked.store) as session, session.begin():
        session.add(Decision(left=record, right=record, same=True, decided_by="x", decided_at=linked.clock()))
    with pytest.raises(MatchingError, match="DECISION_OF_ONE"):
        link.link(linked, silent)
