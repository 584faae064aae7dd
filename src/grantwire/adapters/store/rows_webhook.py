"""Webhooks and their rows: the definition as JSON, its secrets sealed.

In: webhooks, or rows of `webhooks`. Out: the other. Never: a secret in the clear (a reference to one is none).
"""

from dataclasses import replace
from typing import Any, Protocol

import msgspec

from grantwire.adapters.store.texts import storable
from grantwire.domain.definition import read_definition, write_definition
from grantwire.domain.errors import Broken, Refused
from grantwire.domain.secret import Secret, references_in
from grantwire.domain.webhook import Webhook, WebhookId

_SEALED = "sealed"


class Sealer(Protocol):
    """What the store asks of a vault. `bound_to` names the row: sealed text moved to another row does not open."""

    def seal(self, text: str, bound_to: str) -> str: ...

    def open(self, sealed: str, bound_to: str) -> str: ...


def to_webhook_row(webhook: Webhook, vault: Sealer, *, changed_at: int) -> dict[str, Any]:
    """Every column but the version, which the store counts."""

    def show(secret: Secret) -> object:
        text = secret.reveal()
        return text if _is_bare_reference(text) else {_SEALED: vault.seal(text, _row_of(webhook.id))}

    return {
        "id": webhook.id,
        "name": webhook.name,
        "paused_why": None if webhook.paused_why is None else storable(webhook.paused_why),
        "release_per_minute": webhook.release_per_minute,
        "definition": msgspec.json.encode(write_definition(webhook, show=show)).decode(),
        "changed_at": changed_at,
    }


def of_webhook_row(row: Any, vault: Sealer) -> Webhook:
    """The rules were checked when it was written: a stricter one must not make it unreadable."""

    def open_secret(value: object, _path: str) -> Secret:
        if isinstance(value, dict):
            return Secret(vault.open(str(value[_SEALED]), _row_of(row.id)))
        return Secret(str(value))

    raw = msgspec.json.decode(row.definition)
    try:
        webhook = read_definition(
            raw,
            id=WebhookId(row.id),
            allowance=None,
            version=row.version,
            paused_why=row.paused_why,
            open_secret=open_secret,
        )
    except Refused as refused:
        raise Broken(f"The stored webhook {row.name!r} cannot be read: {refused}") from refused
    return replace(webhook, release_per_minute=row.release_per_minute)


def _is_bare_reference(text: str) -> bool:
    found = references_in(text)
    return len(found) == 1 and text == f"${{{found[0][0]}:{found[0][1]}}}"


def _row_of(webhook_id: str) -> str:
    return f"webhook:{webhook_id}"
