"""Credential: how the target knows us.

In: the `auth` of a webhook. Out: one frozen variant. Never: a token that was fetched (that is the adapter's cache).
"""

from dataclasses import dataclass
from enum import StrEnum

from grantwire.domain.secret import Secret


class Grant(StrEnum):
    """OAuth 2.0 grants that need no browser (RFC 6749 §4.3, §4.4, §6)."""

    CLIENT_CREDENTIALS = "client_credentials"
    PASSWORD = "password"  # noqa: S105 - the grant's name
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the grant's name


class ClientAuthentication(StrEnum):
    """Where the client id and secret go at the token endpoint (RFC 6749 §2.3.1)."""

    BODY = "body"
    BASIC = "basic"


@dataclass(frozen=True, slots=True)
class NoCredential:
    pass


@dataclass(frozen=True, slots=True)
class Bearer:
    token: Secret


@dataclass(frozen=True, slots=True)
class Basic:
    username: str
    password: Secret


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key in a header of the target's choosing, `x-sn-apikey` for instance."""

    header: str
    key: Secret


@dataclass(frozen=True, slots=True)
class OAuth2:
    """`ca` is that of the webhook's `tls`: it counts at the token endpoint too, beside all others, for that may be
    anybody's."""

    grant: Grant
    token_url: str
    client_id: str
    client_secret: Secret
    scopes: tuple[str, ...] = ()
    username: str | None = None
    password: Secret | None = None
    refresh_token: Secret | None = None
    client_authentication: ClientAuthentication = ClientAuthentication.BODY
    ca: str | None = None


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """PEM texts, or `${file:…}` references to them; the certificate comes with its chain. `passphrase` opens a private
    key that is encrypted."""

    certificate: str
    private_key: Secret
    passphrase: Secret | None = None


Credential = NoCredential | Bearer | Basic | ApiKey | OAuth2 | ClientCertificate
