"""A case by HTTP, over the real application and vault: opened, approved by two, released once, answered."""

import datetime as dt
import json
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlmodel import Session, select

from api.errors import ServiceError
from api.services import enrol, sequencer
from api.store import Agency, Case, CaseRequest
from linkage.encoding import answer, keyring, ticket
from tests.casework import ORIGIN, ROWS, VITAL, world
from tests.conftest import person
from vault import VaultError, signing_key
from vault import cases as gated
from vault.log import Verifier, checkpoint, leaf_hash, merkle
from vault.reconcile import Look, State, namer

__all__ = ["world"]

HOURS = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _today(world):
    """Let every test begin now."""
    yield
    world.clock.ahead = dt.timedelta()


def code(answer):
    return answer.status_code, answer.json()["code"]


def test_two_people_open_a_case_once_and_each_agency_gets_its_own_references(world):
    case = world.opened(count=2)
    shown = world.ask("citra", "GET", f"/cases/{case}").json()
    assert (shown["state"], shown["persons"], shown["references"], shown["approvals"]) == ("waiting", 2, 4, 0)
    assert code(world.release(case)) == (409, "CASE_NOT_APPROVED")
    assert [world.approve(name, case) for name in ("ani", "budi")] == [0, 4]
    assert world.ask("citra", "GET", f"/cases/{case}").json()["approvals"] == 2
    assert world.release(case).json() == {"case": case, "agencies": ["baznas", "dinsos"]}
    for name in ROWS:
        sealed = next(each for each in tickets(world, name) if each["case"] == case)["sealed"].encode()
        signed = ticket.unseal(sealed, world.ring(name))
        made = ticket.open_(signed, name, world.ticket_key(), int(world.clock().timestamp()))
        assert (made.case, made.purpose, made.officer, len(made.refs)) == (case, "double-payment", b"", 2)
        assert set(made.refs) < set(world.refs(name))
    assert code(world.release(case)) == (409, "CASE_RELEASED")


def tickets(world, name):
    return world.ask(name, "GET", "/tickets").json()["tickets"]


def test_another_agency_s_ticket_opens_for_nobody_else(world):
    case = world.released()
    theirs = next(each for each in tickets(world, "dinsos") if each["case"] == case)["sealed"]
    assert theirs not in [each["sealed"] for each in tickets(world, "baznas")]
    with pytest.raises(Exception, match="TICKET_INVALID"):
        ticket.unseal(theirs.encode(), world.ring("baznas"))
    signed = ticket.unseal(theirs.encode(), world.ring("dinsos"))
    with pytest.raises(Exception, match="TICKET_INVALID"):
        ticket.open_(signed, "baznas", world.ticket_key(), int(world.clock().timestamp()))


def test_one_approval_is_not_enough_and_the_opener_cannot_approve(world):
    case = world.opened()
    with pytest.raises(VaultError, match="VAULT_DENIED"):
        world.approve("citra", case)
    world.approve("ani", case)
    world.approve("ani", case)
    assert code(world.release(case)) == (409, "CASE_NOT_APPROVED")


def test_who_opened_a_case_and_then_became_an_approver_is_refused_although_the_vault_would_open_it(world):
    case = world.opened()
    for name in ("ani", "budi"):
        world.approve(name, case)
    with Session(world.centre.store) as session, session.begin():
        session.get_one(Case, int(case[5:])).opened_by = world.id("ani")
    assert code(world.release(case)) == (409, "CASE_SELF_APPROVED")


def test_only_approvers_see_what_the_vault_was_asked(world):
    case = world.opened()
    assert world.ask("citra", "GET", f"/cases/{case}").json()["asked"] is None
    assert all(each["asked"] is None for each in world.ask("ani", "GET", "/cases").json()["cases"])
    for name in ("ani", "budi"):
        shown = world.ask(name, "GET", f"/cases/{case}").json()["asked"]
        with person(world.bao, name) as session:
            assert [gated.look(session, each["accessor"]).digest.hex() for each in shown] == [
                each["digest"] for each in shown
            ]


