"""The way in: tokens for agencies, and whether the service lives. Secrets pass through to the vault, and stay not."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from fastapi import APIRouter, Form, Request
from sqlmodel import Session

from api.access.admission import record, service_of
from api.errors import ServiceError
from api.routes.forms import State, Token
from api.service import Service
from linkage.errors import LapisError

router = APIRouter(tags=["entrance"])


@router.get("/health", operation_id="readHealth")
def health() -> State:
    """Say that the service lives."""
    return State(state="alive")


@router.get("/ready", operation_id="readReadiness")
def ready(request: Request) -> State:
    """Say that the service can work: the vault answers an audited call."""
    service_of(request).ready()
    return State(state="ready")


@router.post("/oauth/token", operation_id="issueToken")
def issue(
    request: Request,
    grant_type: Annotated[str, Form(max_length=64, json_schema_extra={"enum": ["client_credentials"]})],
    client_id: Annotated[str | None, Form(max_length=256, description="an agency's role id")] = None,
    client_secret: Annotated[str | None, Form(max_length=256, description="its secret id")] = None,
) -> Token:
    """Give an agency a short-lived token for its credentials (RFC 6749, client credentials; in the form or Basic)."""
    service = service_of(request)
    if grant_type != "client_credentials":
        raise ServiceError("GRANT_UNSUPPORTED", "only client_credentials")
    identity, secret = _basic(request) or (client_id or "", client_secret or "")
    # By address: by client id, a stranger could lock an agency out.
    if service.logins.take(request.client.host if request.client else ""):
        raise ServiceError("RATE_LIMITED", "too many logins", hint="wait a little")
    try:
        if not identity or not secret:
            raise ServiceError("CREDENTIALS_REFUSED", "no credentials")
        token = service.issue(identity, secret)
        principal = service.verifier.verify(token)
    except LapisError as error:
        if error.code not in {"VAULT_LOGIN_REFUSED", "CREDENTIALS_REFUSED", "TOKEN_INVALID"}:
            raise
        _note(request, service, "LOGIN_REFUSED", None)
        raise ServiceError("CREDENTIALS_REFUSED", "not known here") from None
    _note(request, service, "LOGIN", principal.entity)
    return Token(access_token=token, expires_in=service.lifetime)


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        identity, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return identity, secret


def _note(request: Request, service: Service, code: str, entity: str | None) -> None:
    with Session(service.centre.store) as session, session.begin():
        record(service, session, request.state.asked, code, {"entity": entity})
