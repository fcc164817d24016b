"""A small release and two flags, put straight into the store, for pages that only show what was released."""

import json

from sqlmodel import Session

from api.store import (
    LayerFlag,
    LayerFlagRow,
    LayerPerson,
    OutcomeCount,
    Pull,
    Release,
    ReleasedCell,
    ReleasedRow,
    Run,
    Submission,
)
from linkage.layering.needs import CAUSES, LAYERS
from linkage.layering.persons import NEEDS
from tests.api.conftest import EPOCH
from tests.api.http.conftest import NOW

FLAG = "0" * 31 + "1"
PLAN = {"fund": "APBN", "programme": "PKH", "agency": "kemensos", "year": 2026, "budget": 900, "disbursed": 800,
        "undisbursed": 100, "over": 0}  # fmt: skip
LINE = {"fund": "APBN", "programme": "PKH", "agency": "kemensos", "year": 2026, "regency": "18.01", "disbursed": 800,
        "by_reference": 700, "by_sum": 0, "returned": 0, "reached": 700, "untraced": 100, "beyond": 0, "rows": 40,
        "unvalued": 0}  # fmt: skip
EDGES = (("fund", "APBN", "APBN / PKH", 900), ("programme", "APBN / PKH", "APBN / PKH / kemensos", 900),
         ("agency", "APBN / PKH / kemensos", "undisbursed", 100),
         ("agency", "APBN / PKH / kemensos", "APBN / PKH / kemensos / 18.01", 800),
         ("regency", "APBN / PKH / kemensos / 18.01", "persons", 700),
         ("regency", "APBN / PKH / kemensos / 18.01", "untraced", 100))  # fmt: skip
VILLAGE = {"village": "18.01.04.2001", "rows": 120, "sound": 0.9, "bad_nik": 0.05, "bad_kk": 0.0, "no_nik": 0.05,
           "default_date": None, "no_period": 0.0, "no_amount": 0.0, "mended": 0.5, "merit": 0.7}  # fmt: skip


def cells(*, poor):
    """Yield level, place, dimensions, cell and people: numbers to be recognised, and one that is hidden."""
    yield "province", "", "decile", "decile=1-2", 280 if poor else 0
    for level, place in (("province", ""), ("regency", "18.01"), ("district", "18.01.04")):
        yield level, place, "", "", 400
        yield level, place, "untouched", "untouched=yes", None if level == "district" else 120
        for at, layers in enumerate(LAYERS):
            yield level, place, "decile layers", f"decile={'1-2' if poor else '?'} layers={layers}", 130 - 40 * at
        for need in NEEDS:
            yield level, place, f"need:{need}", f"need:{need}=met", 210
            yield level, place, f"need:{need}", f"need:{need}=unmet", 70
        yield level, place, "in_need", "in_need=yes", 90
        for cause in CAUSES:
            yield level, place, f"cause:{cause}", f"cause:{cause}=yes", 30
    for name in ("PKH", "SEMBAKO"):
        yield "province", "", f"programme:{name}", f"programme:{name}=yes", 220
    yield "province", "", "programme:PKH programme:SEMBAKO", "programme:PKH=yes programme:SEMBAKO=yes", 55


RUN = {
    "topology": "ab" * 32, "records": 120, "clusters": 90, "candidates": 400, "largest_cluster": 4, "model": "cd" * 32,
    "fitted_records": 120, "fitted": True, "weights": {"name": [-3.2, 1.0, 7.5], "village": [-0.5, 2.5]},
    "accept": 0.9986, "review": 0.5, "accepted": 55, "reviewed": 7, "expected_precision": 0.991,
    "expected_recall": 0.93, "reviews": {"UNSURE": 5, "TWO_NIKS": 2},
    "passes": {"date": {"filters": 110, "compared": 900, "alike": 60, "floor": 0.565}},
    "uncompared": {"lists_apart": 12, "common_niks": 0, "nowhere": 3}, "epochs": {"2026-1": 100, "2026-2": 20},
    "groups": {"nik": {"rows": 100, "linked": 60, "waiting": 3}, "bare": {"rows": 2, "linked": 0, "waiting": 0}},
    "came": 120, "went": 0,
}  # fmt: skip


def work(centre):
    """Put a run's report, the soundness of Baznas's lists and what agencies asked where `seed` left room for them."""
    with Session(centre.store) as session, session.begin():
        session.get_one(Run, 1).report = json.dumps(RUN)
        for number, bad in enumerate((30, 12, 4), 70):
            told = {"rows": 100, "nik_status": {"ok": 100 - bad, "none": bad}, "kk_status": {"ok": 90},
                    "missing": {"birth_date": bad // 2}, "default_dates": 1}  # fmt: skip
            session.add(Submission(agency="baznas", content=f"{number:064x}", epoch=EPOCH.card.epoch, policy="",
                                   rows=100, statistics=json.dumps(told), staged_at=NOW, visible_at=NOW))  # fmt: skip
            session.add(Pull(campaign=1, agency="baznas", day=NOW.date(), rows=40, asked_at=NOW))
        session.add(OutcomeCount(campaign=1, agency="baznas", outcome="visited", rows=25))


def release(centre, *, poor=True, money=True):
    """Put it there; persons 1 and 2 are those of `seed`. `poor`: a list says deciles; `money`: a treasury told."""
    with Session(centre.store) as session, session.begin():
        session.add(Release(id=1, at=NOW, month=12 * 2026, rules="00"))
        session.flush()
        for number, (level, place, dimensions, cell, people) in enumerate(cells(poor=poor)):
            session.add(ReleasedCell(release=1, number=number, level=level, place=place, dimensions=dimensions,
                                     cell=cell, people=people))  # fmt: skip
        edges = [dict(zip(("level", "source", "target", "rupiah"), edge, strict=True)) for edge in EDGES]
        unknown = [{"level": "unknown", "source": "unknown", "target": "APBN / PKH / kemensos / 18.01", "rupiah": 700}]
        rows = {**LINE, "disbursed": 0, "reached": 0, "untraced": 0, "beyond": 700}
        told = {"edges": unknown, "lines": [rows], "villages": [VILLAGE]}
        sheets = told if not money else {"plans": [PLAN], "lines": [LINE], "edges": edges, "villages": [VILLAGE]}
        for name, rows in sheets.items():
            for number, row in enumerate(rows):
                session.add(ReleasedRow(release=1, sheet=name, number=number, body=json.dumps(row)))
        session.add(LayerFlag(id=FLAG, rule="same-programme-twice", effect="hold", citation="BPK", unit="person",
                              unit_id=2, first=1, last=1))  # fmt: skip
        session.flush()
        session.add_all([LayerFlagRow(flag=FLAG, record=record) for record in (2, 42)])
        session.add(LayerPerson(person=2, household=2, regency="18.01", village="18.01.04.2001", beneficiary=None,
                                nik_status="none", decile=1, needs=1, lacks=0, exposures=0, mononym=False,
                                default_date=False, since=0, programmes=1, met=0, unmet=1, fitting=0, causes=1,
                                layers=1, rupiah=300_000))  # fmt: skip
