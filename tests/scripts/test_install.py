"""`lapis centre init`: planned, run and run again, over the embedded vault and over one that others run."""

import json
import os
from pathlib import Path

import pytest

from scripts import cli, homes, install
from tests.api.conftest import AGENCIES, EPOCH, people
from tests.api.http.conftest import JWKS
from tests.api.http.running import Caller, Up, bearer, desk, write
from tests.vault.others import others_vault
from vault.reconcile.changes import WRITES

IDENTITIES = """
second_factor = false
agencies = ["baznas"]
[[officers]]
name = "ani"
group = "dpo"
"""


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    with others_vault(tmp_path_factory.mktemp("others")) as server:
        yield server


def lapis(capsys, *arguments):
    """Run a command and return its status, its answer, and what it said of an error."""
    capsys.readouterr()
    status = cli.main([*map(str, arguments), "--json"])
    told = capsys.readouterr()
    return status, json.loads(told.out) if told.out else {}, told.err


def at(folder: Path):
    return ("--home", folder / "centre", "--seal", folder / "seal")


def over(server, folder: Path):
    return (
        "centre",
        "init",
        "--name",
        "pmo",
        *at(folder),
        "--vault",
        server.address,
        "--vault-authority",
        server.ca_file,
    )


def who(folder: Path):
    (folder / "identities.toml").write_text(IDENTITIES)
    return ("--identities", folder / "identities.toml", "--handover", folder / "hand")


def writes(server, start=0):
    """Return the paths that were changed, from a line of the trail on; logins and what only asks are no change."""
    lines = [each["request"] for each in server.lines()[start:] if each["type"] == "response"]
    quiet = ("/login", "-self", "transit/decrypt/ref-seal")
    return [each["path"] for each in lines if each["operation"] in WRITES and not each["path"].endswith(quiet)]


def test_a_plan_for_a_new_centre_lists_everything_and_makes_nothing(tmp_path, capsys):
    status, told, _ = lapis(capsys, "centre", "init", "--name", "pmo", *at(tmp_path), "--plan")
    assert status == 0
    assert {each["action"] for each in told["changes"]} == {"create"}
    assert {"kind": "role", "name": "ingest", "action": "create"} in told["changes"]
    assert list(tmp_path.iterdir()) == []


def test_a_plan_for_the_embedded_vault_is_what_is_then_done(tmp_path, capsys):
    init = ("centre", "init", "--name", "pmo", *at(tmp_path))
    _, planned, _ = lapis(capsys, *init, "--plan")
    try:
        status, made, _ = lapis(capsys, *init, *who(tmp_path))
        assert status == 0
        counts = {kind: sum(each["kind"] == kind for each in planned["changes"]) for kind in made["changes"]}
        assert made["changes"] == counts
        assert (tmp_path / "hand" / "agencies" / "baznas.json").exists()
        assert lapis(capsys, *init, *who(tmp_path), "--plan")[1] == {"changes": []}
        server = homes.load(tmp_path / "centre").embedded
        (server.credentials_dir / "ingest.json").unlink()
        _, lost, _ = lapis(capsys, *init, "--plan")
        assert lost["changes"] == [{"kind": "credentials", "name": "ingest", "action": "create"}]
        assert not (server.credentials_dir / "ingest.json").exists()
    finally:
        homes.load(tmp_path / "centre").server.stop()


