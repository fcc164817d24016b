"""Signing in by browser, over the real vault and the real door; and what does not get in."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlmodel import Session, select

from api.access.oidc import Attempt
from api.access.sessions import ATTEMPT_COOKIE, COOKIE, LONGEST, QUIET, RECHECK, secret_of
from api.app import create_app
from api.store import WebSession
from tests.api.http.browsing import DOOR, HTML, OWN, SERVICE, browser, client_id, fields, password, query, sign_in
from tests.api.http.conftest import bearer, entries, serve
from tests.conftest import AGENCIES, CLERKS, OFFICERS, PAGES, identities
from vault import VaultError, apply_identities
from vault import browser as door
from vault.browser import Door


class Clock:
    """The wall's time, and what was added to it."""

    def __init__(self):
        self.ahead = dt.timedelta()

    def __call__(self):
        return dt.datetime.now(dt.UTC) + self.ahead


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def app(bao, centre, clock, tmp_path):
    now = replace(centre, clock=clock)
    return create_app(serve(now, tmp_path / "inbox", sign_in=sign_in(bao, clock)))


@pytest.fixture
def dewi(app, bao):
    """An analyst's browser, not signed in yet."""
    return browser(app, bao)


def sessions(centre):
    with Session(centre.store) as session:
        return list(session.exec(select(WebSession)))


@pytest.mark.parametrize("officer", (*OFFICERS, *CLERKS), ids=lambda officer: officer.group)
def test_whoever_the_vault_knows_signs_in_and_out_and_both_are_entries(app, bao, centre, officer):
    found = browser(app, bao)
    assert found.sign_in(officer.name, password(bao, officer.name)).headers["location"] == "/pages"
    assert found.page("/pages").status_code == 200
    assert found.send("/logout", {"form_token": found.form_token}).headers["location"] == "/"
    assert found.page("/pages").status_code == 401
    login, logout = entries(centre)
    assert (login["code"], logout["code"]) == ("LOGIN", "LOGOUT") and login["actor"] == logout["actor"]
    assert officer.group in login["role"].split("+")
    assert login["subject"].get("agency") == officer.agency
    assert not sessions(centre)


def test_a_wrong_password_is_an_entry_and_opens_nothing(dewi, bao, centre):
    for name, secret in (("dewi", "a guess"), ("nobody", "a guess"), ("../dewi", "x"), ("ani", password(bao, "dewi"))):
        answer = dewi.sign_in(name, secret)
        assert answer.status_code == 401 and COOKIE not in answer.cookies
        assert dewi.page("/pages").status_code == 401
    assert [entry["code"] for entry in entries(centre)] == ["LOGIN_REFUSED"] * 4
    assert "guess" not in str(entries(centre))


def test_the_cookie_is_for_this_host_alone_and_no_script_reads_it(dewi, bao):
    given = dewi.sign_in("dewi", password(bao, "dewi")).headers.get_list("set-cookie")
    mine = next(each for each in given if each.startswith(f"{COOKIE}="))
    assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= set(mine.split("; ")[1:])
    assert "Domain" not in mine


def test_the_store_has_neither_the_cookie_nor_the_token_that_it_opens(dewi, bao, centre):
    dewi.sign_in("dewi", password(bao, "dewi"))
    row = sessions(centre)[0]
    cookie = dewi.service.cookies[COOKIE]
    assert cookie not in str(row) and secret_of(cookie).expose() not in row.sealed
    assert b"hvb." not in row.sealed and b"s." not in row.sealed[:20]


def test_a_wrong_state_is_refused(dewi, bao, centre):
    where = dewi.enter(dewi.begin(), "dewi", password(bao, "dewi")).headers["location"]
    state = query(where)["state"]
    for wrong in (where.replace(state, "x" + state[1:]), where.partition("&state")[0]):
        assert dewi.back(wrong).status_code == 401
    assert dewi.page("/pages").status_code == 401


