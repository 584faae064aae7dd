"""Certificates: whom we trust, and who we say we are, as TLS contexts.

In: an optional file of extra authorities, and what a webhook says of its own (PEM texts, or references to them). Out:
cached TLS contexts. Never: a connection without verification, one context for two identities, or a prompt.
"""

import ssl
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from grantwire.adapters.outbound.certificate_faults import why_unusable
from grantwire.adapters.outbound.references import References, SecretMissing
from grantwire.domain.credential import ClientCertificate, Credential
from grantwire.domain.target import Trust

_CONTEXTS_KEPT = 256
# Certificate and key are two files: while one is replaced already and the other not yet, the pair of before serves.
CHANGE_OVER_SECONDS = 60.0


class CertificateRefused(Exception):
    """A certificate or its key cannot be used; the text says why, without either."""


@dataclass(frozen=True, slots=True)
class _Texts:
    """What makes a context; empty where there is none."""

    ca: str = ""
    is_only: bool = False
    certificate: str = ""
    private_key: str = ""
    passphrase: str = ""


@dataclass(slots=True)
class _Last:
    """The context that a webhook's words led to last, and since when they lead to none."""

    context: ssl.SSLContext
    unusable_since: float | None = None


K = TypeVar("K")
V = TypeVar("V")
Words = tuple[ClientCertificate | None, Trust]


class TlsContexts:
    """The system's authorities (OpenSSL reads `SSL_CERT_FILE` and `SSL_CERT_DIR` too) and those of `extra_ca_file`."""

    def __init__(self, extra_ca_file: Path | None = None, references: References | None = None) -> None:
        self._extra_ca_file = extra_ca_file
        self._references = references or References()
        self._contexts: OrderedDict[_Texts, ssl.SSLContext] = OrderedDict()
        self._last: OrderedDict[Words, _Last] = OrderedDict()
        self.plain: ssl.SSLContext = self._trusting(_Texts())

    def context(self, credential: Credential, trust: Trust) -> ssl.SSLContext:
        """Files behind references are followed as they change. Raises `CertificateRefused` or `SecretMissing`."""
        own = credential if isinstance(credential, ClientCertificate) else None
        words = (own, trust)
        try:
            context = self._of_texts(self._texts(own, trust))
        except (CertificateRefused, SecretMissing):
            last = self._last.get(words)
            if last is None or not _serves_on(last):
                raise
            return last.context
        _keep(self._last, words, _Last(context))
        return context

    def _texts(self, own: ClientCertificate | None, trust: Trust) -> _Texts:
        resolve = self._references.text
        ca = "" if trust.ca is None else resolve(trust.ca)
        if own is None:
            return _Texts(ca, trust.is_only)
        passphrase = "" if own.passphrase is None else self._references.resolve(own.passphrase)
        key = self._references.resolve(own.private_key)
        return _Texts(ca, trust.is_only, resolve(own.certificate), key, passphrase)

    def _of_texts(self, texts: _Texts) -> ssl.SSLContext:
        context = self._contexts.get(texts)
        if context is None:
            context = self._trusting(texts)
            if texts.certificate:
                _load(context, texts)
        _keep(self._contexts, texts, context)
        return context

    def _trusting(self, texts: _Texts) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if not (texts.ca and texts.is_only):
            context.load_default_certs()
            if self._extra_ca_file is not None:
                context.load_verify_locations(cafile=self._extra_ca_file)
        if texts.ca:
            try:
                context.load_verify_locations(cadata=texts.ca)
            except (ssl.SSLError, ValueError) as error:
                reason = "it holds no certificate in PEM"
                raise CertificateRefused(f"The authority in the webhook's tls.ca cannot be used: {reason}.") from error
        return context


def _serves_on(last: _Last) -> bool:
    now = perf_counter()
    if last.unusable_since is None:
        last.unusable_since = now
    return now - last.unusable_since < CHANGE_OVER_SECONDS


def _keep(kept: "OrderedDict[K, V]", key: K, value: V) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > _CONTEXTS_KEPT:
        kept.popitem(last=False)


def _load(context: ssl.SSLContext, texts: _Texts) -> None:
    reason = why_unusable(texts.certificate, texts.private_key, texts.passphrase)
    if reason:
        raise CertificateRefused(f"The client certificate and its key cannot be used: {reason}.")
    # OpenSSL reads chains from files only; the file is the owner's alone and gone at once.
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(f"{texts.certificate.strip()}\n{texts.private_key.strip()}\n")
        file.flush()
        try:
            context.load_cert_chain(file.name, password=lambda: texts.passphrase)
        except (ssl.SSLError, ValueError) as error:
            said = getattr(error, "reason", None) or "OpenSSL does not take them"
            raise CertificateRefused(f"The client certificate and its key cannot be used: {said}.") from error
