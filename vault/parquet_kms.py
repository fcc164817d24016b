"""Tables as encrypted Parquet files whose master keys are transit keys. Two vault calls a file, never one a record.

Footer and all columns are encrypted (AES-GCM, Parquet modular encryption): without the vault a file shows its size and
the name of its master key, not its schema, its statistics or a value. The writer's role needs `encrypt` on the master
key, the reader's `decrypt`.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe

from vault import ciphertext
from vault.client import VaultSession
from vault.errors import VaultError
from vault.keys import MOUNT

_DATA_KEY_BITS = 256
_ENCRYPTED_FOOTER = b"PARE"
Made = TypeVar("Made")


class TransitKms(pe.KmsClient):  # type: ignore[misc] # pyarrow ships no types
    """Wrap and unwrap Parquet's keys by one role's session; remember the vault's refusal, which Arrow would reword."""

    def __init__(self, session: VaultSession, allowed: str) -> None:
        super().__init__()
        self._session = session
        self.allowed = allowed
        self.refusal: VaultError | None = None

    def wrap_key(self, key_bytes: bytes, master_key_identifier: str) -> bytes:
        """Seal Parquet's key under the named transit key; the words carry the version used."""
        return self._ask("encrypt", master_key_identifier, "plaintext", b64encode(key_bytes).decode()).encode()

    def unwrap_key(self, wrapped_key: bytes | str, master_key_identifier: str) -> bytes:
        """Open Parquet's key; a file that names another master key than the caller expects is refused."""
        text = wrapped_key if isinstance(wrapped_key, str) else wrapped_key.decode()
        return ciphertext.plain(self._ask("decrypt", master_key_identifier, "ciphertext", text))

    def _ask(self, act: str, key: str, field: str, text: str) -> str:
        if key != self.allowed:
            self.refusal = VaultError("PARQUET_OTHER_KEY", "sealed under another master key", place=key)
            raise self.refusal
        try:
            answer = self._session.write(f"{MOUNT}/{act}/{key}", {field: text})
        except VaultError as failure:
            self.refusal = failure
            raise
        return str(answer["ciphertext" if act == "encrypt" else "plaintext"])


def write_table(session: VaultSession, table: pa.Table, sink: Path | IO[bytes], master_key: str) -> None:
    """Write `table` encrypted under `master_key` (a transit key's name); a path is replaced only by a whole file."""
    properties = _sealing(session, master_key)
    if not isinstance(sink, Path):
        pq.write_table(table, sink, encryption_properties=properties, compression="zstd")
        return
    fresh = sink.with_name(f".{sink.name}.new")
    pq.write_table(table, fresh, encryption_properties=properties, compression="zstd")
    fresh.replace(sink)


def write_groups(
    session: VaultSession, tables: Iterable[pa.Table], schema: pa.Schema, sink: Path, master_key: str
) -> None:
    """Write tables of one schema into one file as `write_table` does, each as row groups of its own, one at a time."""
    fresh = sink.with_name(f".{sink.name}.new")
    properties = _sealing(session, master_key)
    with pq.ParquetWriter(fresh, schema, encryption_properties=properties, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table)
    fresh.replace(sink)


def _sealing(session: VaultSession, master_key: str) -> Any:
    kms = TransitKms(session, master_key)
    how = pe.EncryptionConfiguration(
        footer_key=master_key,
        uniform_encryption=True,
        encryption_algorithm="AES_GCM_V1",
        plaintext_footer=False,
        double_wrapping=True,
        cache_lifetime=timedelta(0),
        data_key_length_bits=_DATA_KEY_BITS,
    )
    return _once(kms, lambda: _factory(kms).file_encryption_properties(pe.KmsConnectionConfig(), how))


def read_table(
    session: VaultSession, source: Path | IO[bytes], master_key: str, columns: list[str] | None = None
) -> pa.Table:
    """Read a file that `write_table` made under `master_key`.

    Raise PARQUET_MISSING, PARQUET_DAMAGED (not such a file, cut, or changed), PARQUET_OTHER_KEY, or what the vault
    refused.
    """
    kms = TransitKms(session, master_key)

    def read() -> pa.Table:
        with _opened(kms, source) as file:
            return file.read(columns=columns)

    _require_there(source)
    return _once(kms, read)


def read_groups(session: VaultSession, source: Path, master_key: str) -> Iterator[pa.Table]:
    """Read what `read_table` reads, and raise what it raises, a row group at a time."""
    kms = TransitKms(session, master_key)
    _require_there(source)
    with ExitStack() as stack:
        file = _once(kms, lambda: stack.enter_context(_opened(kms, source)))
        for group in range(file.num_row_groups):
            yield _once(kms, partial(file.read_row_group, group))


def _require_there(source: Path | IO[bytes]) -> None:
    if isinstance(source, Path) and not source.is_file():
        raise VaultError("PARQUET_MISSING", "no such file", place=source.name)


@contextmanager
def _opened(kms: TransitKms, source: Path | IO[bytes]) -> Iterator[Any]:
    properties = _factory(kms).file_decryption_properties(
        pe.KmsConnectionConfig(), pe.DecryptionConfiguration(cache_lifetime=timedelta(0))
    )
    with pa.OSFile(str(source)) if isinstance(source, Path) else pa.PythonFile(source, "r") as handle:
        _require_encrypted(handle)
        with pq.ParquetFile(handle, decryption_properties=properties) as file:
            yield file


def _require_encrypted(handle: pa.NativeFile) -> None:
    # Arrow reads a table in the clear even when it was given keys: whoever can write files could plant one.
    handle.seek(-len(_ENCRYPTED_FOOTER), 2)
    if handle.read() != _ENCRYPTED_FOOTER:
        raise VaultError("PARQUET_DAMAGED", "not encrypted")
    handle.seek(0)


def _factory(kms: TransitKms) -> pe.CryptoFactory:
    # One factory a file: a shared one would cache one role's opened keys for another.
    return pe.CryptoFactory(lambda _: kms)


def _once(kms: TransitKms, work: Callable[[], Made]) -> Made:
    # Everything that Arrow can raise over a file of unknown bytes is one failure, raised outside the except block:
    # its words may quote the file.
    with suppress(pa.ArrowException, VaultError, OSError, RuntimeError, ValueError, LookupError, TypeError):
        return work()
    if kms.refusal is not None and kms.refusal.code != "VAULT_MALFORMED":
        raise kms.refusal
    raise VaultError("PARQUET_DAMAGED", "not an encrypted table, or cut, or changed", place=kms.allowed)