def test_the_entry_of_the_opening_says_all_and_is_proved_under_a_signed_checkpoint(world):
    case = world.opened(count=2, officer_key="ab" * 32)
    assert code(world.ask("ani", "GET", f"/cases/{case}/entry")) == (409, "LOG_NOT_YET")
    sequencer.seal(world.centre, ORIGIN)
    proof = world.ask("ani", "GET", f"/cases/{case}/entry").json()
    with world.bao.session("log") as session:
        verifier = Verifier(ORIGIN, signing_key(session, "log").public)
    signed = checkpoint.open_(proof["checkpoint"], verifier)
    path = [bytes.fromhex(each) for each in proof["path"]]
    merkle.check_inclusion(leaf_hash(proof["entry"].encode()), proof["index"], signed.size, path, signed.root)
    entry = json.loads(proof["entry"])
    shown = world.ask("ani", "GET", f"/cases/{case}").json()
    assert entry["subject"]["manifest"] == gated.manifest(bytes.fromhex(each["digest"]) for each in shown["asked"])
    assert sorted(entry["subject"]["asked"]) == sorted(each["accessor"] for each in shown["asked"])
    assert (entry["subject"]["case"], entry["subject"]["count"], entry["purpose"]) == (case, 4, "double-payment")
    assert entry["subject"]["persons"] == [f"{each:016x}" for each in world.persons[:2]]
    assert entry["subject"]["officer"] == "ab" * 32


def test_a_release_leaves_what_the_vault_s_trail_is_held_against(world):
    case = world.released()
    asked, opened = world.entries("CASE_OPENED")[-1]["subject"], world.entries("CASE_RELEASED")[-1]["subject"]
    assert opened["case"] == asked["case"] == case and opened["manifest"] == asked["manifest"]
    assert sorted(opened["opened"]) == sorted(asked["asked"])
    assert len(set(opened["approvers"])) == 2 and opened["agencies"] == ["baznas", "dinsos"]
    trail = (world.bao.layout.home / "audit" / "audit.log").read_text()
    with person(world.bao, "eko") as session:
        named = [session.write("sys/audit-hash/file", {"input": each})["hash"] for each in asked["asked"]]
    assert all(each in trail for each in named)


@pytest.mark.parametrize(
    "wrong",
    [
        {"hours": 5, "urgent": True, "asked": VITAL},
        {"urgent": True, "hours": 4},
    ],
)
def test_limits_are_kept(world, wrong):
    assert code(world.open(**wrong)) == (409, "CASE_LIMITS")


def test_a_case_of_too_many_or_of_nobody_is_refused(world):
    def ask(persons, **more):
        body = {"persons": persons, "hours": 4, **more}
        return world.ask("citra", "POST", "/cases", params=VITAL, json=body)

    assert ask([f"{each:016x}" for each in range(31)]).status_code == 422
    assert ask([f"{each:016x}" for each in range(6)], urgent=True).json()["code"] == "CASE_LIMITS"
    assert ask([f"{7:016x}"]).json()["code"] == "CASE_EMPTY"
    assert ask(["1871014107900001"]).json()["code"] == "CASE_EMPTY"
    assert ask(["Siti"]).status_code == 422


def test_a_refused_case_is_never_opened_although_both_approve_in_the_vault(world):
    case = world.opened()
    assert (
        world.ask("ani", "POST", f"/cases/{case}/refusal", json={"reason": "not-needed"}).json()["state"] == "refused"
    )
    for name in ("ani", "budi"):
        world.approve(name, case)
    assert code(world.release(case)) == (409, "CASE_REFUSED")
    assert code(world.ask("budi", "POST", f"/cases/{case}/refusal", json={"reason": "other"})) == (409, "CASE_REFUSED")
    with Session(world.centre.store) as session:
        tokens = session.exec(select(CaseRequest.token).where(CaseRequest.case == int(case[5:]))).all()
    assert tokens and not any(tokens)


def test_an_expired_case_is_neither_released_nor_fetched_nor_answered(world):
    waiting, released = world.opened(hours=2), world.released(hours=2, officer_key="ab" * 32)
    for name in ("ani", "budi"):
        world.approve(name, waiting)
    assert released in [each["case"] for each in tickets(world, "baznas")]
    world.clock.ahead = 2 * HOURS
    assert code(world.release(waiting)) == (409, "CASE_EXPIRED")
    assert released not in [each["case"] for each in tickets(world, "baznas")]
    assert code(world.ask("baznas", "POST", f"/cases/{released}/answers", json={"sealed": "{}"})) == (
        409, "CASE_EXPIRED",
    )  # fmt: skip


