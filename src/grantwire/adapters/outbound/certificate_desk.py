"""Certificate desk: looks into the certificates that a webhook holds or points at.

In: a webhook. Out: what of it cannot be used, what is most likely not meant, and when it ends. Never: a connection.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from grantwire.adapters.outbound.certificate_end import certificate_end
from grantwire.adapters.outbound.certificate_faults import why_no_certificate, why_unusable
from grantwire.adapters.outbound.references import References, SecretMissing
from grantwire.domain.credential import ClientCertificate
from grantwire.domain.errors import Problem
from grantwire.domain.secret import Secret
from grantwire.domain.shape import path_to
from grantwire.domain.webhook import Webhook

_SOON = timedelta(days=30)  # a new certificate takes people longer than a new token


class CertificateDesk:
    """Fills the port `Certificates`. What stands behind a reference may come later, so it is no problem of the
    definition; where it is there already and wrong, it is warned of."""

    def __init__(self, references: References) -> None:
        self._references = references

    def problems(self, webhook: Webhook, *, path: str) -> Iterator[Problem]:
        ca, own = webhook.trust.ca, webhook.credential
        if ca is not None and "${" not in ca and _why_no_authority(ca):
            yield Problem(path_to(path, "tls.ca"), _why_no_authority(ca))
        if isinstance(own, ClientCertificate):
            yield from self._problems_of(own, path_to(path, "auth"))

    def _problems_of(self, own: ClientCertificate, path: str) -> Iterator[Problem]:
        if "${" not in own.certificate and why_no_certificate(own.certificate):
            yield Problem(f"{path}.certificate", why_no_certificate(own.certificate))
        elif not self._is_pointed_at(own):
            why = self._why_unusable(own)
            if why:
                yield Problem(f"{path}.{_field_of(why)}", why)

    def warnings(self, webhook: Webhook, *, now: datetime) -> Iterator[Problem]:
        ca, own = webhook.trust.ca, webhook.credential
        if ca is not None:
            yield from self._warnings_of("tls.ca", ca, "the authority", now)
            if "${" in ca:
                yield from _warned("tls.ca", self._why(lambda: _why_no_authority(self._references.text(ca))))
        if isinstance(own, ClientCertificate):
            yield from self._warnings_of("auth.certificate", own.certificate, "the client certificate", now)
            if self._is_pointed_at(own):
                yield from _warned("auth.private_key", self._why_unusable(own))

    def _warnings_of(self, path: str, text: str, what: str, now: datetime) -> Iterator[Problem]:
        end = self.end(text)
        if end is not None and end <= now:
            yield from _warned(path, f"{what} ended on {end:%Y-%m-%d %H:%M} UTC; put a new one here")
        elif end is not None and end <= now + _SOON:
            yield from _warned(path, f"{what} ends on {end:%Y-%m-%d %H:%M} UTC; put a new one here before that")

    def end(self, text: str) -> datetime | None:
        """Of what ends first among the certificates in a text, or in what it points at; None: cannot be read."""
        try:
            return certificate_end(self._references.text(text))
        except SecretMissing:
            return None

    def _is_pointed_at(self, own: ClientCertificate) -> bool:
        parts = (Secret(own.certificate), own.private_key, own.passphrase)
        return any(part is not None and part.is_reference for part in parts)

    def _why_unusable(self, own: ClientCertificate) -> str:
        passphrase = own.passphrase or Secret("")
        return self._why(
            lambda: why_unusable(
                self._references.text(own.certificate),
                self._references.resolve(own.private_key),
                self._references.resolve(passphrase),
            )
        )

    def _why(self, ask: Callable[[], str]) -> str:
        try:
            return ask()
        except SecretMissing as missing:
            return f"cannot be looked up now: {missing}"


def _why_no_authority(pem: str) -> str:
    return "is no certificate in PEM that can be read" if why_no_certificate(pem) else ""


def _field_of(why: str) -> str:
    return "passphrase" if "passphrase" in why else "private_key"


def _warned(path: str, message: str) -> Iterator[Problem]:
    if message:
        yield Problem(path, message, is_warning=True)
