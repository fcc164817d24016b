"""What others on the network, on the web and on the laptop try. With a check left out, the attack is seen to work."""

import io
import socket
import zipfile

import openpyxl
import pytest

from scripts.page import exchange
from scripts.page.exchange import safe_name
from scripts.page.guard import Guard
from tests.scripts.page.serving import PEOPLE, Visitor, number_of, workbook

HOST, ORIGIN = "evil.example", "https://evil.example"


@pytest.fixture
def loose(monkeypatch):
    """Leave out one of the guard's checks."""

    def leave_out(check):
        monkeypatch.setattr(Guard, check, lambda *_: None)

    return leave_out


def change(visitor, **headers):
    """Change something: the language. Tell whether it took."""
    visitor.running.session.language = "id"
    answer = visitor.post("language", {"language": "en"}, **headers)
    return answer, visitor.running.session.language == "en"


def test_what_our_own_page_sends_is_done(visitor):
    assert change(visitor)[1]


def test_a_name_that_points_here_is_refused(visitor, loose):
    """DNS rebinding: the browser believes that this is evil.example, and sends whatever it has for it."""
    for host in (HOST, f"{HOST}:{visitor.running.port}", "127.0.0.1", f"localhost:{visitor.running.port}", "", None):
        answer = visitor.get(Host=host)
        assert answer.status in {400, 421} and b"Lapis</title>" not in answer.body
        assert not change(visitor, Host=host)[1]
    loose("check_host")
    assert visitor.get(Host=HOST).status == 200


def test_two_hosts_are_refused(visitor):
    lines = [f"GET {visitor.running.guard.place}/ HTTP/1.1", f"Host: 127.0.0.1:{visitor.running.port}",
             f"Host: {HOST}", f"Cookie: {visitor.cookie}", "", ""]  # fmt: skip
    with socket.create_connection(("127.0.0.1", visitor.running.port), timeout=10) as line:
        line.sendall("\r\n".join(lines).encode())
        assert line.recv(64).startswith(b"HTTP/1.0 421")


def test_another_origin_changes_nothing_even_with_cookie_and_token(visitor, loose):
    for origin in (ORIGIN, "null", f"http://localhost:{visitor.running.port}", f"https://127.0.0.1:{visitor.running.port}",
                   "http://127.0.0.1:1", None):  # fmt: skip
        answer, took = change(visitor, Origin=origin)
        assert (answer.status, took) == (403, False), origin
    loose("check_origin")
    assert change(visitor, Origin=ORIGIN)[1]


def test_a_form_without_this_runs_token_changes_nothing(visitor, loose):
    for token in ("", "0" * 64, visitor.running.guard.form_token[:-1]):
        visitor.running.session.language = "id"
        assert visitor.post("language", {"language": "en", "form_token": token}).status == 403
        assert visitor.running.session.language == "id"
    loose("check_form")
    assert visitor.post("language", {"language": "en", "form_token": ""}).status == 303


def test_a_browser_that_was_not_opened_sees_nothing(visitor, loose):
    known, visitor.cookie = visitor.cookie, None
    for where in ("", "person", "outbox", "static/agency.css", "template.xlsx", "lists/1"):
        answer = visitor.get(where)
        assert (answer.status, answer.headers["content-type"]) == (403, "text/plain; charset=utf-8"), where
    for cookie in ("lapis-page=", f"{known[:-1]}x", "lapis-page=\xe9", "other=1"):
        assert visitor.get(Cookie=cookie).status == 403
    loose("check_known")
    assert visitor.get().status == 200


def test_another_site_cannot_ask_although_the_browser_would_send_the_cookie(visitor):
    for site in ("cross-site", "same-site"):
        assert visitor.get(Sec_Fetch_Site=site).status == 403
    assert visitor.get(Sec_Fetch_Site="same-origin").status == 200


def test_nobody_finds_the_page_who_knows_only_its_port(visitor):
    for path in ("/", "/person", "//", "/%2e%2e/", "/0000000000000000/", visitor.running.guard.place):
        assert visitor.raw("GET", path).status == 404


