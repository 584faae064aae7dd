"""Duration: how people write a length of time.

In: `30s`, `15m`, `8h`, `7d`, or several of them (`1h30m`). Out: a timedelta; and back. Never: a bare number, which
could be anything.
"""

import re
from datetime import timedelta

_PARTS = re.compile(r"(?:([0-9]{1,6})d)?\s*(?:([0-9]{1,6})h)?\s*(?:([0-9]{1,6})m)?\s*(?:([0-9]{1,7})s)?\Z")
LONGEST = timedelta(days=3660)
HINT = "Write it like 30m, 8h, 1h30m or 7d."


def read_duration(text: object) -> timedelta | None:
    """None for what is no length of time, for none at all, and for more than ten years."""
    found = _PARTS.match(text.strip().lower()) if isinstance(text, str) else None
    if found is None or not any(found.groups()):
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    return length if timedelta(0) < length <= LONGEST else None


def write_duration(length: timedelta) -> str:
    """Whole seconds; `read_duration` reads it back."""
    left = round(length.total_seconds())
    days, left = divmod(left, 86400)
    hours, left = divmod(left, 3600)
    minutes, seconds = divmod(left, 60)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s"))
    return "".join(f"{count}{unit}" for count, unit in parts if count) or "0s"
