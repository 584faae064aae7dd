"""People and their sessions (hashes only).

In: people, digests. Out: the same. Never: a password or a session's token.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, exists, insert, select

from grantwire.adapters.store.part import Part
from grantwire.adapters.store.stamps import of_stamp, to_stamp
from grantwire.adapters.store.statements import native_insert
from grantwire.adapters.store.tables import people, sessions
from grantwire.adapters.store.writing import Writing
from grantwire.domain.person import Person, PersonId, Role, Session

_P, _S = people.c, sessions.c


class People(Part):
    """Fills the PeopleStore port."""

    async def has_people(self) -> bool:
        return await self._reader.ask(lambda connection: bool(connection.execute(_ANYBODY).scalar_one()))

    async def person(self, email: str) -> tuple[Person, str | None] | None:
        return await self._reader.ask(lambda connection: _person(connection, email))

    async def put_person(self, person: Person, *, password_hash: str | None, now: datetime) -> None:
        values = {"id": person.id, "email": person.email, "role": person.role.value, "password_hash": password_hash}
        await self._write(lambda writing: _put_person(writing, {**values, "created_at": to_stamp(now)}))

    async def session(self, digest: bytes) -> Session | None:
        return await self._reader.ask(lambda connection: _session(connection, digest))

    async def put_session(self, digest: bytes, session: Session, *, now: datetime) -> None:
        values = {"digest": digest, "person_id": session.person.id, "ends_at": to_stamp(session.ends_at)}
        await self._write(lambda writing: _put_session(writing, {**values, "created_at": to_stamp(now)}))

    async def drop_session(self, digest: bytes) -> None:
        await self._write(lambda writing: writing.sql.execute(delete(sessions).where(_S.digest == digest)) and None)


_ANYBODY = select(exists(select(_P.id)))


def _person(connection: Connection, email: str) -> tuple[Person, str | None] | None:
    row = connection.execute(select(people).where(_P.email == email)).one_or_none()
    return None if row is None else (_of_row(row), row.password_hash)


def _put_person(writing: Writing, values: dict[str, Any]) -> None:
    changed = {name: values[name] for name in ("role", "password_hash")}
    statement = native_insert(people, writing.sql.dialect).values(values)
    writing.sql.execute(statement.on_conflict_do_update(index_elements=["email"], set_=changed))


def _session(connection: Connection, digest: bytes) -> Session | None:
    statement = select(people, _S.ends_at).join_from(sessions, people, _P.id == _S.person_id)
    row = connection.execute(statement.where(_S.digest == digest)).one_or_none()
    return None if row is None else Session(_of_row(row), of_stamp(row.ends_at))


def _put_session(writing: Writing, values: dict[str, Any]) -> None:
    writing.sql.execute(delete(sessions).where(_S.ends_at <= values["created_at"]))
    writing.sql.execute(insert(sessions).values(values))


def _of_row(row: Any) -> Person:
    return Person(PersonId(row.id), row.email, Role(row.role))