def test_the_token_is_good_once(running):
    first = running.visitor()
    thief = type(first)(running)
    token = running.guard.address.partition("=")[2]
    assert token == "None", "it is forgotten"
    assert thief.get("?token=" + "0" * 64).status == 403
    assert thief.get("?token=").status in {403, 303}
    assert "set-cookie" not in thief.get("?token=None").headers


def test_a_wrong_token_opens_nothing_and_spoils_nothing(running):
    assert "set-cookie" not in Visitor(running).get("?token=" + "0" * 64).headers
    assert running.visitor().get().status == 200


def test_the_cookie_is_strict_hidden_from_scripts_and_bound_to_a_path_that_nobody_guesses(running):
    found = running.guard.address
    place = running.guard.place
    set_cookie = Visitor(running).raw("GET", found.removeprefix(running.origin)).headers["set-cookie"]
    assert "HttpOnly" in set_cookie and "SameSite=Strict" in set_cookie and f"Path={place}/" in set_cookie
    assert len(place) == 17


def test_every_answer_forbids_scripts_frames_and_other_hosts(visitor):
    for answer in (visitor.get(), visitor.get("nowhere"), visitor.get(Host=HOST), visitor.post("lock", Origin=ORIGIN)):
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'") and "script-src" not in policy
        assert "frame-ancestors 'none'" in policy and "form-action 'self'" in policy and "http" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in answer.headers
        assert not {"server_version"} & set(answer.headers) and "Python" not in answer.headers["server"]


def test_no_page_asks_for_a_script_or_for_another_host(visitor):
    visitor.put(workbook(), programme="ZAKAT", period="2026-03")
    for where in ("", "person", "outbox", "referrals", "tickets", "centre", "unlock", "lists/1", "lists/1/columns"):
        text = visitor.get(where).text
        assert "<script" not in text and "onclick" not in text and "style=" not in text, where
        assert 'src="http' not in text and 'href="http' not in text and 'action="http' not in text, where


def test_a_path_never_leads_out_of_its_folder(visitor):
    secret = visitor.running.session.home / "keyring.box"
    assert secret.exists()
    for where in ("static/../keyring.box", "static/%2e%2e/keyring.box", "static//etc/passwd", "downloads/../1",
                  "tickets/..", "tickets/.", "tickets/..%2f..%2fkeyring.box", "tickets/keyring.box", "lists/-1",
                  "lists/1/../../x", "static/", "static/pico.LICENSE"):  # fmt: skip
        assert visitor.get(where).status == 404, where
    assert visitor.post("outbox", {"file": "../keyring.box"}).status == 409
    assert visitor.post("language", {"language": "id", "back": "//evil.example/"}).headers["location"] == (
        f"{visitor.running.guard.place}/"
    )


@pytest.mark.parametrize(
    ("given", "kept"),
    [("../../etc/passwd", "passwd"), ("..\\..\\x.xlsx", "x.xlsx"), ("", "daftar"), ("..", "daftar"), (".xlsx", "xlsx"),
     ("a\x00b\r\nc.csv", "a_b__c.csv"), ("<script>.xlsx", "_script_.xlsx"), ("é" * 300 + ".xlsx", "é" * 47 + ".xlsx"),
     ("C:\\Users\\Siti\\daftar.xlsx", "daftar.xlsx"), ("a\u202excod.xlsx", "a_xcod.xlsx"), ("CON.xlsx", "CON.xlsx")],
)  # fmt: skip
def test_a_files_name_is_a_name_and_no_way(given, kept):
    assert safe_name(given) == kept
    assert len(safe_name(given).encode()) <= 100


