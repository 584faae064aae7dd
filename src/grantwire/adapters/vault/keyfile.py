"""The key file: one line per key, the last one seals, all of them open; so a key is replaced by adding a line.

In: a path. Out: keys by their short name. Never: a key in a message; a file that others may read.
"""

import binascii
import hashlib
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from grantwire.domain.errors import Problem, Refused

KEY_BYTES = 32  # AES-256
_PRIVATE = 0o600


def load_or_make(path: Path) -> Mapping[str, bytes]:
    """The keys in the order of the file; makes a file with one key where there is none."""
    try:
        return _keys(path, path.read_bytes())
    except FileNotFoundError:
        pass
    with suppress(FileExistsError):  # another process was first; its key is as good
        _make(path)
    return _keys(path, path.read_bytes())


def name_of(key: bytes) -> str:
    """Tells keys apart and says nothing about them."""
    return hashlib.sha256(b"grantwire key name" + key).hexdigest()[:8]


def _make(path: Path) -> None:
    """Whole or not at all: a key that was cut short would lock every secret up."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    _write(beside, _line(secrets.token_bytes(KEY_BYTES)))
    try:
        os.link(beside, path)  # unlike a rename, a link never replaces a file
    finally:
        beside.unlink()
    _sync_folder(path.parent)


def _line(key: bytes) -> bytes:
    return b64encode(key) + b"\n"


def _write(path: Path, text: bytes) -> None:
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE), "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _keys(path: Path, text: bytes) -> Mapping[str, bytes]:
    keys = [_key(path, number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not keys:
        raise _unusable(path, Problem("", "The file holds no key."))
    return {name_of(key): key for key in keys}


def _key(path: Path, number: int, line: bytes) -> bytes:
    try:
        key = b64decode(line.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise _unusable(path, Problem("", f"Line {number} is not {KEY_BYTES} bytes in base64."))
    return key


def _unusable(path: Path, problem: Problem) -> Refused:
    return Refused(f"The key file {path} cannot be used. Restore it from a backup.", [problem])
