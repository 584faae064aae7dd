"""Tokens: one OAuth credential's access token, kept fresh for all who ask.

In: a credential and its resolved secrets. Out: an `Authorisation`, or why there is none now.
Never: two questions to a token endpoint at once for one credential, or a tight loop after a refusal (repeated wrong
passwords lock the account).
"""

import asyncio
import hmac
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from hashlib import sha256

from grantwire.adapters.outbound.token_endpoint import Fetched, Kind, Known, Refusal, ask
from grantwire.domain.credential import Grant, OAuth2
from grantwire.domain.errors import NotNow
from grantwire.domain.exchange import NotSent
from grantwire.domain.secret import Secret
from grantwire.domain.target import Origin
from grantwire.ports import Authorisation, Clock, KeyStore, Observer, Sender

MARGIN_SECONDS = 60.0
MARGIN_SHARE = 0.1
# After the n-th failure in a row, doubled each time: how long nobody asks again. A wrong password counts towards a
# lock-out (six on a default ServiceNow instance); yet a person who has mended the account must not wait for long.
_FIRST_WAIT_SECONDS = {
    Kind.PASSING: 2.0,
    Kind.ASLEEP: 300.0,
    Kind.NOT_AN_API: 30.0,
    Kind.CONFIGURATION: 30.0,
    Kind.WAY_OUT: 2.0,
}
_LONGEST_WAIT_SECONDS = {
    Kind.PASSING: 120.0,
    Kind.ASLEEP: 900.0,
    Kind.NOT_AN_API: 900.0,
    Kind.CONFIGURATION: 600.0,
    Kind.WAY_OUT: 60.0,
}
_NOT_AN_API_FAILURES = 3  # a maintenance page passes; a wrong token URL does not
_RENEWED_LATELY_SECONDS = 10.0
_PERSON_SECONDS = 2.0  # a person who clicks and clicks is no faster than this
_FOREVER = datetime(9999, 1, 1, tzinfo=UTC)  # nobody says when a refresh token ends


