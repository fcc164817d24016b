"""Each finding is provoked by an attack on a real vault and found in its own audit trail; an honest day has none."""

import base64
import datetime as dt
import json
import os
import secrets

import pyarrow as pa
import pytest

from tests.vault.dev import dev_server
from tests.vault.test_case_attacks import APPROVER, OURS, RELEASE, Stage
from vault import cases, hmac_batch
from vault.errors import VaultError
from vault.reconcile import Seen, files, judge, namer
from vault.reconcile.ours import read
from vault.reconcile.parts import Trail
from vault.reconcile.seen import FLIGHT

LATER = dt.timedelta(hours=1)
INGEST = 'path "transit/hmac/pepper" { capabilities = ["update"] }'
RECONCILER = 'path "sys/audit-hash/file" { capabilities = ["update"] }'


@pytest.fixture(scope="module")
def dev(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reconcile")
    with dev_server(folder, folder / "audit.log") as server:
        server.do("POST", "sys/auth/userpass", type="userpass")
        server.do("POST", "sys/auth/approle", type="approle")
        server.do("POST", "sys/mounts/transit", type="transit")
        server.do("POST", "transit/keys/ref-seal", type="aes256-gcm96")
        server.do("POST", "transit/keys/pepper", type="hmac", key_size=32)
        server.do("POST", "sys/policies/acl/approver", policy=APPROVER)
        for name, text in (("dpo", APPROVER), ("pmo-head", APPROVER), ("release", RELEASE), ("ingest", INGEST)):
            server.do("POST", f"sys/policies/acl/{name}", policy=text)
        yield server


class Officers(Stage):
    """People whose one policy bears their group's name, as the shipped ones."""

    def officer(self, name, group):
        self.person(name, group)
        self.dev.do("POST", f"auth/userpass/users/{name}", token_policies=group)
        return self.login(name)

    def login(self, name):
        password = secrets.token_hex(8)
        self.dev.do("POST", f"auth/userpass/users/{name}", password=password)
        return self.dev.do("POST", f"auth/userpass/login/{name}", "", password=password)["auth"]["client_token"]


@pytest.fixture(scope="module")
def stage(dev):
    return Officers(dev, dev.do("GET", "sys/auth")["data"]["userpass/"]["accessor"])


@pytest.fixture(scope="module")
def people(stage):
    return stage.officer("ani", "dpo"), stage.officer("budi", "pmo-head")


@pytest.fixture(scope="module")
def ours(dev):
    credentials = dev.role("release", "release", **OURS)
    return lambda: dev.login(credentials)


@pytest.fixture(scope="module")
def name(dev):
    dev.do("POST", "sys/policies/acl/reconciler", policy=RECONCILER)
    with dev.login(dev.role("reconciler", "reconciler", token_type="service")) as session:
        yield namer(session)


@pytest.fixture
def sealed(dev):
    text = base64.b64encode(secrets.token_bytes(32)).decode()
    return dev.do("POST", "transit/encrypt/ref-seal", plaintext=text)["data"]["ciphertext"]


class Day:
    """What happens from here on: the trail's lines, and the entries that our log has of it."""

    def __init__(self, dev, name):
        self.dev, self.name, self.entries = dev, name, []
        self.file = dev.ca_file.parent / "audit.log"
        self.start = self.file.stat().st_size

    def enter(self, code, actor="citra", **subject):
        at = dt.datetime.now(dt.UTC)
        self.entries.append(
            json.dumps({"at": at.isoformat(), "code": code, "actor": actor, "subject": subject}).encode()
        )

    def shift(self, seconds):
        """Let the last entry have been made so much later."""
        entry = json.loads(self.entries[-1])
        entry["at"] = (dt.datetime.fromisoformat(entry["at"]) + dt.timedelta(seconds=seconds)).isoformat()
        self.entries[-1] = json.dumps(entry).encode()

    def lines(self):
        copy = self.file.with_name("day.log")
        copy.write_bytes(self.file.read_bytes()[self.start :])
        return list(Trail().read(files([copy]), read([]), dt.datetime.now(dt.UTC)))

    def found(self, now=LATER, lines=None):
        seen = Seen()
        for line in self.lines() if lines is None else lines:
            seen.add(line)
        return judge(seen, read(self.entries), self.name, dt.datetime.now(dt.UTC) + now)

    def codes(self, **more):
        return [each.code for each in self.found(**more)]


@pytest.fixture
def day(dev, stage, people, ours, name, sealed):
    return Day(dev, name)


def asked(day, login, sealed, actor="citra"):
    ask = cases.ask(login, sealed)
    day.enter("CASE_OPENED", actor, case="1", asked=[ask.accessor], manifest="00")
    return ask


def released(day, login, ask):
    cases.release(login, ask)
    day.enter("CASE_RELEASED", case="1", opened=[ask.accessor], manifest="00")


def approved(stage, people, ask):
    assert [stage.approve(who, ask) for who in people] == [False, True]


def honest(day, stage, people, login, sealed):
    ask = asked(day, login, sealed)
    approved(stage, people, ask)
    released(day, login, ask)
    return ask


def pepper(dev, count):
    """Pepper values as ingest does."""
    with dev.login(dev.role("ingest", "ingest", token_type="service")) as session:
        hmac_batch(session, "pepper", 1, pa.array([os.urandom(32) for _ in range(count)], pa.binary(32)))


def test_an_honest_day_has_no_finding(day, stage, people, ours, sealed):
    honest(day, stage, people, ours, sealed)
    waiting = asked(day, ours, sealed)
    with pytest.raises(VaultError, match="CASE_NOT_APPROVED"):
        cases.release(ours, waiting)
    assert day.found() == []
    assert len(day.lines()) > 15


def test_a_release_that_our_log_does_not_have_is_found_with_its_ask(day, stage, people, ours, sealed):
    ask = cases.ask(ours, sealed)
    approved(stage, people, ask)
    cases.release(ours, ask)
    assert day.codes() == ["UNMATCHED_ASK", "UNMATCHED_RELEASE"]
    assert day.codes(now=dt.timedelta(0)) == [], "an entry has some time to reach the log"


def test_a_thief_who_opens_a_waiting_answer_is_found_twice(day, stage, people, ours, sealed):
    ask = asked(day, ours, sealed)
    approved(stage, people, ask)
    assert day.dev.call("POST", "sys/wrapping/unwrap", people[0], token=ask.token)[0] == 200
    assert day.codes() == ["UNMATCHED_RELEASE"]
    with pytest.raises(VaultError, match="CASE_NOT_APPROVED"):
        cases.release(ours, ask)
    assert sorted(day.codes()) == ["REPLAY", "UNMATCHED_RELEASE"]


def test_a_release_of_ours_that_the_vault_never_served_is_found(day, ours, sealed):
    ask = asked(day, ours, sealed)
    day.enter("CASE_RELEASED", case="1", opened=[ask.accessor])
    day.shift(60)
    assert [(each.code, each.case) for each in day.found()] == [("RELEASE_MISSING", "1")]
    day.shift(-3600)
    assert day.found() == [], "of what was before the trail begins it says nothing"


def test_a_replay_under_a_role_whose_tokens_serve_forever_is_found(day, stage, people, sealed):
    loose = stage.policy(RELEASE, token_num_uses=0)
    day = Day(day.dev, day.name)
    ask = honest(day, stage, people, loose, sealed)
    assert day.found() == []
    cases.release(loose, ask)
    assert day.codes() == ["REPLAY"]


def test_a_batch_token_and_its_replays_are_found(day, stage, people, sealed):
    loose = stage.policy(RELEASE, token_type="batch", token_num_uses=0, token_ttl="10m")
    day = Day(day.dev, day.name)
    ask = honest(day, stage, people, loose, sealed)
    cases.release(loose, ask)
    assert sorted(day.codes()) == ["REPLAY", "UNGATED_PATH"]


def test_one_person_for_two_factors_is_found(day, stage, sealed):
    start = RELEASE.index("    # One person in both")
    loose = stage.policy(RELEASE[:start] + RELEASE[RELEASE.index("  }\n}\n\n# Give") :])
    stage.person("cleo", "dpo", "pmo-head")
    cleo = stage.login("cleo")
    day = Day(day.dev, day.name)
    ask = asked(day, loose, sealed)
    assert stage.approve(cleo, ask)
    assert not stage.approve(cleo, ask)
    released(day, loose, ask)
    assert day.codes() == ["TOO_FEW_APPROVERS"]


def test_two_people_of_one_group_are_too_few(day, stage, people, sealed):
    start, end = RELEASE.index('    factor "head"'), RELEASE.index("    # One person in both")
    loose = stage.policy(RELEASE[:start] + RELEASE[end:])
    second = stage.officer("dina", "dpo")
    day = Day(day.dev, day.name)
    ask = asked(day, loose, sealed)
    assert [stage.approve(who, ask) for who in (people[0], second)] == [False, True]
    released(day, loose, ask)
    assert day.codes() == ["TOO_FEW_APPROVERS"]


def test_an_approver_who_opened_the_case_herself_is_found(day, stage, people, ours, sealed):
    ani = day.dev.do("GET", "identity/entity/name/ani")["data"]["id"]
    day = Day(day.dev, day.name)
    ask = asked(day, ours, sealed, actor=ani)
    approved(stage, people, ask)
    released(day, ours, ask)
    assert day.codes() == ["TOO_FEW_APPROVERS"]


def test_a_weaker_second_policy_is_found_by_its_release(day, stage, people, sealed):
    start, end = RELEASE.index('    factor "head"'), RELEASE.index("  }\n}\n\n# Give")
    loose = stage.policy(RELEASE[:start] + RELEASE[end:])
    day = Day(day.dev, day.name)
    ask = asked(day, loose, sealed)
    assert stage.approve(people[0], ask)
    released(day, loose, ask)
    assert day.codes() == ["TOO_FEW_APPROVERS"]


BARE = 'path "transit/decrypt/ref-seal" { capabilities = ["update"] }'


def test_a_path_without_the_gate_is_found(day, stage, sealed):
    bare = stage.policy(BARE)
    day = Day(day.dev, day.name)
    assert bare().write("transit/decrypt/ref-seal", {"ciphertext": sealed})["plaintext"]
    assert day.codes() == ["UNGATED_PATH"]


@pytest.mark.parametrize("how", ["its token named", "its token used"])
def test_a_path_without_the_gate_is_found_although_the_answer_is_wrapped_as_a_gated_one(day, stage, sealed, how):
    import requests

    bare = stage.policy(BARE + 'path "sys/wrapping/unwrap" { capabilities = ["update"] }')
    day = Day(day.dev, day.name)
    where, trust = f"{day.dev.address}/v1", str(day.dev.ca_file)
    login = bare()._adapter.token
    headers = {"X-Vault-Token": login, "X-Vault-Wrap-TTL": "60s"}
    path = f"{where}/transit/decrypt/ref-seal"
    wrapped = requests.post(path, headers=headers, json={"ciphertext": sealed}, verify=trust, timeout=9).json()
    token = wrapped["wrap_info"]["token"]
    day.enter("CASE_OPENED", case="1", asked=[wrapped["wrap_info"]["accessor"]])
    body, bearer = ({"token": token}, login) if how == "its token named" else ({}, token)
    opened = day.dev.do("POST", "sys/wrapping/unwrap", bearer, **body)
    assert opened["data"]["plaintext"]
    codes = day.codes()
    assert "UNGATED_PATH" in codes
    assert "UNMATCHED_RELEASE" in codes


@pytest.mark.parametrize("path", ["transit/rewrap/ref-seal", "transit/backup/ref-seal"])
def test_other_ways_out_of_the_key_are_found_even_if_the_vault_refuses(day, path, sealed):
    day.dev.call("POST" if "rewrap" in path else "GET", path, ciphertext=sealed)
    assert "UNGATED_PATH" in day.codes()


def test_a_token_without_an_entity_is_found(day, stage, people, sealed):
    day.dev.do("POST", "auth/token/create", policies=["release"], no_default_policy=True)
    found = day.found()
    assert {"NO_ENTITY", "POLICY_CHANGED"} == {each.code for each in found}
    token = day.dev.do("POST", "auth/token/create", policies=["release"], no_default_policy=True)["auth"]
    day = Day(day.dev, day.name)
    status, _ = day.dev.call("POST", "transit/decrypt/ref-seal", token["client_token"], ciphertext=sealed)
    assert (status, day.codes()) == (200, ["NO_ENTITY", "UNMATCHED_ASK"])


class TestChanges:
    """The operator, by hand: every write outside of a recorded run is found, and inside of it is not."""

    WRITES = (
        ("sys/policies/acl/release", {"policy": RELEASE}, "policy:release"),
        ("auth/approle/role/release", {"token_policies": "release", **OURS}, "role:release"),
        ("auth/approle/role/release/secret-id", {}, "credentials:release"),
        ("transit/keys/ref-seal/rotate", {}, "key:ref-seal"),
        ("transit/keys/ref-seal/config", {"exportable": False}, "key:ref-seal"),
        ("identity/group/name/dpo", {}, "group:dpo"),
        ("identity/entity/name/ani-again", {}, "entity:ani-again"),
        ("sys/mounts/transit/tune", {"description": "x"}, "mount:transit/tune"),
    )

    @pytest.fixture
    def operator(self, dev):
        writes = "".join(
            f'path "{path}" {{ capabilities = ["create", "update", "sudo"] }}\n' for path, _, _ in self.WRITES
        )
        dev.do("POST", "sys/policies/acl/operator", policy=writes)
        with dev.login(dev.role("operator", "operator", token_type="service")) as session:
            yield session

    @pytest.mark.parametrize(("path", "body", "change"), WRITES)
    def test_a_write_is_found_unless_a_run_recorded_it(self, day, operator, path, body, change):
        day = Day(day.dev, day.name)
        since = dt.datetime.now(dt.UTC).isoformat()
        operator.write(path, body)
        assert [(each.code, each.detail) for each in day.found()] == [("POLICY_CHANGED", change)]
        day.enter("VAULT_SET_UP", since=since, changes=["policy:other"])
        assert day.codes() == ["POLICY_CHANGED"]
        day.enter("VAULT_SET_UP", since=since, changes=[change])
        assert day.codes() == []

    def test_a_write_that_the_vault_refused_changed_nothing(self, day, operator):
        day = Day(day.dev, day.name)
        for path, body in (
            ("sys/policies/acl/api", {"policy": "x"}),
            ("sys/policies/acl/release", {"policy": "no hcl"}),
        ):
            with pytest.raises(VaultError):
                operator.write(path, body)
        assert day.found() == []

    def test_a_write_long_after_the_run_is_found(self, day, operator):
        day = Day(day.dev, day.name)
        day.enter("VAULT_SET_UP", since=dt.datetime.now(dt.UTC).isoformat(), changes=["policy:release"])
        day.shift(-60)
        operator.write("sys/policies/acl/release", {"policy": RELEASE})
        assert day.codes() == ["POLICY_CHANGED"]


class TestTokens:
    """A thief of the ingest credential passes by our own budget; the trail shows what he asked."""

    def count(self, day, tokens, at=None):
        today = (at or dt.datetime.now(dt.UTC)).date().isoformat()
        day.enter("TOKENS_COUNTED", agency="desa", day=today, identity=tokens, anchor=0)

    def test_what_ingest_counted_is_no_finding_and_one_token_more_is(self, day):
        day = Day(day.dev, day.name)
        pepper(day.dev, 40)
        self.count(day, 40)
        assert "TOKENS_BEYOND_BUDGET" not in day.codes()
        pepper(day.dev, 1)
        assert [(each.code, each.count) for each in day.found() if each.code.startswith("TOKENS")] == [
            ("TOKENS_BEYOND_BUDGET", 1)
        ]

    def test_a_chunk_that_is_asked_again_after_a_kill_counts_once(self, day):
        login = day.dev.login(day.dev.role("ingest", "ingest", token_type="service"))
        day = Day(day.dev, day.name)
        values = pa.array([os.urandom(32) for _ in range(9)], pa.binary(32))
        for _ in range(3):
            hmac_batch(login, "pepper", 1, values)
        self.count(day, 9)
        assert day.found() == []

    def test_what_is_asked_after_midnight_may_be_counted_before_it_and_only_once(self, day):
        login = day.dev.login(day.dev.role("ingest", "ingest", token_type="service"))
        day = Day(day.dev, day.name)
        hmac_batch(login, "pepper", 1, pa.array([os.urandom(32) for _ in range(9)], pa.binary(32)))
        self.count(day, 9, at=dt.datetime.now(dt.UTC) - dt.timedelta(days=1))
        assert day.found() == []
        hmac_batch(login, "pepper", 1, pa.array([os.urandom(32)], pa.binary(32)))
        assert day.codes() == ["TOKENS_BEYOND_BUDGET"]

    def test_what_ingest_counted_and_the_trail_does_not_show_is_a_gap(self, day):
        """The audit device was off for a while: what the vault did then is nowhere."""
        day = Day(day.dev, day.name)
        pepper(day.dev, 9)
        lines = [replaced(line, at=line.at + dt.timedelta(days=1)) for line in day.lines()]
        early = replaced(lines[0], id="first", at=lines[0].at - dt.timedelta(days=2))
        self.count(day, 9, at=lines[0].at)
        assert "GAP" not in day.codes(lines=[early, *lines], now=dt.timedelta(days=2))
        self.count(day, 1, at=lines[0].at)
        assert "GAP" in day.codes(lines=[early, *lines], now=dt.timedelta(days=2))


class TestGaps:
    """Lines that somebody took out of the trail."""

    @pytest.fixture
    def lines(self, day, stage, people, ours, sealed):
        honest(day, stage, people, ours, sealed)
        early = day.lines()[0]
        # A trail that has gone on for a while: its beginning alone may lack requests.
        return [replaced(early, id="first", at=early.at - FLIGHT - LATER), *day.lines()]

    def test_a_request_without_its_line_is_found(self, day, lines):
        assert "GAP" not in day.codes(lines=lines)
        for at, line in enumerate(lines):
            if at and not line.answer and not line.failed:
                assert "GAP" in day.codes(lines=[*lines[:at], *lines[at + 1 :]]), line.path

    def test_an_opening_without_its_answer_is_found(self, day, lines):
        served = [line for line in lines if line.deferred and line.answer]
        assert len(served) == 1
        assert "GAP" in day.codes(lines=[line for line in lines if line not in served])

    def test_an_approval_that_is_not_there_is_found(self, day, lines):
        gone = [line for line in lines if line.path.endswith("authorize")][:2]
        assert day.codes(lines=[line for line in lines if line not in gone]) == ["TOO_FEW_APPROVERS"]

    def test_a_release_cut_out_whole_is_found_by_our_entry(self, day, lines):
        kept = [line for line in lines if not line.deferred]
        day.shift(60)
        assert day.codes(lines=kept) == ["RELEASE_MISSING"]

    def test_an_ask_cut_out_whole_is_found_by_our_entry(self, day, lines):
        day.entries = day.entries[:1]
        day.shift(60)
        assert "GAP" in day.codes(lines=[line for line in lines if "ref-seal" not in line.path])

    def test_time_that_goes_back_is_found(self, day, lines):
        assert "GAP" in day.codes(lines=[*lines, replaced(lines[-1], at=lines[-1].at - dt.timedelta(seconds=5))])


def replaced(line, **more):
    import dataclasses

    return dataclasses.replace(line, **more)
