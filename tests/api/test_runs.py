"""What a run tells of itself as data: by what it judged, what it did not compare, and what changed."""

import pytest
from sqlmodel import Session

from api.errors import ServiceError
from api.services import enrol, ingest, link, reviews, runs
from api.store import Run
from linkage.encoding import epoch
from policies.topology_rules import load_topology, parse_topology
from tests.api.conftest import people, silent
from tests.api.test_campaigns import refs
from tests.api.test_reviews import decide, others_names
from tests.api.test_withdrawal import withdraw

NEXT = epoch.make("2026-2", lambda count: bytes([7]) * count)


def told(centre, limit=10):
    with Session(centre.store) as session:
        return runs.listed(session, limit)


@pytest.fixture
def linked(centre, desks):
    """A list twice, and one where NIKs stand beside other names."""
    for name in ("baznas", "desa"):
        ingest.ingest(centre, desks[name].submit(people(120)), silent)
    ingest.ingest(centre, desks["csr"].submit(others_names(20)), silent)
    link.link(centre, silent)
    return centre


def test_a_report_names_model_and_policies_and_its_counts_add_up(linked):
    (found,) = told(linked)
    details = found.details
    assert (found.policy, details.topology) == (linked.policy.hash, load_topology().hash)
    assert details.model.fitted and details.model.records == details.rows == 260
    assert set(details.passes) == {"date", "year", "village", "nik"}
    zones = details.zones
    assert zones.linked + zones.waiting + zones.left == details.candidates
    assert zones.reasons["NIK_CONFLICT"] > 0
    assert details.groups["nik"].rows == 260 and details.groups["nik"].linked >= 240
    assert details.groups["nik"].waiting > 0
    assert details.changes.came == 260 and details.changes.went == 0
    link.link(linked, silent)
    assert not told(linked)[0].details.model.fitted
    with Session(linked.store) as session:
        assert runs.one(session, found.run) == found
        with pytest.raises(ServiceError, match="RUN_UNKNOWN"):
            runs.one(session, 99)


def test_a_report_counts_rows_that_came_and_went_and_persons_that_merged_and_split(linked, desks):
    with Session(linked.store) as session:
        pair = reviews.waiting(session, 1)[0]
    decide(linked, (pair.left, pair.right))
    link.link(linked, silent)
    assert told(linked)[0].details.changes.persons["MERGED"] > 0
    decide(linked, (pair.left, pair.right), False)
    withdraw(linked, "desa", refs(desks["desa"], people(5, start=115)))
    ingest.ingest(linked, desks["csr"].submit(people(7, start=900), "more"), silent)
    link.link(linked, silent)
    changes = told(linked)[0].details.changes
    assert changes.persons["SPLIT"] == 1 and changes.rows["SPLIT"] > 0
    assert (changes.came, changes.went) == (7, 5)


def test_what_was_not_compared_is_counted(linked, desks, monkeypatch):
    assert told(linked)[0].details.across == 0
    enrol.register_epoch(linked.store, NEXT.card)
    ingest.ingest(linked, desks["csr"].but(epoch=NEXT).submit(people(10, start=300), "new"), silent)
    rules = parse_topology('version = 1\nsingle = []\napart = [["baznas", "desa"]]')
    monkeypatch.setattr(link, "load_topology", lambda: rules)
    link.link(linked, silent)
    details = told(linked)[0].details
    assert details.topology == rules.hash
    assert details.epochs == {"2026-1": 260, "2026-2": 10} and details.across == 2600
    assert details.uncompared.lists_apart >= 120 and details.uncompared.nowhere == 0


def test_of_a_run_that_kept_less_nothing_is_made_up(linked):
    with Session(linked.store) as session, session.begin():
        last = session.get_one(Run, told(linked)[0].run)
        session.add(Run(started_at=last.started_at, finished_at=last.finished_at, policy=last.policy, model="{}",
                        report='{"records": 3}'))  # fmt: skip
    assert told(linked)[0].details is None and told(linked)[1].details is not None
