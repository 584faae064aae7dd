"""Certificate faults: whether a client certificate, its key and its passphrase belong together.

In: PEM texts. Out: why they cannot be used, in words that hold none of them. Never: a judgement on who issued it.
"""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

_KEYS = ("PRIVATE KEY-----", "-----BEGIN")


def why_unusable(certificate: str, private_key: str, passphrase: str) -> str:
    """Empty when they can be used."""
    return (
        why_no_certificate(certificate)
        or _why_no_key(private_key, passphrase)
        or _why_no_pair(certificate, private_key, passphrase)
    )


def why_no_certificate(pem: str) -> str:
    """Empty when all of them can be read."""
    try:
        x509.load_pem_x509_certificates(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        return "the certificate is not PEM that can be read"
    return ""


def _why_no_key(private_key: str, passphrase: str) -> str:
    if not all(part in private_key for part in _KEYS):
        return "the private key is not PEM text"
    try:
        load_pem_private_key(private_key.encode(), passphrase.encode() or None)
    except TypeError:
        return (
            "the private key is not encrypted, so leave its passphrase out"
            if passphrase
            else "the private key is encrypted and its passphrase is missing"
        )
    except (ValueError, UnsupportedAlgorithm):
        is_closed = "ENCRYPTED" in private_key
        return "the passphrase does not open the private key" if is_closed else "the private key cannot be read"
    return ""


def _why_no_pair(certificate: str, private_key: str, passphrase: str) -> str:
    chain = x509.load_pem_x509_certificates(certificate.encode())
    own = _written(load_pem_private_key(private_key.encode(), passphrase.encode() or None).public_key())
    places = [at for at, one in enumerate(chain) if _written(one.public_key()) == own]
    if places[:1] == [0]:
        return ""
    if places:
        return "the certificate of the key must stand first, its issuers after it"
    return "the private key is that of another certificate"


def _written(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
