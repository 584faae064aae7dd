"""Signing keys: which texts are keys, what a definition with faulty ones is told, when a key signs."""

import re
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from grantwire.domain.allowance import Allowance
from grantwire.domain.definition import read_definition, write_definition
from grantwire.domain.definition_warnings import definition_warnings
from grantwire.domain.errors import Refused
from grantwire.domain.secret import MASK, Secret
from grantwire.domain.signing import KeyBytes, Scheme, SigningKey, fresh_secret, key_bytes, public_text, signing_at
from grantwire.domain.webhook import Webhook, WebhookId

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SHARED = "whsec_" + b64encode(b"s" * 32).decode()
OTHER = "whsec_" + b64encode(b"t" * 24).decode()
PRIVATE = "whsk_" + b64encode(b"p" * 32).decode()


def read(**fields: Any) -> Webhook:
    raw = {"name": "a", "url": "https://example.com/in", "triggers": ["RequestCreated"], "body": "{}"} | fields
    return read_definition(raw, id=WebhookId("w"), allowance=Allowance())


def problems(*keys: Any, **fields: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        read(**({"signing": {"keys": list(keys)}} | fields))
    return [str(problem) for problem in refused.value.problems]


def warnings(*keys: Any) -> list[str]:
    return [str(one) for one in definition_warnings(read(signing={"keys": list(keys)}), now=NOW)]


@pytest.mark.parametrize("size", [24, 32, 64])
def test_a_shared_key_holds_24_to_64_bytes(size: int) -> None:
    assert key_bytes(f" whsec_{b64encode(b'k' * size).decode()}\n") == KeyBytes(Scheme.HMAC_SHA256, b"k" * size)


@pytest.mark.parametrize("size", [32, 64])
def test_a_private_key_is_its_seed_with_or_without_the_public_half(size: int) -> None:
    assert key_bytes("whsk_" + b64encode(b"k" * size).decode()) == KeyBytes(Scheme.ED25519, b"k" * 32)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("correct horse battery staple", "must start with whsec_ (HMAC-SHA256) or whsk_ (Ed25519)"),
        ("whsec_not base64!", "is no base64"),
        ("whsec_abc", "is no base64"),
        ("whsec_" + b64encode(b"k" * 23).decode(), "holds 23 bytes after whsec_; it must be 24 to 64"),
        ("whsec_" + b64encode(b"k" * 65).decode(), "holds 65 bytes after whsec_"),
        ("whsk_" + b64encode(b"k" * 33).decode(), "holds 33 bytes after whsk_"),
        ("whpk_" + b64encode(b"k" * 32).decode(), "is the public key, which is for the receiver"),
    ],
)
def test_what_is_no_key_is_told_without_being_repeated(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)) as error:
        key_bytes(text)
    assert text.removeprefix("whsec_").removeprefix("whsk_").removeprefix("whpk_") not in str(error.value)
    assert problems({"secret": text})[0].startswith(f"signing.keys[0].secret: {told}")


def test_a_key_never_shows_its_bytes() -> None:
    assert "kkk" not in repr(KeyBytes(Scheme.ED25519, b"k" * 32))
    assert "whsec" not in repr(SigningKey(Secret(SHARED)))


def test_a_fresh_secret_is_a_key_again() -> None:
    for scheme in Scheme:
        assert key_bytes(fresh_secret(scheme, b"f" * 32).reveal()) == KeyBytes(scheme, b"f" * 32)
    assert public_text(b"f" * 32) == "whpk_" + b64encode(b"f" * 32).decode()


def test_a_definition_with_keys_is_read_and_written_back() -> None:
    raw = {
        "keys": [
            {"secret": SHARED},
            {"secret": PRIVATE, "until": "2026-12-01T01:00:00.5+01:00"},
            {"secret": "${env:K}"},
        ]
    }
    webhook = read(signing=raw)
    assert webhook.signing == (
        SigningKey(Secret(SHARED)),
        SigningKey(Secret(PRIVATE), datetime(2026, 12, 1, tzinfo=UTC)),
        SigningKey(Secret("${env:K}")),
    )
    written = write_definition(webhook, show=Secret.reveal)
    assert written["signing"]["keys"][1]["until"] == "2026-12-01T00:00:00Z"
    assert read(signing=written["signing"]) == webhook
    shown = write_definition(webhook, show=lambda _: MASK)["signing"]["keys"]
    assert [key["secret"] for key in shown] == [MASK] * 3
    assert len({key["id"] for key in shown[:2]}) == 2
    assert "id" not in shown[2]


def test_nothing_is_signed_unless_asked() -> None:
    assert read().signing == ()
    assert "signing" not in write_definition(read(), show=Secret.reveal)


def test_every_problem_is_told_at_once_with_its_path() -> None:
    keys = [
        {"secret": "x"},
        {"until": "soon"},
        {"secret": MASK},
        {"secret": SHARED, "untill": 1},
        "key",
        {"secret": SHARED},
    ]
    told = problems(*keys)
    begins = [
        "signing.keys[1].secret: is missing",
        "signing.keys[1].until: 'soon' is not a time",
        "signing.keys[2].secret: is the mask",
        "signing.keys[3].untill: is not a known field. Did you mean until?",
        "signing.keys[4]: must be an object, found text",
        "signing.keys[0].secret: must start with whsec_",
        "signing.keys[5].secret: is the same key as one before it",
    ]
    assert [line[: len(begin)] for line, begin in zip(told, begins, strict=True)] == begins


@pytest.mark.parametrize(
    ("signing", "told"),
    [
        ({}, "signing.keys: is missing"),
        ({"keys": []}, "signing.keys: must hold 1 to 10 keys, found 0. Leave out signing to sign nothing."),
        ({"keys": [{"secret": SHARED}] * 11}, "signing.keys: must hold 1 to 10 keys, found 11."),
        ({"keys": SHARED}, "signing.keys: must be an array, found text"),
        (SHARED, "signing: must be an object, found text"),
    ],
)
def test_signing_without_keys_is_a_mistake(signing: Any, told: str) -> None:
    assert problems(signing=signing)[0] == told


def test_the_headers_of_a_signature_belong_to_it() -> None:
    auth = {"type": "api_key", "header": "webhook-id", "key": "k"}
    told = problems({"secret": SHARED}, headers={"Webhook-Signature": "mine"}, auth=auth)
    assert told == [
        "headers.Webhook-Signature: is set by signing already. Keep one of the two.",
        "auth.header: is set by signing already. Give the key another header.",
    ]
    assert read(headers={"Webhook-Signature": "mine"}).signing == ()


def test_a_key_signs_until_its_end_and_not_at_it() -> None:
    ending = SigningKey(Secret(OTHER), NOW)
    keys = (SigningKey(Secret(SHARED)), ending)
    assert signing_at(keys, NOW - timedelta(seconds=1)) == keys
    assert signing_at(keys, NOW) == keys[:1]


def test_ends_are_warned_of() -> None:
    past, soon = "2026-11-24T11:59:59Z", "2026-12-01T00:00:00Z"
    assert warnings({"secret": SHARED}, {"secret": OTHER, "until": soon}) == []
    assert warnings({"secret": SHARED}, {"secret": OTHER, "until": past}) == [
        "signing.keys[1].until: is past (2026-11-24 11:59 UTC): the key signs no more; remove it"
    ]
    assert warnings({"secret": SHARED, "until": soon}) == [
        "signing.keys: every key has an end; from 2026-12-01 00:00 UTC on nothing can be signed, or sent"
    ]
    assert "no key signs any more" in warnings({"secret": SHARED, "until": past})[1]
