"""When a client certificate ends, by what it says itself."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from grantwire.adapters.outbound.certificate_end import certificate_end

LATER, SOONER = datetime(2030, 5, 1, 12, 0, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)


def pem(ends_at: datetime) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "grantwire")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(ends_at)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def test_the_end_is_its_not_after() -> None:
    assert certificate_end(pem(LATER)) == LATER


def test_of_a_chain_the_first_to_end_counts() -> None:
    assert certificate_end(f"{pem(LATER)}\n{pem(SOONER)}") == SOONER


@pytest.mark.parametrize("text", ["", "PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_cannot_be_read_says_nothing(text: str) -> None:
    assert certificate_end(text) is None
