"""A page that really listens, over an agency that was really enrolled; and a browser made of single requests."""

import http.client
import io
import re
import threading
import time
from contextlib import contextmanager
from urllib.parse import urlencode, urlsplit

import openpyxl

from scripts.page import running
from scripts.page.session import Session
from tests.scripts.desks import PASSPHRASE, Desks

HEADERS = ("No", "NIK", "Nama Penerima", "JK", "Tgl Lahir", "Pekon", "Kecamatan", "Kabupaten", "Nominal")
CITY = ("Labuhan Ratu", "Labuhan Ratu", "Kota Bandar Lampung", "Rp 300.000")
COUNTRY = ("Hajimena", "Natar", "Kab. Lampung Selatan", "Rp 300.000")
PEOPLE = (
    ("1871014103809001", "SITI AMINAH", "P", "01/03/1980", *CITY),
    ("1871010203809002", "BAMBANG SUTRISNO", "L", "02/03/1980", *CITY),
    ("18710103038O9003", "WAYAN LESTARI", "L", "03/03/1980", *COUNTRY),
    ("belum ada", "ROKAYAH", "P", "1975", *COUNTRY),
    ("-", "", "P", "", *COUNTRY),
)
"""The names are made up, and their NIKs bear the serial numbers of synthetic ones."""


def workbook(people=PEOPLE, headers=HEADERS, titles=("DAFTAR PENERIMA ZAKAT", "BAZNAS TAHUN 2026")):
    """Return a list as people make them: titles, a blank row, then the header."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    for title in titles:
        book.active.append([title])
    book.active.append([])
    book.active.append(list(headers))
    for number, row in enumerate(people, 1):
        book.active.append([number, *row])
    book.save(out)
    return out.getvalue()


def enrol(folder, party="baznas"):
    """Enrol an agency and have it accept an epoch; return its home."""
    desks = Desks(folder)
    home = desks.enrol(party)
    desks.epoch("2026-1", party)
    return home


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@contextmanager
def page(home, *, unlocked=True, centre="", clock=None):
    """Serve the page over an agency's home; yield its session, its guard and a visitor who has opened it."""
    session = Session(home, clock or Clock(), centre)
    if unlocked:
        session.unlock(PASSPHRASE)
    server, guard = running.listen(session, 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Running(session, guard, server)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        session.close()


class Running:
    def __init__(self, session, guard, server):
        self.session, self.guard, self.server = session, guard, server
        self.port = server.server_address[1]
        self.origin = f"http://127.0.0.1:{self.port}"

    def visitor(self):
        """Open the first address as a browser does."""
        found = Visitor(self)
        answer = found.raw("GET", urlsplit(self.guard.address).path + "?" + urlsplit(self.guard.address).query)
        assert answer.status == 200
        found.cookie = answer.headers["set-cookie"].partition(";")[0]
        return found


class Answer:
    def __init__(self, response):
        self.status, self.headers = response.status, {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def text(self):
        return self.body.decode()


class Visitor:
    """Requests as a browser would send them, and with what an attacker would change."""

    def __init__(self, running):
        self.running, self.cookie = running, None

    def raw(self, method, target, body=None, **headers):
        """Ask for a target; headers with `_` for `-`, None to leave one out."""
        sent = {"Host": f"127.0.0.1:{self.running.port}"}
        if self.cookie:
            sent["Cookie"] = self.cookie
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.running.port, timeout=20)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in sent.items():
                if value is not None:
                    connection.putheader(name, value)
            if body is not None and "Content-Length" not in sent:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, where="", **headers):
        return self.raw("GET", f"{self.running.guard.place}/{where}", **headers)

    def post(self, where, fields=None, files=None, **headers):
        """Send a form of ours; `files`: (field, name, content)."""
        values = {"form_token": self.running.guard.form_token, **(fields or {})}
        if files is None:
            body, kind = urlencode(values, doseq=True).encode(), "application/x-www-form-urlencoded"
        else:
            body, kind = multipart(values, files)
        sent = {"Origin": self.running.origin, "Content_Type": kind, **headers}
        return self.raw("POST", f"{self.running.guard.place}/{where}", body, **sent)

    def follow(self, answer):
        """Follow an answer to where it leads, waiting for work on the way."""
        until, at = time.monotonic() + 60, None
        while time.monotonic() < until:
            if answer.status == 303:
                at = answer.headers["location"]
            elif 'http-equiv="refresh"' in answer.text:
                time.sleep(0.1)
            else:
                return answer
            answer = self.raw("GET", at)
        raise AssertionError("work does not end")

    def put(self, content, name="daftar.xlsx", **fields):
        """Put a list in; return the page of its columns."""
        return self.follow(self.post("lists", fields, [("list", name, content)]))


def multipart(values, files):
    boundary = "lapis-test-boundary"
    parts = []
    for name, value in values.items():
        parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    for name, file_name, content in files:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
        parts.append(head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def number_of(answer):
    """Return the number of the list that a page is about."""
    return re.search(r"/lists/([0-9]+)/", answer.text)[1]
