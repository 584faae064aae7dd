"""API keys (hashes only), cached tokens (sealed) and the proof that the store can be written.

In: digests, sealed text. Out: rows. Never: a key or a token in the clear.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table, delete, select

from grantwire.adapters.store.statements import native_insert
from grantwire.adapters.store.tables import api_keys, meta, tokens
from grantwire.adapters.store.writing import Writing


def api_key_names(connection: Connection) -> Mapping[bytes, str]:
    return {bytes(row.digest): row.name for row in connection.execute(select(api_keys))}


def put_api_key(writing: Writing, digest: bytes, *, name: str, created_at: int) -> None:
    _put(writing, api_keys, key="digest", values={"digest": digest, "name": name, "created_at": created_at})


def token(connection: Connection, cache_key: str) -> Any:
    return connection.execute(select(tokens).where(tokens.c.cache_key == cache_key)).one_or_none()


def put_token(writing: Writing, cache_key: str, *, sealed: str, ends_at: int) -> None:
    _put(writing, tokens, key="cache_key", values={"cache_key": cache_key, "sealed": sealed, "ends_at": ends_at})


def drop_token(writing: Writing, cache_key: str) -> None:
    writing.sql.execute(delete(tokens).where(tokens.c.cache_key == cache_key))


def note_check(writing: Writing, at: int) -> None:
    """A write that reaches the disk: only that shows a full or failing one."""
    _put(writing, meta, key="key", values={"key": "checked_at", "value": str(at)})


def _put(writing: Writing, table: Table, *, key: str, values: Mapping[str, Any]) -> None:
    changed = {name: value for name, value in values.items() if name != key}
    statement = native_insert(table, writing.sql.dialect).values(dict(values))
    writing.sql.execute(statement.on_conflict_do_update(index_elements=[key], set_=changed))
