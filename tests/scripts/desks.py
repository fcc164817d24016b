"""A custodian and agencies made by their own commands, in one folder."""

import io
import json
from contextlib import redirect_stdout

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from linkage.encoding import CentreCard, cards
from scripts import cli

PASSPHRASE = "correct horse battery"
AGREED = ("--number", "1/PKS/2026", "--signed", "2026-01-01", "--until", "2099-12-31")


def lapis(*arguments, status=0):
    """Run a command; return its JSON, if it gives any."""
    out = io.StringIO()
    with redirect_stdout(out):
        assert cli.main([str(each) for each in arguments]) == status, arguments
    return json.loads(out.getvalue()) if "--json" in arguments else out.getvalue()


class Desks:
    def __init__(self, folder):
        self.folder = folder
        (folder / "secret").write_text(PASSPHRASE + "\n")
        self.unlock = ("--passphrase-file", folder / "secret")
        self.centre_key = rsa.generate_private_key(65537, 3072)
        pem = self.centre_key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        (folder / "centre.json").write_text(cards.dump(CentreCard("pmo", 1, pem.decode())))
        self.custodian = folder / "custodian"
        lapis("custodian", "init", "--name", "Kominfo", "--home", self.custodian, *self.unlock)

    def enrol(self, party):
        lapis("agency", "enrol", "--id", party, "--name", party.title(), "--centre", self.folder / "centre.json",
              "--custodian", self.custodian / "card.json", *self.at(party))  # fmt: skip
        self.agree(party)
        return self.folder / party

    def agree(self, party, *more):
        """Have the custodian record an agreement with an agency."""
        lapis("custodian", "agreement", self.folder / party / "card.json", *(more or AGREED), "--document",
              self.folder / "centre.json", "--home", self.custodian)  # fmt: skip

    def at(self, party):
        return ("--home", self.folder / party, *self.unlock)

    def epoch(self, epoch, *parties, more=()):
        """Make an epoch and have each agency accept it."""
        cards_ = [part for party in parties for part in ("--agency", self.folder / party / "card.json")]
        lapis("custodian", "epoch", epoch, *cards_, "--out", self.folder / "out", "--home", self.custodian, *more,
              *self.unlock)  # fmt: skip
        for party in parties:
            lapis("agency", "epoch", self.folder / "out" / f"{epoch}.{party}.bundle", *self.at(party))
