"""Words: values as people read them on a page.

In: times, states, numbers. Out: text or small marked-up pieces. Never: a value put into markup unescaped.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup, escape

from grantwire.domain.delivery import State
from grantwire.domain.secret_reading import PLACEHOLDER
from grantwire.domain.webhook import Webhook
from grantwire.edges.web.webhook_problems import label_of

# How a state looks; the words are those of the style sheet.
STATE_TONES: Mapping[State, str] = {
    State.PENDING: "secondary",
    State.SENDING: "azure",
    State.DELIVERED: "green",
    State.WAITING: "yellow",
    State.HELD: "yellow",
    State.BLOCKED: "secondary",
    State.DEAD: "red",
    State.SKIPPED: "secondary",
    State.CANCELLED: "secondary",
}


def moment(at: datetime) -> Markup:
    """In UTC; a script writes it in the reader's zone and leaves the exact instant as the title."""
    utc = at.astimezone(UTC)
    exact = utc.isoformat().replace("+00:00", "Z")
    return Markup('<time datetime="{0}" title="{0}">{1}</time>').format(exact, f"{utc:%d %b %Y %H:%M} UTC")


def duration(milliseconds: float) -> str:
    if milliseconds < 10:
        return f"{milliseconds:.1f} ms"
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def scale_ms(milliseconds: float) -> str:
    """A round number at a line of a chart."""
    return f"{milliseconds:g} ms" if milliseconds < 1000 else f"{milliseconds / 1000:g} s"


def age(seconds: float) -> str:
    """A span of time in its largest sensible unit."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def percent(share: float | None) -> str:
    """100 % only when it is all of them."""
    if share is None:
        return "–"
    return f"{min(share * 100, 99.9) if share < 1 else 100:.3g} %"


def bytes_words(count: int) -> str:
    return f"{count} bytes" if count < 10_000 else f"{count / 1000:.0f} kB"


def many(count: int, noun: str) -> str:
    """`1 webhook`, `1,200 webhooks`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def many_deliveries(count: int) -> str:
    return "1 delivery" if count == 1 else f"{count:,} deliveries"


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


_CODE = re.compile(r"`([^`]+)`")


def coded(text: str) -> Markup:
    """Text between backquotes becomes code."""
    parts = _CODE.split(text)
    pieces = (Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(parts))
    return Markup().join(pieces)


_DELIVERY_ID = re.compile(r"\b(dlv_[0-9A-Z]{26})\b")


def linked(text: str) -> Markup:
    """Ids of deliveries become links to them."""
    parts = _DELIVERY_ID.split(text)
    link = Markup('<a href="/deliveries/{0}"><code class="quiet-code">{0}</code></a>')
    return Markup().join(link.format(part) if at % 2 else escape(part) for at, part in enumerate(parts))


def state_tone(state: State) -> str:
    return STATE_TONES[state]


def webhook_status(webhook: Webhook) -> str:
    """active, inactive or paused."""
    if not webhook.active:
        return "inactive"
    return "active" if webhook.paused_why is None else "paused"


def is_open(secret: str) -> bool:
    """A reference, or a placeholder that waits to be filled in, is no secret itself."""
    return secret.startswith("${") or PLACEHOLDER.search(secret) is not None


def pair(value: str) -> tuple[str, str]:
    """A choice whose words are its value."""
    return value, value


FILTERS: Mapping[str, Callable[..., Any]] = {
    "moment": moment,
    "duration": duration,
    "age": age,
    "scale_ms": scale_ms,
    "percent": percent,
    "bytes": bytes_words,
    "sentence": sentence,
    "many": many,
    "many_deliveries": many_deliveries,
    "coded": coded,
    "linked": linked,
    "is_open": is_open,
    "pair": pair,
    "field_label": label_of,
    "state_tone": state_tone,
    "webhook_status": webhook_status,
}
