"""A real `lapis centre up` process: start it, kill it, ask it; and a client that asks until it is answered."""

import datetime as dt
import hashlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import httpx
import jwt

from linkage.encoding import CentreCard, cards
from scripts import cli, files, homes
from tests.api.conftest import AGENCIES, EPOCH, Desk
from tests.api.http.conftest import AUDIENCE, ISSUER, JWKS, KEY

ROOT = Path(__file__).parents[3]


def found(folder, *more):
    """Make a centre with its vault, the agencies and the epoch registered."""
    home = folder / "centre"
    where = ["--home", str(home), "--seal", str(folder / "seal"), *more]
    assert cli.main(["centre", "init", *where, "--name", "pmo"]) == 0
    names = [write(folder / f"{name}.json", ring.card()) for name, ring in AGENCIES.items()]
    assert cli.main(["centre", "enrol", *names, "--home", str(home)]) == 0
    assert cli.main(["centre", "epoch", write(folder / "epoch.json", EPOCH.card), "--home", str(home)]) == 0
    (folder / "keys.json").write_text(json.dumps(JWKS))
    return home


def write(path, card):
    path.write_text(cards.dump(card))
    return str(path)


def desk(home, agency, folder):
    """Return an agency's desk that seals for that centre."""
    folder.mkdir(exist_ok=True)
    return Desk(folder, AGENCIES[agency], files.card(home / "card.json", CentreCard))


class Up:
    """The process, on one port through all its lives."""

    def __init__(self, home, port, *, own_issuer=False, more=()):
        self.home, self.port, self.own_issuer, self.more = home, port, own_issuer, more
        self.address = f"https://127.0.0.1:{port}"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.door_port = probe.getsockname()[1]
        self.door = f"https://localhost:{self.door_port}"

    def start(self):
        keys = self.home.parent / "keys.json"
        arguments = ["centre", "up", "--home", self.home, "--port", self.port, "--door-port", self.door_port,
                     *self.more]  # fmt: skip
        if not self.own_issuer:
            arguments += ["--issuer", ISSUER, "--audience", AUDIENCE, "--keys", keys]
        log = (self.home.parent / "up.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scripts.cli", *map(str, arguments)], stdout=log, stderr=log, cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        )  # fmt: skip

    def wait(self, seconds=180):
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.process.poll() is None:
            try:
                with self.client() as client:
                    if client.get("/health").status_code == 200:
                        return
            except (httpx.TransportError, OSError):
                time.sleep(0.02)
        raise AssertionError((self.home.parent / "up.log").read_text()[-3000:])

    def client(self, timeout=10):
        trust = ssl.create_default_context(cafile=self.home / "tls" / "ca.pem")
        return httpx.Client(base_url=self.address, verify=trust, timeout=timeout, trust_env=False)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def stop_vault(self):
        homes.load(self.home).server.stop()


def bearer(role="analyst", agency=None):
    """Return a header that is good now."""
    now = dt.datetime.now(dt.UTC).timestamp()
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": f"{agency or role}", "iat": now - 5, "exp": now + 3600,
              "role": "agency" if agency else role, **({"agency": agency} if agency else {})}  # fmt: skip
    return {"Authorization": "Bearer " + jwt.encode(claims, KEY, algorithm="ES256", headers={"kid": "k1"})}


class Caller:
    """Ask until answered, through every death of the service."""

    def __init__(self, up, headers):
        self.up, self.headers = up, headers

    def ask(self, method, path, patience=120, **more):
        until = time.monotonic() + patience
        while time.monotonic() < until:
            try:
                with self.up.client() as client:
                    headers = {**self.headers, **more.get("headers", {})}
                    answer = client.request(method, path, **{**more, "headers": headers})
                if answer.status_code < 500 and answer.status_code != 429:
                    return answer
            except (httpx.TransportError, OSError):
                pass
            time.sleep(0.05)
        raise AssertionError(f"no answer to {method} {path}")

    def submit(self, content, part=300_000):
        """Send a list in parts and complete it; return its job's id, which was acknowledged."""
        wanted = {"digest": hashlib.sha256(content).hexdigest(), "size": len(content)}
        upload = self.ask("POST", "/v1/submissions", json=wanted).json()
        place = f"/v1/submissions/{upload['id']}"
        while upload["received"] < len(content):
            offset = upload["received"]
            self.ask("PATCH", place, content=content[offset : offset + part], headers={"Upload-Offset": str(offset)})
            upload = self.ask("GET", place).json()
        return self.ask("POST", f"{place}/complete").json()["id"]

    def ended(self, job, patience=120):
        until = time.monotonic() + patience
        while time.monotonic() < until:
            found = self.ask("GET", f"/v1/jobs/{job}").json()
            if found["state"] != "waiting":
                return found
            time.sleep(0.1)
        raise AssertionError(f"the job did not end: {found}")
