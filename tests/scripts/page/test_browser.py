"""The page in a real browser: the whole way at a desk and on a small screen, and what other ports and sites get.

`LAPIS_SHOTS=folder` keeps pictures of every page; `LAPIS_PICTURES=docs/pictures` writes those of the operator's guide.
"""

import http.server
import io
import os
import threading
from pathlib import Path

import pytest

from tests.scripts.page.conftest import CHROMIUM
from tests.scripts.page.serving import PEOPLE, workbook

SHOTS, PICTURES = os.environ.get("LAPIS_SHOTS"), os.environ.get("LAPIS_PICTURES")
WIDTHS = {360: 740, 1280: 800}
IN_THE_GUIDE = {
    "home": 1,
    "columns": 2,
    "findings": 3,
    "outbox": 4,
    "person": 5,
    "enrol": 6,
    "fingerprints": 7,
    "stand": 8,
}
LARGEST = 60_000


@pytest.fixture
def tab(chromium, running):
    """A page of a fresh browser; it complains of nothing but forms that were shown again, and asks no other host."""
    context = chromium.new_context(locale="id-ID", viewport={"width": 1280, "height": 800}, accept_downloads=True)
    found, complaints, asked = context.new_page(), [], set()

    def note(said):
        ours = said.location["url"].startswith(running.origin)
        if ours and said.type in {"error", "warning"} and "422" not in said.text:
            complaints.append(said.text)

    found.on("console", note)
    found.on("pageerror", lambda error: complaints.append(str(error)))
    context.on("request", lambda request: asked.add(request.url.partition("//")[2].partition(":")[0]))
    yield found
    context.close()
    assert not complaints
    assert asked - {""} <= {"127.0.0.1"}


def shot(tab, name):
    """Keep a picture of a page, if anybody wants any; it must never be wider than the screen."""
    for width, height in WIDTHS.items():
        tab.set_viewport_size({"width": width, "height": height})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, name
        if SHOTS:
            tab.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)
    if PICTURES and name in IN_THE_GUIDE:
        picture(tab, Path(PICTURES) / f"agency-{IN_THE_GUIDE[name]}-{name}.webp")


def picture(tab, path):
    """Write a small picture for the guide."""
    image = pytest.importorskip("PIL.Image")
    tab.set_viewport_size({"width": 1000, "height": 720})
    found = image.open(io.BytesIO(tab.screenshot()))
    path.parent.mkdir(parents=True, exist_ok=True)
    found.resize((800, 576), image.Resampling.LANCZOS).save(path, "WEBP", quality=72, method=6)
    assert path.stat().st_size <= LARGEST


def enter(tab, running):
    tab.goto(running.guard.address)
    tab.wait_for_url(f"{running.origin}{running.guard.place}/")


def go(tab, name):
    tab.get_by_role("navigation").get_by_role("link", name=name, exact=True).click()


def put(tab, folder, content=None, name="daftar-maret.xlsx"):
    (folder / name).write_bytes(content or workbook())
    tab.locator("input[name=list]").set_input_files(folder / name)
    tab.get_by_label("Program").select_option("ZAKAT")
    tab.get_by_label("Periode").fill("2026-03")
    tab.get_by_role("button", name="Baca daftar").click()
    tab.wait_for_url("**/columns")


def test_an_operator_goes_from_her_workbook_to_a_sealed_submission(running, tab, tmp_path):
    enter(tab, running)
    shot(tab, "home")
    put(tab, tmp_path)
    shot(tab, "columns")
    tab.get_by_role("button", name="Periksa baris").click()
    tab.wait_for_url("**/lists/*")
    assert tab.get_by_text("Baris tidak memuat NIK atau nama").first.is_visible()
    tab.locator("summary", has_text="Hajimena").click()
    assert tab.locator("details[open]", has_text="Hajimena").get_by_text("NIK memuat huruf").is_visible()
    shot(tab, "findings")
    with tab.expect_download() as given:
        tab.get_by_role("button", name="Ambil buku kerja").click()
    assert given.value.suggested_filename == "daftar-maret.lapis.xlsx"
    with tab.expect_download() as given:
        tab.get_by_role("button", name="Berita acara").click()
    assert given.value.suggested_filename == "daftar-maret.berita-acara.pdf"
    running.session.centre = "https://lapis.lampungprov.go.id"
    tab.get_by_role("button", name="Kunci 4 baris").click()
    tab.wait_for_url("**/outbox")
    shot(tab, "outbox")
    assert tab.get_by_text("Terkunci, belum dikirim").is_visible()
    for name, where in (("Rujukan", "referrals"), ("Tiket", "tickets"), ("Pusat", "centre"), ("Daftar", "lists")):
        go(tab, name)
        shot(tab, where)
    tab.get_by_role("button", name="English").click()
    assert tab.get_by_role("heading", name="Check a list and send it sealed").is_visible()
    shot(tab, "home-english")
    tab.get_by_role("button", name="Lock", exact=True).click()
    tab.get_by_role("link", name="Unlock").click()
    shot(tab, "unlock")
    tab.get_by_role("button", name="Close").click()
    assert tab.get_by_role("heading", name="Lapis is closed").is_visible()
    shot(tab, "closed")


