"""Sign in: people come in and go, and their sessions are kept.

In: an email address and a password, or the token a browser brings. Out: a new token, or who it belongs to.
Never: a token or a password on record, or an answer that tells an unknown address from a wrong password.
"""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from grantwire.domain.errors import Problem, Refusal, Refused
from grantwire.domain.person import LONGEST_PASSWORD, Person, PersonId, Role, Session, email_of
from grantwire.domain.secret import Secret
from grantwire.flow.patience import Patience
from grantwire.ports import Clock, Dice, Observer, Passwords, PeopleStore

FIRST_EMAIL = "admin@localhost"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a browser is given: the token is shown to it once and kept by nobody else."""

    token: str
    session: Session


class SignIn:
    def __init__(
        self,
        *,
        store: PeopleStore,
        passwords: Passwords,
        lasts: timedelta,
        clock: Clock,
        dice: Dice,
        observer: Observer,
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._lasts = lasts
        self._clock = clock
        self._dice = dice
        self._observer = observer
        self._patience = Patience()

    async def make_first(self, given: tuple[str, Secret] | None) -> tuple[str, Secret] | None:
        """The administrator of the settings where one is set and unknown; else, while there is nobody at all, one
        with a new password, which is the answer: address and password, to be shown once."""
        if given is not None:
            email, password = email_of(given[0]), given[1]
            if await self._store.person(email) is None:
                await self._add(email, password)
            return None
        if await self._store.has_people():
            return None
        password = Secret(self._dice.token())
        await self._add(FIRST_EMAIL, password)
        return FIRST_EMAIL, password

    async def enter(self, email: str, password: Secret, *, source: str) -> Entry:
        """`source` is where the try comes from. Raises `Refused` (unauthenticated)."""
        email = email_of(email)[:320]
        self._patience.check((email, source), self._clock.elapsed())
        found = await self._store.person(email)
        person, password_hash = found or (None, None)
        is_short = len(password.reveal()) <= LONGEST_PASSWORD
        is_right = await self._passwords.is_right(password if is_short else Secret(""), password_hash)
        if person is None or not (is_right and is_short):
            self._patience.note_failure((email, source), self._clock.elapsed())
            self._observer.note("person.refused", source=source)
            problem = Problem("password", "The email address or the password is not right.")
            raise Refused("you are not signed in", [problem], why=Refusal.UNAUTHENTICATED)
        self._patience.forget((email, source))
        return await self._begin(person)

    async def who(self, token: str) -> Session | None:
        """The session of a token; None when there is none, or it has ended."""
        session = await self._store.session(_digest(token))
        return session if session is not None and session.ends_at > self._clock.now() else None

    async def leave(self, token: str) -> None:
        await self._store.drop_session(_digest(token))

    async def _begin(self, person: Person) -> Entry:
        now = self._clock.now()
        entry = Entry(self._dice.token() + self._dice.token(), Session(person, now + self._lasts))
        await self._store.put_session(_digest(entry.token), entry.session, now=now)
        self._observer.note("person.signed_in", person=person.id)
        return entry

    async def _add(self, email: str, password: Secret) -> None:
        now = self._clock.now()
        person = Person(PersonId(self._dice.new_id("per", now)), email, Role.ADMINISTRATOR)
        password_hash = await self._passwords.hash(password)
        await self._store.put_person(person, password_hash=password_hash, now=now)
        self._observer.note("person.added", person=person.id, role=person.role.value)


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
