"""When a token ends, where it says so itself."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.conformance.store_world import WEBHOOK

from grantwire.domain.credential import Bearer, NoCredential
from grantwire.domain.event import Family
from grantwire.domain.secret import Secret
from grantwire.domain.target import Header, Method, Target
from grantwire.domain.token_end import token_end_of
from grantwire.domain.webhook import Webhook


def token(claims: Any) -> str:
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.c2ln"


def webhook(*headers: Header, bearer: str | None = None) -> Webhook:
    target = Target(Method.POST, "https://acme.example/x", headers)
    credential = NoCredential() if bearer is None else Bearer(Secret(bearer))
    return Webhook(WEBHOOK, "w", True, Family.REQUEST, target, (), credential=credential)


END = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_earliest_of_its_tokens_counts() -> None:
    later = Header("authorization", f"Bearer {token({'exp': END.timestamp() + 5})}")
    assert token_end_of(webhook(later, bearer=token({"exp": END.timestamp()}))) == END


@pytest.mark.parametrize(
    "text",
    [
        "",
        "opaque",
        "${env:TOKEN}",
        "a.b.c",
        token([]),
        token({}),
        token({"exp": "soon"}),
        token({"exp": 1e300}),
        "é.é.é",
    ],
)
def test_a_token_that_does_not_say_ends_at_no_known_time(text: str) -> None:
    assert token_end_of(webhook(bearer=text)) is None