def test_an_answer_comes_back_sealed_to_the_officer_and_signed_by_its_agency(world):
    key = world.officer.answer_key.public_key().public_bytes_raw()
    case = world.released(officer_key=key.hex())
    where = f"/cases/{case}/answers"
    impostor = answer.seal(b"forged", case, key, keyring.create("baznas", "Baznas", os.urandom))
    theirs = answer.seal(b"theirs", case, key, world.ring("dinsos"))
    for forged in (impostor, theirs, b"{}"):
        assert code(world.ask("baznas", "POST", where, json={"sealed": forged.decode()})) == (409, "ANSWER_INVALID")
    sealed = answer.seal(b"found", case, key, world.ring("baznas"))
    assert world.ask("baznas", "POST", where, json={"sealed": sealed.decode()}).status_code == 201
    assert code(world.ask("baznas", "POST", where, json={"sealed": sealed.decode()})) == (409, "ANSWER_GIVEN")
    given = world.ask("citra", "GET", where).json()["answers"]
    assert [each["agency"] for each in given] == ["baznas"]
    opened = answer.open_(given[0]["sealed"].encode(), case, world.ring("baznas").card(), world.officer.answer_key)
    assert opened == b"found"


def test_a_case_that_asks_for_no_answer_or_gave_an_agency_no_ticket_takes_none(world):
    case = world.released()
    assert code(world.ask("baznas", "POST", f"/cases/{case}/answers", json={"sealed": "{}"})) == (
        409, "CASE_TAKES_NO_ANSWERS",
    )  # fmt: skip
    waiting = world.opened()
    for other in (waiting, "case-999999"):
        assert code(world.ask("baznas", "POST", f"/cases/{other}/answers", json={"sealed": "{}"})) == (404, "NOT_FOUND")


def test_an_urgent_case_tells_the_protection_officer_at_once_and_its_review_is_due_in_a_day(world):
    case = world.opened(hours=4, urgent=True, asked=VITAL)
    assert world.entries("CASE_OPENED_URGENT")[-1]["subject"]["case"] == case

    def alerts():
        found = world.ask("ani", "GET", "/alerts").json()["alerts"]
        return [each["code"] for each in found if each["case"] == case]

    assert alerts() == ["URGENT_CASE"]
    world.approve("ani", case)
    assert code(world.release(case)) == (409, "CASE_NOT_APPROVED")
    world.approve("budi", case)
    assert world.release(case).status_code == 200
    world.clock.ahead = 25 * HOURS
    assert alerts() == ["URGENT_CASE", "REVIEW_OVERDUE"]
    assert world.ask("budi", "POST", f"/cases/{case}/review", json={"verdict": "justified"}).status_code == 403
    assert world.ask("ani", "POST", f"/cases/{case}/review", json={"verdict": "justified"}).status_code == 200
    assert alerts() == []
    assert code(world.ask("ani", "POST", f"/cases/{case}/review", json={"verdict": "justified"})) == (
        409, "CASE_REVIEWED",
    )  # fmt: skip
    assert code(world.ask("ani", "POST", f"/cases/{world.opened()}/review", json={"verdict": "justified"})) == (
        409, "CASE_NOT_URGENT",
    )  # fmt: skip


def test_a_request_that_somebody_opened_first_ends_the_case_and_is_found_in_the_vault_s_trail(world, tmp_path):
    """A thief with the release's own credential opens an approved request: the release fails, and says why."""
    case = world.opened(count=2)
    for name in ("ani", "budi"):
        world.approve(name, case)
    with Session(world.centre.store) as session:
        stolen = session.exec(select(CaseRequest.token).where(CaseRequest.case == int(case[5:]))).first()
    gated.release_kept(lambda: world.centre.login("release"), stolen)
    assert code(world.release(case)) == (409, "CASE_LOST")
    assert world.entries("REQUEST_REFUSED")[-1]["subject"]["reason"] == "CASE_LOST"
    honest = world.released()
    found = looked(world, tmp_path)
    assert {"UNMATCHED_RELEASE", "REPLAY"} <= {each.code for each in found if each.case == case}
    assert [each for each in found if each.case == honest] == []


