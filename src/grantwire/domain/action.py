"""Action: what a webhook does for one of its triggers, where that is not its own request.

In: the part `actions` of a definition. Out: a frozen value. Never: a receipt (see `receipt`).
"""

from dataclasses import dataclass
from enum import StrEnum

from grantwire.domain.reconcile import Reconcile
from grantwire.domain.target import Method


class WithoutReceipt(StrEnum):
    """What an update does when there is nothing to update, not at the target either."""

    CREATE = "create"
    GIVE_UP = "give_up"


@dataclass(frozen=True, slots=True)
class Action:
    """`url` and `body` are templates; headers, credential, time limits and response validators are the webhook's.
    `reconcile` asks whether this very update has been made."""

    method: Method
    url: str
    body: str | None = None
    without_receipt: WithoutReceipt = WithoutReceipt.GIVE_UP
    reconcile: Reconcile | None = None
