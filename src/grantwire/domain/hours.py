"""Hours: a span of the day such as `9-17`.

In: text. Out: the hours of the day in it, the end not included (`9-17` is 9:00 to 16:59), over midnight too (`22-6`).
Never: minutes.
"""

import re

_SPAN = re.compile(r"\s*([0-9]{1,2})\s*(?:-\s*([0-9]{1,2})\s*)?\Z")


def hours_in(text: str) -> frozenset[int]:
    """Raises ValueError with the words for a person."""
    found = _SPAN.match(text)
    first = int(found[1]) if found else -1
    end = int(found[2]) if found and found[2] else first + 1
    if not (0 <= first <= 23 and 0 <= end <= 24) or first == end:
        raise ValueError(f"{text!r} is no span of hours like 9-17 or 22-6, hours from 0 to 24")
    return frozenset(range(first, end)) if first < end else frozenset({*range(first, 24), *range(end)})