def test_a_vault_of_others_is_planned_adopted_once_and_then_as_wanted(theirs, tmp_path, capsys):
    token = ("--admin-token", theirs.token)
    before = len(theirs.lines())
    status, planned, _ = lapis(capsys, *over(theirs, tmp_path), *token, "--plan")
    assert status == 0
    assert writes(theirs, before) == []
    assert not (tmp_path / "centre").exists()

    status, told, error = lapis(capsys, *over(theirs, tmp_path))
    assert (status, "ADMIN_TOKEN_MISSING" in error) == (3, True)

    status, made, _ = lapis(capsys, *over(theirs, tmp_path), *token, *who(tmp_path))
    assert status == 0
    assert sum(made["changes"].values()) == len(planned["changes"])
    held = [path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(theirs.token.read_text() in text for text in held)

    before = len(theirs.lines())
    for again in (over(theirs, tmp_path), ("centre", "init", "--name", "pmo", *at(tmp_path))):
        status, told, _ = lapis(capsys, *again, *who(tmp_path))
        assert (status, sum(told["changes"].values()), told["identities"]) == (0, 0, [])
    assert writes(theirs, before) == []


def test_a_centre_over_a_vault_of_others_serves_links_and_leaves_it_running(theirs, tmp_path, capsys):
    assert lapis(capsys, *over(theirs, tmp_path), "--admin-token", theirs.token, *who(tmp_path))[0] == 0
    home = tmp_path / "centre"
    names = [write(tmp_path / f"{name}.json", ring.card()) for name, ring in AGENCIES.items()]
    assert cli.main(["centre", "enrol", *names, "--home", str(home)]) == 0
    assert cli.main(["centre", "epoch", write(tmp_path / "epoch.json", EPOCH.card), "--home", str(home)]) == 0
    (tmp_path / "keys.json").write_text(json.dumps(JWKS))
    up = Up(home, 20_000 + (os.getpid() + 11_000) % 20_000)
    up.start()
    try:
        up.wait()
        caller = Caller(up, bearer(agency="baznas"))
        list_ = desk(home, "baznas", tmp_path / "baznas").submit(people(300)).read_bytes()
        ended = caller.ended(caller.submit(list_))
        assert (ended["state"], ended["rows"]) == ("done", 300)
        head = Caller(up, bearer("pmo-head"))
        assert head.ended(head.ask("POST", "/v1/links").json()["id"])["state"] == "done"
    finally:
        assert up.stop() == 0
    assert theirs.call("GET", "sys/health")["sealed"] is False
    status, _, error = lapis(capsys, "centre", "rotate-audit", "--home", home)
    assert (status, "VAULT_ELSEWHERE" in error) == (3, True)


@pytest.mark.parametrize(
    ("settings", "code"), [({"audited": False}, "VAULT_UNAUDITED"), ({"strings": 1000}, "VAULT_SMALL")]
)
def test_a_vault_that_writes_no_trail_or_takes_no_batch_is_refused_and_nothing_made(tmp_path, capsys, settings, code):
    with others_vault(tmp_path / "others", **settings) as server:
        before = server.call("GET", "sys/auth")["data"]
        status, _, error = lapis(capsys, *over(server, tmp_path), "--admin-token", server.token)
        assert (status, code in error) == (3, True)
        assert server.call("GET", "sys/auth")["data"] == before


def test_a_vault_without_control_groups_is_refused_before_anything_is_sealed_there(
    theirs, tmp_path, capsys, monkeypatch
):
    """It keeps the policy and drops the gate: then whoever asks may open."""
    policies = dict(install.load_vault_policies())
    opened, closed = policies["release"].index("  control_group"), policies["release"].index("# Give the token back")
    ungated = {**policies, "release": policies["release"][:opened] + "}\n\n" + policies["release"][closed:]}
    monkeypatch.setattr(install, "load_vault_policies", lambda: ungated)
    status, _, error = lapis(capsys, *over(theirs, tmp_path), "--admin-token", theirs.token)
    assert (status, "VAULT_NOT_GATED" in error) == (3, True)
    status, _, error = lapis(capsys, *over(theirs, tmp_path))
    assert (status, "VAULT_NOT_GATED" in error) == (3, True), "nor at the second try, when nothing changes"
    monkeypatch.undo()
    assert lapis(capsys, *over(theirs, tmp_path))[0] == 0


def test_a_login_of_another_kind_is_refused_and_not_replaced(tmp_path, capsys):
    with others_vault(tmp_path / "others") as server:
        server.call("POST", "sys/auth/officers", type="approle")
        status, _, error = lapis(capsys, *over(server, tmp_path), "--admin-token", server.token)
        assert (status, "VAULT_MOUNT_DIFFERS" in error) == (3, True)
        assert "approle/" not in server.call("GET", "sys/auth")["data"]


def test_a_vault_that_calls_itself_by_another_address_is_refused(theirs, tmp_path, capsys):
    alias = theirs.address.replace("127.0.0.1", "localhost")
    given = ["--vault", alias, "--vault-authority", theirs.ca_file, "--admin-token", theirs.token]
    status, _, error = lapis(capsys, "centre", "init", "--name", "pmo", *at(tmp_path), *given)
    assert (status, "VAULT_ISSUER_DIFFERS" in error) == (3, True)
