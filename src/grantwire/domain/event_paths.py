"""Event paths: does a path such as `data.requester.name` lead anywhere in the documented events of a family?

In: the steps of a path below `data`. Out: nothing, or what is odd about it. Never: an error; senders may add fields.
"""

from grantwire.domain.event import Family
from grantwire.domain.event_types import SHAPES
from grantwire.domain.shape import Anything, Listing, Shape, Table, Thing
from grantwire.domain.spelling import did_you_mean


def oddity_of(steps: tuple[str, ...], family: Family) -> tuple[str, str] | None:
    """Message and hint for a path that leads nowhere, or reads an array as if it were an object."""
    shape: Shape = SHAPES[family].fields["data"]
    walked = "data"
    for step in steps:
        if isinstance(shape, Listing):
            if step.isdigit():
                shape = shape.item
                walked += f".[{step}]"
                continue
            if step in {"length", "size"}:
                return None
            return (
                f"{walked} is an array; {walked}.{step} reads only its first entry.",
                f"Write {walked}.[0].{step}, or {{{{#each {walked}}}}} for all of them.",
            )
        if isinstance(shape, Anything | Table):
            return None
        if not isinstance(shape, Thing):
            return f"{walked} has no parts, {walked}.{step} finds nothing", ""
        if step not in shape.fields:
            return f"{walked}.{step} is no documented field of {family} events.", did_you_mean(step, shape.fields)
        shape = shape.fields[step]
        walked += f".{step}"
    return None
