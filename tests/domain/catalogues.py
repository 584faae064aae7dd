"""A catalogue for tests, as people write it. Each call makes a new one, so that a test may spoil its own."""

from typing import Any

ANN, BOB, CAT, DAN = "ann@example.com", "bob@example.com", "cat@example.com", "dan@example.com"

Raw = dict[str, Any]


def sample_catalogue() -> Raw:
    """Ann manages Bob and Cat; Dan manages Ann. Bob and Cat are the engineers, Dan and Ann own the database."""
    return {
        "people": _people(),
        "groups": [
            {"name": "Engineers", "members": [BOB, CAT]},
            {"name": "Database owners", "members": [DAN, ANN]},
        ],
        "integrations": [_orders(), _payroll()],
        "bundles": [
            {
                "name": "On call",
                "targets": [
                    {
                        "integration": "Orders",
                        "resource_type": "database",
                        "resources": ["orders", "stock"],
                        "permissions": ["read"],
                    },
                    {"integration": "Payroll", "resource_type": "role", "resources": ["Auditor"], "permissions": ["*"]},
                ],
            }
        ],
        "access_flows": [_automatic(), _decided_by_one(), _decided_by_all()],
    }


def _people() -> list[Raw]:
    return [
        {"email": ANN, "name": "Ann Archer", "manager": DAN, "logins": {"Orders": "aarcher"}},
        {"email": BOB, "name": "Bob Baker", "manager": ANN, "logins": {"Orders": "bbaker", "Payroll": "B-17"}},
        {"email": CAT, "name": "Cat Cooper", "manager": ANN},
        {"email": DAN, "name": "Dan Draper"},
    ]


def _orders() -> Raw:
    return {
        "name": "Orders",
        "type": "postgresql",
        "resource_types": [
            {
                "id": "database",
                "name": "Database",
                "resources": ["orders", {"name": "stock", "path": "warehouse/stock"}, "audit"],
                "permissions": ["read", "write"],
            },
            {"id": "schema", "name": "Schema", "resources": ["public"], "permissions": ["read"]},
        ],
        "provisioner": {
            "type": "postgresql",
            "host": "db.example.com",
            "port": 6432,
            "database": "orders",
            "user": "granter",
            "password": "${env:ORDERS_PASSWORD}",
            "mode": "role",
            "tls": "require",
            "roles": {"read": ["{resource}_reader"], "write": ["{resource}_reader", "{resource}_writer"]},
        },
    }


def _payroll() -> Raw:
    return {
        "name": "Payroll",
        "type": "payroll",
        "resource_types": [
            {"id": "role", "name": "Role", "resources": ["Clerk", "Auditor"], "permissions": ["member"]},
        ],
        "provisioner": {"type": "manual"},
    }


def _automatic() -> Raw:
    return {
        "name": "Read orders",
        "requesters": [{"group": "Engineers"}],
        "targets": [{"integration": "Orders", "resource_type": "database", "permissions": ["read"]}],
        "longest": "8h",
        "justification_required": False,
    }


def _decided_by_one() -> Raw:
    return {
        "name": "Write orders",
        "requesters": [{"group": "Engineers"}, {"person": DAN}],
        "targets": [
            {"integration": "Orders", "resource_type": "database", "resources": ["*"], "permissions": ["write"]},
        ],
        "approval": {
            "mode": "ANY_OF",
            "groups": [{"mode": "OR", "approvers": ["manager", {"group": "Database owners"}]}],
        },
        "longest": "1d",
        "approver_reason_required": True,
        "escalation": {
            "after": "45m",
            "tiers": [{"mode": "OR", "approvers": [{"person": DAN}]}, {"mode": "AND", "approvers": ["everyone"]}],
        },
        "extensions": {"most": 2, "by": "1h30m"},
        "pending": "2d",
        "reminder": "10m",
        "custom_fields": [
            {"id": "ticket", "label": "Ticket", "required": True},
            {"id": "zone", "label": "Zone", "values": ["north", "south"]},
        ],
    }


def _decided_by_all() -> Raw:
    return {
        "name": "On call week",
        "requesters": ["everyone"],
        "bundles": ["On call"],
        "approval": {
            "mode": "ALL_OF",
            "groups": [
                {"mode": "AND", "approvers": ["manager", {"group": "Database owners"}]},
                {"mode": "OR", "approvers": [{"person": ANN}, {"person": DAN}]},
            ],
        },
        "longest": "7d",
        "requester_may_approve": True,
    }
