"""The reconciler's command on a real centre: an honest one has no alarm, each attack its own, within a minute."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import httpx
import pyarrow as pa
import pytest

from scripts import cli, homes
from tests.api.conftest import people
from tests.api.http.running import ROOT, Up, desk, found
from vault import hmac_batch, identity_token, login_person

IDENTITIES = """
second_factor = false
agencies = ["baznas"]
[[officers]]
name = "ani"
group = "dpo"
[[officers]]
name = "eko"
group = "reconciler"
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A centre that has taken lists in."""
    folder = tmp_path_factory.mktemp("reconcile")
    made = found(folder)
    (folder / "identities.toml").write_text(IDENTITIES)
    assert lapis("centre", "identities", folder / "identities.toml", "--handover", folder / "hand", "--home", made) == 0
    for number, agency in enumerate(("baznas", "desa")):
        path = desk(made, agency, folder / agency).submit(people(300, start=100 * number))
        assert lapis("centre", "ingest", path, "--home", made) == 0
    yield made
    homes.load(made).server.stop()


def lapis(*arguments):
    return cli.main([str(each) for each in arguments])


@pytest.fixture
def audit(home):
    return homes.load(home).server.layout.audit.parent


@pytest.fixture
def desk_(home, tmp_path):
    """The reconciler's desk: a fresh bundle, and her login."""
    vault = homes.load(home).server
    vault.start()
    password = home.parent / "hand" / "officers" / "eko.password"
    return ["--vault", vault.address, "--authority", vault.ca_file, "--user", "eko", "--password-file", password,
            "--bundle", export(home, tmp_path), "--patience", 0]  # fmt: skip


def export(home, folder):
    shutil.rmtree(folder / "log", ignore_errors=True)
    assert lapis("centre", "log", "--home", home, "--out", folder / "log") == 0
    return folder / "log"


def look(capsys, audit, desk_, *more):
    """Look once; return the exit status and what was found."""
    capsys.readouterr()
    status = lapis("officer", "reconcile", "--audit", audit, *desk_, *more, "--json")
    return status, [
        (each["code"], each["about"].split()[0]) for each in json.loads(capsys.readouterr().out)["findings"]
    ]


def test_an_honest_centre_has_no_alarm_and_a_trail_that_was_rotated_neither(home, audit, desk_, capsys, tmp_path):
    state = ["--state", tmp_path / "look.json"]
    assert look(capsys, audit, desk_, *state) == (0, [])
    assert lapis("centre", "rotate-audit", "--home", home) == 0
    export(home, tmp_path)
    assert look(capsys, audit, desk_, *state) == (0, [])
    assert lapis("centre", "init", "--home", home, "--seal", home.parent / "seal", "--name", "pmo") == 0
    export(home, tmp_path)
    assert look(capsys, audit, desk_, *state) == (0, [])


def test_without_a_login_a_trail_without_cases_is_judged_too(home, audit, desk_, capsys):
    assert look(capsys, audit, desk_[-4:]) == (0, [])


def test_a_part_that_goes_missing_is_an_alarm_unless_it_was_dropped_by_its_age(home, audit, desk_, capsys, tmp_path):
    assert lapis("centre", "rotate-audit", "--home", home) == 0
    part = max(audit.glob("audit-*.log"))
    export(home, tmp_path)
    part.rename(tmp_path / part.name)
    assert look(capsys, audit, desk_) == (5, [("GAP", "part")])
    (tmp_path / part.name).rename(part)
    assert lapis("centre", "rotate-audit", "--home", home, "--keep-days", 3) == 3
    os.utime(part, (0, 0))
    assert lapis("centre", "rotate-audit", "--home", home) == 0
    assert not part.exists()
    export(home, tmp_path)
    status, findings = look(capsys, audit, desk_)
    assert ("GAP", "part") not in findings, status


@pytest.fixture
def looking(audit, desk_, capsys):
    """What is found beyond what earlier tests of this centre left behind."""
    _, before = look(capsys, audit, desk_)

    def later(home, folder):
        export(home, folder)
        _, after = look(capsys, audit, desk_)
        return sorted(set(after) - set(before))

    return later


def test_a_policy_that_the_operator_writes_by_hand_is_an_alarm(home, looking, tmp_path):
    with homes.load(home).login("operator") as operator:
        operator.write("sys/policies/acl/evaluator", {"policy": 'path "x" { capabilities = ["read"] }'})
    assert looking(home, tmp_path) == [("POLICY_CHANGED", "policy:evaluator")]


def test_a_second_login_that_the_steward_makes_by_hand_is_an_alarm(home, looking, tmp_path):
    with homes.load(home).login("steward") as steward:
        body = {"password": "a-long-one", "token_policies": "dpo", "token_type": "service",
                "token_no_default_policy": True}  # fmt: skip
        steward.write("auth/officers/users/ani-again", body)
    assert looking(home, tmp_path) == [("POLICY_CHANGED", "officer:ani-again")]