def test_nobody_is_signed_in_by_a_code_that_another_browser_asked_for(app, bao):
    """Login by force: an attacker has her victim follow the attacker's own way back."""
    attacker, victim = browser(app, bao), browser(app, bao)
    where = attacker.enter(attacker.begin(), "eko", password(bao, "eko")).headers["location"]
    assert victim.back(where).status_code == 401
    victim.begin()
    assert victim.back(where).status_code == 401
    assert attacker.back(where).status_code == 303


def test_a_code_serves_once(dewi, bao):
    where = dewi.enter(dewi.begin(), "dewi", password(bao, "dewi")).headers["location"]
    kept = dewi.service.cookies[ATTEMPT_COOKIE]
    assert dewi.back(where).status_code == 303
    dewi.service.cookies.clear()
    dewi.service.cookies.set(ATTEMPT_COOKIE, kept, domain="127.0.0.1", path="/")
    assert dewi.back(where).status_code == 401


def test_a_code_of_another_sign_in_has_the_wrong_nonce(dewi, bao, monkeypatch):
    """The door is made to ask with another nonce, as an attacker who injects a code would."""
    where = dewi.begin()
    other = where.replace(query(where)["nonce"], "another-nonce-another-nonce")
    assert dewi.back(dewi.enter(other, "dewi", password(bao, "dewi")).headers["location"]).status_code == 401
    # The set-up without the check lets the same answer in.
    loose = Attempt.of
    monkeypatch.setattr(Attempt, "of", classmethod(lambda _, seed: replace(loose(seed), nonce=None)))
    where = dewi.service.get("/login", follow_redirects=False).headers["location"].replace("nonce=None", "nonce=any")
    assert dewi.back(dewi.enter(where, "dewi", password(bao, "dewi")).headers["location"]).status_code == 303


def test_the_session_has_a_new_name_after_each_login(dewi, bao, centre):
    planted = "A" * 43
    dewi.service.cookies.set(COOKIE, planted, domain="127.0.0.1", path="/")
    assert dewi.page("/pages").status_code == 401
    dewi.service.cookies.clear()
    names = set()
    for _ in range(2):
        dewi.sign_in("dewi", password(bao, "dewi"))
        names.add(dewi.service.cookies[COOKIE])
        assert len(sessions(centre)) == 1, "the earlier session of this browser ended"
    assert len(names) == 2 and planted not in names


def test_a_session_ends_when_quiet_and_after_its_longest_time(app, bao, clock):
    quiet, busy = browser(app, bao), browser(app, bao)
    for each in (quiet, busy):
        each.sign_in("dewi", password(bao, "dewi"))
    step = dt.timedelta(minutes=20)
    for at in range(int(LONGEST / step)):
        clock.ahead = step * at
        assert busy.page("/pages").status_code == 200, at
    clock.ahead = LONGEST
    assert busy.page("/pages").status_code == 401
    clock.ahead = QUIET - dt.timedelta(seconds=5)
    quiet.service.cookies.clear()
    quiet.sign_in("dewi", password(bao, "dewi"))
    clock.ahead += QUIET + dt.timedelta(seconds=5)
    assert quiet.page("/pages").status_code == 401


def test_what_a_page_asks_by_itself_keeps_nobody_signed_in(dewi, bao, clock):
    dewi.sign_in("dewi", password(bao, "dewi"))
    for minutes in (10, 20, 29):
        clock.ahead = dt.timedelta(minutes=minutes)
        asked = dewi.service.get("/pages", headers={**HTML, "HX-Trigger-Name": "progress"})
        assert asked.status_code == 200
    clock.ahead = dt.timedelta(minutes=31)
    assert dewi.page("/pages").status_code == 401