class Asker(Enum):
    """Who wants a token: a delivery waits out what a refusal calls for; a person may have mended its cause."""

    DELIVERY = "delivery"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a `TokenLine` asks of the world."""

    sender: Sender
    store: KeyStore
    clock: Clock
    observer: Observer


@dataclass(frozen=True, slots=True, repr=False)
class _Held:
    authorisation: Authorisation
    fresh_until: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class _Block:
    """The last failure, when it was met, and until when it is the answer to a delivery; `proof` are the secrets it was
    met with."""

    refusal: Refusal
    failures: int
    met_at: datetime
    until: datetime
    proof: str

    def until_for(self, asker: Asker) -> datetime:
        if asker is Asker.DELIVERY:
            return self.until
        return min(self.until, self.met_at + timedelta(seconds=_PERSON_SECONDS))


class TokenLine:
    """One credential. Whoever asks first fetches, the others wait for the same answer."""

    def __init__(self, credential: OAuth2, around: Surroundings) -> None:
        self._credential = credential
        self._around = around
        self._turn = asyncio.Lock()
        self._held: _Held | None = None
        self._block: _Block | None = None
        self._renewed_at: datetime | None = None
        self._is_loaded = False
        self._refresh_token: str | None = None
        self._cache_key = _cache_key(credential)

    def fresh(self, now: datetime) -> Authorisation | None:
        """The token in hand, unless it is about to end."""
        held = self._held
        return held.authorisation if held is not None and now < held.fresh_until else None

    async def authorise(self, known: Known, asker: Asker = Asker.DELIVERY) -> Authorisation | NotSent:
        if self._turn.locked() and (usable := self._usable()) is not None:
            return usable  # someone is fetching the next one; this one still serves
        async with self._turn:
            await self._load(known)
            found = self.fresh(self._around.clock.now())
            if found is not None:
                return found
            answer = await self._fetch(known, asker)
            usable = self._usable()
            return usable if isinstance(answer, NotSent) and usable is not None else answer

    async def renew(
        self, known: Known, refused: Authorisation, asker: Asker = Asker.DELIVERY
    ) -> Authorisation | NotSent:
        async with self._turn:
            held = self._held
            if held is not None and (held.authorisation.headers != refused.headers or self._was_renewed_lately()):
                return held.authorisation
            self._held = None
            await self._drop()
            answer = await self._fetch(known, asker)
            self._renewed_at = self._around.clock.now()
            return answer

    def _usable(self) -> Authorisation | None:
        held = self._held
        return held.authorisation if held is not None and self._around.clock.now() < held.ends_at else None

    def _was_renewed_lately(self) -> bool:
        """ServiceNow answers a renewal with the same token while it thinks it valid (its OAuth documentation): then the
        trips that were refused together must not each ask again."""
        at = self._renewed_at
        return at is not None and self._around.clock.now() - at < timedelta(seconds=_RENEWED_LATELY_SECONDS)

    async def _fetch(self, known: Known, asker: Asker) -> Authorisation | NotSent:
        now = self._around.clock.now()
        block = self._block
        if block is not None and now < block.until_for(asker) and block.proof == _proof(known):
            return _remembered(block, now, until=block.until_for(asker))
        began = self._around.clock.elapsed()
        asked = self._with_rotated(known)
        answer = await ask(self._around.sender, self._credential, asked)
        duration_ms = round((self._around.clock.elapsed() - began) * 1000, 3)
        host = _host(self._credential.token_url)
        match answer:
            case Fetched():
                await self._keep(answer, known)
                self._around.observer.note(
                    "token.fetched",
                    host=host,
                    grant=self._credential.grant.value,
                    lifetime_seconds=answer.lifetime_seconds,
                    duration_ms=duration_ms,
                )
                return self._hold(answer.token, self._around.clock.now(), lifetime_seconds=answer.lifetime_seconds)
            case Refusal():
                self._block = self._blocked(answer, known, asker)
                self._around.observer.note(
                    "token.refused", host=host, kind=answer.kind.value, why=answer.why, duration_ms=duration_ms
                )
                return _not_sent(self._block, self._around.clock.now())

    def _hold(self, token: str, now: datetime, *, lifetime_seconds: float) -> Authorisation:
        authorisation = Authorisation((("Authorization", f"Bearer {token}"),), can_refresh=True)
        margin = min(MARGIN_SECONDS, MARGIN_SHARE * lifetime_seconds)
        self._held = _Held(
            authorisation,
            fresh_until=now + timedelta(seconds=lifetime_seconds - margin),
            ends_at=now + timedelta(seconds=lifetime_seconds),
        )
        self._block = None
        return authorisation

    def _blocked(self, refusal: Refusal, known: Known, asker: Asker) -> _Block:
        proof, now = _proof(known), self._around.clock.now()
        before = self._block if self._block is not None and self._block.proof == proof else None
        if before is not None and asker is Asker.PERSON:
            return replace(before, refusal=refusal, met_at=now, until=max(before.until, _asked_until(refusal, now)))
        failures = 1 if before is None else before.failures + 1
        wait = min(_FIRST_WAIT_SECONDS[refusal.kind] * 2 ** min(failures - 1, 16), _LONGEST_WAIT_SECONDS[refusal.kind])
        until = max(now + timedelta(seconds=wait), _asked_until(refusal, now))
        return _Block(refusal, failures, now, until, proof)

    def _with_rotated(self, known: Known) -> Known:
        if self._credential.grant is not Grant.REFRESH_TOKEN or self._refresh_token is None:
            return known
        return Known(known.client_secret, known.password, self._refresh_token)

    # ── the store: a token outlives the process; a rotated refresh token must ─────────────────────────────
    async def _load(self, known: Known) -> None:
        if self._is_loaded:
            return
        try:
            token = await self._around.store.token(self._cache_key)
            rotated = await self._around.store.token(self._rotated_key)
        except NotNow:
            return
        self._is_loaded = True
        proof = _proof(known)
        self._refresh_token = None if rotated is None else _opened(rotated[0], proof)
        text = None if token is None else _opened(token[0], proof)
        now = self._around.clock.now()
        if token is not None and text is not None and token[1] > now:
            self._hold(text, now, lifetime_seconds=(token[1] - now).total_seconds())

    async def _keep(self, fetched: Fetched, known: Known) -> None:
        proof = _proof(known)
        ends_at = self._around.clock.now() + timedelta(seconds=fetched.lifetime_seconds)
        try:
            if self._credential.grant is Grant.REFRESH_TOKEN and fetched.refresh_token is not None:
                self._refresh_token = fetched.refresh_token
                await self._around.store.put_token(
                    self._rotated_key, _closed(fetched.refresh_token, proof), ends_at=_FOREVER
                )
            await self._around.store.put_token(self._cache_key, _closed(fetched.token, proof), ends_at=ends_at)
        except NotNow as error:  # the token is good without being on record
            self._around.observer.note("store.unavailable", why=error.title, for_what="a token")

    async def _drop(self) -> None:
        try:
            await self._around.store.drop_token(self._cache_key)
        except NotNow as error:
            self._around.observer.note("store.unavailable", why=error.title, for_what="a token")

    @property
    def _rotated_key(self) -> str:
        return f"refresh:{self._cache_key}"


def _cache_key(credential: OAuth2) -> str:
    """Without the secrets: what is derived from a weak password must not lie in the open."""
    parts = (credential.grant, credential.token_url, credential.client_id, credential.username, credential.scopes)
    return sha256(repr(parts).encode()).hexdigest()


def _proof(known: Known) -> str:
    """Tells whether a kept token belongs to the secrets of now; it is sealed with the token."""
    key = known.client_secret.encode()
    return hmac.new(key, f"{known.password}\0{known.refresh_token}".encode(), sha256).hexdigest()


def _closed(token: str, proof: str) -> Secret:
    return Secret(json.dumps({"token": token, "proof": proof}))


def _opened(secret: Secret, proof: str) -> str | None:
    try:
        kept = json.loads(secret.reveal())
    except ValueError:
        return None
    if not isinstance(kept, dict) or not hmac.compare_digest(str(kept.get("proof", "")).encode(), proof.encode()):
        return None
    return str(kept.get("token", "")) or None


def _not_sent(block: _Block, now: datetime) -> NotSent:
    refusal = block.refusal
    pauses = refusal.kind is Kind.CONFIGURATION or (
        refusal.kind is Kind.NOT_AN_API and block.failures >= _NOT_AN_API_FAILURES
    )
    return NotSent(
        why=refusal.why,
        detail=refusal.detail,
        is_passing=not pauses,
        retry_after_seconds=max(0.0, (block.until - now).total_seconds()),
        pauses_webhook=pauses,
        is_ours=refusal.kind is Kind.WAY_OUT,
    )


def _asked_until(refusal: Refusal, now: datetime) -> datetime:
    """Until when the endpoint itself asked for patience."""
    return now + timedelta(seconds=refusal.asked_seconds or 0.0)


def _remembered(block: _Block, now: datetime, *, until: datetime) -> NotSent:
    """Says that this is not a new refusal, to a person who has just mended the cause."""
    found = _not_sent(block, now)
    seconds = max(1.0, (until - now).total_seconds())
    return replace(found, why=f"{found.why} It is asked again in {seconds:.0f} s at the earliest.")


def _host(token_url: str) -> str:
    try:
        return Origin.of(token_url).host
    except ValueError:
        return ""
