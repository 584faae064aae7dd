"""Change: who did what to a webhook, and when.

In: the webhook before and after. Out: a frozen value for its history. Never: a secret; each is its mask, marked where
it was replaced.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from grantwire.domain.definition import write_definition
from grantwire.domain.secret import MASK, Secret
from grantwire.domain.webhook import Webhook

NEW_SECRET = f"{MASK} (new)"
GRANTWIRE = "Grantwire"  # who pauses a webhook when its target calls for it


class What(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    PAUSED = "paused"
    RESUMED = "resumed"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Change:
    """`by` is the email address of a person, `API key …`, or Grantwire. `before` and `after` are definitions; None
    where there is no webhook yet or any more."""

    what: What
    by: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class RecordedChange:
    """A change on record; `version` is the one it led to."""

    webhook_name: str
    version: int
    at: datetime
    change: Change


def change_of(before: Webhook | None, after: Webhook | None, *, by: str) -> Change:
    """What the change was follows from the two."""
    return Change(
        what=_what(before, after),
        by=by,
        before=None if before is None else write_definition(before, show=_masked),
        after=None if after is None else write_definition(after, show=_Marks(before)),
        why="" if after is None else after.paused_why or "",
    )


def _what(before: Webhook | None, after: Webhook | None) -> What:
    if before is None:
        return What.CREATED
    if after is None:
        return What.DELETED
    if (before.paused_why is None) is not (after.paused_why is None):
        return What.RESUMED if after.paused_why is None else What.PAUSED
    return What.CHANGED


def _masked(secret: Secret) -> object:
    return secret.reveal() if secret.is_reference else MASK


class _Marks:
    """Shows a secret that the webhook did not have before as new."""

    def __init__(self, before: Webhook | None) -> None:
        self._known: set[Secret] = set()
        if before is not None:
            write_definition(before, show=self._keep)
        self._is_new = before is None

    def __call__(self, secret: Secret) -> object:
        if secret.is_reference or self._is_new or secret in self._known:
            return _masked(secret)
        return NEW_SECRET

    def _keep(self, secret: Secret) -> object:
        self._known.add(secret)
        return MASK
