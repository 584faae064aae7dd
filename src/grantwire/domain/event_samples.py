"""Event samples: one rich, realistic event of every type, for tests, previews and the documentation.

In: the name of an event type. Out: a fresh envelope that may be changed freely. Never: a real person or system.
"""

from typing import Any

Envelope = dict[str, Any]

_CREATED_AT = 1764001265.852378
_HOUR = 3600

# For each type of request event: seconds after the creation, and the status of the approval by then.
_MOMENTS: dict[str, tuple[float, str]] = {
    "RequestCreated": (0.0, "Pending"),
    "RequestApproved": (312.4, "Approved"),
    "RequestRejected": (298.1, "Rejected"),
    "RequestGranted": (318.9, "Approved"),
    "RequestExpired": (3918.9, "Approved"),
    "RequestFailed": (321.7, "Approved"),
    "Manual": (60.0, "Pending"),
}

# For each event that Grantwire raises about a webhook: the status, and what is said.
_OWN: dict[str, tuple[str, str]] = {
    "WebhookFailing": ("Error", "5 attempts failed in a row. The last one: No answer: no route to host."),
    "WebhookPaused": (
        "Error",
        "It is paused and holds its deliveries until a person resumes it: ServiceNow answered 401 Unauthorized.",
    ),
    "WebhookRecovered": ("OK", "It delivers again."),
    "CredentialExpiring": ("Warning", "Its token ends at 2025-12-01 00:00 UTC."),
}


def sample(event_type: str) -> Envelope:
    """Raises KeyError for a type that is not known."""
    if event_type in _MOMENTS:
        return _request_event(event_type)
    if event_type in _OWN:
        return _own_event(event_type, *_OWN[event_type])
    return {"AuditLog": _audit_event, "IntegrationWarning": _warning_event, "IntegrationError": _error_event}[
        event_type
    ]()


def _request_event(event_type: str) -> Envelope:
    after, status = _MOMENTS[event_type]
    return {
        "event_type": event_type,
        "event_time": _CREATED_AT + after,
        "data": {
            "id": "01931f6e-6c1d-7a52-9f0e-3d2b8a41c7d0",
            "friendly_id": "AR-1042",
            "requester": {"id": "user-17", "name": "Maeve O'Brien", "email": "maeve.obrien@example.com"},
            "grantee": {
                "id": "user-17",
                "source_id": "maeve.obrien@example.com",
                "name": "Maeve O'Brien",
                "type": "user",
            },
            "justification": 'Checkout is slow since 14:05.\nNeed to read "orders" & its locks, see INC-2231.',
            "creation_date": _CREATED_AT,
            "revocation_date": _CREATED_AT + 318.9 + _HOUR,
            "access_duration_in_seconds": _HOUR,
            "access_flow": {"id": "flow-8", "name": "Production databases, on call"},
            "access_bundle": {"id": "bundle-3", "name": "Checkout on call"},
            "access_groups": [_database_group(), _account_group()],
            "approvals_logical_relation": "AnyOf",
            "approvals": [_approval(status)],
            "custom_fields": {"ticket": "INC-2231", "cost_center": "4711"},
        },
    }


def _database_group() -> Envelope:
    kind = {"id": "postgresql-database", "name": "Database", "display_path": "Postgresql/Database"}
    orders = {"id": "res-1", "name": "orders", "path": "prod db/orders", "type": kind}
    payments = {"id": "res-2", "name": "payments", "path": "prod db/payments", "type": kind}
    return {
        "integration": {"id": "integration-1", "type": "Postgresql", "name": "prod db"},
        "resource_types": [kind],
        "access_units": [
            {"resource": orders, "permission": {"id": "perm-read", "name": "read"}},
            {"resource": payments, "permission": {"id": "perm-read", "name": "read"}},
        ],
    }


def _account_group() -> Envelope:
    kind = {"id": "aws-account-iam-role", "name": "Role", "display_path": "AWS/Account/Role"}
    role = {"id": "res-3", "name": "checkout-oncall", "path": "aws prod/checkout-oncall", "type": kind}
    return {
        "integration": {"id": "integration-4", "type": "aws-account", "name": "aws prod"},
        "resource_types": [kind],
        "access_units": [{"resource": role, "permission": {"id": "perm-assume", "name": "assume"}}],
    }


def _approval(status: str) -> Envelope:
    approver = {"id": "user-3", "name": "Jonas Weber", "email": "jonas.weber@example.com"}
    return {
        "name": "Database owners",
        "type": "group",
        "status": status,
        "approver": None if status == "Pending" else approver,
    }


def _audit_event() -> Envelope:
    before = {"id": "flow-8", "name": "Production databases, on call", "active": True, "revoke_after_in_sec": 14400}
    return {
        "event_type": "AuditLog",
        "event_time": "2025-11-24T16:30:00.123456Z",
        "data": {
            "timestamp": "1764001800.123456000",
            "action": "edit",
            "actor_id": "jonas.weber@example.com",
            "actor_name": "Jonas Weber",
            "actor_type": "user",
            "source": "web application",
            "target_id": "flow-8",
            "target_type": "access flow",
            "target_name": "Production databases, on call",
            "metadata": {"ip": "192.0.2.44"},
            "current_target_object": before | {"revoke_after_in_sec": _HOUR},
            "previous_target_object": before,
        },
    }


def _warning_event() -> Envelope:
    return _integration_event("Warning", "secret prod/db/grantor is unreachable")


def _error_event() -> Envelope:
    return _integration_event("Error", "connector eu-west-1 is unreachable")


def _own_event(event_type: str, status: str, message: str) -> Envelope:
    """In the shape of those that `operational` makes."""
    return {
        "event_type": event_type,
        "event_time": "2025-11-24T16:30:00.123456Z",
        "data": {
            "id": "whk_01JDBM3T5Q",
            "name": "ServiceNow prod",
            "type": "grantwire-webhook",
            "status": status,
            "target": "https://acme.service-now.com:443",
            "issues": [{"status": status, "message": message}],
        },
    }


def _integration_event(status: str, message: str) -> Envelope:
    return {
        "event_type": f"Integration{status}",
        "event_time": _CREATED_AT,
        "data": {
            "id": "integration-1",
            "name": "prod db",
            "type": "postgresql",
            "status": status,
            "issues": [{"status": status, "message": message}],
        },
    }
