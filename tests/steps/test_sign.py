"""Signatures, checked by others' code: the public `standardwebhooks` package, and `cryptography` for Ed25519."""

from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from grantwire.adapters.ed25519 import LibraryEd25519
from grantwire.domain.exchange import Request
from grantwire.domain.secret import Secret
from grantwire.domain.signing import KeyBytes, SigningKey, key_bytes, signing_at
from grantwire.domain.target import Method, Origin
from grantwire.steps.sign import sign

SHARED = "whsec_" + b64encode(bytes(range(24))).decode()
OTHER = "whsec_" + b64encode(bytes(range(64))).decode()
SEED = bytes(range(32))
PRIVATE = "whsk_" + b64encode(SEED).decode()
ORIGIN = Origin("https", "example.com", 443)


def now() -> datetime:
    """The package compares with the clock on the wall, and a whole run of the tests takes longer than it allows."""
    return datetime.now(UTC)


def signed(*secrets: str, body: bytes = b'{"a": 1}', at: datetime | None = None) -> Request:
    request = Request(Method.POST, "https://example.com/in", (("X-Team", "iam"),), body, ORIGIN, frozenset({"x"}))
    keys = [key_bytes(secret) for secret in secrets]
    return sign(request, message_id="dlv_01", at=at or now(), keys=keys, ed25519=LibraryEd25519().sign)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_the_public_package_verifies_any_body(body: str) -> None:
    request = signed(SHARED, body=body.encode())
    Webhook(SHARED).verify(request.body, dict(request.headers), json_parse=False)


def test_one_byte_more_is_noticed() -> None:
    request = signed(SHARED)
    with pytest.raises(WebhookVerificationError):
        Webhook(SHARED).verify(request.body + b" ", dict(request.headers))


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp"])
def test_the_id_and_the_time_are_signed_too(header: str) -> None:
    request = signed(SHARED)
    sent = dict(request.headers)
    changed = sent | {header: str(int(sent["webhook-timestamp"]) - 1)}
    with pytest.raises(WebhookVerificationError):
        Webhook(SHARED).verify(request.body, changed)


def test_every_key_signs_in_order_so_that_a_receiver_with_any_of_them_is_served() -> None:
    request = signed(SHARED, PRIVATE, OTHER)
    signatures = dict(request.headers)["webhook-signature"].split(" ")
    assert [one.partition(",")[0] for one in signatures] == ["v1", "v1a", "v1"]
    for secret in (SHARED, OTHER):
        assert Webhook(secret).verify(request.body, dict(request.headers)) == {"a": 1}


def test_a_key_whose_grace_time_has_ended_verifies_no_more_and_until_then_does() -> None:
    at = now()
    keys = (SigningKey(Secret(OTHER)), SigningKey(Secret(SHARED), until=at + timedelta(seconds=60)))
    for moment, is_good in ((at, True), (at + timedelta(seconds=60), False)):
        signing = [key.secret.reveal() for key in signing_at(keys, moment)]
        request = signed(*signing, at=moment)
        Webhook(OTHER).verify(request.body, dict(request.headers))
        if is_good:
            Webhook(SHARED).verify(request.body, dict(request.headers))
        else:
            with pytest.raises(WebhookVerificationError):
                Webhook(SHARED).verify(request.body, dict(request.headers))


def test_cryptography_verifies_the_asymmetric_signature() -> None:
    request = signed(PRIVATE)
    headers = dict(request.headers)
    version, _, text = headers["webhook-signature"].partition(",")
    public: Ed25519PublicKey = Ed25519PrivateKey.from_private_bytes(SEED).public_key()
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + request.body
    assert version == "v1a"
    public.verify(b64decode(text, validate=True), content)
    with pytest.raises(InvalidSignature):
        public.verify(b64decode(text, validate=True), content + b" ")


def test_the_known_answer_of_rfc_8032_section_7_1_test_2() -> None:
    seed = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    signature = (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert LibraryEd25519().public_key(seed).hex() == public
    assert LibraryEd25519().sign(seed, b"\x72").hex() == signature


def test_a_later_attempt_has_another_time_and_signature_and_the_same_id() -> None:
    start = now()
    first, second = (dict(signed(SHARED, at=at).headers) for at in (start, start + timedelta(seconds=5)))
    assert first["webhook-id"] == second["webhook-id"] == "dlv_01"
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 5
    assert first["webhook-signature"] != second["webhook-signature"]


def test_the_rest_of_the_request_stays_as_it_was() -> None:
    request = signed(SHARED)
    assert request.headers[0] == ("X-Team", "iam")
    assert (request.body, request.secret_headers) == (b'{"a": 1}', frozenset({"x"}))
    assert isinstance(key_bytes(SHARED), KeyBytes)
