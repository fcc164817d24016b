"""`lapis centre up`: the vault, the service and its jobs in one process that stops cleanly. Never shows a token.

Nothing is lost if it is killed instead: what was acknowledged is in the store, and the next `up` goes on with it.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import socket
import threading
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn

from api.access import Verifier
from api.access.buckets import Buckets, Rate
from api.access.oidc import Provider, SignIn
from api.app import create_app
from api.centre import Centre
from api.jobs import Jobs
from api.pages.charts import read_outlines
from api.service import Service
from api.services import sequencer
from api.services.register import check_start
from api.services.uploads import Inbox
from linkage.errors import LapisError
from policies.access_rules import load_access_rules
from scripts import console, door, files
from scripts.console import Answer
from scripts.homes import CentreHome, Server, load
from vault import (
    Credentials,
    Retry,
    ensure_certificate,
    identity_token,
    issuer,
    jwks,
    login_agency,
)
from vault.logins import AUDIENCE

PORT = 8443
REQUESTS, LOGINS = Rate(120, 20), Rate(10, 0.2)
"""Of a principal (or address): at once, and again a second."""
LIFETIME = 600
LOOK = 1.0
SIGN = 5.0
"""Seconds between checkpoints: an entry is under a signature within a minute, also on a busy machine."""
log = logging.getLogger("lapis.up")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--port", type=int, default=PORT, help=f"on 127.0.0.1 (default {PORT}; 0: any)")
    parser.add_argument("--issuer", help="who signs tokens, instead of the centre's own vault")
    parser.add_argument("--audience", help="what its tokens are for")
    parser.add_argument("--keys", type=Path, help="its public keys, a JWKS file")
    parser.add_argument("--sign-in", type=Path, help="TOML: where people sign in, with another issuer")
    parser.add_argument("--door-port", type=int, default=door.PORT, help=f"of the login page (default {door.PORT})")
    parser.add_argument("--door", help="the login page's address, if a proxy stands before it")
    parser.add_argument(
        "--log-to", type=Path, metavar="FOLDER", help="keep the access log there too, for the reconciler"
    )
    parser.add_argument(
        "--production", action="store_true",
        help="real data: start only with an impact assessment and an agreement of every agency on file",
    )  # fmt: skip
    parser.add_argument(
        "--map", type=Path, metavar="FILE",
        help="GeoJSON (WGS 84) of the fifteen regencies by properties.code, 18.01 to 18.72: the map in place of tiles",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> Answer:
    """Serve until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    home = load(options.home)
    centre = home.centre(options.policy)
    outlines = read_outlines(files.read(options.map)) if options.map else None
    if options.production:
        check_start(centre)
    with _vault(home.server), _listener(options.port) as listener, _log(centre, home.origin, options.log_to):
        inbox = Inbox(_folder(home.path / "inbox"), os.urandom)
        jobs = Jobs(centre, inbox, home.jobs)
        verifier = _verifier(options, home.server, centre.clock)
        service = replace(
            _service(home, centre, inbox, verifier, jobs),
            sign_in=_sign_in(options, home, centre),
            production=options.production,
            outlines=outlines,
        )
        jobs.start()
        try:
            with nullcontext() if options.issuer else door.beside(home, options.door_port):
                _serve(service, home, listener)
        finally:
            jobs.stop()
    console.say("stopped")
    return Answer({"stopped": True})


def _service(home: CentreHome, centre: Centre, inbox: Inbox, verifier: Verifier, jobs: Jobs) -> Service:
    return Service(
        centre=centre,
        inbox=inbox,
        verifier=verifier,
        rules=load_access_rules(),
        jobs=jobs,
        issue=lambda identity, secret: _issue(home.server, identity, secret),
        ready=lambda: _ask(home),
        requests=Buckets(REQUESTS, time.monotonic),
        logins=Buckets(LOGINS, time.monotonic),
        lifetime=LIFETIME,
    )


def _issue(server: Server, identity: str, secret: str) -> str:
    """Turn an agency's credentials into its token; the session ends at once."""
    once = Retry(attempts=1)
    with login_agency(server.address, server.ca_file, Credentials(identity, secret), retry=once) as session:
        return identity_token(session)


def _ask(home: CentreHome) -> None:
    """Ask the vault something that it audits: its health page stays green while a full audit disk stops everything."""
    with home.login("api") as session:
        session.read("auth/token/lookup-self")


def _verifier(options: argparse.Namespace, server: Server | None, clock: Callable[[], datetime]) -> Verifier:
    """Believe the centre's own vault, or one other issuer whose keys lie in a file; never both."""
    given = (options.issuer, options.audience, options.keys)
    if server is not None and not any(given):
        own = frozenset({AUDIENCE})
        return Verifier(lambda: issuer(server.address), own, lambda: jwks(server.address, server.ca_file), clock)
    if not all(given):
        raise LapisError("ISSUER_MISSING", "issuer, audience and keys go together", hint="give all three")

    def fetch() -> Mapping[str, Any]:
        return dict(json.loads(files.read(options.keys)))

    return Verifier(lambda: str(options.issuer), frozenset({options.audience}), fetch, clock)