def test_of_two_who_release_at_once_one_opens_the_case(world):
    case = world.opened()
    for name in ("ani", "budi"):
        world.approve(name, case)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(world.release, [case, case]))
    assert sorted(each.status_code for each in answers) == [200, 409]
    assert len(world.entries("CASE_RELEASED")) == len(
        {each["subject"]["case"] for each in world.entries("CASE_RELEASED")}
    )


def test_a_release_that_breaks_off_half_way_gives_nobody_a_ticket(world, monkeypatch):
    case, opened, real = world.opened(), [], gated.release_kept

    def once(login, kept):
        if opened:
            raise VaultError("VAULT_UNREACHABLE", "no answer from the vault")
        opened.append(real(login, kept))
        return opened[0]

    for name in ("ani", "budi"):
        world.approve(name, case)
    monkeypatch.setattr(gated, "release_kept", once)
    assert code(world.release(case)) == (503, "VAULT_UNREACHABLE")
    monkeypatch.undo()
    assert case not in [each["case"] for name in ROWS for each in tickets(world, name)]
    assert code(world.release(case)) == (409, "CASE_LOST")


def test_an_agency_without_a_key_to_seal_to_stops_a_case_until_it_is_enrolled_again(world):
    with Session(world.centre.store) as session, session.begin():
        session.get_one(Agency, "dinsos").enrolment_key = None
    answer = world.open()
    assert code(answer) == (409, "CASE_AGENCY_KEY") and answer.json()["place"] == "dinsos"
    card = world.ring("dinsos").card()
    enrol.register_agency(world.centre.store, card, world.clock())
    assert world.open().status_code == 201
    with pytest.raises(ServiceError, match="AGENCY_KEY_CHANGED"):
        enrol.register_agency(world.centre.store, replace(card, enrolment_key="ab" * 32), world.clock())


def looked(world, folder):
    """Hold the vault's whole trail against the exported log, as the reconciler does."""
    sequencer.export(world.centre, ORIGIN, folder / "log")
    verifier = Verifier.decode((folder / "log" / "verifier").read_text())
    with person(world.bao, "eko") as session:
        trail = [world.bao.layout.home / "audit" / "audit.log"]
        look = Look(trail, folder / "log", verifier, namer(session), State(), dt.timedelta())
        return look.look(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=30))


def test_no_reference_and_no_token_of_a_request_lies_in_the_store_or_the_log(world, monkeypatch):
    tokens, ask = [], gated.ask

    def spy(login, ciphertext):
        tokens.append(found := ask(login, ciphertext))
        return found

    monkeypatch.setattr(gated, "ask", spy)
    world.released(count=3)
    with sqlite3.connect(world.centre.store.url.database) as connection:
        dump = "\n".join(connection.iterdump())
    refs = [ref for name in ROWS for ref in world.refs(name)]
    assert len(tokens) == 6 and len(refs) == sum(ROWS.values())
    for secret in (*(each.token for each in tokens), *(each.token.encode().hex() for each in tokens)):
        assert secret not in dump
    lowered = dump.lower()
    assert not any(ref.hex() in lowered for ref in refs)
    assert all(each.accessor in dump for each in tokens)


def test_a_service_that_asks_for_another_reference_than_it_shows_is_found_by_whoever_approves(world):
    shown, asked = world.opened(), world.opened(count=3)
    with Session(world.centre.store) as session, session.begin():
        mine, other = (
            session.exec(select(CaseRequest).where(CaseRequest.case == int(case[5:]))).all() for case in (shown, asked)
        )
        strange = next(each for each in other if each.digest not in {every.digest for every in mine})
        mine[0].accessor = strange.accessor
    with pytest.raises(VaultError, match="CASE_NOT_IN_MANIFEST"):
        world.approve("ani", shown)
    # Had both approved without looking, the release would still see that the vault holds something else.
    assert code(world.release(shown)) == (409, "CASE_NOT_APPROVED")
