"""Event types: the closed list of what may happen, by name.

In: nothing. Out: every type with its family, description, shape, schema and sample; the canonical name of an alias.
Never: an event itself (see `decode_event`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from grantwire.domain.event import Family
from grantwire.domain.event_samples import sample
from grantwire.domain.event_shapes import AUDIT_EVENT, INTEGRATION_EVENT, REQUEST_EVENT
from grantwire.domain.shape import Thing
from grantwire.domain.spelling import did_you_mean

SHAPES: Mapping[Family, Thing] = {
    Family.REQUEST: REQUEST_EVENT,
    Family.AUDIT: AUDIT_EVENT,
    Family.INTEGRATION: INTEGRATION_EVENT,
}


@dataclass(frozen=True, slots=True)
class EventType:
    """`aliases` are other names a sender may use for it."""

    name: str
    family: Family
    description: str
    aliases: tuple[str, ...] = ()

    def json_schema(self) -> dict[str, Any]:
        """JSON Schema 2020-12 of the whole envelope."""
        schema = SHAPES[self.family].schema()
        named = schema["properties"]["event_type"] | {"enum": [self.name, *self.aliases]}
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.name,
            **schema,
            "description": self.description,
            "properties": schema["properties"] | {"event_type": named},
        }

    def sample(self) -> dict[str, Any]:
        """A fresh envelope that may be changed freely."""
        return sample(self.name)


def _request(name: str, description: str) -> EventType:
    return EventType(name, Family.REQUEST, description, ("Access" + name,))


def _own(name: str, description: str) -> EventType:
    return EventType(name, Family.INTEGRATION, f"{description} Raised by Grantwire itself.")


_TYPES = (
    _request("RequestCreated", "An access request was accepted and stored."),
    _request("RequestApproved", "The approval policy is satisfied, by people or automatically."),
    _request("RequestRejected", "An approver refused the access request."),
    _request("RequestGranted", "The permissions are in place; the access is live."),
    _request("RequestExpired", "The access ended: its time ran out, or it was revoked."),
    _request("RequestFailed", "A technical error came while granting or revoking; the access may or may not be live."),
    EventType("Manual", Family.REQUEST, "A person sent an access request to a webhook by hand."),
    EventType("AuditLog", Family.AUDIT, "An administrator changed a flow, a bundle, an integration or another object."),
    EventType("IntegrationWarning", Family.INTEGRATION, "An integration came into the status Warning."),
    EventType("IntegrationError", Family.INTEGRATION, "An integration came into the status Error."),
    _own("WebhookFailing", "Five attempts of a webhook failed in a row, or its target was found down."),
    _own("WebhookPaused", "A webhook was paused, by a person or because only a person can mend it."),
    _own("WebhookRecovered", "A webhook that was failing or paused, and told of, delivers again."),
    _own("CredentialExpiring", "A token, a certificate or a signing key of a webhook ends soon, or has ended."),
)
_BY_NAME: Mapping[str, EventType] = MappingProxyType({kind.name: kind for kind in _TYPES})
_CANONICAL: Mapping[str, EventType] = {name: kind for kind in _TYPES for name in (kind.name, *kind.aliases)}


def event_types() -> Mapping[str, EventType]:
    """All, by canonical name, in the order people read them."""
    return _BY_NAME


def event_type(name: str) -> EventType | None:
    """The type of a canonical name or an alias; letters count as written."""
    return _CANONICAL.get(name)


def canonical(name: str) -> str | None:
    """`RequestCreated` for itself and for `AccessRequestCreated`; None for a name that is not known."""
    kind = _CANONICAL.get(name)
    return kind.name if kind else None


def names_of(family: Family) -> tuple[str, ...]:
    return tuple(kind.name for kind in _TYPES if kind.family is family)


def hint_for(name: str) -> str:
    """What to say beside "unknown event type"."""
    return did_you_mean(name, _CANONICAL, otherwise=f"Known are {', '.join(_BY_NAME)}.")