def _sign_in(options: argparse.Namespace, home: CentreHome, centre: Centre) -> SignIn | None:
    """Let people sign in at the centre's own door, or at another issuer's; nowhere if nothing is set up."""
    if options.issuer:
        return _elsewhere(options, centre) if options.sign_in else None
    known = home.sign_in
    if known is None:
        return None
    client, redirect = known
    server = home.server
    page = options.door or f"https://localhost:{options.door_port}"

    def provider() -> Provider:
        at = f"{issuer(server.address)}/provider/lapis"
        return Provider(client, redirect, f"{page}/authorize", f"{at}/token", f"{at}/userinfo", server.ca_file)

    named = Verifier(
        lambda: f"{issuer(server.address)}/provider/lapis",
        frozenset({client}),
        lambda: jwks(server.address, server.ca_file),
        centre.clock,
    )
    return SignIn(provider, named)


def _elsewhere(options: argparse.Namespace, centre: Centre) -> SignIn:
    try:
        told = tomllib.loads(files.read(options.sign_in).decode(errors="replace"))
        ca_file = Path(told.pop("ca")) if "ca" in told else None
        provider = Provider(**{name: str(value) for name, value in told.items()}, ca_file=ca_file)
    except (tomllib.TOMLDecodeError, TypeError):
        form = "expected client, redirect, authorize, token and userinfo, and perhaps ca"
        raise LapisError("SIGN_IN_FORM", form, place=options.sign_in.name) from None
    keys = _verifier(argparse.Namespace(**{**vars(options), "audience": provider.client}), None, centre.clock)
    return SignIn(lambda: provider, keys)


def _serve(service: Service, home: CentreHome, listener: socket.socket) -> None:
    ensure_certificate(home.path / "tls", datetime.now(UTC))
    config = uvicorn.Config(
        create_app(service), lifespan="off", log_config=None, access_log=False, server_header=False,
        ssl_certfile=home.path / "tls" / "server.pem", ssl_keyfile=home.path / "tls" / "server.key",
        limit_concurrency=200, timeout_graceful_shutdown=10,
    )  # fmt: skip
    # The server raises the signal again once it has stopped; what follows must still run.
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.signal(signal.SIGINT, lambda *_: None)
    console.say(f"https://127.0.0.1:{listener.getsockname()[1]}")
    console.OUT.file.flush()
    uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def _listener(port: int) -> Iterator[socket.socket]:
    with socket.socket() as found:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind(("127.0.0.1", port))
        except OSError:
            raise LapisError("PORT_TAKEN", "another program listens there", place=f"127.0.0.1:{port}") from None
        yield found


@contextmanager
def _vault(server: Server) -> Iterator[None]:
    """Keep the vault running: start it, start it again when it is gone, stop it at the end."""
    server.start()
    stopping = threading.Event()

    def watch() -> None:
        while not stopping.wait(LOOK):
            try:
                _ = server.address
            except LapisError:
                try:
                    server.start()
                except LapisError as error:
                    log.warning("the vault does not start: %s", error.code)

    watcher = threading.Thread(target=watch, name="lapis-vault", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stopping.set()
        watcher.join(60)
        server.stop()


@contextmanager
def _log(centre: Centre, origin: str, folder: Path | None) -> Iterator[None]:
    """Give entries their place and sign the log's size every few seconds; what waits at the end is placed too.

    `folder`: where to keep a bundle that grows with it.
    """
    stopping = threading.Event()

    def seal() -> None:
        try:
            if folder is None:
                sequencer.seal(centre, origin)
            else:
                sequencer.export(centre, origin, folder, extend=True)
        except LapisError as error:
            log.warning("the log was not signed: %s", error.code)
        except OSError:
            log.warning("the log was signed, and not written: %s", folder)
        _watch(centre)

    def keep() -> None:
        while not stopping.wait(SIGN):
            seal()

    keeper = threading.Thread(target=keep, name="lapis-log", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        keeper.join(60)
        seal()


def _watch(centre: Centre) -> None:
    """Say that entries wait too long for their place, by a code that an alarm can look for."""
    try:
        waiting = sequencer.waiting(centre)
    except LapisError as error:
        log.warning("the log was not watched: %s", error.code)
        return
    if waiting.late:
        log.error("LOG_LATE entries=%d seconds=%d", waiting.entries, waiting.seconds)


def _folder(path: Path) -> Path:
    path.mkdir(mode=0o700, exist_ok=True)
    return path