def test_a_stolen_ingest_credential_is_an_alarm(home, looking, tmp_path):
    with homes.load(home).login("ingest") as thief:
        hmac_batch(thief, "pepper", 1, pa.array([os.urandom(32)] * 3, pa.binary(32)))
    assert looking(home, tmp_path) == [("TOKENS_BEYOND_BUDGET", "day")]


def test_a_trail_that_was_cut_is_an_alarm_at_the_next_look(home, audit, desk_, capsys, tmp_path):
    copy = tmp_path / "audit"
    shutil.copytree(audit, copy)
    state = ["--state", tmp_path / "look.json"]
    look(capsys, copy, desk_, *state)
    newest = copy / "audit.log"
    newest.write_bytes(b"".join(newest.read_bytes().splitlines(keepends=True)[:-2]))
    assert ("GAP", "cut") in look(capsys, copy, desk_, *state)[1]


def test_a_log_that_was_rolled_back_is_refused(home, audit, desk_, capsys, tmp_path):
    older = shutil.copytree(tmp_path / "log", tmp_path / "older")
    assert lapis("centre", "rotate-audit", "--home", home) == 0
    export(home, tmp_path)
    state = ["--state", tmp_path / "look.json"]
    look(capsys, audit, desk_, *state)
    desk_[desk_.index("--bundle") + 1] = older
    assert lapis("officer", "reconcile", "--audit", audit, *desk_, *state) == 3
    assert "LOG_ROLLED_BACK" in capsys.readouterr().err


def test_a_watch_lives_on_one_login_and_no_other_officer_s_does(home):
    vault = homes.load(home).server
    lives = {}
    for who in ("eko", "ani"):
        password = (home.parent / "hand" / "officers" / f"{who}.password").read_text()
        with login_person(vault.address, vault.ca_file, who, password) as session:
            before = session._expires
            lives[who] = (session.prolong(), session._expires > before)
    assert lives == {"eko": (True, True), "ani": (False, False)}


def test_the_watch_raises_an_alarm_at_the_centre_within_a_minute_and_none_for_a_recorded_run(
    home, audit, desk_, capsys, tmp_path
):
    with homes.load(home).login("operator") as operator:
        operator.write("sys/policies/acl/evaluator", {"policy": 'path "y" { capabilities = ["read"] }'})
    export(home, tmp_path)
    by_hand = look(capsys, audit, desk_)[1].count(("POLICY_CHANGED", "policy:evaluator"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        up = Up(home, probe.getsockname()[1], own_issuer=True, more=("--log-to", tmp_path / "log"))
    up.start()
    try:
        up.wait()
        desk_[-1] = 20
        report = ["--report", up.address, "--report-authority", home / "tls" / "ca.pem", "--watch", "--every", 1]
        command = [sys.executable, "-m", "scripts.cli", "officer", "reconcile", "--audit", audit, *desk_, *report]
        with (tmp_path / "watch.log").open("wb") as out:
            watch = subprocess.Popen(
                [str(each) for each in [*command, "--state", tmp_path / "look.json", "--json"]], stdout=out, stderr=out,
                cwd=ROOT, env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
            )  # fmt: skip
        # This puts the policy right, and the log that the service keeps says so.
        assert lapis("centre", "init", "--home", home, "--seal", home.parent / "seal", "--name", "pmo") == 0
        with homes.load(home).login("operator") as operator:
            operator.write("sys/policies/acl/merge", {"policy": 'path "z" { capabilities = ["read"] }'})
        wanted, until = ("POLICY_CHANGED", "policy:merge"), time.monotonic() + 60
        seen = []
        while wanted not in seen and time.monotonic() < until and watch.poll() is None:
            time.sleep(1)
            seen = [(each["code"], each["about"].split()[0]) for each in alarms(home, up)]
        assert wanted in seen, (tmp_path / "watch.log").read_text()[-2000:]
        watch.send_signal(signal.SIGINT)
        assert watch.wait(30) == 130
        assert "policy:merge" in (tmp_path / "watch.log").read_text()
        assert seen.count(("POLICY_CHANGED", "policy:evaluator")) == by_hand >= 1
    finally:
        up.stop()


def alarms(home, up):
    vault = homes.load(home).server
    password = (home.parent / "hand" / "officers" / "ani.password").read_text()
    with login_person(vault.address, vault.ca_file, "ani", password) as ani, up.client() as client:
        mine = {"Authorization": f"Bearer {identity_token(ani)}"}
        answer = client.get("/v1/alarms", headers=mine)
    return answer.json()["alarms"] if answer.status_code == httpx.codes.OK else []


def test_second_factors_that_the_steward_hands_out_are_no_alarm_and_the_reconciler_shows_hers(
    home, audit, desk_, capsys, tmp_path
):
    """The last one: from here on each login needs a code, and the vault takes one in half a minute."""
    _, before = look(capsys, audit, desk_)
    hand, file = home.parent / "hand", tmp_path / "identities.toml"
    file.write_text(IDENTITIES.replace("second_factor = false", ""))
    for _ in range(2):
        assert lapis("centre", "identities", file, "--handover", hand, "--home", home) == 0
    export(home, tmp_path)
    _, after = look(capsys, audit, desk_, "--device-file", hand / "officers" / "eko.otpauth")
    assert set(after) == set(before)
