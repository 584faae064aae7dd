"""Credentials: a webhook's credential as the headers of a request.

In: a `Credential`, its secrets possibly references. Out: an `Authorisation`, or a `NotSent` that says what is missing.
Never: a secret in a log line or an error, and no wait while a fresh token is in hand.
"""

from base64 import b64encode
from typing import assert_never

from grantwire.adapters.outbound.references import References, SecretMissing
from grantwire.adapters.outbound.token_endpoint import Known
from grantwire.adapters.outbound.tokens import Asker, Surroundings, TokenLine
from grantwire.domain.credential import ApiKey, Basic, Bearer, ClientCertificate, Credential, NoCredential, OAuth2
from grantwire.domain.exchange import NotSent
from grantwire.domain.secret import Secret
from grantwire.ports import Authorisation, Clock, KeyStore, Observer, Sender

_NOTHING = Authorisation(())


class HttpCredentials:
    """Fills the port `Credentials`. Token endpoints are asked through the same sender as targets, so the same rules
    on addresses hold."""

    def __init__(
        self,
        *,
        sender: Sender,
        store: KeyStore,
        clock: Clock,
        observer: Observer,
        references: References | None = None,
        lines: dict[OAuth2, TokenLine] | None = None,
        asker: Asker = Asker.DELIVERY,
    ) -> None:
        self._around = Surroundings(sender, store, clock, observer)
        self._clock = clock
        self._references = references or References()
        self._lines = {} if lines is None else lines
        self._asker = asker

    def for_a_person(self) -> "HttpCredentials":
        """With the very same tokens."""
        return HttpCredentials(
            sender=self._around.sender,
            store=self._around.store,
            clock=self._clock,
            observer=self._around.observer,
            references=self._references,
            lines=self._lines,
            asker=Asker.PERSON,
        )

    async def authorise(self, credential: Credential) -> Authorisation | NotSent:
        try:
            match credential:
                case OAuth2():
                    line = self._line(credential)
                    return line.fresh(self._clock.now()) or await line.authorise(self._known(credential), self._asker)
                case NoCredential() | ClientCertificate():
                    return _NOTHING
                case Bearer(token=token):
                    return _header("Authorization", f"Bearer {self._references.resolve(token)}")
                case Basic(username=username, password=password):
                    pair = f"{username}:{self._references.resolve(password)}".encode()
                    return _header("Authorization", f"Basic {b64encode(pair).decode()}")
                case ApiKey(header=header, key=key):
                    return _header(header, self._references.resolve(key))
                case _:
                    assert_never(credential)
        except SecretMissing as missing:
            return _missing(missing)

    async def renew(self, credential: Credential, *, refused: Authorisation) -> Authorisation | NotSent:
        if not isinstance(credential, OAuth2):
            return refused
        try:
            return await self._line(credential).renew(self._known(credential), refused, self._asker)
        except SecretMissing as missing:
            return _missing(missing)

    def resolve(self, secret: Secret) -> str | NotSent:
        try:
            return self._references.resolve(secret)
        except SecretMissing as missing:
            return _missing(missing)

    def _line(self, credential: OAuth2) -> TokenLine:
        line = self._lines.get(credential)
        if line is None:
            line = self._lines[credential] = TokenLine(credential, self._around)
        return line

    def _known(self, credential: OAuth2) -> Known:
        return Known(
            client_secret=self._references.resolve(credential.client_secret),
            password="" if credential.password is None else self._references.resolve(credential.password),
            refresh_token=""
            if credential.refresh_token is None
            else self._references.resolve(credential.refresh_token),
        )


def _header(name: str, value: str) -> Authorisation:
    return Authorisation(((name, value),))


def _missing(missing: SecretMissing) -> NotSent:
    return NotSent(f"{missing} Provide it, then resume the webhook.", "", pauses_webhook=True)
