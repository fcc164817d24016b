"""Later links judge by the first model and compare new rows alone; what comes of it is what one link would find."""

from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
from sqlmodel import Session, select

from api.errors import ServiceError
from api.services import ingest, link, pairs
from api.store import FilterFile, Membership, PairFile, Person, Review, Run
from linkage import engines
from linkage.matching import Frozen, passes
from tests.api.conftest import count, people, silent
from tests.api.test_campaigns import refs
from tests.api.test_withdrawal import withdraw
from vault import VaultError, read_table

matching_link = import_module("linkage.matching.link")


def take(centre, desks, *names, rows=60, **more):
    for name in names:
        ingest.ingest(centre, desks[name].submit(people(rows, **more)), silent)


def partition(centre):
    """Return which records are together, whatever the ids of the persons."""
    together = {}
    with Session(centre.store) as session:
        for record, person in session.exec(select(Membership.record, Membership.person)):
            together.setdefault(person, set()).add(record)
    return {frozenset(records) for records in together.values()}


def reviews(centre):
    with Session(centre.store) as session:
        return set(session.exec(select(Review.left, Review.right, Review.reason, Review.probability)))


def model(centre):
    with Session(centre.store) as session:
        return Frozen.from_json(session.exec(select(Run.model).order_by(Run.id.desc())).first())


def forget_what_passes_kept(centre):
    with Session(centre.store) as session, session.begin():
        for file in session.exec(select(PairFile)):
            session.delete(file)


def test_only_the_first_link_fits_and_a_refit_fits_anew_and_keeps_the_persons(centre, desks, monkeypatch):
    fits = []
    fit = matching_link.fit
    monkeypatch.setattr(matching_link, "fit", lambda *given: fits.append(1) or fit(*given))
    take(centre, desks, "baznas", "desa")
    link.link(centre, silent)
    first, before = model(centre), partition(centre)
    with Session(centre.store) as session:
        persons = set(session.exec(select(Person.id)))
    take(centre, desks, "csr", rows=40, start=40)
    assert link.link(centre, silent).report["model"] == first.hash
    assert (len(fits), model(centre)) == (1, first)
    again = link.link(centre, silent, refit=True)
    assert (len(fits), model(centre).records) == (2, again.records)
    with Session(centre.store) as session:
        assert persons <= set(session.exec(select(Person.id)))
        assert persons <= set(session.exec(select(Membership.person)))
    assert all(any(some <= whole for whole in partition(centre)) for some in before)


def test_a_second_link_compares_no_two_old_rows(centre, desks, monkeypatch):
    take(centre, desks, "baznas", "desa")
    link.link(centre, silent)
    asked = []
    fresh, run_pass = passes.fresh_pairs, engines.run_pass

    def watch(filters, cells, floor, marks):
        asked[-1] += (int(marks.sum()), len(marks))
        return fresh(filters, cells, floor, marks)

    def begin(*arguments):
        """A pass may come in buckets: they are counted together."""
        asked.append(np.zeros(2, int))
        return run_pass(*arguments)

    monkeypatch.setattr(engines, "run_pass", begin)
    monkeypatch.setattr(passes, "fresh_pairs", watch)
    monkeypatch.setattr(passes, "similar_pairs", lambda *_: pytest.fail("everything was compared again"))
    link.link(centre, silent)
    assert [new for new, _ in asked] == [0] * 4
    take(centre, desks, "csr", rows=5)
    asked.clear()
    link.link(centre, silent)
    assert all(0 < new <= 10 < rows for new, rows in asked) and len(asked) == 4


def test_lists_that_come_one_by_one_and_rows_that_go_give_what_one_link_over_the_rest_finds(centre, desks):
    take(centre, desks, "baznas")
    link.link(centre, silent)
    take(centre, desks, "desa", nik=None, nik_status="none", nik_birth_date=None)
    link.link(centre, silent)
    withdraw(centre, "baznas", refs(desks["baznas"], people(60)).slice(0, 7))
    take(centre, desks, "csr", rows=40, start=30)
    link.link(centre, silent)
    found, held = partition(centre), reviews(centre)
    forget_what_passes_kept(centre)
    assert link.link(centre, silent).records == 60 + 53 + 40
    assert (partition(centre), reviews(centre)) == (found, held)


def test_what_is_kept_of_withdrawn_rows_goes_with_the_next_link(centre, desks):
    take(centre, desks, "baznas", "desa")
    link.link(centre, silent)
    withdraw(centre, "desa", refs(desks["desa"], people(60)).slice(0, 10))
    gone = {anchor.name: link._handles(link._handle_maps(centre)[1], anchor.name).to_pylist()
            for anchor in centre.policy.anchors}  # fmt: skip
    link.link(centre, silent)
    for anchor, handles in gone.items():
        with centre.login(f"pass-{anchor}") as vault:
            kept = pairs.read(centre, vault, anchor)
        ends = {*kept.pairs["left"].to_pylist(), *kept.pairs["right"].to_pylist(), *kept.handles.tolist()}
        assert handles and not ends & set(handles)


def test_what_a_pass_kept_opens_to_that_pass_alone_and_outlives_an_ingest(centre, desks):
    take(centre, desks, "baznas")
    link.link(centre, silent)
    take(centre, desks, "desa")
    with Session(centre.store) as session:
        files = session.exec(select(PairFile)).all()
        assert len(files) == 4 and session.exec(select(FilterFile.name)).all()
    assert all((centre.filters / file.name).is_file() for file in files)
    for file in files:
        for role in ("merge", "ingest", "evaluator", *(f"pass-{name}" for name in ("date", "year", "village", "nik"))):
            if role == f"pass-{file.anchor}":
                continue
            with centre.login(role) as vault, pytest.raises(VaultError):
                read_table(vault, centre.filters / file.name, f"parquet-{file.anchor}")
    assert link.link(centre, silent).records == 120


def test_a_model_of_another_policy_judges_nothing_until_somebody_refits(centre, desks):
    take(centre, desks, "baznas", "desa")
    link.link(centre, silent)
    with Session(centre.store) as session, session.begin():
        session.exec(select(Run)).one().policy = "f" * 64
    before = partition(centre)
    with pytest.raises(ServiceError, match="MODEL_OTHER_POLICY"):
        link.link(centre, silent)
    assert partition(centre) == before and count(centre, Run) == (1,)
    link.link(centre, silent, refit=True)
    assert link.link(centre, silent).records == 120


def test_a_run_of_before_thresholds_were_kept_is_followed_by_a_fit(centre, desks):
    take(centre, desks, "baznas", "desa")
    link.link(centre, silent)
    with Session(centre.store) as session, session.begin():
        run = session.exec(select(Run)).one()
        run.model = Frozen.from_json(run.model).model.to_json()
    assert link.frozen_model(centre) is None
    link.link(centre, silent)
    assert model(centre) == replace(model(centre), records=120)
