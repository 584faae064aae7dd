"""Asked: the bodies of calls that are neither a definition nor events, as they are described.

In: nothing. Out: wire types for the documents. Never: decoded with (faults are to be told all at once).
"""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from grantwire.edges.api.wire.webhook import WebhookDefinition


class TestAsked(Struct, kw_only=True):
    """One of the three; without any, a sample of the webhook's first trigger is sent."""

    event: Annotated[dict[str, Any], Meta(description="An event as it would be accepted.")] | None = None
    event_id: Annotated[str, Meta(description="An event on record.")] | None = None
    event_type: Annotated[str, Meta(description="A sample of this type.")] | None = None
    receipt: (
        Annotated[dict[str, str], Meta(description="In place of the one on record, for `{{ receipt.… }}`.")] | UnsetType
    ) = UNSET


class UnsavedTestAsked(TestAsked, kw_only=True):
    webhook: WebhookDefinition


class PatchAsked(Struct, forbid_unknown_fields=False):
    """Any part of a webhook definition; null removes a field."""
