"""What a browser does at the service and at the door, step by step, so that a step can be done wrongly."""

import html
import re
import time
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qs, urlsplit

from fastapi.testclient import TestClient

from api.access import Verifier
from api.access.buckets import Buckets, Rate
from api.access.oidc import Provider, SignIn
from api.door import Hall, create_door
from tests.conftest import PAGES, PORT
from vault import issuer, jwks, logins
from vault.browser import Door

SERVICE, DOOR = f"https://127.0.0.1:{PORT}", f"https://localhost:{PORT + 1}"
HTML = {"Accept": "text/html"}
OWN = {"Sec-Fetch-Site": "same-origin"}


@cache
def client_id(bao):
    with bao.session("steward") as steward:
        return logins.client_id(steward)


def sign_in(bao, clock):
    """Say how people sign in, as `lapis centre up` does over the embedded vault."""
    at = f"{issuer(bao.address)}/provider/lapis"
    provider = Provider(client_id(bao), PAGES, f"{DOOR}/authorize", f"{at}/token", f"{at}/userinfo", bao.ca_file)
    keys = frozenset({provider.client})
    return SignIn(lambda: provider, Verifier(lambda: at, keys, lambda: jwks(bao.address, bao.ca_file), clock))


def hall(bao, **changes):
    """Say what the door opens to."""
    vault = changes.pop("vault", Door(bao.address, bao.ca_file))
    quick = Buckets(Rate(1e6, 1e6), time.monotonic)
    return Hall(**{"vault": vault, "client": client_id(bao), "redirect": PAGES, "logins": quick, **changes})


def password(bao, name):
    return (bao.layout.seal_dir / "officers" / f"{name}.password").read_text()


def fields(text):
    """Return a page's hidden fields."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', text)
    return {name: html.unescape(value) for name, value in found}


@dataclass
class Browser:
    """One browser: its cookies at the service, and the door."""

    service: TestClient
    door: TestClient

    def begin(self):
        """Ask to sign in; return where the browser is sent."""
        answer = self.service.get("/login", follow_redirects=False)
        assert answer.status_code == 303
        return answer.headers["location"]

    def enter(self, where, name, secret, **changes):
        """Fill in the door's form; return its answer."""
        shown = self.door.get(where)
        assert shown.status_code == 200
        sent = {**fields(shown.text), "name": name, "password": secret, **changes}
        return self.door.post("/authorize", data=sent, headers=OWN, follow_redirects=False)

    def back(self, where):
        """Come back to the service."""
        return self.service.get(where, headers=HTML, follow_redirects=False)

    def sign_in(self, name, secret):
        """Do all of it; return the last answer."""
        return self.back(self.enter(self.begin(), name, secret).headers["location"])

    def page(self, path, **more):
        return self.service.get(path, headers=HTML, follow_redirects=False, **more)

    def send(self, path, data, headers=OWN):
        return self.service.post(path, data=data, headers={**HTML, **headers}, follow_redirects=False)

    @property
    def form_token(self):
        return fields(self.page("/pages").text)["form_token"]


def browser(app, bao, **changes):
    """Return a browser before a service and a door."""
    service = TestClient(app, base_url=SERVICE, raise_server_exceptions=False)
    return Browser(service, TestClient(create_door(hall(bao, **changes)), base_url=DOOR))


def query(address):
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