def test_what_looks_like_markup_in_a_file_name_a_header_a_sheet_or_a_village_is_text(visitor):
    evil = "<img src=x onerror=alert(1)>"
    people = [("1871014103809001", f"SITI {evil}", "P", "01/03/1980", evil, evil, evil, evil)]
    headers = ("No", "NIK", "Nama", "JK", "Tgl Lahir", "Desa", f"Kecamatan {evil}", "Kabupaten", evil)
    shown = visitor.put(workbook(people, headers), f'a{evil}".xlsx', programme="ZAKAT", period="2026-03")
    assert shown.status == 200 and "<img" not in shown.text and "&lt;img" in shown.text
    number = number_of(shown)
    assert "<img" not in visitor.get(f"lists/{number}").text
    values = {
        "name": f"{evil}",
        "nik": evil,
        "village": f'"><script>{evil}',
        "period": evil,
        "amount": evil,
        "birth": evil,
    }
    again = visitor.post("person", values)
    assert again.status == 422 and "<img" not in again.text and "<script" not in again.text


def test_a_name_that_begins_as_a_formula_is_given_back_as_text(visitor):
    evil = '=HYPERLINK("http://evil.example")'
    people = [("1871014103809001", evil, "P", "01/03/1980", *PEOPLE[0][4:])]
    number = number_of(visitor.put(workbook(people), "daftar.csv.xlsx", programme="ZAKAT", period="2026-03"))
    visitor.put(
        b"NIK;Nama\n1871014103809001;=1+1\n1871010203809002;@x\n", "=1+1.csv", programme="ZAKAT", period="2026-03"
    )
    values = {"name": "=cmd|' /C calc'!A0", "nik": "1871014103809001", "sex": "P", "village": "Hajimena",
              "programme": "ZAKAT", "period": "2026-03"}  # fmt: skip
    entered = visitor.follow(visitor.post("person", values))
    found = number_of(entered)
    content = visitor.post(f"lists/{found}/workbook").body
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet for cell in row]
    assert any(cell.value == "=cmd|' /C calc'!A0" and cell.data_type == "s" for cell in cells)
    assert not [cell for cell in cells if cell.data_type == "f"]
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())
    assert visitor.post(f"lists/{number}/workbook").status == 200


def test_a_file_that_is_too_large_is_refused_unread(visitor, monkeypatch):
    monkeypatch.setattr(exchange, "LARGEST", 1 << 20)
    answer = visitor.post("lists", {}, [("list", "a.csv", b"x" * (3 << 20))])
    assert answer.status == 413 and "FORM_TOO_LARGE" in answer.text
    assert not visitor.running.session.lists
    assert visitor.get().status == 200


@pytest.mark.parametrize(
    "headers",
    [{"Content_Length": "-1"}, {"Content_Length": "x"}, {"Content_Length": "5, 5"}, {"Content_Type": "text/plain"},
     {"Content_Type": "multipart/form-data"}, {"Content_Type": "application/json"}, {"Transfer_Encoding": "chunked"}],
)  # fmt: skip
def test_a_form_of_another_shape_is_refused(visitor, headers):
    answer = visitor.post("lock", **headers)
    assert answer.status in {400, 411, 415}
    assert visitor.running.session.agency is not None


def test_other_methods_do_nothing(visitor):
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"):
        assert visitor.raw(method, f"{visitor.running.guard.place}/lock", Origin=visitor.running.origin).status == 501
    assert visitor.get("lock").status == 405, "a link locks nothing"


def test_it_listens_at_this_laptop_alone(running):
    assert running.server.server_address[0] == "127.0.0.1"
    with pytest.raises(OSError, match=r"refused|timed out|unreachable"):
        socket.create_connection(("127.0.0.2", running.port), 1)


def test_a_fault_shows_and_writes_nothing_of_a_person(visitor, monkeypatch, capfd):
    def break_(*_):
        raise ValueError("SITI AMINAH 1871014103809001")

    monkeypatch.setattr("scripts.page.lists.causes", break_)
    visitor.put(workbook(), programme="ZAKAT", period="2026-03")
    answer = visitor.get("lists/1")
    monkeypatch.setattr("scripts.page.lists.OpenList.read", break_)
    work = visitor.put(workbook(), programme="ZAKAT", period="2026-03")
    assert (answer.status, work.status) == (500, 409)
    assert "SITI" not in answer.text + work.text
    said = capfd.readouterr()
    assert "SITI" not in said.out + said.err and said.err == ""
