"""Attempt: one trip of a delivery, on record. A person sees the word Invocation.

In: the request as sent, the reply, the verdict. Out: a frozen value with everything that explains what happened.
Never: a secret (headers are masked before they come here).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from grantwire.domain.batching import BatchPlace
from grantwire.domain.delivery import DeliveryId
from grantwire.domain.exchange import Reply, Request
from grantwire.domain.reconcile import Presence
from grantwire.domain.value import value
from grantwire.domain.verdict import VerdictKind

AttemptId = NewType("AttemptId", str)


@dataclass(frozen=True, slots=True)
class ValidatorResult:
    """One response validator beside what it found; `found` holds the values as text."""

    json_path: str
    expected_values: tuple[str, ...]
    found: tuple[str, ...]
    passed: bool


@dataclass(frozen=True, slots=True)
class Question:
    """Whether the target has it: what was asked, what came back, and the values that were compared with `expected`."""

    request: Request | None
    reply: Reply
    match: str
    expected: str
    found: tuple[str, ...]
    presence: Presence
    why: str


@value(frozen=True, slots=True)
class Attempt:
    """`number` counts from 1 within its delivery. `request` is None when nothing was sent: nothing could be rendered,
    or what was `asked` made it needless or unwise. `is_payload_removed`: the bodies of request and answer were kept
    long enough and are gone. `batch`: it went with others in one call; request and reply are its own part."""

    id: AttemptId
    delivery_id: DeliveryId | None
    number: int
    started_at: datetime
    request: Request | None
    reply: Reply
    verdict: VerdictKind
    why: str
    validators: tuple[ValidatorResult, ...] = ()
    is_payload_removed: bool = False
    asked: tuple[Question, ...] = ()
    batch: BatchPlace | None = None
