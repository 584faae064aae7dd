"""Definition, the part `auth`: how the target knows us.

In: the raw part. Out: a `Credential`, and back. Never: a secret in a message.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, assert_never

from grantwire.domain.credential import (
    ApiKey,
    Basic,
    Bearer,
    ClientAuthentication,
    ClientCertificate,
    Credential,
    Grant,
    NoCredential,
    OAuth2,
)
from grantwire.domain.definition_tls import check_pem
from grantwire.domain.form import Form
from grantwire.domain.secret import Secret
from grantwire.domain.secret_reading import OpenSecret, needed_secret, read_secret

Show = Callable[[Secret], object]


class AuthType(StrEnum):
    NONE = "none"
    BEARER = "bearer"
    BASIC = "basic"
    API_KEY = "api_key"
    OAUTH2 = "oauth2"
    CLIENT_CERTIFICATE = "client_certificate"


def read_auth(form: Form | None, open_secret: OpenSecret) -> Credential:
    if form is None:
        return NoCredential()
    if not form.has("type"):
        form.needed_text("type", fallback="")
        return NoCredential()
    faults_before = len(form.problems)
    kind = form.choice("type", AuthType.NONE)
    if len(form.problems) > faults_before:
        return NoCredential()  # without a type nobody can say which other fields belong here
    credential = _read_type(kind, form, open_secret)
    form.finish()
    return credential


def _read_type(kind: AuthType, form: Form, open_secret: OpenSecret) -> Credential:
    match kind:
        case AuthType.NONE:
            return NoCredential()
        case AuthType.BEARER:
            return Bearer(needed_secret(form, "token", open_secret))
        case AuthType.BASIC:
            return Basic(form.needed_text("username", fallback="-"), needed_secret(form, "password", open_secret))
        case AuthType.API_KEY:
            return ApiKey(form.needed_text("header", fallback="X-Api-Key"), needed_secret(form, "key", open_secret))
        case AuthType.OAUTH2:
            return _read_oauth2(form, open_secret)
        case AuthType.CLIENT_CERTIFICATE:
            return _read_certificate(form, open_secret)
        case other:
            assert_never(other)


def _read_oauth2(form: Form, open_secret: OpenSecret) -> OAuth2:
    credential = OAuth2(
        grant=form.choice("grant", Grant.CLIENT_CREDENTIALS),
        token_url=form.needed_text("token_url", fallback="https://fallback.example.com/"),
        client_id=form.needed_text("client_id", fallback="-"),
        client_secret=needed_secret(form, "client_secret", open_secret),
        scopes=form.texts("scopes"),
        username=form.text("username"),
        password=read_secret(form, "password", open_secret),
        refresh_token=read_secret(form, "refresh_token", open_secret),
        client_authentication=form.choice("client_authentication", ClientAuthentication.BODY),
    )
    for name in _needed_by(credential.grant):
        if not form.has(name):
            form.fault(name, f"is needed for the grant {credential.grant}")
    return credential


def _needed_by(grant: Grant) -> tuple[str, ...]:
    match grant:
        case Grant.CLIENT_CREDENTIALS:
            return ()
        case Grant.PASSWORD:
            return ("username", "password")
        case Grant.REFRESH_TOKEN:
            return ("refresh_token",)


def _read_certificate(form: Form, open_secret: OpenSecret) -> ClientCertificate:
    certificate = form.needed_text("certificate", fallback="")
    if certificate:
        check_pem(form, "certificate", certificate)
    return ClientCertificate(
        certificate,
        needed_secret(form, "private_key", open_secret),
        read_secret(form, "passphrase", open_secret),
    )


def write_auth(credential: Credential, show: Show) -> dict[str, Any] | None:
    """None for no credential."""
    match credential:
        case NoCredential():
            return None
        case Bearer(token):
            return {"type": "bearer", "token": show(token)}
        case Basic(username, password):
            return {"type": "basic", "username": username, "password": show(password)}
        case ApiKey(header, key):
            return {"type": "api_key", "header": header, "key": show(key)}
        case OAuth2():
            return _write_oauth2(credential, show)
        case ClientCertificate(certificate, private_key, passphrase):
            written = {"type": "client_certificate", "certificate": certificate, "private_key": show(private_key)}
            return written if passphrase is None else written | {"passphrase": show(passphrase)}
        case other:
            assert_never(other)


def _write_oauth2(credential: OAuth2, show: Show) -> dict[str, Any]:
    written: dict[str, Any] = {
        "type": "oauth2",
        "grant": str(credential.grant),
        "token_url": credential.token_url,
        "client_id": credential.client_id,
        "client_secret": show(credential.client_secret),
        "scopes": list(credential.scopes),
    }
    if credential.username is not None:
        written["username"] = credential.username
    for name, secret in (("password", credential.password), ("refresh_token", credential.refresh_token)):
        if secret is not None:
            written[name] = show(secret)
    return written | {"client_authentication": str(credential.client_authentication)}
