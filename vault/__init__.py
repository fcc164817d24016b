"""Everything that needs a secret of the centre: vault client, embedded server, pepper, seals. Never an identity."""

from vault import cases, logins
from vault.adopt import adopt, plan_adoption
from vault.client import Retry, VaultSession
from vault.credentials import Credentials
from vault.errors import VaultError
from vault.identities import Identities, IdentityChange, Officer, apply_identities, plan_identities
from vault.keys import KEYS, KeySpec
from vault.logins import identity_token, issuer, jwks, login_agency, login_person
from vault.parquet_kms import read_table, write_table
from vault.remote import RemoteServer
from vault.server import EmbeddedServer
from vault.setup import Change, Desired, apply, plan, plan_afresh
from vault.signing import SigningKey, sign, signing_key
from vault.tls import ensure as ensure_certificate
from vault.transit import encrypt_batch, hmac_batch
from vault.wrapping import PublicKey, latest_version, public_key, unwrap, unwrap_key, wrap_key

__all__ = [
    "KEYS",
    "Change",
    "Credentials",
    "Desired",
    "EmbeddedServer",
    "Identities",
    "IdentityChange",
    "KeySpec",
    "Officer",
    "PublicKey",
    "RemoteServer",
    "Retry",
    "SigningKey",
    "VaultError",
    "VaultSession",
    "adopt",
    "apply",
    "apply_identities",
    "cases",
    "encrypt_batch",
    "ensure_certificate",
    "hmac_batch",
    "identity_token",
    "issuer",
    "jwks",
    "latest_version",
    "login_agency",
    "login_person",
    "logins",
    "plan",
    "plan_adoption",
    "plan_afresh",
    "plan_identities",
    "public_key",
    "read_table",
    "sign",
    "signing_key",
    "unwrap",
    "unwrap_key",
    "wrap_key",
    "write_table",
]