def test_who_lost_her_group_is_out_within_a_minute(dewi, bao, centre, clock):
    dewi.sign_in("dewi", password(bao, "dewi"))
    everybody = identities()
    for officers in (
        tuple(replace(each, group="pmo-officer") if each.name == "dewi" else each for each in everybody.officers),
        tuple(each for each in everybody.officers if each.name != "dewi"),
    ):
        with bao.session("steward") as steward:
            try:
                apply_identities(steward, replace(everybody, officers=officers), bao.layout.seal_dir)
                assert dewi.page("/pages").status_code == 200, "what was true a moment ago holds for a minute"
                clock.ahead += RECHECK
                assert dewi.page("/pages").status_code == 401
            finally:
                apply_identities(steward, everybody, bao.layout.seal_dir)
        assert not sessions(centre)
        dewi.sign_in("dewi", password(bao, "dewi"))
    assert [entry["code"] for entry in entries(centre)] == ["LOGIN", "SESSION_ENDED", "LOGIN", "SESSION_ENDED", "LOGIN"]


def test_while_the_provider_is_away_nothing_is_answered(app, bao, clock, tmp_path):
    service = app.state.service
    found = browser(app, bao)
    found.sign_in("dewi", password(bao, "dewi"))
    here = service.sign_in.provider()
    away = replace(here, userinfo="https://127.0.0.1:9/userinfo")
    app.state.service = replace(service, sign_in=replace(service.sign_in, provider=lambda: away))
    clock.ahead = RECHECK
    assert found.page("/pages").status_code == 503
    app.state.service = service
    assert found.page("/pages").status_code == 200


def test_the_api_takes_no_cookie(dewi, bao):
    dewi.sign_in("dewi", password(bao, "dewi"))
    assert dewi.service.get("/v1/runs").status_code == 401
    assert dewi.service.get("/v1/runs", headers=bearer()).status_code == 401, "nor a token of another issuer"


@pytest.mark.parametrize(
    ("headers", "right"),
    [({}, True), ({"Sec-Fetch-Site": "cross-site"}, True), ({"Sec-Fetch-Site": "same-site"}, True),
     ({"Origin": "https://elsewhere.example"}, True), ({"Origin": "null"}, True), (OWN, False)],
)  # fmt: skip
def test_a_form_of_another_site_is_refused(dewi, bao, headers, right):
    dewi.sign_in("dewi", password(bao, "dewi"))
    token = dewi.form_token if right else "0" * 64
    answer = dewi.send("/logout", {"form_token": token}, headers)
    assert answer.status_code == 403 and dewi.page("/pages").status_code == 200


def test_every_form_of_a_page_is_held_to_be_ours(app, bao):
    """A page's route that takes a form and forgets the check would be open to any site: to somebody who may send it."""
    officers = [browser(app, bao) for _ in OFFICERS]
    for each, officer in zip(officers, OFFICERS, strict=True):
        each.sign_in(officer.name, password(bao, officer.name))
    paths = app.openapi()["paths"].items()
    forms = {path: item["post"] for path, item in paths if "post" in item and "pages" in item["post"]["tags"]}
    assert {"/logout", "/language"} <= set(forms)
    for path, form in forms.items():
        asks = {"purpose", "basis"} <= {each["name"] for each in form.get("parameters", ())}
        why = {"purpose": "overlap-review", "basis": "public-task"} if asks else {}
        where = path.format(flag="0" * 32, case="case-1", request="request-1", release=1, pair="1c" * 16)
        for headers in (OWN, {"Sec-Fetch-Site": "cross-site"}):
            sent = {"params": why, "data": {"language": "en", "back": "/"}, "headers": headers}
            answers = [each.service.post(where, **sent) for each in officers]
            codes = {(answer.status_code, answer.json()["code"]) for answer in answers}
            assert (403, "FORM_FOREIGN") in codes <= {(403, "FORM_FOREIGN"), (403, "ACCESS_DENIED")}, path


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "pages"])
def test_the_choice_of_a_language_leads_nowhere_else(dewi, back):
    answer = dewi.send("/language", {"language": "en", "back": back})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert dewi.send("/language", {"language": "en", "back": "/pages/log?a=b"}).headers["location"] == "/pages/log?a=b"


