"""Sessions: what they say when something is wrong, and how they go on."""

from __future__ import annotations

import pickle
import socket
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault import Credentials, EmbeddedServer, Retry, VaultError, VaultSession
from vault import credentials as credentials_file

ONCE = Retry(attempts=1)


def test_a_revoked_token_is_replaced_without_the_caller_noticing(bao: EmbeddedServer) -> None:
    with bao.session("ingest", retry=ONCE) as session:
        session.write("auth/token/revoke-self")
        assert session.read("transit/keys/pepper")["type"] == "hmac"


def test_threads_share_a_session_whose_token_keeps_being_revoked(bao: EmbeddedServer) -> None:
    with bao.session("ingest") as session, ThreadPoolExecutor(6) as pool:

        def use(turn: int) -> str:
            if turn % 5 == 0:
                session.write("auth/token/revoke-self")
            return str(session.read("transit/keys/pepper")["type"])

        assert list(pool.map(use, range(60))) == ["hmac"] * 60


def test_a_token_near_its_end_is_replaced_before_use(bao: EmbeddedServer) -> None:
    now = [0.0]
    file = bao.credentials_dir / "ingest.json"
    with VaultSession.login(bao.address, bao.ca_file, file, clock=lambda: now[0]) as session:
        first = session._adapter.token
        now[0] = 1000.0
        session.read("transit/keys/pepper")
        assert session._adapter.token == first
        now[0] = 1100.0
        session.read("transit/keys/pepper")
        assert session._adapter.token != first


def test_a_closed_session_has_revoked_its_token(bao: EmbeddedServer) -> None:
    session = bao.session("ingest")
    token = session._adapter.token
    session.close()
    with bao.session("ingest") as other:
        other._adapter.token = token
        reply = other._adapter.request("GET", "/v1/transit/keys/pepper", raise_exception=False)
        assert reply.status_code == 403


def test_only_a_service_token_is_given(bao: EmbeddedServer) -> None:
    with bao.session("ingest") as session:
        assert str(session._adapter.token).startswith("s.")


def test_a_wrong_secret_is_refused_and_appears_nowhere(bao: EmbeddedServer) -> None:
    secret = "canary-of-a-secret"
    with pytest.raises(VaultError) as caught:
        VaultSession.login(bao.address, bao.ca_file, Credentials("nobody", secret), retry=ONCE)
    assert caught.value.code == "VAULT_LOGIN_REFUSED"
    assert secret not in "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert caught.value.__context__ is None


def test_an_error_repeats_neither_what_was_sent_nor_the_servers_words(bao: EmbeddedServer) -> None:
    canary = "NUR HAYATI 18710145039000"
    with bao.session("ingest", retry=ONCE) as session, pytest.raises(VaultError) as caught:
        session.write("transit/encrypt/ref-seal", {"plaintext": canary})
    assert caught.value.code == "VAULT_MALFORMED"
    assert canary not in "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("read", "transit/keys/handles", ""),
        ("read", "sys/mounts", "VAULT_DENIED"),
        ("write", "transit/hmac/pepper", "VAULT_MALFORMED"),
        ("write", "transit/decrypt/handles", "VAULT_DENIED"),
    ],
)
def test_each_refusal_has_its_code(bao: EmbeddedServer, method: str, path: str, code: str) -> None:
    with bao.session("ingest", retry=ONCE) as session:
        try:
            getattr(session, method)(path)
        except VaultError as failure:
            assert failure.code == code
        else:
            assert code == ""


def test_plain_http_is_refused_before_anything_is_sent(bao: EmbeddedServer) -> None:
    with pytest.raises(VaultError) as caught:
        VaultSession.login("http://127.0.0.1:1", bao.ca_file, Credentials("a", "b"))
    assert caught.value.code == "VAULT_UNTRUSTED"


def test_an_absent_server_is_asked_a_bounded_number_of_times(bao: EmbeddedServer) -> None:
    with pytest.raises(VaultError) as caught:
        VaultSession.login("https://127.0.0.1:1", bao.ca_file, Credentials("a", "b"), retry=Retry(3, 0.001))
    assert caught.value.code == "VAULT_UNREACHABLE"


def test_the_environment_gives_a_session_neither_token_nor_proxy(
    bao: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "s.fromtheenvironment")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    with bao.session("merge", retry=ONCE) as session:
        assert session._adapter.token != "s.fromtheenvironment"


@given(st.integers(1, 20), st.floats(0.001, 1), st.floats(1, 3))
def test_pauses_are_one_fewer_than_attempts_and_never_shrink(attempts: int, first: float, factor: float) -> None:
    pauses = list(Retry(attempts, first, factor).pauses())
    assert len(pauses) == attempts - 1
    assert pauses == sorted(pauses)


def test_credentials_come_back_from_a_private_file_and_show_no_secret(tmp_path: Path) -> None:
    kept = Credentials("role", "hidden")
    credentials_file.save(kept, tmp_path / "deep" / "role.json")
    assert credentials_file.load(tmp_path / "deep" / "role.json") == kept
    assert (tmp_path / "deep" / "role.json").stat().st_mode & 0o777 == 0o600
    assert "hidden" not in repr(kept)
    with pytest.raises(TypeError):
        pickle.dumps(kept)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": 2}', b'{"version": 1, "role_id": "x"}', b"\xff"])
def test_a_damaged_credentials_file_is_named_and_not_quoted(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "role.json").write_bytes(content)
    with pytest.raises(VaultError) as caught:
        credentials_file.load(tmp_path / "role.json")
    assert caught.value.code == "VAULT_CREDENTIALS_DAMAGED"
    assert caught.value.__context__ is None


def test_missing_credentials_are_named(tmp_path: Path) -> None:
    with pytest.raises(VaultError) as caught:
        credentials_file.load(tmp_path / "role.json")
    assert caught.value.code == "VAULT_CREDENTIALS_MISSING"


def test_a_vault_that_breaks_off_while_it_says_who_it_is_is_away_and_not_untrusted(bao: EmbeddedServer) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def break_off() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(10)
                peer.shutdown(socket.SHUT_WR)
                peer.recv(10_000)

        thread = threading.Thread(target=break_off)
        thread.start()
        address = f"https://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(VaultError) as caught:
            VaultSession.login(address, bao.ca_file, bao.credentials_dir / "ingest.json", retry=ONCE)
        thread.join()
    assert caught.value.code == "VAULT_UNREACHABLE"
