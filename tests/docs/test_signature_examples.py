"""The receivers' code on the page about signatures runs, and verifies what Grantwire signs."""

import re
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from standardwebhooks import WebhookVerificationError

from grantwire.adapters.ed25519 import LibraryEd25519
from grantwire.domain.allowance import Allowance
from grantwire.domain.definition import read_definition
from grantwire.domain.exchange import Request
from grantwire.domain.signing import key_bytes, public_text
from grantwire.domain.target import Method, Origin
from grantwire.domain.webhook import WebhookId
from grantwire.steps.sign import sign

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "how-to" / "signatures.md").read_text()
FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
SEED = b"p" * 32
SHARED, PRIVATE = ("whsec_" + b64encode(b"k" * 32).decode(), "whsk_" + b64encode(SEED).decode())
PUBLIC = public_text(LibraryEd25519().public_key(SEED))


def blocks(language: str, text: str = TEXT) -> list[str]:
    return [
        re.sub(f"^{found[1]}", "", found[3], flags=re.MULTILINE)
        for found in FENCE.finditer(text)
        if found[2] == language
    ]


def defined(name: str) -> Any:
    """The function of that name, from the page."""
    (source,) = [block for block in blocks("python") if f"def {name}(" in block]
    space: dict[str, Any] = {}
    exec(compile(source, "signatures.md", "exec"), space)  # noqa: S102 - our own page
    return space[name]


def sent(at: datetime) -> tuple[dict[str, str], bytes]:
    request = Request(Method.POST, "https://a.example/", (), b'{"a": 1}', Origin("https", "a.example", 443))
    keys = [key_bytes(SHARED), key_bytes(PRIVATE)]
    signed = sign(request, message_id="dlv_1", at=at, keys=keys, ed25519=LibraryEd25519().sign)
    return dict(signed.headers), signed.body


def test_the_public_package_as_shown() -> None:
    headers, body = sent(datetime.now(UTC))
    assert defined("verified")(SHARED, headers, body) == {"a": 1}
    with pytest.raises(WebhookVerificationError):
        defined("verified")(SHARED, headers, body + b" ")


@pytest.mark.parametrize("key", [SHARED, PUBLIC])
def test_the_verifier_without_it_takes_what_is_genuine_and_nothing_else(key: str) -> None:
    is_genuine = defined("is_genuine")
    headers, body = sent(datetime.now(UTC))
    assert is_genuine(key, headers, body)
    assert not is_genuine(key, headers, body + b" ")
    assert not is_genuine(key, headers | {"webhook-id": "dlv_2"}, body)
    other = LibraryEd25519().public_key(b"x" * 32)
    assert not is_genuine(key.partition("_")[0] + "_" + b64encode(other).decode(), headers, body)
    assert not is_genuine(key, *sent(datetime.now(UTC) - timedelta(minutes=6)))


@pytest.mark.parametrize("page", ["how-to/signatures.md", "reference/webhooks.md"])
def test_every_definition_of_signing_that_is_shown_is_valid(page: str) -> None:
    shown = [block for block in blocks("yaml", (DOCS / page).read_text()) if block.startswith("signing:")]
    assert shown
    for block in shown:
        fields = yaml.load(block, Loader=yaml.BaseLoader)  # noqa: S506 - it makes texts only
        raw = {"name": "a", "url": "https://a.example/", "triggers": ["RequestCreated"], **fields}
        assert read_definition(raw, id=WebhookId("w"), allowance=Allowance()).signing
