"""Linking over the store: who becomes one person, that ids stay, and that what is not visible is not linked."""

import datetime as dt
from contextlib import closing

import pyarrow as pa
import pytest
from sqlmodel import Session, select

from api.errors import ServiceError
from api.services import evaluate, ingest, link, passes
from api.store import Membership, Person, Run
from linkage.encoding import tokeniser
from linkage.encoding.tokeniser import AgencySecrets
from linkage.engines import Local
from linkage.engines.spark import Spark
from tests.api.conftest import AGENCIES, EPOCH, count, people, silent
from tests.engines.conftest import spark_there


def memberships(centre):
    with Session(centre.store) as session:
        return dict(session.exec(select(Membership.record, Membership.person)).all())


def truth(**tables):
    """Return the truth of some agencies' tables: row i is person i."""
    parts = []
    for name, table in tables.items():
        refs = tokeniser.references(table, AgencySecrets(EPOCH.key, AGENCIES[name].ref_key))
        people_ = pa.array(range(len(table)), pa.int64())
        parts.append(pa.table({"ref": refs, "person": people_, "everyone": pa.array([True] * len(table))}))
    return pa.concat_tables(parts)


def test_one_person_on_two_lists_is_one_person(centre, desks):
    table = people(300)
    for name in ("baznas", "desa"):
        ingest.ingest(centre, desks[name].submit(table), silent)
    found = link.link(centre, silent)
    assert found.records == 600
    result = evaluate.evaluate(centre, truth(baznas=table, desa=table))
    assert result.quality.overall.f1 > 0.99
    assert result.quality.groups["everyone"].true == 300


def test_names_and_dates_alone_join_rows_without_a_nik(centre, desks):
    whole, without = people(300), people(300, nik=None, nik_status="none", nik_birth_date=None)
    ingest.ingest(centre, desks["baznas"].submit(whole), silent)
    ingest.ingest(centre, desks["csr"].submit(without), silent)
    link.link(centre, silent)
    assert evaluate.evaluate(centre, truth(baznas=whole, csr=without)).quality.overall.f1 > 0.95


def test_person_ids_stay_when_new_rows_come(centre, desks):
    ingest.ingest(centre, desks["baznas"].submit(people(200)), silent)
    ingest.ingest(centre, desks["desa"].submit(people(200)), silent)
    link.link(centre, silent)
    before = memberships(centre)
    ingest.ingest(centre, desks["csr"].submit(people(150, start=100)), silent)
    link.link(centre, silent)
    after = memberships(centre)
    assert len(after) == 550 and {record: after[record] for record in before} == before


def test_linking_twice_changes_nothing_but_the_run(centre, desks):
    for name in ("baznas", "desa"):
        ingest.ingest(centre, desks[name].submit(people(100)), silent)
    link.link(centre, silent)
    before = memberships(centre)
    link.link(centre, silent)
    assert memberships(centre) == before and count(centre, Run) == (2,)


@pytest.mark.sqlite
def test_what_is_staged_and_not_visible_is_not_linked(centre, desks):
    def stop(stage, _done, _total):
        if stage == "ingest":
            raise KeyboardInterrupt

    ingest.ingest(centre, desks["baznas"].submit(people(100)), silent)
    with pytest.raises(KeyboardInterrupt):
        ingest.ingest(centre, desks["desa"].submit(people(9_000)), stop)
    assert link.link(centre, silent).records == 100


def test_an_empty_centre_says_so(centre):
    with pytest.raises(ServiceError, match="NOTHING_TO_LINK"):
        link.link(centre, silent)
    with pytest.raises(ServiceError, match="NOTHING_LINKED"):
        link.last_report(centre)


def test_a_run_keeps_policy_model_and_report(centre, desks):
    ingest.ingest(centre, desks["baznas"].submit(people(50)), silent)
    found = link.link(centre, silent)
    with Session(centre.store) as session:
        run = session.get_one(Run, found.run)
        assert run.policy == centre.policy.hash and run.started_at == dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
        assert session.exec(select(Person.first_run).distinct()).all() == [found.run]
    assert link.last_report(centre)["records"] == 50


def test_a_truth_of_other_rows_is_refused(centre, desks):
    ingest.ingest(centre, desks["baznas"].submit(people(20)), silent)
    link.link(centre, silent)
    with pytest.raises(ServiceError, match="TRUTH_UNKNOWN"):
        evaluate.evaluate(centre, truth(desa=people(5)))


@pytest.mark.parametrize(("anchor", "floor"), [("date", 0.565), ("year", 0.57), ("village", 0.55), ("nik", 0.0)])
def test_each_pass_is_silent_below_its_own_floor(anchor, floor, centre, desks):
    ingest.ingest(centre, desks["baznas"].submit(people(20)), silent)
    handles, gone = (link._handles(each, anchor) for each in link._handle_maps(centre))
    assert passes.run(centre, anchor, handles, gone).floor == floor


def outcome(centre):
    """Who is one person, and what the run that found it counted."""
    grouped = {}
    for record, person in memberships(centre).items():
        grouped.setdefault(person, set()).add(record)
    report = link.last_report(centre)
    return sorted(map(sorted, grouped.values())), [report[name] for name in ("clusters", "candidates", "reviews")]


@pytest.mark.sqlite
@pytest.mark.parametrize("engine", ["local", "spark"])
def test_an_engine_whose_rows_do_not_fit_finds_the_same_persons_and_leaves_nothing(engine, centre, desks, tmp_path):
    if engine == "spark":
        spark_there()
    for name, start in (("baznas", 0), ("desa", 100), ("csr", 150)):
        ingest.ingest(centre, desks[name].submit(people(300, start=start)), silent)
    means = passes.Means(
        Local(2) if engine == "local" else Spark("local[2]", 2), memory=1 << 20, folder=tmp_path / "work"
    )
    (stale := tmp_path / "work" / "pass-of-a-run-that-was-killed").mkdir(parents=True)
    (stale / "bucket-000000").write_bytes(b"sealed")
    with closing(means.engine):
        link.link(centre, silent, means)
    first = outcome(centre)
    assert not list((tmp_path / "work").iterdir())
    link.link(centre, silent, refit=True)
    assert outcome(centre) == first and first[1][0] == 450
