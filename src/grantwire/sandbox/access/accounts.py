"""Knows who is calling: Basic, bearer token or API key, and locks an account after six bad passwords.

In: a Call. Out: a Caller, or the 401 every wrong credential gets. Must never: say which part was wrong.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import replace

from grantwire.sandbox.access.tokens import Tokens
from grantwire.sandbox.exchange import Call, Caller, Failure
from grantwire.sandbox.options import SandboxOptions
from grantwire.sandbox.properties import Properties
from grantwire.sandbox.records.storage import Record, Storage

BAD_PASSWORDS = 6  # then the account is locked, the right password included
USER = ("sys_user",)


def not_authenticated() -> Failure:
    """The scheme is announced as BASIC even to bearer clients; the connection is closed (recorded)."""
    headers = (("WWW-Authenticate", 'BASIC realm="Service-now"'), ("Connection", "close"))
    return Failure(401, "User Not Authenticated", "Required to provide Auth information", headers)


class Accounts:
    def __init__(self, options: SandboxOptions, storage: Storage, tokens: Tokens, properties: Properties) -> None:
        self._options = options
        self._storage = storage
        self._tokens = tokens
        self._properties = properties

    def caller(self, call: Call) -> Caller:
        found = self._by_header(call.headers)
        if found is None:
            raise not_authenticated()
        return found

    def with_password(self, user_name: str, password: str) -> Caller | None:
        record = self._active(user_name)
        if record is None or record.values.get("locked_out") == "true":
            return None
        expected = record.values.get("user_password", "")
        if not expected or not equal(password, expected):
            self._count_failure(record)
            return None
        if record.values.get("failed_attempts", "0") != "0":
            self._storage.replace(replace(record, values={**record.values, "failed_attempts": "0"}))
        return as_caller(record)

    def by_id(self, sys_id: str) -> Caller | None:
        record = self._storage.get(USER, sys_id)
        return as_caller(record) if record and record.values.get("active") == "true" else None

    def by_name(self, user_name: str) -> Caller | None:
        record = self._active(user_name)
        return as_caller(record) if record and record.values.get("locked_out") != "true" else None

    def _by_header(self, headers: Mapping[str, str]) -> Caller | None:
        get = headers.get
        key = get("x-sn-apikey")
        if key is not None:
            return self.by_name(self._options.user) if equal(key, self._options.api_key) else None
        scheme, _, credential = get("Authorization", "").partition(" ")
        match scheme.lower():
            case "bearer":
                user = self._tokens.user_of(credential.strip())
                return self.by_id(user) if user else None
            case "basic" if not self._properties.refuse_basic_auth:
                pair = basic_pair(credential)
                return self.with_password(*pair) if pair else None
            case _:
                return None

    def _active(self, user_name: str) -> Record | None:
        found = self._storage.find_by("sys_user", "user_name", user_name) if user_name else []
        return found[0] if found and found[0].values.get("active") == "true" else None

    def _count_failure(self, record: Record) -> None:
        failures = int(record.values.get("failed_attempts") or "0") + 1
        locked = "true" if failures >= BAD_PASSWORDS else "false"
        values = {**record.values, "failed_attempts": str(failures), "locked_out": locked}
        self._storage.replace(replace(record, values=values))


def basic_pair(credential: str) -> tuple[str, str] | None:
    try:
        text = base64.b64decode(credential.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    user, separator, password = text.partition(":")
    return (user, password) if separator else None


def as_caller(record: Record) -> Caller:
    return Caller(record.sys_id, record.values.get("user_name", ""), record.values.get("name", ""))


def equal(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())
