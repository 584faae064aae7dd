"""Certificate end: when a client certificate ends.

In: PEM text. Out: the earliest notAfter (RFC 5280 §4.1.2.5) of the certificates in it: with a link of its chain ended
the whole is worth nothing. Never: a judgement on what cannot be read (TLS says so when it is used).
"""

from datetime import datetime

from cryptography import x509


def certificate_end(pem: str) -> datetime | None:
    try:
        return min(one.not_valid_after_utc for one in x509.load_pem_x509_certificates(pem.encode()))
    except ValueError:
        return None