def test_no_page_can_be_framed_or_run_what_is_not_ours(dewi, bao):
    dewi.sign_in("dewi", password(bao, "dewi"))
    shown = [dewi.page("/"), dewi.page("/pages"), dewi.page("/nothing"), dewi.door.get("/authorize")]
    for answer in shown:
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy and answer.headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http://" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert " style=" not in answer.text and "<script>" not in answer.text and " onclick" not in answer.text


def test_the_door_leads_back_to_the_registered_address_alone(dewi, bao):
    where = dewi.begin()
    for name, wrong in (
        ("redirect_uri", "https%3A%2F%2Felsewhere.example%2Fback"), ("client_id", "another"),
        ("response_type", "token"), ("code_challenge_method", "plain"), ("code_challenge", ""),
    ):  # fmt: skip
        changed = "&".join(f"{name}={wrong}" if each.startswith(f"{name}=") else each for each in where.split("&"))
        changed = changed if changed != where else where.replace(f"{name}={query(where)[name]}", f"{name}={wrong}")
        answer = dewi.door.get(changed)
        assert answer.status_code == 400 and "<form" not in answer.text, name
    sent = {**fields(dewi.door.get(where).text), "name": "dewi", "password": password(bao, "dewi")}
    for wrong in ("https://elsewhere.example/back", f"{PAGES}.elsewhere.example", f"{SERVICE}/other"):
        answer = dewi.door.post("/authorize", data={**sent, "redirect_uri": wrong}, headers=OWN, follow_redirects=False)
        assert answer.status_code == 400 and "location" not in answer.headers


def test_the_vault_refuses_an_address_that_a_loosened_door_lets_by(app, bao):
    loose = browser(app, bao, redirect="https://elsewhere.example/back")
    where = loose.begin().replace(query(loose.begin())["redirect_uri"], "")
    where = where.replace("redirect_uri=https%3A%2F%2F127.0.0.1", "redirect_uri=https%3A%2F%2Felsewhere.example")
    asked = {**query(loose.begin()), "redirect_uri": "https://elsewhere.example/back"}
    sent = {**asked, "name": "dewi", "password": password(bao, "dewi")}
    answer = loose.door.post("/authorize", data=sent, headers=OWN, follow_redirects=False)
    assert "code" not in query(answer.headers["location"])


def test_the_door_takes_no_form_of_another_site(dewi, bao):
    sent = {**fields(dewi.door.get(dewi.begin()).text), "name": "dewi", "password": password(bao, "dewi")}
    answer = dewi.door.post("/authorize", data=sent, headers={"Sec-Fetch-Site": "cross-site"}, follow_redirects=False)
    assert answer.status_code == 400


def test_the_door_gives_the_token_back_and_shows_neither_it_nor_the_password(dewi, bao, caplog):
    secret = password(bao, "dewi")
    answer = dewi.enter(dewi.begin(), "dewi", secret)
    assert secret not in answer.headers["location"] + answer.text and secret not in caplog.text
    vault = Door(bao.address, bao.ca_file)
    held = door.begin(vault, "dewi", secret)
    assert held.token not in repr(held)
    door.revoke(vault, held)
    with pytest.raises(VaultError):
        door.code(vault, held, {"client_id": client_id(bao)})


def test_the_door_says_that_the_vault_is_away(app, bao):
    gone = browser(app, bao, vault=Door("https://127.0.0.1:9", bao.ca_file))
    answer = gone.enter(gone.begin(), "dewi", "x")
    assert answer.status_code == 503 and "location" not in answer.headers


def test_the_door_is_another_host_so_that_no_cookie_reaches_it():
    assert DOOR.split(":")[1] != SERVICE.split(":")[1]
    assert AGENCIES
