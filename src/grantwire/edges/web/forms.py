"""Forms: what a browser sends when somebody presses a button.

In: a body of the type application/x-www-form-urlencoded. Out: its fields, several values of a name in their order.
Never: a file, or more fields than a form of ours has.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request

from grantwire.domain.errors import Problem, Refused

MOST_FIELDS = 5_000


@dataclass(frozen=True, slots=True)
class Form:
    """A field that was not sent is empty."""

    fields: Mapping[str, tuple[str, ...]]

    def text(self, name: str) -> str:
        values = self.fields.get(name, ())
        return values[-1] if values else ""

    def all(self, name: str) -> tuple[str, ...]:
        return self.fields.get(name, ())

    def has(self, name: str) -> bool:
        return name in self.fields


async def read_form(request: Request[Any, Any, Any]) -> Form:
    """Raises `Refused`."""
    return form_of(await request.body())


def form_of(body: bytes) -> Form:
    """Browsers write line ends in a form as CR LF; here a line ends with LF."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        problem = Problem("", "It has too many fields, or text that is not UTF-8.")
        raise Refused("the form cannot be read", [problem]) from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return Form({name: tuple(values) for name, values in fields.items()})
