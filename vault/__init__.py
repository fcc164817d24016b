"""Everything that needs a secret of the centre: vault client, embedded server, pepper, seals. Never an identity."""

from vault import cases
from vault.client import Retry, VaultSession
from vault.credentials import Credentials
from vault.errors import VaultError
from vault.keys import KEYS, KeySpec
from vault.parquet_kms import read_table, write_table
from vault.server import EmbeddedServer
from vault.setup import Change, Desired, apply, plan
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
    "KeySpec",
    "PublicKey",
    "Retry",
    "SigningKey",
    "VaultError",
    "VaultSession",
    "apply",
    "cases",
    "encrypt_batch",
    "ensure_certificate",
    "hmac_batch",
    "latest_version",
    "plan",
    "public_key",
    "read_table",
    "sign",
    "signing_key",
    "unwrap",
    "unwrap_key",
    "wrap_key",
    "write_table",
]
