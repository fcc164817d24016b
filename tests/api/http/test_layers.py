"""The layers over HTTP: counts of a release alone, lists of pseudonyms with a reason, and an entry each."""

import datetime as dt
import os
import shutil
from dataclasses import replace

import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from api.app import create_app
from api.centre import Centre
from api.client import Client, Refused
from api.errors import ServiceError
from api.services.layers import due, export, funds, publish, renew
from api.store import Finding, FindingRow, LayerFlag, LayerFlagRow, LayerPerson, ReleasedCell, open_store
from linkage.layering.columns import named
from linkage.layering.overlaps import PROGRAMMES
from linkage.layering.persons import NEEDS
from linkage.synth import generate, load_dials
from linkage.synth.aid import ASKED, plant
from linkage.synth.rupiah import fund
from scripts.layer_store import fill
from tests.api.conftest import POLICY, silent
from tests.api.http.conftest import bearer, entries, serve

SEED = 5
WHY = {"purpose": "targeting", "basis": "public-task"}
LOOK = {"purpose": "overlap-review", "basis": "public-task"}


@pytest.fixture(scope="module")
def world():
    people = pa.concat_tables(block.people for block in generate(3000, SEED, load_dials()))
    aid = plant(people, SEED)
    return aid, fund(aid, SEED)


@pytest.fixture(scope="module")
def baked(world, tmp_path_factory):
    """A store with planted aid, its money, its layers and a release, made once."""
    aid, rupiah = world
    folder = tmp_path_factory.mktemp("baked")
    store = open_store(folder / "store.sqlite")
    fill(store, aid.rows)
    nobody = Centre(store, folder, folder / "lock", POLICY, frozenset(), no_login, lambda: ASKED, os.urandom)
    renew.renew(nobody, silent)
    funds.take(nobody, "funds", "a" * 64, numbered(rupiah.budgets))
    funds.take(nobody, "sp2d", "b" * 64, numbered(rupiah.disbursements))
    publish.publish(nobody, silent)
    store.dispose()
    return folder / "store.sqlite"


def no_login(role):
    """Layers need nothing of the vault."""
    raise AssertionError(role)


@pytest.fixture
def layered(centre, baked, tmp_path):
    """A centre over a copy of that store."""
    shutil.copy(baked, tmp_path / "layered.sqlite")
    made = replace(centre, clock=lambda: ASKED, store=open_store(tmp_path / "layered.sqlite"))
    yield made
    made.store.dispose()


def numbered(lines):
    return lines.append_column("row", pa.array(range(1, len(lines) + 1)))


@pytest.fixture
def asker(layered, tmp_path):
    service = serve(layered, tmp_path / "inbox")
    service = replace(service, verifier=replace_clock(service.verifier))
    with TestClient(create_app(service), raise_server_exceptions=False) as client:
        yield client


def replace_clock(verifier):
    """Tokens of these tests are of the tests' own day."""
    from api.access import Verifier
    from tests.api.http.conftest import AUDIENCE, ISSUER, JWKS, NOW

    return Verifier(lambda: ISSUER, frozenset({AUDIENCE}), lambda: JWKS, lambda: NOW)


def pages(client, path, key, role="pmo-officer", **query):
    """Return everything a list has, page by page."""
    found, after = [], {}
    while True:
        answer = client.get(path, params={**WHY, "limit": 200, **query, **after}, headers=bearer(role))
        assert answer.status_code == 200, answer.text
        found += answer.json()[key]
        if answer.json()["after"] is None:
            return found
        after = {"after": answer.json()["after"]}


def test_a_person_s_profile_says_what_she_still_needs_and_what_would_fit(asker, layered):
    with Session(layered.store) as session:
        needy = session.exec(select(LayerPerson).where(LayerPerson.unmet > 0, LayerPerson.fitting > 0)).first()
    answer = asker.get(f"/v1/persons/{needy.person:016x}", params=WHY, headers=bearer("pmo-officer"))
    assert answer.status_code == 200, answer.text
    stands = answer.json()["standing"]
    assert tuple(stands["unmet"]) == named(needy.unmet, NEEDS) and tuple(stands["fitting"]) == named(
        needy.fitting, PROGRAMMES
    )
    assert stands["decile"] in range(1, 11) and stands["layers"] == needy.layers


