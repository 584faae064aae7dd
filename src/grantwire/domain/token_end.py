"""Token end: when a token that a person put into a webhook ends, where the token says so itself.

In: a webhook. Out: the time in the `exp` of a JSON Web Token (RFC 7519 §4.1.4). Never: a check of its signature, or a
guess about a token that says nothing (ServiceNow's are such).
"""

import binascii
import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from datetime import UTC, datetime

from grantwire.domain.credential import Bearer
from grantwire.domain.secret import Secret
from grantwire.domain.webhook import Webhook


def token_end_of(webhook: Webhook) -> datetime | None:
    """The earliest of its tokens; None where none says so. OAuth tokens renew themselves and are left out."""
    return min((end for text in _tokens(webhook) if (end := _end_of(text)) is not None), default=None)


def _tokens(webhook: Webhook) -> Iterator[str]:
    if isinstance(webhook.credential, Bearer):
        yield webhook.credential.token.reveal()
    for header in webhook.target.headers:
        text = header.value.reveal() if isinstance(header.value, Secret) else header.value
        scheme, _, token = text.partition(" ")
        if header.name.lower() == "authorization" and scheme.lower() == "bearer":
            yield token


def _end_of(token: str) -> datetime | None:
    parts = token.strip().split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        end = claims.get("exp") if isinstance(claims, dict) else None
        return None if end is None else datetime.fromtimestamp(float(end), UTC)
    except (binascii.Error, ValueError, TypeError, OverflowError, OSError):
        return None
