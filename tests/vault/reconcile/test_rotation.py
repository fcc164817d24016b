"""Putting the trail aside while the vault works loses no line, and doubles none."""

import hashlib
import os
import threading
from collections import Counter

import pyarrow as pa
import pytest

from policies import load_vault_policies
from tests.vault.reconcile.test_trail import NOW
from vault import Desired, EmbeddedServer, apply, hmac_batch
from vault.keys import PEPPER
from vault.reconcile import Seen, files
from vault.reconcile.ours import Ours
from vault.reconcile.parts import Trail


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    root = tmp_path_factory.mktemp("rotation")
    policies = load_vault_policies()
    made = EmbeddedServer(root / "home", root / "seal", policies["operator"])
    made.start()
    with made.session() as operator:
        apply(operator, Desired(policies, (PEPPER,)), made.credentials_dir)
    yield made
    made.stop()


class Load:
    """Two threads that pepper as fast as they can, and count what they were answered."""

    def __init__(self, server):
        self.server, self.stop, self.answered = server, threading.Event(), []
        self.threads = [threading.Thread(target=self.work) for _ in range(2)]

    def work(self):
        with self.server.session("ingest") as session:
            while not self.stop.is_set():
                hmac_batch(session, "pepper", 1, pa.array([os.urandom(32)] * 20, pa.binary(32)))
                self.answered.append(20)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_four_rotations_under_load_lose_and_double_nothing(server):
    follower, seen, lines = Trail(), Seen(), []

    def look():
        for line in follower.read(files([server.layout.audit.parent]), Ours(), NOW):
            lines.append(line)
            seen.add(line)

    with Load(server) as load:
        parts = {}
        for _ in range(4):
            before = len(load.answered)
            while len(load.answered) < before + 100:
                look()
            old = server.rotate_audit()
            parts[old] = digest(old)
    look()
    assert all(digest(path) == was for path, was in parts.items()), "a part that was put aside does not grow"
    asked = Counter(line.id for line in lines if line.path == "transit/hmac/pepper")
    assert set(asked.values()) == {2}, "each request has its line and its answer's, once"
    assert len(asked) == len(load.answered)
    assert len(files([server.layout.audit.parent])) == 5
    assert follower.findings == []
    assert [each.code for each in seen.found.values() if each.code == "GAP"] == []
    afresh = sum(1 for _ in Trail().read(files([server.layout.audit.parent]), Ours(), NOW))
    assert afresh == len(lines), "whoever reads the parts later reads the same lines"


def test_a_rotation_that_broke_off_is_finished_by_the_next(server):
    stray = server.layout.audit.with_name("audit-99990101T000000000000Z.log")
    server.layout.audit.rename(stray)
    server.ready()
    assert server.rotate_audit() == stray
    assert server.layout.audit.exists()
    stray.rename(server.layout.audit.with_name("audit-19990101T000000000000Z.log"))