def test_cells_come_page_by_page_and_small_ones_are_null(asker, layered):
    cells = pages(asker, "/v1/layers", "cells", level="regency")
    with Session(layered.store) as session:
        query = select(ReleasedCell).where(ReleasedCell.dimensions == "decile layers", ReleasedCell.level == "regency")
        stored = session.exec(query).all()
    assert len(cells) == len(stored) > 100
    assert all(each["people"] is None or each["people"] == 0 or each["people"] >= 10 for each in cells)
    assert any(each["people"] is None for each in cells) and any(each["people"] for each in cells)


@pytest.mark.parametrize("cube", ["needs", "untouched", "in-need", "exclusion", "exclusion-nik"])
def test_every_cube_of_gaps_has_cells(asker, cube):
    assert pages(asker, "/v1/gaps", "cells", cube=cube)


@pytest.mark.parametrize("cube", ["layers", "villages", "programmes", "pairs"])
def test_every_cube_of_layers_has_cells(asker, cube):
    assert pages(asker, "/v1/layers", "cells", cube=cube, level="province")


def test_causes_come_with_their_denominators(asker):
    found = pages(asker, "/v1/causes", "causes", level="province")
    assert {each["cause"] for each in found} >= {"school", "identity", "unreached"}
    assert {each["people"] for each in found} == {3000}
    assert all(each["affected"] is None or each["affected"] <= each["in_need"] <= 3000 for each in found)
    assert any(each["affected"] for each in found) and all(each["affected_before"] is None for each in found)


def test_an_answer_that_is_known_is_not_sent_again(asker):
    first = asker.get("/v1/layers", params=WHY, headers=bearer("analyst"))
    again = {"If-None-Match": first.headers["etag"], **bearer("analyst")}
    assert asker.get("/v1/layers", params=WHY, headers=again).status_code == 304
    assert asker.get("/v1/layers", params={**WHY, "limit": 3}, headers=again).status_code == 200


def test_plans_balance_and_lines_of_few_people_tell_only_what_was_disbursed(asker, world):
    plans = pages(asker, "/v1/funds", "rows", sheet="plans")
    assert all(row["budget"] + row["over"] == row["disbursed"] + row["undisbursed"] for row in plans)
    assert sum(row["budget"] for row in plans) == sum(world[1].budgets["amount"].to_pylist())
    lines = pages(asker, "/v1/funds", "rows", sheet="lines")
    told = [row for row in lines if row["rows"] is not None]
    assert 0 < len(told) < len(lines)
    assert all(row["disbursed"] == row["reached"] + row["returned"] + row["untraced"] for row in told)
    assert sum(row["disbursed"] for row in lines) == sum(world[1].disbursements["amount"].to_pylist())
    assert all(row["disbursed"] is not None for row in lines)
    aid = world[0].rows
    for row in told:
        chosen = [
            each["person"] for each in aid.to_pylist()
            if each["programme"] == row["programme"] and each["agency"] == row["agency"]
            and each["regency"] == row["regency"] and each["period"] and int(each["period"][:4]) == row["year"]
        ]  # fmt: skip
        assert not 0 < len(set(chosen)) < 10
        if row is told[3]:
            break


def test_villages_tell_shares_and_nothing_of_small_ones(asker):
    rows = pages(asker, "/v1/villages", "rows")
    assert rows == sorted(rows, key=lambda row: row["village"])
    for row in rows:
        assert row["rows"] is None or (row["rows"] >= 10 and row["rows"] % 10 == 0)
        assert all(row[name] is None for name in ("merit", "no_nik", "sound")) or row["rows"] is not None


def test_flags_wait_with_their_rows_until_a_person_looked(asker, layered):
    every = pages(asker, "/v1/flags", "flags", **LOOK)
    with Session(layered.store) as session:
        assert {each["id"] for each in every} == set(session.exec(select(LayerFlag.id)))
    hold = pages(asker, "/v1/flags", "flags", **LOOK, effect="hold", state="open")
    assert hold and all(each["effect"] == "hold" and each["outcome"] is None and each["rows"] for each in hold)
    several = next(each for each in every if len({row["agency"] for row in each["rows"]}) > 1)
    say = asker.post(f"/v1/flags/{several['id']}/outcomes", params=LOOK, json={"outcome": "review-together"},
                     headers=bearer("pmo-officer"))  # fmt: skip
    assert say.status_code == 201 and say.json()["rows"] == len(several["rows"])
    settled = pages(asker, "/v1/flags", "flags", **LOOK, state="settled")
    assert [each["id"] for each in settled] == [several["id"]] and settled[0]["outcome"] == "review-together"
    change = asker.post(f"/v1/flags/{several['id']}/outcomes", params=LOOK, json={"outcome": "both-may-stand"},
                        headers=bearer("pmo-officer"))  # fmt: skip
    assert change.json()["rows"] == 0
    with Session(layered.store) as session:
        assert len(session.exec(select(Finding)).all()) == 1 and not session.exec(select(FindingRow)).all()
    assert [entry["code"] for entry in entries(layered)].count("FLAG_SETTLED") == 2