def test_somebody_enters_one_person(running, tab):
    enter(tab, running)
    go(tab, "Satu orang")
    tab.get_by_label("Nama lengkap").fill("ROKAYAH")
    tab.get_by_label("atau alasan").select_option(label="Dokumen hilang")
    tab.get_by_label("Perempuan").check()
    tab.get_by_label("Desa tempat tinggal").fill("Sukamaju")
    tab.get_by_label("Program").select_option("ZAKAT")
    tab.get_by_label("Periode").fill("2026-03")
    tab.get_by_label("Nominal").fill("300.000")
    with tab.expect_response("**/person") as answer:
        tab.get_by_role("button", name="Periksa").click()
    assert answer.value.status == 422
    shot(tab, "person-several")
    tab.get_by_label("Way Sulan").check()
    shot(tab, "person")
    tab.get_by_role("button", name="Periksa").click()
    tab.wait_for_url("**/lists/*")
    shot(tab, "person-found")
    tab.get_by_role("button", name="Kunci 1 baris").click()
    tab.wait_for_url("**/outbox")
    assert len(running.session.outbox) == 1


def test_a_file_that_is_dropped_on_the_box_is_taken_although_no_script_runs(running, tab):
    enter(tab, running)
    box = tab.locator("input[name=list]").bounding_box()
    drop = tab.locator("label.drop").bounding_box()
    assert box["width"] >= drop["width"] * 0.95 and box["height"] >= drop["height"] * 0.95, "wherever she lets it go"


def test_nothing_that_a_list_says_runs(running, tab, tmp_path):
    evil = "<img src=x onerror=document.title='run'><script>document.title='run'</script>"
    people = [("1871014103809001", evil, "P", "01/03/1980", evil, evil, evil, evil), *PEOPLE]
    headers = ("No", "NIK", "Nama", "JK", "Tgl Lahir", "Desa", f"Kecamatan {evil}", "Kabupaten", evil)
    enter(tab, running)
    put(tab, tmp_path, workbook(people, headers), "<img src=x onerror=alert(1)>.xlsx".replace("/", "_"))
    assert "run" not in tab.title() and tab.locator("img").count() == 0
    tab.get_by_role("button", name="Periksa baris").click()
    tab.wait_for_url("**/lists/*")
    assert "run" not in tab.title() and tab.locator("img").count() == 0


class Listener(http.server.BaseHTTPRequestHandler):
    """Another program of the laptop, at another port, with a page that attacks ours."""

    heard, page = [], b""

    def do_GET(self):
        self.heard.append(dict(self.headers))
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(self.page)

    def log_message(self, *_):
        pass


@pytest.fixture
def neighbour():
    Listener.heard.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_a_program_at_another_port_gets_no_cookie(running, tab, neighbour):
    enter(tab, running)
    tab.goto(f"http://127.0.0.1:{neighbour}/")
    assert Listener.heard and not any("Cookie" in each for each in Listener.heard)
    tab.goto(f"http://127.0.0.1:{neighbour}{running.guard.place}/")
    assert any("Cookie" in each for each in Listener.heard), (
        "the path alone keeps it: whoever knows the path would get it"
    )


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_page_of_another_origin_neither_sends_nor_shows_nor_reads_ours(running, chromium, neighbour, host):
    """It even knows the path and the form token, and is of the same site where `host` is ours."""
    context = chromium.new_context()
    tab = context.new_page()
    enter(tab, running)
    address, token = f"{running.origin}{running.guard.place}", running.guard.form_token
    Listener.page = f"""<form id=f method=post action="{address}/lock" target=_self>
      <input name=form_token value={token}></form><iframe src="{address}/"></iframe>""".encode()
    tab.goto(f"http://{host}:{neighbour}/x")
    read = tab.evaluate(
        "address => fetch(address, {credentials: 'include'}).then(a => a.text()).catch(() => 'refused')", f"{address}/"
    )
    assert read == "refused"
    assert all("Letakkan" not in (frame.content() if frame.url else "") for frame in tab.frames[1:])
    tab.evaluate("document.getElementById('f').submit()")
    tab.wait_for_url("**/lock")
    assert running.session.agency is not None, "it is not locked"
    context.close()


def test_a_name_that_points_here_gets_nothing_in_a_real_browser(running, chromium):
    """DNS rebinding, by a rule of the browser for its resolver."""
    rebound = chromium.browser_type.launch(
        executable_path=CHROMIUM, args=["--no-sandbox", "--host-resolver-rules=MAP evil.example 127.0.0.1"]
    )
    tab = rebound.new_page()
    answer = tab.goto(running.guard.address.replace("127.0.0.1", "evil.example"))
    assert answer.status == 421 and "Lapis" not in tab.title()
    rebound.close()
    assert "None" not in running.guard.address, "and the token is still good for her whom it is for"
