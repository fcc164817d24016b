"""`lapis agency page`: listen at 127.0.0.1, open the browser, answer until it is closed. Writes no log of requests."""

from __future__ import annotations

import argparse
import os
import threading
import time
import webbrowser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qsl, urlsplit

from scripts import console, files, submit
from scripts.console import Answer as Said
from scripts.page import exchange
from scripts.page.app import App
from scripts.page.exchange import Answer, Form, Head
from scripts.page.guard import Guard
from scripts.page.session import Session

ADDRESS = "127.0.0.1"
SLOW = 30
"""Seconds that a browser may let a request wait."""
_DRAINED = 1 << 31
_AT_ONCE = 1 << 18


class Handler(BaseHTTPRequestHandler):
    """Turn what comes over a connection into a request, and an answer into what goes over it. One request each."""

    app: ClassVar[App]
    server_version, sys_version = "Lapis", ""
    timeout = SLOW

    def do_GET(self) -> None:
        """Answer a request without a form."""
        self._answer()

    do_HEAD = do_POST = do_GET  # noqa: N815 - the library's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Write nothing: addresses and errors can hold what nobody else should read."""

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): tuple(self.headers.get_all(name, ())) for name in self.headers}
        head = Head(self.command, parts.path, dict(parse_qsl(parts.query)), headers)
        self._read = 0

        def body() -> Form:
            return exchange.parse(self._take, head)

        answer = self.app.answer(head, body)
        self._give(answer)
        if answer.status >= 400 and self.command == "POST":
            self._drain(head)

    def _take(self, size: int) -> bytes:
        part = self.rfile.read(size)
        self._read += len(part)
        return part

    def _give(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(answer.body)))
        self.send_header("connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()

    def _drain(self, head: Head) -> None:
        """Let a browser finish what it sends, unread: it shows an answer only then."""
        size = head.header("content-length") or ""
        left = min(int(size), _DRAINED) - self._read if size.isascii() and size.isdigit() else 0
        while left > 0 and (part := self.rfile.read(min(left, _AT_ONCE))):
            left -= len(part)


class Server(ThreadingHTTPServer):
    """The listening page."""

    daemon_threads = True
    allow_reuse_address = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a connection that broke."""


def listen(session: Session, port: int) -> tuple[Server, Guard]:
    """Listen at 127.0.0.1, at any free port if `port` is 0; return the server and who may ask it."""
    server = Server((ADDRESS, port), Handler)
    guard = Guard(server.server_address[1], os.urandom)
    # A class of its own for each server: the library hands no state to handlers.
    server.RequestHandlerClass = type("Bound", (Handler,), {"app": App(guard, session)})
    return server, guard


def run(options: argparse.Namespace) -> Said:
    """Serve until it is closed from the page, or by Ctrl-C."""
    submit.keep(options.home, options.credentials, options.authority)
    session = Session(options.home, time.monotonic, options.centre or "")
    try:
        if options.passphrase_file:
            session.unlock(files.passphrase(options))
        server, guard = listen(session, options.port)
        running = threading.Thread(target=server.serve_forever, daemon=True)
        running.start()
        try:
            _announce(guard.address, browser=not options.no_browser)
            session.closing.wait()
            # The last page is still on its way.
            time.sleep(0.5)
        finally:
            server.shutdown()
            server.server_close()
    except KeyboardInterrupt:
        pass
    finally:
        session.close()
    return Said({"closed": True}, ["closed; no list was kept"])


def _announce(address: str, *, browser: bool) -> None:
    opened = browser and webbrowser.open(address)
    said = "Lapis is open in your browser. If not, open this address there, once:" if opened else "Open this address:"
    console.ERR.print(f"{said}\n  {address}", soft_wrap=True, markup=False)
    console.ERR.print("Leave this window open while you work; Ctrl-C closes Lapis.")