def test_an_outcome_stays_while_the_rows_are_the_same(asker, layered):
    first = pages(asker, "/v1/flags", "flags", **LOOK)[0]["id"]
    asker.post(f"/v1/flags/{first}/outcomes", params=LOOK, json={"outcome": "both-may-stand"},
               headers=bearer("pmo-officer"))  # fmt: skip
    renew.renew(replace(layered, clock=lambda: ASKED + dt.timedelta(days=40)), silent)
    assert [each["id"] for each in pages(asker, "/v1/flags", "flags", **LOOK, state="settled")] == [first]


def test_people_without_a_nik_come_by_how_long_they_wait_and_all_of_them(asker, layered, world):
    found = pages(asker, "/v1/unregistered", "persons", limit=7)
    with Session(layered.store) as session:
        wanted = session.exec(select(LayerPerson.person).where(LayerPerson.nik_status != "ok")).all()
    assert sorted(int(each["person"], 16) for each in found) == sorted(wanted) and len(found) > 50
    assert [each["days"] for each in found] == sorted((each["days"] for each in found), reverse=True)
    village = found[0]["village"]
    assert {each["village"] for each in pages(asker, "/v1/unregistered", "persons", place=village)} == {village}


def test_the_client_returns_everything_as_frames(asker):
    token = bearer("pmo-officer")["Authorization"].removeprefix("Bearer ")
    ours = Client(asker, token, WHY["purpose"], WHY["basis"])
    frame = ours.layers(level="regency")
    assert len(frame) == len(pages(asker, "/v1/layers", "cells", level="regency")) > 200
    assert frame["people"].isna().any() and frame["people"].dtype == "Int64"
    assert {"cause", "in_need"} <= set(ours.causes(level="province").columns) and token not in repr(ours)
    assert int(ours.funds()["budget"].sum()) > 0 and "merit" in ours.villages().columns
    with pytest.raises(Refused, match="ACCESS_DENIED"):
        ours.flags()
    assert len(replace(ours, purpose="overlap-review").flags(effect="hold")) > 0


def test_a_release_goes_out_only_once_somebody_approved_it(asker, layered, tmp_path):
    out = tmp_path / "bps"
    with pytest.raises(ServiceError, match="RELEASE_NOT_APPROVED"):
        export.export(layered, out, "BPS")
    assert not out.exists()
    assert asker.post("/v1/releases/1/approvals", headers=bearer("pmo-officer")).status_code == 403
    assert asker.post("/v1/releases/1/approvals", headers=bearer("dpo")).status_code == 200
    made = export.export(layered, out, "BPS")
    assert set(made.files) == {path.name for path in out.iterdir()} and "cells.parquet" in made.files
    cells = pq.read_table(out / "cells.parquet")
    assert cells.num_rows == pcsv.read_csv(out / "cells.csv").num_rows
    assert not [people for people in cells["people"].to_pylist() if people is not None and 0 < people < 10]
    codes = [entry["code"] for entry in entries(layered)]
    assert codes.count("RELEASE_APPROVED") == codes.count("RELEASE_EXPORTED") == 1
    with pytest.raises(ServiceError, match="OUT_NOT_EMPTY"):
        export.export(layered, out, "BPS")


def test_a_month_is_released_once(layered):
    with pytest.raises(ServiceError, match="RELEASE_MADE"):
        publish.publish(layered, silent)


def test_what_is_withdrawn_is_in_no_flag_from_then_on(asker, layered):
    flag = pages(asker, "/v1/flags", "flags", **LOOK)[0]
    with Session(layered.store) as session, session.begin():
        records = session.exec(select(LayerFlagRow.record).where(LayerFlagRow.flag == flag["id"])).all()
        due.forget(session, records[:1])
    assert flag["id"] not in {each["id"] for each in pages(asker, "/v1/flags", "flags", **LOOK)}
    with Session(layered.store) as session:
        people = {int(row["person"], 16) for row in flag["rows"]}
        assert any(session.get(LayerPerson, person) is None for person in people)


def test_without_a_release_nothing_is_counted(client, seeded):
    answer = client.get("/v1/layers", params=WHY, headers=bearer("analyst"))
    assert (answer.status_code, answer.json()["code"]) == (409, "NOTHING_RELEASED")
