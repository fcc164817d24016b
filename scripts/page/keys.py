"""The agency's keys on the page: enrol, restore, back up, take an epoch in, read fingerprints. Never shows a key.

A passphrase is used while a form is answered, and kept nowhere; what the backup holds opens nothing without it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from linkage.encoding import backup, cards, epoch, keyring
from linkage.encoding.epoch import EpochKey
from linkage.errors import LapisError
from scripts import enrolment, files
from scripts.enrolment import Cards
from scripts.page import exchange
from scripts.page.exchange import Answer, RefusedError
from scripts.page.visit import Visit


@dataclass(frozen=True, slots=True)
class Told:
    """An epoch that was accepted here: its fingerprint, its last day, and the days until then (None: it ended).

    `current`: it is the one in force. `soon`: its end is near.
    """

    epoch: str
    fingerprint: str
    expires: str
    left: int | None
    current: bool
    soon: bool


def show(visit: Visit) -> Answer:
    """Show what is to be read to the other side, the epochs, and the ways to make or bring back keys."""
    return _show(visit)


def _show(visit: Visit, error: LapisError | None = None, form: str = "") -> Answer:
    session = visit.session
    shown = enrolment.fingerprints(session.home) if session.enrolled else {}
    return visit.page(
        "keys.html", status=409 if error else 200, error=error, form=form, fingerprints=list(shown.values()),
        epochs=_epochs(visit),
        values={name: visit.form.one(name) for name in ("id", "name", "lines")},
    )  # fmt: skip


def _epochs(visit: Visit) -> list[Told]:
    opened = visit.session.agency
    if opened is None:
        return []
    known = enrolment.epochs(visit.session.home, opened.ring)
    return [_told(key, current=key.epoch == opened.epoch.epoch) for key in reversed(known)]


def _told(key: EpochKey, *, current: bool) -> Told:
    try:
        left: int | None = epoch.days_left(key, enrolment.today())
    except LapisError:
        left = None
    day = f"{key.expires:%d-%m-%Y}" if key.expires else ""
    soon = left is None or left <= enrolment.WARNED
    return Told(key.epoch, cards.fingerprint(key.card), day, left, current, soon)


def enrol(visit: Visit) -> Answer:
    """Make the agency's keys, under a passphrase that was written twice."""
    try:
        ring = enrolment.make(visit.form.one("id"), visit.form.one("name"))
        enrolment.settle(visit.session.home, ring, ring.seal(_new_passphrase(visit), os.urandom), _cards(visit))
    except LapisError as error:
        return _show(visit, error, "enrol")
    return visit.go("keys")


def restore(visit: Visit) -> Answer:
    """Bring the keys back from the lines of the backup sheet."""
    try:
        sealed = backup.parse(visit.form.one("lines"))
        ring = keyring.open_(sealed, _passphrase(visit))
        enrolment.settle(visit.session.home, ring, sealed, _cards(visit))
    except LapisError as error:
        return _show(visit, error, "restore")
    return visit.go("keys")


def back_up(visit: Visit) -> Answer:
    """Hand over the sheet for the safe."""
    try:
        content = enrolment.backup_sheet(visit.session.home, _passphrase(visit), visit.session.language)
    except LapisError as error:
        return _show(visit, error, "backup")
    return exchange.give(content, "cadangan-kunci.pdf", "application/pdf")


def accept_epoch(visit: Visit) -> Answer:
    """Keep an epoch bundle and open the keys with it."""
    session, bundle = visit.session, visit.form.file("bundle")
    try:
        if bundle is None or not bundle.content:
            raise RefusedError(409, "FILE_MISSING")
        enrolment.accept(session.home, _passphrase(visit), bundle.content)
        session.unlock(_passphrase(visit))
    except LapisError as error:
        return _show(visit, error, "epoch")
    return visit.go("keys")


def give_card(visit: Visit) -> Answer:
    """Hand over the agency's card: what centre and custodian need of it, no secret."""
    if not visit.session.enrolled:
        raise RefusedError(404, "ENROL_FIRST")
    return exchange.give(files.read(visit.session.home / enrolment.CARD), "card.json", "application/json")


def _passphrase(visit: Visit) -> str:
    """Return it as it was written: blanks at its ends count."""
    return next(iter(visit.form.values.get("passphrase", ())), "")


def _new_passphrase(visit: Visit) -> str:
    written = _passphrase(visit)
    if written != next(iter(visit.form.values.get("again", ())), ""):
        raise RefusedError(409, "PASSPHRASE_TWICE")
    return written


def _cards(visit: Visit) -> Cards:
    centre, custodian = visit.form.file("centre"), visit.form.file("custodian")
    if centre is None or custodian is None:
        raise RefusedError(409, "CARDS_MISSING")
    return Cards(centre.content, custodian.content)
