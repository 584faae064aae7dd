"""Certificates: whom we trust, and who we say we are, as TLS contexts.

In: an optional file of extra authorities, and PEM texts of a client certificate. Out: cached TLS contexts.
Never: a connection without verification, and never a prompt for a passphrase.
"""

import ssl
import tempfile
from collections import OrderedDict
from hashlib import sha256
from pathlib import Path

_CONTEXTS_KEPT = 64


class ClientCertificateRefused(Exception):
    """The certificate or its key cannot be used; the text says why, without either."""


class TlsContexts:
    """The system's authorities (OpenSSL reads `SSL_CERT_FILE` and `SSL_CERT_DIR` too) and those of `extra_ca_file`."""

    def __init__(self, extra_ca_file: Path | None = None) -> None:
        self._extra_ca_file = extra_ca_file
        self._own: OrderedDict[bytes, ssl.SSLContext] = OrderedDict()
        self.plain: ssl.SSLContext = self._trusting()

    def with_certificate(self, certificate: str, private_key: str) -> ssl.SSLContext:
        """Raises `ClientCertificateRefused`."""
        key = sha256(f"{certificate}\0{private_key}".encode()).digest()
        context = self._own.get(key)
        if context is None:
            context = self._trusting()
            _load(context, certificate, private_key)
            self._own[key] = context
        self._own.move_to_end(key)
        if len(self._own) > _CONTEXTS_KEPT:
            self._own.popitem(last=False)
        return context

    def _trusting(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_default_certs()
        if self._extra_ca_file is not None:
            context.load_verify_locations(cafile=self._extra_ca_file)
        return context


def _load(context: ssl.SSLContext, certificate: str, private_key: str) -> None:
    # OpenSSL reads chains from files only; the file is the owner's alone and gone at once.
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(f"{certificate.strip()}\n{private_key.strip()}\n")
        file.flush()
        try:
            context.load_cert_chain(file.name, password=_no_passphrase)
        except (ssl.SSLError, ValueError) as error:
            reason = getattr(error, "reason", None) or "an encrypted private key is not supported"
            raise ClientCertificateRefused(f"The client certificate and its key cannot be used: {reason}.") from error


def _no_passphrase() -> str:
    raise ValueError("encrypted")
